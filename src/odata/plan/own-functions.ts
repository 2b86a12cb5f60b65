/** Functions that the planner calls for itself, a line each: clients have no names for them. */
import { booleanType, databaseType, DYNAMIC_TYPE, untyped } from '../model/edm';
import type { EdmType, TypeDefinition } from '../model/model';
import type { EdmTypeName } from '../model/types';
import { constant, join, literal, sql, trusted, type Sql } from '../sql';
import { secondsOf } from './durations';
import { define, partial, type Build, type FunctionDef } from './function-definition';
import { foldCase } from './patterns';
import type { Bound } from './plan';
import { rowPattern } from './row-pattern';

/** A call of one of them. */
export const callOf = (
  definition: FunctionDef,
  given: readonly Bound[],
  type: EdmType,
  nullable: boolean,
): Extract<Bound, { kind: 'call' }> => ({ kind: 'call', definition, arguments: given, type, nullable });

/** Both fall into one group: null is the same as null, NaN as NaN. */
export const same = define('same', ['any', 'any'], 'Edm.Boolean', (a, b) => sql`(${a} is not distinct from ${b})`);

/** A key is among those of what an action has returned. */
export const isAmong = define('is among', ['any', 'any'], 'Edm.Boolean', (key, keys) => sql`(${key} = any(${keys}))`);

/** A text holds what a pattern says, whatever the case of the letters; null holds what the empty text does. */
export const isLike = define(
  'is like',
  ['Edm.String', 'Edm.String'],
  'Edm.Boolean',
  (text, pattern) => sql`(${foldCase(sql`coalesce(${text}, '')`)} like ${foldCase(pattern)})`,
);

/** A pattern that a row has, or one of the request that PostgreSQL's regular expressions cannot say, as `matchesPattern` takes it. */
export const patternOfRow = (maxLength: number): FunctionDef =>
  partial(define('pattern of a row', ['Edm.String'], 'Edm.String', (pattern) => rowPattern(pattern, maxLength)));

/** The member of an object; null where it has none of the name, or the value is no object. */
export const memberNamed = define(
  'member',
  ['any', 'Edm.String'],
  'first',
  (object, name) => sql`nullif(${object} -> ${name}, 'null')`,
);

/** The members of an object, and of all objects of a collection, to which a path of JSON leads, as one collection. */
export const membersAlong = define(
  'members along',
  ['any', 'Edm.String'],
  'first',
  (value, path) => sql`jsonb_path_query_array(${value}, ${path}::jsonpath)`,
);

/** The value is an object. */
export const isObject = define(
  'is object',
  ['any'],
  'Edm.Boolean',
  (value) => sql`(jsonb_typeof(${value}) = 'object')`,
);

/** A path may go on to a member of the value: it is an object, or is not there, and so are its members. */
export const mayHaveMembers = define(
  'may have members',
  ['any'],
  'Edm.Boolean',
  (value) => sql`coalesce(jsonb_typeof(${value}) in ('object', 'null'), true)`,
);

/** An object has members of these names only, and tells no other type than this one. */
export const hasOnly = (names: readonly string[], type: string): FunctionDef => {
  const known = constant([DYNAMIC_TYPE, ...names, ...names.map((name) => name + DYNAMIC_TYPE)], 'text[]');
  return define(
    'has only',
    ['any'],
    'Edm.Boolean',
    (value) =>
      sql`(${value} - ${known} = '{}' and coalesce(${value} ->> ${literal(DYNAMIC_TYPE)} = ${literal(type)}, true))`,
  );
};

/** A value is an object that tells this type. */
export const tellsType = (type: string): FunctionDef =>
  define(
    'tells type',
    ['any'],
    'Edm.Boolean',
    (value) => sql`coalesce(${value} ->> ${literal(DYNAMIC_TYPE)} = ${literal(type)}, false)`,
  );

/** An object that tells this type, or the items of a collection that do; null for all else. */
export const seenAsType = (type: string): FunctionDef => {
  const itemsOfType = literal(`strict $[*] ? (@."${DYNAMIC_TYPE}" == ${JSON.stringify(type)})`);
  return define(
    'seen as type',
    ['any'],
    'first',
    (value) =>
      sql`(case when jsonb_typeof(${value}) = 'array' then jsonb_path_query_array(${value}, ${itemsOfType}) when ${value} ->> ${literal(DYNAMIC_TYPE)} = ${literal(type)} then ${value} end)`,
  );
};

/** A number of any type, among them those that JSON has no digits for. */
export const numberHeld = define(
  'number held',
  ['any'],
  'Edm.Decimal',
  (value) =>
    sql`(case when jsonb_typeof(${value}) = 'number' then ${value}::numeric when ${value} in ('"INF"', '"-INF"', '"NaN"') then replace(${value} #>> '{}', 'INF', 'Infinity')::numeric end)`,
);

/** A value as the column of an open type holds it, by its name; null where it is. */
export const held = define(
  'held',
  ['any', 'Edm.String'],
  'first',
  (value, name) => sql`(case when ${value} is not null then jsonb_build_object(${name}, ${value}) end)`,
);

/** The same with its type, which is null where JSON tells it. */
export const heldWithType = define(
  'held with type',
  ['any', 'Edm.String', 'any'],
  'first',
  (value, name, type) =>
    sql`(case when ${value} is null then null when ${type} is null then jsonb_build_object(${name}, ${value}) else jsonb_build_object(${name}, ${value}, ${name} || ${literal(DYNAMIC_TYPE)}, ${type}) end)`,
);

