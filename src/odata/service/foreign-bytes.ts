/** Bytes that clients have stored go out as they came: nothing may take them for something of this service. */
import { isUtf8 } from 'node:buffer';
import { UNKNOWN_TYPE, withoutParameters } from '../model/media-type';
import type { Response } from './message';

const POLICY = 'Content-Security-Policy';
const HARMLESS = "default-src 'none'; sandbox";

/** The header of an answer with such bytes: a browser shows them and lets them do nothing. */
export const harmless: Readonly<Record<string, string>> = { [POLICY]: HARMLESS };

/** True for an answer with such bytes: whatever its Content-Type says, they may be anything. */
export const isForeign = ({ headers }: Pick<Response, 'headers'>): boolean => headers[POLICY] === HARMLESS;

/**
 * The bytes as a JSON value: JSON as it is, text as a string, everything else as base64url. What is not what its media type says
 * comes as bytes of which nothing is known. JSON §9, §19.2
 */
export function bytesAsJson(bytes: Buffer, mediaType: string): { readonly json: string; readonly mediaType: string } {
  if (!isJson(mediaType) && !isText(mediaType)) return { json: base64url(bytes), mediaType };
  const json = nativeJson(bytes, mediaType);
  return json === undefined ? { json: base64url(bytes), mediaType: UNKNOWN_TYPE } : { json, mediaType };
}

/** A string of base64url. */
export const base64url = (bytes: Buffer): string => `"${bytes.toString('base64url')}"`;

const isJson = (mediaType: string): boolean => /^application\/(json|.*\+json)$/.test(withoutParameters(mediaType));

const isText = (mediaType: string): boolean => withoutParameters(mediaType).startsWith('text/');

/** Other character sets have no place in JSON. */
const isUtf8Text = (mediaType: string): boolean => {
  const charset = /; *charset="?([^";]*)/i.exec(mediaType)?.[1]?.trim();
  return charset === undefined || /^(utf-?8|us-ascii)$/i.test(charset);
};

function nativeJson(bytes: Buffer, mediaType: string): string | undefined {
  if (!isUtf8(bytes)) return undefined;
  const text = bytes.toString('utf8');
  if (!isJson(mediaType)) return isUtf8Text(mediaType) ? JSON.stringify(text) : undefined;
  try {
    JSON.parse(text);
    return text;
  } catch {
    return undefined;
  }
}
