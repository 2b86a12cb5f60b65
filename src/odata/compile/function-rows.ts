/** The rows of a function as a derived table: the domain's SELECT with the values of the parameters in it. */
import { databaseType } from '../model/edm';
import type { FunctionRows } from '../plan/plan';
import { param, sql, trusted, type Sql } from '../sql';
import { From, partitionSlot, Source, type Aliases } from './source';

/** The derived table; what the function is bound to is a row outside. */
export function functionRows(
  { operation, definition, arguments: given }: FunctionRows,
  parent: Source | undefined,
): Sql {
  const parameters = operation.parameters.map(({ name, type }) => {
    const value = given.get(name);
    const cast = databaseType(type);
    return [name, value?.kind === 'value' ? param(value.slot, cast) : sql`null::${trusted(cast)}`] as const;
  });
  const bound = (column: string): Sql => {
    if (!parent) throw new Error(`The function ${operation.name} is bound to nothing`);
    return parent.column(column);
  };
  return sql`(${definition.sql({ parameters: Object.fromEntries(parameters), partition: param(partitionSlot, definition.partitionType), bound })})`;
}

/** A fresh FROM clause over the rows. */
export function openFunction(
  rows: FunctionRows,
  aliases: Aliases,
  parent: Source | undefined,
): { source: Source; from: From } {
  const alias = aliases.next();
  const from = new From(sql`${functionRows(rows, parent)} ${alias}`, aliases);
  return { source: Source.derived(rows.definition.type, alias, from), from };
}
