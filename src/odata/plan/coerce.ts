/** Makes two expressions, or an argument and a parameter, agree on a type. URL Conventions §5.1.1.18 */
import { odataError } from '../error';
import type { EdmType, Property } from '../model/model';
import { primitiveType } from '../model/types';
import type { Bindings } from '../sql';
import type { Literal, Place } from '../url/ast';
import { isIntricate, mayBeIntricate } from '../url/pattern-text';
import { constantText, type Constant } from './constant-text';
import { located, placeOf, type PlanContext } from './context';
import { edm, isPrimitive, isSameType, numericRank, promotedType, typeName, untyped } from '../model/edm';
import type { ParameterKind } from './function-definition';
import { besideSingle, valueAs } from './literal';
import { isMembers } from './members-operand';
import { callOf, numberHeld, patternOfRow } from './own-functions';
import type { Bound } from './plan';
import { translated } from './regular-expression';
import { isPartOf, seenAsOf } from './structures';

export const typeOf = (bound: Bound): EdmType | undefined => (bound.kind === 'null' ? undefined : bound.type);

export const isNullable = (bound: Bound): boolean => bound.kind === 'null' || bound.nullable;

/** The expression as one of `type`: literals are read anew, numbers and dates promoted. Undefined when that is not possible. */
export function convert(context: PlanContext, bound: Bound, type: EdmType): Bound | undefined {
  if (bound.kind === 'null') return bound;
  if (isSameType(bound.type, type)) return bound;
  if (isPartOf(bound.type, type)) return seenAsOf(bound, type);
  if (bound.kind === 'value' && bound.literal) return valueAs(context, bound.literal, type);
  if (bound.kind === 'case' && textsOf(bound)) return convertCase(context, bound, type);
  if (bound.type === untyped) return asTyped(bound, type);
  const promoted =
    (numericRank(bound.type) > 0 && numericRank(type) > numericRank(bound.type)) ||
    (isPrimitive(bound.type, 'Edm.Date') && isPrimitive(type, 'Edm.DateTimeOffset'));
  return promoted ? { kind: 'convert', operand: bound, type, nullable: bound.nullable, mayFail: false } : undefined;
}

/** One of several texts, as one of what they stand for. */
function convertCase(context: PlanContext, bound: Extract<Bound, { kind: 'case' }>, type: EdmType): Bound | undefined {
  const branches = bound.branches.flatMap(({ condition, value }) => {
    const converted = convert(context, value, type);
    return converted ? [{ condition, value: converted }] : [];
  });
  return branches.length === bound.branches.length ? { ...bound, branches, type } : undefined;
}

/** The texts of the request that an expression is one of, where it can be nothing else but null: each may stand for a value of another type. */
function textsOf(bound: Bound): readonly Literal[] | undefined {
  if (bound.kind === 'null') return [];
  if (bound.kind === 'value') return bound.literal?.type === 'string' ? [bound.literal] : undefined;
  if (bound.kind !== 'case') return undefined;
  const texts = bound.branches.map(({ value }) => textsOf(value));
  return texts.some((one) => one === undefined) ? undefined : texts.flatMap((one) => one ?? []);
}

/** A value that tells its type itself, where it is one of `type`; null elsewhere. */
const asTyped = (operand: Bound, type: EdmType): Bound | undefined =>
  type.kind === 'primitive' || type.kind === 'enum'
    ? { kind: 'convert', operand, type, nullable: true, mayFail: false }
    : undefined;

/** The items of such a value; none where it is no collection. */
export const untypedItems = (operand: Bound): Bound => ({
  kind: 'convert',
  operand,
  type: { kind: 'collection', of: untyped },
  nullable: false,
  mayFail: false,
});

/** Beside a number such a value is a number of any type. */
const asNumber = (bound: Bound, other: Bound): Bound =>
  typeOf(bound) === untyped && numericRank(typeOf(other) ?? untyped) > 0
    ? callOf(numberHeld, [bound], edm('Edm.Decimal'), true)
    : bound;

