import { Column, Entity, Index, OneToMany, PrimaryGeneratedColumn } from 'typeorm';
import { EntityType, Navigation, Property } from '../src/odata';
import { Account } from './account';
import { longText, text } from './columns';
import { Customer } from './customer';
import { CustomerLedgerEntry } from './customer-ledger-entry';
import { CustomerPaymentDetail } from './customer-payment-detail';
import { CustomerPaymentJournal } from './customer-payment-journal';
import { CustomerTemplate } from './customer-template';
import { Dimension } from './dimension';
import { DimensionValue } from './dimension-value';
import { SalesInvoice } from './sales-invoice';

@EntityType({
  name: 'company',
  entitySet: 'companies',
  order: ['name'],
  insertable: false,
  updatable: false,
  deletable: false,
  trackChanges: true,
})
@Entity('companies', { comment: 'A company: the owner of every other row.' })
@Index('companies_name_key', ['name'], { unique: true })
export class Company {
  @Property({ computed: true })
  @PrimaryGeneratedColumn('uuid', {
    primaryKeyConstraintName: 'companies_pkey',
    comment: 'The unique id of the company.',
  })
  id!: string;

  @Property({ searchable: true })
  @Column({ ...text(30), comment: 'The short, unique name of the company.' })
  name!: string;

  @Property({ searchable: true })
  @Column({ ...text(250), nullable: true, comment: 'The full name of the company.' })
  displayName!: string | null;

  @Column({ ...longText, nullable: true, comment: 'The version of the system that keeps the books of the company.' })
  systemVersion!: string | null;

  @Column({ ...text(250), nullable: true, comment: 'The business profile that the company is linked to.' })
  businessProfileId!: string | null;

  @Navigation({ contained: true, description: 'The payment journals of the company.' })
  @OneToMany(() => CustomerPaymentJournal, (journal) => journal.company)
  customerPaymentJournals!: CustomerPaymentJournal[];

  @Navigation({ contained: true, description: 'The customers of the company.' })
  @OneToMany(() => Customer, (customer) => customer.company)
  customers!: Customer[];

  @Navigation({ contained: true, description: 'The sales invoices of the company.' })
  @OneToMany(() => SalesInvoice, (invoice) => invoice.company)
  salesInvoices!: SalesInvoice[];

  @Navigation({ contained: true, description: 'The accounts of the general ledger of the company.' })
  @OneToMany(() => Account, (account) => account.company)
  accounts!: Account[];

  @Navigation({ contained: true, description: 'The dimensions that the company analyses by.' })
  @OneToMany(() => Dimension, (dimension) => dimension.company)
  dimensions!: Dimension[];

  @Navigation({ contained: true, description: 'The values of all dimensions of the company.' })
  @OneToMany(() => DimensionValue, (value) => value.company)
  dimensionValues!: DimensionValue[];

  @Navigation({ contained: true, description: 'What has been posted on the customers of the company.' })
  @OneToMany(() => CustomerLedgerEntry, (entry) => entry.company)
  customerLedgerEntries!: CustomerLedgerEntry[];

  @Navigation({ contained: true, description: 'The payments of all journals of the company, flat.' })
  @OneToMany(() => CustomerPaymentDetail, (detail) => detail.company)
  customerPaymentDetails!: CustomerPaymentDetail[];

  @Navigation({ contained: true, description: 'What new customers of the company get where a client leaves it out.' })
  @OneToMany(() => CustomerTemplate, (template) => template.company)
  customerTemplates!: CustomerTemplate[];
}
