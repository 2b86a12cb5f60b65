import type { MigrationInterface, QueryRunner } from 'typeorm';
import { trigramOperators } from './search/trigram-operators';

const text = (column: string): string => `(lower("${column}" collate "und-x-icu") collate "C")`;

/** One index for each table: a trigram index serves each of its columns alone as well as any of them together. */
const indexes = [
  { name: 'customers_lower_texts_idx', table: 'customers', columns: ['number', 'display_name', 'email'] },
  {
    name: 'customer_payments_lower_texts_idx',
    table: 'customer_payments',
    columns: ['customer_number', 'document_number', 'description'],
  },
  { name: 'sales_invoices_lower_number_idx', table: 'sales_invoices', columns: ['number'] },
];

/** `contains(tolower(x),…)`: how the tables of DevExtreme and others filter. */
export class TextIndexes1795600000001 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    const operators = await trigramOperators(queryRunner);
    for (const { name, table, columns } of indexes)
      await queryRunner.query(
        `CREATE INDEX ${name} ON ${table} USING gin (${columns.map((column) => `${text(column)} ${operators}`).join(', ')})`,
      );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const { name } of indexes) await queryRunner.query(`DROP INDEX ${name}`);
  }
}
