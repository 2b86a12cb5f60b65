/** Items of a collection by their place: 0 is the first, -1 the last one. URL Conventions §4.10 */
import { booleanType, edm } from '../model/edm';
import { ORDINAL, PLACE } from '../model/item-type';
import type { Property } from '../model/model';
import type { NameSegment, ResourceSegment } from '../url/ast';
import type { PlanContext } from './context';
import { columnProperty } from './derived-type';
import { callOf, isAmong } from './own-functions';
import type { Bound, BoundCollection, BoundProperty } from './plan';
import { boundProperty } from './select';

/** Whether a segment of the resource path is a place. */
export const isOrdinal = (segment: ResourceSegment): segment is NameSegment =>
  segment.kind === 'name' && !segment.arguments && /^-?\d{1,9}$/.test(segment.name);

/** The path ends with `/$each`: what it writes is read by it, too. URL Conventions §4.13 */
export const isEach = ([segment, ...rest]: readonly ResourceSegment[]): boolean =>
  segment?.kind === '$each' && rest.length === 0;

/** The segment that is a place: a slot, so that one statement serves every place. */
export function planOrdinal(context: PlanContext, { name: text, place }: NameSegment): Bound {
  const slot = context.slot({ kind: 'literal', type: 'integer', text, raw: text, place }, (digits) => digits);
  return { kind: 'value', slot, type: edm('Edm.Int64'), nullable: false };
}

const placeIn = (name: string): Property =>
  columnProperty({ name, column: name, type: edm('Edm.Int64'), nullable: false, dynamic: false });

/** The place of a row among those of its collection, from 1: what no client sees. */
export const placeProperty = placeIn(PLACE);
export const ordinalProperty = placeIn(ORDINAL);

/** The place of an item of complex values in its collection. */
export const itemPlace = ({ range }: Pick<BoundCollection, 'range'>): BoundProperty =>
  boundProperty(range, range.isKeyed ? ordinalProperty : placeProperty);

/** The place of an item is one of these. */
export const isAtOneOf = (place: Bound, places: Bound): Bound => callOf(isAmong, [place, places], booleanType, false);
