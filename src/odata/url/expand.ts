/** URL Conventions §5.1.3: $expand. */
import type { ExpandItem, NameSegment } from './ast';
import type { Cursor } from './cursor';
import { expectAnnotationName, expectQualifiedName } from './names';
import { parseNestedOptions, type NestedIn } from './options';

/** expand = ( "$expand" / "expand" ) EQ expandItem *( COMMA expandItem ) */
export function parseExpandItems(cursor: Cursor): ExpandItem[] {
  const items: ExpandItem[] = [];
  do items.push(parseExpandItem(cursor));
  while (cursor.takeComma());
  return items;
}

const suffixes = /\$(?:ref|count)(?![\w])/y;

/** expandItem = "$value" / expandPath / optionallyQualifiedEntityTypeName "/" expandPath */
function parseExpandItem(cursor: Cursor): ExpandItem {
  const place = cursor.place();
  if (cursor.take('$value')) return { path: [], suffix: '$value', options: {}, place };
  const { path, star, suffix } = parseExpandPath(cursor);
  const context: NestedIn = suffix ?? (star ? '*' : '$expand');
  const options = cursor.isAt('(') ? parseNestedOptions(cursor, context) : {};
  cursor.note('(');
  return { path, options, place, ...(star && { star }), ...(suffix && { suffix }) };
}

/** expandPath = STAR [ ref ] / names, casts and annotations, then [ ref / count ] or "/" expandPath */
function parseExpandPath(cursor: Cursor): { path: NameSegment[]; star: boolean; suffix?: '$ref' | '$count' } {
  const path: NameSegment[] = [];
  let star = false;
  do {
    const suffix = path.length > 0 || star ? takeSuffix(cursor) : undefined;
    if (suffix) return { path, star, suffix };
    if (star) throw cursor.failure('$ref');
    star = cursor.take('*');
    if (!star) path.push(parseExpandSegment(cursor));
  } while (cursor.take('/'));
  return { path, star };
}

function takeSuffix(cursor: Cursor): '$ref' | '$count' | undefined {
  const suffix = cursor.match(suffixes);
  return suffix === '$ref' || suffix === '$count' ? suffix : undefined;
}

function parseExpandSegment(cursor: Cursor): NameSegment {
  const place = cursor.place();
  const name = cursor.take('@') ? `@${expectAnnotationName(cursor)}` : expectQualifiedName(cursor);
  return { kind: 'name', name, place };
}
