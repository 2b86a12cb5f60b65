/** What $search looks at. */
import { isPrimitive } from './edm';
import type { EntityType, Property } from './model';

/** The texts that a type declares searchable, those of complex properties among them, in the order of the model. */
export const searchableProperties = ({ properties }: Pick<EntityType, 'properties'>): readonly Property[] =>
  [...properties.values()].flatMap((property) => {
    if (property.source.kind === 'complex') return searchableProperties(property.source);
    return property.searchable && isPrimitive(property.type, 'Edm.String') ? [property] : [];
  });
