import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import { moment, ofCompany, text } from './columns';
import { Company } from './company';

const key = { primaryKeyConstraintName: 'payment_imports_pkey' } as const;

/** A bank's file whose payments were imported; not part of the model. It is written with the payments, so that no file pays twice. */
@Entity('payment_imports', { comment: 'A file whose payments were imported.' })
export class PaymentImport {
  @PrimaryColumn({ ...ofCompany, ...key })
  companyId!: string;

  @PrimaryColumn({
    ...text(64),
    ...key,
    comment: 'What tells the content of the file from others: SHA-256 in hexadecimal digits.',
  })
  sha256!: string;

  @Column({ ...text(255), comment: 'The name that the file had.' })
  fileName!: string;

  @Column({ ...text(10), comment: 'The code of the journal that the payments went to.' })
  journalCode!: string;

  @Column({ ...moment, comment: 'When the payments were imported.' })
  importedAt!: string;

  @ManyToOne(() => Company, { nullable: false })
  @JoinColumn({ name: 'company_id', foreignKeyConstraintName: 'payment_imports_company_id_fkey' })
  company!: Company;
}
