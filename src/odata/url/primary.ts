/** URL Conventions §5.1.1: primary expressions, the operators `has` and `in`. */
import type { Expression, ListExpression, Literal, NullLiteral } from './ast';
import { parseCall } from './call';
import type { Cursor } from './cursor';
import { binary, parseExpression } from './expression';
import { parseArray, parseJsonString, parseObject } from './json-literal';
import {
  doubleQuote,
  parsePrefixedLiteral,
  parseString,
  takeLiteral,
  takeUnquotedLiteral,
  wordLiteral,
} from './literal';
import { expectAnnotationName, takeQualifiedName } from './names';
import { parsePathBehind, startOfPath } from './path';

/** A primary expression with the `has` and `in` behind it: both bind tighter than `not` and `-`. §5.1.1.17 */
export function parsePrimary(cursor: Cursor): Expression {
  let left = parseOperand(cursor);
  for (let height = 1; ; height++) {
    const found = takeMembership(cursor);
    if (!found) return left;
    const { operator, at } = found;
    cursor.allowHeight(height);
    left = binary(cursor, operator, at, left, operator === 'in' ? parseInOperand(cursor) : parseOperand(cursor));
  }
}

const membership = /([ \t]+)(has|in)(?=[ \t(])[ \t]*/iy;
const membershipAfterParenthesis = /([ \t]*)(has|in)(?=[ \t(])[ \t]*/iy;

/** hasExpr = RWS "has" RWS enumLiteral; inExpr = RWS "in" RWS ( listExpr / commonExpr ) */
function takeMembership(cursor: Cursor): { readonly operator: 'has' | 'in'; readonly at: number } | undefined {
  const start = cursor.position;
  const pattern = cursor.text.charAt(cursor.position - 1) === ')' ? membershipAfterParenthesis : membership;
  const [, space = '', word = ''] = cursor.matchGroups(pattern) ?? [];
  const operator = word.toLowerCase();
  return operator === 'has' || operator === 'in' ? { operator, at: start + space.length } : undefined;
}

/** listExpr = OPEN BWS [ primitiveLiteral BWS *( COMMA BWS primitiveLiteral BWS ) ] CLOSE, else any operand */
function parseInOperand(cursor: Cursor): Expression {
  const start = cursor.place();
  if (!cursor.take('(')) return parseOperand(cursor);
  cursor.enter();
  cursor.skipSpace();
  const result = cursor.take(')')
    ? { kind: 'list' as const, items: [], place: start }
    : parseListOrGroup(cursor, start);
  cursor.leave();
  return result;
}

function parseListOrGroup(cursor: Cursor, place: ListExpression['place']): Expression {
  const first = listItem(cursor) ?? parseExpression(cursor);
  if (!isItem(first)) {
    cursor.close();
    return first;
  }
  const items = [first];
  while (cursor.takeComma()) items.push(expectItem(cursor));
  cursor.close();
  return { kind: 'list', items, place };
}

/** A literal, unless an operator goes on behind it. */
function listItem(cursor: Cursor): Literal | NullLiteral | undefined {
  const start = cursor.position;
  const item = cursor.code() === doubleQuote ? parseJsonString(cursor) : takeLiteral(cursor);
  if (!item || cursor.sees(endOfItem)) return cursor.member(item);
  cursor.position = start;
  return undefined;
}

const endOfItem = /[ \t]*[,)]/y;
const isItem = (expression: Expression): expression is Literal | NullLiteral =>
  expression.kind === 'literal' || expression.kind === 'null';

function expectItem(cursor: Cursor): Literal | NullLiteral {
  const item = listItem(cursor);
  if (!item) throw cursor.failure('a literal');
  return item;
}

const quote = 0x27;
const digit = /[\d+-]/;
const guidDash = 0x2d;

/** primitiveLiteral / arrayOrObject / rootExpr / functionExpr / methodCallExpr / parenExpr / castExpr / isofExpr / firstMemberExpr */
function parseOperand(cursor: Cursor): Expression {
  const character = cursor.text.charAt(cursor.position);
  switch (character) {
    case "'":
      return parseString(cursor);
    case '(':
      return parseGroup(cursor);
    case '[':
      return parseArray(cursor);
    case '{':
      return parseObject(cursor);
    case '$':
      return parsePathBehind(cursor, startOfPath(cursor));
    case '@':
      return parseAt(cursor);
    default:
      return digit.test(character) ? expectNumber(cursor) : parseWord(cursor);
  }
}

/** parenExpr = OPEN BWS commonExpr BWS CLOSE */
function parseGroup(cursor: Cursor): Expression {
  cursor.expect('(');
  cursor.skipSpace();
  const expression = parseExpression(cursor);
  cursor.close();
  return expression;
}

function expectNumber(cursor: Cursor): Literal {
  const literal = takeUnquotedLiteral(cursor);
  if (!literal) throw cursor.failure('an expression');
  return literal;
}

/** parameterAlias = AT odataIdentifier, alone or as the start of a path; annotationExpr = AT [ namespace "." ] termName … */
function parseAt(cursor: Cursor): Expression {
  const place = cursor.place();
  cursor.expect('@');
  const name = expectAnnotationName(cursor);
  if (/[.#]/.test(name)) return parsePathBehind(cursor, { place, segments: [{ kind: 'annotation', name, place }] });
  const alias = { kind: 'alias' as const, name, place };
  return cursor.isAt('/') ? parsePathBehind(cursor, { place, segments: [], alias }) : alias;
}

/** A word: a literal with or without a prefix, a call, or the start of a path. */
function parseWord(cursor: Cursor): Expression {
  const start = cursor.position;
  if (cursor.text.charCodeAt(start + 8) === guidDash) {
    const guid = takeUnquotedLiteral(cursor);
    if (guid) return guid;
  }
  const place = cursor.place();
  const word = takeQualifiedName(cursor);
  if (word === undefined) throw cursor.failure('an expression');
  if (cursor.code() === quote) return parsePrefixedLiteral(cursor, word, start);
  if (cursor.isAt('(')) return parseCall(cursor, word, place);
  return (
    (cursor.isAt('/') ? undefined : wordLiteral(cursor, word, start)) ??
    parsePathBehind(cursor, { place, segments: [{ kind: 'name', name: word, place }] })
  );
}
