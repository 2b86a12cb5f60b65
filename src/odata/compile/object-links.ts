/** What an object within a statement says of itself: its id, its links, its operations. JSON §4.5.8–4.5.10, §16, §17 */
import type { NavigationProperty } from '../model/model';
import type { Range } from '../plan/plan';
import { literal, sql, type Sql } from '../sql';
import { castSegment, idText } from './identity';
import { named } from './object-sql';
import { isChangeable, type Representation } from './representation';
import type { Source } from './source';

/** The id of an entity as text. */
export function idOf(source: Source, { identity, name }: Range): Sql {
  if (!identity) throw new Error(`The entities of ${name} have no id`);
  return sql`(${idText(source, identity)})`;
}

/** The id as a column. */
export const idColumn = (source: Source, range: Range, { prefix }: Representation): Sql =>
  named(idOf(source, range), `${prefix}id`);

/** Where the entity is read, or changed. */
export function ownLink(source: Source, range: Range, { metadata, prefix, namespace }: Representation): readonly Sql[] {
  if (metadata !== 'full' || !range.identity) return [];
  const cast = castSegment(source.type, range.identity, namespace);
  const link = cast === '' ? idOf(source, range) : sql`(${idOf(source, range)} || ${literal(cast)})`;
  return [named(link, `${prefix}${isChangeable(source.type) ? 'editLink' : 'readLink'}`)];
}

/** The links of a navigation, each with the name of its member. */
export function links(
  source: Source,
  range: Range,
  { name }: NavigationProperty,
  { metadata, prefix, namespace }: Representation,
): readonly (readonly [name: string, value: Sql])[] {
  if (metadata !== 'full' || !range.identity) return [];
  const cast = castSegment(source.type, range.identity, namespace);
  return [
    [`${name}${prefix}associationLink`, sql`(${idOf(source, range)} || ${literal(`${cast}/${name}/$ref`)})`],
    [`${name}${prefix}navigationLink`, sql`(${idOf(source, range)} || ${literal(`${cast}/${name}`)})`],
  ];
}

/** What the operation is called, and where it is invoked. */
export function operation(
  source: Source,
  range: Range,
  name: string,
  { metadata, namespace }: Representation,
): readonly Sql[] {
  if (metadata !== 'full' || !range.identity) return [];
  const path = `${castSegment(source.type, range.identity, namespace)}/${namespace}.${name}`;
  const target = sql`${idOf(source, range)} || ${literal(path)}`;
  return [named(sql`json_build_object('title', ${literal(name)}, 'target', ${target})`, `#${namespace}.${name}`)];
}
