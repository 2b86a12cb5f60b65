/** The rows of a function as a derived table: the domain's SELECT with the values of the parameters in it. */
import { databaseType } from '../model/edm';
import type { FunctionRows } from '../plan/plan';
import { identifier, join, param, sql, trusted, type Sql } from '../sql';
import { compileValue, type Environment } from './expression';
import { partitionSlot } from './partition';
import { From, Source } from './source';

/**
 * The derived table; what the function is bound to is a row outside. A parameter that is an expression is written once, whatever the
 * function makes of it: calls within calls would multiply.
 */
export function functionRows(
  environment: Environment,
  { operation, definition, arguments: given }: FunctionRows,
  parent: Source | undefined,
): Sql {
  const values = operation.parameters.map(({ name, type }) => {
    const value = given.get(name) ?? { kind: 'null' };
    const cast = databaseType(type);
    if (value.kind === 'value') return { name, text: param(value.slot, cast), isComputed: false };
    const text = sql`${compileValue(environment, value)}::${trusted(cast)}`;
    return { name, text, isComputed: value.kind !== 'null' };
  });
  const computed = values.filter(({ isComputed }) => isComputed);
  const row = computed.length > 0 ? environment.aliases.next() : undefined;
  const parameters = Object.fromEntries(
    values.map(({ name, text, isComputed }) => [name, row && isComputed ? sql`${row}.${identifier(name)}` : text]),
  );
  const bound = (column: string): Sql => {
    if (!parent) throw new Error(`The function ${operation.name} is bound to nothing`);
    return parent.column(column);
  };
  const query = sql`(${definition.sql({ parameters, partition: param(partitionSlot, definition.partitionType), bound })})`;
  if (!row) return query;
  const rows = environment.aliases.next();
  const once = computed.map(({ name, text }) => sql`${text} as ${identifier(name)}`);
  return sql`(select ${rows}.* from (select ${join(once, ', ')} offset 0) ${row} cross join lateral ${query} ${rows})`;
}

/** A fresh FROM clause over the rows. */
export function openFunction(
  environment: Environment,
  rows: FunctionRows,
  parent: Source | undefined,
): { source: Source; from: From } {
  const { aliases } = environment;
  const alias = aliases.next();
  const from = new From(sql`${functionRows(environment, rows, parent)} ${alias}`, aliases);
  return { source: Source.derived(rows.definition.type, alias, from), from };
}
