/** GET of a stream: the bytes as they are, with the media type that they have. Protocol §11.2.3, §11.2.4.1 */
import { odataError } from '../error';
import { keptByCaches } from '../http/entity-tags';
import { takes } from '../http/negotiate';
import { isMediaType, UNKNOWN_TYPE, withoutParameters } from '../model/media-type';
import { inTurns } from '../payload/turns';
import type { ReadPlan } from '../plan/plan';
import type { Session } from './database';
import { harmless } from './foreign-bytes';
import { rawBytes } from './json-writer';
import type { Response } from './message';
import { callOf, etagHeader, missing, SingleRow, type PreparedRead, type ReadRequest } from './read';

/** The bytes; 204 where there are none. 404 without the entity. */
export async function readStream(
  session: Session,
  read: PreparedRead<Extract<ReadPlan, { kind: 'stream' }>>,
  { bindings }: ReadRequest,
): Promise<Response> {
  const found = new SingleRow();
  await session.run([callOf(read, bindings, found.onRow)]);
  const { presence, pieces } = read.compiled;
  if (!found.exists || (presence !== undefined && found.row.isNull(presence))) throw missing();
  const [content, mediaType] = pieces.flatMap((piece) => (piece.kind === 'value' ? [piece.column] : []));
  const tag = etagHeader(read, found);
  if (content === undefined || mediaType === undefined || found.row.isNull(content))
    return { status: 204, headers: tag };
  return {
    status: 200,
    headers: {
      'Content-Type': sendable(found.row.text(mediaType) ?? UNKNOWN_TYPE),
      ...harmless,
      ...keptByCaches,
      ...tag,
    },
    body: await inTurns(rawBytes(found.row, content)),
  };
}

/** Rows are written by others, too. */
const sendable = (mediaType: string): string => (isMediaType(mediaType) ? mediaType : UNKNOWN_TYPE);

/** 406 where the client does not take the media type of the bytes. Protocol §11.2.4.1 */
export function checkTaken(accept: string | undefined, { headers: { 'Content-Type': mediaType } }: Response): void {
  if (mediaType === undefined || takes(accept, withoutParameters(mediaType))) return;
  throw odataError('NotAcceptable', {
    message: `The bytes are of the media type '${mediaType}', which is not what Accept asks for.`,
  });
}
