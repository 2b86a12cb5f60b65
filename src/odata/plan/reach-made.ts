/** Paths of what is aggregated that lead through what the request has made: rows and values of addnested, computed values. Data Aggregation §3.1.3 */
import { untyped } from '../model/edm';
import type { NameSegment } from '../url/ast';
import { notImplemented, theseOf, type PlanContext } from './context';
import { collectionOf, isFiltered } from './made-rows';
import { membersOf, scopeWith, type MadeRows } from './members';
import { isOf } from './mentions';
import type { Bound, Range } from './plan';
import { rowKeys } from './order';
import { asJson, callOf, record } from './own-functions';
import { ownerKey, ownerKind, type Way } from './reach-way';
import type { Rows } from './rows';

/** At the rows that addnested has made of a collection. */
export function atMade(context: PlanContext, way: Way, made: MadeRows): Way {
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
    itemKind: isItems ? `${ownerKind(way)}/${madeKind(context, made)}` : undefined,
    throughCollection: true,
    isShared: made.joined.navigations.at(-1)?.via !== undefined,
  };
}

/** What tells rows that were made of the items of one row from those of others; nothing where the row is there once. */
const madeKey = (owner: readonly Bound[], rows: Rows): readonly Bound[] =>
  owner.length === 0 ? [] : [...owner, callOf(asJson, [callOf(record, rowKeys(rows), untyped, false)], untyped, false)];

/** Rows that are items as they were are the same in all structures that have them; others are none of another structure. */
const madeKind = (context: PlanContext, { joined, rows }: MadeRows): string =>
  isFiltered(rows) ? `${joined.navigations.at(-1)?.name ?? ''} as they were` : `made ${context.nextColumn()}`;

/** At a complex value, which is there once for what it belongs to. */
export const atValue = (context: PlanContext, way: Way, range: Range, left: readonly NameSegment[]): Way => ({
  ...way,
  range,
  pending: [],
  type: range.type,
  items: ownerKey(context, way),
  itemKind: ownerKind(way),
  left,
});

/**
 * The error for a value that is computed of the row that leads to an entity, which others may lead to as well: then it has several. The standard
 * wants such requests refused. Data Aggregation §3.2.1.1
 */
export function contradictory({ scope, range, pending, isShared }: Way, last: NameSegment): Error | undefined {
  const member = pending.length === 0 ? membersOf(scope, range).own.get(last.name) : undefined;
  if (!isShared || member?.kind !== 'value' || range.type.key.length === 0 || isOf(member.value, [range]))
    return undefined;
  const what = `Aggregating '${last.name}', of which one entity may have a value for each row that leads to it,`;
  return notImplemented(what, last.place);
}

/** Whether several rows may lead to the entity that a variable stands for. */
export const isSharedBy = ({ behind }: Range): boolean =>
  behind !== undefined && (behind.navigations.some(({ cast }) => !cast) || isSharedBy(behind.from));
