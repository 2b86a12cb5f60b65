/** Literals of the request as values of a type. URL Conventions §5.1.1.14, §5.1.1.18 */
import { odataError, type ErrorPlace } from '../error';
import type { EdmType, EnumType } from '../model/model';
import { primitiveType, type EdmTypeName } from '../model/types';
import type { Literal, LiteralKind } from '../url/ast';
import { placeOf, type PlanContext } from './context';
import { databaseDay } from '../model/calendar';
import { canonicalDuration, intervalText } from '../model/duration';
import { edm, typeName } from '../model/edm';
import { cutFraction, grainsOf, type Grains } from '../model/grain';
import type { Slot } from '../sql';
import type { Bound, BoundValue } from './plan';
import { resolveType } from './type-names';

const naturalTypes: Readonly<Record<LiteralKind, EdmTypeName | undefined>> = {
  string: 'Edm.String',
  integer: 'Edm.Int64',
  decimal: 'Edm.Decimal',
  double: 'Edm.Double',
  boolean: 'Edm.Boolean',
  guid: 'Edm.Guid',
  date: 'Edm.Date',
  dateTimeOffset: 'Edm.DateTimeOffset',
  timeOfDay: 'Edm.TimeOfDay',
  duration: 'Edm.Duration',
  binary: 'Edm.Binary',
  enum: 'Edm.String',
  geography: undefined,
  geometry: undefined,
};

/** The types, widest last, that a number literal may take on beside another number. */
const numericSteps: readonly EdmTypeName[] = ['Edm.Int64', 'Edm.Decimal', 'Edm.Double'];

/** The literal with the type that its form, or the name before it, gives it. */
export function literalValue(context: PlanContext, literal: Literal): BoundValue {
  if (literal.type === 'enum') {
    const { type } = resolveType(context, {
      kind: 'type',
      name: literal.typeName ?? '',
      collection: false,
      place: literal.place,
    });
    return valueAs(context, literal, type) ?? mismatch(type, literal.raw, placeOf(literal.place));
  }
  const name = naturalTypes[literal.type];
  if (name === undefined)
    throw odataError(
      'NotImplemented',
      { message: 'Geographic values are not offered by this service.' },
      placeOf(literal.place),
    );
  return valueAs(context, literal, edm(name)) ?? mismatch(edm(name), literal.raw, placeOf(literal.place));
}

/** The literal as a value of `type`; undefined when its form does not fit the type at all. Throws when the form fits and the text does not. */
export function valueAs(context: PlanContext, literal: Literal, type: EdmType): BoundValue | undefined {
  if (type.kind === 'enum') return enumValue(context, literal, type);
  if (type.kind !== 'primitive') return undefined;
  const { literals, rank } = primitiveType(type.name);
  if (!literals.includes(literal.type) && literal.type !== 'string') {
    return rank > 0 && literal.type in { integer: 1, decimal: 1, double: 1 } ? widened(context, literal) : undefined;
  }
  const wanted = rank > 0 && rank < primitiveType('Edm.Int64').rank ? edm('Edm.Int64') : type;
  const slot = context.slot(literal, (text) => canonical(type, text));
  const grains = grainsOf(type.name);
  if (!grains) return { kind: 'value', slot, type: wanted, nullable: false, literal };
  const at = (of: (text: string) => string): Slot =>
    context.slot(literal, (text) => {
      canonical(type, text);
      return kept(type.name, of(text));
    });
  const compared = {
    below: grains.below ? at(grains.below) : slot,
    above: at(grains.above),
    itself: at(grains.itself),
    rest: context.slot(literal, grains.rest),
  };
  return { kind: 'value', slot, type: wanted, nullable: false, literal, compared };
}

/** What stands for it, or for the items of a list, beside what the database keeps. */
export const atGrain = (bound: Bound, which: Exclude<keyof Grains, 'rest'>): Bound =>
  bound.kind === 'list'
    ? { ...bound, items: bound.items.map((item) => atGrain(item, which)) }
    : bound.kind === 'value' && bound.compared
      ? { ...bound, slot: bound.compared[which] }
      : bound;

/** The literal as a whole number of the very type, as which keys are read; undefined for other types. */
export function wholeNumber(context: PlanContext, literal: Literal, type: EdmType): BoundValue | undefined {
  const range = type.kind === 'primitive' ? primitiveType(type.name).range : undefined;
  if (!range || !(literal.type in { integer: 1, decimal: 1, double: 1, string: 1 })) return undefined;
  const slot = context.slot(literal, (text) => {
    const value = BigInt(canonical(type, text).replace(/^\+/, ''));
    return value < range[0] || value > range[1] ? mismatch(type, text) : text;
  });
  return { kind: 'value', slot, type: edm('Edm.Int64'), nullable: false, literal };
}

