/** The rows behind a navigation of rows that are known. */
import { lockedTag, taggedNavigation } from '../compile/collection-tag';
import { keyColumnsOf } from '../compile/key-columns';
import { partitionCondition } from '../compile/partition';
import { linkedBy, tableOf, typeCondition } from '../compile/source';
import type { EntityType, LinkTable, NavigationProperty } from '../model/model';
import type { Target } from '../plan/plan';
import {
  bound,
  extraSlot,
  identifier,
  join,
  param,
  sql,
  trusted,
  type Bindings,
  type Sql,
  type SqlValue,
} from '../sql';
import { endAt, linkedCall } from './link-table';
import { StatementCache } from './statement-cache';
import { rowColumns, type StoredRow } from './stored-row';
import { columnType } from './write-columns';
import type { Preconditions } from './write-context';
import { parentSteps, type Work } from './write-work';

const lists = new StatementCache<EntityType>();

const valuesIn = (type: EntityType, column: string): Sql => param(extraSlot(column), `${columnType(type, column)}[]`);

const namesOf = (columns: readonly string[]): Sql => join(columns.map(identifier), ', ');

/** Those whose columns have one of the values each. */
const ofAny = (type: EntityType, columns: readonly string[]): readonly Sql[] =>
  columns.map((column) => sql`${identifier(column)} = any(${valuesIn(type, column)})`);

/** Those whose columns have values that stand at one place of their lists. */
function ofPlaces(type: EntityType, columns: readonly string[]): readonly Sql[] {
  const lists = columns.map((column) => valuesIn(type, column));
  return [sql`(${namesOf(columns)}) in (select * from unnest(${join(lists, ', ')}))`];
}

/** Rows of a type that conditions of lists hold for, locked. */
function listSql(type: EntityType, listed: readonly Sql[]): Sql {
  const list = join(rowColumns(type).map(identifier), ', ');
  return sql`select ${list} from ${tableOf(type)} where ${join([...partitionCondition(type, identifier), ...typeCondition(type, identifier(type.table.name)), ...listed], ' and ')} order by ${join(orderOf(type), ', ')} ${trusted('for update')}`;
}

/** Always in the same order, so that two requests do not wait for one another. */
const orderOf = (type: EntityType): readonly Sql[] => keyColumnsOf(type).map(identifier);

/** Rows of a type whose columns have one of the values each. */
export function listed(
  work: Work,
  type: EntityType,
  values: Readonly<Record<string, readonly (string | null)[]>>,
): Promise<readonly StoredRow[]> {
  const columns = Object.keys(values);
  const statement = lists.get(type, columns.join(','), () => listSql(type, ofAny(type, columns)));
  return work.rows(type, bound(statement, withValues(work, values)));
}

/** Rows of a type that have the values of one of some keys, all of the same columns. */
export function listedByKeys(
  work: Work,
  type: EntityType,
  keys: readonly Readonly<Record<string, string | null>>[],
): Promise<readonly StoredRow[]> {
  const columns = Object.keys(keys[0] ?? {});
  const statement = lists.get(type, `keys ${columns.join(',')}`, () => listSql(type, ofPlaces(type, columns)));
  const values = columns.map((column) => [column, keys.map((key) => key[column] ?? null)] as const);
  return work.rows(type, bound(statement, withValues(work, Object.fromEntries(values))));
}

/** The bindings of the request with values of the engine's own. */
const withValues = (work: Work, extra: Readonly<Record<string, SqlValue>>): Bindings => ({ ...work.bindings, extra });

const tags = new StatementCache<NavigationProperty>();

/** Locks the members that have the values of the parent, and reads the ETag that they have then. */
function tagSql({ target, join: pairs }: NavigationProperty): Sql {
  const conditions = pairs.map(
    ({ targetColumn }) =>
      sql`${identifier(targetColumn)} = ${param(extraSlot(targetColumn), columnType(target, targetColumn))}`,
  );
  const alias = identifier('m');
  const tied = join([...conditions, ...typeCondition(target, alias)], ' and ');
  return sql`select ${lockedTag(target, alias, tied, join(orderOf(target), ', '))}`;
}

