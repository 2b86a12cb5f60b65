/**
 * What rows are grouped by may be an entity in some, a part of it, or something else, in others, and absent in yet others. Each shape that it has
 * makes groups of its own; what has one shape in several structures of rows falls into the same groups. Data Aggregation §3.1.2, §3.2.3.1
 */
import { complexItems, isSameType, numericRank, typeName } from '../model/edm';
import { isOfType, lineage, rootType } from '../model/inheritance';
import type { EntityType } from '../model/model';
import type { Place } from '../url/ast';
import { commonCasts } from './group-type';
import { always, anyOf, isNotNull, narrowedBy, presentWhere } from './conditions';
import type { PlanContext } from './context';
import { asRow, certainValue, isNull, itsOf, presenceBeside, type Group, type MadeAgain } from './group';
import type { Bound, BoundProperty, Range } from './plan';

/** Which rows these are, where others are otherwise. */
interface Some {
  /** True in them. */
  readonly condition?: Bound | undefined;
  /** The structures of such rows, each told by the values of the discriminators that it has; one of them is theirs. */
  readonly among?: readonly Discriminators[];
  /** Of which types things are in them to which paths lead. */
  readonly typed?: readonly Typed[];
}

/** The values that discriminators have in rows of one structure. */
export type Discriminators = ReadonlyMap<BoundProperty, number>;

/** Which types something is of, to which a path leads from a variable; undefined stands for nothing there. */
export interface Typed {
  readonly range: Range;
  readonly path: string;
  readonly types: readonly (EntityType | undefined)[];
}

/** What a path leads to; undefined where rows lack it. */
export interface Shape extends Some {
  readonly group?: Group;
}

/** Several groups of the same rows. */
export interface Grouping extends Some {
  readonly groups: readonly Group[];
}

/** Whether what the group is of is there; never null. */
export function isThere(group: Group): Bound {
  if (group.kind === 'value') return isNull(group) ? always(false) : isNotNull(group.value);
  if (!group.nullable) return always(true);
  if (group.kind === 'entity') return isNotNull(group.key[0]?.value ?? { kind: 'null' });
  if (group.presence) return isNotNull(group.presence);
  const certain = certainValue(group.parts);
  return certain ? isNotNull(certain) : anyOf(group.parts.map(isThere));
}

/** The same in those of its rows that the other one is of, too; nothing where no row can be. */
export function where<T extends Some>(one: T, { condition, among, typed = [] }: Some): readonly T[] {
  const both = narrowedBy(one.condition, condition);
  const structures = one.among && among ? inBoth(one.among, among) : (one.among ?? among);
  const types = bothTyped(one.typed ?? [], typed);
  if (structures?.length === 0 || !types) return [];
  return [{ ...one, ...(both && { condition: both }), ...(structures && { among: structures }), typed: types }];
}

/** What both say; undefined where nothing can be so. */
function bothTyped(list: readonly Typed[], others: readonly Typed[]): readonly Typed[] | undefined {
  const isSame = (one: Typed, other: Typed): boolean => one.range === other.range && one.path === other.path;
  const found = list.map((one) => {
    const other = others.find((typed) => isSame(one, typed));
    return other ? { ...one, types: one.types.filter((type) => other.types.includes(type)) } : one;
  });
  if (found.some(({ types }) => types.length === 0)) return undefined;
  return [...found, ...others.filter((other) => !list.some((one) => isSame(one, other)))];
}

/** The structures that are of both lists. */
function inBoth(list: readonly Discriminators[], others: readonly Discriminators[]): readonly Discriminators[] {
  const found = list.flatMap((one) =>
    others
      .filter((other) => [...other].every(([key, value]) => (one.get(key) ?? value) === value))
      .map((other): Discriminators => new Map([...one, ...other])),
  );
  return found.filter((one, index) => !found.slice(0, index).some((before) => isWithin(one, before)));
}

const isWithin = (one: Discriminators, other: Discriminators): boolean =>
  [...other].every(([key, value]) => one.get(key) === value);

