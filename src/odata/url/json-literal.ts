/** URL Conventions §5.1.1.14.2, ABNF 5: arrays and objects in expressions, JSON with OData expressions as values. */
import type { Expression, ListExpression, Literal, ObjectExpression } from './ast';
import type { Cursor } from './cursor';
import { parseExpression } from './expression';
import { closingDoubleQuote, doubleQuote, jsonText } from './literal';

/** array = begin-array [ valueInUrl *( value-separator valueInUrl ) ] end-array */
export function parseArray(cursor: Cursor): ListExpression {
  const place = cursor.place();
  cursor.expect('[');
  const items = parseList(cursor, ']', () => cursor.member(parseValue(cursor)));
  return { kind: 'list', items, place };
}

/** object = begin-object [ member *( value-separator member ) ] end-object */
export function parseObject(cursor: Cursor): ObjectExpression {
  const place = cursor.place();
  cursor.expect('{');
  const names = new Set<string>();
  const members = parseList(cursor, '}', () => parseMember(cursor, names));
  return { kind: 'object', members, place };
}

/** valueInUrl = stringInUrl / commonExpr */
export function parseValue(cursor: Cursor): Expression {
  return cursor.code() === doubleQuote ? parseJsonString(cursor) : parseExpression(cursor);
}

/** stringInUrl = quotation-mark *charInJSON quotation-mark */
export function parseJsonString(cursor: Cursor): Literal {
  const place = cursor.place();
  const start = cursor.position;
  const end = cursor.code() === doubleQuote ? closingDoubleQuote(cursor.text, start + 1) : undefined;
  const raw = end === undefined ? '' : cursor.text.slice(start, end + 1);
  const text = jsonText(raw);
  if (text === undefined) throw cursor.failure('a string in double quotes');
  cursor.position = start + raw.length;
  return { kind: 'literal', type: 'string', text, raw, place };
}

/** member = stringInUrl name-separator valueInUrl; `names` are those of the members before it */
function parseMember(cursor: Cursor, names: Set<string>): { name: string; value: Expression } {
  const { text, place } = parseJsonString(cursor);
  if (names.has(text)) throw cursor.error(`The member "${text}" is given twice`, place.at);
  names.add(text);
  cursor.skipSpace();
  cursor.expect(':');
  cursor.skipSpace();
  return { name: text, value: parseValue(cursor) };
}

function parseList<T>(cursor: Cursor, end: string, parse: (cursor: Cursor) => T): T[] {
  cursor.enter();
  cursor.skipSpace();
  const items: T[] = [];
  if (!cursor.take(end)) {
    do items.push(parse(cursor));
    while (cursor.takeComma());
    cursor.skipSpace();
    cursor.expect(end);
  }
  cursor.leave();
  return items;
}
