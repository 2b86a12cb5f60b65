import type { MigrationInterface, QueryRunner } from 'typeorm';

const comment = (column: string, text: string): string =>
  `COMMENT ON COLUMN customer_ledger_entries.${column} IS '${text}'`;

/**
 * Invoices have entries, too; and who cancels one finds the payments that know it by its number only. Nothing is ever paid that is not owed: invoices of
 * before are not judged until they change.
 */
export class InvoiceEntries1796600000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`CREATE INDEX customer_payments_awaited_invoice_idx ON customer_payments (company_id, applies_to_invoice_number)
      WHERE applies_to_invoice_id IS NULL AND applies_to_invoice_number IS NOT NULL`);
    await queryRunner.query(`ALTER TABLE sales_invoices ADD CONSTRAINT sales_invoices_remaining_amount_check
      CHECK (status NOT IN ('Open', 'Paid') OR remaining_amount >= 0) NOT VALID`);
    for (const statement of [
      comment('document_type', 'The kind of the document: Invoice, Credit Memo, Payment or Refund.'),
      comment('amount', 'What was posted: positive for an invoice, negative for a receipt.'),
      comment('journal_code', 'The code of the journal that was posted; empty for invoices and what cancels them.'),
    ])
      await queryRunner.query(statement);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const statement of [
      comment('document_type', 'The kind of the document, for example Payment.'),
      comment('amount', 'What was posted: negative for a receipt.'),
      comment('journal_code', 'The code of the journal that was posted.'),
    ])
      await queryRunner.query(statement);
    await queryRunner.query('ALTER TABLE sales_invoices DROP CONSTRAINT sales_invoices_remaining_amount_check');
    await queryRunner.query('DROP INDEX customer_payments_awaited_invoice_idx');
  }
}
