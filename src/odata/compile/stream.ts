/** What an entity tells of its streams, and the bytes themselves. JSON §4.5.12, Protocol §11.2.4.1 */
import { edm } from '../model/edm';
import { MEDIA } from '../model/media-type';
import type { Stream } from '../model/model';
import type { Field, Range, Selection } from '../plan/plan';
import { literal, sql, trusted, type Sql } from '../sql';
import { castSegment, idText } from './identity';
import type { Columns } from './columns';
import type { Piece } from './pieces';
import { omitsNulls, type Representation } from './representation';
import type { Source } from './source';
import { textOf } from './text';

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
  const told = streamMembers(source, range, field, representation).map(([name, value]): Piece => ({
    kind: 'value',
    name,
    column: columns.add(value),
    form: 'string',
  }));
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

/** The character before, between and behind the parts of a stream that the writer puts into its form: no JSON text holds it. */
export const MARK = 1;

const mark = trusted(`chr(${MARK})`);

/**
 * The bytes of a stream within a text that PostgreSQL makes, with their media type. Which form they have depends on the bytes themselves: but for
 * those of a media entity, which are base64url always, the writer finds it (service/stream-json.ts).
 */
export function streamMember(source: Source, stream: Stream, representation: Representation): Sql {
  const content = source.column(stream.column);
  const type = sql`to_json(${mediaTypeOf(source, stream)})::text`;
  const name = JSON.stringify(stream.name);
  const typeName = `${JSON.stringify(`${prefixOf(stream, representation)}ContentType`)}:`;
  const isTold = representation.metadata !== 'none';
  const nothing = literal(omitsNulls(representation) ? '' : `,${name}:null`);
  if (stream.name === MEDIA) {
    const told = isTold ? sql`${literal(`,${typeName}`)} || ${type} || ` : sql``;
    return sql`coalesce(${told}${literal(`,${name}:"`)} || ${textOf(content, edm('Edm.Binary'))} || '"', ${nothing})`;
  }
  const parts = [
    sql`','`,
    literal(isTold ? typeName : ''),
    type,
    literal(`${name}:`),
    sql`encode(${content}, 'hex')`,
    sql`''`,
  ];
  return sql`coalesce(${joined(parts, mark)}, ${nothing})`;
}

const joined = (parts: readonly Sql[], separator: Sql): Sql =>
  parts.slice(1).reduce((before, part) => sql`${before} || ${separator} || ${part}`, parts[0] ?? sql`''`);

/** True where a stream stands in the JSON of one of the fields. */
export const holdsStreams = (fields: readonly Field[]): boolean =>
  fields.some((field) => {
    if (field.kind === 'stream') return field.isInline === true;
    if (field.kind === 'one' || field.kind === 'row') return selectionHoldsStreams(field.selection);
    return field.kind === 'many' && selectionHoldsStreams(field.collection.selection);
  });

const selectionHoldsStreams = ({ fields, variants }: Selection): boolean =>
  holdsStreams([...fields, ...(variants?.shared ?? []).map(({ field }) => field)]) ||
  [...(variants?.selections.values() ?? [])].some(selectionHoldsStreams);

/** What the names of the control information of a stream begin with. */
const prefixOf = ({ name }: Stream, { prefix }: Representation): string =>
  `${name === MEDIA ? '' : name}${prefix}media`;

/** The control information of a stream: texts by the names of their members. That of the media type stands with the bytes where they are. */
export function streamMembers(
  source: Source,
  { identity }: Range,
  { stream, isSelected, isInline = false }: Extract<Field, { kind: 'stream' }>,
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
    ...(isInline ? [] : [[`${before}ContentType`, mediaTypeOf(source, stream)] as const]),
    ...(version ? [[`${before}Etag`, version] as const] : []),
  ];
}
