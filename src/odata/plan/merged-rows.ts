/** Rows none of which is there twice: representations of one entity that do not contradict one another are the same, and come together. Data Aggregation §3.1.2, §6 */
import { edm } from '../model/edm';
import type { Place } from '../url/ast';
import type { Applied } from './apply-state';
import { planConcat } from './concat';
import type { PlanContext, Scope } from './context';
import { inEachStructure } from './derived-node';
import { keysOf, type Group } from './group';
import { startAt } from './group-values';
import { withAdded, withTold } from './grouped-entity';
import { mergedItems } from './grouped-expand';
import type { GroupedMembers } from './grouped-type';
import { inColumns } from './groups-in-columns';
import { instanceOf, membersOf, nestedNames, variantsOf, withMembers } from './members';
import { rowsOf, withMergedEntities, type MergedGrouping } from './merged-entities';
import { totalOrder } from './order';
import { noMembers } from './own-members';
import type { Bound, OrderKey, Range } from './plan';
import { rowsWhere, type Rows } from './rows';
import { contentOf } from './same-rows';
import { boundProperty } from './select';
import { related } from './whole-shapes';

/** The union of rows has none twice. Those of one structure are the same where all that they have is. */
export function oneOfSame(context: PlanContext, before: Applied, place: Place): Applied {
  const applied: Applied = { ...before, scope: withAllExpanded(before.scope) };
  const { scope, rows, order, groups } = applied;
  const groupings = groupingsOf(context, scope, place);
  if (!groupings.some(({ agreed }) => agreed)) {
    const content = contentOf(context, scope, place);
    return { ...applied, rows: oneOfEach(rows, [...keysOf(groups), ...content], order) };
  }
  const alike = [...new Set(groupings.map((one) => one.agreed ?? one))].map((set) =>
    groupings.filter((one) => (one.agreed ?? one) === set),
  );
  const each = alike.flatMap((set) => oneOfGroups(context, applied, set, place));
  return concatOf(context, applied, each, place);
}

const concatOf = (context: PlanContext, before: Applied, each: readonly Applied[], place: Place): Applied => {
  const [only, another] = each;
  return only && !another ? only : planConcat(context, before, each, place);
};

/** Rows by the whole of what they are; none where they are of one structure, or have a collection of which nothing can tell that. */
function groupingsOf(context: PlanContext, scope: Scope, place: Place): readonly MergedGrouping[] {
  const { current } = scope;
  if (!areSeveral(scope, current) || !isTold(scope, current)) return [];
  const shapes = related(startAt(context, scope, current), [{ kind: 'name', name: ROW, place }], false);
  const groupings = shapes.flatMap(({ group, ...some }) => (group ? [{ ...some, groups: [group] }] : []));
  return withMergedEntities(context, groupings, place, true);
}

/** No name of a request is this one. */
const ROW = ' row';

/** Whether rows, or what they lead to by a name of the request, have several structures. */
const areSeveral = (scope: Scope, range: Range): boolean =>
  variantsOf(scope, range) !== undefined ||
  [...membersOf(scope, range).own].some(([, member]) => {
    const instance = instanceOf(member);
    return instance !== undefined && areSeveral(scope, instance);
  });

/** Whether groups can hold all that rows have. */
function isTold(scope: Scope, range: Range): boolean {
  const variants = variantsOf(scope, range);
  if (variants) return variants.scopes.every((variant) => isTold(variant, variant.current));
  if (nestedNames(scope, range).length > 0) return false;
  return [...membersOf(scope, range).own].every(([, member]) => {
    const instance = instanceOf(member);
    return instance ? isTold(scope, instance) : member.kind !== 'added' || member.again !== undefined;
  });
}

/** One of the rows of each group, with what all of them tell; the groups differ in that alone. */
function oneOfGroups(
  context: PlanContext,
  applied: Applied,
  [first, ...others]: readonly MergedGrouping[],
  place: Place,
): readonly Applied[] {
  if (!first) return [];
  const { scope, order } = applied;
  const { agreed, groups } = first;
  const outer = keysOf(applied.groups);
  const input = rowsOf(agreed ? { agreed, groups } : first, applied.rows, outer);
  if (!agreed) return [{ ...applied, rows: oneOfEach(input, [...outer, ...keysOf(groups)], order) }];
  const apart = (agreed.apart ?? []).map((property) => boundProperty(agreed.range, property));
  const one = { ...applied, rows: oneOfEach(input, [...outer, ...agreed.parts, ...apart], order) };
  const each = [first, ...others].map(({ groups: all, condition }): Applied => {
    const { range, columns, members } = inColumns(context, all);
    const rows: Rows = { kind: 'told', input: rowsWhere(one.rows, condition), range, columns };
    return { ...one, rows, scope: withToldRow(context, plainest(scope, all), range, members) };
  });
  return [concatOf(context, one, each, place)];
}

/** Where all structures are of one variable, that alone: what the request gave it the row is told. */
function plainest(scope: Scope, [group]: readonly Group[]): Scope {
  const [first, ...others] = structuresIn(scope);
  if (group?.kind !== 'entity' || !first || others.some(({ current }) => current !== first.current)) return scope;
  return withMembers(first, first.current, { own: noMembers });
}

/** Where all structures are of one variable, in each what goes out without $expand in any: rows of one are the same as those of others. */
function withAllExpanded(scope: Scope): Scope {
  const [first, ...others] = structuresIn(scope);
  if (!first || others.length === 0 || others.some(({ current }) => current !== first.current)) return scope;
  const all = [first, ...others].flatMap((one) => membersOf(one, one.current).expanded ?? []);
  if (all.length === 0) return scope;
  const expanded = mergedItems(all);
  return inEachStructure(scope, (one) => withMembers(one, one.current, { expanded }));
}

const structuresIn = (scope: Scope): readonly Scope[] =>
  variantsOf(scope, scope.current)?.scopes.flatMap(structuresIn) ?? [scope];

/** The scope in which the row has what it is told. Collections that it has it does not get anew. */
function withToldRow(context: PlanContext, scope: Scope, of: Range, { entities, values }: GroupedMembers): Scope {
  const [[entity], [value]] = [entities, values];
  if (value) return withTold(context, scope, of, value);
  if (!entity) return scope;
  const { made } = entity;
  const seen = withAdded(context, scope, of, { ...entity, made: new Map() });
  if (made.size === 0) return seen;
  const nothing = { ...entity, properties: [], entities: [], values: [], held: [] };
  return inEachStructure(seen, (one) => {
    const { own } = membersOf(one, one.current);
    return withAdded(context, one, of, { ...nothing, made: new Map([...made].filter(([name]) => !own.has(name))) });
  });
}

/** The first row of each part. */
export const oneOfEach = (input: Rows, parts: readonly Bound[], order: readonly OrderKey[]): Rows => ({
  kind: 'cut',
  input,
  parts,
  order: totalOrder(input, order),
  skip: undefined,
  top: { kind: 'value', slot: () => '1', type: edm('Edm.Int64'), nullable: false },
});
