/** One value of a body as its property takes it: type, size, range and members checked, in canonical form. JSON Format 4.01 §7.1. */
import { odataError, unreachable } from '../error';
import { canonicalDuration, holdsDuration } from '../model/duration';
import { complexItems, isPrimitive } from '../model/edm';
import { memberText, memberValue } from '../model/enum-values';
import { PIECE } from '../model/long-text';
import type { EdmType, EnumType, Facets } from '../model/model';
import { primitiveType, type EdmTypeName } from '../model/types';
import { base64Bytes } from './base64';
import type { Single, Value } from './change';
import { canonicalDate, canonicalDateTimeOffset, canonicalTime } from './date';
import { canonicalDecimal, type DecimalFault } from './decimal';
import { isArray, isObject, JsonNumber, LONGEST_NUMBER, type JsonValue } from './json';
import { readItems, structuredText } from './structured';
import { atOnce, type Steps } from './turns';

/** What a value is read for: the type and facets of its property, and the property's path for messages. */
interface Expected extends Facets {
  readonly type: EdmType;
  readonly path: string;
}

type Scalar = string | boolean | JsonNumber;

/** A value as a message shows it: short, on one line. */
function shown(json: JsonValue): string {
  if (json instanceof JsonNumber) return json.text.slice(0, SHOWN);
  if (isObject(json)) return 'an object';
  if (isArray(json)) return 'an array';
  const text = JSON.stringify(typeof json === 'string' ? json.slice(0, SHOWN) : json);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}

/** Characters that a message shows of a value. */
const SHOWN = 60;

/** Characters of names, dates and the like: nobody needs more, and to find out what is wrong with a longer text takes as long as it is. */
const LONGEST = 4096;

const mismatch = (expected: Expected, json: JsonValue, wanted: string): Error =>
  odataError(
    'TypeMismatch',
    { message: `The value of "${expected.path}" must be ${wanted}, not ${shown(json)}.` },
    { target: expected.path },
  );

const invalid = (expected: Expected, message: string): Error =>
  odataError('InvalidValue', { message: `The value of "${expected.path}" ${message}.` }, { target: expected.path });

/** Reads a value; throws an error with the property as its target. */
export function* valueSteps(json: JsonValue, expected: Expected): Steps<Value> {
  const { type, path } = expected;
  if (type.kind !== 'collection')
    return isLongBinary(json, type) ? yield* readBinary(json, expected) : readSingle(json, expected);
  if (!isArray(json)) throw mismatch(expected, json, 'an array');
  const items = complexItems(expected);
  if (items) return yield* structuredText(yield* readItems(json, items, path));
  const each = { ...expected, type: type.of };
  const values: Single[] = [];
  for (const item of json) {
    if (values.length % STEP === STEP - 1) yield;
    values.push(readItem(item, each, values.length));
  }
  return values;
}

/** Items that are read in one step. */
const STEP = 1000;

function readItem(json: JsonValue, each: Expected, index: number): Single {
  try {
    return readSingle(json, each);
  } catch {
    // Only what is wrong needs its place: there may be many that are right.
    return readSingle(json, { ...each, path: `${each.path}/${index}` });
  }
}

/** Reads a value that is no collection. */
export function readSingle(json: JsonValue, expected: Expected): Single {
  if (json === null) {
    if (expected.nullable) return null;
    throw invalid(expected, 'must not be null');
  }
  const { type } = expected;
  if (type.kind === 'collection') throw mismatch(expected, json, 'no collection of collections');
  if (type.kind === 'complex' || type.kind === 'entity' || type.kind === 'untyped')
    throw mismatch(expected, json, 'an object');
  if (isObject(json) || isArray(json))
    throw mismatch(expected, json, type.kind === 'enum' ? 'a name' : wanted(type.name));
  if (type.kind === 'enum') return readEnum(json, expected, type);
  const value = readPrimitive(json, expected, type.name);
  checkBounds(value, expected);
  checkPattern(value, expected);
  return value;
}

