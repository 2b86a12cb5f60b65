import type { Seeding } from '../seeding';
import { batches } from './payments';

/** The dimension lines of the payments, exactly as many as the tier has. */
export async function seedDimensionLines(seeding: Seeding): Promise<void> {
  const { tier, run, advance } = seeding;
  await drawCounts(seeding);
  let done = 0;
  for (const { from, to } of batches(tier.companies.flatMap((company) => company.journals))) {
    const [row] = await run(`WITH made AS (${lines} RETURNING 1) SELECT count(*)::integer AS rows FROM made`, [
      from,
      to,
    ]);
    const rows = Number(row?.['rows']);
    done += rows;
    advance(rows, 'dimension lines');
  }
  if (done !== tier.dimensionLines)
    throw new Error(`The seed made ${done} dimension lines instead of ${tier.dimensionLines}.`);
}

/**
 * How many lines each payment has: 35 of a hundred none, 25 one, 25 two, 10 three, 5 more, as far as there are dimensions. Then some payments that
 * have lines get one more, or lose one, until the sum is right.
 */
async function drawCounts({ tier, run }: Seeding): Promise<void> {
  await run(
    `CREATE TEMP TABLE seed_lines ON COMMIT DROP AS
    SELECT g, c, j, i, lines, used, clean, company_id, md5('lines/' || c || '/' || j || '/' || i) AS h
    FROM seed_journal k JOIN (SELECT DISTINCT c, used FROM seed_dimension) d USING (c) CROSS JOIN LATERAL generate_series(1, size) i
    CROSS JOIN LATERAL (SELECT pg_temp.draw(md5('lines/' || c || '/' || j || '/' || i), 0) * 100 / 65536 AS lot OFFSET 0) AS drawn
    CROSS JOIN LATERAL (SELECT least(used, CASE WHEN lot < 35 THEN 0 WHEN lot < 60 THEN 1 WHEN lot < 85 THEN 2 WHEN lot < 95 THEN 3 ELSE lot - 91 END) AS lines) AS counted`,
  );
  for (;;) {
    const [row] = await run('SELECT sum(lines)::integer AS lines FROM seed_lines');
    const missing = tier.dimensionLines - Number(row?.['lines']);
    if (missing === 0) break;
    const [changed] = await run(
      `WITH chosen AS (SELECT c, j, i FROM seed_lines WHERE CASE WHEN $1 > 0 THEN lines > 0 AND lines < used ELSE lines > 1 END
        ORDER BY substr(h, 13), c, j, i LIMIT abs($1::integer)),
      changed AS (UPDATE seed_lines l SET lines = lines + sign($1::integer)::integer FROM chosen WHERE (l.c, l.j, l.i) = (chosen.c, chosen.j, chosen.i) RETURNING 1)
      SELECT count(*)::integer AS rows FROM changed`,
      [missing],
    );
    if (Number(changed?.['rows']) === 0) throw new Error('The seed has too few payments for its dimension lines.');
  }
  await run('CREATE INDEX ON seed_lines (g)');
  await run('ANALYZE seed_lines');
}

// The first dimension is on nine of ten payments with lines, the others follow in turn from a drawn one. Low values are drawn more often.
const lines = `INSERT INTO dimension_lines (payment_id, dimension_id, company_id, dimension_value_id)
SELECT pg_temp.seed_id('payment/' || l.c || '/' || j || '/' || i), d.id, company_id, pg_temp.seed_id('dimensionValue/' || l.c || '/' || d.d || '/' || v)
FROM seed_lines l
CROSS JOIN LATERAL (SELECT CASE WHEN l.lines = l.used OR pg_temp.draw(h, 1) < 60293 THEN 1 ELSE 0 END AS fixed) AS led
CROSS JOIN LATERAL generate_series(1, l.lines) n
CROSS JOIN LATERAL (SELECT CASE WHEN n <= fixed THEN 1 ELSE 2 + (pg_temp.draw(h, 2) + n) % (l.used - 1) END AS d) AS which
JOIN seed_dimension d ON d.c = l.c AND d.d = which.d
CROSS JOIN LATERAL (SELECT pg_temp.draw(md5(h || n), 0)::bigint AS x) AS drawn
CROSS JOIN LATERAL (SELECT 1 + ((d."values" - CASE WHEN clean THEN 1 ELSE 0 END) * x * x / 4294967296) AS v) AS valued
WHERE l.g BETWEEN $1::integer AND $2::integer`;
