/** eq, ne, gt, ge, lt, le, in and has. URL Conventions §5.1.1.1 */
import { odataError } from '../error';
import { booleanType, untyped } from '../model/edm';
import type { Binary, Expression, ListExpression, Place } from '../url/ast';
import { describe, typeOf, unify, untypedItems } from './coerce';
import { always, anyOf, equal, unequal } from './conditions';
import { notImplemented, placeOf, type PlanContext, type Scope } from './context';
import { followAlias, planAny, planExpression } from './expression';
import { checkLength, withOneElementType } from './list';
import type { Bound, ComparisonOperator, Element } from './plan';
import { objectAt, planComplexEquality, planObjectEquality, refuseComplex } from './structured';

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
  for (const side of [left, right]) refuseUnordered(side, node.place);
  return { kind: 'comparison', operator, left, right, type: booleanType, nullable: false };
}

function refuseUnordered(side: Bound, place: Place): void {
  const type = typeOf(side);
  if (!type || type.kind === 'enum' || (type.kind === 'primitive' && type.name !== 'Edm.Binary')) return;
  throw odataError('TypeMismatch', { message: `${describe(side)} has no order.` }, placeOf(place));
}

/** Equality of single values, and of what has parts: complex values, objects, collections. */
function planEquality(context: PlanContext, scope: Scope, { left, right, place }: Binary): Bound {
  const [leftObject, rightObject] = [objectAt(context, scope, left), objectAt(context, scope, right)];
  if (leftObject && rightObject)
    throw odataError('TypeMismatch', { message: 'Two objects are compared, but neither has a type.' }, placeOf(place));
  if (leftObject) return planObjectEquality(context, planExpression(context, scope, right), leftObject, place);
  if (rightObject) return planObjectEquality(context, planExpression(context, scope, left), rightObject, place);
  return planEqualValues(context, planAny(context, scope, left), planAny(context, scope, right), place);
}

function planEqualValues(context: PlanContext, left: Bound, right: Bound, place: Place): Bound {
  if (left.kind === 'null' || right.kind === 'null') return equal(left, right);
  if (left.type.kind === 'entity' && left.type.key.length !== 1)
    throw notImplemented(`Comparing entities of '${left.type.name}', whose key has not one part,`, place);
  if (left.type.kind === 'complex' || right.type.kind === 'complex') return planComplexEquality(left, right, place);
  if (left.type.kind !== 'collection' && right.type.kind !== 'collection')
    return equal(...unify(context, left, right, place));
  const [one, other] = withOneElementType(context, [left, right], place);
  if (one && other && typeOf(one)?.kind === typeOf(other)?.kind) return equal(one, other);
  throw odataError(
    'TypeMismatch',
    { message: `${describe(left)} cannot be compared with ${describe(right)}.` },
    placeOf(place),
  );
}

/** The right side is a list, an alias with a JSON array, or a collection of values. URL Conventions §5.1.1.1.12 */
export function planIn(context: PlanContext, scope: Scope, node: Binary): Bound {
  const operand = planExpression(context, scope, node.left);
  const items = listItems(context, scope, node.right);
  if (!items) {
    const values = planExpression(context, scope, node.right);
    const isOpen = typeOf(values) === untyped;
    return planMembership(context, operand, isOpen ? untypedItems(values) : values, node.place);
  }
  const objects = items.filter(({ item, scope: inner }) => objectAt(context, inner, item));
  if (objects.length > 0 || typeOf(operand)?.kind === 'complex')
    return anyOf(items.map(({ scope: inner, item }) => equalTo(context, inner, operand, item)));
  refuseComplex(operand, node.place);
  return planInList(context, operand, items);
}

/** An item that the operand must be promoted for is compared on its own: `lineNumber in (1, 1.5)`. */
function planInList(context: PlanContext, operand: Bound, given: readonly Item[]): Bound {
  const pairs = given.map(({ scope, item }) =>
    unify(context, operand, planExpression(context, scope, item), item.place),
  );
  const items = pairs.flatMap(([left, item]) => (left === operand ? [item] : []));
  const rest = pairs.filter(([left]) => left !== operand).map(([left, right]) => equal(left, right));
  return anyOf([{ kind: 'in', operand, items, type: booleanType, nullable: false }, ...rest]);
}

function equalTo(context: PlanContext, scope: Scope, operand: Bound, item: Expression): Bound {
  const object = objectAt(context, scope, item);
  if (object) return planObjectEquality(context, operand, object, item.place);
  return planEqualValues(context, operand, planExpression(context, scope, item), item.place);
}

/** `x in tags`: some member equals x, and null where one is null. */
function planMembership(context: PlanContext, operand: Bound, values: Bound, place: Place): Bound {
  if (values.kind === 'null') return always(false);
  if (values.type.kind !== 'collection')
    throw odataError('TypeMismatch', { message: "The right side of 'in' must be a collection." }, placeOf(place));
  const element: Element = { name: 'in', type: values.type.of, nullable: true };
  const member: Bound = { kind: 'element', element, type: element.type, nullable: true };
  const [left, right] = unify(context, operand, member, place);
  return {
    kind: 'exists',
    collection: { values, element },
    quantifier: 'any',
    predicate: equal(left, right),
    type: booleanType,
    nullable: false,
  };
}

interface Item {
  readonly scope: Scope;
  readonly item: Expression;
}

/** The members of a list, which may stand in an alias; undefined when the expression is no list. */
function listItems(context: PlanContext, scope: Scope, node: Expression): readonly Item[] | undefined {
  if (node.kind === 'list') return flatten(context, node).map((item) => ({ scope, item }));
  if (node.kind !== 'alias') return undefined;
  const value = context.alias(node.name, scope.options);
  return value ? listItems(context, followAlias(scope, node), value) : [];
}

/** `(["a","b"])` means the same as `["a","b"]`. */
function flatten(context: PlanContext, node: ListExpression): readonly Expression[] {
  checkLength(context, node);
  const [only] = node.items;
  return node.items.length === 1 && only?.kind === 'list' ? flatten(context, only) : node.items;
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
