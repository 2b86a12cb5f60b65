import type { MigrationInterface, QueryRunner } from 'typeorm';
import { searchIndexes } from './search/search-indexes';

/** Trigram indexes for $search. */
export class SearchIndexes1795600000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('CREATE EXTENSION IF NOT EXISTS pg_trgm');
    // Where the extension was there before, it may live in a schema that is on no search path.
    const rows = (await queryRunner.query(
      `SELECT extnamespace::regnamespace::text AS schema FROM pg_extension WHERE extname = 'pg_trgm'`,
    )) as readonly { schema: string }[];
    const operators = `${rows[0]?.schema ?? 'public'}.gin_trgm_ops`;
    for (const { name, table, expression } of searchIndexes)
      await queryRunner.query(`CREATE INDEX ${name} ON ${table} USING gin (${expression} ${operators})`);
  }

  /** The extension stays: it may serve others. */
  async down(queryRunner: QueryRunner): Promise<void> {
    for (const { name } of searchIndexes) await queryRunner.query(`DROP INDEX ${name}`);
  }
}
