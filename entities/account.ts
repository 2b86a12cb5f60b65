import {
  Column,
  Entity,
  JoinColumn,
  ManyToOne,
  PrimaryGeneratedColumn,
  Unique,
  UpdateDateColumn,
  VersionColumn,
} from 'typeorm';
import { EntityType, Navigation, Property } from '../src/odata';
import { lastModified, longText, ofCompany, text, version } from './columns';
import { Company } from './company';

@EntityType({
  name: 'account',
  entitySet: 'accounts',
  order: ['number'],
  alternateKeys: [['number']],
  partition: 'company',
  insertable: false,
  updatable: false,
  deletable: false,
  trackChanges: true,
})
@Entity('accounts', {
  comment: 'An account of the general ledger, for example a bank account that payments arrive on.',
})
@Unique('accounts_company_id_number_key', ['companyId', 'number'])
@Unique('accounts_id_company_id_key', ['id', 'companyId'])
export class Account {
  @Property({ computed: true })
  @PrimaryGeneratedColumn('uuid', {
    primaryKeyConstraintName: 'accounts_pkey',
    comment: 'The unique id of the account.',
  })
  id!: string;

  @Property({ hidden: true })
  @Column(ofCompany)
  companyId!: string;

  @Property({ searchable: true })
  @Column({ ...text(20), comment: 'The number of the account, unique in the company.' })
  number!: string;

  @Property({ searchable: true })
  @Column({ ...text(100), nullable: true, comment: 'The name of the account.' })
  displayName!: string | null;

  @Column({
    ...longText,
    nullable: true,
    comment: 'The part of the balance sheet or income statement that the account belongs to.',
  })
  category!: string | null;

  @Column({ type: 'boolean', default: false, comment: 'Whether nothing may be posted on the account.' })
  blocked!: boolean;

  @Column({ type: 'boolean', default: true, comment: 'Whether journals may post on the account directly.' })
  directPosting!: boolean;

  @Property({ computed: true })
  @UpdateDateColumn(lastModified)
  lastModifiedDateTime!: string;

  @Property({ hidden: true })
  @VersionColumn(version)
  version!: number;

  @Navigation({ hidden: true })
  @ManyToOne(() => Company, (company) => company.accounts, { nullable: false })
  @JoinColumn({ name: 'company_id', foreignKeyConstraintName: 'accounts_company_id_fkey' })
  company!: Company;
}
