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

/**
 * The way to a place is made of the ranks of nodes, `below` is how many levels are shown below it. No node is above itself: a walk on data that goes
 * round in circles ends there. Groups of rows are told apart by their `part`, where there are some.
 */
export function levelsQuery(environment: Environment, { hierarchy, levels, derived, ...rows }: Levels): Sql {
  const { aliases } = environment;
  const [nodes, edges, walk, node, other, edge] = [
    aliases.next(),
    aliases.next(),
    aliases.next(),
    aliases.next(),
    aliases.next(),
    aliases.next(),
  ];
  const partOf = (one: Sql): Sql => (rows.part ? sql`, ${one}."part"` : nothing);
  const inPart = (one: Sql, another: Sql): Sql => (rows.part ? sql` and ${one}."part" = ${another}."part"` : nothing);
  const edgesLeft = sql`select ${edge}."id", ${edge}."parent"${partOf(node)} from (${edgeQuery(environment, hierarchy)}) ${edge} join ${nodes} ${node} on ${node}."id" = ${edge}."id" join ${nodes} ${other} on ${other}."id" = ${edge}."parent"${inPart(other, node)}`;
  const shown = levels ? sql`${compileValue(environment, levels)} - 1` : all;
  const roots = sql`select "id", "text", array["rank"] as "way", '{}'::text[] as "up", coalesce("levels", ${shown}) as "below"${partOf(node)} from ${nodes} ${node} where not exists (select 1 from ${edges} ${edge} where ${edge}."id" = ${node}."id"${inPart(edge, node)})`;
  const step = sql`select ${node}."id", ${node}."text", ${walk}."way" || ${node}."rank", ${walk}."text" || ${walk}."up", coalesce(${node}."levels", ${walk}."below" - 1)${partOf(node)} from ${walk} join ${edges} ${edge} on ${edge}."parent" = ${walk}."id"${inPart(edge, walk)} join ${nodes} ${node} on ${node}."id" = ${edge}."id"${inPart(node, edge)} where ${walk}."below" > 0 and ${node}."text" <> all(${walk}."text" || ${walk}."up")`;
  const derivations = derivationsOf(rows.part ? sql`partition by ${walk}."part" ` : nothing);
  const told = [...derived].map(([name, column]) => sql`${derivations[name]} as ${columnName(column)}`);
  const seen = [
    sql`"id" as ${columnName(rows.node)}`,
    sql`"up" as ${columnName(rows.path)}`,
    sql`${derivations.LimitedRank} as ${columnName(rows.place)}`,
    ...(rows.part ? [sql`${walk}."part" as ${columnName(rows.part.column)}`] : []),
    ...told,
  ];
  return sql`with recursive ${nodes} as (${nodesOf(environment, { hierarchy, ...rows })}), ${edges} as (${edgesLeft}), ${walk} as (${roots} union all ${step}) select ${join(seen, ', ')} from ${walk} left join (select distinct "parent"${partOf(edges)} from ${edges}) ${edge} on "parent" = "id"${inPart(edge, walk)}`;
}

const nothing = sql``;

/** The nodes that rows are related to, in the order of these; `levels` where so many are shown below a node whatever is above it. */
function nodesOf(
  environment: Environment,
  {
    hierarchy,
    rows,
    value,
    part,
    order,
    expanded,
  }: Pick<Levels, 'hierarchy' | 'rows' | 'value' | 'part' | 'order' | 'expanded'>,
): Sql {
  const { aliases } = environment;
  const [row, node, one] = [aliases.next(), aliases.next(), aliases.next()];
  const open = openRows(environment, rows);
  const inner = within(environment, open);
  const apart = part ? sql`, "part"` : nothing;
  const parted = part ? sql`, ${compileValue(inner, part.value)} as "part"` : nothing;
  const ranked = sql`select ${compileValue(inner, value)} as "id"${parted}, row_number() over (${orderBy(orderTerms(inner, order))}) as "rank" from ${open.from.clause}${whereClause(open.conditions)}`;
  const text = textOf(sql`"id"`, hierarchy.definition.node.type);
  const nodes = sql`select "id", ${text} as "text", min("rank") as "rank"${apart} from (${ranked}) ${row} where "id" in (${nodeQuery(environment, hierarchy)}) group by "id"${apart}`;
  const values = expanded.flatMap((given, at) =>
    given.node.kind === 'null'
      ? []
      : sql`(${compileValue(environment, given.node)}, ${given.levels ? sql`${compileValue(environment, given.levels)}::int8` : all}, ${trusted(String(at))})`,
  );
  if (values.length === 0) return sql`select ${node}.*, null::int8 as "levels" from (${nodes}) ${node}`;
  const last = sql`select distinct on ("id") "id", "levels" from (values ${join(values, ', ')}) ${aliases.next()} ("id", "levels", "at") order by "id", "at" desc`;
  return sql`select ${node}.*, ${one}."levels" from (${nodes}) ${node} left join (${last}) ${one} on ${one}."id" = ${node}."id"`;
}

/** What is told of places, among those of a window. */
function derivationsOf(part: Sql): Readonly<Record<DerivedName, Sql>> {
  const rank = sql`row_number() over (${part}order by "way")`;
  // In a tree, places before the end of a node in postorder are those before it in preorder and those below it, but for those above it.
  const descendants = sql`(row_number() over (${part}order by "way" || ${all}) - ${rank} + cardinality("up"))`;
  return {
    DrillState: sql`(case when ${descendants} > 0 then 'expanded' when "below" = 0 and "parent" is not null then 'collapsed' else 'leaf' end)`,
    DistanceFromRoot: sql`cardinality("up")::int8`,
    LimitedDescendantCount: descendants,
    LimitedRank: sql`${rank} - 1`,
  };
}
