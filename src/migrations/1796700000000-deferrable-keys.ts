import type { MigrationInterface, QueryRunner } from 'typeorm';

const keys = [
  ['customer_payments', 'journal_id, line_number'],
  ['customer_payment_journals', 'company_id, code'],
  ['customers', 'company_id, number'],
  ['customer_templates', 'company_id, code'],
] as const;

const remade = ([table, columns]: (typeof keys)[number], when: string): string => {
  const name = `${table}_${columns.replace(', ', '_')}_key`;
  return `ALTER TABLE ${table} DROP CONSTRAINT ${name}, ADD CONSTRAINT ${name} UNIQUE (${columns})${when}`;
};

/** Keys that clients may change are looked at when all rows are written, so that one request can swap them. */
export class DeferrableKeys1796700000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    for (const key of keys) await queryRunner.query(remade(key, ' DEFERRABLE'));
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const key of keys) await queryRunner.query(remade(key, ''));
  }
}
