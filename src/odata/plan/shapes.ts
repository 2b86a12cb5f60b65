/**
 * What rows are grouped by may be an entity in some and a part of it, or something else, in others. Each shape that it has makes groups of its
 * own; what has one shape in several structures of rows falls into the same groups. Data Aggregation §3.2.3.1
 */
import { isSameType, numericRank, typeName } from '../model/edm';
import { isOfType, lineage, rootType } from '../model/inheritance';
import type { EntityType } from '../model/model';
import type { Place } from '../url/ast';
import { allOf, always, anyOf, isNotNull, narrowedBy, negated, presentWhere } from './conditions';
import { certainValue, isCertain, type Group } from './group';
import type { Bound } from './plan';
import { checkNumber } from './size';

/** What a path leads to; `condition` is true in the rows that have it so, where others have it otherwise. */
export interface Shape {
  readonly group: Group;
  readonly condition?: Bound;
}

/** Several groups of the same rows. */
export interface Grouping {
  readonly groups: readonly Group[];
  readonly condition?: Bound;
}

/** Whether what the group is of is there; never null. */
export function isThere(group: Group): Bound {
  if (group.kind === 'value') return isNotNull(group.value);
  if (!group.nullable) return always(true);
  if (group.kind === 'entity') return isNotNull(group.key[0]?.value ?? { kind: 'null' });
  if (group.presence) return isNotNull(group.presence);
  const certain = certainValue(group.parts);
  return certain ? isNotNull(certain) : anyOf(group.parts.map(isThere));
}

/** The same with a condition beside its own. */
export const where = <T extends Shape | Grouping>(one: T, condition: Bound | undefined): T => {
  const both = narrowedBy(one.condition, condition);
  return both ? { ...one, condition: both } : one;
};

/** Every combination of the shapes of several names. */
export const combined = (names: readonly (readonly Shape[])[], place: Place): readonly Grouping[] =>
  names.reduce<readonly Grouping[]>(
    (before, shapes) => {
      checkNumber(before.length * shapes.length, place);
      return before.flatMap((grouping) =>
        shapes.map(({ group, condition }) => where({ ...grouping, groups: [...grouping.groups, group] }, condition)),
      );
    },
    [{ groups: [] }],
  );

/** The groupings with those of the same shapes as one: `chooseBy` gives the value of the condition that is true. */
export function unified(
  groupings: readonly Grouping[],
  chooseBy: (conditions: readonly Bound[]) => Choose,
): readonly Grouping[] {
  const textIn = ({ groups }: Grouping): string => groups.map((group) => `${group.name}:${textOf(group)}`).join();
  return [...new Set(groupings.map(textIn))].flatMap((text) => {
    const alike = groupings.filter((grouping) => textIn(grouping) === text);
    const [first, another] = alike;
    if (!first || !another) return alike;
    const conditions = alike.map(({ condition }) => condition ?? always(true));
    const choose = chooseBy(conditions);
    const groups = first.groups.map((_, index) =>
      ofAll(
        choose,
        alike.map((grouping) => grouping.groups[index]),
        false,
      ),
    );
    return [{ groups, condition: anyOf(conditions) }];
  });
}

/** Two groups are of one shape when these are equal: their values can be compared then. */
function textOf(group: Group): string {
  if (group.kind === 'entity') {
    const made = [...group.made].map(([name, { origin }]) => `${name} ${origin}`).sort();
    return `entity ${rootType(group.target).name}(${textsOf(group.added)})${made.join()}`;
  }
  if (group.kind === 'parts') {
    const type = typeof group.type === 'string' ? group.type : typeName(group.type);
    return `${type}(${textsOf(group.parts)})`;
  }
  const { value } = group;
  if (value.kind === 'null') return '';
  return numericRank(value.type) > 0 ? 'number' : typeName(value.type);
}

const textsOf = (parts: readonly Group[]): string =>
  parts
    .map((part) => `${part.name}:${textOf(part)}`)
    .sort()
    .join();

const commonBase = (one: EntityType, other: EntityType): EntityType =>
  lineage(one).find((type) => isOfType(other, type)) ?? one;

/** Whether the values of two groups can be compared. */
export const isLike = (one: Group, other: Group): boolean => textOf(one) === textOf(other);

