/** Where the rows behind a navigation come from. */
import type { EntityType, NavigationProperty } from '../model/model';
import { sql, type Sql } from '../sql';
import { asItem } from '../plan/identity';
import { itemRows } from './item-rows';
import type { Aliases } from './aliases';
import { From, Source, tie, tiedTo } from './source';

/** The rows that a navigation leads to from a row, one of `type`: what ties them to it, and where they come from. */
export function openBehind(
  outer: Source,
  navigation: NavigationProperty,
  type: EntityType,
  aliases: Aliases,
): { readonly source: Source; readonly from: From; readonly tied: Sql } {
  if (navigation.items) {
    const alias = aliases.next();
    const from = new From(sql`${itemRows(navigation, outer.value(navigation.items))} ${alias}`, aliases);
    return { source: Source.derived(type, alias, from, asItem(navigation)), from, tied: sql`true` };
  }
  const { source, from } = Source.of(type, aliases, tiedTo(outer, navigation));
  return { source, from, tied: tie(outer, source.alias, navigation, type) };
}
