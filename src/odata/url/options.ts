/** URL Conventions §5.1: the table of system query options, and options nested in parentheses. */
import { odataError, type ErrorPlace } from '../error';
import { parseTransformations } from './apply';
import type { Expression, Literal, QueryOptions } from './ast';
import { parseComputeItems } from './compute';
import type { Cursor } from './cursor';
import { didYouMean } from './did-you-mean';
import { parseExpandItems } from './expand';
import { parseExpression } from './expression';
import { parseOrderbyItems } from './orderby';
import { parseNestedSearch, parseSearchOption } from './search';
import { parseSelectItems } from './select';

/** The name of a system query option, as the standard writes it. */
export type OptionName = Exclude<keyof QueryOptions, 'aliases'>;

/** Options while they are being read. */
export type OptionValues = { -readonly [Name in OptionName]?: QueryOptions[Name] } & {
  aliases?: Map<string, Expression>;
};

type Reader = (cursor: Cursor, into: OptionValues) => void;

/** A new option is one line here and one field of QueryOptions. */
const readers: Readonly<Record<OptionName, Reader>> = {
  $filter: (cursor, into) => void (into.$filter = parseExpression(cursor)),
  $orderby: (cursor, into) => void (into.$orderby = parseOrderbyItems(cursor)),
  $select: (cursor, into) => void (into.$select = parseSelectItems(cursor)),
  $expand: (cursor, into) => void (into.$expand = parseExpandItems(cursor)),
  $compute: (cursor, into) => void (into.$compute = parseComputeItems(cursor)),
  $search: (cursor, into) => void (into.$search = parseSearchOption(cursor)),
  $apply: (cursor, into) => void (into.$apply = parseTransformations(cursor)),
  $top: (cursor, into) => void (into.$top = parseInteger(cursor)),
  $skip: (cursor, into) => void (into.$skip = parseInteger(cursor)),
  $count: (cursor, into) => void (into.$count = parseBoolean(cursor)),
  $levels: (cursor, into) => void (into.$levels = parseLevels(cursor)),
  $index: (cursor, into) => void (into.$index = parseInteger(cursor, /-?\d+/y)),
  $format: (cursor, into) => void (into.$format = parseRest(cursor)),
  $id: (cursor, into) => void (into.$id = parseRest(cursor)),
  $skiptoken: (cursor, into) => void (into.$skiptoken = parseRest(cursor)),
  $deltatoken: (cursor, into) => void (into.$deltatoken = parseRest(cursor)),
  $schemaversion: (cursor, into) => void (into.$schemaversion = parseRest(cursor, /\*|[\w.~-]+/y)),
};

const names = Object.keys(readers).filter((name): name is OptionName => name in readers);
const byName = new Map<string, OptionName>(
  names.flatMap(
    (name) =>
      [
        [name, name],
        [name.slice(1), name],
      ] as const,
  ),
);

/** The system query option of a name: in any case, with or without `$`. Protocol §11.2.1 */
export function optionNamed(name: string): OptionName | undefined {
  return byName.get(name) ?? byName.get(name.toLowerCase());
}

/** The error that no option has this name; `place` is where it stands among nested ones. */
export const unknownOption = (name: string, place: ErrorPlace = { target: name }): Error =>
  odataError('UnknownOption', { name, hint: didYouMean(name, names) }, place);

/** The error that an option or an alias is given twice. Protocol §11.2.1 */
export const repeatedOption = (name: string, place: ErrorPlace = { target: name }): Error =>
  odataError('RepeatedOption', { name }, place);

/** Reads the value of an option. */
export function readOption(cursor: Cursor, name: OptionName, into: OptionValues): void {
  readers[name](cursor, into);
}

/** aliasAndValue = parameterAlias EQ parameterValue, behind the EQ. §5.3 */
export function readAlias(cursor: Cursor, name: string, into: OptionValues): void {
  into.aliases ??= new Map();
  into.aliases.set(name, parseExpression(cursor));
}

const countOptions: readonly OptionName[] = ['$filter', '$search'];
const refOptions: readonly OptionName[] = [...countOptions, '$orderby', '$skip', '$top', '$count'];
const nested = {
  $count: countOptions,
  $ref: refOptions,
  $select: [...refOptions, '$compute', '$select', '$apply'],
  $expand: [...refOptions, '$select', '$expand', '$compute', '$levels', '$apply'],
  '*': ['$levels'],
} as const satisfies Record<string, readonly OptionName[]>;

/** What nested options stand behind. */
export type NestedIn = keyof typeof nested;

const nestedName = /[ \t]*(@?)(\$?[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)=/y;

/** OPEN expandOption *( SEMI expandOption ) CLOSE, and the like */
export function parseNestedOptions(cursor: Cursor, context: NestedIn): QueryOptions {
  const values: OptionValues = {};
  cursor.enter();
  cursor.expect('(');
  do readNestedOption(cursor, context, values);
  while (takeSemicolon(cursor));
  cursor.close();
  cursor.leave();
  return values;
}

function takeSemicolon(cursor: Cursor): boolean {
  cursor.skipSpace();
  return cursor.take(';');
}

function readNestedOption(cursor: Cursor, context: NestedIn, into: OptionValues): void {
  const here = { target: cursor.source, position: cursor.position };
  const match = cursor.matchGroups(nestedName);
  const written = match?.[2];
  if (written === undefined) throw cursor.failure('a query option');
  if (match?.[1] === '@') {
    if (into.aliases?.has(written)) throw repeatedOption(`@${written}`, here);
    return readAlias(cursor, written, into);
  }
  const name = optionNamed(written);
  if (!name) throw unknownOption(written, here);
  const allowed: readonly OptionName[] = nested[context];
  if (!allowed.includes(name)) throw odataError('OptionNotApplicable', { name, resource: described[context] }, here);
  if (into[name] !== undefined) throw repeatedOption(name, here);
  if (name === '$search') into.$search = parseNestedSearch(cursor);
  else readOption(cursor, name, into);
}

const described: Readonly<Record<NestedIn, string>> = {
  $count: 'a /$count',
  $ref: 'references',
  $select: 'a selected property',
  $expand: 'an expanded property',
  '*': 'a star',
};

const digits = /\d+/y;

/** top = ( "$top" / "top" ) EQ 1*DIGIT */
export function parseInteger(cursor: Cursor, pattern = digits): Literal {
  const place = cursor.place();
  const raw = cursor.match(pattern);
  if (raw === undefined) throw cursor.failure('a non-negative integer');
  return { kind: 'literal', type: raw.length > 18 ? 'decimal' : 'integer', text: raw, raw, place };
}

const booleanWord = /(true|false)(?!\w)/iy;

/** boolean = "true" / "false" */
function parseBoolean(cursor: Cursor): boolean {
  const word = cursor.match(booleanWord);
  if (word === undefined) throw cursor.failure('true or false');
  return word.toLowerCase() === 'true';
}

const levelsValue = /max(?!\w)|[1-9]\d{0,8}(?!\d)/iy;

/** levels = ( "$levels" / "levels" ) EQ ( oneToNine *DIGIT / "max" ) */
function parseLevels(cursor: Cursor): number | 'max' {
  const value = cursor.match(levelsValue);
  if (value === undefined) throw cursor.failure("a positive integer or 'max'");
  return value.toLowerCase() === 'max' ? 'max' : Number(value);
}

const anything = /.+/sy;

/** An option whose value another part of the service reads: 1*( qchar-no-AMP ) */
function parseRest(cursor: Cursor, pattern = anything): string {
  const value = cursor.match(pattern);
  if (value === undefined) throw cursor.failure('a value');
  return value;
}
