/** Recursive hierarchies of an entity type. Data Aggregation §5.5.2 */
import type { TypeOptions } from './decorators';
import type { EntityType, RecursiveHierarchy } from './model';

/** The hierarchies by their qualifiers; what cannot be served is added to `problems`. */
export function readHierarchies(
  type: EntityType,
  declared: NonNullable<TypeOptions['recursiveHierarchies']>,
  problem: (text: string) => void,
): ReadonlyMap<string, RecursiveHierarchy> {
  return new Map(
    Object.entries(declared).flatMap(([qualifier, { node, parent }]) => {
      const identifier = type.properties.get(node);
      const parents = type.navigations.get(parent);
      if (!identifier || !isUnique(type, node))
        problem(`${node} identifies the nodes of ${qualifier}: it must be a property whose column is unique.`);
      if (parents?.target !== type)
        problem(`${parent} leads to the parents in ${qualifier}: it must be a navigation property to the type.`);
      return identifier && parents ? [[qualifier, { qualifier, node: identifier, parents }] as const] : [];
    }),
  );
}

/** No two rows of a partition have the same value. */
function isUnique({ properties, uniques, partition }: EntityType, name: string): boolean {
  const source = properties.get(name)?.source;
  if (source?.kind !== 'column') return false;
  const own = [source.column, ...(partition ? [partition.column] : [])];
  return uniques.some((unique) => unique.every((column) => own.includes(column)));
}
