/**
 * The primitive types, one line each: CSDL 4.01 §3.3. What is said here decides the cast of a parameter, how a literal of a
 * URL and a value of a body are read, and how a column of the answer is written.
 */
import type { LiteralKind } from '../url/ast';
import { isDay, isDayOfMoments } from './calendar';
import { holdsDuration } from './duration';

/** How the text that PostgreSQL sends for a column becomes JSON. */
export type JsonForm =
  /** As it is: integers, JSON. */
  | 'raw'
  /** Numeric text; trailing zeros of the fraction are left out. A string under IEEE754Compatible. */
  | 'decimal'
  /** int8: as it is; a string under IEEE754Compatible. */
  | 'int64'
  /** `t` or `f`. */
  | 'boolean'
  /** Quoted; holds nothing that JSON escapes. */
  | 'quoted'
  | 'date'
  /** Quoted and escaped. */
  | 'string'
  /** Digits, or one of INF, -INF, NaN quoted. */
  | 'double'
  /** `2026-03-31 09:12:44.103+00` → `"2026-03-31T09:12:44.103Z"`. */
  | 'dateTimeOffset'
  /** Quoted; PostgreSQL writes a sign before each part. */
  | 'duration'
  /** `\x…` → base64url. */
  | 'binary';

interface PrimitiveType {
  /** The PostgreSQL type that parameters are cast to. */
  readonly sql: string;
  readonly json: JsonForm;
  /** Kinds of URL literals that are values of the type; strings are cast to any type. URL Conventions §5.1.1.14.1 */
  readonly literals: readonly LiteralKind[];
  /** The whole text of a value, as URLs and $value write it. */
  readonly pattern: RegExp;
  /** Whether a text of that form is a value, where the form does not say it. */
  readonly holds?: (text: string) => boolean;
  /** Position in numeric promotion; 0 for what is no number. */
  readonly rank: number;
  /** For whole numbers: the smallest and largest value. */
  readonly range?: readonly [bigint, bigint];
}

const integer = /^[+-]?\d{1,19}$/;
const decimal = /^[+-]?\d+(\.\d+)?([eE][+-]?\d{1,3})?$/;
const double = /^([+-]?(\d+(\.\d*)?([eE][+-]?\d{1,3})?)|-?INF|NaN)$/;
const datePart = '-?(0\\d{3}|[1-9]\\d{3,5})-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])';
const timePart = '([01]\\d|2[0-3]):[0-5]\\d(:[0-5]\\d(\\.\\d{1,12})?)?';

/** PostgreSQL refuses what a float would make an infinity or zero of. */
const isInRange = (text: string, value: number): boolean =>
  /[NI]/.test(text) || (Number.isFinite(value) && (value !== 0 || !/[1-9]/.test(text.replace(/e.*$/i, ''))));

