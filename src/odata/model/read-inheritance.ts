/** Single-table inheritance of TypeORM: which class is derived from which, and what each declares itself. */
import { getMetadataArgsStorage, type EntityMetadata } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';

type Class = EntityMetadata['target'];

/** True for the metadata of a class that shares its table with those derived from it. */
export const isInHierarchy = ({ inheritancePattern }: EntityMetadata): boolean => inheritancePattern === 'STI';

/** TypeORM gives the class at the top what all others declare: true for what a class has itself or from above. */
export const hasFrom = (target: Class, declaring: Class): boolean =>
  target === declaring ||
  (typeof target === 'function' && typeof declaring === 'function' && target.prototype instanceof declaring);

/** The nearest class above that is an entity of the same table. */
export function baseOf<T extends { readonly metadata: EntityMetadata }>(
  { metadata: { target, tableType } }: T,
  all: readonly T[],
): T | undefined {
  if (tableType !== 'entity-child') return undefined;
  const above = all.filter(({ metadata }) => metadata.target !== target && hasFrom(target, metadata.target));
  return above.find(({ metadata }) => above.every((other) => hasFrom(metadata.target, other.metadata.target)));
}

/** The embedded objects that a class has itself or from above. */
export const embeddedNames = (target: Class): ReadonlySet<string> =>
  new Set(
    getMetadataArgsStorage()
      .embeddeds.filter((embedded) => hasFrom(target, embedded.target))
      .map(({ propertyName }) => propertyName),
  );

/** TypeORM lets columns of derived classes be null for the rows of others; the class itself says whether its own may be. */
export function mayBeNull({ target, propertyName, entityMetadata, isNullable }: ColumnMetadata): boolean {
  if (!isInHierarchy(entityMetadata) || target === entityMetadata.target) return isNullable;
  const declared = getMetadataArgsStorage().columns.find(
    (column) => column.target === target && column.propertyName === propertyName,
  );
  return declared ? declared.options.nullable === true : isNullable;
}

/** What of a hierarchy cannot be served, as sentences. */
export function checkHierarchy(metadata: EntityMetadata, known: readonly EntityMetadata[]): readonly string[] {
  if (!isInHierarchy(metadata)) return [];
  const strangers = metadata.childEntityMetadatas.filter((child) => !known.includes(child));
  const isOfSibling = ({ target }: { readonly target: Class }): boolean =>
    metadata.tableType === 'entity-child' && typeof target === 'function' && !isInLine(target, metadata.target);
  const shared = metadata.ownColumns.filter((column) => !column.isVirtual && isOfSibling(column));
  return [
    ...strangers.map(({ name }) => `the derived class ${name} needs @EntityType.`),
    ...shared.map(({ propertyName }) => keptElsewhere(propertyName, 'in the column')),
    ...metadata.ownRelations
      .filter(isOfSibling)
      .map(({ propertyName }) => keptElsewhere(propertyName, 'as the relation')),
  ].map((problem) => `${metadata.name}: ${problem}`);
}

const keptElsewhere = (name: string, where: string): string =>
  `TypeORM keeps ${name} ${where} of another derived class; declare it in the class that both are derived from.`;

const isInLine = (one: Class, other: Class): boolean => hasFrom(one, other) || hasFrom(other, one);
