/** Items of a collection of values of a record that is locked: which of them conditions leave, and what a change of them comes to. Protocol §11.4.13, §11.4.14 */
import { compileChain } from '../compile/chain';
import { whereClause } from '../compile/conditions';
import { compileValue } from '../compile/expression';
import { Aliases } from '../compile/source';
import type { Change, Places } from '../payload/change';
import { placesLeft, type ItemsCondition } from '../plan/item-conditions';
import { bound, sql, type Sql } from '../sql';
import { arrayItems } from './array-text';
import { StatementCache } from './statement-cache';
import { keyOf, type StoredRow } from './stored-row';
import { withWrittenKey } from './write-answer';
import type { Work } from './write-work';

const statements = new StatementCache<ItemsCondition>();

function placesSql({ target, items, places }: ItemsCondition): Sql {
  const aliases = new Aliases();
  const { sources, from, conditions } = compileChain([...target.steps, ...items], aliases);
  const value = compileValue({ sources, aliases }, places);
  return sql`select ${value}::text from ${from.clause}${whereClause(conditions)}`;
}

/**
 * The change with what becomes of items that are meant, as the locked record has them; undefined where it is of items alone, and none is
 * meant. The database judges the conditions, one after the other: nobody can change the record any more.
 */
export async function withItems(work: Work, change: Change, row: StoredRow): Promise<Change | undefined> {
  const { items, ...others } = change;
  if (!items) return change;
  const { type } = change;
  const left: Places[] = [];
  for (const condition of items.conditions) {
    const statement = statements.get(condition, '', () => placesSql(condition));
    const text = await work.text(bound(statement, withWrittenKey(work.bindings, keyOf(type, row), work.places)));
    const places = arrayItems(text ?? '{}').map(String);
    work.places = { ...work.places, [placesLeft(left.length)]: places };
    left.push(places.map((place) => Number(place) - 1));
  }
  const dynamic = type.dynamic ? (row.columns.get(type.dynamic.column) ?? null) : null;
  const become = items.changeOf({ values: row.values, dynamic }, left);
  return become && { ...others, ...become };
}