export const primitiveTypes = {
  'Edm.String': { sql: 'text', json: 'string', literals: ['string'], pattern: /^[\s\S]*$/, rank: 0 },
  'Edm.Guid': {
    sql: 'uuid',
    json: 'quoted',
    literals: ['guid'],
    pattern: /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i,
    rank: 0,
  },
  'Edm.Boolean': { sql: 'boolean', json: 'boolean', literals: ['boolean'], pattern: /^(true|false)$/i, rank: 0 },
  'Edm.Byte': { sql: 'int2', json: 'raw', literals: ['integer'], pattern: integer, rank: 1, range: [0n, 255n] },
  'Edm.SByte': { sql: 'int2', json: 'raw', literals: ['integer'], pattern: integer, rank: 1, range: [-128n, 127n] },
  'Edm.Int16': { sql: 'int2', json: 'raw', literals: ['integer'], pattern: integer, rank: 2, range: [-32768n, 32767n] },
  'Edm.Int32': {
    sql: 'int4',
    json: 'raw',
    literals: ['integer'],
    pattern: integer,
    rank: 3,
    range: [-2147483648n, 2147483647n],
  },
  'Edm.Int64': {
    sql: 'int8',
    json: 'int64',
    literals: ['integer'],
    pattern: integer,
    rank: 4,
    range: [-(2n ** 63n), 2n ** 63n - 1n],
  },
  'Edm.Decimal': {
    sql: 'numeric',
    json: 'decimal',
    literals: ['integer', 'decimal', 'double'],
    pattern: decimal,
    rank: 5,
  },
  'Edm.Single': {
    sql: 'float4',
    json: 'double',
    literals: ['integer', 'decimal', 'double'],
    pattern: double,
    holds: (text) => isInRange(text, Math.fround(Number(text))),
    rank: 6,
  },
  'Edm.Double': {
    sql: 'float8',
    json: 'double',
    literals: ['integer', 'decimal', 'double'],
    pattern: double,
    holds: (text) => isInRange(text, Number(text)),
    rank: 7,
  },
  'Edm.Date': {
    sql: 'date',
    json: 'date',
    literals: ['date'],
    pattern: new RegExp(`^${datePart}$`),
    holds: isDay,
    rank: 0,
  },
  'Edm.DateTimeOffset': {
    sql: 'timestamptz',
    json: 'dateTimeOffset',
    literals: ['dateTimeOffset', 'date'],
    pattern: new RegExp(`^${datePart}(T${timePart}(Z|[+-](0\\d|1[0-4]):[0-5]\\d))?$`, 'i'),
    holds: isDayOfMoments,
    rank: 0,
  },
  'Edm.TimeOfDay': {
    sql: 'time',
    json: 'quoted',
    literals: ['timeOfDay'],
    pattern: new RegExp(`^${timePart}$`),
    rank: 0,
  },
  'Edm.Duration': {
    sql: 'interval',
    json: 'duration',
    literals: ['duration'],
    pattern: /^[+-]?P(?=[\dT])(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?$/i,
    holds: (text) => holdsDuration(text, Infinity),
    rank: 0,
  },
  'Edm.Binary': {
    sql: 'bytea',
    json: 'binary',
    literals: ['binary'],
    pattern: /^([\w-]{4})*([\w-]{2}(==)?|[\w-]{3}=?)?$/,
    rank: 0,
  },
} as const satisfies Record<string, PrimitiveType>;

/** The name of a primitive type. */
export type EdmTypeName = keyof typeof primitiveTypes;

/** The line of a primitive type in the table. */
export const primitiveType = (name: EdmTypeName): PrimitiveType => primitiveTypes[name];

/** The primitive type of a PostgreSQL column type as TypeORM normalises it; undefined when there is none. */
export const edmTypeOfColumn: Readonly<Record<string, EdmTypeName>> = {
  uuid: 'Edm.Guid',
  'character varying': 'Edm.String',
  varchar: 'Edm.String',
  text: 'Edm.String',
  char: 'Edm.String',
  character: 'Edm.String',
  boolean: 'Edm.Boolean',
  bool: 'Edm.Boolean',
  smallint: 'Edm.Int16',
  int2: 'Edm.Int16',
  integer: 'Edm.Int32',
  int: 'Edm.Int32',
  int4: 'Edm.Int32',
  bigint: 'Edm.Int64',
  int8: 'Edm.Int64',
  numeric: 'Edm.Decimal',
  decimal: 'Edm.Decimal',
  real: 'Edm.Single',
  float4: 'Edm.Single',
  'double precision': 'Edm.Double',
  float8: 'Edm.Double',
  date: 'Edm.Date',
  'timestamp with time zone': 'Edm.DateTimeOffset',
  timestamptz: 'Edm.DateTimeOffset',
  'time without time zone': 'Edm.TimeOfDay',
  time: 'Edm.TimeOfDay',
  interval: 'Edm.Duration',
  bytea: 'Edm.Binary',
};
