/** Properties that no entity declares: a request, or the engine for its own use, makes them. */
import type { Property } from './model';

/** A property with what is told of it: nobody sets it, it is not searched, and of everything else it has nothing. */
export const madeProperty = (
  told: Pick<Property, 'name' | 'type' | 'source' | 'nullable'> & Partial<Property>,
): Property =>
  Object.freeze({
    computed: false,
    immutable: false,
    required: false,
    searchable: false,
    defaultValue: undefined,
    description: undefined,
    ...told,
  });
