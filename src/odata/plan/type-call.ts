/** Types in expressions. URL Conventions §5.1.1.10 */
import { odataError } from '../error';
import { isSameType, numericRank, typeName, untyped } from '../model/edm';
import { isOfType } from '../model/inheritance';
import type { EdmType, EntityType } from '../model/model';
import type { Call, Expression, Path, Place, TypeNameExpression } from '../url/ast';
import { castNavigation } from './cast';
import { convert, describe, typeOf } from './coerce';
import { always, isNotNull } from './conditions';
import { notImplemented, placeOf, type PlanContext, type Scope } from './context';
import { castToDefinition, isOfDefinition, type DefinedType } from './defined-type';
import { planExpression } from './expression';
import { variableAt } from './member-path';
import { planObject } from './object-value';
import { at, entityKey } from './position';
import type { Bound } from './plan';
import { definitionNamed, resolveType } from './type-names';

/** `cast(…)` or `isof(…)`, of an expression or of the current entity. */
export function planTypeCall(context: PlanContext, scope: Scope, node: Call, name: 'cast' | 'isof'): Bound {
  const [first, second] = node.arguments;
  const target = second ?? first;
  if (!target || node.arguments.length > 2)
    throw odataError('TypeMismatch', { message: `${name} takes an expression and a type.` }, placeOf(node.place));
  const named = typeArgument(target);
  const type = resolveType(context, named);
  if (type.kind === 'entity') return ofEntity(context, scope, name, type, (second && first) ?? currentInstance);
  const operand = second && first ? planOperand(context, scope, first) : currentValue(context, scope);
  const definition = definitionNamed(context, named);
  if (definition) {
    const defined: DefinedType = { definition, type };
    if (name === 'isof') return isOfDefinition(operand, defined, named.place);
    return castToDefinition(operand, defined, named.place, (to) => planCast(context, operand, to, node.place));
  }
  if (name === 'isof')
    return planIsOf(typeOf(operand) === untyped ? (convert(context, operand, type) ?? operand) : operand, type);
  return planCast(context, operand, type, node.place);
}

const planOperand = (context: PlanContext, scope: Scope, node: Expression): Bound =>
  planObject(context, scope, node) ?? planExpression(context, scope, node);

/** The item that options speak of; null where they speak of entities, which are of no such type. */
function currentValue(context: PlanContext, scope: Scope): Bound {
  const isValue = scope.elements?.has('$this') === true || scope.current.type.item !== undefined;
  return isValue ? planExpression(context, scope, currentInstance) : { kind: 'null' };
}

function typeArgument(node: Expression): TypeNameExpression {
  if (node.kind === 'type') return node;
  throw odataError(
    'TypeMismatch',
    { message: 'The name of a type is expected here, such as Edm.String.' },
    placeOf(node.place),
  );
}

const planIsOf = (operand: Bound, type: EdmType): Bound =>
  operand.kind !== 'null' && isSameType(operand.type, type) ? isNotNull(operand) : always(false);

/** URL Conventions §5.1.1.10.1: what cannot be cast becomes null. */
function planCast(context: PlanContext, operand: Bound, type: EdmType, place: Place): Bound {
  if (operand.kind === 'null' || isSameType(operand.type, type)) return operand;
  if (operand.type.kind === 'complex') return { kind: 'null' };
  if (operand.kind === 'value' && operand.literal && operand.literal.type !== 'string' && numericRank(type) > 0) {
    const value = convert(context, operand, type);
    if (value && typeOf(value) === type) return value;
  }
  if (type.kind !== 'primitive' && type.kind !== 'enum') throw notImplemented(`cast to ${typeName(type)}`, place);
  return { kind: 'convert', operand, type, nullable: true, mayFail: true };
}

/** An entity is of its own type and of those that this one is derived from. */
function ofEntity(
  context: PlanContext,
  scope: Scope,
  name: 'cast' | 'isof',
  type: EntityType,
  node: Expression,
): Bound {
  const isCast = name === 'cast';
  const path = pathOf(node);
  const range = path && variableAt(context, scope, path);
  if (range && isOfType(range.type, type)) return isCast ? entityKey(at(range), node.place) : always(true);
  const value = range ? entityKey(at(range), node.place) : planExpression(context, scope, node);
  const found = typeOf(value);
  if (found?.kind !== 'entity' || !(isOfType(found, type) || isOfType(type, found)))
    return isCast ? { kind: 'null' } : always(false);
  const seen = isOfType(found, type) ? value : entityAs(value, type);
  if (!seen) throw notImplemented(`${name} of ${describe(value)}`, node.place);
  return isCast ? seen : isNotNull(seen);
}

/** An expression as a path, when it is one; aliases can stand for one. */
const pathOf = (node: Expression): Path | undefined =>
  node.kind === 'alias'
    ? { kind: 'path', alias: node, segments: [], place: node.place }
    : node.kind === 'path'
      ? node
      : undefined;

/** The value that stands for an entity, null where it is not of the derived type; undefined where that cannot be told of it. */
function entityAs(value: Bound, type: EntityType): Bound | undefined {
  if (value.kind === 'property')
    return { ...value, navigations: [...value.navigations, castNavigation(type)], type, nullable: true };
  const inner = value.kind === 'picked' && entityAs(value.value, type);
  return inner ? { ...value, kind: 'picked', value: inner, type } : undefined;
}

const currentInstance: Expression = { kind: 'path', root: '$this', segments: [], place: { source: '$filter', at: 0 } };
