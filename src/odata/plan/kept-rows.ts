/** Rows that a groupby keeps: each has what all rows of its group say of the entities by which they are grouped. Data Aggregation §3.2.3.2 */
import type { PlanContext, Scope } from './context';
import { always } from './conditions';
import type { Transformation } from '../url/ast';
import { withTold } from './grouped-entity';
import { withExpanded } from './grouped-expand';
import { inColumns } from './groups-in-columns';
import { structureSince, variantsOf, withMembers } from './members';
import { rowsOf, type MergedGrouping } from './merged-entities';
import type { Bound } from './plan';
import type { Agreed, Rows } from './rows';

/** The rows of a grouping, and how they see what their group says once transformations have kept them. */
export interface KeptRows {
  readonly rows: Rows;
  readonly seen: (before: Scope, after: Scope) => Scope;
}

/** `further` tells groups apart, too. */
export function keptRows(
  context: PlanContext,
  rows: Rows,
  grouping: MergedGrouping,
  further: readonly Bound[],
  { apply: sequence }: Extract<Transformation, { kind: 'groupby' }>,
): KeptRows {
  const input = rowsOf(grouping, rows, further);
  const { agreed, groups } = grouping;
  if (!agreed || !grouping.isOfSeveral || sequence.length === 0)
    return {
      rows: input,
      seen: (before, after) => eachKept(before, after, (one) => withExpanded(context, one, groups)),
    };
  const { range, columns, members } = inColumns(context, groups);
  const told: Agreed['told'] = [{ mark: always(true), columns }];
  return {
    rows: { kind: 'agreed', input, parts: [...agreed.parts, ...further], range, told },
    seen: (before, after) =>
      eachKept(before, after, (one) => withExpanded(context, withTold(context, one, range, members), groups)),
  };
}

/** The rows among those that came out which are rows as they were before, in each of their structures. */
function eachKept(before: Scope, after: Scope, see: (scope: Scope) => Scope): Scope {
  const { current } = before;
  const known = [current, ...(variantsOf(before, current)?.scopes ?? []).map((variant) => variant.current)];
  if (known.includes(after.current)) return see(after);
  const variants = variantsOf(after, after.current);
  if (!variants) return after;
  const { discriminator, scopes } = variants;
  const seen = scopes.map((variant) => eachKept(before, variant, see));
  if (seen.every((one, index) => one === scopes[index])) return after;
  const each = seen.map((one) => structureSince(after, one));
  return withMembers(after, after.current, { structures: { discriminator, each } });
}
