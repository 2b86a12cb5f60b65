/** Entity types in the making: their parts are filled in one after the other, because types refer to each other. */
import type { EntityMetadata } from 'typeorm';
import { checkEntity } from './check-entity';
import { declarationOf, type TypeOptions } from './decorators';
import type { EntityType, NavigationProperty, Property } from './model';

/** A type while it is made. */
type Draft = { -readonly [K in keyof EntityType]: EntityType[K] } & {
  readonly properties: Map<string, Property>;
  readonly navigations: Map<string, NavigationProperty>;
  readonly joins: Map<string, NavigationProperty>;
};

/** A class that becomes an entity type. */
export interface Entity {
  readonly metadata: EntityMetadata;
  readonly options: TypeOptions;
  readonly draft: Draft;
}

/** The beginning of an entity type; undefined for a class that is none. What cannot be served is added to `problems`. */
export function entityDraft(metadata: EntityMetadata, problems: string[]): Entity | undefined {
  const { target } = metadata;
  if (typeof target === 'string') return undefined;
  const options = declarationOf(target as EntityType['target']).type;
  if (!options) return undefined;
  problems.push(...checkEntity(metadata));
  const isTable = metadata.tableType !== 'view';
  const { insertable = isTable, updatable = isTable, deletable = isTable, name, description } = options;
  if (!isTable && (insertable || updatable || deletable))
    problems.push(`${metadata.name}: a view cannot be written to.`);
  const draft: Draft = {
    kind: 'entity',
    name,
    description: description ?? metadata.comment ?? undefined,
    properties: new Map(),
    navigations: new Map(),
    joins: new Map(),
    uniques: [],
    key: [],
    alternateKeys: [],
    table: { schema: metadata.schema, name: metadata.tableName },
    defaultOrder: [],
    version: undefined,
    updatedAt: undefined,
    createdAt: undefined,
    partition: undefined,
    insertable,
    updatable,
    deletable,
    target: target as EntityType['target'],
  };
  return { metadata, options, draft };
}

/** A derived type has the very navigations of its base type. */
export function inheritNavigations({ inheritance, joins, navigations }: Draft): void {
  for (const [name, navigation] of inheritance?.base?.joins ?? []) joins.set(name, navigation);
  for (const [name, navigation] of inheritance?.base?.navigations ?? []) navigations.set(name, navigation);
}

/** The maps of a type are read-only by their types; everything else is by itself. */
export function finished(draft: Draft): EntityType {
  for (const part of [...draft.properties.values(), ...draft.joins.values()]) Object.freeze(part);
  return Object.freeze(draft);
}
