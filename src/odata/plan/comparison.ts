/** eq, ne, gt, ge, lt, le, in and has. URL Conventions §5.1.1.1 */
import { odataError } from '../error';
import { booleanType, untyped } from '../model/edm';
import type { EdmType } from '../model/model';
import type { Binary, Expression, Place } from '../url/ast';
import { describe, typeOf, unify, untypedItems } from './coerce';
import { elementOf } from './collection-property';
import { allOf, always, anyOf, areNull, both, equal, isNotNull, unequal } from './conditions';
import { placeOf, type PlanContext, type Scope } from './context';
import { planAny, planExpression } from './expression';
import { followAlias } from './followed-alias';
import { isOfKeys, itemsTypeOf, keyAs } from './item-keys';
import { checkLength, planMember, withOneElementType } from './list';
import { checkOrdered, equalsItems, isMember, isMembers, oneValue, planMembersEquality } from './members-operand';
import { planObject } from './object-value';
import type { Bound, ComparisonOperator, Element } from './plan';
import { wholesOf } from './row-identity';
import {
  leadsToEntities,
  objectAt,
  planComplexEquality,
  planEntityEquality,
  planObjectEquality,
  type GivenObject,
} from './structured';
import { isOtherStructure } from './structures';

/** A comparison: never null, whatever its sides are. */
export function planComparison(context: PlanContext, scope: Scope, node: Binary, operator: ComparisonOperator): Bound {
  if (operator !== 'eq' && operator !== 'ne') return planOrdering(context, scope, node, operator);
  const equality = planEquality(context, scope, node);
  return operator === 'eq' ? equality : unequal(equality);
}

function planOrdering(context: PlanContext, scope: Scope, node: Binary, operator: ComparisonOperator): Bound {
  const [left, right] = unify(
    context,
    planExpression(context, scope, node.left),
    planExpression(context, scope, node.right),
    node.place,
  );
  // What tells its type itself may be of one that has an order; with null that is all the same.
  const isWithNull = left.kind === 'null' || right.kind === 'null';
  for (const side of [left, right]) if (!isWithNull || typeOf(side) !== untyped) refuseUnordered(side, node.place);
  return { kind: 'comparison', operator, left, right, type: booleanType, nullable: false };
}

function refuseUnordered(side: Bound, place: Place): void {
  const type = typeOf(side);
  if (!type || type.kind === 'enum' || (type.kind === 'primitive' && type.name !== 'Edm.Binary')) return;
  throw odataError('TypeMismatch', { message: `${describe(side)} has no order.` }, placeOf(place));
}

/** Equality of single values, and of what has parts: entities, complex values, objects, collections. */
function planEquality(context: PlanContext, scope: Scope, { left, right, place }: Binary): Bound {
  const [items, others] = [listItems(context, scope, left), listItems(context, scope, right)];
  if (items && others && [...items, ...others].some(({ item }) => item.kind !== 'literal'))
    return planPairs(context, items, others, place);
  const isWritten = (node: Expression): boolean =>
    objectAt(context, scope, node) !== undefined || listItems(context, scope, node) !== undefined;
  const [one, other] = isWritten(left) && !isWritten(right) ? [right, left] : [left, right];
  if (objectAt(context, scope, one))
    throw odataError('TypeMismatch', { message: 'Two objects are compared, but neither has a type.' }, placeOf(place));
  return planEqualTo(context, scope, planAny(context, scope, one), other, place);
}

/** What two members of lists count for that are compared, beside what they are. */
const PAIR_PARTS = 1;

/** Two lists are equal when they are as long, and their members at each place are equal: of any types. */
function planPairs(context: PlanContext, items: readonly Item[], others: readonly Item[], place: Place): Bound {
  context.count(place, PAIR_PARTS * items.length);
  const pairs = items.flatMap((one, index) => {
    const other = others[index];
    return other ? [planItemEquality(context, one, other, place)] : [];
  });
  return items.length === others.length ? allOf(pairs) : always(false);
}

/** The aliases of both are looked up where each stands. */
function planItemEquality(context: PlanContext, one: Item, other: Item, place: Place): Bound {
  const [items, others] = [one, other].map(({ scope, item }) => listItems(context, scope, item));
  if (items && others) return planPairs(context, items, others, place);
  if (objectAt(context, one.scope, one.item) && !objectAt(context, other.scope, other.item))
    return planItemEquality(context, other, one, place);
  return planEqualTo(context, other.scope, planAny(context, one.scope, one.item), other.item, place);
}

