/**
 * Collections of entities and of complex values as operands of `eq`, `ne`, `in`, `isof` and functions: they are asked member by member.
 * URL Conventions §5.1.1.1.1, §5.1.1.1.12, §5.1.1.6
 */
import { odataError } from '../error';
import { booleanType, edm, isSameType, untyped } from '../model/edm';
import { itemsNavigation } from '../model/item-type';
import type { Property } from '../model/model';
import type { Place } from '../url/ast';
import { describe, isNullable } from './coerce';
import { planEqualValues } from './comparison';
import { always, both, equal, negated } from './conditions';
import { placeOf, type PlanContext } from './context';
import type { FunctionDef } from './function-definition';
import { overloadsOf } from './functions';
import { isOfKeys, itemsTypeOf, withKeys } from './item-keys';
import type { Bound, BoundCollection, BoundMembers } from './plan';
import { at, behindItems, entityKey, noSingleValue, wholeOf } from './position';
import { presenceOf } from './presence';
import { isAlike } from './structures';

type Picked = Extract<Bound, { kind: 'picked' }>;
type Case = Extract<Bound, { kind: 'case' }>;

/** A collection of rows: of the row that starts the path, of one that a key picks, or of what the structure of the row has. */
export type Members =
  | BoundMembers
  | (Picked & { readonly value: Members })
  | (Omit<Case, 'branches'> & { readonly branches: readonly MembersWhere[] });

interface MembersWhere {
  readonly condition: Bound;
  readonly value: Members | Extract<Bound, { kind: 'null' }>;
}

/** Whether an operand is one. */
export const isMembers = (bound: Bound): bound is Members =>
  bound.kind === 'members' ||
  (bound.kind === 'picked' && isMembers(bound.value)) ||
  (bound.kind === 'case' && bound.branches.some(({ value }) => isMembers(value)));

/** All that it may be. */
function innermost(members: Members): readonly BoundMembers[] {
  if (members.kind === 'members') return [members];
  if (members.kind === 'picked') return innermost(members.value);
  return members.branches.flatMap(({ value }) => (value.kind === 'null' ? [] : innermost(value)));
}

/** The value of an operand at the place. Throws where it is a collection of rows, or of complex values. */
export function oneValue(bound: Bound, place: Place): Bound {
  const [members] = isMembers(bound) ? innermost(bound) : [];
  if (members ?? isOfKeys(bound)) throw noSingleValue(members?.place ?? place);
  return bound;
}

/** What is asked of the members; null where no row has them. */
export function ofMembers(members: Members, ask: (members: BoundMembers) => Bound): Bound {
  if (members.kind === 'members') return ask(members);
  if (members.kind === 'picked') {
    const value = ofMembers(members.value, ask);
    return { ...members, value, type: value.kind === 'null' ? booleanType : value.type };
  }
  const branches = members.branches.map(({ condition, value }) => ({
    condition,
    value: value.kind === 'null' ? value : ofMembers(value, ask),
  }));
  const [type] = branches.flatMap(({ value }) => (value.kind === 'null' ? [] : [value.type]));
  return type ? { ...members, branches, type } : { kind: 'null' };
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
  if (whole.kind !== 'property') return undefined;
  const { range, navigations } = whole;
  const found = wholeOf(behindItems({ ...at(range), navigations }, items), place);
  return isMembers(found) ? found : undefined;
}

