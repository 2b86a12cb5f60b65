/**
 * The table of the language: one entry, one function or operator. To add one, add an entry here and a row in its test.
 * URL Conventions §5.1.1.2 (arithmetic), §5.1.1.5–5.1.1.9 (canonical functions).
 */
import type { EdmType } from '../model/model';
import { databaseType, edm, isFloating, numericRank } from '../model/edm';
import { sql, trusted, type Sql } from '../sql';
import { collectionFunctions } from './collection-functions';
import { floatQuotient, floatRemainder, quotient } from './division';
import { moved, scaled, secondsOf } from './durations';
import { define, partial, type Build, type FunctionDef, type Operand, type ResultKind } from './function-definition';
import { containsPattern, endsWithPattern, prefixEnd } from './patterns';
import { matchesRow } from './row-pattern';

/** A function of a text and a pattern, with a better form when the pattern is a value of the request. */
const matching = (
  name: string,
  withValue: (text: Sql, mapped: NonNullable<Operand['mapped']>) => Sql,
  otherwise: Build,
): FunctionDef => ({
  name,
  parameters: ['Edm.String', 'Edm.String'],
  result: 'Edm.Boolean',
  sql: ([text, pattern]) => {
    if (!text || !pattern) throw new Error(`${name} takes two operands`);
    return pattern.mapped ? withValue(text.sql, pattern.mapped) : otherwise(text.sql, pattern.sql);
  },
});

/** Case mapping of any script, the result again ordered by code point. Indexes are declared on exactly this text. */
const mapCase =
  (mapping: 'lower' | 'upper') =>
  (text: Sql): Sql =>
    sql`(${trusted(mapping)}(${text} collate "und-x-icu") collate "C")`;

/** What Unicode calls white space (White_Space): NEL is, U+FEFF is none. §5.1.1.7.4 */
const whiteSpace = trusted(
  "E' \\t\\n\\r\\f\\v\\u0085\\u00a0\\u1680\\u2000\\u2001\\u2002\\u2003\\u2004\\u2005\\u2006\\u2007\\u2008\\u2009\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000'",
);

const utc = (value: Sql): Sql => sql`(${value} at time zone 'UTC')`;

const offset = /([+-])(\d\d):(\d\d)(?=(?: BC)?$)/;
/** A moment of the request as its own clock shows it. */
const atItsClock = (text: string): string => text.replace(offset, 'Z');
const offsetMinutes = (text: string): string => {
  const [, sign = '', hours = '0', minutes = '0'] = offset.exec(text) ?? [];
  return `${sign}${Number(hours) * 60 + Number(minutes)}`;
};

/** What a clock shows at a moment: that of the literal's own offset; stored moments are UTC. §5.1.1.8 */
const atClock = (name: string, result: ResultKind, build: (clock: Sql) => Sql): FunctionDef => ({
  name,
  parameters: ['Edm.DateTimeOffset'],
  result,
  sql: ([moment]) => {
    if (!moment) throw new Error(`${name} takes one operand`);
    return build(utc(moment.mapped ? moment.mapped(atItsClock) : moment.sql));
  },
});
const part =
  (field: string) =>
  (value: Sql): Sql =>
    sql`extract(${trusted(field)} from ${value})::int4`;
/** The year before 0001 is 0000; PostgreSQL has none of that number. CSDL §3.3 */
const year = (value: Sql): Sql => sql`(extract(year from ${value}) + (${value} < '0001-01-01')::int4)::int4`;
const wholeSecond = (value: Sql): Sql => sql`floor(extract(second from ${value}))::int4`;
const secondFraction = (value: Sql): Sql => sql`mod(extract(second from ${value}), 1)`;

/** The 0-based start of substring as SQL counts, a negative one from the end; no text is longer than the limit. §5.1.1.5.7 */
const startAt = (text: Sql, start: Sql): Sql =>
  sql`(case when ${start} < 0 then greatest(char_length(${text}) + ${start}, 0) else least(${start}, 1000000000) end + 1)::int4`;

/** PostgreSQL has some functions for doubles only: what comes of a Single is one. */
const ofType = (value: Sql, type: EdmType): Sql => sql`${value}::${trusted(databaseType(type))}`;

const isWhole = (type: EdmType): boolean => numericRank(type) > 0 && numericRank(type) <= numericRank(edm('Edm.Int64'));

