/** The items of collections of values as rows. */
import type { Rows } from '../plan/rows';
import { identifier, join, sql } from '../sql';
import { compileValue, type Environment } from './expression';
import { within, type OpenRows } from './rows';
import { Source } from './source';

/** Each of the rows with each item of its collection and the place of that. */
export function openValueRows(
  environment: Environment,
  open: OpenRows,
  { values, item, place }: Extract<Rows, { kind: 'values' }>,
): OpenRows {
  const array = compileValue(within(environment, open), values);
  const alias = environment.aliases.next();
  const columns = [item, place].map(({ property }) => identifier(property.name));
  open.from.add(sql`cross join lateral unnest(${array}) with ordinality ${alias}(${join(columns, ', ')})`);
  const source = Source.derived(item.range.type, alias, open.from);
  return { ...open, sources: new Map(open.sources).set(item.range, source) };
}
