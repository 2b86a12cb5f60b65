/** An ECMAScript pattern as PostgreSQL's advanced regular expression: the two differ in more than they look. URL Conventions §5.1.1.7.1 */
import { odataError } from '../error';
import { patternTokens } from '../model/pattern-tokens';
import { checkPatternCost } from './pattern-cost';

const space = ' \\t\\n\\r\\f\\v\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\ufeff';
/** Classes of ECMAScript, which do not depend on a locale. */
const classes: Readonly<Record<string, string>> = { d: '0-9', w: 'A-Za-z0-9_', s: space };

const outside: Readonly<Record<string, string>> = {
  '.': '[^\\n\\r\\u2028\\u2029]',
  '\\b': '\\y',
  '\\B': '\\Y',
  '[^]': '.',
  '[]': '(?!.|$)',
};

const notOffered = (text: string): Error =>
  odataError('NotImplemented', { message: `'${text}' in a regular expression is not offered by this service yet.` });

/** The pattern for PostgreSQL's `~`. Throws when it is no valid pattern, too costly, or one with what PostgreSQL does not have. */
export function regularExpression(pattern: string, maxLength: number): string {
  if (pattern.length > maxLength)
    throw odataError('PatternTooComplex', { message: `A pattern must not be longer than ${maxLength} characters.` });
  try {
    new RegExp(pattern, 'u');
  } catch (error) {
    throw odataError('InvalidValue', { message: `'${pattern}' is not a valid regular expression.` }, { cause: error });
  }
  const tokens = patternTokens(pattern);
  checkPatternCost(tokens);
  let inClass = false;
  const text = tokens.map((part) => {
    const written = inClass ? insideClass(part) : outsideClass(part);
    if (part === ']') inClass = false;
    else if (part === '[' || part === '[^') inClass = true;
    return written;
  });
  return `(?:${text.join('')})`;
}

function outsideClass(part: string): string {
  const found = outside[part];
  if (found !== undefined) return found;
  if (part === '(?') throw notOffered(part);
  if (part.startsWith('(?<') && part.endsWith('>')) return '(';
  const [, name = ''] = /^\\([dws])$/i.exec(part) ?? [];
  const members = classes[name.toLowerCase()];
  if (members !== undefined) return `[${name === name.toLowerCase() ? '' : '^'}${members}]`;
  return escaped(part);
}

function insideClass(part: string): string {
  if (part === '[' || part === '[^') return `\\${part}`;
  const members = classes[part.slice(1)];
  return part.startsWith('\\') && members !== undefined ? members : escaped(part);
}

/** Escapes that both have, or that stand for one character. */
function escaped(part: string): string {
  if (/^\\[pPk]./.test(part) || /^\\[DWS]$/.test(part)) throw notOffered(part);
  const codes = /^\\(?:u\{([\da-f]+)\}|[ux]([\da-f]{2,4})(?:\\u([\da-f]{4}))?)$/i.exec(part);
  if (!codes) return part;
  const [, point, unit, second] = codes;
  if (point !== undefined) return codePoint(parseInt(point, 16));
  const pair = String.fromCharCode(
    ...[unit, second].flatMap((text) => (text === undefined ? [] : [parseInt(text, 16)])),
  );
  return Array.from(pair, (character) => codePoint(character.codePointAt(0) ?? 0)).join('');
}

const codePoint = (point: number): string => `\\U${point.toString(16).padStart(8, '0')}`;
