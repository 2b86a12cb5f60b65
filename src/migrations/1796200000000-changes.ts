import type { MigrationInterface, QueryRunner } from 'typeorm';
import { changesSchema, track, untrack } from './tracked-changes';

/** The tracked tables, with the columns that an image keeps: the key and every foreign key. */
const tracked: Readonly<Record<string, readonly string[]>> = {
  companies: ['id'],
  accounts: ['id', 'company_id'],
  customers: ['id', 'company_id'],
  sales_invoices: ['id', 'company_id', 'customer_id', 'bill_to_customer_id'],
  customer_payment_journals: ['id', 'company_id', 'balancing_account_id'],
  customer_payments: ['id', 'company_id', 'journal_id', 'customer_id', 'applies_to_invoice_id'],
  dimension_lines: ['payment_id', 'dimension_id', 'company_id', 'dimension_value_id'],
  dimensions: ['id', 'company_id'],
  dimension_values: ['id', 'company_id', 'dimension_id'],
  customer_ledger_entries: ['id', 'company_id', 'customer_id', 'applies_to_invoice_id'],
};

/** What delta links are answered from. Statement by statement, so that a write of many rows stays one statement more. */
export class Changes1796200000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of changesSchema) await queryRunner.query(statement);
    for (const [table, columns] of Object.entries(tracked))
      for (const statement of track(table, columns)) await queryRunner.query(statement);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of Object.keys(tracked))
      for (const statement of untrack(table)) await queryRunner.query(statement);
    await queryRunner.query('DROP FUNCTION odata_changes_lost(), odata_changes_begin(), odata_changes_origin()');
    await queryRunner.query('DROP TABLE odata_changes_horizon, odata_changes');
  }
}
