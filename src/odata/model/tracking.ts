/** Change tracking: which rows decide what a property is, and whether writes of these rows are kept. Protocol §11.3 */
import type { EntityType, NavigationProperty, Property } from './model';

/** Navigations from one entity to others. */
export type NavigationPath = readonly NavigationProperty[];

/** A write of an entity that the last navigation leads to tells which entities it led here from, before and after. */
const isKept = (path: NavigationPath): boolean => {
  const last = path.at(-1);
  if (!last) return true;
  const kept = new Set(last.target.changes?.map(({ column }) => column));
  return !last.cast && last.join.length > 0 && last.join.every(({ targetColumn }) => kept.has(targetColumn));
};

/** Whether writes are kept of everything on the way. */
export const isTracked = (path: NavigationPath): boolean => path.every((_, index) => isKept(path.slice(0, index + 1)));

/**
 * The paths to the other entities that the value of a property comes from, none when its own row holds it. Undefined when some of them are
 * not tracked, or when the model does not tell where the value comes from.
 */
export function sourcesOf(type: EntityType, { source }: Property): readonly NavigationPath[] | undefined {
  switch (source.kind) {
    case 'column':
    case 'dynamic':
      return [];
    case 'complex':
      return together([...source.properties.values()].map((part) => sourcesOf(type, part)));
    case 'expression':
      return source.dependsOn && together(source.dependsOn.map((names) => trackedPath(type, names.split('/'))));
    case 'path': {
      const path = follow(type, source.navigations);
      const target = path?.at(-1)?.target;
      const property = target?.properties.get(source.property);
      if (!path || !target || !property || !isTracked(path)) return undefined;
      const further = sourcesOf(target, property)?.map((rest) => [...path, ...rest]);
      return further && [path, ...further];
    }
  }
}

/** The navigations of these names; undefined when there are no such ones. */
export function follow(type: EntityType, names: readonly string[]): NavigationPath | undefined {
  const path: NavigationProperty[] = [];
  for (const name of names) {
    const navigation = (path.at(-1)?.target ?? type).joins.get(name);
    if (!navigation) return undefined;
    path.push(navigation);
  }
  return path;
}

function trackedPath(type: EntityType, names: readonly string[]): readonly NavigationPath[] | undefined {
  const path = follow(type, names);
  return path && isTracked(path) ? [path] : undefined;
}

const together = (lists: readonly (readonly NavigationPath[] | undefined)[]): readonly NavigationPath[] | undefined =>
  lists.every((list) => list !== undefined) ? lists.flat() : undefined;

/** The name under which writes of a type's rows are kept. */
export const changeSource = ({ table: { schema, name } }: Pick<EntityType, 'table'>): string =>
  schema === undefined ? name : `${schema}.${name}`;

/** Whether all that a request without options reads of the entities of a type is tracked. */
export const tracksChanges = (type: EntityType): boolean =>
  type.changes !== undefined &&
  [...type.properties.values()].every((property) => sourcesOf(type, property) !== undefined);

/** Whether the same holds for the entities that a navigation leads to, nested in those that it starts at. */
export const tracksExpanded = (navigation: NavigationProperty): boolean =>
  isTracked([navigation]) && tracksChanges(navigation.target);

/** Whether it holds for those that a navigation leads to from a given one. */
export const tracksMembers = (navigation: NavigationProperty): boolean =>
  navigation.collection && tracksExpanded(navigation);
