/** Paths of what is aggregated that lead through what the request has made: rows and values of addnested, computed values. Data Aggregation §3.1.3 */
import { untyped } from '../model/edm';
import type { NameSegment } from '../url/ast';
import { notImplemented, theseOf, type PlanContext } from './context';
import { collectionOf, isFiltered } from './made-rows';
import { instanceOf, scopeWith, type MadeRows, type Member } from './members';
import { isOf } from './mentions';
import type { Bound, Range } from './plan';
import { rowKeys } from './order';
import { asJson, callOf, record } from './own-functions';
import { memberAt, ownerKey, ownerKind, type Way } from './reach-way';
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

/** What the request computed on the way to something that its key tells apart: names of one origin stand for the same. */
export interface Given {
  readonly kind: string;
  readonly name: NameSegment;
  readonly members: readonly Member[];
}

/** That of a way, to the name that stands last on it. Nothing where no key tells anything, and where all is as it was. */
export function givenAt(way: Way, once: readonly Bound[], last?: NameSegment): readonly Given[] {
  const end = last && memberAt(way, last.name);
  const members = end ? [...way.members, end] : way.members;
  const name = last ?? way.path.at(-1);
  if (once.length === 0 || !name) return [];
  const isComputed = members.some(({ kind }) => kind === 'value');
  // What rows have that are made of a collection is made with them.
  const rows = members.findIndex((member) => member.kind !== 'value' && !instanceOf(member));
  const origin = rows < 0 ? members : members.slice(0, rows + 1);
  return [{ kind: ownerKind(way), name, members: isComputed ? origin : [] }];
}

/**
 * The error for a value that is computed of the row that leads to an entity, which others may lead to as well: then it has several. The standard
 * wants such requests refused. Data Aggregation §3.2.1.1
 */
export function contradictory(way: Way, last: NameSegment): Error | undefined {
  const { range, isShared } = way;
  const member = memberAt(way, last.name);
  if (!isShared || member?.kind !== 'value' || range.type.key.length === 0 || isOf(member.value, [range]))
    return undefined;
  return severalValues(last, 'for each row that leads to it');
}

/** The same for what is computed in several structures of rows, each for itself. */
export function unlike(given: readonly Given[]): Error | undefined {
  const found = given.find((one) => given.some((other) => other.kind === one.kind && !isSame(one, other)));
  return found && severalValues(found.name, 'in each structure of rows');
}

const isSame = ({ members }: Given, other: Given): boolean =>
  members.length === other.members.length && members.every((member, index) => member === other.members[index]);

const severalValues = ({ name, place }: NameSegment, where: string): Error =>
  notImplemented(`Aggregating '${name}', of which one entity may have a value ${where},`, place);

/** Whether several rows may lead to the entity that a variable stands for. */
export const isSharedBy = ({ behind }: Range): boolean =>
  behind !== undefined && (behind.navigations.some(({ cast }) => !cast) || isSharedBy(behind.from));
