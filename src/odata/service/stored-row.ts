/** A stored record as the engine and the rules see it: values by property path, and the text of every column it may need. */
import { columnOf } from '../compile/key-columns';
import type { EdmType, EntityType, Property } from '../model/model';
import { canonicalDecimal } from '../payload/decimal';
import { singleText, type Single, type Value } from '../payload/change';
import { storedSteps } from '../payload/stored-json';
import { structuredText } from '../payload/structured';
import { atOnce, type Steps } from '../payload/turns';
import { canonicalDuration, intervalText } from '../model/duration';
import { databaseDay, writtenDay } from '../model/calendar';
import { complexItems, databaseType, isPrimitive } from '../model/edm';
import { memberText, memberValue } from '../model/enum-values';
import { TextPieces, type SqlValue } from '../sql';
import { arrayPieces, itemsOfArray, parameterText } from './array-text';
import type { TextRow } from './wire-row';

/** A property with a column, and its path when it is part of a complex value. */
export interface Leaf {
  readonly path: string;
  readonly property: Property;
  readonly column: string;
}

/** A record that was read. Its values are made when somebody asks for them: there may be long ones, and no rules. */
export class StoredRow {
  private made: Readonly<Record<string, Value>> | undefined;

  constructor(
    private readonly type: EntityType,
    /** Text by column: of the properties, the version, the partition. */
    readonly columns: Columns,
  ) {}

  get values(): Readonly<Record<string, Value>> {
    this.made ??= Object.fromEntries(
      leaves(this.type).map(({ path, property, column }) => [
        path,
        typedValue(property, this.columns.get(column) ?? null),
      ]),
    );
    return this.made;
  }

  /** One of them, in steps. */
  *value(path: string): Steps<Value> {
    const found = leaf(this.type, path);
    return found ? yield* typedSteps(found.property, this.columns.get(found.column) ?? null) : null;
  }
}

type Columns = Pick<ReadonlyMap<string, string | null>, 'get'>;

interface Layout {
  readonly leaves: readonly Leaf[];
  readonly byPath: ReadonlyMap<string, Leaf>;
  /** Everything that is read of a row, for whichever derived type it is of. */
  readonly columns: readonly string[];
  readonly places: ReadonlyMap<string, number>;
}

const layouts = new WeakMap<EntityType, Layout>();

function layoutOf(type: EntityType): Layout {
  const found = layouts.get(type);
  if (found) return found;
  const leaves = [...type.properties.values()].flatMap((property) => leavesOf(property, property.name));
  const derived = (type.inheritance?.derived ?? []).flatMap((one) => layoutOf(one).columns);
  const navigations = [...type.joins.values()].flatMap(({ join, via }) =>
    [...join, ...(via?.from ?? [])].map(({ column }) => column),
  );
  const engine = [type.version, type.partition, type.inheritance?.discriminator, type.dynamic].flatMap((reference) =>
    reference ? [reference.column] : [],
  );
  const columns = [...new Set([...leaves.map(({ column }) => column), ...navigations, ...engine, ...derived])];
  const layout = {
    leaves,
    byPath: new Map(leaves.map((leaf) => [leaf.path, leaf])),
    columns,
    places: new Map(columns.map((column, place) => [column, place])),
  };
  layouts.set(type, layout);
  return layout;
}

function leavesOf(property: Property, path: string): readonly Leaf[] {
  const { source } = property;
  if (source.kind === 'column') return [{ path, property, column: source.column }];
  if (source.kind !== 'complex') return [];
  return [...source.properties.values()].flatMap((part) => leavesOf(part, `${path}/${part.name}`));
}

/** The properties of a type that have a column. */
export const leaves = (type: EntityType): readonly Leaf[] => layoutOf(type).leaves;

/** The property of a path, when it has a column. */
export const leaf = (type: EntityType, path: string): Leaf | undefined => layoutOf(type).byPath.get(path);

/** The columns that are read of a record. */
export const rowColumns = (type: EntityType): readonly string[] => layoutOf(type).columns;

/** The record that a row with `rowColumns` stands for. */
export function storedRow(type: EntityType, row: TextRow): StoredRow {
  const { places } = layoutOf(type);
  const get = (column: string): string | null | undefined => {
    const place = places.get(column);
    return place === undefined ? undefined : (row[place] ?? null);
  };
  return new StoredRow(type, { get });
}

