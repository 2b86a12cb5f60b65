/** Data Aggregation §3.2.3: groupby with rollup, and rolluprecursive (§6.3). */
import { parseTransformations } from './apply';
import type { GroupingItem, Path, Place, Transformation } from './ast';
import type { Cursor } from './cursor';
import { parseHierarchy } from './hierarchy';
import { parseNamePath } from './path';

/** groupbyTrafo = %s"groupby" OPEN BWS groupbyList [ BWS COMMA BWS applyExpr ] BWS CLOSE, behind the OPEN */
export function parseGroupby(cursor: Cursor, place: Place): Transformation {
  const grouping: GroupingItem[] = [];
  cursor.expect('(');
  cursor.skipSpace();
  do grouping.push(parseGroupingItem(cursor));
  while (cursor.takeComma());
  cursor.close();
  return { kind: 'groupby', grouping, apply: cursor.takeComma() ? parseTransformations(cursor) : [], place };
}

const rollupWord = /(rollup|rolluprecursive)\([ \t]*/iy;

/** groupbyElement = groupingProperty / rollupLevels / rollupRecursive */
function parseGroupingItem(cursor: Cursor): GroupingItem {
  const place = cursor.place();
  const word = cursor.matchGroups(rollupWord)?.[1]?.toLowerCase();
  if (word === 'rollup') return parseRollup(cursor, place);
  if (word === 'rolluprecursive') return parseRollupRecursive(cursor, place);
  return { kind: 'path', path: parseNamePath(cursor), place };
}

/** rollupLevels = %s"rollup" OPEN BWS ( rollupUnnamedHier / rollupNamedHier ) BWS CLOSE; `$all` first adds the grand total */
function parseRollup(cursor: Cursor, place: Place): GroupingItem {
  const all = cursor.take('$all');
  if (all && !cursor.takeComma()) throw cursor.failure();
  const paths: Path[] = [];
  do paths.push(parseNamePath(cursor));
  while (cursor.takeComma());
  cursor.close();
  return { kind: 'rollup', all, paths, place };
}

/** rollupRecursive = %s"rolluprecursive" OPEN BWS recHierReference BWS [ COMMA BWS preservingTrafos BWS ] CLOSE */
function parseRollupRecursive(cursor: Cursor, place: Place): GroupingItem {
  const given = parseHierarchy(cursor);
  const apply = cursor.takeComma() ? parseTransformations(cursor) : [];
  cursor.close();
  return { kind: 'rolluprecursive', arguments: given, apply, place };
}
