/**
 * Paths of groups in rows of several structures: each has what it has of a path. One that has only the beginning is grouped by that, and by null
 * for what it lacks. Data Aggregation §3.2.3.1
 */
import type { Property } from '../model/model';
import type { NameSegment, Place } from '../url/ast';
import { isCastHere } from './cast';
import { allOf, always, anyOf, both, isNotNull, presentWhere } from './conditions';
import type { Scope } from './context';
import { dynamicProperty } from './dynamic-property';
import type { Group } from './group';
import { isNotEmpty, nullOf, startAt, valueAt, type Names, type Reached } from './group-values';
import { hasName, hasPath, instanceOf, membersOf, variantsOf } from './members';
import type { Bound } from './plan';
import { presenceOf } from './presence';
import { planVariants } from './row-values';
import { acrossStructures, isThere, type Shape } from './shapes';

/** What a path leads to in rows of one structure. */
type ShapesAt = (reached: Reached, names: Names) => readonly Shape[];

/**
 * The structures in which a path begins. What no structure has under a name is what open types may have, as is what types of `$all` beside them
 * declare.
 */
export function structuresWith({ context }: Reached, scopes: readonly Scope[], names: Names): readonly Scope[] {
  const [{ name }] = names;
  const isNamed = scopes.some((one) => hasName(one, one.current, name));
  return scopes.filter((one) => {
    const { current } = one;
    if (hasName(one, current, name) || isCastHere(context.model, one, current, name)) return true;
    const { beside } = membersOf(one, current);
    return (beside !== undefined || !isNamed) && dynamicProperty(current.type, name) !== undefined;
  });
}

/** The shapes of a path in the structures in which it begins. Where it leads to its end in none of them, each tells what is wrong. */
export function inEach(reached: Reached, begins: readonly Scope[], names: Names, shapesAt: ShapesAt): readonly Shape[] {
  const [{ name, place }] = names;
  const ends = begins.filter((one) => !hasName(one, one.current, name) || hasPath(one, one.current, names));
  const whole = new Map(
    (ends.length > 0 ? ends : begins).map((one) => [one, shapesAt(inStructure(reached, one), names)] as const),
  );
  const [like] = [...whole.values()].flat();
  return inStructures(reached, place, (one, structure) => {
    const shapes = whole.get(structure);
    if (shapes) return shapes;
    return like && begins.includes(structure) ? [{ group: begun(one, [], names, like.group, shapesAt) }] : [];
  });
}

/** The group of a path that leads to its end elsewhere, in a structure that has only the beginning of it. */
function begun(
  reached: Reached,
  before: readonly NameSegment[],
  [segment, ...rest]: Names,
  like: Group,
  shapesAt: ShapesAt,
): Group {
  const names: Names = isNotEmpty(before) ? [...before, segment] : [segment];
  const { scope, range } = reached;
  if (like.kind !== 'parts' || !isNotEmpty(rest) || !hasPath(scope, range, names)) return missing(like);
  if (isCast(segment)) return begun(reached, names, rest, like, shapesAt);
  const next = rest.find((one) => !isCast(one));
  const parts = like.parts.map((part) =>
    part.name === next?.name ? begun(reached, names, rest, part, shapesAt) : missing(part),
  );
  return { ...like, parts, presence: presentWhere(isThereAt(reached, names, shapesAt)), nullable: true };
}

const isCast = ({ name }: NameSegment): boolean => name.includes('.');

/** Whether all that names lead to is there. */
function isThereAt(reached: Reached, names: Names, shapesAt: ShapesAt): Bound {
  const { context, scope, range } = reached;
  const [first, ...rest] = names;
  const instance = instanceOf(membersOf(scope, range).own.get(first.name));
  if (instance && !instance.type.item) {
    const presence = presenceOf(instance);
    const isHere = presence ? isNotNull(presence) : always(true);
    return isNotEmpty(rest) ? both(isHere, isThereAt(startAt(context, scope, instance), rest, shapesAt)) : isHere;
  }
  if (instance ?? isComplexAt(range.type.properties, names)) return isNotNull(valueAt(reached, names, first.place));
  return anyOf(
    shapesAt(reached, names).map(({ group, condition }) =>
      allOf([...along(group, rest).map(isThere), ...(condition ? [condition] : [])]),
    ),
  );
}

/** Whether names lead to a complex value of the row. */
function isComplexAt(properties: ReadonlyMap<string, Property>, [first, ...rest]: Names): boolean {
  const source = properties.get(first.name)?.source;
  return source?.kind === 'complex' && (!isNotEmpty(rest) || isComplexAt(source.properties, rest));
}

/** The group and those within it that names lead to. */
function along(group: Group, names: readonly NameSegment[]): readonly Group[] {
  const [first, ...rest] = names.filter((one) => !isCast(one));
  const part = group.kind === 'parts' ? group.parts.find(({ name }) => name === first?.name) : undefined;
  return part ? [group, ...along(part, rest)] : [group];
}

/** A group of that shape that is null. */
function missing(like: Group): Group {
  if (like.kind === 'value') {
    const { value, declared } = like;
    const none = value.kind === 'null' ? value : nullOf(value.type);
    return { ...like, value: none, declared: declared && { ...declared, nullable: true } };
  }
  if (like.kind === 'parts')
    return { ...like, parts: like.parts.map(missing), presence: { kind: 'null' }, nullable: true };
  const key = like.key.map(({ property }) => ({ property, value: nullOf(property.type) }));
  return { ...like, key, added: like.added.map(missing), nullable: true };
}

const inStructure = ({ context }: Reached, structure: Scope): Reached => startAt(context, structure, structure.current);

/** The shapes that something has in rows of several structures. `isOptional`: the whole row may be missing. */
export function inStructures(
  reached: Reached,
  place: Place,
  shapesIn: (reached: Reached, structure: Scope) => readonly Shape[],
  isOptional = false,
): readonly Shape[] {
  const { context, scope, range } = reached;
  const variants = variantsOf(scope, range);
  if (!variants) throw new Error('The rows have one structure');
  const { discriminator, scopes } = variants;
  return acrossStructures(
    (values) => planVariants(context, discriminator, values, place),
    scopes.map((variant) => shapesIn(inStructure(reached, variant), variant)),
    isOptional,
  );
}
