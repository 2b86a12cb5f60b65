/** `cast(value, type)`: what has no value in the target type becomes null, never an error. URL Conventions §5.1.1.10.1 */
import type { EdmType, EnumType } from '../model/model';
import { FIRST_YEAR, LAST_YEAR } from '../model/calendar';
import { primitiveType } from '../model/types';
import { databaseType, edm, isFloating, isPrimitive, numericRank } from '../model/edm';
import type { Bound } from '../plan/plan';
import { join, literal, sql, trusted, type Sql } from '../sql';
import { dynamicAs, dynamicText } from './dynamic';
import { textOf } from './text';

/** The value as one of `type`. */
export function compileCast(value: Sql, operand: Bound, type: EdmType): Sql {
  const from = operand.kind === 'null' ? undefined : operand.type;
  if (!from) return sql`null`;
  if (from.kind === 'untyped') return castUntyped(value, type);
  if (isPrimitive(type, 'Edm.String')) return textOf(value, from);
  if (isPrimitive(from, 'Edm.String')) return fromText(value, type);
  if (from.kind === 'enum' && numericRank(type) > 0) return numberCast(numberOf(value, from), type, edm('Edm.Int64'));
  if (type.kind === 'enum' && numericRank(from) > 0) return memberOf(value, type);
  if (numericRank(from) > 0 && numericRank(type) > 0) return numberCast(value, type, from);
  if (isPrimitive(from, 'Edm.DateTimeOffset')) {
    if (isPrimitive(type, 'Edm.Date')) return sql`(${value} at time zone 'UTC')::date`;
    if (isPrimitive(type, 'Edm.TimeOfDay')) return sql`(${value} at time zone 'UTC')::time`;
  }
  if (isPrimitive(from, 'Edm.Date') && isPrimitive(type, 'Edm.DateTimeOffset')) return momentOf(value);
  return sql`null::${trusted(databaseType(type))}`;
}

/** When a day begins; null where PostgreSQL keeps no such moment. */
export const momentOf = (day: Sql): Sql =>
  sql`(case when ${day} < ${literal(`${LAST_YEAR + 1}-01-01`)} then ${day}::timestamptz end)`;

/** What the value says of its type decides; numbers are cast like others. */
function castUntyped(value: Sql, type: EdmType): Sql {
  if (isPrimitive(type, 'Edm.String')) return dynamicText(value);
  const decimal = edm('Edm.Decimal');
  return numericRank(type) > 0 && !isFloating(type)
    ? numberCast(dynamicAs(value, decimal), type, decimal)
    : dynamicAs(value, type);
}

/** The number behind a member. */
function numberOf(value: Sql, { databaseType: stored, members }: EnumType): Sql {
  if (stored === undefined) return value;
  const cases = [...members].map(([name, member]) => sql`when ${literal(name)} then ${trusted(String(member))}`);
  return sql`(case ${value}::text ${join(cases, ' ')} end)`;
}

/** The member with the number; null where there is none. Of flags any number that their underlying type holds. */
function memberOf(value: Sql, type: EnumType): Sql {
  if (type.isFlags) return numberCast(value, underlyingOf(type), edm('Edm.Decimal'));
  const cases = [...type.members].map(
    ([name, member]) => sql`when ${trusted(`(${member})`)} then ${storedMember(type, name, member)}`,
  );
  return sql`(case ${value} ${join(cases, ' ')} end)`;
}

/** The whole numbers that the members are some of. CSDL §10.2 */
function underlyingOf({ members }: EnumType): EdmType {
  const [least, most] = primitiveType('Edm.Int32').range ?? [0n, 0n];
  return edm([...members.values()].every((member) => member >= least && member <= most) ? 'Edm.Int32' : 'Edm.Int64');
}

/** The sum of the flags that a text names, or gives the numbers of; null where one of them is none. */
function flagsOf(value: Sql, type: EnumType): Sql {
  const flag = trusted('btrim(p)');
  const cases = [...type.members].map(([name, member]) => sql`when ${literal(name)} then ${trusted(`(${member})`)}`);
  const number = sql`case when ${flag} ~ '^-?[0-9]{1,16}$' then ${flag}::int8 end`;
  const numbers = sql`select case ${flag} ${join(cases, ' ')} else ${number} end as n from unnest(string_to_array(${value}, ',')) u(p)`;
  return sql`(select case when bool_and(n is not null) then bit_or(n) end from (${numbers}) f)`;
}

