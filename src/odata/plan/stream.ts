/** Streams: the values of stream properties, and what media entities describe. Protocol §11.2.3, §11.2.4.1 */
import { odataError } from '../error';
import type { EntityType, Stream } from '../model/model';
import type { ExpandItem, PathSegment, Place, QueryOptions, ResourceSegment, SelectItem } from '../url/ast';
import { withoutCast } from './cast';
import { placeOf, unknownSegment, type PlanContext } from './context';
import type { Field, Target } from './plan';

/** The stream that the segments behind an entity lead to; undefined where they lead to something else. */
export function streamAt({ single, range }: Target, segments: readonly ResourceSegment[]): Stream | undefined {
  const [first, next] = segments;
  if (!single || !first) return undefined;
  const { media, streams } = range.type;
  const stream = first.kind === '$value' ? media : first.kind === 'name' ? streams?.get(first.name) : undefined;
  if (!stream || (first.kind === 'name' && first.arguments)) return undefined;
  if (first.kind === 'name' && next?.kind === '$value') throw noRawValue(stream, next.place);
  if (next) throw unknownSegment(next);
  return stream;
}

/** It is raw already. Protocol §11.2.4.2 */
const noRawValue = ({ name }: Stream, place: Place): Error =>
  odataError('BadRequest', { message: `'${name}' is a stream: its bytes are at its own URL.` }, placeOf(place));

/** An entity that describes no media has no `/$value`. Protocol §11.2.3 */
export const noMedia = (place: Place, type?: EntityType): Error =>
  odataError(
    'BadRequest',
    {
      message: `${type ? `An entity of the type '${type.name}'` : 'None of the entities'} is ${type ? 'no' : 'a'} media entity.`,
    },
    placeOf(place),
  );

/** Bytes are no value of an expression. */
export const noValueOf = (name: string, place: Place): Error =>
  odataError('TypeMismatch', { message: `'${name}' is a stream: it has no value in an expression.` }, placeOf(place));

/** A stream is selected as a whole; `next` stands behind it. */
export function checkSelected({ name }: Stream, next: PathSegment | undefined, { options, place }: SelectItem): void {
  if (!next && Object.keys(options).length === 0) return;
  throw odataError(
    'TypeMismatch',
    { message: `'${name}' is a stream: it has no properties, and takes no options.` },
    placeOf(next?.place ?? place),
  );
}

/** What an entity tells of its streams, beside those that are expanded. */
export function streamFields(
  { media, streams }: EntityType,
  { $select }: Pick<QueryOptions, '$select'>,
  expanded: readonly Field[],
): readonly Field[] {
  const isStar = !$select || $select.some(({ star, path }) => star === true && path.length === 0);
  const isNamed = ({ name }: Stream): boolean => ($select ?? []).some(({ path }) => path.at(-1)?.name === name);
  return [...(media ? [media] : []), ...(streams?.values() ?? [])]
    .filter((stream) => isStar || stream === media || isNamed(stream))
    .filter((stream) => !expanded.some((field) => field.kind === 'stream' && field.stream === stream))
    .map((stream) => ({ kind: 'stream', stream, isSelected: isNamed(stream) }));
}

/** The stream that an item of $expand puts into the answer; undefined where it names none. URL Conventions §5.1.3 */
export function expandedStream(
  { model }: PlanContext,
  type: EntityType,
  { path, suffix, options, place }: ExpandItem,
): Extract<Field, { kind: 'stream' }> | undefined {
  const [first, next] = withoutCast(model, type, path);
  if (suffix === '$value' && !type.media) throw noMedia(place, type);
  const stream = suffix === '$value' ? type.media : first && type.streams?.get(first.name);
  if (!stream) return undefined;
  if (next || (suffix && suffix !== '$value') || Object.keys(options).length > 0)
    throw odataError(
      'SyntaxError',
      { message: `'${stream.name}' is a stream: $expand takes it as a whole and without options.` },
      placeOf(next?.place ?? place),
    );
  return { kind: 'stream', stream, isSelected: true, isInline: true };
}
