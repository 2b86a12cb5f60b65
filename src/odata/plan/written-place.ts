/** Where a write goes within an entity: a property, items of a collection, and what of one of them. Protocol §11.4.9, §11.4.10, §11.4.13, §11.4.14 */
import { methodNotAllowed } from '../error';
import { complexItems, untyped } from '../model/edm';
import type { Property } from '../model/model';
import type { NameSegment, Place, ResourceSegment } from '../url/ast';
import { placeOf, unknownSegment } from './context';
import { filtersFirst } from './filter-segment';
import { isOrdinal } from './ordinals';
import { memberAlong, membersFirst, type PropertyPath } from './property-path';

/** A property, or items of one. */
export interface WrittenPlace {
  /** The names that lead to the property, from the entity or from the item around it; behind a dynamic property the members of its object. */
  readonly path: readonly string[];
  readonly property: Property;
  /** The items of the collection that are meant; undefined where it is the property itself. */
  readonly items: WrittenItems | undefined;
  /** What of the one item is meant; undefined where it is all of it. */
  readonly part: WrittenPlace | undefined;
}

/** Which items of a collection a path means. */
export interface WrittenItems {
  /** The one at this place, from 0, or from -1 from the end; undefined where each is meant: `/$each`. URL Conventions §4.10, §4.13 */
  readonly ordinal: number | undefined;
  /** The number of the conditions in front, which leave those among which they are. URL Conventions §4.12 */
  readonly condition: number | undefined;
}

/** What is written in the end. */
export const innermost = (place: WrittenPlace): WrittenPlace => (place.part ? innermost(place.part) : place);

/** `/$each` */
export const meansEach = ({ items }: WrittenPlace): boolean => items !== undefined && items.ordinal === undefined;

/** The place that segments lead to, which a read can follow; the first one names `property`. `conditions`: how many stand before it. */
export function writtenPlace(property: Property, [first, ...further]: PropertyPath, conditions = 0): WrittenPlace {
  const { found, names, rest } = alongMembers(property, further);
  const path = [first.name, ...names];
  const { filters, rest: items } = filtersFirst(rest);
  const [filter] = filters;
  const [item, ...behind] = items;
  if (filter && !hasItems(found)) throw unknownSegment(filter);
  const place = { path, property: found };
  if (!item && filter) throw readOnly('a part of a collection', filter.place);
  if (!item || (item.kind === '$value' && !filter)) return { ...place, items: undefined, part: undefined };
  const condition = filter && conditions;
  if (item.kind === '$each' && hasItems(found)) {
    // What an operation would be bound to has no operations.
    if (behind[0]) throw unknownSegment(behind[0]);
    return { ...place, items: { ordinal: undefined, condition }, part: undefined };
  }
  if (item.kind === '$count' && hasItems(found)) throw readOnly(item.kind, item.place);
  if (item.kind !== 'name') throw unknownSegment(item);
  const part = partOfItem(found, behind, filter ? conditions + 1 : conditions);
  return { ...place, items: { ordinal: Number(item.name), condition }, part };
}

/** What names lead to through declared members, and behind a dynamic property through those of its object. */
function alongMembers(property: Property, segments: readonly ResourceSegment[]): ReturnType<typeof memberAlong> {
  const declared = memberAlong(property, segments);
  if (declared.found.source.kind !== 'dynamic') return declared;
  const { names, rest } = membersFirst(declared.rest);
  const [next] = rest;
  if (next?.kind === 'name') checkMember(next);
  return { ...declared, names: [...declared.names, ...names], rest };
}

/** A collection; of a dynamic property each row tells whether it is one. */
export const hasItems = ({ type }: Property): boolean => type.kind === 'collection' || type === untyped;

function partOfItem(
  collection: Property,
  [next, ...rest]: readonly ResourceSegment[],
  conditions: number,
): WrittenPlace | undefined {
  if (!next) return undefined;
  const isDynamic = collection.type === untyped;
  if (isDynamic && next.kind === '$value') return undefined;
  if (isDynamic && isOrdinal(next)) {
    const items = { ordinal: Number(next.name), condition: undefined };
    return { path: [], property: collection, items, part: partOfItem(collection, rest, conditions) };
  }
  if (next.kind !== 'name') throw unknownSegment(next);
  // A member of an object that no type declares is as the property that the object is in.
  const member = isDynamic ? collection : complexItems(collection)?.properties.get(next.name);
  if (!member || isOrdinal(next)) throw unknownSegment(next);
  if (isDynamic) checkMember(next);
  return writtenPlace(member, [next, ...rest], conditions);
}

/** A cast is no member: what a dynamic property holds is written without one. */
function checkMember({ name, place }: NameSegment): void {
  if (name.includes('.')) throw readOnly('a cast of a dynamic property', place);
}

/** What is there to be read: 405. Protocol §9.3.1 */
export const readOnly = (resource: string, place: Place | undefined): Error =>
  methodNotAllowed('of the request', resource, 'GET, HEAD', place && placeOf(place));
