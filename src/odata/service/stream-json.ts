/** The bytes of a stream within the JSON of its entity. JSON §9, §10 */
import type { Piece } from '../compile/pieces';
import { MEDIA, UNKNOWN_TYPE } from '../model/media-type';
import { base64url, bytesAsJson } from './foreign-bytes';
import type { JsonOutput } from './json-output';
import { rawValue, type WriterOptions, type WriteValue } from './json-writer';
import type { Row } from './row';

/** Writes the media type and the bytes; those of a media entity are base64url always. */
export function streamWriter(
  { name, content, mediaType, typeName }: Extract<Piece, { kind: 'stream' }>,
  { omitNulls }: Pick<WriterOptions, 'omitNulls'>,
): WriteValue {
  return (row: Row, output: JsonOutput) => {
    if (row.isNull(content)) {
      if (!omitNulls) output.member(Buffer.from(`,${JSON.stringify(name)}:null`));
      return;
    }
    const bytes = rawValue(row, content, 'binary');
    const told = row.text(mediaType) ?? UNKNOWN_TYPE;
    const shown = name === MEDIA ? { json: base64url(bytes), mediaType: told } : bytesAsJson(bytes, told);
    if (typeName !== undefined)
      output.member(Buffer.from(`,${JSON.stringify(typeName)}:${JSON.stringify(shown.mediaType)}`));
    output.member(Buffer.from(`,${JSON.stringify(name)}:${shown.json}`));
  };
}
