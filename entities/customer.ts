import {
  Column,
  Entity,
  Index,
  JoinColumn,
  ManyToOne,
  OneToMany,
  PrimaryGeneratedColumn,
  Unique,
  UpdateDateColumn,
  VersionColumn,
  VirtualColumn,
} from 'typeorm';
import { EntityType, Navigation, Property } from '../src/odata';
import { inCurrencyOf, lastModified, money, ofCompany, text, version } from './columns';
import { Company } from './company';
import { CustomerLedgerEntry } from './customer-ledger-entry';
import { DefaultDimension } from './default-dimension';
import { contactType, customerBlocked, enumColumn, type ContactType, type CustomerBlocked } from './enums';
import { PostalAddress } from './postal-address';
import { SalesInvoice } from './sales-invoice';

@EntityType({
  name: 'customer',
  entitySet: 'customers',
  order: ['number'],
  alternateKeys: [['number']],
  partition: 'company',
  trackChanges: true,
})
@Entity('customers', { comment: 'A customer: who receives invoices and pays them.' })
@Unique('customers_company_id_number_key', ['companyId', 'number'])
@Unique('customers_id_company_id_key', ['id', 'companyId'])
@Unique('customers_id_company_id_number_key', ['id', 'companyId', 'number'])
@Index('customers_display_name_idx', ['companyId', 'displayName', 'id'])
@Index('customers_contact_id_idx', ['companyId', 'contactId'], { where: 'contact_id IS NOT NULL' })
@Index('customers_lower_number_idx', { synchronize: false })
@Index('customers_lower_display_name_idx', { synchronize: false })
@Index('customers_lower_email_idx', { synchronize: false })
@Index('customers_search_idx', { synchronize: false })
@Index('customers_lower_texts_idx', { synchronize: false })
export class Customer {
  @Property({ computed: true })
  @PrimaryGeneratedColumn('uuid', {
    primaryKeyConstraintName: 'customers_pkey',
    comment: 'The unique id of the customer.',
  })
  id!: string;

  @Property({ hidden: true })
  @Column(ofCompany)
  companyId!: string;

  @Property({ filled: true, searchable: true })
  @Column({
    ...text(20),
    comment: 'The number of the customer, unique in the company; drawn from a number series when none is given.',
  })
  number!: string;

  @Property({ searchable: true })
  @Column({ ...text(100), comment: 'The name of the customer.' })
  displayName!: string;

  @Property({ enumType: contactType })
  @Column({
    ...enumColumn('contact_type', contactType),
    default: 'Company',
    comment: 'Whether the customer is a company or a person.',
  })
  type!: ContactType;

  @Property({ nullable: true, description: 'Where post to the customer is sent; null when no part of it is known.' })
  @Column(() => PostalAddress, { prefix: 'address' })
  address!: PostalAddress;

  @Property({ searchable: true })
  @Column({ ...text(30), nullable: true, comment: 'The telephone number of the customer.' })
  phoneNumber!: string | null;

  @Property({ searchable: true })
  @Column({ ...text(80), nullable: true, comment: 'The e-mail address of the customer.' })
  email!: string | null;

  @Property({ searchable: true })
  @Column({ ...text(80), nullable: true, comment: 'The address of the web site of the customer.' })
  website!: string | null;

  @Column({
    ...text(250),
    nullable: true,
    comment: 'The id of the customer in an address book; payments may name it instead of the customer.',
  })
  contactId!: string | null;

  @Column({ type: 'boolean', default: false, comment: 'Whether the customer is liable for sales tax.' })
  taxLiable!: boolean;

  @Column({ ...text(20), nullable: true, comment: 'The tax registration number of the customer.' })
  taxRegistrationNumber!: string | null;

  @Column({
    ...text(10),
    nullable: true,
    comment: 'The currency that the customer is invoiced in; null is that of the company.',
  })
  currencyCode!: string | null;

  @Property(inCurrencyOf('currencyCode'))
  @Column({ ...money, nullable: true, comment: 'The most that the customer may owe; null is no limit.' })
  creditLimit!: string | null;

  @Property({ enumType: customerBlocked })
  @Column({
    ...enumColumn('customer_blocked', customerBlocked),
    default: 'None',
    comment: 'Which documents may not be made for the customer.',
  })
  blocked!: CustomerBlocked;

  @Property({
    ...inCurrencyOf('currencyCode'),
    dependsOn: ['salesInvoices'],
    aggregatedBy: 'sum',
    type: 'Edm.Decimal',
    precision: 18,
    scale: 5,
    nullable: false,
    computed: true,
    description: 'What the customer owes: the remaining amounts of all open invoices.',
  })
  @VirtualColumn({
    type: 'numeric',
    query: (alias) =>
      `SELECT COALESCE(SUM("open"."remaining_amount"), 0) FROM "sales_invoices" "open" WHERE "open"."customer_id" = ${alias}."id" AND "open"."status" = 'Open'`,
  })
  balance!: string;

  @Property({ computed: true })
  @UpdateDateColumn(lastModified)
  lastModifiedDateTime!: string;

  @Property({ hidden: true })
  @VersionColumn(version)
  version!: number;

  @Navigation({ hidden: true })
  @ManyToOne(() => Company, (company) => company.customers, { nullable: false })
  @JoinColumn({ name: 'company_id', foreignKeyConstraintName: 'customers_company_id_fkey' })
  company!: Company;

  @Navigation({ description: 'The invoices to the customer.' })
  @OneToMany(() => SalesInvoice, (invoice) => invoice.customer)
  salesInvoices!: SalesInvoice[];

  @Navigation({ description: 'What has been posted on the customer.' })
  @OneToMany(() => CustomerLedgerEntry, (entry) => entry.customer)
  customerLedgerEntries!: CustomerLedgerEntry[];

  @Navigation({ contained: true, description: 'What payments of the customer get in their dimensions.' })
  @OneToMany(() => DefaultDimension, (defaultDimension) => defaultDimension.customer)
  defaultDimensions!: DefaultDimension[];
}
