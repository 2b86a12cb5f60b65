/** Functions that the planner calls for itself, a line each: clients have no names for them. */
import { DYNAMIC_TYPE } from '../model/edm';
import type { EdmType } from '../model/model';
import { join, literal, sql } from '../sql';
import { define, type FunctionDef } from './function-definition';
import { foldCase } from './patterns';
import type { Bound } from './plan';

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

/** The member of an object; null where it has none of the name, or the value is no object. */
export const memberNamed = define(
  'member',
  ['any', 'Edm.String'],
  'first',
  (object, name) => sql`nullif(${object} -> ${name}, 'null')`,
);

/** A value that tells its type itself is a collection. */
export const isCollection = define(
  'is collection',
  ['any'],
  'Edm.Boolean',
  (value) => sql`(jsonb_typeof(${value}) = 'array')`,
);

/** The text; null where it has more characters. */
export const shortEnough = define(
  'short enough',
  ['Edm.String', 'integer'],
  'first',
  (text, most) => sql`(case when char_length(${text}) <= ${most} then ${text} end)`,
);

/** The number, rounded to so many decimals; null where it is not below the bound then. */
export const fitting = define(
  'fitting',
  ['Edm.Decimal', 'integer', 'Edm.Decimal'],
  'first',
  (number, scale, bound) =>
    sql`(case when abs(round(${number}, ${scale})) < ${bound} then round(${number}, ${scale}) end)`,
);

/** The value is an object. */
export const isObject = define(
  'is object',
  ['any'],
  'Edm.Boolean',
  (value) => sql`(jsonb_typeof(${value}) = 'object')`,
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

/** The items of a dynamic value; itself where it is no collection. */
export const itemsOrItself = define(
  'items or itself',
  ['any'],
  'first',
  (value) =>
    sql`(case when jsonb_typeof(${value}) = 'array' then array(select nullif("e"."v", 'null') from jsonb_array_elements(${value}) "e"("v")) when ${value} is not null then array[${value}] end)`,
);

/** Values as one value. */
export const record = define('record', [], 'first', (...values) => sql`row(${join(values, ', ')})`);

/** A value that equals another one of its type where their JSON does. */
export const asJson = define('as JSON', ['any'], 'first', (value) => sql`to_jsonb(${value})`);

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
