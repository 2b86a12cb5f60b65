/** Recursive hierarchies of an entity type. Data Aggregation §5.5.2, com.sap.vocabularies.Hierarchy.v1 */
import type { TypeOptions } from './decorators';
import { edm } from './edm';
import { madeProperty } from './made-property';
import type { DerivedName, EdmType, EntityType, Property, RecursiveHierarchy } from './model';

type Declared = NonNullable<TypeOptions['recursiveHierarchies']>;

/** The hierarchies by their qualifiers; what cannot be served is added to `problems`. */
export function readHierarchies(
  type: EntityType,
  declared: Declared,
  problem: (text: string) => void,
): ReadonlyMap<string, RecursiveHierarchy> {
  return new Map(
    Object.entries(declared).flatMap(([qualifier, { node, parent, derived = {} }]) => {
      const identifier = type.properties.get(node);
      const parents = type.navigations.get(parent);
      if (!identifier || !isUnique(type, node))
        problem(`${node} identifies the nodes of ${qualifier}: it must be a property whose column is unique.`);
      if (parents?.target !== type)
        problem(`${parent} leads to the parents in ${qualifier}: it must be a navigation property to the type.`);
      const told = new Map(
        [...derivations.keys()].flatMap((name) => {
          const property = type.properties.get(derived[name] ?? '');
          return property ? [[name, property] as const] : [];
        }),
      );
      return identifier && parents
        ? [[qualifier, { qualifier, node: identifier, parents, derived: told }] as const]
        : [];
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

// ---- what transformations tell of nodes

interface Derived {
  readonly type: EdmType;
  /** Its null. */
  readonly none: string;
  readonly description: string;
}

const number = (description: string): Derived => ({ type: edm('Edm.Int64'), none: 'null::int8', description });

const state = 'expanded, collapsed or leaf, in what a hierarchical transformation leaves.';
const derivations: ReadonlyMap<DerivedName, Derived> = new Map([
  ['DrillState', { type: edm('Edm.String'), none: 'null::text', description: state }],
  ['DistanceFromRoot', number('How many nodes are above the node, in the levels of a hierarchy.')],
  ['LimitedDescendantCount', number('How many nodes are below the node, in the levels of a hierarchy.')],
  ['LimitedRank', number('The place of the node, from 0, in the levels of a hierarchy.')],
]);

/** The properties that hierarchies add to their type: several may share one. */
export function derivedProperties(
  { properties, navigations }: EntityType,
  declared: Declared,
  problem: (text: string) => void,
): readonly Property[] {
  const found = new Map<string, Derived & { readonly term: DerivedName }>();
  for (const { derived = {} } of Object.values(declared))
    for (const [term, value] of derivations) {
      const name = derived[term];
      if (name === undefined) continue;
      if (properties.has(name) || navigations.has(name) || (found.get(name)?.term ?? term) !== term)
        problem(`${name} cannot tell ${term}: it tells something else already.`);
      found.set(name, { ...value, term });
    }
  return [...found].map(([name, { type, none, description }]) => {
    const source = { kind: 'expression', sql: () => none, dependsOn: [] } as const;
    return madeProperty({ name, type, source, nullable: true, computed: true, description });
  });
}
