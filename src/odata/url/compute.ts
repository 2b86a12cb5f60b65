/** URL Conventions §5.1.10: $compute. */
import type { ComputeItem } from './ast';
import type { Cursor } from './cursor';
import { parseExpression } from './expression';
import { expectIdentifier } from './names';

/** compute = ( "$compute" / "compute" ) EQ computeItem *( COMMA computeItem ) */
export function parseComputeItems(cursor: Cursor): ComputeItem[] {
  const items: ComputeItem[] = [];
  do items.push(parseComputeItem(cursor));
  while (cursor.takeComma());
  return items;
}

/** computeItem = commonExpr RWS "as" RWS computedProperty */
function parseComputeItem(cursor: Cursor): ComputeItem {
  const place = cursor.place();
  const expression = parseExpression(cursor);
  return { expression, as: expectAlias(cursor), place };
}

/** asAlias = RWS %s"as" RWS expressionAlias */
export function takeAlias(cursor: Cursor): string | undefined {
  return cursor.takeKeyword('as') ? expectIdentifier(cursor) : undefined;
}

/** An alias that must stand here. */
export function expectAlias(cursor: Cursor): string {
  const name = takeAlias(cursor);
  if (name === undefined) throw cursor.failure();
  return name;
}
