import type { MigrationInterface, QueryRunner } from 'typeorm';
import { searchIndexes } from './search/search-indexes';
import { trigramOperators } from './search/trigram-operators';

/** Trigram indexes for $search. */
export class SearchIndexes1795600000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    const operators = await trigramOperators(queryRunner);
    for (const { name, table, expression } of searchIndexes)
      await queryRunner.query(`CREATE INDEX ${name} ON ${table} USING gin (${expression} ${operators})`);
  }

  /** The extension stays: it may serve others. */
  async down(queryRunner: QueryRunner): Promise<void> {
    for (const { name } of searchIndexes) await queryRunner.query(`DROP INDEX ${name}`);
  }
}
