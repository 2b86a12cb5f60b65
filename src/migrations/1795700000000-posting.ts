import type { MigrationInterface, QueryRunner } from 'typeorm';

const table = 'customer_ledger_entry_dimensions';

const unique = 'customer_ledger_entries_id_company_id_key';

const statements = [
  `ALTER TABLE customer_ledger_entries ADD CONSTRAINT ${unique} UNIQUE (id, company_id)`,
  `CREATE TABLE ${table} (
  entry_id uuid NOT NULL,
  dimension_id uuid NOT NULL,
  company_id uuid NOT NULL,
  dimension_value_id uuid NOT NULL,
  CONSTRAINT ${table}_pkey PRIMARY KEY (entry_id, dimension_id)
)`,
  `CREATE INDEX ${table}_dimension_value_id_idx ON ${table} (dimension_value_id, entry_id)`,
  `ALTER TABLE ${table} ADD CONSTRAINT ${table}_entry_id_fkey FOREIGN KEY (company_id, entry_id)
    REFERENCES customer_ledger_entries (company_id, id) ON DELETE CASCADE`,
  `ALTER TABLE ${table} ADD CONSTRAINT ${table}_dimension_value_id_fkey
    FOREIGN KEY (company_id, dimension_id, dimension_value_id) REFERENCES dimension_values (company_id, dimension_id, id)`,
  `COMMENT ON TABLE ${table} IS 'The value that a ledger entry has in a dimension; at most one for each dimension.'`,
  `COMMENT ON COLUMN ${table}.entry_id IS 'The id of the entry.'`,
  `COMMENT ON COLUMN ${table}.dimension_id IS 'The id of the dimension.'`,
  `COMMENT ON COLUMN ${table}.company_id IS 'The company that owns the row.'`,
  `COMMENT ON COLUMN ${table}.dimension_value_id IS 'The id of the value.'`,
];

/** What posted entries are analysed by. */
export class Posting1795700000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of statements) await queryRunner.query(statement);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE ${table}`);
    await queryRunner.query(`ALTER TABLE customer_ledger_entries DROP CONSTRAINT ${unique}`);
  }
}
