import {
  Check,
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
import { guarded, inCurrencyOf, lastModified, money, ofCompany, text, version } from './columns';
import { Company } from './company';
import { Customer } from './customer';
import { enumColumn, salesInvoiceStatus, type SalesInvoiceStatus } from './enums';

@EntityType({
  name: 'salesInvoice',
  entitySet: 'salesInvoices',
  order: ['number'],
  alternateKeys: [['number']],
  partition: 'company',
  trackChanges: true,
})
@Entity('sales_invoices', { comment: 'A sales invoice, as a draft or posted.' })
@Unique('sales_invoices_company_id_number_key', ['companyId', 'number'])
@Unique('sales_invoices_id_company_id_number_key', ['id', 'companyId', 'number'])
@Index('sales_invoices_customer_id_idx', ['customerId'])
@Index('sales_invoices_bill_to_customer_id_idx', ['billToCustomerId'], { where: 'bill_to_customer_id IS NOT NULL' })
@Index('sales_invoices_invoice_date_idx', ['companyId', 'invoiceDate', 'id'])
@Index('sales_invoices_due_date_idx', { synchronize: false })
@Index('sales_invoices_open_idx', { synchronize: false })
@Index('sales_invoices_search_idx', { synchronize: false })
@Index('sales_invoices_lower_number_idx', { synchronize: false })
@Check('sales_invoices_remaining_amount_check', `status NOT IN ('Open', 'Paid') OR remaining_amount >= 0`)
@ForeignKey(() => Customer, ['companyId', 'customerId'], ['companyId', 'id'], {
  name: 'sales_invoices_customer_id_fkey',
})
@ForeignKey(() => Customer, ['companyId', 'billToCustomerId'], ['companyId', 'id'], {
  name: 'sales_invoices_bill_to_customer_id_fkey',
})
export class SalesInvoice {
  @Property({ computed: true })
  @PrimaryGeneratedColumn('uuid', {
    primaryKeyConstraintName: 'sales_invoices_pkey',
    comment: 'The unique id of the invoice.',
  })
  id!: string;

  @Property({ hidden: true })
  @Column(ofCompany)
  companyId!: string;

  @Property({ filled: true, searchable: true })
  @Column({
    ...text(20),
    comment: 'The number of the invoice, unique in the company; drawn from a number series when none is given.',
  })
  number!: string;

  @Property({ searchable: true })
  @Column({ ...text(35), nullable: true, comment: 'The number that the customer knows the invoice by.' })
  externalDocumentNumber!: string | null;

  @Property({ filled: true })
  @Column({ type: 'date', comment: 'The date of the invoice.' })
  invoiceDate!: string;

  @Column({ type: 'date', nullable: true, comment: 'The date that the invoice is posted on.' })
  postingDate!: string | null;

  @Column({ type: 'date', nullable: true, comment: 'The date that the invoice should be paid by.' })
  dueDate!: string | null;

  @Property({ filled: true })
  @Column({ type: 'uuid', comment: 'The id of the customer that the goods are sold to.' })
  customerId!: string;

  @Property({
    path: 'customer/number',
    computed: true,
    nullable: true,
    description: 'The number of the customer; on create it may be sent in place of the id.',
  })
  customerNumber!: string | null;

  @Property({ path: 'customer/displayName', computed: true, nullable: true, description: 'The name of the customer.' })
  customerName!: string | null;

  @Column({ type: 'uuid', nullable: true, comment: 'The id of the customer that pays, when it is another one.' })
  billToCustomerId!: string | null;

  @Column({ ...text(10), nullable: true, comment: 'The currency of the amounts; null is that of the company.' })
  currencyCode!: string | null;

  @Property({ aggregatedBy: 'sum', ...inCurrencyOf('currencyCode') })
  @Column({ ...money, default: 0, comment: 'The total without tax.' })
  totalAmountExcludingTax!: string;

  @Property({ aggregatedBy: 'sum', ...inCurrencyOf('currencyCode') })
  @Column({ ...money, default: 0, comment: 'The tax on the total.' })
  totalTaxAmount!: string;

  @Property({ aggregatedBy: 'sum', ...inCurrencyOf('currencyCode') })
  @Column({ ...money, default: 0, comment: 'The total with tax: what is to be paid.' })
  totalAmountIncludingTax!: string;

  @Property({ aggregatedBy: 'sum', computed: true, ...inCurrencyOf('currencyCode') })
  @Column({ ...money, default: 0, comment: 'What is still to be paid.' })
  remainingAmount!: string;

  @Property({ enumType: salesInvoiceStatus })
  @Column({
    ...enumColumn('sales_invoice_status', salesInvoiceStatus),
    default: 'Draft',
    comment: 'Where the invoice stands.',
  })
  status!: SalesInvoiceStatus;

  @Property({ computed: true })
  @UpdateDateColumn(lastModified)
  lastModifiedDateTime!: string;

  @Property({ hidden: true })
  @VersionColumn(version)
  version!: number;

  @Navigation({ hidden: true })
  @ManyToOne(() => Company, (company) => company.salesInvoices, { nullable: false })
  @JoinColumn({ name: 'company_id', foreignKeyConstraintName: 'sales_invoices_company_id_fkey' })
  company!: Company;

  @Navigation({ description: 'The customer that the goods are sold to.' })
  @ManyToOne(() => Customer, (customer) => customer.salesInvoices, { ...guarded, nullable: false })
  @JoinColumn({ name: 'customer_id' })
  customer!: Customer;

  @Navigation({ description: 'The customer that pays, when it is another one.' })
  @ManyToOne(() => Customer, { ...guarded, nullable: true })
  @JoinColumn({ name: 'bill_to_customer_id' })
  billToCustomer!: Customer | null;
}
