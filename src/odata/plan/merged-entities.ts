/**
 * Entities by the whole of which rows are grouped: what the rows of a group tell of one comes together, by all the names that some of them have. Rows
 * that tell different things by one name are refused. Data Aggregation §3.1.2, §3.2.3.1
 */
import { columnsOf, untyped } from '../model/edm';
import type { Place } from '../url/ast';
import { caseOf } from './case-value';
import { allOf, always, anyOf, same, whereTrue } from './conditions';
import type { PlanContext } from './context';
import { derivedType, hiddenProperty } from './derived-type';
import { missing } from './distinct-shapes';
import {
  bare,
  columnsIn,
  givenIn,
  isGroup,
  textOfGiven,
  toldName,
  wayOf,
  type Given,
  type ToldName,
} from './given-names';
import { asRow, isNull, keysOf, type Group } from './group';
import { regrouped } from './grouped-type';
import type { Bound, Range } from './plan';
import { wholeNumber } from './row-values';
import { rowsWhere, type Agreed, type Rows } from './rows';
import { boundProperty } from './select';
import { alikeIn, ofAll, textsOf, type Choose, type Grouping } from './shapes';

/** Groups of rows that have been told what the others of their group tell. */
export interface MergedGrouping extends Grouping {
  /** `of` are the rows that are compared, all where it is undefined; `bare` the groups without what rows say of entities. */
  readonly agreed?: Omit<Agreed, 'kind' | 'input'> & {
    readonly of: Bound | undefined;
    readonly bare: readonly Group[];
  };
  /** Some rows of a group have other names than that. */
  readonly isOfSeveral?: boolean;
}

/** The groupings in which each entity has all that is told of it. `isApart`: where rows contradict one another they stay apart, and the groups with them. */
export const withMergedEntities = (
  context: PlanContext,
  groupings: readonly Grouping[],
  place: Place,
  isApart = false,
): readonly MergedGrouping[] =>
  alikeIn(groupings, ({ groups }) => textsOf(groups.map(bare))).flatMap((alike) =>
    alike.length > 1 || alike.some(({ groups }) => groups.some(isUneven))
      ? mergedOf(context, alike, place, isApart)
      : alike,
  );

const isUneven = (group: Group): boolean =>
  group.kind === 'parts'
    ? group.parts.some(isUneven)
    : group.kind === 'entity' && (group.isUneven || group.added.some(isUneven));

/** The rows that a grouping is of; `further` tells their groups apart, too. */
export function rowsOf({ agreed, condition }: MergedGrouping, rows: Rows, further: readonly Bound[]): Rows {
  if (!agreed) return rowsWhere(rows, condition);
  const { of, bare: _, ...compared } = agreed;
  const { parts } = agreed;
  const all: Agreed = { ...compared, kind: 'agreed', input: rowsWhere(rows, of), parts: [...parts, ...further] };
  return rowsWhere(all, condition);
}

/** Groups by what tells entities apart alone: all rows, of which those of one group are compared, and the shapes that their groups have. `further` tells groups apart, too. */
export function bareGroups(
  rows: Rows,
  groupings: readonly MergedGrouping[],
  further: readonly Bound[],
): { readonly rows: Rows; readonly groupings: readonly Grouping[] } {
  const all = [...new Set(groupings.flatMap(({ agreed }) => agreed ?? []))];
  return {
    rows: all.reduce<Rows>((input, { of, parts, range, told }) => {
      const marked = told.map((one) => (of ? { ...one, mark: whereTrue(of, one.mark) } : one));
      return { kind: 'agreed', input, parts: [...further, ...parts, ...(of ? [of] : [])], range, told: marked };
    }, rows),
    groupings: [
      ...groupings.filter(({ agreed }) => !agreed),
      ...all.map(({ bare: groups, of: condition }) => ({ groups, condition })),
    ],
  };
}

/** Groups that differ in nothing but what the request gave entities. */
function mergedOf(
  context: PlanContext,
  alike: readonly Grouping[],
  place: Place,
  isApart: boolean,
): readonly MergedGrouping[] {
  if (!isApart) context.trace?.merging(place);
  const conditions = alike.map(({ condition }) => condition);
  const choose = choice(context, conditions, place);
  const lists = withNulls(alike.map(({ groups }) => groups.flatMap((group) => givenIn(group, group.name))));
  const told = [...new Set(lists.flat().map(wayOf))].map((way) =>
    toldName(
      context,
      choose,
      lists.map((list) => list.find((one) => wayOf(one) === way)),
    ),
  );
  const apart = isApart ? told.map(() => hiddenProperty(context.nextColumn(), untyped)) : undefined;
  const columns = [...told.flatMap(columnsIn).map(({ property }) => property), ...(apart ?? [])];
  const hidden = columns.flatMap(columnsOf);
  const range: Range = { type: derivedType({ name: '', properties: [], hidden }), name: '' };
  const groups = bareOfAll(choose, alike);
  const agreed = {
    parts: keysOf(groups),
    range,
    told: told.map((name) => ({ mark: name.mark, columns: columnsIn(name) })),
    apart,
    bare: groups,
    of: alike.length > 1 ? anyOf(conditions.map((condition) => condition ?? always(true))) : conditions[0],
  };
  const found = together(context, lists, place);
  return found.map((given) => ({
    groups: groups.map((group) => withGiven(group, group.name, given, told, range)),
    agreed,
    isOfSeveral: alike.length > 1,
    ...(found.length > 1 && { condition: isTold(given, told, range) }),
  }));
}