/** `lineNumber eq 1.5`: the literal keeps its own type and the other side is promoted. */
function widened(context: PlanContext, literal: Literal): BoundValue {
  const type = edm(numericSteps[literal.type === 'double' ? 2 : 1] ?? 'Edm.Double');
  return {
    kind: 'value',
    slot: context.slot(literal, (text) => canonical(type, text)),
    type,
    nullable: false,
    literal,
  };
}

/** A double beside a Single: where it is how a Single is written, it stands for that one. */
export const besideSingle = (context: PlanContext, literal: Literal): BoundValue => {
  const type = edm('Edm.Double');
  const slot = context.slot(literal, (text) => singleWritten(canonical(type, text)));
  return { kind: 'value', slot, type, nullable: false, literal };
};

/** The digits that tell every Single from the others are nine at most. */
const SINGLE_DIGITS = 9;

/** The double that a Single is, where the text is the shortest that tells that Single from the others; else the text. */
function singleWritten(text: string): string {
  const single = Math.fround(Number(text));
  if (!Number.isFinite(single)) return text;
  for (let digits = 1; digits <= SINGLE_DIGITS; digits++) {
    // Of two that are as near PostgreSQL writes the even one, JavaScript the larger.
    const further = single.toPrecision(digits + 1);
    const isHalf = Number(further) === single;
    const texts = [single.toPrecision(digits), ...(isHalf ? [further.replace(/5(e|$)/, '0$1')] : [])];
    const shortest = texts.map(Number).filter((one) => Math.fround(one) === single);
    if (shortest.length > 0) return shortest.includes(Number(text)) ? String(single) : text;
  }
  return text;
}

function enumValue(context: PlanContext, literal: Literal, type: EnumType): BoundValue | undefined {
  if (literal.type === 'enum' && literal.typeName?.split('.').at(-1) !== type.name) return undefined;
  if (literal.type !== 'enum' && literal.type !== 'string' && literal.type !== 'integer') return undefined;
  return {
    kind: 'value',
    slot: context.slot(literal, (text) => enumText(type, text)),
    type,
    nullable: false,
    literal,
  };
}

/** Members (names or numbers, several for flags) as the database stores them. */
function enumText(type: EnumType, text: string): string {
  const numbers = text.split(',').map((part) => {
    const number = type.members.get(part.trim()) ?? (/^-?\d{1,16}$/.test(part.trim()) ? Number(part) : undefined);
    if (number === undefined || (!type.isFlags && ![...type.members.values()].includes(number))) {
      throw odataError('Application_EvaluateException', {
        value: part.trim(),
        type: type.name,
        members: [...type.members.keys()].join(', '),
      });
    }
    return number;
  });
  if (type.databaseType === undefined) return String(numbers.reduce((all, number) => all | BigInt(number), 0n));
  return [...type.members].find(([, number]) => number === numbers[0])?.[0] ?? '';
}

const special: Readonly<Record<string, string>> = {
  INF: 'Infinity',
  '+INF': 'Infinity',
  '-INF': '-Infinity',
  NaN: 'NaN',
};

/** The text that PostgreSQL reads as the value of the type. */
function canonical(type: EdmType, text: string): string {
  if (type.kind !== 'primitive') return text;
  const { pattern, holds, range } = primitiveType(type.name);
  if (!pattern.test(text) || (holds && !holds(text))) mismatch(type, text);
  if (range && rangeBroken(type.name, text)) mismatch(type, text);
  if (type.name === 'Edm.String' && text.includes('\0')) mismatch(type, text);
  if (type.name === 'Edm.Binary') return `\\x${Buffer.from(text, 'base64url').toString('hex')}`;
  if (type.name === 'Edm.Duration') return kept(type.name, canonicalDuration(text));
  if (type.name === 'Edm.Date' || grainsOf(type.name)) return kept(type.name, cutFraction(text));
  return primitiveType(type.name).json === 'double' ? (special[text] ?? text) : text;
}

/** The text as PostgreSQL reads it. */
function kept(name: EdmTypeName, text: string): string {
  if (name === 'Edm.Duration') return intervalText(text);
  return name === 'Edm.Date' || name === 'Edm.DateTimeOffset' ? databaseDay(text) : text;
}

/** Comparisons with smaller integers are made as Int64: only what no Int64 holds is an error. */
function rangeBroken(name: EdmTypeName, text: string): boolean {
  const [low, high] = primitiveType(name === 'Edm.Int64' ? name : 'Edm.Int64').range ?? [0n, 0n];
  const value = BigInt(text.replace(/^\+/, ''));
  return value < low || value > high;
}

function mismatch(type: EdmType, text: string, place?: ErrorPlace): never {
  throw odataError('InvalidValue', { message: `'${text}' is not a value of ${typeName(type)}.` }, place);
}
