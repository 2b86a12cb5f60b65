/** The steps of a resource path as joined rows. */
import { databaseType } from '../model/edm';
import type { Range, Step } from '../plan/plan';
import { PLACE } from '../model/item-type';
import { identifier, param, sql, type Sql } from '../sql';
import { whereClause } from './conditions';
import { compileCondition, compileValue, type Environment } from './expression';
import { functionRows, openFunction } from './function-rows';
import { itemRows } from './item-rows';
import { confinement, From, Source, tableOf, tie, variables, type Aliases } from './source';

/** The rows of the path's steps, joined. */
export interface Chain {
  readonly from: From;
  readonly sources: ReadonlyMap<Range, Source>;
  readonly last: Source;
  readonly conditions: readonly Sql[];
}

/** Joins the tables of the steps, each tied to the one before and confined by its key; the first also by the caller's partition. `elements` are in sight. */
export function compileChain(
  steps: readonly Step[],
  aliases: Aliases,
  elements: Environment['elements'] = new Map(),
): Chain {
  const [first, ...rest] = steps;
  if (!first) throw new Error('A path has at least one step');
  const sources = new Map<Range, Source>();
  const environment: Environment = { sources, aliases, elements };
  const { source, from } = first.rows
    ? openFunction(environment, first.rows, undefined)
    : Source.of(first.range.type, aliases);
  const conditions = confinement(source);
  let last = source;
  for (const [range, row] of variables(first.range, source)) sources.set(range, row);
  for (const step of rest) {
    last = joinStep(environment, last, step, from);
    for (const [range, row] of variables(step.range, last)) sources.set(range, row);
  }
  const picked = steps.flatMap((step) => [...filterCondition(environment, step), ...keyConditions(environment, step)]);
  return { from, sources, last, conditions: [...conditions, ...picked] };
}

/** A single-valued navigation may lead nowhere, or to an entity of another type: its row is joined all the same. */
function joinStep(
  environment: Environment,
  before: Source,
  { navigation, rows, range, key, ordinal }: Step,
  from: From,
): Source {
  if (rows) {
    const alias = from.aliases.next();
    from.add(sql`cross join lateral ${functionRows(environment, rows, before)} ${alias}`);
    return Source.derived(range.type, alias, from);
  }
  if (!navigation) throw new Error('Only the first step is a set');
  if (!navigation.collection && !key) return before.through(navigation, range.type);
  const alias = from.aliases.next();
  if (navigation.items) {
    const items = itemRows(range.type, before.value(navigation.items));
    const found = ordinal ? itemAt(environment, range, ordinal, items) : items;
    from.add(sql`cross join lateral ${found} ${alias}`);
    return Source.derived(range.type, alias, from);
  }
  from.add(sql`join ${tableOf(range.type)} ${alias} on ${tie(before, alias, navigation, range.type)}`);
  return Source.derived(range.type, alias, from);
}

/** The one of the items that has a place among those that a filter leaves. URL Conventions §4.10 */
function itemAt(outer: Environment, range: Range, { at, among }: NonNullable<Step['ordinal']>, items: Sql): Sql {
  const alias = outer.aliases.next();
  const from = new From(sql`${items} ${alias}`, outer.aliases);
  const sources = new Map([...outer.sources, ...variables(range, Source.derived(range.type, alias, from))]);
  const environment: Environment = { ...outer, sources };
  const where = whereClause(among ? [compileCondition(environment, among)] : []);
  const wanted = compileValue(environment, at);
  const place = sql`${alias}.${identifier(PLACE)}`;
  return sql`(select ${alias}.* from ${from.clause}${where} order by case when ${wanted} < 0 then - ${place} else ${place} end offset case when ${wanted} < 0 then - ${wanted} - 1 else ${wanted} end limit 1)`;
}

const keyConditions = (environment: Environment, { range, key }: Step): readonly Sql[] =>
  (key ?? []).map(({ property, value }) => {
    const source = environment.sources.get(range);
    if (!source || value.kind !== 'value') throw new Error('A key has values');
    return sql`${source.value(property)} = ${param(value.slot, databaseType(property.type))}`;
  });

export const filterCondition = (environment: Environment, { filter }: Step): readonly Sql[] =>
  filter ? [compileCondition(environment, filter)] : [];
