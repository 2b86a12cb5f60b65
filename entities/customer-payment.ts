import {
  Check,
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
import { guarded, lastModified, money, ofCompany, text, version } from './columns';
import { Company } from './company';
import { Customer } from './customer';
import { CustomerPaymentJournal } from './customer-payment-journal';
import { DimensionLine } from './dimension-line';
import { SalesInvoice } from './sales-invoice';

@EntityType({
  name: 'customerPayment',
  order: ['lineNumber'],
  alternateKeys: [['lineNumber']],
  partition: 'company',
  trackChanges: true,
})
@Entity('customer_payments', { comment: 'A payment of a customer: a line of a payment journal.' })
@Unique('customer_payments_journal_id_line_number_key', ['journalId', 'lineNumber'])
@Unique('customer_payments_id_company_id_key', ['id', 'companyId'])
@Index('customer_payments_journal_id_posting_date_idx', { synchronize: false })
@Index('customer_payments_company_id_posting_date_idx', { synchronize: false })
@Index('customer_payments_journal_id_customer_number_idx', { synchronize: false })
@Index('customer_payments_company_id_customer_number_idx', { synchronize: false })
@Index('customer_payments_search_idx', { synchronize: false })
@Index('customer_payments_lower_texts_idx', { synchronize: false })
@Index('customer_payments_customer_id_idx', ['customerId'], { where: 'customer_id IS NOT NULL' })
@Index('customer_payments_applies_to_invoice_id_idx', ['appliesToInvoiceId'], {
  where: 'applies_to_invoice_id IS NOT NULL',
})
@Index('customer_payments_awaited_invoice_idx', ['companyId', 'appliesToInvoiceNumber'], {
  where: 'applies_to_invoice_id IS NULL AND applies_to_invoice_number IS NOT NULL',
})
@Check('customer_payments_customer_check', '(customer_id IS NULL) = (customer_number IS NULL)')
@Check(
  'customer_payments_applies_to_invoice_check',
  'applies_to_invoice_id IS NULL OR applies_to_invoice_number IS NOT NULL',
)
@ForeignKey(() => CustomerPaymentJournal, ['companyId', 'journalId'], ['companyId', 'id'], {
  name: 'customer_payments_journal_id_fkey',
  onDelete: 'CASCADE',
})
@ForeignKey(() => Customer, ['companyId', 'customerId', 'customerNumber'], ['companyId', 'id', 'number'], {
  name: 'customer_payments_customer_id_fkey',
  onUpdate: 'CASCADE',
})
@ForeignKey(
  () => SalesInvoice,
  ['companyId', 'appliesToInvoiceId', 'appliesToInvoiceNumber'],
  ['companyId', 'id', 'number'],
  {
    name: 'customer_payments_applies_to_invoice_id_fkey',
    onUpdate: 'CASCADE',
  },
)
export class CustomerPayment {
  @Property({ computed: true })
  @PrimaryGeneratedColumn('uuid', {
    primaryKeyConstraintName: 'customer_payments_pkey',
    comment: 'The unique id of the payment.',
  })
  id!: string;

  @Property({ hidden: true })
  @Column(ofCompany)
  companyId!: string;

  @Property({ computed: true })
  @Column({ type: 'uuid', comment: 'The id of the journal that the payment is a line of.' })
  journalId!: string;

  @Property({
    path: 'customerPaymentJournal/code',
    computed: true,
    nullable: true,
    description: 'The code of the journal that the payment is a line of.',
  })
  journalDisplayName!: string | null;

  @Property({ filled: true })
  @Column({
    type: 'integer',
    comment: 'The place of the payment in its journal, unique there; the last one and 10000 when none is given.',
  })
  lineNumber!: number;

  @Column({ type: 'uuid', nullable: true, comment: 'The id of the customer who pays; set together with the number.' })
  customerId!: string | null;

  @Property({ searchable: true })
  @Column({ ...text(20), nullable: true, comment: 'The number of the customer who pays; set together with the id.' })
  customerNumber!: string | null;

  @Column({ ...text(250), nullable: true, comment: 'The id of the customer in an address book.' })
  contactId!: string | null;

  @Column({ type: 'date', nullable: true, comment: 'The date that the payment is posted on.' })
  postingDate!: string | null;

  @Property({ searchable: true })
  @Column({
    ...text(20),
    nullable: true,
    comment: 'The number of the document that the payment belongs to; lines of one document share it.',
  })
  documentNumber!: string | null;

  @Property({ searchable: true })
  @Column({ ...text(20), nullable: true, comment: 'The number that the bank or the customer knows the payment by.' })
  externalDocumentNumber!: string | null;

  @Property({ aggregatedBy: 'sum' })
  @Column({ ...money, default: 0, comment: 'What is paid: negative for a receipt, positive for a refund.' })
  amount!: string;

  @Column({
    type: 'uuid',
    nullable: true,
    comment: 'The id of the posted invoice that the payment applies to; set together with the number.',
  })
  appliesToInvoiceId!: string | null;

  @Property({ searchable: true })
  @Column({
    ...text(20),
    nullable: true,
    comment: 'The number of the invoice that the payment applies to, known or not.',
  })
  appliesToInvoiceNumber!: string | null;

  @Property({ searchable: true })
  @Column({
    ...text(50),
    nullable: true,
    comment: 'What the payment is for; the name of the customer when none is given.',
  })
  description!: string | null;

  @Property({ searchable: true })
  @Column({ ...text(250), nullable: true, comment: 'A remark on the payment.' })
  comment!: string | null;

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

  @Navigation({ description: 'The journal that the payment is a line of.' })
  @ManyToOne(() => CustomerPaymentJournal, (journal) => journal.customerPayments, {
    ...guarded,
    nullable: false,
    onDelete: 'CASCADE',
  })
  @JoinColumn({ name: 'journal_id' })
  customerPaymentJournal!: CustomerPaymentJournal;

  @Navigation({ description: 'The customer who pays.' })
  @ManyToOne(() => Customer, { ...guarded, nullable: true })
  @JoinColumn({ name: 'customer_id' })
  customer!: Customer | null;

  @Navigation({ description: 'The invoice that the payment applies to.' })
  @ManyToOne(() => SalesInvoice, { ...guarded, nullable: true })
  @JoinColumn({ name: 'applies_to_invoice_id' })
  appliesToInvoice!: SalesInvoice | null;

  @Navigation({ contained: true, description: 'What the payment is analysed by.' })
  @OneToMany(() => DimensionLine, (line) => line.customerPayment)
  dimensionLines!: DimensionLine[];
}
