/**
 * The shapes that something has in rows of several structures. Two rows have the same where nothing that tells their structures apart is there: what
 * is null, or within what is null, goes to the first shape that has it so. Data Aggregation §3.1.2, §3.2.3.1
 */
import type { Place } from '../url/ast';
import { allOf, always, anyOf, negated } from './conditions';
import type { PlanContext } from './context';
import { caseOf } from './case-value';
import { withIts, type Group } from './group';
import { nullOf } from './group-values';
import type { Bound } from './plan';
import { isLike, isThere, ofAll, type Discriminators, type Grouping, type Shape } from './shapes';

/** What rows of one structure have. */
export interface OwnShape extends Shape {
  readonly condition: Bound;
  readonly among: readonly Discriminators[];
}

/** What rows of all structures have. `missing` are those that may be missing as a whole: their value has the first shape. */
export function distinctShapes(
  context: PlanContext,
  own: readonly OwnShape[],
  missing: Discriminators | undefined,
  place: Place,
): readonly Shape[] {
  const all = own.reduce<readonly Group[]>(
    (before, { group }) => (!group || before.some((one) => isLike(one, group)) ? before : [...before, group]),
    [],
  );
  const kinds = all.filter(
    (kind, index) =>
      !all.some((other, at) => isSeenAs(kind, other) && (at < index || (at > index && !isSeenAs(other, kind)))),
  );
  const absent = own.filter(({ group }) => !group);
  const [first, ...others] = kinds.map((kind, index) => {
    const seen = own.flatMap((one) => seenIn(one, kind, kinds.slice(0, index)));
    context.count(place, seen.length);
    const choose = (values: readonly Bound[]): Bound =>
      caseOf(
        context,
        values.map((value, at) => ({ condition: seen[at]?.own ?? always(false), value })),
        place,
      );
    const groups = seen.map(({ group }) => group);
    const isOptional = groups.includes(undefined) || (index === 0 && missing !== undefined);
    return { ...someOf(seen), group: ofAll(choose, groups, isOptional) };
  });
  if (!first) return [{}];
  const rest = absent.length > 0 ? [...others, someOf(absent)] : others;
  if (rest.length === 0) return [{ group: first.group }];
  const condition = negated(anyOf(rest.map((shape) => shape.condition)));
  return [{ ...first, condition, among: missing ? [...first.among, missing] : first.among }, ...rest];
}

const someOf = (all: readonly OwnShape[]): OwnShape => ({
  condition: anyOf(all.map(({ condition }) => condition)),
  among: all.flatMap(({ among }) => among),
});

/**
 * The groupings where rows of several types have one name as different things, each behind a cast of its own: those in which these are null are one
 * group, whatever the types.
 */
export function distinctGroupings(
  context: PlanContext,
  groupings: readonly Grouping[],
  place: Place,
): readonly Grouping[] {
  const sets = groupings.reduce<readonly (readonly Grouping[])[]>((before, one) => {
    const set = before.find(([first]) => first && areMixed(first.groups, one.groups));
    return set ? before.map((other) => (other === set ? [...set, one] : other)) : [...before, [one]];
  }, []);
  return sets.flatMap((set) => {
    if (set.length === 1) return set;
    const own = set.map(({ groups, condition = always(true), among = [new Map()] }): OwnShape => ({
      condition,
      among,
      group: { kind: 'parts', name: '', parts: groups, type: 'object', presence: undefined, nullable: false, place },
    }));
    const isOwn = anyOf(own.map(({ condition }) => condition));
    return distinctShapes(context, own, undefined, place).map(({ group, condition }) => ({
      groups: group?.kind === 'parts' ? group.parts.map(withOthers) : [],
      condition: condition ? allOf([isOwn, condition]) : isOwn,
    }));
  });
}

/** What is behind casts may be null for rows of other types. */
function withOthers(group: Group): Group {
  const parts = partsOf(group);
  const whole = parts ? withParts(group, parts.map(withOthers)) : group;
  return group.casts ? { ...whole, ofOthers: true } : whole;
}

