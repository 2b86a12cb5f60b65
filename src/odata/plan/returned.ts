/** What an action has returned, as rows: options work on them as on those of a function. Protocol §11.5.5 */
import { booleanType, databaseType } from '../model/edm';
import { PLACE } from '../model/item-type';
import { madeEntityType } from '../model/made-entity-type';
import type { EdmType, EntitySet, EntityType, Model } from '../model/model';
import type { ReturnType } from '../model/operation';
import { NULL, rowType } from '../model/row-type';
import { identifier, join, param, sql, trusted, type Bindings, type Sql } from '../sql';
import type { PlanContext } from './context';
import { columnProperty } from './derived-type';
import { placeProperty } from './ordinals';
import { callOf, isAmong } from './own-functions';
import type { BoundCollection, FunctionRows, Range, Results, Target } from './plan';
import { rowsOf } from './resource-path';
import { boundProperty } from './select';

/** The name in the bindings of what was returned: keys of entities, or values as a JSON array of rows; an array of such where members returned collections. */
export const RETURNED = 'returned';

/** That value. */
export const returned = ({ extra }: Bindings) => extra[RETURNED] ?? null;

type Values = Exclude<EdmType, EntityType>;

/** The rows of values that were returned, in their order. */
export function returnedRows(model: Model, name: string, returns: ReturnType): Target {
  const { kind } = returns.type;
  const type = returns.type.kind === 'collection' ? returns.type.of : returns.type;
  if (type.kind === 'entity') throw new Error('Entities are read where they live');
  const rows = rowType(type, [], []);
  const query = valuesIn(param(returned, 'jsonb'), rows);
  return rowsOf(
    model,
    undefined,
    madeRows(name, returns, kind === 'collection' ? inPlace(rows) : rows, () => query),
  );
}

/** Rows that a query makes of what is in the bindings, or in a row that they are bound to. */
const madeRows = (
  name: string,
  returns: ReturnType,
  type: EntityType,
  query: FunctionRows['definition']['sql'],
): FunctionRows => ({
  operation: { name, parameters: [], returns },
  definition: { kind: 'rows', type, sql: query, partitionType: 'text' },
  arguments: new Map(),
});

/** The rows of values in a JSON array, each with its place. */
function valuesIn(json: Sql, { properties }: EntityType): Sql {
  const columns = [...properties.values()].map(({ name: column }) => identifier(column));
  const typed = [...properties.values()].map(
    (property) => sql`${identifier(property.name)} ${trusted(databaseType(property.type))}`,
  );
  const list = sql`rows from (jsonb_to_recordset(${json}) as (${join([...typed, sql`${identifier(NULL)} bool`], ', ')})) with ordinality`;
  return sql`select * from ${list} as returned(${join([...columns, identifier(NULL), identifier(PLACE)], ', ')})`;
}

/** Rows that are told apart by their places, and some of which may be nulls. */
const inPlace = (type: EntityType): EntityType => ({ ...type, nulls: NULL, ...byPlace });

const byPlace = {
  key: [placeProperty],
  uniques: [[PLACE]],
  defaultOrder: [{ property: placeProperty, direction: 'asc' }],
} as const;

// ---- collections

/** The column of a row with the collection that a member has returned. No property has such a name. */
const ITEMS = '@items';

/** A row for each member, and how what it has returned, a collection of the type, is found from there. */
export function returnedCollections(
  { model }: PlanContext,
  name: string,
  type: Extract<EdmType, { kind: 'collection' }>,
): { readonly target: Target; readonly results: Results } {
  const keys = type.of.kind === 'entity' ? type.of.key[0] : undefined;
  const item = keys
    ? sql`array(select jsonb_array_elements_text("item"))::${trusted(databaseType(keys.type))}[]`
    : sql`"item"`;
  const query = sql`select ${item} as ${identifier(ITEMS)}, ${identifier(PLACE)} from jsonb_array_elements(${param(returned, 'jsonb')}) with ordinality as returned("item", ${identifier(PLACE)})`;
  const rows = madeEntityType({ name, properties: new Map(), ...byPlace });
  const returns: ReturnType = { type: { kind: 'collection', of: type }, nullable: false };
  const target = rowsOf(
    model,
    undefined,
    madeRows(name, returns, rows, () => query),
  );
  const { range } = target;
  const collection =
    type.of.kind === 'entity' ? entitiesOf(model, range, type.of) : valuesOf(range, name, type, type.of);
  return { target, results: { through: [], collection, type } };
}

/** Values: the rows of the JSON array. */
function valuesOf(from: Range, name: string, type: EdmType, item: Values): BoundCollection {
  const rows = rowType(item, [], []);
  const made = madeRows(name, { type, nullable: false }, inPlace(rows), ({ bound }) => valuesIn(bound(ITEMS), rows));
  return { from, navigations: [], range: { type: made.definition.type, name }, rows: made };
}

/** Entities: those of their set whose keys are in the list. */
function entitiesOf(model: Model, from: Range, type: EntityType): BoundCollection {
  const set = setOf(model, type);
  const [key, another] = type.key;
  if (!key || another) throw new Error(`Collections of ${type.name} are not returned by actions`);
  const range: Range = { type, name: '$it', identity: { kind: 'set', set } };
  const list = { kind: 'collection', of: key.type } as const;
  const keys = columnProperty({ name: ITEMS, column: ITEMS, type: list, nullable: false, dynamic: false });
  const filter = callOf(isAmong, [boundProperty(range, key), boundProperty(from, keys)], booleanType, false);
  return { from: undefined, navigations: [], range, filter };
}

/** The set that returned entities live in when no path says where. CSDL §12.7 */
export function setOf({ entitySets }: Model, type: EntityType): EntitySet {
  const set = [...entitySets.values()].find((one) => one.type === type);
  if (!set) throw new Error(`Nothing says where returned entities of ${type.name} live`);
  return set;
}
