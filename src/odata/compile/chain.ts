/** The steps of a resource path as joined rows. */
import { databaseType } from '../model/edm';
import type { Range, Step } from '../plan/plan';
import { PLACE } from '../model/item-type';
import { identifier, join, param, sql, type Sql } from '../sql';
import { openMembers } from './collection';
import { whereClause } from './conditions';
import { compileCondition, compileValue, sourceOf, type Environment } from './expression';
import { functionRows, openFunction } from './function-rows';
import { itemRows } from './item-rows';
import { within } from './rows';
import type { Aliases } from './aliases';
import { confinement, From, Source, tableOf, tie, variables } from './source';
import { columnsAlone } from './travelling';

/** The rows of the path's steps, joined. */
export interface Chain {
  readonly from: From;
  readonly sources: ReadonlyMap<Range, Source>;
  readonly last: Source;
  readonly conditions: readonly Sql[];
}

/** Joins the tables of the steps, each tied to the one before and confined by its key; the first also by the caller's partition. */
export function compileChain(steps: readonly Step[], aliases: Aliases): Chain {
  const [first, ...rest] = steps;
  if (!first) throw new Error('A path has at least one step');
  const sources = new Map<Range, Source>();
  const environment: Environment = { sources, aliases };
  const { source, from, tied: conditions } = openFirst(environment, first);
  let last = source;
  for (const [range, row] of variables(first.range, source)) sources.set(range, row);
  for (const step of rest) {
    last = joinStep(environment, last, step, from);
    for (const [range, row] of variables(step.range, last)) sources.set(range, row);
  }
  const picked = steps.flatMap((step) => [...filterCondition(environment, step), ...keyConditions(environment, step)]);
  return { from, sources, last, conditions: [...conditions, ...picked] };
}

/** The rows of the first step, confined to the caller's partition. */
function openFirst(environment: Environment, step: Step): OpenStep {
  const { aliases } = environment;
  if (step.made) return openLeft(environment, step);
  const { source, from } = step.rows
    ? openFunction(environment, step.rows, undefined)
    : Source.of(step.range.type, aliases);
  return { source, from, tied: confinement(source) };
}

/** The rows of a step, and what ties them to what they belong to. */
interface OpenStep {
  readonly source: Source;
  readonly from: From;
  readonly tied: readonly Sql[];
}

/** What is left of the rows of a step where a filter speaks of all that those before it have left. They are tied already. */
export function openLeft(environment: Environment, step: Pick<Step, 'range' | 'made' | 'filter'>): OpenStep {
  const { aliases } = environment;
  const table = tableLeft(environment, step);
  const alias = aliases.next();
  const from = new From(sql`${table} ${alias}`, aliases);
  return { source: Source.derived(step.range.type, alias, from), from, tied: [] };
}

/** The same as a table. */
function tableLeft(environment: Environment, { range, made, filter }: Pick<Step, 'range' | 'made' | 'filter'>): Sql {
  const { from, sources, conditions } = openMembers(environment, {
    from: undefined,
    navigations: [],
    range,
    made,
    filter,
  });
  const source = sourceOf(within(environment, { from, sources, conditions }), range);
  return sql`(select ${join(columnsAlone(source, range), ', ')} from ${from.clause}${whereClause(conditions)})`;
}

/** A single-valued navigation may lead nowhere, or to an entity of another type: its row is joined all the same. */
function joinStep(environment: Environment, before: Source, step: Step, from: From): Source {
  const { navigation, rows, range, key, ordinal } = step;
  if (step.made) {
    const table = tableLeft(environment, step);
    const alias = from.aliases.next();
    from.add(sql`cross join lateral ${table} ${alias}`);
    return Source.derived(range.type, alias, from);
  }
  if (rows) {
    const alias = from.aliases.next();
    from.add(sql`cross join lateral ${functionRows(environment, rows, before)} ${alias}`);
    return Source.derived(range.type, alias, from);
  }
  if (!navigation) throw new Error('Only the first step is a set');
  if (!navigation.collection && !key) return before.through(navigation, range.type);
  const alias = from.aliases.next();
  if (navigation.items) {
    const items = ordinal?.among.made
      ? tableLeft(environment, { range, ...ordinal.among })
      : itemRows(navigation, before.value(navigation.items));
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
  const { made, filter } = among;
  const where = whereClause(filter && !made ? [compileCondition(environment, filter)] : []);
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

export const filterCondition = (environment: Environment, { made, filter }: Step): readonly Sql[] =>
  filter && !made ? [compileCondition(environment, filter)] : [];
