import { Column, Entity, ForeignKey, Index, JoinColumn, ManyToOne, PrimaryColumn, VersionColumn } from 'typeorm';
import { EntityType, Navigation, Property } from '../src/odata';
import { guarded, ofCompany, version } from './columns';
import { Company } from './company';
import { CustomerPayment } from './customer-payment';
import { Dimension } from './dimension';
import { DimensionValue } from './dimension-value';

const key = { type: 'uuid', primaryKeyConstraintName: 'dimension_lines_pkey' } as const;

@EntityType({ name: 'dimensionLine', order: ['id'], partition: 'company', trackChanges: true })
@Entity('dimension_lines', { comment: 'The value that a payment has in a dimension; at most one for each dimension.' })
@Index('dimension_lines_dimension_value_id_idx', ['valueId', 'parentId'])
@ForeignKey(() => CustomerPayment, ['companyId', 'parentId'], ['companyId', 'id'], {
  name: 'dimension_lines_payment_id_fkey',
  onDelete: 'CASCADE',
})
@ForeignKey(() => DimensionValue, ['companyId', 'id', 'valueId'], ['companyId', 'dimensionId', 'id'], {
  name: 'dimension_lines_dimension_value_id_fkey',
})
export class DimensionLine {
  @Property({ computed: true })
  @PrimaryColumn({ ...key, name: 'payment_id', comment: 'The id of the payment.' })
  parentId!: string;

  @Property({ immutable: true, filled: true })
  @PrimaryColumn({ ...key, name: 'dimension_id', comment: 'The id of the dimension.' })
  id!: string;

  @Property({ hidden: true })
  @Column(ofCompany)
  companyId!: string;

  @Property({
    path: 'dimension/code',
    immutable: true,
    filled: true,
    nullable: false,
    description: 'The code of the dimension; it or the id is sent on create.',
  })
  code!: string;

  @Property({
    path: 'dimension/displayName',
    computed: true,
    nullable: true,
    description: 'The name of the dimension.',
  })
  displayName!: string | null;

  @Property({ filled: true })
  @Column({ type: 'uuid', name: 'dimension_value_id', comment: 'The id of the value.' })
  valueId!: string;

  @Property({
    path: 'dimensionValue/code',
    filled: true,
    nullable: false,
    description: 'The code of the value; it or the id is sent.',
  })
  valueCode!: string;

  @Property({
    path: 'dimensionValue/displayName',
    computed: true,
    nullable: true,
    description: 'The name of the value.',
  })
  valueDisplayName!: string | null;

  @Property({ hidden: true })
  @Column({
    type: 'uuid',
    nullable: true,
    comment: 'The id of the customer whose default the line is; null when somebody has written it.',
  })
  defaultOf!: string | null;

  @Property({ hidden: true })
  @VersionColumn(version)
  version!: number;

  @Navigation({ hidden: true })
  @ManyToOne(() => Company, { ...guarded, nullable: false })
  @JoinColumn({ name: 'company_id' })
  company!: Company;

  @Navigation({ description: 'The payment.' })
  @ManyToOne(() => CustomerPayment, (payment) => payment.dimensionLines, {
    ...guarded,
    nullable: false,
    onDelete: 'CASCADE',
  })
  @JoinColumn({ name: 'payment_id' })
  customerPayment!: CustomerPayment;

  @Navigation({ description: 'The dimension.' })
  @ManyToOne(() => Dimension, { ...guarded, nullable: false })
  @JoinColumn({ name: 'dimension_id' })
  dimension!: Dimension;

  @Navigation({ description: 'The value that the payment has in the dimension.' })
  @ManyToOne(() => DimensionValue, { ...guarded, nullable: false })
  @JoinColumn({ name: 'dimension_value_id' })
  dimensionValue!: DimensionValue;
}