/** The names, where one that is null in some rows by what the request says is none there of what others have. */
function withNulls(lists: readonly (readonly Given[])[]): readonly (readonly Given[])[] {
  const all = lists.flat().flatMap(({ is, ...one }) => (isGroup(is) && !isNull(is) ? [{ ...one, is }] : []));
  return lists.map((list) =>
    list.map((one) => {
      const other = isGroup(one.is) && isNull(one.is) && all.find((given) => wayOf(given) === wayOf(one));
      return other ? { ...other, is: missing(other.is) } : one;
    }),
  );
}

/** The value that the rows of one of the groupings have. */
const choice =
  (context: PlanContext, conditions: readonly (Bound | undefined)[], place: Place): Choose =>
  (values) => {
    const branches = values.map((value, index) => ({ condition: conditions[index] ?? always(true), value }));
    return conditions.length === 1 ? (values[0] ?? { kind: 'null' }) : caseOf(context, branches, place);
  };

/** The groups without what the request gave entities, as those of all their rows. */
const bareOfAll = (choose: Choose, alike: readonly Grouping[]): readonly Group[] =>
  (alike[0]?.groups ?? []).map(({ name }) =>
    ofAll(
      choose,
      alike.map(({ groups }) => groups.filter((group) => group.name === name).map(bare)[0]),
      false,
    ),
  );

/** What the rows of a group may tell together, each of them what one of the lists has. Several shapes of one name are refused as they come, but for collections: these are the same, and any of them stands for all. */
function together(
  context: PlanContext,
  lists: readonly (readonly Given[])[],
  place: Place,
): readonly (readonly Given[])[] {
  const found = lists.reduce<ReadonlyMap<string, readonly Given[]>>((before, list) => {
    const more = [...before.values()].map((all) => {
      const known = new Set(all.map(textOfGiven));
      return [...all, ...list.filter((one) => !known.has(textOfGiven(one)))];
    });
    const all = [list, ...more].map((one) => [one.map(textOfGiven).sort().join(), one] as const);
    const known = new Map([...before, ...all]);
    context.checkStructures(known.size, place);
    return known;
  }, new Map());
  const chosen = [...found.values()].flatMap(eachOnce);
  return [...new Map(chosen.map((all) => [all.map(textOfGiven).sort().join(), all] as const)).values()];
}

/** The names, each in one shape. */
const eachOnce = (all: readonly Given[]): readonly (readonly Given[])[] =>
  [...new Set(all.map(wayOf))].reduce<readonly (readonly Given[])[]>(
    (before, way) => {
      const shapes = all.filter((one) => wayOf(one) === way);
      if (shapes.length > 1 && shapes.some(({ is }) => isGroup(is))) return [];
      return before.flatMap((list) => shapes.map((one) => [...list, one]));
    },
    [[]],
  );

/** True in rows that were told these names, each in its shape, and no others. */
const isTold = (given: readonly Given[], told: readonly ToldName[], range: Range): Bound =>
  allOf(
    told.map(({ number, shapes }) => {
      const index = shapes.findIndex((shape) => given.some((one) => textOfGiven(one) === textOfGiven(shape)));
      return same(boundProperty(range, number.property), index < 0 ? { kind: 'null' } : wholeNumber(index));
    }),
  );

/** The group, to which `way` leads, with the names as they were told. */
function withGiven(group: Group, way: string, given: readonly Given[], told: readonly ToldName[], range: Range): Group {
  if (group.kind === 'value') return group;
  const within = (part: Group): Group => withGiven(part, `${way}/${part.name}`, given, told, range);
  if (group.kind === 'parts') return { ...group, parts: group.parts.map(within) };
  const own = given.filter(({ of }) => of === way);
  const all = own.flatMap(
    (one) => told.flatMap(({ shapes }) => shapes).find((shape) => textOfGiven(shape) === textOfGiven(one)) ?? [],
  );
  const again = (is: Group, { values }: Pick<(typeof all)[number], 'values'>): readonly Group[] =>
    regrouped(
      [is],
      values.map((held) => (held ? boundProperty(range, held.property) : { kind: 'null' })),
    );
  const added = all.flatMap((shape) => (isGroup(shape.is) ? again(shape.is, shape).map(within) : []));
  const made = new Map(
    all.flatMap((shape) => {
      const { name, is } = shape;
      if (isGroup(is)) return [];
      const [it] = is.it ? again(is.it, shape) : [];
      return [[name, { ...is, it: asRow(it) }] as const];
    }),
  );
  return { ...group, added, made };
}
