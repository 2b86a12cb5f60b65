/** The bytes of a stream within JSON: JSON as it is, text as a string, everything else as base64url. JSON §9, §10 */
import { isUtf8 } from 'node:buffer';
import type { Piece } from '../compile/output';
import { MEDIA, UNKNOWN_TYPE, withoutParameters } from '../model/media-type';
import { rawValue, type JsonOutput, type Row, type WriterOptions, type WriteValue } from './json-writer';

/** Writes the media type and the bytes. */
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
    const native = name === MEDIA ? undefined : nativeJson(bytes, told);
    // What is not what its type says goes out as bytes of no known type.
    const shown = native === undefined && name !== MEDIA && isNative(told) ? UNKNOWN_TYPE : told;
    if (typeName !== undefined) output.member(Buffer.from(`,${JSON.stringify(typeName)}:${JSON.stringify(shown)}`));
    output.member(Buffer.from(`,${JSON.stringify(name)}:${native ?? JSON.stringify(bytes.toString('base64url'))}`));
  };
}

const isJson = (mediaType: string): boolean => /^application\/(json|[^;]*\+json)$/.test(withoutParameters(mediaType));

const isText = (mediaType: string): boolean =>
  mediaType.toLowerCase().startsWith('text/') &&
  /^(utf-?8|us-ascii)?$/i.test(/; *charset="?([^";]*)/i.exec(mediaType)?.[1]?.trim() ?? '');

const isNative = (mediaType: string): boolean => isJson(mediaType) || isText(mediaType);

/** The bytes as JSON or text, where they are that. */
function nativeJson(bytes: Buffer, mediaType: string): string | undefined {
  if (!isNative(mediaType) || !isUtf8(bytes)) return undefined;
  const text = bytes.toString('utf8');
  if (!isJson(mediaType)) return JSON.stringify(text);
  try {
    JSON.parse(text);
    return text;
  } catch {
    return undefined;
  }
}