/** Numeric promotion is done by the caller: both sides have the type of the result. */
const division = (name: string, exact: (type: EdmType) => Build, floating: Build): FunctionDef => ({
  name,
  parameters: ['number', 'number'],
  result: 'widest',
  sql: ([left, right], [type]) => {
    if (!left || !right || !type) throw new Error(`${name} takes two operands`);
    return isFloating(type) ? ofType(floating(left.sql, right.sql), type) : exact(type)(left.sql, right.sql);
  },
});

/** Of whole numbers a whole number, cut towards zero. */
const wholeQuotient: Build = (a, b) => sql`(${a} / ${b})`;
const remainder: Build = (a, b) => sql`mod(${a}, ${b})`;

/** Whole numbers stay what they are: PostgreSQL would make floating-point numbers of them. §5.1.1.9 */
const rounding = (name: string, build: (value: Sql, isFloat: boolean) => Sql): FunctionDef => ({
  name,
  parameters: ['number'],
  result: 'first',
  sql: ([value], [type]) => {
    if (!value || !type) throw new Error(`${name} takes one operand`);
    if (isWhole(type)) return value.sql;
    return isFloating(type) ? ofType(build(value.sql, true), type) : build(value.sql, false);
  },
});

/** Half away from zero; what is behind the point is exact, adding a half to the whole would not be. */
const roundFloat = (value: Sql): Sql =>
  sql`(trunc(${value}) + case when abs(${value} - trunc(${value})) >= 0.5 then sign(${value}) else 0 end)`;

/** What is too large for its type, and what is divided by zero, has no result. */
const operators: readonly FunctionDef[] = [
  define('add', ['number', 'number'], 'widest', (a, b) => sql`(${a} + ${b})`),
  define('sub', ['number', 'number'], 'widest', (a, b) => sql`(${a} - ${b})`),
  define('mul', ['number', 'number'], 'widest', (a, b) => sql`(${a} * ${b})`),
  division('div', (type) => (isWhole(type) ? wholeQuotient : quotient), floatQuotient),
  { ...division('divby', () => quotient, floatQuotient), result: 'Edm.Decimal' },
  division('mod', () => remainder, floatRemainder),
  define('negate', ['number'], 'first', (a) => sql`(- ${a})`),
  define('negate', ['Edm.Duration'], 'first', (a) => sql`(- ${a})`),
  moved('add', 'Edm.DateTimeOffset', (a, b) => sql`(${a} + ${b})`),
  moved('sub', 'Edm.DateTimeOffset', (a, b) => sql`(${a} - ${b})`),
  define('add', ['Edm.Duration', 'Edm.Duration'], 'first', (a, b) => sql`(${a} + ${b})`),
  define('sub', ['Edm.Duration', 'Edm.Duration'], 'first', (a, b) => sql`(${a} - ${b})`),
  scaled('mul', ['Edm.Duration', 'number'], (a, b) => sql`${a} * ${b}`),
  scaled('mul', ['number', 'Edm.Duration'], (a, b) => sql`${a} * ${b}`),
  scaled('div', ['Edm.Duration', 'number'], quotient),
  scaled('divby', ['Edm.Duration', 'number'], quotient),
  moved('add', 'Edm.Date', (a, b) => sql`(${a} + ${b})::date`),
  moved('sub', 'Edm.Date', (a, b) => sql`(${a} - ${b})::date`),
];

