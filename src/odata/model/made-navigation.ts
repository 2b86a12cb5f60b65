/** Navigations that no entity declares: a request, or the engine for its own use, makes them. */
import type { NavigationProperty } from './model';

/** A navigation with what is told of it; of everything else it has nothing. */
export const madeNavigation = (
  told: Pick<NavigationProperty, 'name' | 'target' | 'collection' | 'nullable'> & Partial<NavigationProperty>,
): NavigationProperty =>
  Object.freeze({
    containsTarget: false,
    partner: undefined,
    join: [],
    owning: false,
    referentialConstraints: [],
    onDelete: undefined,
    description: undefined,
    ...told,
  });
