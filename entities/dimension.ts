import {
  Column,
  Entity,
  JoinColumn,
  ManyToOne,
  OneToMany,
  PrimaryGeneratedColumn,
  Unique,
  UpdateDateColumn,
  VersionColumn,
} from 'typeorm';
import { EntityType, Navigation, Property } from '../src/odata';
import { lastModified, ofCompany, text, version } from './columns';
import { Company } from './company';
import { DimensionValue } from './dimension-value';

@EntityType({
  name: 'dimension',
  entitySet: 'dimensions',
  order: ['code'],
  alternateKeys: [['code']],
  partition: 'company',
  insertable: false,
  updatable: false,
  deletable: false,
  trackChanges: true,
})
@Entity('dimensions', { comment: 'Something that postings are analysed by, for example the department.' })
@Unique('dimensions_company_id_code_key', ['companyId', 'code'])
@Unique('dimensions_id_company_id_key', ['id', 'companyId'])
export class Dimension {
  @Property({ computed: true })
  @PrimaryGeneratedColumn('uuid', {
    primaryKeyConstraintName: 'dimensions_pkey',
    comment: 'The unique id of the dimension.',
  })
  id!: string;

  @Property({ hidden: true })
  @Column(ofCompany)
  companyId!: string;

  @Property({ searchable: true })
  @Column({ ...text(20), comment: 'The code of the dimension, unique in the company.' })
  code!: string;

  @Property({ searchable: true })
  @Column({ ...text(30), comment: 'The name of the dimension.' })
  displayName!: string;

  @Property({ computed: true })
  @UpdateDateColumn(lastModified)
  lastModifiedDateTime!: string;

  @Property({ hidden: true })
  @VersionColumn(version)
  version!: number;

  @Navigation({ hidden: true })
  @ManyToOne(() => Company, (company) => company.dimensions, { nullable: false })
  @JoinColumn({ name: 'company_id', foreignKeyConstraintName: 'dimensions_company_id_fkey' })
  company!: Company;

  @Navigation({ description: 'The values of the dimension.' })
  @OneToMany(() => DimensionValue, (value) => value.dimension)
  dimensionValues!: DimensionValue[];
}
