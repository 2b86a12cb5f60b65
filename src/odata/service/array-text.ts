/** One-dimensional arrays as PostgreSQL writes and reads them: `{a,"b, c",NULL}`. */
import type { SqlValue } from '../sql';

/** The text of a parameter: lists become arrays. */
export function parameterText(value: SqlValue): string | null {
  if (value === null || typeof value === 'string') return value;
  return `{${value.map((item) => (item === null ? 'NULL' : `"${item.replace(/["\\]/g, '\\$&')}"`)).join(',')}}`;
}

const item = /"((?:[^"\\]|\\.)*)"|([^",{}]+)/gs;

/** The items of an array. */
export const arrayItems = (text: string): readonly (string | null)[] =>
  [...text.slice(1, -1).matchAll(item)].map(([, quoted, plain = '']) => {
    if (quoted !== undefined) return quoted.replace(/\\(.)/gs, '$1');
    return plain === 'NULL' ? null : plain;
  });
