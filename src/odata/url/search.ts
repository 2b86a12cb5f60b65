/** URL Conventions §5.1.8.1: search expressions. NOT binds tighter than AND, AND tighter than OR. */
import type { SearchExpression } from './ast';
import { balancedTree } from './balanced';
import type { Cursor } from './cursor';
import { closingQuote, parseString } from './literal';

const space = '[ \\t]+';
/** Within parentheses a semicolon ends the expression when an option follows it: `a;b` and `a%3Bb` look the same here. */
const nextOption = ';(?=\\$?[A-Za-z]+=|@\\w+=)';
const otherSemicolon = ';(?!\\$?[A-Za-z]+=|@\\w+=)';

/** What the words of an expression are told apart by. */
interface Words {
  /** A word before anything but an operand is no operator. */
  readonly not: RegExp;
  readonly or: RegExp;
  readonly and: RegExp;
  readonly nextOperand: RegExp;
  readonly word: RegExp;
}

/** `semicolon` matches one that stands for itself. */
function wordsWith(semicolon: string): Words {
  const operand = `(?:[^ \\t);]|${semicolon})`;
  const operandAhead = `(?=${space}${operand}|\\()`;
  return {
    not: new RegExp(`NOT${operandAhead}`, 'y'),
    or: new RegExp(`${space}OR${operandAhead}`, 'y'),
    and: new RegExp(`${space}(?:AND${operandAhead})?`, 'y'),
    nextOperand: new RegExp(`[ \\t]*${operand}`, 'y'),
    word: new RegExp(`(?:[^ \\t()"';]|${semicolon})(?:[^ \\t()";]|${semicolon})*`, 'y'),
  };
}

const wholeWords = wordsWith(';');
const nestedWords = wordsWith(otherSemicolon);
const phrase = /"([^"]+)"/y;
const openingQuote = /[ \t]*'/y;
const quote = 0x27;

/** search = ( "$search" / "search" ) EQ BWS ( searchExpr / searchExpr-incomplete ) */
export const parseSearchOption = (cursor: Cursor): SearchExpression => parseSearchOf(cursor, wholeWords);

/** The same among other options in parentheses. */
export const parseNestedSearch = (cursor: Cursor): SearchExpression => parseSearchOf(cursor, nestedWords);

function parseSearchOf(cursor: Cursor, words: Words): SearchExpression {
  cursor.skipSpace();
  return cursor.code() === quote ? parseIncomplete(cursor) : parseOr(cursor, words);
}

/** searchExpr-incomplete = SQUOTE *( … ) SQUOTE: what a user is still typing */
function parseIncomplete(cursor: Cursor): SearchExpression {
  const { text, place } = parseString(cursor);
  return { kind: 'term', text, phrase: false, incomplete: true, place };
}

/** searchOrExpr = RWS %s"OR" RWS searchExpr */
function parseOr(cursor: Cursor, words: Words): SearchExpression {
  cursor.enter();
  const operands = [parseAnd(cursor, words)];
  while (cursor.match(words.or)) {
    cursor.skipSpace();
    operands.push(parseAnd(cursor, words));
  }
  cursor.leave();
  return joined('or', operands);
}

/** searchAndExpr = RWS [ %s"AND" RWS ] searchExpr */
function parseAnd(cursor: Cursor, words: Words): SearchExpression {
  const operands = [parseNot(cursor, words)];
  while (takeAnd(cursor, words)) operands.push(parseNot(cursor, words));
  return joined('and', operands);
}

function takeAnd(cursor: Cursor, words: Words): boolean {
  const start = cursor.position;
  if (!cursor.sees(words.or) && cursor.match(words.and) && cursor.sees(words.nextOperand)) {
    cursor.skipSpace();
    return true;
  }
  cursor.position = start;
  cursor.note('a space and a term');
  return false;
}

/** searchNegateExpr = %s"NOT" RWS searchExpr */
function parseNot(cursor: Cursor, words: Words): SearchExpression {
  const place = cursor.place();
  if (!cursor.match(words.not)) return parseTerm(cursor, words);
  cursor.skipSpace();
  cursor.enter();
  const operand = parseNot(cursor, words);
  cursor.leave();
  return { kind: 'not', operand, place };
}

/** searchParenExpr = OPEN BWS searchExpr BWS CLOSE, searchPhrase or searchWord */
function parseTerm(cursor: Cursor, words: Words): SearchExpression {
  if (cursor.take('(')) return parseGroup(cursor, words);
  const place = cursor.place();
  const quoted = cursor.matchGroups(phrase)?.[1];
  if (quoted !== undefined) return { kind: 'term', text: quoted, phrase: true, place };
  const text = cursor.match(words.word);
  if (text === undefined) throw cursor.failure('a word, a phrase in double quotes');
  return { kind: 'term', text, phrase: false, place };
}

function parseGroup(cursor: Cursor, words: Words): SearchExpression {
  cursor.skipSpace();
  const expression = parseOr(cursor, words);
  cursor.close();
  return expression;
}

function joined(kind: 'and' | 'or', operands: readonly SearchExpression[]): SearchExpression {
  return balancedTree(operands, (left, right) => ({ kind, left, right, place: left.place }));
}

const nestedDelimiter = new RegExp(`"[^"]*"|[()]|${nextOption}`, 'g');
const delimiter = /"[^"]*"|[()]/g;

/** Where the search expression that starts at `from` ends, found without parsing it: for the shape of requests. */
export function endOfSearch(text: string, from: number, isNested: boolean): number {
  openingQuote.lastIndex = from;
  const quoteAt = openingQuote.test(text) ? closingQuote(text, openingQuote.lastIndex) : undefined;
  if (quoteAt !== undefined) return quoteAt + 1;
  const pattern = isNested ? nestedDelimiter : delimiter;
  let depth = 0;
  pattern.lastIndex = from;
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    const [found] = match;
    if (found === '(') depth++;
    else if (found === ';' || (found === ')' && --depth < 0)) return match.index;
  }
  return text.length;
}

const phraseOrSemicolon = /"[^"]*(?:"|$)|;/g;

/** Where semicolons stand in the words of the search expression between two places. */
export function semicolonsIn(text: string, from: number, end: number): readonly number[] {
  openingQuote.lastIndex = from;
  if (openingQuote.test(text)) return [];
  const found: number[] = [];
  for (const { 0: token, index } of text.slice(from, end).matchAll(phraseOrSemicolon))
    if (token === ';') found.push(from + index);
  return found;
}
