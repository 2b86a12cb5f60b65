/** Where nodes stand in a recursive hierarchy. Data Aggregation §6.2.2, §6.3 */
import type { Hierarchy, Places, SomeNodes } from '../plan/nodes';
import type { BoundProperty } from '../plan/plan';
import type { Rows } from '../plan/rows';
import { join, sql, type Sql } from '../sql';
import { openMembers } from './collection';
import { whereClause } from './conditions';
import { compileCondition, compileValue, sourceOf, type Environment } from './expression';
import { edgeQuery, openNodes, type OpenNodes } from './hierarchy';
import { columnName } from './key-columns';
import { levelsQuery } from './levels';
import { orderBy, orderTerms } from './order';
import { openRows, within, type OpenRows } from './rows';
import { Source } from './source';
import { textOf } from './text';

/** Each of the rows with every place of its node. */
export function openPlaced(
  environment: Environment,
  open: OpenRows,
  { condition, places }: Extract<Rows, { kind: 'placed' }>,
): OpenRows {
  const alias = environment.aliases.next();
  const query = queryOf(environment, places);
  const { range } = places.node;
  const place = Source.derived(range.type, alias, open.from);
  const placed = { ...open, sources: new Map(open.sources).set(range, place) };
  const on = compileCondition(within(environment, placed), condition);
  open.from.add(sql`join (${query}) ${alias} on ${on}`);
  return placed;
}

function queryOf(environment: Environment, places: Places): Sql {
  switch (places.kind) {
    case 'walk':
      return walkQuery(environment, places);
    case 'levels':
      return levelsQuery(environment, places);
    case 'below':
      return belowQuery(environment, places);
  }
}

/** Rows of the hierarchy's collection as nodes; each in its place, where they have an order. */
function ranked({ from, conditions, id, source }: OpenNodes, { definition }: Hierarchy, order: Sql): Sql {
  const text = textOf(source.value(definition.node), definition.node.type);
  return sql`select ${id} as "id", ${text} as "text", row_number() over (${order}) as "rank" from ${from.clause}${whereClause(conditions)}`;
}

/** What a sequence left of the nodes. */
function openSome(environment: Environment, hierarchy: Hierarchy, rows: Rows): OpenNodes {
  const base = (): OpenRows => openMembers(environment, hierarchy.nodes);
  const open = openRows({ ...environment, base }, rows);
  const source = sourceOf(within(environment, open), hierarchy.nodes.range);
  const id = source.value(hierarchy.definition.node);
  return { ...open, source, id, conditions: [...open.conditions, sql`${id} is not null`] };
}

type Walk = Extract<Places, { kind: 'walk' }>;

/** The way to a place is made of the ranks of nodes. No node is above itself: a walk on data that goes round in circles ends there. */
function walkQuery(environment: Environment, { hierarchy, starts, siblings, order, ...columns }: Walk): Sql {
  const { aliases } = environment;
  const [nodes, walk, edge, next] = [aliases.next(), aliases.next(), aliases.next(), aliases.next()];
  const all = openNodes(environment, hierarchy);
  const inOrder = orderBy(orderTerms(within(environment, all), siblings));
  const first = starts ? startQuery(environment, hierarchy, starts) : rootQuery(environment, hierarchy, nodes);
  const step = sql`select ${next}."id", ${next}."text", ${walk}."way" || ${next}."rank", ${walk}."text" || ${walk}."up" from ${walk} join (${edgeQuery(environment, hierarchy)}) ${edge} on ${edge}."parent" = ${walk}."id" join ${nodes} ${next} on ${next}."id" = ${edge}."id" where ${next}."text" <> all(${walk}."text" || ${walk}."up")`;
  const place = order === 'preorder' ? sql`"way"` : sql`"way" || 9223372036854775807`;
  const seen = sql`"id" as ${columnName(columns.node)}, "up" as ${columnName(columns.path)}, row_number() over (order by ${place}) as ${columnName(columns.place)}`;
  return sql`with recursive ${nodes} as (${ranked(all, hierarchy, inOrder)}), ${walk} as (${first} union all ${step}) select ${seen} from ${walk}`;
}

const asStart = (start: Sql): Sql =>
  sql`select ${start}."id", ${start}."text", array[${start}."rank"] as "way", '{}'::text[] as "up"`;

function rootQuery(environment: Environment, hierarchy: Hierarchy, nodes: Sql): Sql {
  const [start, edge] = [environment.aliases.next(), environment.aliases.next()];
  return sql`${asStart(start)} from ${nodes} ${start} where not exists (select 1 from (${edgeQuery(environment, hierarchy)}) ${edge} where ${edge}."id" = ${start}."id")`;
}

function startQuery(environment: Environment, hierarchy: Hierarchy, { rows, order }: SomeNodes): Sql {
  const start = environment.aliases.next();
  const some = openSome(environment, hierarchy, rows);
  const inOrder = orderBy(orderTerms(within(environment, some), order));
  return sql`${asStart(start)} from (${ranked(some, hierarchy, inOrder)}) ${start}`;
}

/** Pairs of a node and one that is above it, or is it. Places of a walk are joined to them: PostgreSQL expects too much of rows that it walks from. */
function belowQuery(environment: Environment, places: Below): Sql {
  const { hierarchy, of, node, below, place } = places;
  if (!place) return pairQuery(environment, hierarchy, openSome(environment, hierarchy, of.rows), places);
  const [some, pair] = [environment.aliases.next(), environment.aliases.next()];
  const pairs = pairQuery(environment, hierarchy, openNodes(environment, hierarchy), places);
  const seen = [node, place, ...places.told.map(({ column }) => column)].map((one) => sql`${some}.${columnName(one)}`);
  return sql`select ${join([sql`${pair}.${columnName(below)}`, ...seen], ', ')} from (${placeQuery(environment, places, place)}) ${some} join (${pairs}) ${pair} on ${pair}.${columnName(node)} = ${some}.${columnName(node)}`;
}

type Below = Extract<Places, { kind: 'below' }>;

function pairQuery(environment: Environment, hierarchy: Hierarchy, starts: OpenNodes, { node, below }: Below): Sql {
  const { aliases } = environment;
  const [walk, edge] = [aliases.next(), aliases.next()];
  const { from, conditions, id } = starts;
  const first = sql`select ${id} as ${columnName(below)}, ${id} as ${columnName(node)} from ${from.clause}${whereClause(conditions)}`;
  const step = sql`select ${edge}."id", ${walk}.${columnName(node)} from ${walk} join (${edgeQuery(environment, hierarchy)}) ${edge} on ${edge}."parent" = ${walk}.${columnName(below)}`;
  return sql`with recursive ${walk} as (${first} union ${step}) select * from ${walk}`;
}

/** The nodes that a sequence left, in their order, with what is told of each. */
function placeQuery(environment: Environment, { hierarchy, of, node, told }: Below, place: BoundProperty): Sql {
  const some = openSome(environment, hierarchy, of.rows);
  const inner = within(environment, some);
  const columns = [
    sql`${some.id} as ${columnName(node)}`,
    sql`row_number() over (${orderBy(orderTerms(inner, of.order))}) as ${columnName(place)}`,
    ...told.map(({ column, value }) => sql`${compileValue(inner, value)} as ${columnName(column)}`),
  ];
  return sql`select ${join(columns, ', ')} from ${some.from.clause}${whereClause(some.conditions)}`;
}