/** True where the row is missing that the collection belongs to; undefined where it never is. */
function isMissing({ collection }: BoundMembers, place: Place): Bound | undefined {
  const { from, navigations, rows, keys } = collection;
  if (keys) return isNullable(keys) ? equal(keys, { kind: 'null' }) : undefined;
  const before = rows ? navigations : navigations.slice(0, -1);
  const last = before.at(-1);
  const there =
    from && (last ? entityKey({ ...at(from), navigations: before, type: last.target }, place) : presenceOf(from));
  return there && equal(there, { kind: 'null' });
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

/** Two collections of complex values are equal when the keys of their items are. */
export function planMembersEquality(context: PlanContext, left: Bound, right: Bound, place: Place): Bound {
  if (!isMembers(left)) return isMembers(right) ? planMembersEquality(context, right, left, place) : always(false);
  if (right.kind === 'null') return areNull(left, place);
  if (right.type === untyped && itemsTypeOf(left))
    return planEqualValues(context, withKeys(context, left, place), right, place);
  if (!(isSameType(left.type, right.type) || isAlike(left.type, right.type)) || right.kind === 'property')
    throw incomparable(left, right, place);
  for (const side of [left, right]) checkOrdered(side, place);
  return equal(withKeys(context, left, place), withKeys(context, right, place));
}

/** The same of as many items that the request writes out: none are equal to none, others are compared by their keys. */
export function equalsItems(members: Members, count: number, place: Place): Bound {
  if (count > 0) throw notCompared(place);
  return holdsOf(members, (inner) =>
    both(negated(isMissing(inner, place) ?? always(false)), negated(quantified(inner, 'any', undefined))),
  );
}

/** Entities have no order, nor has what a function gives, nor what comes of them, nor what transformations make but for those that leave some out. */
function isOrdered(operand: Bound): boolean {
  if (isMembers(operand)) return innermost(operand).every(({ collection }) => isStored(collection));
  if (!isOfKeys(operand)) return true;
  switch (operand.kind) {
    case 'gathered':
      return 'values' in operand.collection || isStored(operand.collection);
    case 'call':
      return operand.arguments.every(isOrdered);
    case 'case':
      return operand.branches.every(({ value }) => isOrdered(value));
    case 'picked':
      return isOrdered(operand.value);
    default:
      return true;
  }
}

/** Items of complex values, as a row or an expression holds them. */
const isStored = ({ rows, made, navigations, keys }: BoundCollection): boolean => {
  if (keys) return isOrdered(keys);
  if (made) return isStored(made.of);
  return !rows && navigations.at(-1)?.items !== undefined;
};

/** Throws where a collection has no order. */
export function checkOrdered(operand: Bound, place: Place): void {
  if (!isOrdered(operand)) throw notCompared(place);
}

const notCompared = (place: Place): Error =>
  odataError(
    'TypeMismatch',
    {
      message:
        'Collections of entities, and those that functions return, are not compared as a whole: use any, all or hassubset.',
    },
    placeOf(place),
  );

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
      parameters[index] === 'collection' ? one.kind === 'null' || one.type.kind === 'collection' : !isMembers(one),
    );
  if (!given.some((one) => isMembers(one) || isOfKeys(one)) || !overloadsOf(name).some(isTaken)) return undefined;
  if (given.some(({ kind }) => kind === 'null')) return { kind: 'null' };
  if (whole && isMembers(whole) && name === 'length') return planLength(whole, place);
  if (given.some(isOfCollections)) throw notCompared(place);
  if (whole && isMembers(whole) && part && isMembers(part) && name === 'hassubset' && given.some(isEntities))
    return planSubset(context, whole, part, place);
  const isUnordered = given.some((one) => !isOrdered(one));
  if (isUnordered && !['concat', 'hassubset', 'length'].includes(name))
    throw odataError(
      'TypeMismatch',
      { message: `${name} needs collections that have an order, and those of entities have none.` },
      placeOf(place),
    );
  return undefined;
}

const isOfCollections = (operand: Bound): boolean =>
  operand.kind !== 'null' && operand.type.kind === 'collection' && operand.type.of.kind === 'collection';

const isEntities = (operand: Bound): boolean =>
  isMembers(operand) && operand.type.kind === 'collection' && operand.type.of.kind === 'entity';

/** What comes of a collection that is there; null where it belongs to nothing. A function of collections is null where one of them is. URL Conventions §5.1.1.4 */
export function unlessMissing(members: Members, place: Place, ask: (members: BoundMembers) => Bound): Bound {
  return ofMembers(members, (inner) => {
    const value = ask(inner);
    const missing = isMissing(inner, place);
    if (!missing || value.kind === 'null') return value;
    return { kind: 'case', branches: [{ condition: negated(missing), value }], type: value.type, nullable: true };
  });
}

/** `length(members)` */
const planLength = (members: Members, place: Place): Bound =>
  unlessMissing(members, place, (inner) => ({
    kind: 'convert',
    operand: countOf(inner),
    type: edm('Edm.Int32'),
    nullable: false,
    mayFail: false,
  }));

/** `hassubset(whole,part)` of entities, which are there once. */
const planSubset = (context: PlanContext, whole: Members, part: Members, place: Place): Bound =>
  unlessMissing(part, place, (inner) =>
    unlessMissing(whole, place, (all) =>
      quantified(
        inner,
        'all',
        isMember(all, (member) => planEqualValues(context, member, inner.value, place)),
      ),
    ),
  );

const incomparable = (left: Bound, right: Bound, place: Place): Error =>
  odataError(
    'TypeMismatch',
    { message: `${describe(left)} cannot be compared with ${describe(right)}.` },
    placeOf(place),
  );
