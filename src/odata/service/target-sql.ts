/** SQL that picks the record a resource path leads to, through the joins of its steps, confined to the caller's partition. */
import { compileChain } from '../compile/chain';
import { whereClause } from '../compile/conditions';
import { keyColumnsOf } from '../compile/key-columns';
import { Aliases } from '../compile/aliases';
import { partitionCondition } from '../compile/partition';
import { linkedBy, tableOf, typeCondition } from '../compile/source';
import { odataError } from '../error';
import type { NavigationProperty } from '../model/model';
import { databaseType } from '../model/edm';
import type { KeyPredicate, Step } from '../plan/plan';
import { bound, forEachOf, identifier, join, param, sql, trusted, type Bindings, type Sql } from '../sql';
import { StatementCache } from './statement-cache';
import type { Question } from './together';

/** How the picked row is locked. */
export type RowLock = 'for key share' | 'for no key update' | 'for update';

/** A column of an alias. */
export const columnOf = (alias: string, column: string): Sql => sql`${identifier(alias)}.${identifier(column)}`;

const aliasOf = (index: number): string => `s${index}`;

/** The rows are those that a condition holds for. */
export const isFiltered = (steps: readonly Step[]): boolean => steps.some(({ filter }) => filter);

/** Selects columns of the rows that steps lead to, whatever they filter; `tail` is ORDER BY and what follows. */
export function selectRows(steps: readonly Step[], columns: readonly string[], tail: Sql, lock?: RowLock): Sql {
  const { last, from, conditions } = compileChain(steps, new Aliases());
  const key = keyColumnsOf(last.type);
  const list = join(columns.map(identifier), ', ');
  const keys = join(
    key.map((column) => last.column(column)),
    ', ',
  );
  return sql`select ${list} from ${tableOf(last.type)} where (${join(key.map(identifier), ', ')}) in (select ${keys} from ${from.clause}${whereClause(conditions)})${tail}${lock ? sql` ${trusted(lock)}` : sql``}`;
}

/** Selects columns of the last step's row. At least one step is given. */
export function selectTarget(steps: readonly Step[], columns: readonly string[], lock?: RowLock): Sql {
  if (isFiltered(steps)) return selectRows(steps, columns, sql``, lock);
  const last = aliasOf(steps.length - 1);
  const list = join(
    columns.map((column) => columnOf(last, column)),
    ', ',
  );
  const locking = lock ? sql` ${trusted(lock)} of ${identifier(last)}` : trusted('');
  return sql`select ${list} from ${join(steps.map(fromStep), ' join ')} where ${join(steps.flatMap(conditions), ' and ')}${locking}`;
}

const statements = new StatementCache<readonly Step[]>();

/** The same as a question: the row of a target, or those of many targets that the same steps lead to by their keys; what a filter compares with may be lists. */
export function targetQuestion(
  steps: readonly Step[],
  columns: readonly string[],
  lock: RowLock | undefined,
  bindings: Bindings,
): Question {
  const query = (): Sql => selectTarget(steps, columns, lock);
  const key = `${lock ?? ''} ${columns.join(',')}`;
  return {
    ...bound(statements.get(steps, key, query), bindings),
    ...(isFiltered(steps) ? {} : { ofMany: () => statements.get(steps, `many ${key}`, () => forEachOf(query())) }),
  };
}

function fromStep({ navigation, range }: Step, index: number): Sql {
  const from = sql`${tableOf(range.type)} as ${identifier(aliasOf(index))}`;
  return index > 0 && navigation
    ? sql`${from} on ${joinCondition(navigation, aliasOf(index - 1), aliasOf(index))}`
    : from;
}

/** What ties the row of an alias to the one behind a navigation of it. */
export const joinCondition = ({ join: pairs, via }: NavigationProperty, from: string, to: string): Sql =>
  via
    ? linkedBy(via, (column) => columnOf(from, column), identifier(to))
    : join(
        pairs.map(({ column, targetColumn }) => sql`${columnOf(to, targetColumn)} = ${columnOf(from, column)}`),
        ' and ',
      );

function conditions({ range, key }: Step, index: number): readonly Sql[] {
  return [
    ...partitionCondition(range.type, (column) => columnOf(aliasOf(index), column)),
    ...typeCondition(range.type, identifier(aliasOf(index))),
    ...keyConditions(key ?? [], aliasOf(index)),
  ];
}

const keyConditions = (key: KeyPredicate, alias: string): readonly Sql[] =>
  key.map(({ property, value }) => {
    if (property.source.kind !== 'column' || value.kind !== 'value')
      throw new Error(`The key property ${property.name} has no column`);
    return sql`${columnOf(alias, property.source.column)} = ${param(value.slot, databaseType(value.type))}`;
  });

/**
 * The partition that a path lies in: that of the entity it starts with (`companies(…)/customers`) when that is what rows are split by,
 * otherwise the caller's. Throws 404 when the caller may not see it.
 */
export function partitionOf(steps: readonly Step[], bindings: Bindings): string | null {
  const [first, second] = steps;
  const partition = second?.range.type.partition;
  if (!first?.key || first.range.type.partition || !partition) return bindings.partition;
  const pair = second.navigation?.join.find(({ targetColumn }) => targetColumn === partition.column);
  const named = first.key.find(
    ({ property }) => property.source.kind === 'column' && property.source.column === pair?.column,
  );
  if (named?.value.kind !== 'value') return bindings.partition;
  const value = named.value.slot(bindings);
  if (typeof value !== 'string') return bindings.partition;
  if (bindings.confined && value.toLowerCase() !== bindings.partition?.toLowerCase())
    throw odataError('Internal_RecordNotFound', { message: 'The record does not exist.' });
  return value;
}
