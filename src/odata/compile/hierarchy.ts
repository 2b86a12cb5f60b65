/** Recursive hierarchies: nodes by their identifiers, and the pairs of node and parent. Data Aggregation §5.5.2 */
import type { Hierarchy, Nodes, Relatives, StartNodes } from '../plan/nodes';
import type { Bound } from '../plan/plan';
import { join, sql, type Sql } from '../sql';
import { openMembers } from './collection';
import { whereClause } from './conditions';
import { compileCondition, compileValue, sourceOf, type Environment } from './expression';
import { openRows, within, type OpenRows } from './rows';
import { tie, type Source } from './source';

/** Whether a value identifies one of some nodes. */
export function compileNode(environment: Environment, { value, parts, nodes }: Extract<Bound, { kind: 'node' }>): Sql {
  const operand = compileValue(environment, value);
  const query = nodesOf(environment, nodes);
  return parts.length === 0
    ? sql`(${operand} in (${query}))`
    : sql`((${partOf(environment, parts)}, ${operand}) in (${query}))`;
}

/** What tells the group of a row, as one value: null is the same as null. */
const partOf = (environment: Environment, parts: readonly Bound[]): Sql =>
  sql`jsonb_build_array(${join(
    parts.map((part) => compileValue(environment, part)),
    ', ',
  )})`;

/** A query of identifiers, behind the parts where there are any. */
function nodesOf(environment: Environment, nodes: Nodes): Sql {
  const { hierarchy } = nodes;
  switch (nodes.kind) {
    case 'all':
      return nodeQuery(environment, hierarchy);
    case 'roots':
    case 'leaves': {
      const [node, edge] = [environment.aliases.next(), environment.aliases.next()];
      const end = nodes.kind === 'roots' ? sql`${edge}."id"` : sql`${edge}."parent"`;
      return sql`select ${node}."id" from (${nodeQuery(environment, hierarchy)}) ${node} where ${without(environment, hierarchy, edge, sql`${end} = ${node}."id"`)}`;
    }
    case 'siblings':
      return siblingsOf(environment, hierarchy, compileValue(environment, nodes.of));
    case 'ancestors':
    case 'descendants':
      return relativesOf(environment, nodes);
  }
}

/** The node of a row of the hierarchy's collection. */
export interface OpenNodes extends OpenRows {
  readonly source: Source;
  readonly id: Sql;
}

export function openNodes(environment: Environment, { nodes, definition }: Hierarchy): OpenNodes {
  const open = openMembers(environment, nodes);
  const source = sourceOf(within(environment, open), nodes.range);
  const id = source.value(definition.node);
  const known = definition.node.nullable ? [sql`${id} is not null`] : [];
  return { ...open, source, id, conditions: [...open.conditions, ...known] };
}

/** The identifiers of all nodes. */
export function nodeQuery(environment: Environment, hierarchy: Hierarchy): Sql {
  const { from, conditions, id } = openNodes(environment, hierarchy);
  return sql`select ${id} as "id" from ${from.clause}${whereClause(conditions)}`;
}

/** Nodes with their parents, as far as these are nodes themselves. */
export function edgeQuery(environment: Environment, hierarchy: Hierarchy): Sql {
  const child = openNodes(environment, hierarchy);
  const parent = openNodes(environment, hierarchy);
  const { parents } = hierarchy.definition;
  const tied = tie(child.source, parent.source.alias, parents, parent.source.type);
  return sql`select ${child.id} as "id", ${parent.id} as "parent" from ${child.from.clause}, ${parent.from.clause}${whereClause([...child.conditions, ...parent.conditions, tied])}`;
}

const without = (environment: Environment, hierarchy: Hierarchy, edge: Sql, condition: Sql): Sql =>
  sql`not exists (select 1 from (${edgeQuery(environment, hierarchy)}) ${edge} where ${condition})`;

/** Those that have a parent in common with a node, and the other roots where it is one. */
function siblingsOf(environment: Environment, hierarchy: Hierarchy, other: Sql): Sql {
  const { aliases } = environment;
  const [edges, node, own, of] = [aliases.next(), aliases.next(), aliases.next(), aliases.next()];
  const isRoot = (id: Sql): Sql => sql`not exists (select 1 from ${edges} where ${edges}."id" = ${id})`;
  const id = sql`${node}."id"`;
  const shared = sql`exists (select 1 from ${edges} ${own} join ${edges} ${of} on ${of}."parent" = ${own}."parent" where ${own}."id" = ${id} and ${of}."id" = ${other})`;
  const roots = sql`${isRoot(id)} and ${isRoot(other)} and ${other} in (${nodeQuery(environment, hierarchy)})`;
  return sql`with ${edges} as (${edgeQuery(environment, hierarchy)}) select ${id} from (${nodeQuery(environment, hierarchy)}) ${node} where ${id} <> ${other} and (${shared} or (${roots}))`;
}

/** What is reached from some nodes: by no more steps than there are nodes, where the distance counts. Cycles in the data end there. */
function relativesOf(environment: Environment, { kind, hierarchy, start, distance, includesStart }: Relatives): Sql {
  const { aliases } = environment;
  const [walk, edge, from] = [aliases.next(), aliases.next(), aliases.next()];
  const part = start.parts.length > 0 ? (of: Sql) => sql`${of}."part", ` : () => sql``;
  const [here, next] = kind === 'ancestors' ? [sql`"id"`, sql`"parent"`] : [sql`"parent"`, sql`"id"`];
  const starts = sql`select ${part(from)}${from}."id", 0::int8 as "distance" from (${startQuery(environment, start)}) ${from} where ${from}."id" in (${nodeQuery(environment, hierarchy)})`;
  const limit = distance
    ? sql` where ${walk}."distance" < least(${compileValue(environment, distance)}, (select count(*) from (${nodeQuery(environment, hierarchy)}) ${aliases.next()}))`
    : sql``;
  const further = distance ? sql`${walk}."distance" + 1` : sql`1`;
  const step = sql`select ${part(walk)}${edge}.${next}, ${further} from ${walk} join (${edgeQuery(environment, hierarchy)}) ${edge} on ${edge}.${here} = ${walk}."id"${limit}`;
  const isIncluded = compileCondition(environment, includesStart);
  return sql`with recursive ${walk} as (${starts} union ${step}) select ${part(walk)}${walk}."id" from ${walk} where ${walk}."distance" > 0 or ${isIncluded}`;
}

/** The identifiers of the starts, behind the parts where there are any. */
function startQuery(environment: Environment, { value, rows, parts }: StartNodes): Sql {
  if (!rows) return sql`select ${compileValue(environment, value)} as "id"`;
  const open = openRows(environment, rows);
  const inner = within(environment, open);
  const part = parts.length > 0 ? sql`${partOf(inner, parts)} as "part", ` : sql``;
  const id = sql`${compileValue(inner, value)} as "id"`;
  return sql`select ${part}${id} from ${open.from.clause}${whereClause(open.conditions)}`;
}
