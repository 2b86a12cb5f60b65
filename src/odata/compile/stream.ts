/** What an entity tells of its streams, and the bytes themselves. JSON §4.5.12, Protocol §11.2.4.1 */
import type { Stream } from '../model/model';
import { MEDIA } from '../model/media-type';
import type { Field, Range } from '../plan/plan';
import { literal, sql, type Sql } from '../sql';
import { castSegment, idText } from './identity';
import type { Columns } from './columns';
import type { Piece } from './pieces';
import type { Representation } from './representation';
import type { Source } from './source';

/** The media type of a stream; null where there is none. */
export function mediaTypeOf(source: Source, { column, mediaType, mediaTypeProperty }: Stream): Sql {
  const known = literal(mediaType);
  const own = mediaTypeProperty ? sql`coalesce(${source.value(mediaTypeProperty)}, ${known})` : sql`${known}::text`;
  return sql`(case when ${source.column(column)} is not null then ${own} end)`;
}

/** The members of a stream as pieces of its row. */
export function streamPieces(
  columns: Columns,
  source: Source,
  range: Range,
  field: Extract<Field, { kind: 'stream' }>,
  representation: Representation,
): readonly Piece[] {
  const { stream, isInline = false } = field;
  const typeName = `${prefixOf(stream, representation)}ContentType`;
  const told = streamMembers(source, range, field, representation)
    .filter(([name]) => !isInline || name !== typeName)
    .map(([name, value]): Piece => ({ kind: 'value', name, column: columns.add(value), form: 'string' }));
  if (!isInline) return told;
  const inline: Piece = {
    kind: 'stream',
    name: stream.name,
    content: columns.add(source.column(stream.column)),
    mediaType: columns.add(mediaTypeOf(source, stream)),
    typeName: representation.metadata === 'none' ? undefined : typeName,
  };
  return [...told, inline];
}

/** What the names of the control information of a stream begin with. */
const prefixOf = ({ name }: Stream, { prefix }: Representation): string =>
  `${name === MEDIA ? '' : name}${prefix}media`;

/** The control information of a stream: texts by the names of their members. */
export function streamMembers(
  source: Source,
  { identity }: Range,
  { stream, isSelected }: Extract<Field, { kind: 'stream' }>,
  representation: Representation,
): readonly (readonly [name: string, value: Sql])[] {
  const { metadata, namespace } = representation;
  if (metadata === 'none' || (metadata === 'minimal' && !isSelected)) return [];
  const { type } = source;
  const before = prefixOf(stream, representation);
  const url =
    identity &&
    sql`(${idText(source, identity)} || ${literal(`${castSegment(type, identity, namespace)}/${stream.name}`)})`;
  const version = type.version && sql`('W/"' || ${source.column(type.version.column)} || '"')`;
  return [
    ...(url && type.updatable && !stream.computed ? [[`${before}EditLink`, url] as const] : []),
    ...(url ? [[`${before}ReadLink`, url] as const] : []),
    [`${before}ContentType`, mediaTypeOf(source, stream)],
    ...(version ? [[`${before}Etag`, version] as const] : []),
  ];
}
