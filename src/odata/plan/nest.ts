/** nest: one row of all, or one for each group, with what is made of the rows beside what they have in common. Data Aggregation §3.5.2 */
import { untyped } from '../model/edm';
import type { Place, Transformation } from '../url/ast';
import { planGroup } from './aggregate';
import { allRows } from './aggregate-methods';
import { applySequence } from './apply';
import type { Applied } from './apply-state';
import { planCollectionOf } from './collection';
import { checkAlias } from './compute';
import { allOf, same } from './conditions';
import type { PlanContext, Scope } from './context';
import { derivedType, hiddenProperty } from './derived-type';
import { keysOf, type Group } from './group';
import { membersOf, withMembers } from './members';
import { ownContext } from './own-context';
import type { Bound, Range } from './plan';
import { identityOf } from './row-identity';
import type { Grouped, Rows } from './rows';
import { boundProperty } from './select';

/** One row whose properties are the transformed rows; within groupby one for each group, with those of the group. */
export function planNest(
  context: PlanContext,
  before: Applied,
  { items, place }: Extract<Transformation, { kind: 'nest' }>,
): Applied {
  const { current } = before.scope;
  const { declared } = membersOf(before.scope, current);
  const type = declared ?? current.type;
  const { rows, groups } = planGroup(context, before, []);
  const { range } = rows;
  const nested: Applied = { ...before, rows: ofGroup(before, groups), groups: [], origin: undefined };
  const empty: Scope = withMembers({ ...before.scope, current: range }, range, { declared: type });
  const scope = items.reduce((already, { apply, as }) => {
    checkAlias(already, as, place);
    const inner = applySequence(context, nested, apply);
    const fields = membersOf(already, range).nested ?? [];
    const made = { ...inner, rows: inner.rows.kind === 'base' ? undefined : inner.rows };
    const collection = planCollectionOf(context, current, made, {}, { depth: 1 });
    const own = ownContext(context.model, type, 'many');
    const field = { kind: 'nest', name: as, collection, members: before.joined, context: own } as const;
    return withMembers(already, range, { nested: [...fields, { field, made: inner }] });
  }, empty);
  return { ...before, scope, rows, order: [], groups };
}

/** All rows as one value: the same where there are the same rows, whatever their order. Data Aggregation §3.1.2 */
export const rowsAsValue = (context: PlanContext, made: Applied, place: Place): Bound =>
  allAsValue(context, made, identityOf(context, made.scope, made.scope.current, place));

/** What `value` is in each of the rows as one value, whatever their order. */
export function allAsValue(context: PlanContext, { scope, rows, joined }: Applied, value: Bound): Bound {
  const column = context.nextColumn();
  const property = hiddenProperty(column, untyped);
  const range: Range = { type: derivedType({ name: scope.current.type.name, properties: [property] }), name: '' };
  const made: Grouped = {
    kind: 'group',
    range,
    keys: [],
    values: [],
    branches: [{ rows, keys: [], once: [] }],
    aggregates: [{ column, definition: allRows, value, branch: 0 }],
  };
  const all = boundProperty(range, property);
  return { kind: 'aggregated', collection: joined, rows: made, value: all, type: untyped, nullable: false };
}

/** The rows of one group: its keys are those of the row that stands for it. */
function ofGroup({ rows, groups }: Applied, made: readonly Group[]): Rows {
  const keys = keysOf(made);
  const conditions = keysOf(groups).map((key, index) => same(key, keys[index] ?? { kind: 'null' }));
  return conditions.length === 0 ? rows : { kind: 'filter', input: rows, condition: allOf(conditions) };
}
