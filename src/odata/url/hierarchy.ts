/** Data Aggregation §6: transformations of recursive hierarchies. */
import { expectComma, parseTransformations } from './apply';
import type { Expression, Literal, OrderbyItem, Place, Transformation } from './ast';
import type { Cursor } from './cursor';
import { parseInteger } from './options';
import { parseOrderbyItems } from './orderby';
import { parseNameAlone, parseNamePath, parsePathBehind, startOfPath } from './path';

/** recHierReference = rootExpr BWS COMMA BWS recHierQualifier BWS COMMA BWS recHierPropertyPath */
export function parseHierarchy(cursor: Cursor): Expression[] {
  const nodes = parsePathBehind(cursor, startOfPath(cursor));
  expectComma(cursor);
  const qualifier = parseNameAlone(cursor);
  expectComma(cursor);
  return [nodes, qualifier, parseNamePath(cursor)];
}

/** ancestorsTrafo = … recHierReference BWS COMMA BWS preservingTrafos BWS [ COMMA BWS 1*DIGIT BWS ] [ COMMA BWS %s"keep start" BWS ] */
export function parseAncestors(cursor: Cursor, kind: 'ancestors' | 'descendants', place: Place): Transformation {
  const given = parseHierarchy(cursor);
  expectComma(cursor);
  const apply = parseTransformations(cursor);
  const { distance, keepStart } = parseExtent(cursor);
  return { kind, arguments: given, apply, keepStart, place, ...(distance && { distance }) };
}

const digit = /\d/y;
const keepStartWords = /keep[ \t]+start(?!\w)/iy;

function parseExtent(cursor: Cursor): { distance?: Literal; keepStart: boolean } {
  if (!cursor.takeComma()) return { keepStart: false };
  if (!cursor.sees(digit)) return { keepStart: expectKeepStart(cursor) };
  const distance = parseInteger(cursor);
  return { distance, keepStart: cursor.takeComma() && expectKeepStart(cursor) };
}

function expectKeepStart(cursor: Cursor): true {
  if (cursor.match(keepStartWords) === undefined) throw cursor.failure("'keep start'");
  return true;
}

const orderWord = /(preorder|postorder)(?!\w)/iy;
/** Preserving transformations, as far as they could be mistaken for an expression to order by. */
const transformationAhead =
  /(?:(?:identity(?!\w)|(?:bottom|top)(?:count|percent|sum)\(|(?:filter|orderby|search|skip|top|ancestors|descendants|traverse)\()|[\w\u0080-\uffff]+\.[\w.\u0080-\uffff]+\()/iy;

/** traverseTrafo = … ( %s"preorder" / %s"postorder" ) BWS [ COMMA BWS preservingTrafos BWS ] [ COMMA BWS orderbyItem *( … ) BWS ] */
export function parseTraverse(cursor: Cursor, place: Place): Transformation {
  const given = parseHierarchy(cursor);
  expectComma(cursor);
  const order = expectOrder(cursor);
  const apply: Transformation[] = [];
  const orderby: OrderbyItem[] = [];
  let more = cursor.takeComma();
  if (more && cursor.sees(transformationAhead)) {
    apply.push(...parseTransformations(cursor));
    more = cursor.takeComma();
  }
  if (more) orderby.push(...parseOrderbyItems(cursor));
  return { kind: 'traverse', arguments: given, order, apply, orderby, place };
}

function expectOrder(cursor: Cursor): 'preorder' | 'postorder' {
  const word = cursor.match(orderWord)?.toLowerCase();
  if (word !== 'preorder' && word !== 'postorder') throw cursor.failure("'preorder', 'postorder'");
  return word;
}
