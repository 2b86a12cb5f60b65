/** Values of dynamic properties: as values of a type, and as members of the answer. JSON §4.6.3, §7.1 */
import { DYNAMIC_TYPE, edm, isFloating, isPrimitive, numericRank } from '../model/edm';
import type { EdmType } from '../model/model';
import { primitiveType } from '../model/types';
import type { Field } from '../plan/plan';
import { constant, identifier, join, literal, sql, type Sql } from '../sql';
import { fromText, isSpecialText, momentOf, numberCast } from './cast';
import { marked, valueJson } from './dynamic-json';
import type { Representation } from './representation';
import type { Source } from './source';

const plainText = (value: Sql): Sql => sql`(${value} #>> '{}')`;

/** The literal form of a single value, whatever it is. */
export const dynamicText = (value: Sql): Sql =>
  sql`(case when jsonb_typeof(${value}) not in ('array', 'object') then ${plainText(value)} end)`;

/** The items of a value as an array; none where it is no collection. */
function dynamicItems(value: Sql): Sql {
  const array = sql`case when jsonb_typeof(${value}) = 'array' then ${value} end`;
  return sql`array(select nullif("e"."v", 'null') from jsonb_array_elements(${array}) with ordinality "e"("v", "n") order by "e"."n")`;
}

/**
 * The value where it is one of the type, null elsewhere: numbers of any type count as numbers, and a text as what its form says, because JSON has
 * no other form for dates and the like.
 */
export function dynamicAs(value: Sql, type: EdmType): Sql {
  const kindIs = (kind: string): Sql => sql`jsonb_typeof(${value}) = ${literal(kind)}`;
  const text = plainText(value);
  if (type.kind === 'collection') return dynamicItems(value);
  if (isPrimitive(type, 'Edm.Boolean')) return sql`(case when ${kindIs('boolean')} then ${value}::boolean end)`;
  if (numericRank(type) > 0) {
    const number = dynamicNumber(sql`(case when ${kindIs('number')} then ${value}::numeric end)`, type);
    if (!isFloating(type)) return number;
    return sql`(case when ${kindIs('string')} and ${isSpecialText(text)} then ${fromText(text, type)} else ${number} end)`;
  }
  if (isPrimitive(type, 'Edm.String')) return sql`(case when ${kindIs('string')} then ${text} end)`;
  const read = sql`(case when ${kindIs('string')} then ${fromText(text, type)} end)`;
  if (!isPrimitive(type, 'Edm.DateTimeOffset')) return read;
  return sql`coalesce(${read}, ${momentOf(dynamicAs(value, edm('Edm.Date')))})`;
}

/** A whole number is none of a value with a fraction. */
function dynamicNumber(number: Sql, type: EdmType): Sql {
  if (isPrimitive(type, 'Edm.Decimal')) return number;
  const cast = numberCast(number, type, edm('Edm.Decimal'));
  const isWhole = type.kind === 'primitive' && primitiveType(type.name).range !== undefined;
  return isWhole ? sql`(case when ${number} = trunc(${number}) then ${cast} end)` : cast;
}

/** The column that holds the dynamic properties of a row. */
function holder(source: Source): Sql {
  const { dynamic } = source.type;
  if (!dynamic) throw new Error(`The type ${source.type.name} is not open`);
  return source.column(dynamic.column);
}

/** What is kept of the type of a member. */
const keptType = (all: Sql, name: Sql): Sql => sql`(${all} ->> (${name} || ${literal(DYNAMIC_TYPE)}))`;

/** The type of a value as control information; null where JSON tells it. */
export function typeControl(known: Sql, value: Sql, representation: Representation): Sql | undefined {
  const { metadata } = representation;
  if (metadata === 'none') return undefined;
  const type =
    metadata === 'full'
      ? sql`coalesce(${known}, case when jsonb_typeof(${value}) = 'number' then 'Double' end)`
      : known;
  return marked(type, representation);
}

/** A member behind its type, which is that of the object where the value stands alone in it. JSON §4.6.3, §11 */
export function dynamicMember(all: Sql, name: Sql, value: Sql, representation: Representation, isAlone = false): Sql {
  const known = keptType(all, name);
  const control = typeControl(known, value, representation);
  const typed = control
    ? sql`coalesce(to_json(${isAlone ? sql`''::text` : name} || ${literal(`${representation.prefix}type`)})::text || ':' || to_json(${control})::text || ',', '') || `
    : sql``;
  return sql`${typed}to_json(${name})::text || ':' || ${valueJson(known, value, representation)}`;
}

/** The members of a row as text; null where there are none. */
export function dynamicMembers(
  source: Source,
  { names, except }: Extract<Field, { kind: 'dynamic' }>,
  representation: Representation,
): Sql {
  const all = holder(source);
  const [name, value] = [sql`"d"."key"`, sql`"d"."value"`];
  const member = dynamicMember(all, name, value, representation);
  const conditions = [
    sql`${name} not like '%@%'`,
    sql`${value} <> 'null'`,
    ...(names ? [sql`${name} = any(${constant(names, 'text[]')})`] : []),
    ...(except.length > 0 ? [sql`${name} <> all(${constant(except, 'text[]')})`] : []),
  ];
  return sql`(select string_agg(${member}, ',' order by ${name} collate "C") from jsonb_each(${all}) ${identifier('d')}("key", "value") where ${join(conditions, ' and ')})`;
}

/** One value that stands alone: its JSON and its type. */
export const dynamicValue = (source: Source, name: Sql, value: Sql, representation: Representation): DynamicValue =>
  valueAlone(keptType(holder(source), name), value, representation);

/** The same of an object with it under its name. */
export function heldAlone(held: Sql, name: string, representation: Representation): DynamicValue {
  const key = constant(name, 'text');
  return valueAlone(keptType(held, key), sql`nullif(${held} -> ${key}, 'null')`, representation);
}

interface DynamicValue {
  readonly json: Sql;
  readonly type: Sql | undefined;
}

const valueAlone = (known: Sql, value: Sql, representation: Representation): DynamicValue => ({
  json: valueJson(known, value, representation),
  type: typeControl(known, value, representation),
});
