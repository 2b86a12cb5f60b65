/** Each entity of some sets with each of the others. Protocol §11.2.9 */
import type { Rows } from '../plan/rows';
import { join, sql } from '../sql';
import type { Environment } from './expression';
import type { OpenRows } from './rows';
import { confinement, From, Source, tableOf } from './source';

export function openCross(
  { aliases }: Environment,
  { range: all, ranges }: Extract<Rows, { kind: 'cross' }>,
): OpenRows {
  const tables = ranges.map((range) => ({ range, alias: aliases.next() }));
  const from = new From(
    join(
      tables.map(({ range, alias }) => sql`${tableOf(range.type)} ${alias}`),
      ' cross join ',
    ),
    aliases,
  );
  const sources = new Map(tables.map(({ range, alias }) => [range, Source.derived(range.type, alias, from)] as const));
  const conditions = [...sources.values()].flatMap(confinement);
  const [first] = tables;
  if (first) sources.set(all, Source.derived(all.type, first.alias, from));
  return { from, sources, conditions };
}
