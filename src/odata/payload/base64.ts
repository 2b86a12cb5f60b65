/** Bytes as base64url, padded or not. JSON §7.1 */
import { PIECE } from '../model/long-text';
import { withoutTrailing } from '../model/trailing';
import type { Steps } from './turns';

/** The bytes of a text, piece by piece; undefined where it is no base64url. What cannot be decoded is left out: then there are fewer bytes than digits for them. */
export function* base64Bytes(text: string): Steps<Buffer | undefined> {
  const { length } = text;
  const digits = text.endsWith('=') ? withoutTrailing(text, '=').length : length;
  const isPadded = length > digits;
  if (digits % 4 === 1 || length - digits > 2 || (isPadded && length % 4 !== 0)) return undefined;
  const bytes = Buffer.allocUnsafe(Math.floor((digits * 3) / 4));
  let end = 0;
  // A piece has four digits for each three bytes, but for the last one.
  for (let at = 0; at < digits; at += PIECE) {
    if (at > 0) yield;
    const piece = text.slice(at, Math.min(at + PIECE, digits));
    if (piece.includes('+') || piece.includes('/') || Buffer.byteLength(piece) > piece.length) return undefined;
    end += bytes.write(piece, end, 'base64url');
  }
  return end === bytes.length ? bytes : undefined;
}
