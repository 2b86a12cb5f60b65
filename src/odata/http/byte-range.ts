/** Parts of stored bytes: `Range: bytes=0-99`. RFC 9110 §14 */
import { odataError } from '../error';
import { isForeign } from '../service/foreign-bytes';
import type { Response } from '../service/message';
import type { Headers } from './negotiate';

/**
 * The part of an answer that a GET asks for; the whole one where it asks for several parts or in another unit, or where If-Range names a
 * version: a weak tag cannot tell that bytes are the same. Throws 416 for a part behind the end.
 */
export function partOf(response: Response, method: string | undefined, headers: Headers): Response {
  const { status, body } = response;
  if (status !== 200 || !Buffer.isBuffer(body) || !isForeign(response)) return response;
  const whole: Response = { ...response, headers: { ...response.headers, 'Accept-Ranges': 'bytes' } };
  const { range } = headers;
  if (method !== 'GET' || range === undefined || headers['if-range'] !== undefined) return whole;
  const found = boundsOf(range, body.length);
  if (!found) return whole;
  const [start, end] = found;
  return {
    status: 206,
    headers: { ...whole.headers, 'Content-Range': `bytes ${start}-${end - 1}/${body.length}` },
    body: body.subarray(start, end),
  };
}

/** Where one range of bytes begins, and the place behind its end; undefined for what is to be ignored. */
function boundsOf(range: string, length: number): readonly [start: number, end: number] | undefined {
  const [unit, bounds = '', ...more] = range.split('=').map((piece) => piece.trim());
  const [first = '', last = '', ...others] = bounds.split('-').map((piece) => piece.trim());
  const isOne = unit?.toLowerCase() === 'bytes' && more.length === 0 && others.length === 0 && bounds.includes('-');
  if (!isOne || !/^\d+$/.test(first + last)) return undefined;
  const isSuffix = first === '';
  const start = isSuffix ? Math.max(length - Number(last), 0) : Number(first);
  const end = isSuffix || last === '' ? length : Math.min(Number(last) + 1, length);
  if (!isSuffix && last !== '' && Number(last) < Number(first)) return undefined;
  if (start < end) return [start, end];
  throw odataError(
    'RangeNotSatisfiable',
    { length },
    { headers: { 'Content-Range': `bytes */${length}`, 'Accept-Ranges': 'bytes' } },
  );
}
