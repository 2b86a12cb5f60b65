/** What delta links are answered from, as statements: tables of the engine's own, and triggers for each tracked table. */

/**
 * Another cluster, database, timeline or table: there the numbers of transactions begin anew, or go on from an older state. Who may not ask for
 * the cluster does without.
 */
export const originFunction = `CREATE OR REPLACE FUNCTION odata_changes_origin() RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
  cluster text;
BEGIN
  IF has_function_privilege('pg_control_system()', 'EXECUTE') THEN
    SELECT system_identifier INTO cluster FROM pg_control_system();
  END IF;
  RETURN hashtextextended(concat_ws(':', cluster, left(pg_walfile_name(pg_current_wal_lsn()), 8),
    (SELECT oid FROM pg_database WHERE datname = current_database()), 'odata_changes'::regclass::oid), 0)::text;
END
$$`;

/** Nothing is known of what was written before. One transaction at a time: there is one row. */
export const beginFunction = `CREATE OR REPLACE FUNCTION odata_changes_begin() RETURNS void LANGUAGE sql AS $$
  LOCK TABLE odata_changes_horizon IN SHARE ROW EXCLUSIVE MODE;
  DELETE FROM odata_changes_horizon;
  INSERT INTO odata_changes_horizon (xid, origin)
    VALUES ((pg_current_xact_id()::text::bigint + 1)::text::xid8, odata_changes_origin())
$$`;

/** The tables and functions that the triggers use; `finerHorizon` belongs to them. */
export const changesSchema: readonly string[] = [
  `CREATE TABLE odata_changes (
  source text NOT NULL,
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  number bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  written_at timestamptz NOT NULL DEFAULT now(),
  was boolean NOT NULL,
  image jsonb NOT NULL,
  CONSTRAINT odata_changes_pkey PRIMARY KEY (source, xid, number)
)`,
  // Rows come in the order of time, more or less: a summary of each range of blocks is enough to find the old ones.
  'CREATE INDEX odata_changes_written_at_idx ON odata_changes USING brin (written_at)',
  `COMMENT ON TABLE odata_changes IS
    'Which rows of tracked tables were written: by their key and foreign keys, as they were before and are after the write.'`,
  `COMMENT ON COLUMN odata_changes.was IS 'Whether the row was like the image before it was written; else it has become so.'`,
  originFunction,
  'CREATE TABLE odata_changes_horizon (xid xid8 NOT NULL, origin text NOT NULL)',
  `COMMENT ON TABLE odata_changes_horizon IS
    'One row: of transactions before this one, in the database of that origin, some changes are forgotten or were never kept.'`,
  beginFunction,
  'SELECT odata_changes_begin()',
  `CREATE FUNCTION odata_changes_lost() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM odata_changes_begin();
  RETURN NULL;
END
$$`,
];

/**
 * The same without an end of links that have seen it. Who writes to a tracked table before its triggers are there holds a lock that they, and
 * TRUNCATE, wait for: he has committed before, so that a snapshot which sees this transaction sees him, too.
 */
export const finerHorizon: readonly string[] = [
  'ALTER TABLE odata_changes_horizon ADD COLUMN begun xid8',
  `COMMENT ON TABLE odata_changes_horizon IS
    'One row: what was forgotten, or never kept, in the database of that origin.'`,
  `COMMENT ON COLUMN odata_changes_horizon.xid IS 'Of transactions before this one some changes are forgotten.'`,
  `COMMENT ON COLUMN odata_changes_horizon.begun IS
    'Who has not seen this transaction lacks changes that were never kept: those before tracking began, and what TRUNCATE took away.'`,
  `CREATE OR REPLACE FUNCTION odata_changes_begin() RETURNS void LANGUAGE sql AS $$
  LOCK TABLE odata_changes_horizon IN SHARE ROW EXCLUSIVE MODE;
  WITH before AS (DELETE FROM odata_changes_horizon RETURNING xid, origin)
  INSERT INTO odata_changes_horizon (xid, origin, begun)
    SELECT coalesce(max(xid) FILTER (WHERE origin = odata_changes_origin()), '0'), odata_changes_origin(), pg_current_xact_id()
    FROM before
$$`,
];

const functionOf = (table: string): string => `odata_changes_of_${table.replace('.', '_')}`;

/** The triggers of a table, `schema.table` where it lies in another schema, for an image of its key and every foreign key. */
export function track(table: string, columns: readonly string[]): readonly string[] {
  const image = `jsonb_build_object(${columns.map((column) => `'${column}', "${column}"`).join(', ')})`;
  const changes = functionOf(table);
  return [
    `CREATE FUNCTION ${changes}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO odata_changes (source, was, image) SELECT '${table}', false, ${image} FROM new_rows;
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO odata_changes (source, was, image) SELECT '${table}', true, ${image} FROM old_rows;
  ELSE
    INSERT INTO odata_changes (source, was, image)
      SELECT '${table}', bool_or(was), image
      FROM (SELECT true AS was, ${image} AS image FROM old_rows UNION ALL SELECT false, ${image} FROM new_rows) AS images
      GROUP BY image ORDER BY bool_or(was) DESC;
  END IF;
  RETURN NULL;
END
$$`,
    `CREATE TRIGGER odata_changes_insert AFTER INSERT ON ${table}
      REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ${changes}()`,
    `CREATE TRIGGER odata_changes_update AFTER UPDATE ON ${table}
      REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ${changes}()`,
    `CREATE TRIGGER odata_changes_delete AFTER DELETE ON ${table}
      REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION ${changes}()`,
    `CREATE TRIGGER odata_changes_truncate AFTER TRUNCATE ON ${table} FOR EACH STATEMENT EXECUTE FUNCTION odata_changes_lost()`,
  ];
}

/** Takes the triggers of a table away. */
export const untrack = (table: string): readonly string[] => [
  ...['insert', 'update', 'delete', 'truncate'].map((action) => `DROP TRIGGER odata_changes_${action} ON ${table}`),
  `DROP FUNCTION ${functionOf(table)}()`,
];
