/** What the column of a property says of its values: facets, defaults, who sets them, and whether a type fits it. CSDL §7.2 */
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import type { PropertyOptions } from './decorators';
import { isPrimitive } from './edm';
import { memberNames } from './enum-values';
import type { EdmType, Property, StandardMethod } from './model';
import { primitiveType, type EdmTypeName } from './types';

/** What PostgreSQL stores and sends for a column is right for the type that a property names. */
export function isHeldBy(wanted: EdmTypeName, natural: EdmTypeName): boolean {
  const [column, property] = [primitiveType(natural), primitiveType(wanted)];
  return (
    column.sql === property.sql ||
    (column.range !== undefined && (property.range !== undefined || wanted === 'Edm.Decimal'))
  );
}

/** A custom aggregate named like a property has its type. Data Aggregation §5.2 */
export function keepsType(method: StandardMethod, type: EdmType): boolean {
  if (method === 'min' || method === 'max') return type.kind === 'enum' || type.kind === 'primitive';
  if (method === 'countdistinct') return isPrimitive(type, 'Edm.Decimal');
  return isPrimitive(type, 'Edm.Decimal') || isPrimitive(type, 'Edm.Double');
}

export const isWhole = (type: EdmType): boolean =>
  type.kind === 'primitive' && primitiveType(type.name).range !== undefined;

export const isSpecial = (column: ColumnMetadata): boolean =>
  column.isUpdateDate || column.isCreateDate || column.isVersion;

/** The database or the engine sets it, whatever the decorators say. */
export const isComputed = (column: ColumnMetadata): boolean =>
  isSpecial(column) || column.isVirtualProperty || column.isDiscriminator || column.generatedType !== undefined;

/** PostgreSQL keeps microseconds unless the column says otherwise; no Precision would mean whole seconds. CSDL §7.2.3 */
const MICROSECONDS = 6;
const temporal: readonly string[] = ['Edm.DateTimeOffset', 'Edm.TimeOfDay', 'Edm.Duration'];

export function facets(
  column: ColumnMetadata,
  options: PropertyOptions,
  type: EdmType,
): Pick<Property, 'maxLength' | 'precision' | 'scale'> {
  const isTemporal = type.kind === 'primitive' && temporal.includes(type.name);
  const maxLength = options.maxLength ?? (column.length ? Number(column.length) : undefined);
  const precision = options.precision ?? column.precision ?? (isTemporal ? MICROSECONDS : undefined);
  // NUMERIC(18) has no digits behind the point.
  const scale = options.scale ?? column.scale ?? (column.precision && !isTemporal ? 0 : undefined);
  return {
    ...(maxLength === undefined ? {} : { maxLength }),
    ...(precision === undefined ? {} : { precision }),
    ...(scale === undefined ? {} : { scale }),
  };
}

/** Defaults that are values, not expressions, as EDM text. */
export function plainDefault({ default: value, isArray }: ColumnMetadata, type: EdmType): string | undefined {
  if (isArray) return defaultItems(value, type);
  return plainText(value, type);
}

/** An empty collection stands for one that is not given; items as a JSON array. Protocol §11.4.2 */
function defaultItems(value: ColumnMetadata['default'], type: EdmType): string | undefined {
  if (value === undefined || value === null || value === '{}') return '[]';
  return Array.isArray(value) ? JSON.stringify(value.map((item: unknown) => plainText(item, type))) : undefined;
}

function plainText(value: unknown, type: EdmType): string | undefined {
  if (typeof value !== 'number' && typeof value !== 'boolean' && typeof value !== 'string') return undefined;
  return type.kind === 'enum' && type.databaseType === undefined ? memberNames(type, Number(value)) : String(value);
}
