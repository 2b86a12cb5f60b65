/** Items of a collection of values of a record that is locked: which of them conditions leave, and what a change of them comes to. Protocol §11.4.13, §11.4.14 */
import { compileChain } from '../compile/chain';
import { whereClause } from '../compile/conditions';
import { compileValue } from '../compile/expression';
import { Aliases } from '../compile/aliases';
import type { Change } from '../payload/change';
import { inTurns } from '../payload/turns';
import { placesLeft, type ItemsCondition } from '../plan/item-conditions';
import { bound, join, sql, type Sql } from '../sql';
import { arrayItems } from './array-text';
import { StatementCache } from './statement-cache';
import { keyOf, type StoredRow } from './stored-row';
import { withWrittenKey } from './write-answer';
import type { Work } from './write-work';

const statements = new StatementCache<readonly ItemsCondition[]>();

/** A column for the conditions of each collection. */
function placesSql(all: readonly ItemsCondition[]): Sql {
  const aliases = new Aliases();
  const columns = all.map(({ target, items, places }) => {
    const { sources, from, conditions } = compileChain([...target.steps, ...items], aliases);
    const value = compileValue({ sources, aliases }, places);
    return sql`(select ${value}::text from ${from.clause}${whereClause(conditions)})`;
  });
  return sql`select ${join(columns, ', ')}`;
}

/** The places, from 1, that each condition leaves. */
async function placesOf(
  work: Work,
  conditions: readonly ItemsCondition[],
  key: Readonly<Record<string, string>>,
): Promise<readonly (readonly string[])[]> {
  if (conditions.length === 0) return [];
  const statement = statements.get(conditions, '', () => placesSql(conditions));
  const found = await work.texts(bound(statement, withWrittenKey(work.bindings, key)));
  return found.map((text) => arrayItems(text ?? '{}').map(String));
}

/**
 * The change with what becomes of items that are meant, as the locked record has them; undefined where it is of items alone, and none is
 * meant. The database judges the conditions: nobody can change the record any more.
 */
export async function withItems(work: Work, change: Change, row: StoredRow): Promise<Change | undefined> {
  const { items, ...others } = change;
  if (!items) return change;
  const { type } = change;
  const places = await placesOf(work, items.conditions, keyOf(type, row));
  work.places = Object.fromEntries(places.map((found, condition) => [placesLeft(condition), found]));
  const left = places.map((found) => found.map((place) => Number(place) - 1));
  const dynamic = type.dynamic ? (row.columns.get(type.dynamic.column) ?? null) : null;
  const become = await inTurns(items.changeOf({ value: (path) => row.value(path), dynamic }, left));
  return become && { ...others, ...become };
}
