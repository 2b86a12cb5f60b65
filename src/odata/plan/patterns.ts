/** Texts of the request as PostgreSQL's pattern operators want them. */
import { sql, type Sql } from '../sql';

const escapeLike = (text: string): string => text.replace(/[\\%_]/g, '\\$&');

/** For `like`: the text anywhere. */
export const containsPattern = (text: string): string => `%${escapeLike(text)}%`;

/** For `like`: the text at the end. */
export const endsWithPattern = (text: string): string => `%${escapeLike(text)}`;

const LAST = 0x10ffff;
const BEHIND_ALL = String.fromCodePoint(LAST).repeat(8);

/** The smallest text, by code point, behind all texts that start with the prefix. */
export function prefixEnd(prefix: string): string {
  const points = Array.from(prefix, (character) => character.codePointAt(0) ?? 0);
  while (points.at(-1) === LAST) points.pop();
  const last = points.pop();
  if (last === undefined) return BEHIND_ALL;
  const next = last === 0xd7ff ? 0xe000 : last + 1;
  return String.fromCodePoint(...points, next);
}

/**
 * Letters without their case, in any script and the same in any language: lower first, so that signs such as the Kelvin become letters,
 * then upper, which, unlike lower, never depends on the letters around.
 */
export const foldCase = (text: Sql): Sql => sql`(upper(lower(${text} collate "und-x-icu")) collate "C")`;
