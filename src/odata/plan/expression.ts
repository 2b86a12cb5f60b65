/** Ast expressions become Bound expressions: names resolved, types agreed. URL Conventions §5.1.1 */
import { odataError, unreachable } from '../error';
import type { ComplexType, EdmType } from '../model/model';
import type { AliasReference, Binary, Call, Case, Expression, Literal, Place, Unary } from '../url/ast';
import { didYouMean } from '../url/did-you-mean';
import { functionsElsewhere } from '../url/habits';
import { planBareCall } from './called-function';
import { caseOf } from './case-value';
import { argumentAs, besideExact, convert, describe, isNullable, typeOf, widestNumber } from './coerce';
import { both, either, isNotNull, negated } from './conditions';
import { comparing, notImplemented, placeOf, type PlanContext, type Scope } from './context';
import { booleanType, edm, numericRank, untyped } from '../model/edm';
import { followAlias } from './followed-alias';
import type { FunctionDef } from './function-definition';
import { functionNames, knownFunctions, overloadsOf } from './functions';
import { literalValue } from './literal';
import { planComparison, planHas, planIn } from './comparison';
import { itemsTypeOf, planArguments, withKeys } from './item-keys';
import { planList, withOneElementType } from './list';
import { planOperand } from './member-path';
import { oneValue, planMembersCall } from './members-operand';
import { sizeOf } from './operands';
import { planIsDefined } from './row-paths';
import { planObject } from './object-value';
import type { Bound } from './plan';
import { planTypeCall } from './type-call';

/** Any expression that has a value. Throws when a name, a type or an operator does not fit. */
export const planExpression = (context: PlanContext, scope: Scope, node: Expression): Bound =>
  oneValue(planWhole(context, scope, node), node.place);

/** Any expression, or a collection of rows, or of keys. */
const planWhole = (context: PlanContext, scope: Scope, node: Expression): Bound =>
  context.within(node, () => planNode(context, scope, node));

function planNode(context: PlanContext, scope: Scope, node: Expression): Bound {
  switch (node.kind) {
    case 'literal':
      return planLiteral(context, node);
    case 'null':
      return { kind: 'null' };
    case 'alias':
      return planAlias(context, scope, node);
    case 'unary':
      return planUnary(context, scope, node);
    case 'binary':
      return planBinary(context, scope, node);
    case 'call':
      return planCall(context, scope, node);
    case 'case':
      return planCase(context, scope, node);
    case 'path':
      return planOperand(context, scope, node);
    case 'type':
    case 'list':
    case 'object':
      throw odataError('TypeMismatch', { message: 'A single value is expected here.' }, placeOf(node.place));
    default:
      return unreachable(node);
  }
}

/** An expression that must be true or false. `what` names it in the message. */
export function planCondition(context: PlanContext, scope: Scope, node: Expression, what: string): Bound {
  const bound = planExpression(context, comparing(scope), node);
  if (bound.kind === 'null') return bound;
  const converted = convert(context, bound, booleanType);
  if (converted) return converted;
  throw odataError(
    'TypeMismatch',
    { message: `${what} must be true or false, but it is ${describe(bound)}.` },
    placeOf(node.place),
  );
}

/** The value of a literal. */
export function planLiteral(context: PlanContext, node: Literal): Bound {
  if (node.type === 'boolean')
    return { kind: 'boolean', value: node.text.toLowerCase() === 'true', type: booleanType, nullable: false };
  return literalValue(context, node);
}

function planAlias(context: PlanContext, scope: Scope, node: AliasReference): Bound {
  const known = context.value(node.name);
  if (known) {
    context.count(node.place, sizeOf(known));
    return known;
  }
  const value = context.alias(node.name, scope.options);
  if (!value) return { kind: 'null' };
  return planWhole(context, followAlias(context, scope, node), value);
}

function planUnary(context: PlanContext, scope: Scope, node: Unary): Bound {
  if (node.operator === 'negate')
    return planOverload(context, 'negate', [planExpression(context, scope, node.operand)], node.place);
  return negated(planCondition(context, scope, node.operand, 'The operand of not'));
}

function planBinary(context: PlanContext, scope: Scope, node: Binary): Bound {
  switch (node.operator) {
    case 'and':
    case 'or': {
      const left = planCondition(context, scope, node.left, `The left side of ${node.operator}`);
      const right = planCondition(context, scope, node.right, `The right side of ${node.operator}`);
      return node.operator === 'and' ? both(left, right) : either(left, right);
    }
    case 'eq':
    case 'ne':
    case 'gt':
    case 'ge':
    case 'lt':
    case 'le':
      return planComparison(context, comparing(scope), node, node.operator);
    case 'in':
      return planIn(context, comparing(scope), node);
    case 'has':
      return planHas(context, scope, node);
    default:
      return planOverload(
        context,
        node.operator,
        [planExpression(context, scope, node.left), planExpression(context, scope, node.right)],
        node.place,
      );
  }
}

function planCall(context: PlanContext, scope: Scope, node: Call): Bound {
  const name = node.name.toLowerCase();
  if (name === 'cast' || name === 'isof')
    return planTypeCall(context, name === 'isof' ? comparing(scope) : scope, node, name);
  if (name === 'isdefined') return planIsDefinedCall(context, scope, node);
  if (overloadsOf(name).length === 0) {
    const called = planBareCall(context, scope, node);
    if (called) return called;
    throw unknownFunction(node);
  }
  const isCompared = overloadsOf(name).every(({ result }) => result !== 'first');
  const given = planArguments(context, isCompared ? comparing(scope) : scope, node.arguments);
  const called = planMembersCall(context, name, given, node.place);
  if (called) return called;
  const operands = given.map((one) => withKeys(context, one, node.place));
  return planOverload(context, name, operands, node.place);
}

