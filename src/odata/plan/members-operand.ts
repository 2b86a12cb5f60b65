/**
 * Collections of entities and of complex values as operands of `eq`, `ne`, `in`, `isof` and functions: they are asked member by member.
 * URL Conventions §5.1.1.1.1, §5.1.1.1.12, §5.1.1.6
 */
import { odataError } from '../error';
import { booleanType, edm, isSameType } from '../model/edm';
import { itemsNavigation } from '../model/item-type';
import type { EdmType, Property } from '../model/model';
import type { Place } from '../url/ast';
import { describe } from './coerce';
import { planEqualValues, type Item } from './comparison';
import { allOf, always, anyOf, both, either, equal, negated } from './conditions';
import { notImplemented, placeOf, type PlanContext } from './context';
import type { FunctionDef } from './function-definition';
import { overloadsOf } from './functions';
import { itemPlace } from './ordinals';
import type { Bound, BoundMembers, Range } from './plan';
import { at, behindItems, entityKey, noSingleValue, wholeOf } from './position';
import { presenceOf } from './presence';
import { wholeNumber } from './row-values';

type Picked = Extract<Bound, { kind: 'picked' }>;

/** A collection of rows, of the row that starts the path or of one that a key picks. */
export type Members = BoundMembers | (Picked & { readonly value: Members });

/** Whether an operand is one. */
export const isMembers = (bound: Bound): bound is Members =>
  bound.kind === 'members' || (bound.kind === 'picked' && isMembers(bound.value));

const innermost = (members: Members): BoundMembers => (members.kind === 'members' ? members : innermost(members.value));

/** The value of an operand. Throws where it is a collection of rows. */
export function oneValue(bound: Bound): Bound {
  if (isMembers(bound)) throw noSingleValue(innermost(bound).place);
  return bound;
}

/** What is asked of the members; null where no row is picked that has them. */
export function ofMembers(members: Members, ask: (members: BoundMembers) => Bound): Bound {
  if (members.kind === 'members') return ask(members);
  const value = ofMembers(members.value, ask);
  return { ...members, value, type: value.kind === 'null' ? booleanType : value.type };
}

/** The same of a condition, which is false there. */
export const holdsOf = (members: Members, ask: (members: BoundMembers) => Bound): Bound =>
  members.kind === 'members' ? ask(members) : equal(ofMembers(members, ask), always(true));

/** Whether a condition holds for some member, or for all of them. */
export const quantified = (
  { collection }: BoundMembers,
  quantifier: 'any' | 'all',
  predicate: Bound | undefined,
): Bound => ({ kind: 'exists', collection, quantifier, predicate, type: booleanType, nullable: false });

/** `x in members`: one of them is equal to x. */
export const isMember = (members: Members, isEqual: (member: Bound) => Bound): Bound =>
  holdsOf(members, (inner) => quantified(inner, 'any', isEqual(inner.value)));

/** How many there are. */
const countOf = (members: Members, filter?: Bound): Bound =>
  ofMembers(members, ({ collection }) => ({
    kind: 'count',
    collection,
    filter,
    type: edm('Edm.Int64'),
    nullable: false,
  }));

/** The items of a collection of complex values, one of the parts of a complex value. */
export function itemsOf(whole: Bound, property: Property, place: Place): Members | undefined {
  const items = itemsNavigation(property);
  if (!items) return undefined;
  if (whole.kind === 'picked') {
    const value = itemsOf(whole.value, property, place);
    return value && { ...whole, value, type: value.type };
  }
  if (whole.kind !== 'property') return undefined;
  const { range, navigations } = whole;
  const found = wholeOf(behindItems({ ...at(range), navigations }, items), place);
  return isMembers(found) ? found : undefined;
}

/** True where the row is missing that the collection belongs to; undefined where it never is. */
function isMissing({ collection: { from, navigations, rows } }: BoundMembers, place: Place): Bound | undefined {
  const before = rows ? navigations : navigations.slice(0, -1);
  if (!from || (before.length === 0 && !from.optional)) return undefined;
  const last = before.at(-1);
  const presence = last ? entityKey({ ...at(from), navigations: before, type: last.target }, place) : presenceOf(from);
  return presence && equal(presence, { kind: 'null' });
}

/** Whether the collection is null: where it belongs to nothing. */
export const areNull = (members: Members, place: Place): Bound =>
  members.kind === 'members'
    ? (isMissing(members, place) ?? always(false))
    : negated(
        equal(
          ofMembers(members, (inner) => negated(isMissing(inner, place) ?? always(false))),
          always(true),
        ),
      );

/** Two collections of complex values are equal when they have as many items, and those at the same place are equal. */
export function planMembersEquality(context: PlanContext, left: Bound, right: Bound, place: Place): Bound {
  if (!isMembers(left)) return isMembers(right) ? planMembersEquality(context, right, left, place) : always(false);
  if (right.kind === 'null') return areNull(left, place);
  if (!isMembers(right) || !isSameType(left.type, right.type)) throw incomparable(left, right, place);
  if (left.kind === 'picked')
    return either(
      both(areNull(left, place), areNull(right, place)),
      holdsOf(left, (inner) => planMembersEquality(context, inner, right, place)),
    );
  if (right.kind === 'picked') return planMembersEquality(context, right, left, place);
  const [missing, otherMissing] = [isMissing(left, place), isMissing(right, place)];
  const nulls = missing || otherMissing ? [equal(missing ?? always(false), otherMissing ?? always(false))] : [];
  const pairs = quantified(
    left,
    'all',
    quantified(
      right,
      'any',
      both(
        equal(placeIn(left, place), placeIn(right, place)),
        planEqualValues(context, left.value, right.value, place),
      ),
    ),
  );
  return allOf([...nulls, equal(countOf(left), countOf(right)), pairs]);
}

