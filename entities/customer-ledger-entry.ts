import { Column, Entity, ForeignKey, Index, JoinColumn, ManyToOne, PrimaryGeneratedColumn, Unique } from 'typeorm';
import { EntityType, Navigation, Property } from '../src/odata';
import { guarded, moment, money, ofCompany, text } from './columns';
import { Company } from './company';
import { Customer } from './customer';
import { SalesInvoice } from './sales-invoice';

@EntityType({
  name: 'customerLedgerEntry',
  entitySet: 'customerLedgerEntries',
  order: ['entryNumber'],
  partition: 'company',
  insertable: false,
  updatable: false,
  deletable: false,
  trackChanges: true,
})
@Entity('customer_ledger_entries', { comment: 'What posting has written on a customer; never changed by hand.' })
@Unique('customer_ledger_entries_company_id_entry_number_key', ['companyId', 'entryNumber'])
@Unique('customer_ledger_entries_id_company_id_key', ['id', 'companyId'])
@Index('customer_ledger_entries_customer_id_idx', ['customerId', 'entryNumber'])
@Index('customer_ledger_entries_applies_to_invoice_id_idx', ['appliesToInvoiceId'], {
  where: 'applies_to_invoice_id IS NOT NULL',
})
@Index('customer_ledger_entries_posting_date_idx', ['companyId', 'postingDate', 'id'])
@Index('customer_ledger_entries_search_idx', { synchronize: false })
@ForeignKey(() => Customer, ['companyId', 'customerId'], ['companyId', 'id'], {
  name: 'customer_ledger_entries_customer_id_fkey',
})
export class CustomerLedgerEntry {
  @Property({ computed: true })
  @PrimaryGeneratedColumn('uuid', {
    primaryKeyConstraintName: 'customer_ledger_entries_pkey',
    comment: 'The unique id of the entry.',
  })
  id!: string;

  @Property({ hidden: true })
  @Column(ofCompany)
  companyId!: string;

  @Property({ filled: true })
  @Column({ type: 'integer', comment: 'The number of the entry in the order of posting, unique in the company.' })
  entryNumber!: number;

  @Column({ type: 'date', comment: 'The date that the entry is posted on.' })
  postingDate!: string;

  @Property({ searchable: true })
  @Column({ ...text(20), comment: 'The kind of the document: Invoice, Credit Memo, Payment or Refund.' })
  documentType!: string;

  @Property({ searchable: true })
  @Column({ ...text(20), nullable: true, comment: 'The number of the document.' })
  documentNumber!: string | null;

  @Property({ searchable: true })
  @Column({ ...text(20), nullable: true, comment: 'The number that the bank or the customer knows the document by.' })
  externalDocumentNumber!: string | null;

  @Column({ type: 'uuid', comment: 'The id of the customer.' })
  customerId!: string;

  @Property({ path: 'customer/number', computed: true, nullable: false, description: 'The number of the customer.' })
  customerNumber!: string;

  @Property({ searchable: true })
  @Column({ ...text(50), nullable: true, comment: 'What the entry is for.' })
  description!: string | null;

  @Property({ aggregatedBy: 'sum' })
  @Column({ ...money, default: 0, comment: 'What was posted: positive for an invoice, negative for a receipt.' })
  amount!: string;

  @Property({ aggregatedBy: 'sum' })
  @Column({ ...money, default: 0, comment: 'What of the amount is not applied to anything yet.' })
  remainingAmount!: string;

  @Column({ type: 'boolean', default: true, comment: 'Whether something of the amount is not applied yet.' })
  open!: boolean;

  @Column({ type: 'uuid', nullable: true, comment: 'The id of the invoice that the entry applies to.' })
  appliesToInvoiceId!: string | null;

  @Property({ searchable: true })
  @Column({
    ...text(10),
    comment: 'The code of the journal that was posted; empty for invoices and what cancels them.',
  })
  journalCode!: string;

  @Column({ ...moment, default: () => 'now()', comment: 'When the entry was posted.' })
  postedAt!: string;

  @Navigation({ hidden: true })
  @ManyToOne(() => Company, (company) => company.customerLedgerEntries, { nullable: false })
  @JoinColumn({ name: 'company_id', foreignKeyConstraintName: 'customer_ledger_entries_company_id_fkey' })
  company!: Company;

  @Navigation({ description: 'The customer.' })
  @ManyToOne(() => Customer, (customer) => customer.customerLedgerEntries, { ...guarded, nullable: false })
  @JoinColumn({ name: 'customer_id' })
  customer!: Customer;

  @Navigation({ description: 'The invoice that the entry applies to.' })
  @ManyToOne(() => SalesInvoice, { nullable: true })
  @JoinColumn({
    name: 'applies_to_invoice_id',
    foreignKeyConstraintName: 'customer_ledger_entries_applies_to_invoice_id_fkey',
  })
  appliesToInvoice!: SalesInvoice | null;
}