/** Data Aggregation §3.7 */
function planIsDefinedCall(context: PlanContext, scope: Scope, { arguments: given, place }: Call): Bound {
  const [path] = given;
  if (given.length === 1 && path?.kind === 'path') return planIsDefined(context, scope, path);
  throw odataError('TypeMismatch', { message: 'isdefined takes the path of a property.' }, placeOf(place));
}

/** Any expression, or a collection: of rows, written out, or of the keys of complex values. */
export const planAny = (context: PlanContext, scope: Scope, node: Expression, of?: ComplexType): Bound =>
  planList(context, scope, node, of) ?? planWhole(context, scope, node);

const unknownFunction = (node: Call): Error =>
  knownFunctions.includes(node.name.toLowerCase())
    ? notImplemented(`The function ${node.name}`, node.place)
    : odataError(
        'UnknownFunction',
        { name: node.name, hint: didYouMean(node.name, functionNames, functionsElsewhere) },
        placeOf(node.place),
      );

/** Picks the overload that the arguments fit; with a null among them the result is null. */
function planOverload(context: PlanContext, name: string, given: readonly Bound[], place: Place): Bound {
  const operands = withOneElementType(context, given, place);
  const exactly = ({ parameters }: FunctionDef): number =>
    parameters.filter((kind, index) => typeOf(operands[index] ?? { kind: 'null' }) === naturalType(kind)).length;
  // A date is promoted where nothing takes it as such.
  const candidates = overloadsOf(name)
    .filter(({ parameters }) => parameters.length === operands.length)
    .toSorted((one, other) => exactly(other) - exactly(one));
  const exact = candidates.find((candidate) => exactly(candidate) === operands.length);
  const isOpen = operands.some((operand) => typeOf(operand) === untyped);
  const fits: Bound[] = [];
  for (const definition of exact ? [exact] : candidates) {
    const fitting = definition.parameters.map((kind, index) =>
      argumentAs(context, operands[index] ?? { kind: 'null' }, kind, place),
    );
    if (!fitting.every((argument): argument is Bound => argument !== undefined)) continue;
    fits.push(applied(context, definition, fitting));
    if (!isOpen) break;
  }
  const [first, ...others] = fits;
  if (first) return others.length === 0 ? first : firstNotNull(context, first, others, place);
  const found = operands.map(describe).join(', ');
  const expected = overloadsOf(name).map(
    ({ parameters }) => `(${parameters.map((kind) => kind.replace('Edm.', '')).join(', ')})`,
  );
  throw odataError(
    'TypeMismatch',
    { message: `${name} cannot be applied to (${found}). It takes ${[...new Set(expected)].join(' or ')}.` },
    placeOf(place),
  );
}

/** Of a value that tells its type itself, the overload that takes the type: the others of one result are null. */
function firstNotNull(context: PlanContext, first: Bound, others: readonly Bound[], place: Place): Bound {
  const alike = [first, ...others.filter((other) => typeOf(other) === typeOf(first))];
  const branches = alike.map((value) => ({ condition: isNotNull(value), value }));
  return branches.length === 1 ? first : caseOf(context, branches, place);
}

const naturalType = (kind: string): EdmType | undefined =>
  kind.startsWith('Edm.') ? edm(kind as Parameters<typeof edm>[0]) : undefined;

function applied(context: PlanContext, definition: FunctionDef, given: readonly Bound[]): Bound {
  if (given.some((operand) => operand.kind === 'null')) return { kind: 'null' };
  const isNumeric = definition.parameters.every((kind) => kind === 'number') && given.length > 0;
  const beside = (one: Bound): Bound =>
    besideExact(
      context,
      one,
      given.filter((other) => other !== one),
    );
  // Beside whole numbers alone a number with an exponent is a double: '1 div 0e0' is infinite.
  const isExact = isNumeric && given.some((operand) => typeOf(operand) === edm('Edm.Decimal'));
  const operands = isExact ? given.map(beside) : given;
  const widest = isNumeric ? arithmeticType(definition, operands) : undefined;
  const arguments_ = widest ? operands.map((operand) => convert(context, operand, widest) ?? operand) : operands;
  const [first] = arguments_;
  const { result } = definition;
  const type = widest ?? (result === 'widest' || result === 'first' ? first && typeOf(first) : edm(result));
  if (!type) throw new Error(`${definition.name} has no type`);
  return {
    kind: 'call',
    definition,
    arguments: arguments_,
    type,
    nullable: operands.some(isNullable) || result === 'widest',
  };
}

/** Whole numbers are computed as Int64, so that they do not overflow early; divby as Decimal at least. */
function arithmeticType({ result }: FunctionDef, operands: readonly Bound[]): EdmType | undefined {
  const widest = widestNumber(operands);
  const least = edm(result === 'Edm.Decimal' ? 'Edm.Decimal' : 'Edm.Int64');
  return widest && numericRank(widest) > numericRank(least) ? widest : least;
}

function planCase(context: PlanContext, scope: Scope, node: Case): Bound {
  const conditions = node.branches.map(({ condition }) =>
    planCondition(context, scope, condition, 'The condition of a case'),
  );
  const values = node.branches.map(
    ({ value }) => planObject(context, scope, value) ?? planBranch(context, scope, value),
  );
  const agreed = withOneElementType(context, values, node.place);
  const branches = conditions.map((condition, index) => ({
    condition,
    value: agreed[index] ?? ({ kind: 'null' } as const),
  }));
  return caseOf(context, branches, node.place);
}

/** A value, or a collection of single or complex ones. */
function planBranch(context: PlanContext, scope: Scope, node: Expression): Bound {
  const value = planAny(context, scope, node);
  return itemsTypeOf(value) ? withKeys(context, value, node.place) : oneValue(value, node.place);
}
