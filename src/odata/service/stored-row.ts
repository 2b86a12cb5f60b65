/** A stored record as the engine and the rules see it: values by property path, and the text of every column it may need. */
import { columnOf } from '../compile/key-columns';
import type { EdmType, EntityType, Property } from '../model/model';
import { canonicalDecimal } from '../payload/decimal';
import type { Single, Value } from '../payload/change';
import { storedJson } from '../payload/stored-json';
import { structuredText } from '../payload/structured';
import { canonicalDuration, intervalText } from '../model/duration';
import { databaseDay, writtenDay } from '../model/calendar';
import { complexItems, databaseType, isPrimitive } from '../model/edm';
import { memberText, memberValue } from '../model/enum-values';
import type { SqlValue } from '../sql';
import { arrayItems } from './array-text';
import type { TextRow } from './wire-row';

/** A property with a column, and its path when it is part of a complex value. */
export interface Leaf {
  readonly path: string;
  readonly property: Property;
  readonly column: string;
}

/** A record that was read. */
export interface StoredRow {
  readonly values: Readonly<Record<string, Value>>;
  /** Text by column: of the properties, the version, the partition. */
  readonly columns: ReadonlyMap<string, string | null>;
}

interface Layout {
  readonly leaves: readonly Leaf[];
  readonly byPath: ReadonlyMap<string, Leaf>;
  /** Everything that is read of a row, for whichever derived type it is of. */
  readonly columns: readonly string[];
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
  const layout = {
    leaves,
    byPath: new Map(leaves.map((leaf) => [leaf.path, leaf])),
    columns: [...new Set([...leaves.map(({ column }) => column), ...navigations, ...engine, ...derived])],
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
  const columns = new Map(rowColumns(type).map((column, index) => [column, row[index] ?? null]));
  return { values: storedValues(type, columns), columns };
}

/** The values of a type's properties. */
export const storedValues = (type: EntityType, columns: StoredRow['columns']): StoredRow['values'] =>
  Object.fromEntries(
    leaves(type).map(({ path, property, column }) => [path, typedValue(property, columns.get(column) ?? null)]),
  );

/** The value that the text of a column, or the items of an array, stand for. */
export function typedValue({ type }: Property, text: SqlValue): Value {
  // The bytes of a stream are no value.
  if (text === null || Buffer.isBuffer(text)) return null;
  if (typeof text !== 'string')
    return type.kind === 'collection' ? text.map((item) => singleValue(type.of, item)) : null;
  if (complexItems({ type })) return structuredText(storedJson(Buffer.from(text)));
  if (type.kind === 'collection') return arrayItems(text).map((item) => singleValue(type.of, item));
  return singleValue(type, text);
}

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
    default:
      return text;
  }
}

/** A value of a property as the text of a parameter. */
export function sqlValue({ type }: Pick<Property, 'type'>, value: Value): SqlValue {
  if (!isItems(value)) return sqlText(type, value);
  return type.kind === 'collection' ? value.map((item) => sqlText(type.of, item)) : null;
}

const isItems = (value: Value): value is readonly Single[] => Array.isArray(value);

function sqlText(type: EdmType, value: Single): string | null {
  if (value === null) return null;
  const text = String(value);
  if (type.kind === 'enum' && type.databaseType === undefined) return String(memberValue(type, text) ?? text);
  if (isPrimitive(type, 'Edm.Date') || isPrimitive(type, 'Edm.DateTimeOffset')) return databaseDay(text);
  return isPrimitive(type, 'Edm.Duration') ? intervalText(text) : text;
}

/** The type that a parameter for a property is cast to. */
export const sqlType = ({ type }: Property): string => databaseType(type);

/** The key of a record, by property. */
export const keyOf = (type: EntityType, { columns }: StoredRow): Readonly<Record<string, string>> =>
  Object.fromEntries(type.key.map((property) => [property.name, columns.get(columnOf(property)) ?? '']));
