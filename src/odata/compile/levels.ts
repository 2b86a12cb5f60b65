/** The levels of a hierarchy that are shown, in preorder, with what is told of each node. com.sap.vocabularies.Hierarchy.v1 */
import type { DerivedName } from '../model/model';
import type { Places } from '../plan/nodes';
import { join, sql, trusted, type Sql } from '../sql';
import { whereClause } from './conditions';
import { compileValue, type Environment } from './expression';
import { edgeQuery, nodeQuery } from './hierarchy';
import { columnName } from './key-columns';
import { orderBy, orderTerms } from './order';
import { openRows, within } from './rows';
import { textOf } from './text';

type Levels = Extract<Places, { kind: 'levels' }>;

/** More levels, and larger ranks, than there are. */
const all = sql`9223372036854775807::int8`;

/** The way to a place is made of the ranks of nodes, `below` is how many levels are shown below it. No node is above itself: a walk on data that goes round in circles ends there. */
export function levelsQuery(environment: Environment, { hierarchy, levels, derived, ...rows }: Levels): Sql {
  const { aliases } = environment;
  const [nodes, edges, walk, node, edge] = [
    aliases.next(),
    aliases.next(),
    aliases.next(),
    aliases.next(),
    aliases.next(),
  ];
  const isNode = (id: Sql): Sql => sql`${id} in (select "id" from ${nodes})`;
  const edgesLeft = sql`select ${edge}."id", ${edge}."parent" from (${edgeQuery(environment, hierarchy)}) ${edge} where ${isNode(sql`${edge}."id"`)} and ${isNode(sql`${edge}."parent"`)}`;
  const shown = levels ? sql`${compileValue(environment, levels)} - 1` : all;
  const roots = sql`select "id", "text", array["rank"] as "way", '{}'::text[] as "up", coalesce("levels", ${shown}) as "below" from ${nodes} ${node} where not exists (select 1 from ${edges} ${edge} where ${edge}."id" = ${node}."id")`;
  const step = sql`select ${node}."id", ${node}."text", ${walk}."way" || ${node}."rank", ${walk}."text" || ${walk}."up", coalesce(${node}."levels", ${walk}."below" - 1) from ${walk} join ${edges} ${edge} on ${edge}."parent" = ${walk}."id" join ${nodes} ${node} on ${node}."id" = ${edge}."id" where ${walk}."below" > 0 and ${node}."text" <> all(${walk}."text" || ${walk}."up")`;
  const told = [...derived].map(([name, column]) => sql`${derivations[name]} as ${columnName(column)}`);
  const seen = [
    sql`"id" as ${columnName(rows.node)}`,
    sql`"up" as ${columnName(rows.path)}`,
    sql`${rank} as ${columnName(rows.place)}`,
    ...told,
  ];
  return sql`with recursive ${nodes} as (${nodesOf(environment, { hierarchy, ...rows })}), ${edges} as (${edgesLeft}), ${walk} as (${roots} union all ${step}) select ${join(seen, ', ')} from ${walk} left join (select distinct "parent" from ${edges}) ${edge} on "parent" = "id"`;
}

/** The nodes that rows are related to, in the order of these; `levels` where so many are shown below a node whatever is above it. */
function nodesOf(
  environment: Environment,
  { hierarchy, rows, value, order, expanded }: Pick<Levels, 'hierarchy' | 'rows' | 'value' | 'order' | 'expanded'>,
): Sql {
  const { aliases } = environment;
  const [row, node, one] = [aliases.next(), aliases.next(), aliases.next()];
  const open = openRows(environment, rows);
  const inner = within(environment, open);
  const ranked = sql`select ${compileValue(inner, value)} as "id", row_number() over (${orderBy(orderTerms(inner, order))}) as "rank" from ${open.from.clause}${whereClause(open.conditions)}`;
  const text = textOf(sql`"id"`, hierarchy.definition.node.type);
  const nodes = sql`select "id", ${text} as "text", min("rank") as "rank" from (${ranked}) ${row} where "id" in (${nodeQuery(environment, hierarchy)}) group by "id"`;
  const values = expanded.flatMap((given, at) =>
    given.node.kind === 'null'
      ? []
      : sql`(${compileValue(environment, given.node)}, ${given.levels ? sql`${compileValue(environment, given.levels)}::int8` : all}, ${trusted(String(at))})`,
  );
  if (values.length === 0) return sql`select ${node}.*, null::int8 as "levels" from (${nodes}) ${node}`;
  const last = sql`select distinct on ("id") "id", "levels" from (values ${join(values, ', ')}) ${aliases.next()} ("id", "levels", "at") order by "id", "at" desc`;
  return sql`select ${node}.*, ${one}."levels" from (${nodes}) ${node} left join (${last}) ${one} on ${one}."id" = ${node}."id"`;
}

const rank = sql`row_number() over (order by "way")`;

/** In a tree, places before the end of a node in postorder are those before it in preorder and those below it, but for those above it. */
const descendants = sql`(row_number() over (order by "way" || ${all}) - ${rank} + cardinality("up"))`;

const derivations: Readonly<Record<DerivedName, Sql>> = {
  DrillState: sql`(case when ${descendants} > 0 then 'expanded' when "below" = 0 and "parent" is not null then 'collapsed' else 'leaf' end)`,
  DistanceFromRoot: sql`cardinality("up")::int8`,
  LimitedDescendantCount: descendants,
  LimitedRank: sql`${rank} - 1`,
};