/** The value that the text of a column, its bytes, or the items of an array, stand for. */
export const typedValue = (property: Property, text: SqlValue): Value =>
  property.type.kind === 'collection' || typeof text !== 'string'
    ? atOnce(typedSteps(property, text))
    : singleValue(property.type, text);

/** The same in steps. */
function* typedSteps({ type }: Pick<Property, 'type'>, text: SqlValue): Steps<Value> {
  if (text === null || Buffer.isBuffer(text)) return text;
  if (text instanceof TextPieces) return yield* typedSteps({ type }, parameterText(text));
  if (typeof text === 'string' && type.kind !== 'collection') return singleValue(type, text);
  if (type.kind !== 'collection') return null;
  if (typeof text === 'string' && complexItems({ type }))
    return yield* structuredText(yield* storedSteps(Buffer.from(text)));
  const values: Single[] = [];
  for (const item of typeof text === 'string' ? yield* itemsOfArray(text) : text) {
    if (values.length % STEP === STEP - 1) yield;
    values.push(singleValue(type.of, item));
  }
  return values;
}

/** Items of one step, and how many are few. */
const STEP = 1000;

function singleValue(type: EdmType, text: string | null): Single {
  if (text === null) return null;
  if (type.kind === 'enum' && type.databaseType === undefined) return memberText(type, Number(text));
  if (type.kind !== 'primitive') return text;
  switch (type.name) {
    case 'Edm.Boolean':
      return text === 't' || text === 'true';
    case 'Edm.Byte':
    case 'Edm.SByte':
    case 'Edm.Int16':
    case 'Edm.Int32':
      return Number(text);
    case 'Edm.Decimal': {
      const number = canonicalDecimal(text);
      return 'text' in number ? number.text : text;
    }
    case 'Edm.Date':
      return writtenDay(text);
    case 'Edm.DateTimeOffset':
      return writtenDay(text).replace(' ', 'T').replace(/\+00$/, 'Z');
    case 'Edm.Duration':
      return canonicalDuration(text);
    case 'Edm.Binary':
      return Buffer.from(text.slice(2), 'hex');
    default:
      return text;
  }
}

/** A value of a property as that of a parameter. */
export function sqlValue({ type }: Pick<Property, 'type'>, value: Value): SqlValue {
  if (Buffer.isBuffer(value)) return value;
  if (!isItems(value)) return sqlText(type, value);
  return type.kind === 'collection' ? value.map((item) => sqlText(type.of, item)) : null;
}

/** The same of one that may have many items. */
export function* sqlSteps(property: Pick<Property, 'type'>, value: Value): Steps<SqlValue> {
  const { type } = property;
  if (!isItems(value) || value.length <= STEP || type.kind !== 'collection') return sqlValue(property, value);
  return yield* arrayPieces(value, (item) => sqlText(type.of, item));
}

const isItems = (value: Value): value is readonly Single[] => Array.isArray(value);

/** True for equal values, and for lists of them in the same order. */
export function isSameValue(left: Value, right: Value): boolean {
  if (Buffer.isBuffer(left)) return Buffer.isBuffer(right) && left.equals(right);
  if (!isItems(left) || !isItems(right)) return left === right;
  return left.length === right.length && left.every((item, place) => isSameValue(item, right[place] ?? null));
}

function sqlText(type: EdmType, value: Single): string | null {
  if (value === null) return null;
  const text = singleText(value);
  if (type.kind === 'enum' && type.databaseType === undefined) return String(memberValue(type, text) ?? text);
  if (isPrimitive(type, 'Edm.Date') || isPrimitive(type, 'Edm.DateTimeOffset')) return databaseDay(text);
  return isPrimitive(type, 'Edm.Duration') ? intervalText(text) : text;
}

/** The type that a parameter for a property is cast to. */
export const sqlType = ({ type }: Property): string => databaseType(type);

/** The key of a record, by property. */
export const keyOf = (type: EntityType, { columns }: StoredRow): Readonly<Record<string, string>> =>
  Object.fromEntries(type.key.map((property) => [property.name, columns.get(columnOf(property)) ?? '']));
