import { Column, Entity, ForeignKey, Index, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import { guarded, ofCompany } from './columns';
import { Company } from './company';
import { CustomerLedgerEntry } from './customer-ledger-entry';
import { DimensionValue } from './dimension-value';

const key = { type: 'uuid', primaryKeyConstraintName: 'customer_ledger_entry_dimensions_pkey' } as const;

/** What a posted entry is analysed by: the dimension lines that its payment had. Not part of the model; a function of the entry shows them. */
@Entity('customer_ledger_entry_dimensions', {
  comment: 'The value that a ledger entry has in a dimension; at most one for each dimension.',
})
@Index('customer_ledger_entry_dimensions_dimension_value_id_idx', ['dimensionValueId', 'entryId'])
@ForeignKey(() => CustomerLedgerEntry, ['companyId', 'entryId'], ['companyId', 'id'], {
  name: 'customer_ledger_entry_dimensions_entry_id_fkey',
  onDelete: 'CASCADE',
})
@ForeignKey(
  () => DimensionValue,
  ['companyId', 'dimensionId', 'dimensionValueId'],
  ['companyId', 'dimensionId', 'id'],
  {
    name: 'customer_ledger_entry_dimensions_dimension_value_id_fkey',
  },
)
export class CustomerLedgerEntryDimension {
  @PrimaryColumn({ ...key, comment: 'The id of the entry.' })
  entryId!: string;

  @PrimaryColumn({ ...key, comment: 'The id of the dimension.' })
  dimensionId!: string;

  @Column(ofCompany)
  companyId!: string;

  @Column({ type: 'uuid', comment: 'The id of the value.' })
  dimensionValueId!: string;

  @ManyToOne(() => CustomerLedgerEntry, { ...guarded, nullable: false, onDelete: 'CASCADE' })
  @JoinColumn({ name: 'entry_id' })
  entry!: CustomerLedgerEntry;

  @ManyToOne(() => Company, { ...guarded, nullable: false })
  @JoinColumn({ name: 'company_id' })
  company!: Company;
}
