/** The classes of the second model, in the order in which documents show them. */
import { derivedEntities, Manager } from './derived-entities';
import { entities, Person } from './entities';
import { hierarchyEntities } from './hierarchy-entities';
import { linkedEntities } from './linked-entities';
import { mediaEntities } from './media-entities';
import { namedEntities } from './named-entities';
import { structuredEntities } from './structured-entities';

export const tripPin = [
  ...entities,
  ...derivedEntities,
  ...mediaEntities,
  ...structuredEntities,
  ...linkedEntities,
  ...namedEntities,
  ...hierarchyEntities,
];

/** Entities with names of their own. */
export const singletons = [
  { name: 'Me', entity: Person, key: { userName: 'russellwhyte' }, description: 'The one who asks.' },
  { name: 'Head', entity: Manager, key: { code: 'boss' } },
];
