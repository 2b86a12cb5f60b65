/** Foreign keys that every join and every delete of a parent would read a whole table for: TypeORM indexes none by itself. */
import type { EntityMetadata } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import type { ModelOptions } from '../../../src/odata/model/build-model';
import { declarationOf } from '../../../src/odata/model/decorators';
import type { EntityType } from '../../../src/odata/model/model';

/** Foreign keys, and columns behind a to-many relation, that no index begins with: `Class(column, …)`. */
export const findUnindexedForeignKeys = ({ entityMetadatas }: ModelOptions['dataSource']): readonly string[] =>
  entityMetadatas.flatMap((metadata) => {
    // The class at the top of a hierarchy has what the derived ones declare.
    if (metadata.tableType === 'view' || metadata.tableType === 'entity-child') return [];
    const indexed = leadingColumns(metadata);
    const missing = references(metadata)
      .map((columns) => ownColumns(metadata, columns))
      .filter((columns) => !columns.some(({ databaseName }) => indexed.has(databaseName)))
      .map((columns) => `${metadata.name}(${columns.map(({ propertyName }) => propertyName).join(', ')})`);
    return [...new Set(missing)];
  });

const references = ({ foreignKeys, relations }: EntityMetadata): readonly (readonly ColumnMetadata[])[] => [
  ...foreignKeys.map(({ columns }) => columns),
  ...relations
    .filter(
      ({ joinColumns, isManyToMany, inverseRelation }) => joinColumns.length > 0 && !isManyToMany && inverseRelation,
    )
    .map(({ joinColumns }) => joinColumns),
];

/** The columns that tell one parent from another: in a key of several, the partition tells nothing. */
function ownColumns(metadata: EntityMetadata, columns: readonly ColumnMetadata[]): readonly ColumnMetadata[] {
  const partition = declarationOf(metadata.target as EntityType['target']).type?.partition;
  const shared = partition === undefined ? undefined : metadata.findRelationWithPropertyPath(partition)?.joinColumns[0];
  return columns.length > 1 ? columns.filter(({ databaseName }) => databaseName !== shared?.databaseName) : columns;
}

const leadingColumns = ({ primaryColumns, uniques, indices }: EntityMetadata): ReadonlySet<string> =>
  new Set(
    [primaryColumns, ...[...uniques, ...indices].map(({ columns }) => columns)].flatMap(([first]) =>
      first ? [first.databaseName] : [],
    ),
  );
