/** The bytes of a stream within the JSON of its entity. JSON §9, §10 */
import type { Piece } from '../compile/pieces';
import { MARK } from '../compile/stream';
import { MEDIA, UNKNOWN_TYPE } from '../model/media-type';
import { base64url, bytesAsJson } from './foreign-bytes';
import type { JsonOutput } from './json-output';
import { rawValue, type WriterOptions, type WriteValue } from './json-writer';
import type { Row } from './row';

/** Writes the media type and the bytes; those of a media entity are base64url always. */
export function streamWriter(
  { name, content, mediaType, typeName }: Extract<Piece, { kind: 'stream' }>,
  { omit }: Pick<WriterOptions, 'omit'>,
): WriteValue {
  return (row: Row, output: JsonOutput) => {
    if (row.isNull(content)) {
      if (!omit) output.member(Buffer.from(`,${JSON.stringify(name)}:null`));
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

/** Copies the JSON of a column, each stream in the form that its media type and its bytes ask for. */
export function markedWriter({ name, column }: Extract<Piece, { kind: 'marked' }>): WriteValue {
  const key = Buffer.from(`,${JSON.stringify(name)}:`);
  return (row: Row, output: JsonOutput) => {
    const cell = row.buffer.subarray(row.startOf(column), row.startOf(column) + row.lengthOf(column));
    let at = 0;
    /** What stands before the next mark, or before the end. */
    const part = (): Buffer => {
      const mark = cell.indexOf(MARK, at);
      const found = cell.subarray(at, mark < 0 ? cell.length : mark);
      at += found.length + 1;
      return found;
    };
    output.member(key);
    output.constant(part());
    while (at < cell.length) {
      const [typeName, mediaType, streamName, bytes] = [part(), part(), part(), part()].map(String);
      const shown = bytesAsJson(Buffer.from(bytes ?? '', 'hex'), String(JSON.parse(mediaType ?? '')));
      output.text(typeName === '' ? '' : `${typeName ?? ''}${JSON.stringify(shown.mediaType)},`);
      output.text(`${streamName ?? ''}${shown.json}`);
      output.constant(part());
    }
  };
}
