/** ETags of contained collections: they change with every change of a member, and when one comes or goes. JSON §4.5.12, §8.6 */
import type { EntityType } from '../model/model';
import type { Field } from '../plan/plan';
import { sql, type Sql } from '../sql';
import { isChangeable, type Representation } from './representation';
import { tableOf } from './source';

/** The ETag of the members that meet a condition on `alias`. */
export const collectionTag = (type: EntityType, alias: Sql, condition: Sql): Sql =>
  sql`(select 'W/"' || count(*) || '.' || coalesce(sum(hashtextextended(${alias}::text, 0)), 0) || '"' from ${tableOf(type)} as ${alias} where ${condition})`;

/** True where an answer tells it: not of a part of the collection, and not to clients that read names as 4.0 has them. */
export const tellsTag = (
  { navigation, form, collection }: Extract<Field, { kind: 'many' }>,
  { metadata, prefix }: Representation,
): boolean =>
  form === 'entities' &&
  metadata !== 'none' &&
  prefix === '@' &&
  navigation.containsTarget &&
  isChangeable(navigation.target) &&
  [collection.rows, collection.filter, collection.top, collection.skip].every((part) => part === undefined);
