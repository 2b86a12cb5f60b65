import type { QueryRunner } from 'typeorm';

/** Makes sure that trigrams are there; returns the name of their operators, which may live in a schema that is on no search path. */
export async function trigramOperators(queryRunner: QueryRunner): Promise<string> {
  await queryRunner.query('CREATE EXTENSION IF NOT EXISTS pg_trgm');
  const rows = (await queryRunner.query(
    `SELECT extnamespace::regnamespace::text AS schema FROM pg_extension WHERE extname = 'pg_trgm'`,
  )) as readonly { schema: string }[];
  return `${rows[0]?.schema ?? 'public'}.gin_trgm_ops`;
}
