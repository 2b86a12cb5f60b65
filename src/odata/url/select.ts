/** URL Conventions §5.1.4: $select. */
import type { Argument, NameSegment, SelectItem } from './ast';
import type { Cursor } from './cursor';
import { expectAnnotationName, expectIdentifier, expectQualifiedName } from './names';
import { parseNestedOptions } from './options';

/** select = ( "$select" / "select" ) EQ selectItem *( COMMA selectItem ) */
export function parseSelectItems(cursor: Cursor): SelectItem[] {
  const items: SelectItem[] = [];
  do items.push(parseSelectItem(cursor));
  while (cursor.takeComma());
  return items;
}

const allOperations = /([A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*(?:\.[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)*)\.\*/y;
const optionsAhead = /\([ \t]*(?:\$|@|[A-Za-z]+=)/y;

/** selectItem = STAR / allOperationsInSchema / selectProperty / optionallyQualifiedActionName / optionallyQualifiedFunctionName / … */
function parseSelectItem(cursor: Cursor): SelectItem {
  const place = cursor.place();
  if (cursor.take('*')) return { path: [], star: true, options: {}, place };
  const namespace = cursor.matchGroups(allOperations)?.[1];
  if (namespace !== undefined)
    return { path: [{ kind: 'name', name: namespace, place }], star: true, options: {}, place };
  const path = parseSelectPath(cursor);
  const options = cursor.sees(optionsAhead) ? parseNestedOptions(cursor, '$select') : {};
  return { path, options, place };
}

function parseSelectPath(cursor: Cursor): NameSegment[] {
  const path: NameSegment[] = [];
  do path.push(parseSelectSegment(cursor));
  while (cursor.take('/'));
  return path;
}

function parseSelectSegment(cursor: Cursor): NameSegment {
  const place = cursor.place();
  const name = cursor.take('@') ? `@${expectAnnotationName(cursor)}` : expectQualifiedName(cursor);
  if (!cursor.isAt('(') || cursor.sees(optionsAhead)) return { kind: 'name', name, place };
  return { kind: 'name', name, arguments: parseParameterNames(cursor), place };
}

/** parameterNames = parameterName *( COMMA parameterName ): they name one overload of a function */
function parseParameterNames(cursor: Cursor): Argument[] {
  const names: Argument[] = [];
  cursor.expect('(');
  do {
    const place = cursor.place();
    const name = expectIdentifier(cursor);
    names.push({ name, value: { kind: 'path', segments: [{ kind: 'name', name, place }], place }, place });
  } while (cursor.takeComma());
  cursor.close();
  return names;
}