/** Validation.Minimum, Validation.Maximum */
function checkBounds(value: Single, expected: Expected): void {
  const { minimum, maximum } = expected;
  if (minimum !== undefined && Number(value) < minimum) throw invalid(expected, `must be at least ${minimum}`);
  if (maximum !== undefined && Number(value) > maximum) throw invalid(expected, `must be at most ${maximum}`);
}

const patterns = new Map<string, RegExp>();

/** Validation.Pattern */
function checkPattern(value: Single, expected: Expected): void {
  const { pattern } = expected;
  if (pattern === undefined || typeof value !== 'string') return;
  const compiled = patterns.get(pattern) ?? new RegExp(pattern, 'u');
  patterns.set(pattern, compiled);
  if (!compiled.test(value)) throw invalid(expected, `must match the pattern ${pattern}`);
}

const wholeNumbers = new Set<EdmTypeName>(['Edm.Byte', 'Edm.SByte', 'Edm.Int16', 'Edm.Int32', 'Edm.Int64']);

function wanted(name: EdmTypeName): string {
  if (name === 'Edm.String') return 'a string';
  if (name === 'Edm.Boolean') return 'true or false';
  if (wholeNumbers.has(name)) return 'a whole number';
  return name === 'Edm.Decimal' || name === 'Edm.Double' || name === 'Edm.Single'
    ? 'a number'
    : `a string of the form of ${name}`;
}

function readPrimitive(json: Scalar, expected: Expected, name: EdmTypeName): Single {
  switch (name) {
    case 'Edm.String':
      return readString(json, expected);
    case 'Edm.Boolean':
      if (typeof json === 'boolean') return json;
      throw mismatch(expected, json, wanted(name));
    case 'Edm.Byte':
    case 'Edm.SByte':
    case 'Edm.Int16':
    case 'Edm.Int32':
      if (json instanceof JsonNumber) return Number(readInteger(json.text, json, expected, name));
      throw mismatch(expected, json, wanted(name));
    case 'Edm.Int64':
      return readInteger(numberText(json, expected, name), json, expected, name);
    case 'Edm.Decimal':
      return readDecimal(numberText(json, expected, name), json, expected);
    case 'Edm.Single':
    case 'Edm.Double':
      return readDouble(json, expected, name);
    case 'Edm.Guid':
      return readGuid(json, expected);
    case 'Edm.Date':
      return formed(json, expected, name, canonicalDate);
    case 'Edm.DateTimeOffset':
      return formed(json, expected, name, (text) => canonicalDateTimeOffset(text, expected.precision));
    case 'Edm.Binary':
      return atOnce(readBinary(json, expected));
    case 'Edm.TimeOfDay':
      return formed(json, expected, name, (text) => canonicalTime(text, expected.precision));
    case 'Edm.Duration':
      return formed(json, expected, name, (text) =>
        holdsDuration(text, expected.precision) ? canonicalDuration(text) : undefined,
      );
    default:
      return unreachable(name);
  }
}

function readString(json: Scalar, expected: Expected): string {
  if (typeof json !== 'string') throw mismatch(expected, json, 'a string');
  const { maxLength: limit, path } = expected;
  if (limit !== undefined && json.length > limit) {
    const length = lengthOf(json);
    if (length > limit)
      throw odataError('Application_StringExceededLength', { name: path, length, limit }, { target: path });
  }
  if (json.includes('\u0000')) throw invalid(expected, 'holds the character U+0000, which cannot be stored');
  return json;
}

/** Characters: a surrogate pair is one. */
function lengthOf(text: string): number {
  let { length } = text;
  for (let at = 0; at < text.length; at++) if ((text.charCodeAt(at) & 0xfc00) === 0xd800) length--;
  return length;
}

/** The text of a number, or of a string that holds one (IEEE754Compatible, and accepted without it). JSON §3.2 */
function numberText(json: Scalar, expected: Expected, name: EdmTypeName): string {
  if (json instanceof JsonNumber) return json.text;
  if (typeof json === 'string' && json.length <= LONGEST_NUMBER && primitiveType(name).pattern.test(json)) return json;
  throw mismatch(expected, json, wanted(name));
}

