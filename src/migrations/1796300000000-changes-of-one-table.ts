import type { MigrationInterface, QueryRunner } from 'typeorm';
import { beginFunction, originFunction } from './tracked-changes';

/** Databases that are older get both functions as a new one has them; links from before begin anew. */
export class ChangesOfOneTable1796300000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(originFunction);
    await queryRunner.query(beginFunction);
    await queryRunner.query('SELECT odata_changes_begin()');
  }

  /** Both are right for what was there before, too. */
  async down(): Promise<void> {}
}
