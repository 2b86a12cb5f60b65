/** The class of a collection of complex values: TypeORM knows it by its decorators only, for no table has its columns. */
import { getMetadataArgsStorage, type EntityMetadata } from 'typeorm';
import { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import { declarationOf, type PropertyOptions } from './decorators';
import type { EntityType, Property } from './model';
import { hasFrom } from './read-inheritance';

/** A class within another: its columns and the classes within it. */
export interface Embedded {
  readonly propertyName: string;
  readonly type: EntityMetadata['target'];
  readonly columns: readonly ColumnMetadata[];
  readonly embeddeds: readonly Embedded[];
}

/** The class as TypeORM would embed it. */
export const itemClass = (column: ColumnMetadata, type: Embedded['type']): Embedded =>
  classOf(column.entityMetadata, column.propertyName, type);

function classOf(entityMetadata: EntityMetadata, propertyName: string, type: Embedded['type']): Embedded {
  const { columns, embeddeds } = getMetadataArgsStorage();
  return {
    propertyName,
    type,
    columns: columns
      .filter(({ target }) => hasFrom(type, target))
      .map((args) =>
        Object.assign(new ColumnMetadata({ entityMetadata, args }), {
          databaseName: `${propertyName}/${args.propertyName}`,
        }),
      ),
    embeddeds: embeddeds
      .filter(({ target }) => hasFrom(type, target))
      .map((args) => classOf(entityMetadata, args.propertyName, args.type())),
  };
}

/** What of such a property, its column and its class cannot be served, as sentences. */
export function checkItems(
  owner: string,
  column: ColumnMetadata,
  databaseType: string,
  options: Omit<PropertyOptions, 'collectionOf'>,
  item: Embedded,
): readonly string[] {
  const { collectionOf: _, nullable, ...others } = { collectionOf: undefined, ...options };
  const without = Object.entries(others).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  return [
    ...(databaseType === 'jsonb' && !column.isArray ? [] : ['a collection of complex values needs a jsonb column.']),
    ...(column.isNullable ? ['it may be null, but a collection never is.'] : []),
    ...(nullable ? ['its items cannot be null.'] : []),
    ...(isEmptyList(column.default) ? [] : ['the default of a collection of complex values is always empty.']),
    ...without.map((name) => `${name} says nothing of a collection of complex values.`),
    ...checkClass(item, ''),
  ].map((problem) => `${owner}.${column.propertyName}: ${problem}`);
}

const isEmptyList = (value: unknown): boolean =>
  value === undefined ||
  (Array.isArray(value) && value.length === 0) ||
  /^'?\[\]'?(::jsonb)?$/.test(String(typeof value === 'function' ? (value as () => unknown)() : value));

/** Options that say how a column of a row is treated. */
const ofRows = ['computed', 'immutable', 'hidden', 'filled', 'path', 'aggregatedBy', 'stream'] as const;

/** What is done to columns of a row, and not to members of an item. */
function checkClass({ type, columns, embeddeds }: Embedded, path: string): readonly string[] {
  const { properties } = declarationOf(type as EntityType['target']);
  const relations = getMetadataArgsStorage().relations.filter(({ target }) => hasFrom(type, target));
  return [
    ...columns.flatMap((column) => checkMember(column, path + column.propertyName)),
    ...[...properties].flatMap(([name, options]) =>
      ofRows
        .filter((option) => options[option] !== undefined && options[option] !== false)
        .map((option) => `${option} of ${path}${name} is for columns, not for members of an item.`),
    ),
    ...relations.map(({ propertyName }) => `an item has no relations such as ${path}${propertyName}.`),
    ...embeddeds.flatMap((inner) => checkClass(inner, `${path}${inner.propertyName}/`)),
  ];
}

function checkMember(column: ColumnMetadata, name: string): readonly string[] {
  const { isPrimary, isGenerated, isVersion, isCreateDate, isUpdateDate, isDeleteDate, isVirtualProperty } = column;
  const isOfRow =
    isPrimary || isGenerated || isVersion || isCreateDate || isUpdateDate || isDeleteDate || isVirtualProperty;
  const isKept = column.isSelect && column.isInsert && column.isUpdate && !column.transformer && !column.generatedType;
  return [...(isOfRow || !isKept ? [`${name} is more than a value, which no member of an item can be.`] : [])];
}

/** Members with a default that no text says: a member of an item has no column that could have it. */
export const checkDefaults = (owner: string, properties: ReadonlyMap<string, Property>): readonly string[] =>
  [...properties.values()].flatMap(({ name, type, source, nullable, required, defaultValue }) => {
    const path = `${owner}/${name}`;
    if (source.kind === 'complex') return checkDefaults(path, source.properties);
    const isSaid = required || nullable || defaultValue !== undefined || type.kind === 'collection';
    return isSaid ? [] : [`${path}: only the database knows the default.`];
  });
