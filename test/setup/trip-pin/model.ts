/** The classes of the second model, in the order in which documents show them. */
import { derivedEntities } from './derived-entities';
import { entities } from './entities';

export const tripPin = [...entities, ...derivedEntities];
