/** The rows of a function as a derived table: the domain's SELECT with the values of the parameters in it. */
import { databaseType } from '../model/edm';
import type { FunctionRows } from '../plan/plan';
import { param, sql, trusted, type Sql } from '../sql';
import { compileValue, type Environment } from './expression';
import { From, partitionSlot, Source } from './source';

/** The derived table; what the function is bound to is a row outside. */
export function functionRows(
  environment: Environment,
  { operation, definition, arguments: given }: FunctionRows,
  parent: Source | undefined,
): Sql {
  const parameters = operation.parameters.map(({ name, type }) => {
    const value = given.get(name) ?? { kind: 'null' };
    const cast = databaseType(type);
    const text =
      value.kind === 'value' ? param(value.slot, cast) : sql`${compileValue(environment, value)}::${trusted(cast)}`;
    return [name, text] as const;
  });
  const bound = (column: string): Sql => {
    if (!parent) throw new Error(`The function ${operation.name} is bound to nothing`);
    return parent.column(column);
  };
  return sql`(${definition.sql({ parameters: Object.fromEntries(parameters), partition: param(partitionSlot, definition.partitionType), bound })})`;
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
