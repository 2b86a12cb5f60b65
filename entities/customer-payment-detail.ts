import { Column, JoinColumn, ManyToOne, PrimaryColumn, ViewEntity } from 'typeorm';
import { EntityType, Navigation, Property } from '../src/odata';
import { guarded, inCurrencyOf, lastModified, money, moment, ofCompany, text } from './columns';
import { Company } from './company';
import { Customer } from './customer';
import { CustomerPaymentJournal } from './customer-payment-journal';
import { enumColumn, salesInvoiceStatus, type SalesInvoiceStatus } from './enums';
import { SalesInvoice } from './sales-invoice';

// Left joins on primary keys: PostgreSQL leaves out each one whose columns nobody asks for.
const expression = `
SELECT p.id, p.company_id, p.journal_id, j.code AS journal_code, j.display_name AS journal_display_name, p.line_number,
  p.customer_id, p.customer_number, c.display_name AS customer_display_name, c.address_country_letter_code AS customer_country,
  p.contact_id, p.posting_date, p.document_number, p.external_document_number, p.amount, p.applies_to_invoice_id,
  p.applies_to_invoice_number, i.invoice_date, i.due_date AS invoice_due_date, i.total_amount_including_tax AS invoice_total_amount,
  i.remaining_amount AS invoice_remaining_amount, i.status AS invoice_status, p.description, p.comment, p.last_modified_date_time
FROM customer_payments p
LEFT JOIN customer_payment_journals j ON j.id = p.journal_id
LEFT JOIN customers c ON c.id = p.customer_id
LEFT JOIN sales_invoices i ON i.id = p.applies_to_invoice_id`;

@EntityType({
  name: 'customerPaymentDetail',
  entitySet: 'customerPaymentDetails',
  description:
    'A payment of any journal with its journal, customer and invoice beside it: the flat table for analysis.',
  order: ['id'],
  partition: 'company',
  insertable: false,
  updatable: false,
  deletable: false,
})
@ViewEntity('customer_payment_details', { expression })
export class CustomerPaymentDetail {
  @PrimaryColumn({ type: 'uuid', comment: 'The id of the payment.' })
  id!: string;

  @Property({ hidden: true })
  @Column(ofCompany)
  companyId!: string;

  @Column({ type: 'uuid', comment: 'The id of the journal that the payment is a line of.' })
  journalId!: string;

  @Column({ ...text(10), comment: 'The code of the journal.' })
  journalCode!: string;

  @Column({ ...text(50), nullable: true, comment: 'The name of the journal.' })
  journalDisplayName!: string | null;

  @Column({ type: 'integer', comment: 'The place of the payment in its journal.' })
  lineNumber!: number;

  @Column({ type: 'uuid', nullable: true, comment: 'The id of the customer who pays.' })
  customerId!: string | null;

  @Property({ searchable: true })
  @Column({ ...text(20), nullable: true, comment: 'The number of the customer who pays.' })
  customerNumber!: string | null;

  @Column({ ...text(100), nullable: true, comment: 'The name of the customer who pays.' })
  customerDisplayName!: string | null;

  @Column({ ...text(10), nullable: true, comment: 'The country of the customer who pays.' })
  customerCountry!: string | null;

  @Column({ ...text(250), nullable: true, comment: 'The id of the customer in an address book.' })
  contactId!: string | null;

  @Column({ type: 'date', nullable: true, comment: 'The date that the payment is posted on.' })
  postingDate!: string | null;

  @Property({ searchable: true })
  @Column({ ...text(20), nullable: true, comment: 'The number of the document that the payment belongs to.' })
  documentNumber!: string | null;

  @Property({ searchable: true })
  @Column({ ...text(20), nullable: true, comment: 'The number that the bank or the customer knows the payment by.' })
  externalDocumentNumber!: string | null;

  @Property({ aggregatedBy: 'sum' })
  @Column({ ...money, comment: 'What is paid: negative for a receipt, positive for a refund.' })
  amount!: string;

  @Column({ type: 'uuid', nullable: true, comment: 'The id of the invoice that the payment applies to.' })
  appliesToInvoiceId!: string | null;

  @Property({ searchable: true })
  @Column({
    ...text(20),
    nullable: true,
    comment: 'The number of the invoice that the payment applies to, known or not.',
  })
  appliesToInvoiceNumber!: string | null;

  @Column({ type: 'date', nullable: true, comment: 'The date of the invoice.' })
  invoiceDate!: string | null;

  @Column({ type: 'date', nullable: true, comment: 'The date that the invoice should be paid by.' })
  invoiceDueDate!: string | null;

  @Property(inCurrencyOf('appliesToInvoice/currencyCode'))
  @Column({ ...money, nullable: true, comment: 'The total of the invoice with tax.' })
  invoiceTotalAmount!: string | null;

  @Property(inCurrencyOf('appliesToInvoice/currencyCode'))
  @Column({ ...money, nullable: true, comment: 'What of the invoice is still to be paid.' })
  invoiceRemainingAmount!: string | null;

  @Property({ enumType: salesInvoiceStatus })
  @Column({
    ...enumColumn('sales_invoice_status', salesInvoiceStatus),
    nullable: true,
    comment: 'Where the invoice stands.',
  })
  invoiceStatus!: SalesInvoiceStatus | null;

  @Property({ searchable: true })
  @Column({ ...text(50), nullable: true, comment: 'What the payment is for.' })
  description!: string | null;

  @Property({ searchable: true })
  @Column({ ...text(250), nullable: true, comment: 'A remark on the payment.' })
  comment!: string | null;

  @Column({ ...moment, comment: lastModified.comment })
  lastModifiedDateTime!: string;

  @Navigation({ hidden: true })
  @ManyToOne(() => Company, (company) => company.customerPaymentDetails, { ...guarded, nullable: false })
  @JoinColumn({ name: 'company_id' })
  company!: Company;

  @Navigation({ description: 'The customer who pays.' })
  @ManyToOne(() => Customer, { ...guarded, nullable: true })
  @JoinColumn({ name: 'customer_id' })
  customer!: Customer | null;

  @Navigation({ description: 'The invoice that the payment applies to.' })
  @ManyToOne(() => SalesInvoice, { ...guarded, nullable: true })
  @JoinColumn({ name: 'applies_to_invoice_id' })
  appliesToInvoice!: SalesInvoice | null;

  @Navigation({ description: 'The journal that the payment is a line of.' })
  @ManyToOne(() => CustomerPaymentJournal, { ...guarded, nullable: false })
  @JoinColumn({ name: 'journal_id' })
  customerPaymentJournal!: CustomerPaymentJournal;
}
