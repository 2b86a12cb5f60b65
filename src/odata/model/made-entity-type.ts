/** Types of rows that no table holds: a request, or the engine for its own use, makes them. */
import type { EntityType } from './model';

/** Stands for the class that such rows do not have. */
abstract class NoEntity {}

/** A type with what is told of it: it has no table, no key and no navigations, nobody writes it, and of everything else it has nothing. */
export const madeEntityType = (told: Pick<EntityType, 'name' | 'properties'> & Partial<EntityType>): EntityType =>
  Object.freeze({
    kind: 'entity',
    description: undefined,
    navigations: new Map(),
    joins: new Map(),
    uniques: [],
    key: [],
    alternateKeys: [],
    table: { schema: undefined, name: '' },
    defaultOrder: [],
    version: undefined,
    updatedAt: undefined,
    createdAt: undefined,
    partition: undefined,
    insertable: false,
    updatable: false,
    deletable: false,
    target: NoEntity,
    ...told,
  });
