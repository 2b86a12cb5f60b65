/** Paths of what is aggregated that lead through what the request has made: rows and values of addnested, computed values. Data Aggregation §3.1.3 */
import type { NameSegment } from '../url/ast';
import type { PlanContext } from './context';
import { isNotNull } from './conditions';
import { collectionOf, madeOf } from './made-rows';
import { scopeWith, type Member } from './members';
import { rowKeys } from './order';
import { asOne } from './own-functions';
import type { Bound, Range } from './plan';
import { withRow, withRows, withValue, type Once } from './reach-told';
import { presenceOf } from './presence';
import { ownerKey, ownerKind, placeIn, type Way } from './reach-way';
import { identityOfPart } from './row-identity';
import type { Rows } from './rows';
import { theseOf } from './these';

/** At the rows that addnested has made of a collection, by the name of the segment. */
export function atMade(context: PlanContext, way: Way, member: Member, segment: NameSegment): Way {
  const made = madeOf(member);
  const isItems = made.joined.range.type.item !== undefined;
  const collection = collectionOf(made);
  const { rows, collection: joined } = theseOf(collection);
  return {
    ...way,
    scope: scopeWith(way.scope, made.scope),
    range: collection.range,
    pending: [],
    type: collection.range.type,
    rows: { kind: 'join', input: way.rows, collection: joined, rows, outer: false },
    items: isItems ? madeKey(ownerKey(context, way), made.rows) : undefined,
    itemKind: isItems ? `${ownerKind(way)}/${segment.name}` : undefined,
    throughCollection: true,
    navigationNames: [...way.navigationNames, segment.name],
    within: isItems ? withRows(context, way, member, made) : undefined,
    told: undefined,
  };
}

/** What tells rows that were made of the items of one row from those of others; nothing where the row is there once. */
const madeKey = (owner: readonly Bound[], rows: Rows): readonly Bound[] =>
  owner.length === 0 ? [] : [...owner, asOne(rowKeys(rows))];

/** At the complex value of a segment, which is there once for what it belongs to, or at what is left of an entity, which is told by all that it has. */
export function atValue(context: PlanContext, way: Way, range: Range, { name }: NameSegment): Way {
  const part = identityOfPart(context, way.scope, range, placeIn(way.path));
  const items = part ? [part] : ownerKey(context, way);
  const itemKind = part ? '' : ownerKind(way);
  const navigationNames = [...way.navigationNames, name];
  const within = part ? { ...nothing, key: items } : withValue(context, way, range, navigationNames);
  return { ...way, range, pending: [], type: range.type, items, itemKind, navigationNames, within, told: undefined };
}

const nothing: Once = { key: [], kind: '', told: [], names: '' };

/** At the row of another variable. One that is missing is none to be counted; a complex value is there once for each row. */
export function atRow(way: Way, range: Range, isItem: boolean): Way {
  const presence = presenceOf(range);
  return {
    ...way,
    range,
    type: range.type,
    items: isItem ? (way.items ?? []) : undefined,
    itemKind: isItem ? way.itemKind : undefined,
    within: isItem ? (way.within ?? nothing) : undefined,
    told: undefined,
    ...(presence && { there: isNotNull(presence) }),
  };
}

/** The same where it is a complex value: it is there once for what it belongs to, all that lead to which must have the same. */
export const atComplexRow = (context: PlanContext, way: Way, member: Member, range: Range): Way => ({
  ...atRow(way, range, true),
  items: ownerKey(context, way),
  itemKind: ownerKind(way),
  within: withRow(context, way, member, range),
});
