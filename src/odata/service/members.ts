/** The rows behind a navigation of rows that are known. */
import { collectionTag } from '../compile/collection-tag';
import { linkedBy, partitionCondition, tableOf, typeCondition } from '../compile/source';
import type { EntityType, LinkTable, NavigationProperty } from '../model/model';
import { identifier, join, param, prepare, sql, trusted, type SqlValue, type Statement } from '../sql';
import { endAt, linkedCall } from './link-table';
import { extraSlot } from './lookup-sql';
import { rowColumns, type StoredRow } from './stored-row';
import { columnType } from './write-columns';
import type { Work } from './write-work';

const statements = new WeakMap<EntityType, Map<string, Statement>>();

/** Rows of a type by lists of values of its columns, locked. */
function listStatement(type: EntityType, columns: readonly string[]): Statement {
  const known = statements.get(type) ?? new Map<string, Statement>();
  statements.set(type, known);
  const shape = columns.join(',');
  const found = known.get(shape);
  if (found) return found;
  const listed = columns.map(
    (column) => sql`${identifier(column)} = any(${param(extraSlot(column), `${columnType(type, column)}[]`)})`,
  );
  const list = join(rowColumns(type).map(identifier), ', ');
  const made = prepare(
    sql`select ${list} from ${tableOf(type)} where ${join([...partitionCondition(type, identifier), ...typeCondition(type, identifier(type.table.name)), ...listed], ' and ')} order by ${join(orderOf(type), ', ')} ${trusted('for update')}`,
  );
  known.set(shape, made);
  return made;
}

/** Always in the same order, so that two requests do not wait for one another. */
const orderOf = ({ key }: EntityType) =>
  key.flatMap(({ source }) => (source.kind === 'column' ? [identifier(source.column)] : []));

/** Rows of a type whose columns have one of the values each. */
export function listed(
  work: Work,
  type: EntityType,
  values: Readonly<Record<string, readonly (string | null)[]>>,
): Promise<readonly StoredRow[]> {
  const statement = listStatement(type, Object.keys(values));
  const extra: Readonly<Record<string, SqlValue>> = values;
  const bindings = { ...work.bindings, extra };
  return work.rows(type, { statement, values: statement.slots.map((slot) => slot(bindings)) });
}

const tagStatements = new WeakMap<NavigationProperty, Statement>();

/** The ETag of the members that have the values of the parent. */
function tagStatement(navigation: NavigationProperty): Statement {
  const found = tagStatements.get(navigation);
  if (found) return found;
  const { target, join: pairs } = navigation;
  const conditions = pairs.map(
    ({ targetColumn }) =>
      sql`${identifier(targetColumn)} = ${param(extraSlot(targetColumn), columnType(target, targetColumn))}`,
  );
  const alias = identifier('m');
  const tied = join([...conditions, ...typeCondition(target, alias)], ' and ');
  const made = prepare(sql`select ${collectionTag(target, alias, tied)}`);
  tagStatements.set(navigation, made);
  return made;
}

/** The ETag of the collection behind a navigation of a row. */
export async function tagOfMembers(work: Work, navigation: NavigationProperty, parent: StoredRow): Promise<string> {
  const statement = tagStatement(navigation);
  const extra = Object.fromEntries(
    navigation.join.map(({ column, targetColumn }) => [targetColumn, parent.columns.get(column) ?? null]),
  );
  const bindings = { ...work.bindings, extra };
  return (await work.text({ statement, values: statement.slots.map((slot) => slot(bindings)) })) ?? '';
}

const linked = new WeakMap<LinkTable, Statement>();

/** Rows that a table between links to one, locked. */
function linkedStatement(via: LinkTable): Statement {
  const found = linked.get(via);
  if (found) return found;
  const { source, target: type } = via;
  const confined = partitionCondition(type, (column) => sql`"t".${identifier(column)}`);
  const tied = linkedBy(via, (column) => param(extraSlot(column), columnType(source, column)), sql`"t"`);
  const list = join(
    rowColumns(type).map((column) => sql`"t".${identifier(column)}`),
    ', ',
  );
  const made = prepare(
    sql`select ${list} from ${tableOf(type)} "t" where ${join([...confined, ...typeCondition(type, sql`"t"`), tied], ' and ')} order by ${join(orderOf(type), ', ')} ${trusted('for update')}`,
  );
  linked.set(via, made);
  return made;
}

/** The rows behind a navigation of a row, where they are not those that it refers to. */
export function members(
  work: Work,
  { target, join: pairs, via }: NavigationProperty,
  { columns }: StoredRow,
): Promise<readonly StoredRow[]> {
  if (via) {
    const statement = linkedStatement(via);
    const extra = Object.fromEntries(via.from.map(({ column }) => [column, columns.get(column) ?? null]));
    const bindings = { ...work.bindings, extra };
    return work.rows(target, { statement, values: statement.slots.map((slot) => slot(bindings)) });
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
