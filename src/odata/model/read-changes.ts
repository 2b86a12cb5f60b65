/** What is kept of the writes of a table whose changes are tracked. */
import type { EntityMetadata } from 'typeorm';
import type { ColumnReference, EntityType } from './model';
import type { PropertyReader } from './read-properties';
import { follow } from './tracking';

/** The columns that tell of a row which entity it is, and which ones it belongs to: the key and all foreign keys. */
export function readChanges(
  metadata: EntityMetadata,
  type: EntityType,
  reader: PropertyReader,
  problems: string[],
): readonly ColumnReference[] {
  const problem = (text: string): void => void problems.push(`${metadata.name}: ${text}`);
  if (type.inheritance) problem('changes are not tracked where types are derived from one another.');
  if (metadata.tableType === 'view') problem('changes of a view are not tracked.');
  for (const { name, source } of type.properties.values())
    if (source.kind === 'expression' && source.dependsOn?.some((path) => !follow(type, path.split('/'))))
      problem(`${name} depends on navigations that are none.`);
  const own = metadata.relations.filter(({ isManyToOne, isOneToOneOwner }) => isManyToOne || isOneToOneOwner);
  const related = own.flatMap(({ joinColumns }) => joinColumns);
  const kept = [...metadata.primaryColumns, ...related].flatMap((column) => reader.reference(column) ?? []);
  for (const { column, databaseType } of kept)
    if (databaseType === 'enum') problem(`changes are not tracked by the enumeration ${column}.`);
  return [...new Map(kept.map((reference) => [reference.column, reference])).values()];
}
