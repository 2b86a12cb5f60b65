/**
 * The types of groups, and of what they have left of entities: of all that are derived from the declared one they are of those behind which paths
 * of groups have named what they have, and of no others. Data Aggregation §3.2.3.1
 */
import { declaring, isOfType } from '../model/inheritance';
import type { BehindCasts, EdmType, EntityType } from '../model/model';
import type { PathSegment } from '../url/ast';
import { castAt } from './cast';
import type { PlanContext, Scope } from './context';
import { membersOf } from './members';
import type { Range } from './plan';
import { complexSource, type ComplexSource } from './structured';

/** What groups have under a name, and the types behind which paths have named it. */
interface Kept extends BehindCasts {
  readonly name: string;
}

/** What has a type: the declared one, and what there is. */
export interface GroupType {
  readonly declared: EntityType;
  readonly names: readonly Kept[];
}

/** That of aggregated rows of one structure, or of what is left of an entity, an item among that; undefined for others. */
export function typeOfGroup(scope: Scope, range: Range): GroupType | undefined {
  const { declared, own, structures, whole } = membersOf(scope, range);
  const left = whole ? complexSource(whole) : range.type.item?.source;
  if (left?.kind === 'complex') return typeOfLeft(left);
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

/** For each name of a group the types behind which it was named, or that have it. */
export const castsOf = ({ declared, names }: GroupType): readonly (readonly EntityType[])[] =>
  names.map(({ name, casts = declaring(declared, name) }) => casts);

const isOf = (group: GroupType, type: EntityType): boolean =>
  castsOf(group).some((casts) => casts.some((one) => isOfType(one, type)));

/** Whether a group is of a type: the declared one, those that this is derived from, and those that its names tell. */
export const isOfGroup = (group: GroupType, type: EdmType): boolean =>
  type.kind === 'entity' && (isOfType(group.declared, type) || (isOfType(type, group.declared) && isOf(group, type)));

/** The path without the casts that it begins with, where all of them are to types of the group; undefined where one is not. */
export function pathInGroup<S extends PathSegment>(
  { model }: Pick<PlanContext, 'model'>,
  group: GroupType,
  path: readonly S[],
): readonly S[] | undefined {
  const [first, ...rest] = path;
  const { declared } = group;
  const cast = first?.kind === 'name' ? castAt(model, declared, first.name) : undefined;
  if (!cast) return path;
  return cast === declared || isOf(group, cast) ? pathInGroup({ model }, group, rest) : undefined;
}

/** What several types have in common: of those that are derived from one another the first ones. */
export const commonCasts = (all: readonly (readonly EntityType[] | undefined)[]): readonly EntityType[] | undefined => {
  const casts = [...new Set(all.flatMap((one) => one ?? []))];
  return all.includes(undefined)
    ? undefined
    : casts.filter((one) => !casts.some((other) => other !== one && isOfType(one, other)));
};