export const functions: readonly FunctionDef[] = [
  ...collectionFunctions,
  // strings
  define('concat', ['Edm.String', 'Edm.String'], 'Edm.String', (a, b) => sql`(${a} || ${b})`),
  matching(
    'contains',
    (text, value) => sql`(${text} like ${value(containsPattern)})`,
    (a, b) => sql`(strpos(${a}, ${b}) > 0)`,
  ),
  matching(
    'endswith',
    (text, value) => sql`(${text} like ${value(endsWithPattern)})`,
    (a, b) => sql`(right(${a}, char_length(${b})) = ${b})`,
  ),
  matching(
    'startswith',
    (text, value) =>
      sql`(${text} collate "C" >= ${value((prefix) => prefix)} and ${text} collate "C" < ${value(prefixEnd)})`,
    (a, b) => sql`starts_with(${a}, ${b})`,
  ),
  partial({
    ...matching('matchespattern', (text, value) => sql`(${text} ~ ${value((pattern) => pattern)})`, matchesRow),
    parameters: ['Edm.String', 'pattern'],
  }),
  define('indexof', ['Edm.String', 'Edm.String'], 'Edm.Int32', (a, b) => sql`(strpos(${a}, ${b}) - 1)`),
  define('length', ['Edm.String'], 'Edm.Int32', (a) => sql`char_length(${a})`),
  define('substring', ['Edm.String', 'integer'], 'Edm.String', (a, start) => sql`substr(${a}, ${startAt(a, start)})`),
  define(
    'substring',
    ['Edm.String', 'integer', 'integer'],
    'Edm.String',
    (a, start, length) => sql`substr(${a}, ${startAt(a, start)}, least(greatest(${length}, 0), 1000000000)::int4)`,
  ),
  define('tolower', ['Edm.String'], 'Edm.String', mapCase('lower')),
  define('toupper', ['Edm.String'], 'Edm.String', mapCase('upper')),
  define('trim', ['Edm.String'], 'Edm.String', (a) => sql`btrim(${a}, ${whiteSpace})`),
  // dates and times
  define('year', ['Edm.Date'], 'Edm.Int32', year),
  atClock('year', 'Edm.Int32', year),
  ...(['month', 'day'] as const).flatMap((name) => [
    define(name, ['Edm.Date'], 'Edm.Int32', part(name)),
    atClock(name, 'Edm.Int32', part(name)),
  ]),
  ...(['hour', 'minute'] as const).flatMap((name) => [
    define(name, ['Edm.TimeOfDay'], 'Edm.Int32', part(name)),
    atClock(name, 'Edm.Int32', part(name)),
  ]),
  define('second', ['Edm.TimeOfDay'], 'Edm.Int32', wholeSecond),
  atClock('second', 'Edm.Int32', wholeSecond),
  define('fractionalseconds', ['Edm.TimeOfDay'], 'Edm.Decimal', secondFraction),
  atClock('fractionalseconds', 'Edm.Decimal', secondFraction),
  atClock('date', 'Edm.Date', (clock) => sql`${clock}::date`),
  atClock('time', 'Edm.TimeOfDay', (clock) => sql`${clock}::time`),
  define('now', [], 'Edm.DateTimeOffset', () => sql`now()`),
  define('mindatetime', [], 'Edm.DateTimeOffset', () => sql`'0001-01-01T00:00:00Z'::timestamptz`),
  define('maxdatetime', [], 'Edm.DateTimeOffset', () => sql`'9999-12-31T23:59:59.999999Z'::timestamptz`),
  {
    name: 'totaloffsetminutes',
    parameters: ['Edm.DateTimeOffset'],
    result: 'Edm.Int32',
    sql: ([moment]) =>
      moment?.mapped?.(offsetMinutes, 'int4') ?? sql`(case when ${moment?.sql ?? sql`null`} is not null then 0 end)`,
  },
  define('totalseconds', ['Edm.Duration'], 'Edm.Decimal', secondsOf),
  // numbers
  rounding('round', (a, isFloat) => (isFloat ? roundFloat(a) : sql`round(${a})`)),
  rounding('floor', (a) => sql`floor(${a})`),
  rounding('ceiling', (a) => sql`ceil(${a})`),
  // operators
  ...operators.map(partial),
  define('sub', ['Edm.DateTimeOffset', 'Edm.DateTimeOffset'], 'Edm.Duration', (a, b) => sql`(${a} - ${b})`),
  define('sub', ['Edm.Date', 'Edm.Date'], 'Edm.Duration', (a, b) => sql`make_interval(days => ${a} - ${b})`),
];

const byName = new Map<string, FunctionDef[]>();
for (const definition of functions) byName.set(definition.name, [...(byName.get(definition.name) ?? []), definition]);

/** The overloads of a function or operator; names are compared without regard to case. */
export const overloadsOf = (name: string): readonly FunctionDef[] => byName.get(name.toLowerCase()) ?? [];

/** Functions of the standard that are recognised but not offered yet. */
export const knownFunctions: readonly string[] = ['geo.distance', 'geo.intersects', 'geo.length'];

/** All names that a client may mean. */
export const functionNames: readonly string[] = [...byName.keys(), 'cast', 'isof', 'case', 'isdefined'];
