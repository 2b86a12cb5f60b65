import type { MigrationInterface, QueryRunner } from 'typeorm';
import { comments } from './initial/comments';
import { foreignKeys } from './initial/foreign-keys';
import { indexes } from './initial/indexes';
import { tables, tableNames, enumTypes } from './initial/tables';
import { functions, triggers } from './initial/triggers';
import { view, viewName } from './initial/view';

/** The first schema. What a migration says is never changed once it has been run; a later one says what is different. */
export class Initial1795500000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    for (const sql of [...tables, ...indexes, ...foreignKeys, ...functions, ...triggers, ...comments])
      await queryRunner.query(sql);
    await queryRunner.query(`CREATE VIEW ${viewName} AS ${view}`);
    // Where TypeORM looks to see whether the view is still that of the entity.
    await queryRunner.query(
      `INSERT INTO typeorm_metadata (type, schema, name, value) VALUES ('VIEW', current_schema(), $1, $2)`,
      [viewName, view],
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP VIEW ${viewName}`);
    await queryRunner.query(
      `DELETE FROM typeorm_metadata WHERE type = 'VIEW' AND schema = current_schema() AND name = $1`,
      [viewName],
    );
    await queryRunner.query(`DROP TABLE ${tableNames.join(', ')}`);
    await queryRunner.query(`DROP FUNCTION raise_version(), raise_version_and_time()`);
    await queryRunner.query(`DROP TYPE ${enumTypes.join(', ')}`);
  }
}