/** The value of the structure that a row has, of those in the order of the structures. */
type Choose = (values: readonly Bound[]) => Bound;

/**
 * The shapes that something has in rows of several structures, of those that it has in each: none where a structure lacks it. What is null has
 * the first one. `isOptional`: the whole row may be missing.
 */
export function acrossStructures(
  choose: Choose,
  structures: readonly (readonly Shape[])[],
  isOptional = false,
): readonly Shape[] {
  const kinds = [...new Set(structures.flatMap((shapes) => shapes.map(({ group }) => textOf(group))))];
  const found = kinds.map((kind) => {
    const shapes = structures.map((each) => each.find(({ group }) => textOf(group) === kind));
    const group = ofAll(
      choose,
      shapes.map((shape) => shape?.group),
      isOptional || shapes.includes(undefined),
    );
    const isSo = shapes.map((shape): Bound => {
      if (!shape) return { kind: 'null' };
      return presentWhere(allOf([isThere(shape.group), ...(shape.condition ? [shape.condition] : [])]));
    });
    return { group, isSo };
  });
  const [first, ...others] = found;
  if (!first || others.length === 0) return found.map(({ group }) => ({ group }));
  const conditions = others.map(({ isSo }) => isNotNull(choose(isSo)));
  return [
    { group: first.group, condition: negated(anyOf(conditions)) },
    ...others.map(({ group }, index) => ({ group, condition: conditions[index] ?? always(false) })),
  ];
}

/** Groups of one shape as one; undefined in structures that lack it. `isOptional`: it is missing in some of the rows. */
export function ofAll(choose: Choose, groups: readonly (Group | undefined)[], isOptional: boolean): Group {
  const [first, ...others] = groups.filter((group) => group !== undefined);
  if (!first) throw new Error('A shape is that of a group');
  if (first.kind === 'value') return valueOfAll(choose, groups, first);
  if (first.kind === 'entity') {
    const all = groups.map((group) => (group?.kind === 'entity' ? group : undefined));
    const target = others.reduce(
      (type, group) => (group.kind === 'entity' ? commonBase(type, group.target) : type),
      first.target,
    );
    const key = target.key.map((property, index) => ({
      property,
      value: choose(all.map((group) => group?.key[index]?.value ?? { kind: 'null' })),
    }));
    const added = partsOfAll(
      choose,
      first.added,
      all.map((group) => group?.added),
    );
    return { ...first, target, key, added, nullable: isOptional || all.some((group) => group?.nullable) };
  }
  const all = groups.map((group) => (group?.kind === 'parts' ? group : undefined));
  const parts = partsOfAll(
    choose,
    first.parts,
    all.map((group) => group?.parts),
  );
  const nullable = isOptional || all.some((group) => group?.nullable);
  const marks = all.map((group): Bound => (group ? presentWhere(isThere(group)) : { kind: 'null' }));
  const presence = nullable && !parts.some(isCertain) ? choose(marks) : undefined;
  return { ...first, parts, nullable, presence, dynamic: all.some((group) => group?.dynamic) };
}

/** Parts of one shape as those of one group. */
const partsOfAll = (
  choose: Choose,
  first: readonly Group[],
  all: readonly (readonly Group[] | undefined)[],
): readonly Group[] =>
  first.map(({ name }) =>
    ofAll(
      choose,
      all.map((parts) => parts?.find((part) => part.name === name)),
      false,
    ),
  );

/** What is declared alike in all structures goes out as that. */
function valueOfAll(
  choose: Choose,
  groups: readonly (Group | undefined)[],
  first: Extract<Group, { kind: 'value' }>,
): Group {
  const all = groups.map((group) => (group?.kind === 'value' ? group : undefined));
  const value = choose(all.map((group) => group?.value ?? { kind: 'null' }));
  const { declared: like } = first;
  const isDeclared =
    like && all.every((group) => !group || (group.declared && isSameType(group.declared.type, like.type)));
  const nullable = all.some((group) => group?.declared?.nullable);
  return {
    ...first,
    value,
    declared: isDeclared ? { ...like, nullable } : undefined,
    dynamic: !isDeclared || all.some((group) => group?.dynamic),
  };
}
