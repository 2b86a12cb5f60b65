/** `*` in $expand with levels: how much it comes to. Protocol §11.2.5.2.1.1 */
import { concreteTypes, rootType } from '../model/inheritance';
import type { EntityType, NavigationProperty } from '../model/model';
import type { ExpandItem } from '../url/ast';
import type { PlanContext, Scope } from './context';

/** What goes out of an entity beside its properties. */
export const MEMBERS = 10;

/** A page of rows within a row takes about six tables of a statement, a row within it two: parts in the same proportion. */
const PAGE = 70;

/** How many parts of the plan entities behind a navigation are, one of each type that they can have. */
export const partsOf = ({ collection }: NavigationProperty, type: EntityType): number =>
  concreteTypes(type).reduce((parts, { properties }) => parts + MEMBERS + properties.size, collection ? PAGE : 0);

/** The types of the entities around what is expanded in a scope, or what these are derived from. */
const typesAround = ({ above = [], current }: Scope): readonly EntityType[] => [...above, rootType(current.type)];

/** A star with all levels ends where it would come back to a type that it has come from, or to one of the same hierarchy. */
const isBack = ({ passed }: PlanContext, around: readonly EntityType[], { target }: NavigationProperty): boolean =>
  around.includes(rootType(target)) || passed.includes(rootType(target).name);

/** Some navigations of a type: those that the star means. */
export function starNavigations(
  context: PlanContext,
  scope: Scope,
  { options }: ExpandItem,
  isOther: (name: string) => boolean,
): readonly NavigationProperty[] {
  const around = typesAround(scope);
  return [...scope.current.type.navigations.values()].filter(
    (one) => !isOther(one.name) && !(options.$levels === 'max' && isBack(context, around, one)),
  );
}

/** Refuses a star that comes to more than a plan may have, at least, before any of it is planned: each level multiplies it. */
export function checkStar(
  context: PlanContext,
  scope: Scope,
  { options, place }: ExpandItem,
  navigations: readonly NavigationProperty[],
  levels: number,
): void {
  let parts = 0;
  const walk = (all: Iterable<NavigationProperty>, left: number, around: readonly EntityType[]): void => {
    for (const one of all) {
      if (options.$levels === 'max' && isBack(context, around, one)) continue;
      parts += partsOf(one, one.target);
      context.checkRoom(place, parts);
      if (left > 1) walk(one.target.navigations.values(), left - 1, [...around, rootType(one.target)]);
    }
  };
  walk(navigations, levels, typesAround(scope));
}
