import type { MigrationInterface, QueryRunner } from 'typeorm';
import { beginFunction, finerHorizon } from './tracked-changes';

/** What was never kept ends the links that have not seen the transaction which says so, and no others. */
export class ChangesFromOneTransaction1796400000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of finerHorizon) await queryRunner.query(statement);
  }

  /** Links that the other function would end may be made, so all begin anew. */
  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(beginFunction);
    await queryRunner.query('ALTER TABLE odata_changes_horizon DROP COLUMN begun');
    await queryRunner.query('SELECT odata_changes_begin()');
  }
}
