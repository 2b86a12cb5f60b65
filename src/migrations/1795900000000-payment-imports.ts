import type { MigrationInterface, QueryRunner } from 'typeorm';

const table = 'payment_imports';

const statements = [
  `CREATE TABLE ${table} (
  company_id uuid NOT NULL,
  sha256 varchar(64) COLLATE "C" NOT NULL,
  file_name varchar(255) COLLATE "C" NOT NULL,
  journal_code varchar(10) COLLATE "C" NOT NULL,
  imported_at timestamptz(3) NOT NULL,
  CONSTRAINT ${table}_pkey PRIMARY KEY (company_id, sha256)
)`,
  `ALTER TABLE ${table} ADD CONSTRAINT ${table}_company_id_fkey FOREIGN KEY (company_id) REFERENCES companies (id)`,
  `COMMENT ON TABLE ${table} IS 'A file whose payments were imported.'`,
  `COMMENT ON COLUMN ${table}.company_id IS 'The company that owns the row.'`,
  `COMMENT ON COLUMN ${table}.sha256 IS 'What tells the content of the file from others: SHA-256 in hexadecimal digits.'`,
  `COMMENT ON COLUMN ${table}.file_name IS 'The name that the file had.'`,
  `COMMENT ON COLUMN ${table}.journal_code IS 'The code of the journal that the payments went to.'`,
  `COMMENT ON COLUMN ${table}.imported_at IS 'When the payments were imported.'`,
];

/** Which files were imported. */
export class PaymentImports1795900000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of statements) await queryRunner.query(statement);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE ${table}`);
  }
}
