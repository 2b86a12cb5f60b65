/**
 * The types of groups, and of what they have left of entities: of all that are derived from the declared one they are of those behind which paths
 * of groups have named what they have, and of no others. Data Aggregation §3.2.3.1
 */
import { isOfType } from '../model/inheritance';
import type { EntityType } from '../model/model';
import type { PathSegment } from '../url/ast';
import type { Scope } from './context';
import { membersOf } from './members';
import type { Range } from './plan';
import { complexSource, type ComplexSource } from './structured';

/** What groups have under a name, and the types behind which paths have named it. */
interface Kept {
  readonly name: string;
  readonly casts?: readonly EntityType[];
}

/** What has a type: the declared one, and what there is. */
export interface GroupType {
  readonly declared: EntityType;
  readonly names: readonly Kept[];
}

/** That of aggregated rows of one structure, or of what is left of an entity; undefined for others. */
export function typeOfGroup(scope: Scope, range: Range): GroupType | undefined {
  const { declared, own, structures, whole } = membersOf(scope, range);
  const left = whole && complexSource(whole);
  if (left) return typeOfLeft(left);
  if (!declared || structures || range.type.inheritance) return undefined;
  const { properties, navigations } = range.type;
  return {
    declared,
    names: [...properties.values(), ...navigations.values(), ...Array.from(own, ([name]) => ({ name }))],
  };
}

/** That of what is left of an entity; undefined for other values. */
export const typeOfLeft = ({ entity, properties, navigations }: ComplexSource): GroupType | undefined =>
  entity && { declared: entity, names: [...properties.values(), ...(navigations?.values() ?? [])] };

const typeNamed = (types: readonly EntityType[], segment: PathSegment | undefined): EntityType | undefined =>
  segment?.kind === 'name' ? types.find(({ name }) => segment.name.endsWith(`.${name}`)) : undefined;

/** The type, derived from another one, that a segment casts to. */
export const derivedAt = ({ inheritance }: EntityType, segment: PathSegment | undefined): EntityType | undefined =>
  typeNamed(inheritance?.derived ?? [], segment);

const has = ({ properties, navigations }: EntityType, name: string): boolean =>
  properties.has(name) || navigations.has(name);

/** The types that are the first in their lineage to have a name. */
const owners = ({ inheritance }: EntityType, name: string): readonly EntityType[] =>
  (inheritance?.derived ?? []).filter(
    (one) => has(one, name) && !(one.inheritance?.base && has(one.inheritance.base, name)),
  );

/** For each name of a group the types behind which it was named, or that have it. */
export const castsOf = ({ declared, names }: GroupType): readonly (readonly EntityType[])[] =>
  names.map(({ name, casts = owners(declared, name) }) => casts);

const isOf = (group: GroupType, type: EntityType): boolean =>
  castsOf(group).some((casts) => casts.some((one) => isOfType(one, type)));

/** The path without the casts that it begins with, where all of them are to types of the group; undefined where one is not. */
export function pathInGroup<S extends PathSegment>(group: GroupType, path: readonly S[]): readonly S[] | undefined {
  const [first, ...rest] = path;
  const cast = typeNamed([group.declared], first) ?? derivedAt(group.declared, first);
  if (!cast) return path;
  return cast === group.declared || isOf(group, cast) ? pathInGroup(group, rest) : undefined;
}

/** What several types have in common: of those that are derived from one another the first ones. */
export const commonCasts = (all: readonly (readonly EntityType[] | undefined)[]): readonly EntityType[] | undefined => {
  const casts = [...new Set(all.flatMap((one) => one ?? []))];
  return all.includes(undefined)
    ? undefined
    : casts.filter((one) => !casts.some((other) => other !== one && isOfType(one, other)));
};