/** Whether groups have the same names, some of them behind casts as different things. */
function areMixed(groups: readonly Group[], others: readonly Group[]): boolean {
  const pairs = groups.flatMap((group) => {
    const other = others.find(({ name }) => name === group.name);
    return other ? [[group, other] as const] : [];
  });
  return (
    groups.length > 0 &&
    pairs.length === groups.length &&
    groups.length === others.length &&
    pairs.every(
      ([one, other]) =>
        isLike(one, other) ||
        (one.casts !== undefined && other.casts !== undefined) ||
        areMixed(partsOf(one) ?? [], partsOf(other) ?? []),
    )
  );
}

/** What rows of one structure have, where it is the same as something of this kind, and as nothing of those before. */
function seenIn(
  { group, condition: own, among }: OwnShape,
  kind: Group,
  before: readonly Group[],
): readonly (OwnShape & { readonly own: Bound })[] {
  if (!group || before.some((one) => isLike(one, group))) return [];
  const isOther = isLike(group, kind) ? undefined : isApart(group, kind);
  if (isOther?.kind === 'boolean' && isOther.value) return [];
  const condition = allOf([own, ...before.map((one) => isApart(group, one)), ...(isOther ? [negated(isOther)] : [])]);
  const seen = seenAs(group, kind);
  return [{ own, condition, among, ...(seen && { group: seen }) }];
}

/** The parts of two groups that have parts of the same names; undefined for others. */
function pairsOf(one: Group, other: Group): readonly (readonly [Group, Group])[] | undefined {
  const [parts, others] = [one, other].map(partsOf);
  if (one.kind !== other.kind || !parts || parts.length !== others?.length) return undefined;
  const pairs = parts.flatMap((part) => {
    const like = others.find(({ name }) => name === part.name);
    return like ? [[part, like] as const] : [];
  });
  const isSameType = isLike(withParts(one, []), withParts(other, []));
  return isSameType && pairs.length === parts.length ? pairs : undefined;
}

const partsOf = (group: Group): readonly Group[] | undefined =>
  group.kind === 'parts' ? group.parts : group.kind === 'entity' ? group.added : undefined;

const withParts = (group: Group, parts: readonly Group[]): Group =>
  group.kind === 'parts' ? { ...group, parts } : group.kind === 'entity' ? { ...group, added: parts } : group;

/** Whether it has no more than the other has, and where it has that otherwise it is null. */
const isSeenAs = (group: Group, other: Group): boolean => {
  const isOther = isApart(group, other);
  return isOther.kind === 'boolean' && !isOther.value;
};

/** True where something is there that the other group has otherwise. */
function isApart(group: Group, other: Group): Bound {
  const pairs = pairsOf(group, other)?.filter(([part, like]) => !isLike(part, like));
  if (!pairs) return isThere(group);
  const within = pairs.map(([part, like]) => isApart(part, like)).filter((one) => one.kind !== 'boolean' || one.value);
  return within.length === 0 ? always(false) : allOf([isThere(group), anyOf(within)]);
}

/** A group in the shape of another one, where nothing is there that tells them apart; undefined where all of it is null. */
function seenAs(group: Group, like: Group): Group | undefined {
  if (isLike(group, like)) return group;
  const pairs = pairsOf(group, like);
  return (
    pairs &&
    withParts(
      group,
      pairs.map(([part, inner]) => seenAs(part, inner) ?? missing(inner)),
    )
  );
}

/** A group of that shape that is null. */
export function missing(like: Group): Group {
  if (like.kind === 'value') {
    const { value, declared } = like;
    const none = value.kind === 'null' ? value : nullOf(value.type);
    return { ...like, value: none, declared: declared && { ...declared, nullable: true } };
  }
  if (like.kind === 'parts')
    return { ...like, parts: like.parts.map(missing), presence: { kind: 'null' }, nullable: true };
  const key = like.key.map(({ property }) => ({ property, value: nullOf(property.type) }));
  return { ...like, key, added: like.added.map(missing), made: withIts(like, missing), nullable: true };
}
