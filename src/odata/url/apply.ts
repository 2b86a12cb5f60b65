/** Data Aggregation §3: $apply, the sequence of transformations. */
import { parseAggregateItems } from './aggregate';
import type { Expression, Path, Place, Transformation } from './ast';
import { expectAlias, parseComputeItems } from './compute';
import type { Cursor } from './cursor';
import { didYouMean } from './did-you-mean';
import { parseExpression } from './expression';
import { parseGroupby } from './groupby';
import { parseAncestors, parseTraverse } from './hierarchy';
import { expectAnnotationName, expectQualifiedName } from './names';
import { parseInteger } from './options';
import { parseOrderbyItems } from './orderby';
import { parseArguments, parseNamePath } from './path';
import { parseSearchOption } from './search';

/** applyExpr = applyTrafo *( "/" applyTrafo ) */
export function parseTransformations(cursor: Cursor): Transformation[] {
  cursor.enter();
  const sequence: Transformation[] = [];
  do sequence.push(parseTransformation(cursor));
  while (cursor.take('/'));
  cursor.leave();
  return sequence;
}

type Parser = (cursor: Cursor, place: Place) => Transformation;

/** What stands in the parentheses of each transformation. */
const parsers = new Map<string, Parser>([
  ['filter', (cursor, place) => ({ kind: 'filter', predicate: parseExpression(cursor), place })],
  ['search', (cursor, place) => ({ kind: 'search', search: parseSearchOption(cursor), place })],
  ['orderby', (cursor, place) => ({ kind: 'orderby', items: parseOrderbyItems(cursor), place })],
  ['skip', (cursor, place) => ({ kind: 'skip', count: parseInteger(cursor), place })],
  ['top', (cursor, place) => ({ kind: 'top', count: parseInteger(cursor), place })],
  ['compute', (cursor, place) => ({ kind: 'compute', items: parseComputeItems(cursor), place })],
  ['aggregate', (cursor, place) => ({ kind: 'aggregate', items: parseAggregateItems(cursor), place })],
  ['groupby', parseGroupby],
  ['concat', parseConcat],
  ['join', (cursor, place) => ({ kind: 'join', ...parseJoined(cursor), place })],
  ['outerjoin', (cursor, place) => ({ kind: 'outerjoin', ...parseJoined(cursor), place })],
  ['nest', (cursor, place) => ({ kind: 'nest', items: parseNested(cursor), place })],
  ['addnested', parseAddnested],
  ['topcount', (cursor, place) => ({ kind: 'topcount', ...parseAmount(cursor), place })],
  ['topsum', (cursor, place) => ({ kind: 'topsum', ...parseAmount(cursor), place })],
  ['toppercent', (cursor, place) => ({ kind: 'toppercent', ...parseAmount(cursor), place })],
  ['bottomcount', (cursor, place) => ({ kind: 'bottomcount', ...parseAmount(cursor), place })],
  ['bottomsum', (cursor, place) => ({ kind: 'bottomsum', ...parseAmount(cursor), place })],
  ['bottompercent', (cursor, place) => ({ kind: 'bottompercent', ...parseAmount(cursor), place })],
  ['ancestors', (cursor, place) => parseAncestors(cursor, 'ancestors', place)],
  ['descendants', (cursor, place) => parseAncestors(cursor, 'descendants', place)],
  ['traverse', parseTraverse],
]);

/** applyTrafo: a transformation of the standard, or customFunction = namespace "." function functionExprParameters */
function parseTransformation(cursor: Cursor): Transformation {
  const place = cursor.place();
  const name = expectQualifiedName(cursor);
  if (name.includes('.')) return { kind: 'function', name, arguments: parseArguments(cursor), place };
  if (name.toLowerCase() === 'identity') return { kind: 'identity', place };
  const parse = parsers.get(name.toLowerCase());
  if (!parse)
    throw cursor.error(`'${name}' is no transformation.${didYouMean(name, ['identity', ...parsers.keys()])}`, place.at);
  cursor.expect('(');
  cursor.skipSpace();
  const transformation = parse(cursor, place);
  cursor.close();
  return transformation;
}

/** concatTrafo = %s"concat" OPEN BWS applyExpr 1*( BWS COMMA BWS applyExpr ) BWS CLOSE */
function parseConcat(cursor: Cursor, place: Place): Transformation {
  const sequences = [parseTransformations(cursor)];
  while (cursor.takeComma()) sequences.push(parseTransformations(cursor));
  if (sequences.length < 2) throw cursor.failure();
  return { kind: 'concat', sequences, place };
}

/** topcountTrafo = %s"topcount" OPEN BWS collectionExpr BWS COMMA BWS commonExpr BWS CLOSE, and the like */
function parseAmount(cursor: Cursor): { amount: Expression; by: Expression } {
  const amount = parseExpression(cursor);
  expectComma(cursor);
  return { amount, by: parseExpression(cursor) };
}

/** BWS COMMA BWS */
export function expectComma(cursor: Cursor): void {
  if (!cursor.takeComma()) throw cursor.failure();
}

/** joinTrafo = %s"join" OPEN BWS joinProperty asAlias [ BWS COMMA BWS applyExpr ] BWS CLOSE */
function parseJoined(cursor: Cursor): { path: Path; as: string; apply: Transformation[] } {
  const path = parseJoinPath(cursor);
  const as = expectAlias(cursor);
  return { path, as, apply: cursor.takeComma() ? parseTransformations(cursor) : [] };
}

/** joinProperty: a path, or a collection-valued annotation */
function parseJoinPath(cursor: Cursor): Path {
  const place = cursor.place();
  if (!cursor.take('@')) return parseNamePath(cursor);
  return { kind: 'path', segments: [{ kind: 'annotation', name: expectAnnotationName(cursor), place }], place };
}

/** nestApplyExpr = applyExpr asAlias *( BWS COMMA BWS applyExpr asAlias ) */
function parseNested(cursor: Cursor): { apply: Transformation[]; as: string }[] {
  const items: { apply: Transformation[]; as: string }[] = [];
  do items.push({ apply: parseTransformations(cursor), as: expectAlias(cursor) });
  while (cursor.takeComma());
  return items;
}

/** %s"addnested" OPEN BWS nestPath BWS COMMA BWS nestApplyExpr BWS CLOSE */
function parseAddnested(cursor: Cursor, place: Place): Transformation {
  const path = parseNamePath(cursor);
  expectComma(cursor);
  return { kind: 'addnested', path, items: parseNested(cursor), place };
}
