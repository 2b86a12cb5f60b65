import {
  Column,
  Entity,
  ForeignKey,
  Index,
  JoinColumn,
  ManyToOne,
  OneToMany,
  PrimaryGeneratedColumn,
  Unique,
  UpdateDateColumn,
  VersionColumn,
} from 'typeorm';
import { EntityType, Navigation, Property } from '../src/odata';
import { Account } from './account';
import { guarded, lastModified, ofCompany, text, version } from './columns';
import { Company } from './company';
import { CustomerPayment } from './customer-payment';

@EntityType({
  name: 'customerPaymentJournal',
  entitySet: 'customerPaymentJournals',
  order: ['code'],
  alternateKeys: [['code']],
  partition: 'company',
  trackChanges: true,
})
@Entity('customer_payment_journals', {
  comment: 'A journal that payments of customers are entered in before they are posted.',
})
@Unique('customer_payment_journals_company_id_code_key', ['companyId', 'code'])
@Unique('customer_payment_journals_id_company_id_key', ['id', 'companyId'])
@Index('customer_payment_journals_balancing_account_id_idx', ['balancingAccountId'])
@ForeignKey(() => Account, ['companyId', 'balancingAccountId'], ['companyId', 'id'], {
  name: 'customer_payment_journals_balancing_account_id_fkey',
})
export class CustomerPaymentJournal {
  @Property({ computed: true })
  @PrimaryGeneratedColumn('uuid', {
    primaryKeyConstraintName: 'customer_payment_journals_pkey',
    comment: 'The unique id of the journal.',
  })
  id!: string;

  @Property({ hidden: true })
  @Column(ofCompany)
  companyId!: string;

  @Property({ searchable: true })
  @Column({ ...text(10), comment: 'The code of the journal in capital letters, unique in the company.' })
  code!: string;

  @Property({ searchable: true })
  @Column({ ...text(50), nullable: true, comment: 'The name of the journal.' })
  displayName!: string | null;

  @Property({})
  @Column({ type: 'uuid', nullable: true, comment: 'The id of the account that the payments are balanced on.' })
  balancingAccountId!: string | null;

  @Property({
    path: 'account/number',
    computed: true,
    nullable: true,
    description: 'The number of the account that the payments are balanced on.',
  })
  balancingAccountNumber!: string | null;

  @Property({ computed: true })
  @UpdateDateColumn(lastModified)
  lastModifiedDateTime!: string;

  @Property({ hidden: true })
  @VersionColumn(version)
  version!: number;

  @Navigation({ contained: true, description: 'The payments of the journal.' })
  @OneToMany(() => CustomerPayment, (payment) => payment.customerPaymentJournal)
  customerPayments!: CustomerPayment[];

  @Navigation({ description: 'The account that the payments are balanced on.' })
  @ManyToOne(() => Account, { ...guarded, nullable: true })
  @JoinColumn({ name: 'balancing_account_id' })
  account!: Account | null;

  @Navigation({ description: 'The company of the journal.' })
  @ManyToOne(() => Company, (company) => company.customerPaymentJournals, { nullable: false })
  @JoinColumn({ name: 'company_id', foreignKeyConstraintName: 'customer_payment_journals_company_id_fkey' })
  company!: Company;
}
