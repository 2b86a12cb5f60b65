/** Where a write goes within an entity: a property, an item of a collection, and what of that item. Protocol §11.4.9, §11.4.10 */
import { methodNotAllowed } from '../error';
import { complexItems, untyped } from '../model/edm';
import type { Property } from '../model/model';
import type { NameSegment, Place, ResourceSegment } from '../url/ast';
import { notImplemented, placeOf, unknownSegment } from './context';
import { isOrdinal } from './ordinals';

/** A property, or an item of one. */
export interface WrittenPlace {
  /** The names that lead to the property, from the entity or from the item around it; behind a dynamic property the members of its object. */
  readonly path: readonly string[];
  readonly property: Property;
  /** The one item of the collection that is meant, by its place. URL Conventions §4.10 */
  readonly ordinal: number | undefined;
  /** What of that item is meant; undefined where it is all of it. */
  readonly part: WrittenPlace | undefined;
}

/** What is written in the end. */
export const innermost = (place: WrittenPlace): WrittenPlace => (place.part ? innermost(place.part) : place);

/** The place that segments lead to, which a read can follow; the first one names `property`. */
export function writtenPlace(
  property: Property,
  first: NameSegment,
  further: readonly ResourceSegment[],
): WrittenPlace {
  const path = [first.name];
  let found = property;
  let rest = further;
  for (let next = rest[0]; next?.kind === 'name' && found.type.kind !== 'collection'; next = rest[0]) {
    const { source } = found;
    if (source.kind === 'dynamic' && isOrdinal(next))
      throw notImplemented(`Writing to an item of the dynamic property '${found.name}'`, next.place);
    if (source.kind === 'complex') found = source.properties.get(next.name) ?? found;
    path.push(next.name);
    rest = rest.slice(1);
  }
  const [item, ...behind] = rest;
  if (!item || item.kind === '$value') return { path, property: found, ordinal: undefined, part: undefined };
  if (item.kind !== 'name') throw notWritten(found, item);
  return { path, property: found, ordinal: Number(item.name), part: partOfItem(found, behind) };
}

function partOfItem(collection: Property, [next, ...rest]: readonly ResourceSegment[]): WrittenPlace | undefined {
  if (!next) return undefined;
  const member = next.kind === 'name' ? complexItems(collection)?.properties.get(next.name) : undefined;
  if (!member || next.kind !== 'name') throw notWritten(collection, next);
  return writtenPlace(member, next, rest);
}

/** Items behind `/$filter` and `/$each` are not written to; where there are none, nothing is there. Protocol §11.4.12, §11.4.13 */
function notWritten({ type }: Property, segment: ResourceSegment): Error {
  const { kind, place } = segment;
  if (kind === '$count' && type.kind === 'collection') return readOnly(kind, place);
  const isOfItems = (kind === '$filter' || kind === '$each') && (type.kind === 'collection' || type === untyped);
  return isOfItems ? notImplemented(`Writing to ${kind} of a collection of values`, place) : unknownSegment(segment);
}

/** What is there to be read: 405. Protocol §9.3.1 */
export const readOnly = (resource: string, place: Place | undefined): Error =>
  methodNotAllowed('of the request', resource, 'GET, HEAD', place && placeOf(place));