/** Both sides of a comparison with one type. */
export function unify(context: PlanContext, one: Bound, other: Bound, place: Place): readonly [Bound, Bound] {
  const [left, right] = [asNumber(one, other), asNumber(other, one)];
  if (left.kind === 'null' || right.kind === 'null' || left.type === right.type) return [left, right];
  if (numericRank(left.type) > 0 && numericRank(right.type) > 0) return promoteNumbers(context, left, right);
  const literalFirst = left.kind === 'value' && left.literal !== undefined;
  const pair = literalFirst
    ? (toLeft(context, left, right) ?? toRight(context, left, right))
    : (toRight(context, left, right) ?? toLeft(context, left, right));
  if (pair) return pair;
  throw odataError(
    'TypeMismatch',
    { message: `${describe(left)} cannot be compared with ${describe(right)}.` },
    placeOf(place),
  );
}

const toRight = (context: PlanContext, left: Bound, right: Bound): readonly [Bound, Bound] | undefined => {
  const type = typeOf(left);
  const converted = type && convert(context, right, type);
  return converted && [left, converted];
};

const toLeft = (context: PlanContext, left: Bound, right: Bound): readonly [Bound, Bound] | undefined => {
  const type = typeOf(right);
  const converted = type && convert(context, left, type);
  return converted && [converted, right];
};

/** A whole-number literal next to a whole number stays one; otherwise the wider type wins. PostgreSQL compares int4 with int8 by index. */
function promoteNumbers(context: PlanContext, one: Bound, other: Bound): readonly [Bound, Bound] {
  const [left, right] = [writtenBeside(context, one, other), writtenBeside(context, other, one)];
  const widest = widestNumber([left, right]);
  if (widest === undefined || numericRank(widest) <= numericRank(edm('Edm.Int64'))) return [left, right];
  return [convert(context, left, widest) ?? left, convert(context, right, widest) ?? right];
}

const writtenBeside = (context: PlanContext, bound: Bound, other: Bound): Bound =>
  bound.kind === 'value' && bound.literal?.type === 'double' && typeOf(other) === edm('Edm.Single')
    ? besideSingle(context, bound.literal)
    : besideExact(context, bound, [other]);

/** A number with an exponent beside numbers that are exact, as one of them. */
export function besideExact(context: PlanContext, bound: Bound, others: readonly Bound[]): Bound {
  const isExact = (other: Bound): boolean => {
    const rank = numericRank(typeOf(other) ?? untyped);
    return rank > 0 && rank <= numericRank(edm('Edm.Decimal'));
  };
  if (bound.kind !== 'value' || bound.literal?.type !== 'double' || others.length === 0 || !others.every(isExact))
    return bound;
  return exactly(context, bound.literal) ?? bound;
}

/** A number with an exponent as a decimal, which it may be as well as a double; undefined for INF and NaN. ABNF: decimalValue */
export function exactly(context: PlanContext, literal: Literal): Bound | undefined {
  const decimal = edm('Edm.Decimal');
  const isDecimal = context.inspect(literal, (text) => primitiveType('Edm.Decimal').pattern.test(text));
  return isDecimal ? valueAs(context, literal, decimal) : undefined;
}

/** The type that numbers of several types have in common. */
export function widestNumber(bounds: readonly Bound[]): EdmType | undefined {
  let widest: EdmType | undefined;
  for (const bound of bounds) {
    const type = typeOf(bound);
    if (type) widest = widest ? promotedType(widest, type) : type;
  }
  return widest;
}

/** The argument as what a parameter takes; undefined when it is something else. */
export function argumentAs(context: PlanContext, bound: Bound, kind: ParameterKind, place: Place): Bound | undefined {
  if (bound.kind === 'null' || kind === 'any') return bound;
  if (kind === 'collection') return bound.type.kind === 'collection' && !isMembers(bound) ? bound : undefined;
  if (bound.type.kind === 'collection') return undefined;
  if (kind === 'pattern') return patternOf(context, convert(context, bound, edm('Edm.String')), place);
  if (bound.type === untyped)
    return asTyped(bound, edm(kind === 'number' ? 'Edm.Decimal' : kind === 'integer' ? 'Edm.Int64' : kind));
  if (kind === 'number') return numericRank(bound.type) > 0 ? bound : undefined;
  if (kind === 'integer')
    return numericRank(bound.type) > 0 && numericRank(bound.type) <= numericRank(edm('Edm.Int64')) ? bound : undefined;
  const texts = kind === 'Edm.String' ? [] : (textsOf(bound) ?? []);
  if (!texts.every((one) => context.inspect(one, (text) => primitiveType(kind).pattern.test(text)))) return undefined;
  return convert(context, bound, edm(kind));
}

