/** URL Conventions §5.1.1.13–5.1.1.16: paths in expressions, lambda operators, counts, key predicates, annotations. */
import type { AliasReference, Argument, Expression, NameSegment, Path, PathSegment, Place } from './ast';
import { parseAggregateFunction } from './aggregate';
import type { Cursor } from './cursor';
import { parseExpression } from './expression';
import { parseValue } from './json-literal';
import { takeUnquotedLiteral } from './literal';
import { expectAnnotationName, expectIdentifier, expectQualifiedName, takeIdentifier } from './names';
import { parseNestedOptions } from './options';

/** What a path begins with, gone over already. */
interface Start {
  readonly place: Place;
  readonly segments: PathSegment[];
  readonly root?: NonNullable<Path['root']>;
  readonly alias?: AliasReference;
}

const roots = /\$(?:it|root|this|these)(?![\w])/y;

/** implicitVariableExpr = %s"$it" / %s"$this"; rootExpr = %s"$root/" …; currCollectionExpr = %s"$these" … */
export function startOfPath(cursor: Cursor): Start {
  const place = cursor.place();
  const root = cursor.match(roots);
  if (root === '$it' || root === '$this' || root === '$these') return { place, segments: [], root };
  if (root !== '$root') throw cursor.failure('an expression');
  if (!cursor.isAt('/')) throw cursor.failure('/');
  return { place, segments: [], root };
}

/** The segments behind the start of a path. */
export function parsePathBehind(cursor: Cursor, start: Start): Path {
  const { segments, ...rest } = start;
  while (cursor.isAt('/')) {
    cursor.position++;
    segments.push(parseSegment(cursor));
    cursor.allowHeight(segments.length);
  }
  cursor.note('/');
  return { kind: 'path', segments, ...rest };
}

const dollarSegment = /\$(?:count|filter)\b/y;
const lambda = /(any|all|aggregate)\(/iy;

function parseSegment(cursor: Cursor): PathSegment {
  const place = cursor.place();
  const dollar = cursor.match(dollarSegment);
  if (dollar === '$count') return parseCount(cursor, place);
  if (dollar === '$filter') return parseFilterSegment(cursor, place);
  if (cursor.take('@')) return { kind: 'annotation', name: expectAnnotationName(cursor), place };
  const operator = cursor.matchGroups(lambda)?.[1]?.toLowerCase();
  if (operator === 'aggregate') return parseAggregateFunction(cursor, place);
  if (operator === 'any' || operator === 'all') return parseLambda(cursor, operator, place);
  return parseNameSegment(cursor, place);
}

/** count [ OPEN expandCountOption *( SEMI expandCountOption ) CLOSE ] */
function parseCount(cursor: Cursor, place: Place): PathSegment {
  if (!cursor.isAt('(')) return { kind: '$count', place };
  return { kind: '$count', options: parseNestedOptions(cursor, '$count'), place };
}

/** filterExpr = %s"/$filter" OPEN boolCommonExpr CLOSE [ keyPredicate ] */
export function parseFilterSegment(cursor: Cursor, place: Place): Extract<PathSegment, { kind: '$filter' }> {
  cursor.expect('(');
  cursor.skipSpace();
  const predicate = parseExpression(cursor);
  cursor.close();
  const key = cursor.isAt('(') ? parseArguments(cursor) : undefined;
  return { kind: '$filter', predicate, place, ...(key && { key }) };
}

/** anyExpr = "any" OPEN BWS [ lambdaVariableExpr BWS COLON BWS lambdaPredicateExpr ] BWS CLOSE; all needs a predicate. §5.1.1.13 */
function parseLambda(cursor: Cursor, kind: 'any' | 'all', place: Place): PathSegment {
  cursor.skipSpace();
  if (kind === 'any' && cursor.take(')')) return { kind, place };
  const variable = takeIdentifier(cursor);
  if (variable === undefined) throw cursor.failure('the name of a variable');
  cursor.skipSpace();
  cursor.expect(':');
  cursor.skipSpace();
  const predicate = parseExpression(cursor);
  cursor.close();
  return { kind, variable, predicate, place };
}

/** A name with or without parentheses, or keyPathLiteral: a guid, a number or a date is no name. §4.3.6 */
function parseNameSegment(cursor: Cursor, place: Place): NameSegment {
  const key = takeUnquotedLiteral(cursor);
  if (key) return { kind: 'name', name: key.text, place, literal: key };
  const name = expectQualifiedName(cursor);
  if (!cursor.isAt('(')) return { kind: 'name', name, place };
  const given = parseArguments(cursor);
  const behind = cursor.isAt('(') ? parseArguments(cursor) : undefined;
  return { kind: 'name', name, arguments: given, place, ...(behind && { key: behind }) };
}

const parameterName = /[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*(?=[ \t]*=)/y;

/** functionExprParameters = OPEN [ BWS functionExprParameter *( BWS COMMA BWS functionExprParameter ) ] BWS CLOSE, or a key predicate */
export function parseArguments(cursor: Cursor, value: (cursor: Cursor) => Expression = parseValue): Argument[] {
  cursor.expect('(');
  cursor.skipSpace();
  const given: Argument[] = [];
  if (cursor.take(')')) return given;
  do given.push(parseArgument(cursor, value));
  while (cursor.takeComma());
  cursor.close();
  return given;
}

/** functionExprParameter = parameterName EQ ( parameterAlias / parameterValue ) */
function parseArgument(cursor: Cursor, value: (cursor: Cursor) => Expression): Argument {
  const place = cursor.place();
  const name = cursor.match(parameterName);
  if (name === undefined) return { value: value(cursor), place };
  cursor.skipSpace();
  cursor.expect('=');
  cursor.skipSpace();
  return { name, value: value(cursor), place };
}

/** A path of plain names, as groupings and hierarchies want it: [ aggrCastPath "/" ] aggrPrimPath */
export function parseNamePath(cursor: Cursor): Path {
  const place = cursor.place();
  const segments: NameSegment[] = [];
  do {
    segments.push({ kind: 'name', place: cursor.place(), name: expectQualifiedName(cursor) });
    cursor.allowHeight(segments.length);
  } while (cursor.take('/'));
  return { kind: 'path', segments, place };
}

/** A single identifier as a path. */
export function parseNameAlone(cursor: Cursor): Path {
  const place = cursor.place();
  return { kind: 'path', segments: [{ kind: 'name', name: expectIdentifier(cursor), place }], place };
}