const storedMember = (type: EnumType, name: string, member: number): Sql =>
  sql`${type.databaseType === undefined ? trusted(`(${member})`) : literal(name)}::${trusted(databaseType(type))}`;

/** The smallest and largest whole number of a type: Byte and Int16 have one type in PostgreSQL. */
const rangeOf = (type: EdmType): readonly [bigint, bigint] | undefined =>
  type.kind === 'primitive' ? primitiveType(type.name).range : undefined;

/** Whole numbers are cut, not rounded; what lies outside the range becomes null. */
export function numberCast(value: Sql, type: EdmType, from: EdmType): Sql {
  const target = databaseType(type);
  const range = rangeOf(type);
  if (!range) return isFloating(type) ? floating(value, target, from) : finite(value, from);
  const [least, most] = range;
  // Not by way of a decimal, which has fifteen digits of a double and six of a float. The limits are whole powers of two: floats hold those, and
  // the one behind the greatest whole number rather than that.
  const whole = isFloating(from) ? sql`trunc(${value})` : sql`trunc(${value}::numeric)`;
  const kind = trusted(isFloating(from) ? 'float8' : 'numeric');
  const isHeld = sql`${whole} >= ${trusted(`'${String(least)}'::`)}${kind} and ${whole} < ${trusted(`'${String(most + 1n)}'::`)}${kind}`;
  return sql`(case when ${isHeld} then ${whole}::${trusted(target)} end)`;
}

/** Infinities and NaN are no decimals; of others all digits are kept that tell them from the next ones. */
const finite = (value: Sql, from: EdmType): Sql =>
  isFloating(from) ? sql`(case when not ${isSpecial(value)} then ${value}::text::numeric end)` : sql`${value}::numeric`;

const isSpecial = (value: Sql): Sql => sql`${value} in ('Infinity', '-Infinity', 'NaN')`;

/** The number as one of a floating-point type; null where it is too large for it, which no whole number of a type is. PostgreSQL rounds none to zero. */
function floating(value: Sql, target: string, from: EdmType): Sql {
  if (rangeOf(from)) return sql`${value}::${trusted(target)}`;
  const [zero, most] = magnitudes[target] ?? ['0', '0'];
  const held = sql`abs(${value}) <= ${trusted(most)}`;
  const test = isFloating(from) ? sql`${isSpecial(value)} or ${held}` : held;
  return sql`(case when abs(${value}) <= ${trusted(zero)} then 0 when ${test} then ${value}::${trusted(target)} end)`;
}

const number = '^[+-]?[0-9]+(\\.[0-9]+)?([eE][+-]?[0-9]{1,3})?$';
const year = '(?!-0000)-?(?:0[0-9]{3}|[1-9][0-9]{3,5})';
const day = '(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])';
const time = '([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\\.[0-9]{1,12})?)?';

/** As literals of a URL: letters count as both small and capital ones, but for those that are digits of bytes. ABNF */
const forms: Readonly<Record<string, string>> = {
  uuid: '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$',
  boolean: '(?i)^(true|false)$',
  numeric: number,
  float4: number,
  float8: number,
  date: `^${year}-${day}$`,
  time: `^${time}$`,
  timestamptz: `(?i)^${year}-${day}T${time}(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])$`,
  interval: '(?i)^[+-]?P(?=.)([0-9]{1,9}D)?(T(?=.)([0-9]{1,9}H)?([0-9]{1,9}M)?([0-9]{1,9}(\\.[0-9]+)?S)?)?$',
  bytea: '^([A-Za-z0-9_-]{4})*([A-Za-z0-9_-][AQgw](==)?|[A-Za-z0-9_-]{2}[AEIMQUYcgkosw048]=?)?$',
};

/** The largest that is rounded to zero, and the largest that a floating-point type holds; beyond them PostgreSQL reports an error. */
const magnitudes: Readonly<Record<string, readonly [string, string]>> = {
  float4: ['7.0064923216240854e-46', '3.4028235e38'],
  float8: ['2.4703282292062328e-324', '1.7976931348623157e308'],
};