/** A value equals what an expression says, which may be written out as an object or a list. */
export function planEqualTo(context: PlanContext, scope: Scope, value: Bound, node: Expression, place: Place): Bound {
  const object = objectAt(context, scope, node);
  // What tells its type itself does not say which type the object is of.
  const typed = object && typeOf(value) === untyped ? planObject(context, scope, node) : undefined;
  if (typed) return planEqualValues(context, value, typed, place);
  if (object) return planObjectEquality(context, oneValue(value, place), object, place);
  const of = itemsTypeOf(value);
  const items = isMembers(value) ? listItems(context, scope, node) : undefined;
  if (isMembers(value) && items && (items.length === 0 || !of)) return equalsItems(value, items.length, place);
  return planEqualValues(context, value, planAny(context, scope, node, of), place);
}

/** Equality of two values that are planned. */
export function planEqualValues(context: PlanContext, left: Bound, right: Bound, place: Place): Bound {
  if (isMembers(left) || isMembers(right)) return planMembersEquality(context, left, right, place);
  if (left.kind === 'null' || right.kind === 'null') return equal(left, right);
  const sides = [left, right];
  const ofWhole = { kind: 'name', name: '', place } as const;
  const [whole, same] = (sides.some(leadsToEntities) && wholesOf(context, sides, ofWhole)) || [];
  if (whole && same) return planEntityEquality(context, whole, same, place);
  if (left.type.kind === 'entity' && right.type.kind === 'entity')
    return planEntityEquality(context, left, right, place);
  const [open, of] = left.type === untyped ? [left, right.type] : [right, left.type];
  if (open.type === untyped && of.kind === 'complex') return equalKeys(context, left, right, of, place);
  if (left.type.kind === 'complex' || right.type.kind === 'complex')
    return planComplexEquality(context, left, right, place);
  if (left.type.kind !== 'collection' && right.type.kind !== 'collection')
    return equalSingles(left, right, unify(context, left, right, place));
  for (const side of [left, right]) checkOrdered(side, place);
  const [one, other] = withOneElementType(context, [left, right], place);
  if (one && other && typeOf(one)?.kind === typeOf(other)?.kind) return equal(one, other);
  throw odataError(
    'TypeMismatch',
    { message: `${describe(left)} cannot be compared with ${describe(right)}.` },
    placeOf(place),
  );
}

/** Of a value that tells its type itself nothing is left where it is of another one: it is null only where it was before they got one type. */
function equalSingles(left: Bound, right: Bound, [one, other]: readonly [Bound, Bound]): Bound {
  const equality = equal(one, other);
  const isOpen = (typeOf(left) === untyped) !== (typeOf(right) === untyped);
  return isOpen && [left, right].every((side) => side.kind !== 'null' && side.nullable)
    ? both(equality, equal(isNotNull(left), isNotNull(right)))
    : equality;
}

/** The right side is a list, an alias with a JSON array, or a collection of values or rows. URL Conventions §5.1.1.1.12 */
export function planIn(context: PlanContext, scope: Scope, { left, right, place }: Binary): Bound {
  const written = listItems(context, scope, left);
  const items = listItems(context, scope, right);
  if (written && items)
    return anyOf(items.map((item) => planItemEquality(context, { scope, item: left }, item, item.item.place)));
  const operand = objectAt(context, scope, left) ? undefined : planExpression(context, scope, left);
  const isEqual = (value: Bound): Bound =>
    operand
      ? planEqualValues(context, operand, value, place)
      : planEqualTo(context, scope, oneValue(value, place), left, place);
  if (!items) {
    const values = planAny(context, scope, right);
    if (isMembers(values)) return isMember(values, isEqual);
    if (isOfKeys(values)) return planKeyMembership(context, operand ?? objectAt(context, scope, left), values, place);
    const isOpen = typeOf(values) === untyped;
    return planMembership(
      context,
      operand ?? planExpression(context, scope, left),
      isOpen ? untypedItems(values) : values,
      place,
    );
  }
  const isWhole =
    !operand ||
    isStructure(operand) ||
    items.some(({ item, scope: inner }) => item.kind === 'list' || objectAt(context, inner, item));
  if (!isWhole) return planInList(context, operand, items);
  return anyOf(
    items.map(({ scope: inner, item }) =>
      operand ? planEqualTo(context, inner, operand, item, item.place) : isEqual(planExpression(context, inner, item)),
    ),
  );
}

/** A value with parts, which are compared one by one. */
const isStructure = (bound: Bound): boolean => ['complex', 'entity', 'collection'].includes(typeOf(bound)?.kind ?? '');

