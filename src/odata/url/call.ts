/** URL Conventions §5.1.1.4–5.1.1.12: calls of functions, cast, isof, case. */
import type { Argument, Case, Expression, Place, TypeNameExpression } from './ast';
import type { Cursor } from './cursor';
import { parseExpression } from './expression';
import { parseArguments, parsePathBehind } from './path';

/** methodCallExpr / functionExpr / castExpr / isofExpr / caseMethodCallExpr, the name gone over already. */
export function parseCall(cursor: Cursor, name: string, place: Place): Expression {
  switch (name.toLowerCase()) {
    case 'case':
      return parseCase(cursor, place);
    case 'cast':
    case 'isof':
      return parseTypeCall(cursor, name, place);
    case 'any':
    case 'all':
    case 'aggregate':
      throw cursor.error(`'${name}' needs a collection and '/' before it`, place.at);
    default:
      return parseFunction(cursor, name, place);
  }
}

/** A canonical function, a bound function, or a collection with a key: told apart by what can be seen. */
function parseFunction(cursor: Cursor, name: string, place: Place): Expression {
  const given = parseArguments(cursor);
  if (!isPath(cursor, name, given)) return { kind: 'call', name, arguments: given.map(({ value }) => value), place };
  const key = cursor.isAt('(') ? parseArguments(cursor) : undefined;
  return parsePathBehind(cursor, {
    place,
    segments: [{ kind: 'name', name, arguments: given, place, ...(key && { key }) }],
  });
}

function isPath(cursor: Cursor, name: string, given: readonly Argument[]): boolean {
  const [first] = given;
  if (first ? first.name !== undefined : name.includes('.')) return true;
  return cursor.isAt('/') || cursor.isAt('(');
}

/** castExpr = "cast" OPEN BWS [ commonExpr BWS COMMA BWS ] optionallyQualifiedTypeName BWS CLOSE; isofExpr likewise */
function parseTypeCall(cursor: Cursor, name: string, place: Place): Expression {
  cursor.expect('(');
  cursor.skipSpace();
  const type = takeTypeName(cursor);
  if (type) return { kind: 'call', name, arguments: [type], place };
  const value = parseExpression(cursor);
  if (!cursor.takeComma()) throw cursor.failure(',');
  const target = takeTypeName(cursor);
  if (!target) throw cursor.failure('the name of a type');
  return { kind: 'call', name, arguments: [value, target], place };
}

const identifier = '[A-Za-z_\\u0080-\\uffff][\\w\\u0080-\\uffff]*';
const typeName = `${identifier}(?:\\.${identifier})*`;
const lastTypeName = new RegExp(`('?)(?:Collection\\((${typeName})\\)|(${typeName}))\\1[ \\t]*\\)`, 'y');

/** The name of a type, which some clients write in quotes, and the parenthesis that closes the call. */
function takeTypeName(cursor: Cursor): TypeNameExpression | undefined {
  const start = cursor.position;
  const match = cursor.matchGroups(lastTypeName);
  const name = match?.[2] ?? match?.[3];
  if (name === undefined) return undefined;
  return { kind: 'type', name, collection: match?.[2] !== undefined, place: cursor.place(start) };
}

/** caseMethodCallExpr = "case" OPEN BWS boolCommonExpr BWS COLON BWS commonExpr BWS *( COMMA … ) CLOSE §5.1.1.12.1 */
function parseCase(cursor: Cursor, place: Place): Case {
  cursor.expect('(');
  const branches: { condition: Expression; value: Expression }[] = [];
  cursor.skipSpace();
  do branches.push(parseBranch(cursor));
  while (cursor.takeComma());
  cursor.close();
  return { kind: 'case', branches, place };
}

function parseBranch(cursor: Cursor): { condition: Expression; value: Expression } {
  const condition = parseExpression(cursor);
  cursor.skipSpace();
  cursor.expect(':');
  cursor.skipSpace();
  return { condition, value: parseExpression(cursor) };
}