/** PostgreSQL would round further digits of a second. */
const cut = (text: Sql): Sql => sql`regexp_replace(${text}, '(\\.[0-9]{6})[0-9]+', '\\1')`;

/** Texts that PostgreSQL reads in another form. */
const read: Readonly<Record<string, (text: Sql) => Sql>> = {
  date: (text) => sql`(${dayAsRead(text)})::date`,
  time: (text) => sql`${cut(text)}::time`,
  timestamptz: (text) => sql`${cut(sql`(${dayAsRead(text)})`)}::timestamptz`,
  interval: (text) =>
    sql`(ltrim(upper(${cut(text)}), '+-')::interval * case when ${text} like '-%' then -1 else 1 end)`,
  bytea: (text) => {
    const digits = sql`translate(rtrim(${text}, '='), '-_', '+/')`;
    return sql`decode(rpad(${digits}, (char_length(${digits}) + 3) / 4 * 4, '='), 'base64')`;
  },
};

/** The value that a text is the literal form of; null where it is none. */
export function fromText(value: Sql, type: EdmType): Sql {
  const target = databaseType(type);
  if (type.kind === 'enum') {
    if (type.isFlags) return flagsOf(value, type);
    const cases = [...type.members].flatMap(([name, member]) =>
      [literal(name), literal(String(member))].map(
        (text) => sql`when ${text} then ${storedMember(type, name, member)}`,
      ),
    );
    return sql`(case ${value} ${join(cases, ' ')} end)`;
  }
  if (rangeOf(type))
    return sql`(case when ${value} ~ '^[+-]?[0-9]{1,30}$' then ${numberCast(sql`${value}::numeric`, type, edm('Edm.Decimal'))} end)`;
  const form = forms[target];
  if (form === undefined) return sql`null::${trusted(target)}`;
  const cast = read[target]?.(value) ?? sql`${value}::${trusted(target)}`;
  const check = target === 'date' || target === 'timestamptz' ? dayExists(value, target) : isHeld(value, target);
  const checked = check ? sql`case when ${check} then ${cast} end` : cast;
  if (isFloating(type))
    return sql`(case when ${isSpecialText(value)} then replace(${value}, 'INF', 'Infinity')::${trusted(target)} when ${value} ~ ${literal(form)} then ${checked} end)`;
  return sql`(case when ${value} ~ ${literal(form)} then ${checked} end)`;
}

/** What floating-point numbers have no digits for. */
export const isSpecialText = (value: Sql): Sql => sql`${value} in ('INF', '-INF', 'NaN')`;

function isHeld(value: Sql, target: string): Sql | undefined {
  const magnitude = magnitudes[target];
  if (!magnitude) return undefined;
  const size = sql`abs(${value}::numeric)`;
  return sql`${size} = 0 or ${size} > ${trusted(magnitude[0])} and ${size} <= ${trusted(magnitude[1])}`;
}

const yearOf = (text: Sql): Sql => sql`substring(${text} from '^-?[0-9]+')::int`;

/** A date or moment as PostgreSQL reads it: it counts the years before 0001 from 1, and says BC. */
const dayAsRead = (text: Sql): Sql =>
  sql`case when ${text} ~ '^(-|0000)' then lpad((1 - ${yearOf(text)})::text, 4, '0') || substring(${text} from '^-?[0-9]+(.*)') || ' BC' else ${text} end`;

/** PostgreSQL keeps the year, and the day is not behind the end of its month. The calendar repeats itself after 400 years. */
function dayExists(text: Sql, target: string): Sql {
  const part = (pattern: string): Sql => sql`substring(${text} from ${literal(pattern)})::int`;
  const month = sql`make_date(2000 + ${yearOf(text)} % 400, ${part('^-?[0-9]+-(..)')}, 1)`;
  const years = target === 'date' ? trusted(`>= ${FIRST_YEAR}`) : trusted(`between ${FIRST_YEAR} and ${LAST_YEAR}`);
  return sql`${yearOf(text)} ${years} and ${part('^-?[0-9]+-..-(..)')} <= extract(day from ${month} + interval '1 month - 1 day')`;
}
