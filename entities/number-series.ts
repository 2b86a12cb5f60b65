import { Check, Column, Entity, ForeignKey, PrimaryColumn, Unique, JoinColumn, ManyToOne } from 'typeorm';
import { ofCompany, text } from './columns';
import { Company } from './company';
import { CustomerPaymentJournal } from './customer-payment-journal';

const key = { primaryKeyConstraintName: 'number_series_pkey' } as const;

/**
 * A counter that numbers are drawn from; not part of the model. One statement draws `n` numbers, and two callers never get the same:
 * `UPDATE number_series SET next_number = next_number + n WHERE company_id = … AND code = … RETURNING prefix, next_number - n, digits`.
 * At least so many digits are written: SQL's lpad would cut longer numbers off.
 */
@Entity('number_series', { comment: 'A counter that numbers are drawn from.' })
@Unique('number_series_journal_id_key', ['journalId'])
@Check('number_series_next_number_check', 'next_number > 0')
@ForeignKey(() => CustomerPaymentJournal, ['companyId', 'journalId'], ['companyId', 'id'], {
  name: 'number_series_journal_id_fkey',
  onDelete: 'CASCADE',
})
export class NumberSeries {
  @PrimaryColumn({ ...ofCompany, ...key })
  companyId!: string;

  @PrimaryColumn({ ...text(50), ...key, comment: 'CUSTOMER, INVOICE, LEDGER, or PAYMENT: and the id of a journal.' })
  code!: string;

  @Column({ type: 'uuid', nullable: true, comment: 'The journal whose documents are numbered.' })
  journalId!: string | null;

  @Column({ ...text(12), default: '', comment: 'What stands before the digits.' })
  prefix!: string;

  @Column({ type: 'integer', default: 1, comment: 'The number that is drawn next.' })
  nextNumber!: number;

  @Column({ type: 'integer', default: 1, comment: 'How many digits are written at least, with leading zeros.' })
  digits!: number;

  @ManyToOne(() => Company, { nullable: false })
  @JoinColumn({ name: 'company_id', foreignKeyConstraintName: 'number_series_company_id_fkey' })
  company!: Company;
}
