/** Equality of complex values: part by part. URL Conventions §5.1.1.1.1, §5.1.1.14.2 */
import { odataError } from '../error';
import { typeName } from '../model/edm';
import type { Property } from '../model/model';
import type { Expression, ObjectExpression, Place } from '../url/ast';
import { didYouMean } from '../url/did-you-mean';
import { describe, typeOf, unify } from './coerce';
import { always, both, equal } from './conditions';
import { notImplemented, placeOf, type PlanContext, type Scope } from './context';
import { followAlias, planExpression } from './expression';
import type { Bound, BoundProperty } from './plan';

/** An object of the request, and where its aliases are looked up. */
export interface GivenObject {
  readonly node: ObjectExpression;
  readonly scope: Scope;
}

/** The object that an expression is, itself or behind an alias. */
export function objectAt(context: PlanContext, scope: Scope, node: Expression): GivenObject | undefined {
  if (node.kind === 'object') return { node, scope };
  if (node.kind !== 'alias') return undefined;
  const value = context.alias(node.name, scope.options);
  return value && objectAt(context, followAlias(scope, node), value);
}

/** Refuses a complex value where only single ones have a meaning. */
export function refuseComplex(bound: Bound, place: Place): void {
  if (typeOf(bound)?.kind === 'complex') throw notImplemented(`An operation on ${describe(bound)}`, place);
}

type Parts = ReadonlyMap<string, Property>;

const partsOf = (bound: Bound): Parts | undefined =>
  bound.kind === 'property' && bound.property.source.kind === 'complex' ? bound.property.source.properties : undefined;

const partOf = (whole: BoundProperty, property: Property): BoundProperty => ({
  ...whole,
  property,
  type: property.type,
  nullable: property.nullable || whole.nullable,
});

const incomparable = (left: Bound, right: string, place: Place): Error =>
  odataError('TypeMismatch', { message: `${describe(left)} cannot be compared with ${right}.` }, placeOf(place));

/** Two complex values of one type: equal when all their parts are. */
export function planComplexEquality(left: Bound, right: Bound, place: Place): Bound {
  const parts = partsOf(left);
  const otherParts = partsOf(right);
  if (left.kind !== 'property' || right.kind !== 'property' || !parts || !otherParts || !sameType(left, right))
    throw incomparable(left, describe(right), place);
  return [...parts.values()]
    .map((property) => {
      const [a, b] = [partOf(left, property), partOf(right, otherParts.get(property.name) ?? property)];
      return property.source.kind === 'complex' ? planComplexEquality(a, b, place) : equal(a, b);
    })
    .reduce(both, always(true));
}

const sameType = (left: BoundProperty, right: BoundProperty): boolean => typeName(left.type) === typeName(right.type);

/** A complex value and an object: what the object leaves out is null. */
export function planObjectEquality(
  context: PlanContext,
  left: Bound,
  { node, scope }: GivenObject,
  place: Place,
): Bound {
  if (left.kind === 'null') return always(false);
  const parts = partsOf(left);
  if (left.kind !== 'property' || !parts) throw incomparable(left, 'an object', place);
  for (const { name } of node.members) checkMember(left, parts, name, place);
  return [...parts.values()]
    .map((property) => planPartEquality(context, scope, partOf(left, property), memberOf(node, property.name), place))
    .reduce(both, always(true));
}

const memberOf = ({ members }: ObjectExpression, name: string): Expression | undefined =>
  members.find((member) => member.name === name)?.value;

/** Control information and annotations say nothing about the value. */
function checkMember(whole: BoundProperty, parts: Parts, name: string, place: Place): void {
  if (name.includes('@') || parts.has(name)) return;
  throw odataError(
    'UnknownProperty',
    { type: typeName(whole.type), name, hint: didYouMean(name, [...parts.keys()]) },
    placeOf(place),
  );
}

function planPartEquality(
  context: PlanContext,
  scope: Scope,
  part: BoundProperty,
  value: Expression | undefined,
  place: Place,
): Bound {
  if (!value) return equal(part, { kind: 'null' });
  const object = objectAt(context, scope, value);
  if (object) return planObjectEquality(context, part, object, place);
  const [left, right] = unify(context, part, planExpression(context, scope, value), place);
  return equal(left, right);
}