/** A collection that has an ETag. */
export interface TaggedCollection {
  readonly navigation: NavigationProperty;
  /** The type of the row that it belongs to. */
  readonly type: EntityType;
  readonly parent: StoredRow;
}

/** Locks the members of a collection, and reads its ETag as it is then. */
export function currentTag(work: Work, { navigation, parent }: TaggedCollection): Promise<string | null> {
  const statement = tags.get(navigation, '', () => tagSql(navigation));
  const extra = Object.fromEntries(
    navigation.join.map(({ column, targetColumn }) => [targetColumn, parent.columns.get(column) ?? null]),
  );
  return work.text(bound(statement, withValues(work, extra)));
}

/**
 * The ETag of a collection, which it keeps until the transaction ends: a new member needs its parent, which is locked first, and those that
 * are there are locked.
 */
export async function tagOfMembers(work: Work, collection: TaggedCollection): Promise<string> {
  const { type, parent } = collection;
  const key = Object.fromEntries(keyColumnsOf(type).map((column) => [column, [parent.columns.get(column) ?? null]]));
  const [, tag] = await Promise.all([listed(work, type, key), currentTag(work, collection)]);
  return tag ?? '';
}

/** The navigation of the collection that a request writes to, where that has an ETag and the headers name one. */
export const statedNavigation = (
  target: Target,
  { ifMatch, ifNoneMatch }: Preconditions,
): NavigationProperty | undefined =>
  [ifMatch, ifNoneMatch].some((tags) => tags !== undefined && tags !== '*') ? taggedNavigation(target) : undefined;

/** That collection, whose parent is locked. */
export async function statedCollection(
  work: Work,
  target: Target,
  conditions: Preconditions,
): Promise<TaggedCollection | undefined> {
  const navigation = statedNavigation(target, conditions);
  const type = parentSteps(target).at(-1)?.range.type;
  return navigation && type && { navigation, type, parent: await work.row(parentSteps(target), 'for no key update') };
}

const linked = new StatementCache<LinkTable>();

/** Rows that a table between links to one, locked. */
function linkedSql(via: LinkTable): Sql {
  const { source, target: type } = via;
  const confined = partitionCondition(type, (column) => sql`"t".${identifier(column)}`);
  const tied = linkedBy(via, (column) => param(extraSlot(column), columnType(source, column)), sql`"t"`);
  const list = join(
    rowColumns(type).map((column) => sql`"t".${identifier(column)}`),
    ', ',
  );
  return sql`select ${list} from ${tableOf(type)} "t" where ${join([...confined, ...typeCondition(type, sql`"t"`), tied], ' and ')} order by ${join(orderOf(type), ', ')} ${trusted('for update')}`;
}

/** The rows behind a navigation of a row, where they are not those that it refers to. */
export function members(
  work: Work,
  { target, join: pairs, via }: NavigationProperty,
  { columns }: StoredRow,
): Promise<readonly StoredRow[]> {
  if (via) {
    const statement = linked.get(via, '', () => linkedSql(via));
    const extra = Object.fromEntries(via.from.map(({ column }) => [column, columns.get(column) ?? null]));
    return work.rows(target, bound(statement, withValues(work, extra)));
  }
  const values = pairs.map(({ column, targetColumn }) => [targetColumn, [columns.get(column) ?? null]] as const);
  return listed(work, target, Object.fromEntries(values));
}

/** True when a row stands behind a navigation of another one. */
export async function isMember(
  work: Work,
  { join: pairs, via }: NavigationProperty,
  parent: StoredRow,
  row: StoredRow,
): Promise<boolean> {
  if (via) return work.finds(linkedCall(via, endAt(parent), endAt(row)));
  return pairs.every(({ column, targetColumn }) => {
    const value = row.columns.get(targetColumn) ?? null;
    return value !== null && value === parent.columns.get(column);
  });
}
