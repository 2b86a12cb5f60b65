/** Relations of TypeORM become navigations. CSDL §8 */
import type { EntityMetadata } from 'typeorm';
import type { RelationMetadata } from 'typeorm/metadata/RelationMetadata.js';
import type { NavigationOptions } from './decorators';
import type { EntityType, JoinColumn, LinkTable, NavigationProperty, Property } from './model';

/** A relation as a navigation, its partner and constraints still open; undefined when no columns tie the two tables. */
export function readNavigation(
  relation: RelationMetadata,
  source: EntityType,
  target: EntityType,
  { contained = false, description }: NavigationOptions,
): NavigationProperty | undefined {
  const join = joinColumns(relation);
  const via = linkTable(relation, source, target);
  if (join.length === 0 && !via) return undefined;
  const owning = isOwning(relation);
  const collection = relation.isOneToMany || relation.isManyToMany;
  return {
    name: relation.propertyName,
    target,
    collection,
    nullable: owning ? relation.isNullable : !collection,
    containsTarget: contained,
    partner: undefined,
    join,
    ...(via ? { via } : {}),
    owning,
    referentialConstraints: [],
    onDelete: owning || via ? undefined : onDelete(relation, join),
    description,
  };
}

const isOwning = ({ isManyToOne, isOneToOneOwner }: RelationMetadata): boolean => isManyToOne || isOneToOneOwner;

/** The columns of this side first; the side without the foreign key has those of the other, turned round. */
function joinColumns(relation: RelationMetadata): readonly JoinColumn[] {
  if (relation.isManyToMany) return [];
  const owning = isOwning(relation);
  const columns = owning ? relation.joinColumns : (relation.inverseRelation?.joinColumns ?? []);
  return columns.map((column) => {
    const here = column.databaseName;
    const there = column.referencedColumn?.databaseName ?? '';
    return owning ? { column: here, targetColumn: there } : { column: there, targetColumn: here };
  });
}

/** The table that TypeORM keeps for a relation of many to many; one side declares it. */
function linkTable(relation: RelationMetadata, source: EntityType, target: EntityType): LinkTable | undefined {
  const { junctionEntityMetadata: between, isManyToManyOwner } = relation;
  if (!relation.isManyToMany || !between) return undefined;
  const { ownerColumns, inverseColumns, schema, tableName } = between;
  const pairs = (columns: EntityMetadata['ownerColumns']): readonly JoinColumn[] =>
    columns.map(({ databaseName, referencedColumn }) => ({
      column: referencedColumn?.databaseName ?? '',
      targetColumn: databaseName,
    }));
  const [here, there] = isManyToManyOwner ? [ownerColumns, inverseColumns] : [inverseColumns, ownerColumns];
  return Object.freeze({
    table: { schema, name: tableName },
    source,
    target,
    from: pairs(here),
    to: pairs(there).map(({ column, targetColumn }) => ({ column: targetColumn, targetColumn: column })),
  });
}

/** What the database does with the target's rows; unknown without a foreign key, as on a view. CSDL §8.6 */
function onDelete(
  { entityMetadata, inverseEntityMetadata }: RelationMetadata,
  join: readonly JoinColumn[],
): NavigationProperty['onDelete'] {
  const found = inverseEntityMetadata.foreignKeys.find(
    ({ referencedEntityMetadata, columns }) =>
      isSame(referencedEntityMetadata, entityMetadata) &&
      join.every(({ targetColumn }) => columns.some(({ databaseName }) => databaseName === targetColumn)),
  );
  if (!found) return undefined;
  if (found.onDelete === 'CASCADE') return 'Cascade';
  if (found.onDelete === 'SET NULL') return 'SetNull';
  return found.onDelete === 'DEFAULT' ? undefined : 'None';
}

const isSame = (left: EntityMetadata, right: EntityMetadata): boolean => left.target === right.target;

/** Dependent and principal property of each pair of columns, where both are public. CSDL §8.5 */
export function referentialConstraints(
  type: EntityType,
  { join, owning, target }: NavigationProperty,
): NavigationProperty['referentialConstraints'] {
  if (!owning) return [];
  const pairs = join.map(
    ({ column, targetColumn }) => [propertyOfColumn(type, column), propertyOfColumn(target, targetColumn)] as const,
  );
  return pairs.flatMap(([property, referencedProperty]) =>
    property && referencedProperty ? [{ property: property.name, referencedProperty: referencedProperty.name }] : [],
  );
}

const propertyOfColumn = ({ properties }: EntityType, column: string): Property | undefined =>
  [...properties.values()].find(({ source }) => source.kind === 'column' && source.column === column);
