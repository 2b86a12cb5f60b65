/** What several places ask of TypeORM's metadata. */
import type { EntityMetadata } from 'typeorm';
import type { ModelOptions } from './build-model';

/** The entities as they are listed; TypeORM sorts by the order in which the files were loaded. */
export function inDeclaredOrder({ entityMetadatas, options }: ModelOptions['dataSource']): readonly EntityMetadata[] {
  const entities: unknown = options?.entities;
  if (!Array.isArray(entities)) return entityMetadatas;
  const position = ({ target }: EntityMetadata): number =>
    entities.includes(target) ? entities.indexOf(target) : entities.length;
  return entityMetadatas.toSorted((left, right) => position(left) - position(right));
}

/** Sets of columns whose values are unique in the table, the primary key first. */
export function uniqueColumns(metadata: EntityMetadata): readonly (readonly string[])[] {
  const lists = [
    metadata.primaryColumns,
    ...metadata.uniques.map(({ columns }) => columns),
    ...metadata.indices.filter(({ isUnique, where }) => isUnique && !where).map(({ columns }) => columns),
  ];
  return lists
    .filter((columns) => columns.length > 0)
    .map((columns) => columns.map(({ databaseName }) => databaseName));
}
