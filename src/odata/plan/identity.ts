/** Where entities are at home: the set, or the entity that contains them. Their ids begin with it. Protocol §4.1, URL Conventions §4.3.2 */
import { isOfType, lineage } from '../model/inheritance';
import type { EntitySet, EntityType, Model, NavigationProperty } from '../model/model';
import type { CanonicalPath, Identity, Range, Step } from './plan';

/** The variable for the entities that a navigation leads to. */
export function rangeBehind(model: Model, from: Range, navigation: NavigationProperty): Range {
  const identity = identityBehind(model, from, navigation);
  return { type: navigation.target, name: navigation.name, ...(identity && { identity }), ...asItem(navigation) };
}

/** What holds of a variable for items: those of a collection that the request computed may be null. */
export const asItem = ({ items }: NavigationProperty): Pick<Range, 'optional' | 'isKeyed'> =>
  items?.dynamic === true ? { optional: true, isKeyed: true } : {};

/** The variable for the entity, or none, that a single-valued navigation property leads to. */
export const optionalBehind = (model: Model, from: Range, navigation: NavigationProperty): Range => ({
  ...rangeBehind(model, from, navigation),
  optional: true,
  behind: { from, navigations: [navigation] },
});

/** Another variable of the same row. */
export const alsoOf = (range: Range): Range => ({
  ...range,
  seenAs: undefined,
  behind: { from: range, navigations: [] },
});

/** The variable for the entities that navigations and casts lead to, one after the other. */
export const rangeAlong = (model: Model, from: Range, navigations: readonly NavigationProperty[]): Range =>
  navigations.reduce(
    (before, next) => (next.cast ? { ...before, type: next.target } : rangeBehind(model, before, next)),
    from,
  );

/** The same variable for entities that are found without a way to them: in their set. */
export function rangeAtHome(model: Model, range: Range): Range {
  const identity = range.identity ?? homeOf(model, range.type, undefined);
  return { ...range, ...(identity && { identity }) };
}

function identityBehind(model: Model, from: Range, navigation: NavigationProperty): Identity | undefined {
  if (navigation.containsTarget) return from.identity && { kind: 'contained', navigation, parent: from.identity };
  return homeOf(model, navigation.target, from.identity && rootOf(from.identity));
}

const rootOf = (identity: Identity): EntitySet => (identity.kind === 'set' ? identity.set : rootOf(identity.parent));

/**
 * What a path starts with comes first: below `companies(…)` customers are those of that company, though there is a set of customers,
 * which holds those of the current company only.
 */
function homeOf(
  model: Model,
  type: EntityType,
  owner: EntitySet | undefined,
  seen: readonly EntityType[] = [],
): Identity | undefined {
  const within = owner && containing(owner.type, type);
  if (within) return { kind: 'contained', navigation: within, parent: { kind: 'set', set: owner } };
  const sets = [...model.entitySets.values()];
  const set = lineage(type).flatMap((wanted) => sets.find((candidate) => candidate.type === wanted) ?? [])[0];
  if (set) return { kind: 'set', set };
  for (const parent of model.entityTypes.values()) {
    const navigation = seen.includes(parent) ? undefined : containing(parent, type);
    const above = navigation && homeOf(model, parent, owner, [...seen, type]);
    if (above) return { kind: 'contained', navigation, parent: above };
  }
  return undefined;
}

const containing = ({ navigations }: EntityType, type: EntityType): NavigationProperty | undefined =>
  [...navigations.values()].find(({ containsTarget, target }) => containsTarget && isOfType(type, target));

/** The path of the collection that the entities of the last step belong to, as context URLs write it. Protocol §10.2 */
export const collectionPath = (steps: readonly Step[]): CanonicalPath => [
  ...uncastPath(steps),
  ...castOf(steps.at(-1)),
];

const castOf = (step: Step | undefined): CanonicalPath => (step?.cast === undefined ? [] : [`/${step.cast}`]);

function uncastPath(steps: readonly Step[]): CanonicalPath {
  const [first] = steps;
  const last = steps.at(-1);
  if (!first || !last) return [];
  const { navigation, range } = last;
  if (!navigation) return [last.set?.name ?? range.type.name];
  const { identity } = range;
  if (!navigation.containsTarget && identity) {
    if (identity.kind === 'set') return [identity.set.name];
    if (leadsBack(steps)) return uncastPath(steps.slice(0, -2));
    if (identity.parent.kind === 'set' && identity.parent.set === first.set)
      return [first.set.name, ...keyOf(first), `/${identity.navigation.name}`];
  }
  const before = steps.slice(0, -1);
  const parent = before.at(-1);
  return [...uncastPath(before), ...(parent ? keyOf(parent) : []), ...castOf(parent), `/${navigation.name}`];
}

/** The last step goes back to the entity that contains the one before. */
function leadsBack(steps: readonly Step[]): boolean {
  const [before, last] = steps.slice(-2);
  const contained = before?.navigation;
  return contained?.containsTarget === true && contained.partner === last?.navigation?.name;
}

/** The key of a step in the form of a URL. */
function keyOf({ key = [], range, set }: Step): CanonicalPath {
  if (key.length === 0 || set?.one) return [];
  const isPlain = key.length === 1 && key[0] !== undefined && range.type.key.includes(key[0].property);
  const parts = key.flatMap(({ property, value }, index): CanonicalPath => [
    ...(index > 0 ? [','] : []),
    ...(isPlain ? [] : [`${property.name}=`]),
    { value, property },
  ]);
  return ['(', ...parts, ')'];
}
