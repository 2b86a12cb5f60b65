/** $apply: each transformation makes rows of the rows before it. Data Aggregation §3 */
import type { EntityType } from '../model/model';
import type { Transformation } from '../url/ast';
import { planAddnested } from './added';
import { planGroup } from './aggregate';
import type { Applied } from './apply-state';
import { orderKeys } from './collection';
import { planComputed } from './compute';
import { planConcat } from './concat';
import type { PlanContext, Scope } from './context';
import { planCondition } from './expression';
import { planGroupby } from './groupby';
import { withGrouped } from './grouped-entity';
import { withHeld } from './held-values';
import { planJoin } from './join';
import { membersOf, withMembers } from './members';
import { planNest } from './nest';
import { planCut, planTopBottom } from './order';
import { inApply } from './place';
import type { Bound, OrderKey, Range } from './plan';
import { planRelatives } from './relatives';
import type { Rows } from './rows';
import { planSearch } from './search';
import { planFunction } from './top-levels';
import { planTraverse } from './traverse';

/** Applies a sequence to rows. `scope` speaks of a row. */
export function planApply(
  context: PlanContext,
  scope: Scope,
  rows: Rows,
  sequence: readonly Transformation[],
): Applied {
  return applySequence(context, { scope, rows, order: [], groups: [] }, sequence);
}

/** Applies a sequence to what was made so far. */
export const applySequence = (context: PlanContext, applied: Applied, sequence: readonly Transformation[]): Applied =>
  sequence.reduce((before, transformation) => apply(context, before, transformation), applied);

function apply(context: PlanContext, before: Applied, node: Transformation): Applied {
  context.countTransformation(node.place);
  const these = before.isAlone ? undefined : { rows: before.rows, groups: before.groups };
  const scope: Scope = { ...before.scope, these };
  switch (node.kind) {
    case 'identity':
      return before;
    case 'compute':
      return { ...before, scope: planComputed(context, scope, node.items) };
    case 'aggregate':
      return grouped(context, before, planGroup(context, { ...before, scope }, node.items));
    case 'groupby':
      return planGroupby(context, before, node);
    case 'concat': {
      const made = node.sequences.map((sequence) => applySequence(context, before, sequence));
      return planConcat(context, before, made, node.place);
    }
    case 'join':
    case 'outerjoin':
      return planJoin(context, before, node);
    case 'addnested':
      return planAddnested(context, before, node);
    case 'nest':
      return planNest(context, before, node);
    case 'ancestors':
    case 'descendants':
      return planRelatives(context, { ...before, scope }, node);
    case 'traverse':
      return planTraverse(context, { ...before, scope }, node);
    case 'function':
      return planFunction(context, { ...before, scope }, node);
    default:
      return subset(context, before, scope, node);
  }
}

type Subset = Extract<
  Transformation,
  { kind: 'filter' | 'search' | 'orderby' | 'top' | 'skip' | `${'top' | 'bottom'}${'count' | 'sum' | 'percent'}` }
>;

/** Transformations producing a subset, be it all in another order. Data Aggregation §3.3 */
function subset(context: PlanContext, before: Applied, scope: Scope, node: Subset): Applied {
  switch (node.kind) {
    case 'filter':
      return filtered(before, planCondition(context, scope, node.predicate, 'filter'));
    case 'search':
      return filtered(before, planSearch(context, scope, node.search));
    case 'orderby':
      return ordered(
        before,
        node.items.flatMap((item) => orderKeys(context, scope, item)),
      );
    case 'top':
    case 'skip':
      return planCut(context, before, node.kind, node.count);
    default:
      return planTopBottom(context, { ...before, scope }, node);
  }
}

const filtered = (before: Applied, condition: Bound): Applied => ({
  ...before,
  rows: { kind: 'filter', input: before.rows, condition },
});

/** A later order comes first. */
export const ordered = (before: Applied, keys: readonly OrderKey[]): Applied => ({
  ...before,
  order: [...keys, ...before.order],
});

/** What is left of the rows: the groups and the aggregated values. */
export function grouped(
  context: PlanContext,
  { scope, origin, joined }: Applied,
  { rows, groups, members }: ReturnType<typeof planGroup>,
): Applied {
  const { range } = rows;
  const declared = declaredType(scope, scope.current);
  const current: Scope = { ...scope, current: range, it: scope.it === scope.current ? range : scope.it };
  const seen = withMembers(current, range, { declared });
  const made: Applied = { scope: withGrouped(context, seen, range, members), rows, order: [], groups, origin, joined };
  return members.values.reduce(
    (before, { property: { name } }) => withHeld(context, before, { kind: 'name', name, place: inApply }),
    made,
  );
}

/** The type that $apply began with. */
const declaredType = (scope: Scope, range: Range): EntityType => membersOf(scope, range).declared ?? range.type;