/** A translation within the statement is as large as so many parts. */
const ROW_PATTERN_PARTS = 500;

/** The two dialects of patterns differ: one that is known before the statement runs is translated here, where that can be; others within the statement. */
function patternOf(context: PlanContext, bound: Bound | undefined, place: Place): Bound | undefined {
  if (!bound || bound.kind === 'null' || bound.type !== edm('Edm.String')) return undefined;
  const { patternLength } = context.limits;
  const ofRow = (pattern: Bound): Bound => {
    context.count(place, ROW_PATTERN_PARTS);
    return callOf(patternOfRow(patternLength), [pattern], edm('Edm.String'), true);
  };
  const constant = constantText(bound);
  if (!constant) return ofRow(bound);
  const at = bound.kind === 'value' && bound.literal ? bound.literal.place : place;
  const { now, pieces } = constant;
  const reader = readerAt(at, patternLength);
  if (now === undefined) return ofRow(patternAsIs(constant, reader));
  const decides = bound.kind === 'call' ? pieces.some(mayBeIntricate) : pieces.some(isIntricate);
  const read = (text: string): string | undefined => reader(text, context);
  const written = decides ? context.inspect({ text: now }, read) : read(now);
  return written === undefined
    ? ofRow(patternAsIs(constant, reader))
    : patternValue(constant, (text, bindings) => reader(text, bindings) ?? unforeseen());
}

// What follows makes the slots of patterns: plans keep them for long, and with them whatever the function that makes them has in sight.

/** Translates a pattern for a request, which is planned or bound. */
type PatternReader = (text: string, request: Pick<Bindings, 'literals'>) => string | undefined;

/** For patterns that stand at a place. */
const readerAt =
  (at: Place, patternLength: number): PatternReader =>
  (text, { literals }) =>
    located(at, () => translated(literals, text, patternLength));

const patternValue = (constant: Constant, read: (text: string, bindings: Bindings) => string): Bound => ({
  kind: 'value',
  slot: (bindings) => read(constant.of(bindings), bindings),
  type: edm('Edm.String'),
  nullable: false,
});

/** Read, so that it is refused where it is none, and not translated. */
const patternAsIs = (constant: Constant, read: PatternReader): Bound =>
  patternValue(constant, (text, bindings) => (read(text, bindings), text));

const unforeseen = (): never => {
  throw new Error('The plan is not for this pattern: what decides about it has no mark in the shape.');
};

/** An expression in a message. */
export const describe = (bound: Bound): string => {
  if (bound.kind === 'null') return 'null';
  if (bound.kind !== 'value' && bound.type.kind === 'entity') return `an entity of type ${typeName(bound.type)}`;
  if (bound.kind === 'property') return `'${bound.property.name}' of type ${typeName(bound.type)}`;
  if (bound.kind === 'value' && bound.literal) return `the literal ${bound.literal.raw}`;
  if (bound.kind === 'list') return 'a list';
  return `a value of type ${described(bound.type)}`;
};

/** The name of a type, for messages, with what a request has added to its values. */
export function described(type: EdmType): string {
  const { properties = new Map<string, Property>(), declared } = type.kind === 'complex' ? type : {};
  const added = [...properties.values()].filter(({ name }) => declared && !declared.properties.has(name));
  const names = added.map((property) => `'${property.name}' (${typeName(property.type)})`);
  return `${typeName(type)}${names.length === 0 ? '' : ` to which ${names.join(' and ')} was added`}`;
}
