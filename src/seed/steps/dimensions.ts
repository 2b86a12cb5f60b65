import type { Seeding } from '../seeding';
import { valueCodes } from '../words';

/** The dimensions and their values. `seed_dimension` keeps the ordinals of those that payments use. */
export async function seedDimensions({ tier, run }: Seeding): Promise<void> {
  const dimensions = tier.companies.flatMap((company, index) =>
    company.dimensions.map((dimension, at) => ({
      c: index + 1,
      d: at + 1,
      ...dimension,
      codes: valueCodes[dimension.code] ?? [],
    })),
  );
  const given = `WITH given AS (
    SELECT pg_temp.seed_id('dimension/' || c || '/' || d) AS id, o.id AS company_id, given.*
    FROM jsonb_to_recordset($1) AS given (c integer, d integer, code text, name text, "values" integer, used boolean, codes text[])
    JOIN seed_company o USING (c))`;
  await run(
    `${given} INSERT INTO dimensions (id, company_id, code, display_name, last_modified_date_time)
    SELECT id, company_id, code, name, '2024-01-01 08:00:00.001Z' FROM given`,
    [JSON.stringify(dimensions)],
  );
  await run(
    `${given} INSERT INTO dimension_values (id, company_id, dimension_id, code, display_name, blocked, last_modified_date_time)
    SELECT pg_temp.seed_id('dimensionValue/' || c || '/' || d || '/' || v), company_id, id, value_code,
      CASE WHEN v % 10 < 9 THEN name || ' ' || initcap(value_code) END, v = "values", timestamptz '2024-01-01 08:00:00.002Z' + v * interval '1 second'
    FROM given CROSS JOIN LATERAL generate_series(1, "values") v
    CROSS JOIN LATERAL (SELECT CASE WHEN v = "values" THEN 'CLOSED' ELSE COALESCE(codes[v], left(code, 1) || lpad(v::text, 4, '0')) END AS value_code) AS named`,
    [JSON.stringify(dimensions)],
  );
  await run(
    'CREATE TEMP TABLE seed_dimension (c integer, d integer, id uuid, "values" integer, used integer) ON COMMIT DROP',
  );
  await run(
    `${given} INSERT INTO seed_dimension SELECT c, d, id, "values", count(*) OVER (PARTITION BY c) FROM given WHERE used`,
    [JSON.stringify(dimensions)],
  );
}