/** An item that the operand must be promoted for is compared on its own: `lineNumber in (1, 1.5)`. */
function planInList(context: PlanContext, operand: Bound, given: readonly Item[]): Bound {
  const among = (items: readonly Bound[]): Bound => ({
    kind: 'in',
    operand,
    items,
    type: booleanType,
    nullable: false,
  });
  const first = given.find(({ item }) => item.kind === 'literal')?.item;
  const type = operand.kind === 'value' ? undefined : typeOf(operand);
  const before = first && context.lists.get(first);
  const known = type && before?.get(type);
  if (known) return among(known);
  const pairs = given.map(({ scope, item }) => {
    const member = planMember(context, scope, item);
    return [...unify(context, operand, member, item.place), member] as const;
  });
  // What may be null is compared on its own: null is equal to null.
  const isListed = ([left, item]: readonly [Bound, Bound, Bound]): boolean =>
    left === operand && (item.kind === 'null' || !item.nullable);
  const items = pairs.filter(isListed).map(([, item]) => item);
  const rest = pairs
    .filter((pair) => !isListed(pair))
    .map(([one, other, member]) => equalSingles(operand, member, [one, other]));
  if (first && type && rest.length === 0 && given.every(({ item: { kind } }) => kind === 'literal' || kind === 'null'))
    context.lists.set(first, new Map(before).set(type, items));
  return anyOf([among(items), ...rest]);
}

/** `x in tags`: some member equals x, and null where one is null. */
function planMembership(context: PlanContext, operand: Bound, values: Bound, place: Place): Bound {
  if (values.kind === 'null') return always(false);
  if (values.type.kind !== 'collection')
    throw odataError('TypeMismatch', { message: "The right side of 'in' must be a collection." }, placeOf(place));
  const element: Element = { name: 'in', type: values.type.of, nullable: true };
  const item = elementOf(element);
  return {
    kind: 'exists',
    collection: { values, element },
    quantifier: 'any',
    predicate: equalSingles(operand, item, unify(context, operand, item, place)),
    type: booleanType,
    nullable: false,
  };
}

/** The same of complex values and entities. */
function planKeyMembership(
  context: PlanContext,
  operand: Bound | GivenObject | undefined,
  values: Bound,
  place: Place,
): Bound {
  const type = typeOf(values);
  if (type?.kind !== 'collection') throw new Error('Keys are a collection');
  const { of } = type;
  const element: Element = { name: 'in', type: of, nullable: true };
  const predicate = equalKeys(context, elementOf(element), operand ?? { kind: 'null' }, of, place);
  return {
    kind: 'exists',
    collection: { values, element },
    quantifier: 'any',
    predicate,
    type: booleanType,
    nullable: false,
  };
}

/** Two values of a type are equal where their keys are, in lists of one. */
function equalKeys(
  context: PlanContext,
  left: Bound | GivenObject,
  right: Bound | GivenObject,
  of: EdmType,
  place: Place,
): Bound {
  const isOther = (side: Bound | GivenObject): side is Bound =>
    !('node' in side) && side.kind !== 'null' && isOtherStructure(side.type, of);
  if (!('node' in left) && isOther(right)) return areNull(left, right);
  const [one, other] = [left, right].map((side): Bound => ({
    kind: 'list',
    items: [keyAs(context, side, of, place)],
    type: { kind: 'collection', of },
    nullable: false,
  }));
  return one && other ? equal(one, other) : always(false);
}

/** A member of a list, and where its aliases are looked up. */
export interface Item {
  readonly scope: Scope;
  readonly item: Expression;
}

/** The members of a list, which may stand in an alias; undefined when the expression is no list. */
export function listItems(context: PlanContext, scope: Scope, node: Expression): readonly Item[] | undefined {
  if (node.kind === 'list') {
    checkLength(context, node);
    return node.items.map((item) => ({ scope, item }));
  }
  if (node.kind !== 'alias') return undefined;
  const value = context.alias(node.name, scope.options);
  return value && listItems(context, followAlias(context, scope, node), value);
}

/** Flags. URL Conventions §5.1.1.1.11 */
export function planHas(context: PlanContext, scope: Scope, node: Binary): Bound {
  const [left, right] = unify(
    context,
    planExpression(context, scope, node.left),
    planExpression(context, scope, node.right),
    node.place,
  );
  const type = typeOf(left);
  if (left.kind === 'null' || right.kind === 'null') return { kind: 'null' };
  if (type?.kind !== 'enum' || !type.isFlags)
    throw odataError(
      'TypeMismatch',
      { message: `'has' needs an enumeration with flags on its left, but found ${describe(left)}.` },
      placeOf(node.place),
    );
  return { kind: 'has', left, right, type: booleanType, nullable: left.nullable || right.nullable };
}
