/** URL Conventions §5.1.8.1: search expressions. NOT binds tighter than AND, AND tighter than OR. */
import type { SearchExpression } from './ast';
import { balancedTree } from './balanced';
import type { Cursor } from './cursor';
import { parseString } from './literal';

const space = '[ \\t]+';
/** What can begin an operand: a word before anything else is no operator. */
const operandAhead = `(?=${space}[^ \\t);]|\\()`;
const notWord = new RegExp(`NOT${operandAhead}`, 'y');
const orWord = new RegExp(`${space}OR${operandAhead}`, 'y');
const andWord = new RegExp(`${space}(?:AND${operandAhead})?`, 'y');
const nextOperand = /[ \t]*[^ \t);]/y;
const phrase = /"([^"]+)"/y;
/** A semicolon ends a nested $search only when an option follows it: `a;b` and `a%3Bb` look the same here. */
const end = ';(?=\\$?[A-Za-z]+=|@\\w+=)';
const other = `;(?!\\$?[A-Za-z]+=|@\\w+=)`;
const word = new RegExp(`(?:[^ \\t()"';]|${other})(?:[^ \\t()";]|${other})*`, 'y');
const delimiter = new RegExp(`"[^"]*"|[()]|${end}`, 'g');
const incomplete = /[ \t]*'[^']*(?:''[^']*)*'/y;
const quote = 0x27;

/** search = ( "$search" / "search" ) EQ BWS ( searchExpr / searchExpr-incomplete ) */
export function parseSearchOption(cursor: Cursor): SearchExpression {
  cursor.skipSpace();
  return cursor.code() === quote ? parseIncomplete(cursor) : parseOr(cursor);
}

/** searchExpr-incomplete = SQUOTE *( … ) SQUOTE: what a user is still typing */
function parseIncomplete(cursor: Cursor): SearchExpression {
  const { text, place } = parseString(cursor);
  return { kind: 'term', text, phrase: false, incomplete: true, place };
}

/** searchOrExpr = RWS %s"OR" RWS searchExpr */
function parseOr(cursor: Cursor): SearchExpression {
  cursor.enter();
  const operands = [parseAnd(cursor)];
  while (cursor.match(orWord)) {
    cursor.skipSpace();
    operands.push(parseAnd(cursor));
  }
  cursor.leave();
  return joined('or', operands);
}

/** searchAndExpr = RWS [ %s"AND" RWS ] searchExpr */
function parseAnd(cursor: Cursor): SearchExpression {
  const operands = [parseNot(cursor)];
  while (takeAnd(cursor)) operands.push(parseNot(cursor));
  return joined('and', operands);
}

function takeAnd(cursor: Cursor): boolean {
  const start = cursor.position;
  if (!cursor.sees(orWord) && cursor.match(andWord) && cursor.sees(nextOperand)) {
    cursor.skipSpace();
    return true;
  }
  cursor.position = start;
  cursor.note('a space and a term');
  return false;
}

/** searchNegateExpr = %s"NOT" RWS searchExpr */
function parseNot(cursor: Cursor): SearchExpression {
  const place = cursor.place();
  if (!cursor.match(notWord)) return parseTerm(cursor);
  cursor.skipSpace();
  cursor.enter();
  const operand = parseNot(cursor);
  cursor.leave();
  return { kind: 'not', operand, place };
}

/** searchParenExpr = OPEN BWS searchExpr BWS CLOSE, searchPhrase or searchWord */
function parseTerm(cursor: Cursor): SearchExpression {
  if (cursor.take('(')) return parseGroup(cursor);
  const place = cursor.place();
  const quoted = cursor.matchGroups(phrase)?.[1];
  if (quoted !== undefined) return { kind: 'term', text: quoted, phrase: true, place };
  const text = cursor.match(word);
  if (text === undefined) throw cursor.failure('a word, a phrase in double quotes');
  return { kind: 'term', text, phrase: false, place };
}

function parseGroup(cursor: Cursor): SearchExpression {
  cursor.skipSpace();
  const expression = parseOr(cursor);
  cursor.close();
  return expression;
}

function joined(kind: 'and' | 'or', operands: readonly SearchExpression[]): SearchExpression {
  return balancedTree(operands, (left, right) => ({ kind, left, right, place: left.place }));
}

/** Where the search expression that starts at `from` ends, found without parsing it: for the shape of requests. */
export function endOfSearch(text: string, from: number): number {
  incomplete.lastIndex = from;
  if (incomplete.test(text)) return incomplete.lastIndex;
  let depth = 0;
  delimiter.lastIndex = from;
  for (let match = delimiter.exec(text); match; match = delimiter.exec(text)) {
    const [found] = match;
    if (found === '(') depth++;
    else if (found === ';' || (found === ')' && --depth < 0)) return match.index;
  }
  return text.length;
}

const encodedQuote = /^(?: |\t|%20|%09)*(?:'|%27)/;
const quoteOrSemicolon = /"|%22|;/g;

/** Where a semicolon stands as itself, outside of quotes, in a $search that is still percent-encoded; undefined where none does. */
export function bareSemicolon(written: string): number | undefined {
  if (encodedQuote.test(written)) return undefined;
  let isQuoted = false;
  for (const { 0: found, index } of written.matchAll(quoteOrSemicolon)) {
    if (found !== ';') isQuoted = !isQuoted;
    else if (!isQuoted) return index;
  }
  return undefined;
}
