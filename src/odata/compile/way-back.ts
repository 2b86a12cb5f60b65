/** Navigations that lead back to where others come from. */
import { isOfType } from '../model/inheritance';
import { madeNavigation } from '../model/made-navigation';
import type { EntityType, NavigationProperty } from '../model/model';

const reversed = new WeakMap<NavigationProperty, NavigationProperty>();

/** The way back of a navigation that leads from `type`: one of the model where there is one. */
export function backwards(navigation: NavigationProperty, type: EntityType): NavigationProperty {
  const { target, join: columns, name } = navigation;
  const known =
    [...target.joins.values()].find((back) => leadsBack(navigation, back, type)) ?? reversed.get(navigation);
  if (known) return known;
  const back = madeNavigation({
    name: `the way back of ${name}`,
    target: type,
    collection: false,
    nullable: false,
    partner: name,
    join: columns.map(({ column, targetColumn }) => ({ column: targetColumn, targetColumn: column })),
    owning: true,
  });
  reversed.set(navigation, back);
  return back;
}

/** True where `back` leads from the target of a navigation of `parent` to where that came from. */
export const leadsBack = (navigation: NavigationProperty, back: NavigationProperty, parent: EntityType): boolean =>
  back.owning &&
  isOfType(parent, back.target) &&
  back.join.length === navigation.join.length &&
  back.join.every(({ column, targetColumn }) =>
    navigation.join.some((pair) => pair.column === targetColumn && pair.targetColumn === column),
  );

/** The columns that tie a row to the entity that contains it. */
export const containerColumns = (type: EntityType): readonly string[] =>
  [...type.joins.values()].flatMap((back) => {
    const ways = [...back.target.navigations.values()].filter(
      ({ containsTarget, target }) => containsTarget && isOfType(type, target),
    );
    return ways.some((way) => leadsBack(way, back, back.target)) ? back.join.map(({ column }) => column) : [];
  });
