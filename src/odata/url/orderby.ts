/** URL Conventions §5.1.5: $orderby. */
import type { OrderbyItem } from './ast';
import type { Cursor } from './cursor';
import { parseExpression } from './expression';

/** orderby = ( "$orderby" / "orderby" ) EQ orderbyItem *( COMMA orderbyItem ) */
export function parseOrderbyItems(cursor: Cursor): OrderbyItem[] {
  const items: OrderbyItem[] = [];
  do items.push(parseOrderbyItem(cursor));
  while (cursor.takeComma());
  return items;
}

const directionWord = /(?:asc|desc)(?![\w/.(\u0080-\uffff])/iy;

/** orderbyItem = commonExpr [ RWS ( "asc" / "desc" ) ] */
function parseOrderbyItem(cursor: Cursor): OrderbyItem {
  const place = cursor.place();
  const expression = parseExpression(cursor);
  return { expression, direction: takeDirection(cursor), place };
}

function takeDirection(cursor: Cursor): 'asc' | 'desc' {
  const start = cursor.position;
  const word = cursor.skipSpace() ? cursor.match(directionWord)?.toLowerCase() : undefined;
  if (word === undefined) {
    cursor.note("'asc', 'desc'");
    cursor.position = start;
  }
  return word === 'desc' ? 'desc' : 'asc';
}
