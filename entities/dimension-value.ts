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
import { guarded, lastModified, ofCompany, text, version } from './columns';
import { Company } from './company';
import { Dimension } from './dimension';

@EntityType({
  name: 'dimensionValue',
  entitySet: 'dimensionValues',
  order: ['code'],
  alternateKeys: [['code']],
  partition: 'company',
  insertable: false,
  updatable: false,
  deletable: false,
  trackChanges: true,
})
@Entity('dimension_values', { comment: 'A value of a dimension, for example one department.' })
@Unique('dimension_values_dimension_id_code_key', ['dimensionId', 'code'])
@Unique('dimension_values_id_dimension_id_company_id_key', ['id', 'dimensionId', 'companyId'])
@Index('dimension_values_company_id_code_idx', ['companyId', 'code', 'id'])
@ForeignKey(() => Dimension, ['companyId', 'dimensionId'], ['companyId', 'id'], {
  name: 'dimension_values_dimension_id_fkey',
  onDelete: 'CASCADE',
})
export class DimensionValue {
  @Property({ computed: true })
  @PrimaryGeneratedColumn('uuid', {
    primaryKeyConstraintName: 'dimension_values_pkey',
    comment: 'The unique id of the value.',
  })
  id!: string;

  @Property({ hidden: true })
  @Column(ofCompany)
  companyId!: string;

  @Column({ type: 'uuid', comment: 'The id of the dimension that the value belongs to.' })
  dimensionId!: string;

  @Property({ searchable: true })
  @Column({ ...text(20), comment: 'The code of the value, unique in its dimension.' })
  code!: string;

  @Property({ searchable: true })
  @Column({ ...text(50), nullable: true, comment: 'The name of the value.' })
  displayName!: string | null;

  @Column({ type: 'boolean', default: false, comment: 'Whether nothing may be posted with the value.' })
  blocked!: boolean;

  @Property({ computed: true })
  @UpdateDateColumn(lastModified)
  lastModifiedDateTime!: string;

  @Property({ hidden: true })
  @VersionColumn(version)
  version!: number;

  @Navigation({ hidden: true })
  @ManyToOne(() => Company, (company) => company.dimensionValues, { ...guarded, nullable: false })
  @JoinColumn({ name: 'company_id' })
  company!: Company;

  @Navigation({ description: 'The dimension that the value belongs to.' })
  @ManyToOne(() => Dimension, (dimension) => dimension.dimensionValues, {
    ...guarded,
    nullable: false,
    onDelete: 'CASCADE',
  })
  @JoinColumn({ name: 'dimension_id' })
  dimension!: Dimension;
}
