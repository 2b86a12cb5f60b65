/** Data Aggregation §3.2.1: what aggregate takes, and aggregate as a function in paths (§3.6). */
import type { AggregateItem, AggregateMethod, Expression, Path, PathSegment, Place } from './ast';
import { takeAlias } from './compute';
import type { Cursor } from './cursor';
import { parseExpression } from './expression';
import { expectQualifiedName } from './names';
import { parseNamePath } from './path';

/** aggregateExpr *( BWS COMMA BWS aggregateExpr ) */
export function parseAggregateItems(cursor: Cursor): AggregateItem[] {
  const items: AggregateItem[] = [];
  do items.push(parseAggregateItem(cursor));
  while (cursor.takeComma());
  return items;
}

/** %s"/aggregate" OPEN BWS aggregateFunctionExpr BWS CLOSE, behind the OPEN: without an alias */
export function parseAggregateFunction(cursor: Cursor, place: Place): PathSegment {
  cursor.skipSpace();
  const start = cursor.place();
  const items = [{ ...parseAggregated(cursor), place: start }];
  cursor.close();
  return { kind: 'aggregate', items, place };
}

/** aggregateExpr: only a custom aggregate may do without an alias, and then without from */
function parseAggregateItem(cursor: Cursor): AggregateItem {
  const place = cursor.place();
  const item = parseAggregated(cursor);
  const as = takeAlias(cursor);
  if (as === undefined && !(isCustom(item) && item.from.length === 0)) throw cursor.failure();
  return { ...item, place, ...(as !== undefined && { as }) };
}

type Aggregated = Pick<AggregateItem, 'expression' | 'method' | 'from'>;

/** aggregatableExpW / aggregateCount / aggregateCustom, each with its from; a number that $count gives is aggregated by a method as any other value */
function parseAggregated(cursor: Cursor): Aggregated {
  const expression = cursor.sees(countAlone) ? undefined : parseExpression(cursor);
  if (!expression) cursor.position += '$count'.length;
  const method = expression && takeMethod(cursor);
  const custom = expression !== undefined && method === undefined && !endsInCount(expression);
  if (custom && !isNamePath(expression)) throw cursor.failure("'with'");
  return {
    from: parseFrom(cursor, custom),
    ...(expression && { expression }),
    ...(method !== undefined && { method }),
  };
}

const countAlone = /\$count(?=[ \t),])/y;
const isNamePath = (expression: Expression): expression is Path =>
  expression.kind === 'path' && !expression.root && expression.segments.every(({ kind }) => kind === 'name');
const endsInCount = (expression: Expression): boolean =>
  expression.kind === 'path' && expression.segments.at(-1)?.kind === '$count';
const isCustom = ({ expression, method }: Aggregated): boolean =>
  expression !== undefined && method === undefined && !endsInCount(expression);

/** aggregateWith = RWS %s"with" RWS aggregateMethod */
function takeMethod(cursor: Cursor): AggregateMethod | undefined {
  return cursor.takeKeyword('with') ? expectQualifiedName(cursor) : undefined;
}

/** aggregateFrom = RWS %s"from" RWS groupingProperties aggregateWith [ aggregateFrom ]; a custom aggregate may leave the method out */
function parseFrom(cursor: Cursor, custom: boolean): AggregateItem['from'] {
  const steps: { properties: Path[]; method?: AggregateMethod }[] = [];
  while (cursor.takeKeyword('from')) {
    const properties = [parseNamePath(cursor)];
    while (cursor.takeComma()) properties.push(parseNamePath(cursor));
    const method = takeMethod(cursor);
    if (method === undefined && !custom) throw cursor.failure();
    steps.push({ properties, ...(method !== undefined && { method }) });
  }
  return steps;
}