/** Whole numbers may be written with a fraction of zeros or an exponent. */
function readInteger(text: string, json: Scalar, expected: Expected, name: EdmTypeName): string {
  const number = canonicalDecimal(text, 40, 0);
  if ('fault' in number)
    throw number.fault === 'precision' ? outOfRange(expected, name) : mismatch(expected, json, 'a whole number');
  const [least, most] = primitiveType(name).range ?? [0n, 0n];
  const value = BigInt(number.text);
  if (value < least || value > most) throw outOfRange(expected, name);
  return number.text;
}

function outOfRange(expected: Expected, name: EdmTypeName): Error {
  const [least, most] = primitiveType(name).range ?? [0n, 0n];
  return invalid(expected, `must be between ${least} and ${most}`);
}

function readDecimal(text: string, json: Scalar, expected: Expected): string {
  const { precision, scale } = expected;
  const number = canonicalDecimal(text, precision, scale);
  if ('text' in number) return number.text;
  const sentences: Readonly<Record<DecimalFault, () => Error>> = {
    form: () => mismatch(expected, json, 'a number'),
    scale: () => invalid(expected, `must have at most ${scale ?? 0} decimals; it is not rounded`),
    precision: () =>
      invalid(expected, `must have at most ${(precision ?? 400) - (scale ?? 0)} digits before the decimal point`),
  };
  throw sentences[number.fault]();
}

const specialNumbers: Readonly<Record<string, string>> = { INF: 'Infinity', '-INF': '-Infinity', NaN: 'NaN' };

function readDouble(json: Scalar, expected: Expected, name: EdmTypeName): string {
  const special = typeof json === 'string' ? specialNumbers[json] : undefined;
  if (special !== undefined) return special;
  if (!(json instanceof JsonNumber)) throw mismatch(expected, json, wanted(name));
  const value = name === 'Edm.Single' ? Math.fround(Number(json.text)) : Number(json.text);
  // What is smaller than the smallest number would be zero, and PostgreSQL takes it for none.
  if (!Number.isFinite(value) || (value === 0 && /[1-9]/.test(mantissa(json.text))))
    throw invalid(expected, `is outside the range of ${name}`);
  return json.text;
}

const mantissa = (text: string): string => text.split(/e/i, 1)[0] ?? '';

/** Bytes as base64url, padded or not. JSON §7.1 */
function* readBinary(json: Scalar, expected: Expected): Steps<Buffer> {
  const bytes = typeof json === 'string' ? yield* base64Bytes(json) : undefined;
  if (!bytes) throw mismatch(expected, json, wanted('Edm.Binary'));
  return bytes;
}

/** True for one that takes long to decode. */
const isLongBinary = (json: JsonValue, type: EdmType): json is string =>
  typeof json === 'string' && json.length > PIECE && isPrimitive(type, 'Edm.Binary');

function readGuid(json: Scalar, expected: Expected): string {
  const text = typeof json === 'string' ? json : undefined;
  if (text !== undefined && text.length <= LONGEST && primitiveType('Edm.Guid').pattern.test(text))
    return text.toLowerCase();
  const value = text === undefined ? shown(json) : text.slice(0, 60);
  throw odataError('Application_InvalidGUID', { value }, { target: expected.path });
}

function formed(
  json: Scalar,
  expected: Expected,
  name: EdmTypeName,
  canonical = (text: string): string | undefined => text,
): string {
  const isFormed = typeof json === 'string' && json.length <= LONGEST && primitiveType(name).pattern.test(json);
  const text = isFormed ? canonical(json) : undefined;
  if (text === undefined) throw mismatch(expected, json, wanted(name));
  return text;
}

/** Names, or the numbers behind them; flags separated by commas. JSON §7.1 */
function readEnum(json: Scalar, expected: Expected, type: EnumType): string {
  const text = json instanceof JsonNumber ? json.text : json;
  const number = typeof text === 'string' && text.length <= LONGEST ? memberValue(type, text) : undefined;
  if (number === undefined) {
    const value = typeof text === 'string' ? text.slice(0, 60) : String(text);
    const names = [...type.members.keys()].join(', ');
    throw odataError(
      'Application_EvaluateException',
      { value, type: type.name, members: names },
      { target: expected.path },
    );
  }
  return memberText(type, number);
}
