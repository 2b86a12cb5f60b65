/** Open types: the column that holds what no property declares. CSDL §6.4 */
import type { EntityMetadata } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import { declarationOf } from './decorators';
import type { ColumnReference, EntityType } from './model';

/** The class and those that it is derived from. */
export function* linesUp(target: EntityMetadata['target']): Generator<EntityType['target']> {
  for (
    let one: unknown = target;
    typeof one === 'function' && one !== Function.prototype;
    one = Object.getPrototypeOf(one)
  )
    yield one as EntityType['target'];
}

/** The name of the column in the class, which is no property; of a derived class it is that of the class above. */
export function openName(target: EntityMetadata['target']): string | undefined {
  for (const one of linesUp(target)) {
    const { open } = declarationOf(one).type ?? {};
    if (open !== undefined) return open;
  }
  return undefined;
}

/** The column of an open type; problems are sentences. A derived type is open where the one that it is derived from is. */
export function readOpen(
  metadata: EntityMetadata,
  base: EntityType | undefined,
  reference: (column: ColumnMetadata | undefined) => ColumnReference | undefined,
  problems: string[],
): Pick<EntityType, 'dynamic'> {
  const own = declarationOf(metadata.target as EntityType['target']).type?.open;
  if (base) {
    if (own !== undefined) problems.push(`${metadata.name}: a derived type is open where the one above it is.`);
    return base.dynamic ? { dynamic: base.dynamic } : {};
  }
  if (own === undefined) return {};
  const column = metadata.findColumnWithPropertyName(own);
  const found = reference(column);
  problems.push(...checkOpen(metadata, own, column, found?.databaseType).map((text) => `${metadata.name}: ${text}`));
  return found ? { dynamic: found } : {};
}

/** What of the column cannot be served, as sentences. */
function checkOpen(
  { target }: Pick<EntityMetadata, 'target'>,
  name: string,
  column: ColumnMetadata | undefined,
  databaseType: string | undefined,
): readonly string[] {
  if (!column) return [`${name} holds dynamic properties, but is no column.`];
  const { properties } = declarationOf(target as EntityType['target']);
  return [
    ...(databaseType === 'jsonb' && !column.isArray
      ? []
      : [`${name} holds dynamic properties: its column must be jsonb.`]),
    ...(column.isNullable ? [`${name} holds dynamic properties: its column must not be null.`] : []),
    ...(properties.has(name)
      ? [`${name} holds dynamic properties and is none itself, so @Property says nothing.`]
      : []),
  ];
}
