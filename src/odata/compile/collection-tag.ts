/** ETags of contained collections: they change with every change of a member, and when one comes or goes. JSON §4.5.12, §8.6 */
import { isNarrow } from '../model/edm';
import type { EntityType, NavigationProperty } from '../model/model';
import type { CollectionPlan, Field, ReadPlan, Target } from '../plan/plan';
import { identifier, join, sql, type Sql } from '../sql';
import { isChangeable, type Representation } from './representation';
import { tableOf } from './source';

/** The ETag of the members that meet a condition on `alias`. */
export const collectionTag = (type: EntityType, alias: Sql, condition: Sql): Sql =>
  tagOver(type, alias, sql`${tableOf(type)} as ${alias} where ${condition}`);

/** The same of members that are locked in an order, each as the last one who held its lock has left it. */
export const lockedTag = (type: EntityType, alias: Sql, condition: Sql, order: Sql): Sql =>
  tagOver(
    type,
    alias,
    sql`(select ${alias} from ${tableOf(type)} as ${alias} where ${condition} order by ${order} for update) as "locked"`,
  );

const tagOver = (type: EntityType, row: Sql, rows: Sql): Sql =>
  sql`(select 'W/"' || count(*) || '.' || coalesce(sum(${hashOf(type, row)}), 0) || '"' from ${rows})`;

/** A number that is another one after each change of a member: of its key with the version that its own ETag tells, or of all of it. */
function hashOf({ key, version }: EntityType, row: Sql): Sql {
  if (!version) return sql`hashtextextended(${row}::text, 0)`;
  const names = [...key.flatMap(({ source }) => (source.kind === 'column' ? [source.column] : [])), version.column];
  const values = names.map((name) => sql`(${row}).${identifier(name)}`);
  // The values as they are: their text would cost three times as much. All that can be a key has a hash.
  return sql`hash_record_extended(row(${join(values, ', ')}), 0)`;
}

/** True for collections that have an ETag: it would take the whole of a table to tell that of an entity set. */
const hasTag = (navigation: NavigationProperty): boolean =>
  navigation.collection && navigation.containsTarget && isChangeable(navigation.target) && isNarrow(navigation);

/** The navigation whose collection a path leads to, where it has an ETag; `/$each` may speak of some of its members. */
export function taggedNavigation({ steps, single, each }: Target): NavigationProperty | undefined {
  const last = steps.at(-1);
  const isPart = (last?.filter !== undefined || last?.cast !== undefined) && !each;
  const isKnown = steps.slice(0, -1).every(({ filter, rows }) => filter === undefined && rows === undefined);
  const navigation = last && !single && !isPart && isKnown ? last.navigation : undefined;
  return navigation && hasTag(navigation) ? navigation : undefined;
}

const isWhole = ({ rows, filter, top, skip }: CollectionPlan): boolean =>
  [rows, filter, top, skip].every((part) => part === undefined);

/** True where an answer tells it of an expanded collection: not of a part, and not to clients that read names as 4.0 has them. */
export const tellsTag = (
  { navigation, form, collection }: Extract<Field, { kind: 'many' }>,
  { metadata, prefix }: Representation,
): boolean =>
  form === 'entities' &&
  metadata !== 'none' &&
  prefix === '@' &&
  hasTag(navigation) &&
  collection.base.type === navigation.target &&
  isWhole(collection);

/** The navigation whose collection a request reads, where that has an ETag and no part of it is left out: pages are no parts. */
export const wholeTagged = ({
  target,
  collection,
  form,
  told,
}: Extract<ReadPlan, { kind: 'collection' }>): NavigationProperty | undefined =>
  form === 'entities' && told === undefined && isWhole(collection) ? taggedNavigation(target) : undefined;
