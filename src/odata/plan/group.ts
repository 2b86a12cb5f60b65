/** What rows are grouped by, and how groups come together that have parts of one entity. Data Aggregation §3.2.3.1 */
import type { ComplexType, EntityType, Property } from '../model/model';
import type { Place } from '../url/ast';
import { present } from './conditions';
import { notImplemented } from './context';
import type { Bound } from './plan';

/** A key of the groups, by the name that it has in the rows; entities and complex values have parts. */
export type Group = (
  | {
      readonly kind: 'value';
      readonly name: string;
      readonly value: Bound;
      readonly declared: Property | undefined;
      readonly dynamic: boolean;
    }
  | {
      readonly kind: 'parts';
      readonly name: string;
      readonly parts: readonly Group[];
      /** The type of a complex value; undefined for what is left of a related entity. */
      readonly type: ComplexType | undefined;
      /** Null where there is no such entity. */
      readonly presence: Bound | undefined;
      readonly nullable: boolean;
      /** A computed value: its type goes out with it. */
      readonly dynamic?: boolean;
    }
  /** An entity: it goes out whole. */
  | {
      readonly kind: 'entity';
      readonly name: string;
      readonly target: EntityType;
      readonly key: readonly { readonly property: Property; readonly value: Bound }[];
      readonly nullable: boolean;
    }
) & {
  /** Where its path stands in the request. */
  readonly place: Place;
  /** The derived types that the path is cast to before the name. */
  readonly casts?: string;
};

/** The values that tell groups apart. */
export function keysOf(groups: readonly Group[]): readonly Bound[] {
  return groups.flatMap((group): readonly Bound[] => {
    if (group.kind === 'value') return [group.value];
    if (group.kind === 'entity') return group.key.map(({ value }) => value);
    return [...keysOf(group.parts), ...(group.presence ? [group.presence] : [])];
  });
}

/** The groups with one more; of one that is there already the parts come together. */
export function merged(groups: readonly Group[], added: Group, place: Place): readonly Group[] {
  const before = groups.find(({ name }) => name === added.name);
  if (!before) return [...groups, added];
  // Rows have one value of a name: with a cast it is null where it is not without, or of another type.
  if (before.casts !== added.casts)
    throw notImplemented(`groupby by '${added.name}' of several types, which rows would have under one name,`, place);
  if (before.kind !== 'parts') return groups;
  if (added.kind !== 'parts') return groups.map((group) => (group === before ? added : group));
  const parts = added.parts.reduce<readonly Group[]>((parts, part) => merged(parts, part, place), before.parts);
  const presence = parts.some(isCertain) ? undefined : (before.presence ?? added.presence);
  return groups.map((group) => (group === before ? { ...before, parts, presence } : group));
}

/** Not null wherever its parent is there. */
export function isCertain(group: Group): boolean {
  if (group.kind === 'value') return group.declared?.nullable === false;
  if (group.kind === 'entity') return !group.nullable;
  return !group.nullable && (group.presence === undefined || group.parts.some(isCertain));
}

/** Of the groups of a nested groupby those of the one around it, which may have parts in the same entity. */
export const outerGroups = (outer: readonly Group[], all: readonly Group[]): readonly Group[] =>
  outer.map((group) => sameGroup(group, all));

function sameGroup(group: Group, all: readonly Group[]): Group {
  const found = all.find(({ name }) => name === group.name);
  if (found?.kind === group.kind && group.kind !== 'parts') return found;
  if (group.kind !== 'parts' || found?.kind !== 'parts')
    throw notImplemented(`groupby by the whole of '${group.name}' within groupby by a part of it`, found?.place);
  const presence = group.presence && (found.presence ?? present(certainValue(found.parts)));
  return { ...found, parts: group.parts.map((part) => sameGroup(part, found.parts)), presence };
}

/** A value that is null only where its entity is missing. */
function certainValue(parts: readonly Group[]): Bound {
  for (const part of parts) {
    if (!isCertain(part)) continue;
    const [first] = part.kind === 'parts' ? [certainValue(part.parts)] : keysOf([part]);
    if (first) return first;
  }
  return { kind: 'null' };
}
