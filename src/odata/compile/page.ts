/** The rows of a page: by which columns they travel, and how they are seen from outside. */
import type { CollectionPlan, Range } from '../plan/plan';
import { rangesOf, type Rows } from '../plan/rows';
import { extraSlot, param, sql, type Sql } from '../sql';
import type { Environment } from './expression';
import type { OpenRows } from './rows';
import { Source, type From } from './source';
import { columnsAlone, sourcesIn, travelling } from './travelling';

/** The page's length, and how many entities come before it. */
export const LIMIT = param(extraSlot('limit'), 'int8');
export const OFFSET = param(extraSlot('offset'), 'int8');

/** Rows without a key. */
export const isTransient = ({ selection }: CollectionPlan): boolean => selection.range.type.key.length === 0;

/** The page's rows. */
const rowsOn = ({ base, rows }: CollectionPlan): Rows => rows ?? { kind: 'base', range: base };

/** The one variable of the page's rows, when these are entities: then all their columns are the page's. */
function onlyEntity(collection: CollectionPlan): Range | undefined {
  const [only, another] = rangesOf(rowsOn(collection));
  return another || only?.type.columns ? undefined : only;
}

/** The variables of the page's rows as columns. */
export function pageColumns(environment: Environment, open: OpenRows, collection: CollectionPlan): readonly Sql[] {
  const only = onlyEntity(collection);
  const source = only && open.sources.get(only);
  // Rows that nothing was made of have all their columns still.
  if (source) return collection.rows ? columnsAlone(source, only) : [sql`${source.alias}.*`];
  const rows = rowsOn(collection);
  return travelling(environment, open, rangesOf(rows));
}

/** The variables of the page's rows, seen from outside. */
export function pageSources(
  environment: Environment,
  collection: CollectionPlan,
  alias: Sql,
  from: From,
  optional: boolean,
): ReadonlyMap<Range, Source> {
  const only = onlyEntity(collection);
  return only
    ? new Map([[only, Source.derived(only.type, alias, from, { optional })]])
    : sourcesIn(environment, rowsOn(collection), alias, from, optional);
}
