import {
  Column,
  Entity,
  ForeignKey,
  Index,
  JoinColumn,
  ManyToOne,
  PrimaryGeneratedColumn,
  Unique,
  UpdateDateColumn,
  VersionColumn,
} from 'typeorm';
import { EntityType, Navigation, Property } from '../src/odata';
import { guarded, lastModified, ofCompany, version } from './columns';
import { Company } from './company';
import { Customer } from './customer';
import { Dimension } from './dimension';
import { DimensionValue } from './dimension-value';
import { defaultDimensionValuePostingType, enumColumn, type DefaultDimensionValuePostingType } from './enums';

@EntityType({ name: 'defaultDimension', order: ['dimensionId'], partition: 'company', trackChanges: true })
@Entity('default_dimensions', {
  comment: 'The value in a dimension that payments get from their customer, and what posting checks of it.',
})
@Unique('default_dimensions_customer_id_dimension_id_key', ['parentId', 'dimensionId'])
@Index('default_dimensions_dimension_id_idx', ['dimensionId', 'dimensionValueId'])
@ForeignKey(() => Customer, ['companyId', 'parentId'], ['companyId', 'id'], {
  name: 'default_dimensions_customer_id_fkey',
  onDelete: 'CASCADE',
})
@ForeignKey(() => Dimension, ['companyId', 'dimensionId'], ['companyId', 'id'], {
  name: 'default_dimensions_dimension_id_fkey',
})
@ForeignKey(
  () => DimensionValue,
  ['companyId', 'dimensionId', 'dimensionValueId'],
  ['companyId', 'dimensionId', 'id'],
  { name: 'default_dimensions_dimension_value_id_fkey' },
)
export class DefaultDimension {
  @Property({ computed: true })
  @PrimaryGeneratedColumn('uuid', {
    primaryKeyConstraintName: 'default_dimensions_pkey',
    comment: 'The unique id of the default dimension.',
  })
  id!: string;

  @Property({ computed: true })
  @Column({ type: 'uuid', name: 'customer_id', comment: 'The id of the customer.' })
  parentId!: string;

  @Property({ hidden: true })
  @Column(ofCompany)
  companyId!: string;

  @Property({ immutable: true, filled: true })
  @Column({ type: 'uuid', comment: 'The id of the dimension; at most one default of the customer for each.' })
  dimensionId!: string;

  @Property({
    path: 'dimension/code',
    immutable: true,
    filled: true,
    nullable: false,
    description: 'The code of the dimension; it or the id is sent on create.',
  })
  dimensionCode!: string;

  @Column({ type: 'uuid', nullable: true, comment: 'The id of the value that payments get; null gives them none.' })
  dimensionValueId!: string | null;

  @Property({
    path: 'dimensionValue/code',
    filled: true,
    nullable: true,
    description: 'The code of the value that payments get; it or the id is sent.',
  })
  dimensionValueCode!: string | null;

  @Property({ enumType: defaultDimensionValuePostingType })
  @Column({
    ...enumColumn('default_dimension_value_posting_type', defaultDimensionValuePostingType),
    default: '_x0020_',
    comment: 'What posting checks of the value that a payment has in the dimension.',
  })
  postingValidation!: DefaultDimensionValuePostingType;

  @Property({ computed: true })
  @UpdateDateColumn(lastModified)
  lastModifiedDateTime!: string;

  @Property({ hidden: true })
  @VersionColumn(version)
  version!: number;

  @Navigation({ hidden: true })
  @ManyToOne(() => Company, { ...guarded, nullable: false })
  @JoinColumn({ name: 'company_id' })
  company!: Company;

  @Navigation({ description: 'The customer.' })
  @ManyToOne(() => Customer, (customer) => customer.defaultDimensions, {
    ...guarded,
    nullable: false,
    onDelete: 'CASCADE',
  })
  @JoinColumn({ name: 'customer_id' })
  customer!: Customer;

  @Navigation({ description: 'The dimension.' })
  @ManyToOne(() => Dimension, { ...guarded, nullable: false })
  @JoinColumn({ name: 'dimension_id' })
  dimension!: Dimension;

  @Navigation({ description: 'The value that payments get.' })
  @ManyToOne(() => DimensionValue, { ...guarded, nullable: true })
  @JoinColumn({ name: 'dimension_value_id' })
  dimensionValue!: DimensionValue | null;
}
