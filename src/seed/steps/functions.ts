import { namespace } from '../seed-id';
import type { Seeding } from '../seeding';

/**
 * Chance without chance: everything follows from the md5 of a name, which is the same on every machine and in every version of PostgreSQL.
 * `draw(hash, n)` is the n-th of eight numbers from 0 to 65535 in a hash.
 */
export async function createFunctions({ run }: Seeding): Promise<void> {
  await run(`CREATE FUNCTION pg_temp.seed_id(name text) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT overlay(overlay(md5('${namespace}' || name) PLACING '3' FROM 13) PLACING '8' FROM 17)::uuid $$`);
  await run(`CREATE FUNCTION pg_temp.draw(hash text, slot integer) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ('x' || substr(hash, slot * 4 + 1, 4))::bit(16)::integer $$`);
  await run(`CREATE FUNCTION pg_temp.one_of(list text[], draw integer) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT list[1 + draw * cardinality(list) / 65536] $$`);
  // Some days are busier: a quarter moves to the end of its month, a fifth to the next Monday.
  await run(`CREATE FUNCTION pg_temp.busy_day(day date, draw integer) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
      WHEN draw < 16384 THEN (date_trunc('month', day::timestamp) + interval '1 month - 1 day')::date
      WHEN draw < 29491 THEN day + (8 - extract(isodow FROM day)::integer) % 7
      ELSE day END $$`);
  // Two of five rows were imported in bursts and share their time with their neighbours.
  await run(`CREATE FUNCTION pg_temp.written(ordinal bigint, draw integer, more integer, burst integer) RETURNS timestamptz
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN ordinal / burst % 5 < 2 THEN timestamptz '2026-01-01 06:00:00.123+00' + (ordinal / burst) * interval '1 hour 1 millisecond'
      ELSE timestamptz '2024-01-01 00:00:00+00' + draw * interval '20 minutes' + more * interval '17 milliseconds' END $$`);
}

/** Leaves nothing behind in the session. */
export async function dropFunctions({ run }: Seeding): Promise<void> {
  await run(`DROP FUNCTION pg_temp.seed_id(text), pg_temp.draw(text, integer), pg_temp.one_of(text[], integer), pg_temp.busy_day(date, integer),
    pg_temp.written(bigint, integer, integer, integer)`);
}