/** The same of items that the request writes out. */
export function equalsItems(
  members: Members,
  items: readonly Item[],
  isEqual: (member: Bound, item: Item) => Bound,
  place: Place,
): Bound {
  return holdsOf(members, (inner) =>
    allOf([
      negated(isMissing(inner, place) ?? always(false)),
      equal(countOf(inner), wholeNumber(items.length)),
      ...items.map((item, index) =>
        quantified(
          inner,
          'any',
          both(equal(placeIn(inner, place), wholeNumber(index + 1)), isEqual(inner.value, item)),
        ),
      ),
    ]),
  );
}

/** The place of a member; entities have none, and what a `/$filter` leaves has lost it. */
function placeIn({ collection: { range, navigations, filter } }: BoundMembers, place: Place): Bound {
  if (!navigations.at(-1)?.items)
    throw odataError(
      'TypeMismatch',
      {
        message:
          'Collections of entities, and those that functions return, are not compared as a whole: use any, all or hassubset.',
      },
      placeOf(place),
    );
  if (filter) throw notImplemented('Comparing what a /$filter leaves of a collection of complex values', place);
  return itemPlace(range);
}

/** A function of collections of rows; undefined where none of its overloads takes them. URL Conventions §5.1.1.5, §5.1.1.6 */
export function planMembersCall(
  context: PlanContext,
  name: string,
  given: readonly Bound[],
  place: Place,
): Bound | undefined {
  const [whole, part] = given;
  const isTaken = ({ parameters }: FunctionDef): boolean =>
    parameters.length === given.length &&
    given.every((one, index) =>
      parameters[index] === 'collection'
        ? isMembers(one) || one.kind === 'null' || one.kind === 'list'
        : !isMembers(one),
    );
  if (!given.some(isMembers) || !overloadsOf(name).some(isTaken)) return undefined;
  if (given.some(({ kind }) => kind === 'null')) return { kind: 'null' };
  if (whole && isMembers(whole) && name === 'length') return planLength(whole, place);
  if (whole && isMembers(whole) && part && isMembers(part) && name === 'hassubset')
    return planSubset(context, whole, part, place);
  const isUnordered = given.some(
    (one) => isMembers(one) && one.type.kind === 'collection' && one.type.of.kind === 'entity',
  );
  if (isUnordered && name !== 'concat' && name !== 'hassubset')
    throw odataError(
      'TypeMismatch',
      { message: `${name} needs collections that have an order, and those of entities have none.` },
      placeOf(place),
    );
  throw notImplemented(`${name} of ${given.map(describe).join(' and ')}`, place);
}

/** A function of collections is null where one of them is. URL Conventions §5.1.1.4 */
function unlessNull(all: readonly Members[], value: Bound, type: EdmType, place: Place): Bound {
  const nulls = all.map((members) => areNull(members, place)).filter(({ kind }) => kind !== 'boolean');
  if (nulls.length === 0) return value;
  return { kind: 'case', branches: [{ condition: negated(anyOf(nulls)), value }], type, nullable: true };
}

/** `length(members)` */
function planLength(members: Members, place: Place): Bound {
  const type = edm('Edm.Int32');
  const value: Bound = { kind: 'convert', operand: countOf(members), type, nullable: true, mayFail: false };
  return unlessNull([members], value, type, place);
}

/** `hassubset(whole,part)`: entities are there once; of complex values that are equal the whole has as many as the part. */
const planSubset = (context: PlanContext, whole: Members, part: Members, place: Place): Bound =>
  unlessNull(
    [whole, part],
    holdsOf(part, (inner) => isSubset(context, whole, inner, place)),
    booleanType,
    place,
  );

function isSubset(context: PlanContext, whole: Members, part: BoundMembers, place: Place): Bound {
  const isEqual = (member: Bound): Bound => planEqualValues(context, member, part.value, place);
  const { collection } = part;
  if (part.type.of.kind === 'entity') return quantified(part, 'all', isMember(whole, isEqual));
  if (collection.filter) throw notImplemented('hassubset with what a /$filter leaves of a collection of values', place);
  const range: Range = { ...collection.range };
  const same: BoundMembers = { ...part, collection: { ...collection, range }, value: wholeOf(at(range), place) };
  const found = (members: Members): Bound => ofMembers(members, (inner) => countOf(inner, isEqual(inner.value)));
  return quantified(part, 'all', {
    kind: 'comparison',
    operator: 'le',
    left: found(same),
    right: found(whole),
    type: booleanType,
    nullable: false,
  });
}

const incomparable = (left: Bound, right: Bound, place: Place): Error =>
  odataError(
    'TypeMismatch',
    { message: `${describe(left)} cannot be compared with ${describe(right)}.` },
    placeOf(place),
  );
