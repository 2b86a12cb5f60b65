import type { MigrationInterface, QueryRunner } from 'typeorm';

const statements = [
  `CREATE TABLE api_keys (
  name varchar(100) COLLATE "C" NOT NULL,
  sha256 varchar(64) COLLATE "C" NOT NULL,
  company_id uuid,
  read_only boolean NOT NULL,
  created_at timestamptz(3) NOT NULL,
  expires_at timestamptz(3),
  CONSTRAINT api_keys_pkey PRIMARY KEY (name),
  CONSTRAINT api_keys_sha256_key UNIQUE (sha256)
)`,
  `ALTER TABLE api_keys ADD CONSTRAINT api_keys_company_id_fkey FOREIGN KEY (company_id) REFERENCES companies (id) ON DELETE CASCADE`,
  `CREATE INDEX api_keys_company_id_idx ON api_keys (company_id)`,
  `COMMENT ON TABLE api_keys IS 'A credential.'`,
  `COMMENT ON COLUMN api_keys.name IS 'Who or what the key is for; the user name of HTTP Basic.'`,
  `COMMENT ON COLUMN api_keys.sha256 IS 'SHA-256 of the key in hexadecimal digits.'`,
  `COMMENT ON COLUMN api_keys.company_id IS 'The only company that the key opens; all companies when it is null.'`,
  `COMMENT ON COLUMN api_keys.read_only IS 'Whether the key allows reading only.'`,
  `COMMENT ON COLUMN api_keys.created_at IS 'When the key was made.'`,
  `COMMENT ON COLUMN api_keys.expires_at IS 'When the key ends; never when it is null.'`,
];

/** The credentials of those who may use the service. */
export class ApiKeys1796100000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of statements) await queryRunner.query(statement);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE api_keys');
  }
}
