/** URL Conventions §4, ABNF 1: the resource path, segment by segment. What a name stands for is the planner's to tell. */
import { odataError } from '../error';
import type { Expression, NameSegment, Place, QueryOptions, ResourceSegment } from './ast';
import { Cursor, type Limits } from './cursor';
import { didYouMean } from './did-you-mean';
import { parseArray, parseObject } from './json-literal';
import { takeLiteral, takeUnquotedLiteral } from './literal';
import { expectIdentifier, takeQualifiedName } from './names';
import { parseArguments, parseFilterSegment } from './path';

/** The segments of a path behind the service root. */
export function parseResourcePath(segments: readonly string[], limits: Limits): ResourceSegment[] {
  const path: ResourceSegment[] = [];
  segments.forEach((text, index) => {
    const cursor = new Cursor(text, `path/${index}`, limits);
    cursor.allowHeight(index + 1);
    const segment = parseResourceSegment(cursor, index);
    cursor.end();
    checkOrder(cursor, segment, path.at(-1), index);
    path.push(segment);
  });
  return path;
}

const callAhead = /[A-Za-z_\u0080-\uffff][\w.\u0080-\uffff]*\(/y;

function parseResourceSegment(cursor: Cursor, index: number): ResourceSegment {
  const place = cursor.place();
  if (cursor.text.startsWith('$')) return parseDollarSegment(cursor, place);
  if (index === 0 || cursor.sees(callAhead)) return parseNamed(cursor, place);
  return wholeSegment(cursor, place);
}

/** A name with or without parentheses: entitySetName keyPredicate / functionImport functionParameters / … */
function parseNamed(cursor: Cursor, place: Place): NameSegment {
  const name = takeQualifiedName(cursor);
  if (name === undefined) throw cursor.failure('a name');
  if (!cursor.isAt('(')) return { kind: 'name', name, place };
  const given = parseArguments(cursor, parsePathValue);
  const key = cursor.isAt('(') ? parseArguments(cursor, parsePathValue) : undefined;
  return { kind: 'name', name, arguments: given, place, ...(key && { key }) };
}

/** A name, or keyPathLiteral = *pchar: any text can be a key. §4.3.6 */
function wholeSegment(cursor: Cursor, place: Place): NameSegment {
  const guid = takeUnquotedLiteral(cursor);
  const literal = cursor.atEnd && guid?.type === 'guid' ? guid : undefined;
  cursor.position = cursor.text.length;
  return { kind: 'name', name: cursor.text, place, ...(literal && { literal }) };
}

/** keyPropertyValue / parameterAlias / primitiveLiteral; arrays and objects are taken as well */
function parsePathValue(cursor: Cursor): Expression {
  const place = cursor.place();
  if (cursor.take('@')) return { kind: 'alias', name: expectIdentifier(cursor), place };
  const first = cursor.text.charAt(cursor.position);
  if (first === '[') return parseArray(cursor);
  if (first === '{') return parseObject(cursor);
  const literal = takeLiteral(cursor);
  if (!literal) throw cursor.failure('a literal');
  return literal;
}

const atRoot = ['$metadata', '$batch', '$all', '$entity', '$crossjoin'] as const;
const behind = ['$count', '$ref', '$value', '$each', '$query', '$filter'] as const;
const plain = ['$count', '$ref', '$value', '$each', '$query', '$metadata', '$batch', '$all', '$entity'] as const;

/** Note of the ABNF: dollar-prefixed path segments are case-sensitive. */
function parseDollarSegment(cursor: Cursor, place: Place): ResourceSegment {
  if (cursor.take('$filter')) return parseFilterSegment(cursor, place);
  if (cursor.take('$crossjoin')) return parseCrossjoin(cursor, place);
  const kind = plain.find((name) => name === cursor.text);
  if (!kind)
    throw cursor.error(`'${cursor.text}' is no path segment.${didYouMean(cursor.text, [...atRoot, ...behind])}`);
  cursor.position = kind.length;
  return { kind, place };
}

/** crossjoin = %s"$crossjoin" OPEN entitySetName *( COMMA entitySetName ) CLOSE */
function parseCrossjoin(cursor: Cursor, place: Place): ResourceSegment {
  const sets: NameSegment[] = [];
  cursor.expect('(');
  cursor.skipSpace();
  do sets.push({ kind: 'name', place: cursor.place(), name: expectIdentifier(cursor) });
  while (cursor.takeComma());
  cursor.close();
  return { kind: '$crossjoin', sets, place };
}

/** What may stand behind a segment that starts with `$`. */
const followers: Readonly<
  Record<Exclude<ResourceSegment['kind'], 'name' | '$filter'>, readonly ResourceSegment['kind'][]>
> = {
  $count: [],
  $ref: [],
  $value: [],
  $query: [],
  $metadata: [],
  $batch: [],
  $each: ['name'],
  $all: ['name'],
  $entity: ['name'],
  $crossjoin: ['$query', '$count'],
};

function checkOrder(
  cursor: Cursor,
  { kind }: ResourceSegment,
  before: ResourceSegment | undefined,
  index: number,
): void {
  if (index === 0 && behind.some((name) => name === kind))
    throw cursor.error(`'${kind}' needs a resource before it.`, 0);
  if (index > 0 && atRoot.some((name) => name === kind))
    throw cursor.error(`'${kind}' can only be the first segment.`, 0);
  if (!before || before.kind === 'name' || before.kind === '$filter' || followers[before.kind].includes(kind)) return;
  throw cursor.error(`'${cursor.text}' cannot follow '${before.kind}'.`, 0);
}

const entityOptions: ReadonlySet<string> = new Set(['$id', '$format', '$schemaversion', 'aliases']);
const castOptions: ReadonlySet<string> = new Set(['$select', '$expand']);

/** entityOptions = … id …; with a type cast behind $entity also $select and $expand. §4.3.4 */
export function checkEntityRequest([first, cast]: readonly ResourceSegment[], options: QueryOptions): void {
  if (first?.kind !== '$entity') return;
  if (options.$id === undefined)
    throw odataError('SyntaxError', { message: 'The resource $entity needs the query option $id.' }, { target: '$id' });
  for (const name of Object.keys(options)) {
    if (entityOptions.has(name) || (cast && castOptions.has(name))) continue;
    const resource = castOptions.has(name) ? '$entity without a type ($entity/Namespace.Type)' : '$entity';
    throw odataError('OptionNotApplicable', { name, resource }, { target: name });
  }
}
