/** What rows are grouped by, and how groups come together that have parts of one entity. Data Aggregation §3.2.3.1 */
import { odataError } from '../error';
import { isOfType, lineage } from '../model/inheritance';
import type { ComplexType, EntityType, Property } from '../model/model';
import type { Path, Place } from '../url/ast';
import { notImplemented, placeOf } from './context';
import type { Bound } from './plan';

/** What is left of a related entity, or of an object that is the value of a dynamic property. */
export type Untyped = NonNullable<ComplexType['made']>;

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
      /** The type of a complex value; what else it is that has parts where none says so. */
      readonly type: ComplexType | Untyped;
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
  /** The derived type that the path is cast to before the name. */
  readonly cast?: EntityType;
  /** The paths of the request that lead to it and its parts. */
  readonly paths?: readonly Path[];
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
  const paths = [...(before.paths ?? []), ...(added.paths ?? [])];
  return groups.map((group) => (group === before ? { ...together(before, added, place), paths } : group));
}

/** What two groups of one name tell together. */
function together(before: Group, added: Group, place: Place): Group {
  if (before.cast !== added.cast) return wider(before, added, place);
  if (before.kind !== 'parts') return before;
  if (added.kind !== 'parts') return added;
  const parts = added.parts.reduce<readonly Group[]>((parts, part) => merged(parts, part, place), before.parts);
  const presence = parts.some(isCertain) ? undefined : (before.presence ?? added.presence);
  return { ...before, parts, presence };
}

/** Of two groups of one name behind different casts the one that says all that both say: a row has one value of a name. */
function wider(one: Group, other: Group, place: Place): Group {
  if (isWider(one.cast, other.cast) && covers(one, other)) return one;
  if (isWider(other.cast, one.cast) && covers(other, one)) return other;
  const { name } = one;
  const common = one.cast && other.cast ? commonBase(one.cast, other.cast, name) : undefined;
  if (one.cast && other.cast && !common)
    throw notImplemented(`groupby by '${name}' of several types, which rows would have under one name,`, place);
  const path = common ? `behind the cast to ${common.name}` : 'without a cast';
  const message = `A row has one '${name}': write all that rows are grouped by of it ${path}.`;
  throw odataError('InvalidValue', { message }, placeOf(place));
}

const isWider = (type: EntityType | undefined, than: EntityType | undefined): boolean =>
  type === undefined || (than !== undefined && isOfType(than, type));

/** What the other one tells of a value, this one tells, too. */
const covers = (group: Group, other: Group): boolean =>
  group.kind !== 'parts' ||
  (other.kind === 'parts' &&
    other.parts.every((part) => group.parts.some((own) => own.name === part.name && covers(own, part))));

/** The type that both have the name from. */
const commonBase = (one: EntityType, other: EntityType, name: string): EntityType | undefined =>
  lineage(one).find((type) => isOfType(other, type) && (type.properties.has(name) || type.navigations.has(name)));

/** Not null wherever its parent is there. */
export function isCertain(group: Group): boolean {
  if (group.kind === 'value') return group.declared?.nullable === false;
  if (group.kind === 'entity') return !group.nullable;
  return !group.nullable && (group.presence === undefined || group.parts.some(isCertain));
}
