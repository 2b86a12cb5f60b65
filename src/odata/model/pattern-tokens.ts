/**
 * What a regular expression of ECMAScript consists of, written so that JavaScript (flags `su`) and PostgreSQL read it alike. Where several pieces fit,
 * the one in front is the longest.
 */
const ESCAPE = String.raw`\\(?:u\{[0-9a-fA-F]+\}|u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|c[A-Za-z]|[pP]\{[^}]*\}|k<[^>]*>|[0-9]+|.)`;

/** Classes whole, openings of groups, quantifiers with their mark of laziness, escapes, and single characters. */
export const TOKEN = [
  String.raw`\[\^?(?:[^\]\\]|\\.)*\]`,
  String.raw`\((?:\?(?:[:=!]|<[=!]|<[^=!>][^>]*>|[a-z-]+:))?`,
  String.raw`(?:[*+?]|\{[0-9]+(?:,[0-9]*)?\})\??`,
  ESCAPE,
  '.',
].join('|');

/** What a class consists of. */
export const CLASS_ATOM = String.raw`${ESCAPE}|[^\\]`;

const token = new RegExp(TOKEN, 'gsu');
const classAtom = new RegExp(CLASS_ATOM, 'gsu');

/** Tokens of a regular expression, in their order; together they are its text. */
export const patternTokens = (pattern: string): readonly string[] => pattern.match(token) ?? [];

/** The same of what stands within a class. */
export const classAtoms = (members: string): readonly string[] => members.match(classAtom) ?? [];

/** How often a quantifier repeats, at least and at most; undefined for a token that is none. */
export function timesOf(token: string): readonly [least: number, most: number] | undefined {
  const [, sign, least, comma, most] = /^(?:([*+?])|\{(\d+)(?:(,)(\d*))?\})\??$/.exec(token) ?? [];
  if (sign !== undefined) return [sign === '+' ? 1 : 0, sign === '?' ? 1 : Infinity];
  if (least === undefined) return undefined;
  return [Number(least), comma === undefined ? Number(least) : most ? Number(most) : Infinity];
}
