/** Rows that are made first, and once, by names that the query around has for them. */
import { madeAnyway, madeFirst } from '../plan/made-first';
import { inputOf, type Rows } from '../plan/rows';
import { join, sql, type Sql } from '../sql';
import type { Environment } from './expression';
import { openAnew, openRows, reopen, within, wrap, type OpenRows } from './rows';

/** How rows are made, by names, and the environment in which they are known. */
interface Made {
  readonly queries: readonly Sql[];
  readonly names: readonly Sql[];
  readonly inside: Environment;
}

function makeFirst(made: Made, rows: Rows): Made {
  const { inside } = made;
  if (inside.shared?.has(rows)) return made;
  const open = openAnew(inside, rows);
  const query = wrap(within(inside, open), open, rows, []);
  const name = inside.aliases.next();
  const shared = new Map(inside.shared).set(rows, name);
  return {
    queries: [...made.queries, sql`${name} as materialized (${query})`],
    names: [...made.names, name],
    inside: { ...inside, shared },
  };
}

/** All that rows are made of and that is made first: whatever lies upon it may ask for any of it again. */
function makeBelow(environment: Environment, rows: Rows): Made {
  const input = inputOf(rows);
  const below = input ? makeBelow(environment, input) : { queries: [], names: [], inside: environment };
  const first = madeFirst(rows);
  return first ? makeFirst(below, first) : below;
}

/** A query of which some rows are made first, for all that is within it. */
export function withMade(environment: Environment, rows: Rows, build: (inside: Environment) => Sql): Sql {
  const { queries, inside } = makeFirst(makeBelow(environment, rows), rows);
  return sql`with ${join(queries, ', ')} ${build(inside)}`;
}

/** Rows of which some are made first: `first`, for all that opens them within. */
export function openBehindMade(
  environment: Environment,
  first: Rows,
  rows: Rows,
  open: (inside: Environment) => OpenRows,
): OpenRows {
  const query = withMade(environment, first, (inside) => {
    const opened = open(inside);
    return wrap(within(inside, opened), opened, rows, []);
  });
  return reopen(environment, rows, query);
}

/**
 * Rows of which some are made first, and all of these, whether or not the others need them: PostgreSQL computes an OFFSET before it
 * reads a row, and whatever it knows of the rows.
 */
export function openBehindJudged(environment: Environment, judged: readonly Rows[], rows: Rows): OpenRows {
  const { queries, names, inside } = judged.reduce(makeFirst, { queries: [], names: [], inside: environment });
  const counts = names.map((name) => sql`(select count(*) from ${name})`);
  const opened = openRows(inside, rows);
  const query = wrap(within(inside, opened), opened, rows, [], sql` offset 0 * (${join(counts, ' + ')})`);
  return reopen(environment, rows, sql`with ${join(queries, ', ')} ${query}`);
}

/**
 * LIMIT and OFFSET. Rows for which the request may be refused are made also where none of them is wanted; `count` counts them.
 */
export function cutOf(rows: Rows | undefined, limit: Sql | undefined, offset: Sql | undefined, count: () => Sql): Sql {
  const isJudged = limit && rows && madeAnyway(rows).length > 0;
  const start = isJudged ? sql`case when ${limit} = 0 then 0 * ${count()} else ${offset ?? sql`0`} end` : offset;
  return sql`${limit ? sql` limit ${limit}` : sql``}${start ? sql` offset ${start}` : sql``}`;
}
