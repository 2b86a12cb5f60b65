/**
 * The functions that take collections as they take texts: members stand for characters, in their order. Part of the table of the language.
 * URL Conventions §5.1.1.5, §5.1.1.6
 */
import { sql, type Sql } from '../sql';
import { define, type FunctionDef } from './function-definition';

/** Where the second collection begins within the first, from 0; -1 where it does not. */
const placeWithin = (whole: Sql, part: Sql): Sql =>
  sql`coalesce((select min(i) - 1 from generate_series(1, cardinality(${whole}) - cardinality(${part}) + 1) i where (${whole})[i:i + cardinality(${part}) - 1] = ${part}), -1)::int4`;

/** An expression of several collections that is null where one of them is. */
const unlessNull = (collections: readonly Sql[], value: Sql): Sql =>
  collections.reduceRight((inner, collection) => sql`(case when ${collection} is not null then ${inner} end)`, value);

/** The members left of the second collection can be found in the first, each as often as it is wanted. */
const isSubset = (whole: Sql, part: Sql): Sql =>
  sql`(not exists (select from unnest(${part}) p(v) group by v having count(*) > (select count(*) from unnest(${whole}) w(v) where w.v is not distinct from p.v)))`;

/** The members of the second collection are found in the first one after the other: the next one is always looked for behind the last. */
const isSubsequence = (whole: Sql, part: Sql): Sql =>
  sql`(with recursive s(n, at) as (select 0, 0 union all select n + 1, array_position(${whole}, (${part})[n + 1], at + 1) from s where n < cardinality(${part}) and at is not null) select bool_and(at is not null) from s)`;

/** A negative start counts from the end. */
const startAt = (collection: Sql, start: Sql): Sql =>
  sql`(case when ${start} < 0 then greatest(cardinality(${collection}) + ${start}, 0) else least(${start}, 1000000000) end + 1)::int4`;

export const collectionFunctions: readonly FunctionDef[] = [
  define('concat', ['collection', 'collection'], 'first', (a, b) => unlessNull([a, b], sql`(${a} || ${b})`)),
  define('contains', ['collection', 'collection'], 'Edm.Boolean', (a, b) =>
    unlessNull([a, b], sql`(${placeWithin(a, b)} >= 0)`),
  ),
  define('endswith', ['collection', 'collection'], 'Edm.Boolean', (a, b) =>
    unlessNull([a, b], sql`((${a})[cardinality(${a}) - cardinality(${b}) + 1:] = ${b})`),
  ),
  define('startswith', ['collection', 'collection'], 'Edm.Boolean', (a, b) =>
    unlessNull([a, b], sql`((${a})[:cardinality(${b})] = ${b})`),
  ),
  define('indexof', ['collection', 'collection'], 'Edm.Int32', (a, b) => unlessNull([a, b], placeWithin(a, b))),
  define('length', ['collection'], 'Edm.Int32', (a) => sql`cardinality(${a})`),
  define('substring', ['collection', 'integer'], 'first', (a, start) => sql`(${a})[${startAt(a, start)}:]`),
  define(
    'substring',
    ['collection', 'integer', 'integer'],
    'first',
    (a, start, length) =>
      sql`(${a})[${startAt(a, start)}:${startAt(a, start)} + least(greatest(${length}, 0), 1000000000)::int4 - 1]`,
  ),
  define('hassubset', ['collection', 'collection'], 'Edm.Boolean', (a, b) => unlessNull([a, b], isSubset(a, b))),
  define('hassubsequence', ['collection', 'collection'], 'Edm.Boolean', (a, b) =>
    unlessNull([a, b], isSubsequence(a, b)),
  ),
];