/** Every combination of the shapes of several names that rows can have. */
export const combined = (
  context: PlanContext,
  names: readonly (readonly Shape[])[],
  place: Place,
): readonly Grouping[] =>
  names.reduce<readonly Grouping[]>(
    (before, shapes) => {
      const found = before.flatMap((grouping) =>
        shapes.flatMap(({ group, ...rows }) =>
          where(group ? { ...grouping, groups: [...grouping.groups, group] } : grouping, rows),
        ),
      );
      context.checkStructures(found.length, place);
      return found;
    },
    [{ groups: [] }],
  );

/** The groupings of each text. */
export const alikeIn = <T extends Grouping>(
  groupings: readonly T[],
  textIn: (one: T) => string,
): readonly (readonly T[])[] =>
  [...new Set(groupings.map(textIn))].map((text) => groupings.filter((grouping) => textIn(grouping) === text));

/** The groupings with those of the same shapes as one: `chooseBy` gives the value of the condition that is true. */
export function unified(
  groupings: readonly Grouping[],
  chooseBy: (conditions: readonly Bound[]) => Choose,
): readonly Grouping[] {
  return alikeIn(groupings, ({ groups }) => textsOf(groups)).flatMap((alike) => {
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
export function textOf(group: Group): string {
  if (group.kind === 'entity') {
    const made = [...group.made].map(([name, again]) => `${name} ${textOfMade(again)}`).sort();
    return `entity ${rootType(group.target).name}(${textsOf(group.added)})${made.join()}`;
  }
  if (group.kind === 'parts') {
    const type = typeof group.type === 'string' ? group.type : typeName(group.type);
    return `${type}(${textsOf(group.parts)})`;
  }
  const { value, declared } = group;
  if (value.kind === 'null' || isNull(group)) return '';
  const items = complexItems(value);
  if (items) return `${declared ? 'stored' : 'keys'} ${typeName(value.type)}(${[...items.properties.keys()].join()})`;
  return numericRank(value.type) > 0 ? 'number' : typeName(value.type);
}

/** The same of what is made of an entity once more. */
export const textOfMade = ({ origin, it }: MadeAgain): string => `${origin}${it ? ` ${textOf(it)}` : ''}`;

export const textsOf = (parts: readonly Group[]): string =>
  parts
    .map((part) => `${part.name}:${textOf(part)}`)
    .sort()
    .join();

const commonBase = (one: EntityType, other: EntityType): EntityType =>
  lineage(one).find((type) => isOfType(other, type)) ?? one;

/** Whether the values of two groups can be compared. */
export const isLike = (one: Group, other: Group): boolean => textOf(one) === textOf(other);

/** The value of the rows that a row is one of, of those in their order. */
export type Choose = (values: readonly Bound[]) => Bound;

/** Groups of one shape as one; undefined in structures that lack it. `isOptional`: it is missing in some of the rows. */
export function ofAll(choose: Choose, groups: readonly (Group | undefined)[], isOptional: boolean): Group {
  const [group, ...others] = groups.filter((one) => one !== undefined);
  if (!group) throw new Error('A shape is that of a group');
  const first: Group = { ...group, casts: commonCasts([group, ...others].map(({ casts }) => casts)) };
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
    const made = [...first.made].map(([name, { it: _, ...again }]) => {
      const its = all.map((group) => group?.made.get(name)?.it);
      const it = its.some((one) => one !== undefined) ? ofAll(choose, its, true) : undefined;
      return [name, { ...again, it: asRow(it) }] as const;
    });
    // What several structures tell of it, none of them decides alone.
    const isUneven = first.isUneven || (others.length > 0 && added.length + itsOf(first).length > 0);
    const nullable = isOptional || all.some((group) => group?.nullable);
    return { ...first, target, key, added, made: new Map(made), isUneven, nullable };
  }
  const all = groups.map((group) => (group?.kind === 'parts' ? group : undefined));
  const parts = partsOfAll(
    choose,
    first.parts,
    all.map((group) => group?.parts),
  );
  const nullable = isOptional || all.some((group) => group?.nullable);
  const marks = all.map((group): Bound => (group ? presentWhere(isThere(group)) : { kind: 'null' }));
  const presence = presenceBeside(parts, nullable ? choose(marks) : undefined);
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
  if (groups.every((group) => !group || isNull(group))) return first;
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