/** The type that is kept of a dynamic value, where it is one of a collection. */
export const collectionType = define(
  'collection type',
  ['any'],
  'first',
  (type) => sql`(case when (${type} #>> '{}') like 'Collection(%' then ${type} end)`,
);

/** The type of the items of such a collection. */
export const typeOfItems = define(
  'type of items',
  ['any'],
  'first',
  (type) => sql`to_jsonb(substring(${type} #>> '{}' from '^Collection\\((.*)\\)$'))`,
);

/** The items of a dynamic value; itself where it is no collection. */
export const itemsOrItself = define(
  'items or itself',
  ['any'],
  'first',
  (value) =>
    sql`(case when jsonb_typeof(${value}) = 'array' then array(select nullif("e"."v", 'null') from jsonb_array_elements(${value}) "e"("v")) when ${value} is not null then array[${value}] end)`,
);

/** A number, or a collection of such, as one of a narrower type. */
export const narrowedTo = (type: EdmType): FunctionDef =>
  partial(define('narrowed', ['any'], 'first', (value) => sql`${value}::${trusted(databaseType(type))}`));

/** Values as one value. */
export const record = define('record', [], 'first', (...values) => sql`row(${join(values, ', ')})`);

/** A row that may be missing, told by the first operand, as a value. */
export const rowWhere = define(
  'row where',
  ['any', 'any'],
  'first',
  (presence, row) => sql`(case when ${presence} is not null then ${row} end)`,
);

/** A row that is always there, as a value. */
export const rowItself = define('row', ['any'], 'first', (row) => row);

/** A value that equals another one of its type where their JSON does. */
export const asJson = define('as JSON', ['any'], 'first', (value) => sql`to_jsonb(${value})`);

/** Values as one that is never null: equal where all of them are. */
export const asOne = (values: readonly Bound[]): Bound =>
  callOf(asJson, [callOf(record, values, untyped, false)], untyped, false);

/** The key of a complex value, of those of its parts. */
export const keyOfParts = define('key', [], 'first', (...parts) => sql`to_jsonb(row(${join(parts, ', ')}))`);

/** The same with further parts that have names: those of values that lack them are keys beside. */
export const keyWith = (names: readonly string[]): FunctionDef =>
  names.length === 0
    ? keyOfParts
    : define('key', [], 'first', (...parts) => {
        const [declared, added] = [parts.slice(0, -names.length), parts.slice(-names.length)];
        const named = added.map((part, index) => sql`${literal(names[index] ?? '')}, ${part}`);
        return sql`(to_jsonb(row(${join(declared, ', ')})) || jsonb_build_object(${join(named, ', ')}))`;
      });

/** The key of a number that may be none. */
export const keyOfFloat = define(
  'key of float',
  ['any'],
  'first',
  (value) => sql`(case when ${value} = 'NaN' then '{"NaN":true}' else to_jsonb(${value}) end)`,
);

/** The key of a duration: a day is 24 hours. */
export const keyOfDuration = define('key of duration', ['any'], 'first', secondsOf);

/** There is an item at the place. */
export const hasItem = define(
  'has item',
  ['collection', 'integer'],
  'Edm.Boolean',
  (items, at) => sql`(${at} >= - cardinality(${items}) and ${at} < cardinality(${items}))`,
);

/** The item at the place. */
export const itemAt = define(
  'item at',
  ['collection', 'integer'],
  'first',
  (items, at) => sql`(${items})[(${at} + 1 + case when ${at} < 0 then cardinality(${items}) else 0 end)::int4]`,
);

/** A value that tells its type itself is a collection; false where it is null. */
const isCollection = define(
  'is collection',
  ['any'],
  'Edm.Boolean',
  (value) => sql`coalesce(jsonb_typeof(${value}) = 'array', false)`,
);
export const isArray = (value: Bound): Bound => callOf(isCollection, [value], booleanType, false);

const temporal: Readonly<Partial<Record<EdmTypeName, string>>> = {
  'Edm.DateTimeOffset': 'timestamptz',
  'Edm.TimeOfDay': 'time',
  'Edm.Duration': 'interval',
};

/** A value as one of a type definition: rounded to its scale, null where its facets do not hold it. Undefined where it has none. CSDL §7.2 */
export function heldBy({ name, underlying, maxLength, precision, scale }: TypeDefinition): FunctionDef | undefined {
  const make = (build: Build): FunctionDef => define(`held by ${name}`, [underlying], 'first', build);
  const number = (value: number): Sql => trusted(String(value));
  if (maxLength !== undefined) {
    const length = trusted(underlying === 'Edm.Binary' ? 'octet_length' : 'char_length');
    return make((value) => sql`(case when ${length}(${value}) <= ${number(maxLength)} then ${value} end)`);
  }
  const fraction = temporal[underlying];
  if (fraction !== undefined) {
    if (precision === undefined || precision > 6) return undefined;
    const type = trusted(`${fraction}(${precision})`);
    if (underlying !== 'Edm.TimeOfDay') return make((value) => sql`${value}::${type}`);
    // A day has no 24:00.
    const last = trusted(`'23:59:59.${'9'.repeat(precision)}'::`);
    return make((value) => sql`(case when ${value}::${type} = '24:00' then ${last}${type} else ${value}::${type} end)`);
  }
  const rounded = (value: Sql): Sql => (scale === undefined ? value : sql`round(${value}, ${number(scale)})`);
  if (precision === undefined) return scale === undefined ? undefined : make(rounded);
  const limit = sql`power(10::numeric, ${number(precision - (scale ?? 0))})`;
  return make((value) => sql`(case when abs(${rounded(value)}) < ${limit} then ${rounded(value)} end)`);
}
