/** Which parser decides the published cases of which ABNF rule. Each throws when the input is not of the rule, else returns what it read. */
import type { Expression, Literal, LiteralKind, NullLiteral } from '../../../src/odata/url/ast';
import * as url from '../../../src/odata/url';
import { negotiateVersion, wantsSnapshot } from '../../../src/odata/http/negotiate';
import { parsePreferences, type Preferences } from '../../../src/odata/http/preferences';
import { primitiveTypes } from '../../../src/odata/model/types';
import { parseSearch, parseSelect } from './parse';
import { parseContext } from '../../setup/context-url';

type Entry = (input: string) => unknown;

const request: Entry = (input) => url.parseUrl(url.splitUrl(input));
const query: Entry = (input) => request(`Any?${input}`);
const segment: Entry = (input) => request(`Any/${input}`);
const expression = (input: string): Expression => url.parseExpression(decodeURIComponent(input), '$filter');

/** A literal of one of the kinds, percent-encoded as in a URL. */
const literal =
  (...kinds: readonly (LiteralKind | 'null')[]): Entry =>
  (input) =>
    ofKind(expression(input), kinds);

/** A literal as it stands in a body: nothing is percent-encoded. */
const value =
  (...kinds: readonly LiteralKind[]): Entry =>
  (input) =>
    ofKind(url.parseExpression(input, 'value'), kinds);

function ofKind(node: Expression, kinds: readonly (LiteralKind | 'null')[]): Literal | NullLiteral {
  if (node.kind === 'null' && kinds.includes('null')) return node;
  if (node.kind === 'literal' && (kinds.length === 0 || kinds.includes(node.type))) return node;
  throw new Error(`${node.kind} is not one of ${kinds.join(', ')}.`);
}

/** A literal whose prefix may be left out. */
const prefixed =
  (prefix: string, kind: LiteralKind): Entry =>
  (input) =>
    literal(kind)(input.startsWith("'") ? prefix + input : input);

const integer = ['integer', 'decimal'] as const;
const number = ['integer', 'decimal', 'double'] as const;
const geographies = ['Collection', 'LineString', 'MultiLineString', 'MultiPoint', 'MultiPolygon', 'Point', 'Polygon'];

/** odataUri = serviceRoot [ odataRelativeUri ]: where the root ends only the service knows, so any split will do. */
const absolute: Entry = (input) => {
  const root = /^https?:\/\/(?:\[[\w:.]+\]|[\w.-]+)(?::\d*)?\//i.exec(input);
  if (!root) throw new Error('no service root');
  const starts = [root[0].length];
  for (let slash = input.indexOf('/', root[0].length); slash >= 0; slash = input.indexOf('/', slash + 1))
    starts.push(slash + 1);
  const results = starts.map((start) => attempt(() => request(input.slice(start))));
  const first = results.find((result) => 'read' in result);
  if (!first) throw new Error('no service root fits');
  return first.read;
};

function attempt(read: () => unknown): { readonly read?: unknown } {
  try {
    return { read: read() };
  } catch {
    return {};
  }
}

/** Where the value of each preference is found; those that are missing here are flags. */
const preferences: Readonly<Record<string, keyof Preferences>> = {
  callback: 'callback',
  'include-annotations': 'includeAnnotations',
  maxpagesize: 'maxPageSize',
  'omit-values': 'omitValues',
  return: 'return',
  wait: 'wait',
};

/** Accepted is a preference that the service understands, not one that counts as never sent. */
const preference: Entry = (input) => {
  const read = parsePreferences({ prefer: input });
  for (const name of read.spelled.keys()) {
    const value = read[preferences[name] ?? 'spelled'];
    const isFlag = ['continue-on-error', 'allow-entityreferences', 'respond-async', 'track-changes'].includes(name);
    if (value === undefined || (!(name in preferences) && !isFlag)) throw new Error(`${name} has no such value`);
  }
  return read;
};

/** `name: value`, as one line of a message. */
const headerLine = (input: string): readonly [string, string] => {
  const colon = input.indexOf(':');
  return [input.slice(0, colon).toLowerCase(), input.slice(colon + 1).trim()];
};

/** Headers of requests go to what reads them; those of answers are only written, so their form is checked here. */
const header: Entry = (input) => {
  const [name, value] = headerLine(input);
  if (name === 'odata-version' || name === 'odata-maxversion') return negotiateVersion({ [name]: value });
  if (name === 'isolation' || name === 'odata-isolation') return wantsSnapshot({ [name]: value });
  const forms: Readonly<Record<string, RegExp>> = {
    asyncresult: /^[1-5]\d\d$/,
    'content-id': requestId,
    'odata-entityid': /^[a-z][a-z\d+.-]*:\S*$/i,
    'odata-error': /^\{"code":".+","message":".+\}$/,
  };
  if (forms[name]?.test(value)) return value;
  throw new Error(`${name} is no such header`);
};

/** The id of a request in a batch. */
const requestId = /^[\w.~-]+$/;
const ofForm =
  (form: RegExp): Entry =>
  (input) => {
    if (!form.test(input)) throw new Error('of another form');
    return input;
  };

/** A value as text/plain has it: of some primitive type but String, the name of a member, or a geographic value. */
const primitive: Entry = (input) => {
  const { 'Edm.String': _, ...types } = primitiveTypes;
  if (Object.values(types).some(({ pattern }) => pattern.test(input))) return input;
  return attempt(() => value('enum')(`NS.Any'${input}'`)).read ?? value('geography')(`geography'${input}'`);
};

const booleanValue: Entry = (input) => {
  if (typeof JSON.parse(input) !== 'boolean') throw new Error('no boolean');
  return input;
};

/** ABNF rule → parser. Rules that are missing here are counted as not covered. */
export const entries: Readonly<Record<string, Entry>> = {
  odataUri: absolute,
  odataRelativeUri: request,
  resourcePath: request,
  entitySetName: request,
  odataIdentifier: (input) => parseSelect(`Any(${input})`, '$select'),
  functionParameter: (input) => segment(`NS.Any(${input})`),
  queryOptions: query,
  systemQueryOption: query,
  customQueryOption: query,
  compute: query,
  deltatoken: query,
  expand: query,
  filter: query,
  orderby: query,
  orderBy: query,
  search: query,
  select: query,
  skiptoken: query,
  searchExpr: (input) => parseSearch(decodeURIComponent(input), '$search'),
  boolCommonExpr: expression,
  boolcommonExpr: expression,
  commonExpr: expression,
  firstMemberExpr: expression,
  isofExpr: expression,
  notExpr: expression,
  propertyPathExpr: expression,
  anyExpr: (input) => expression(`Any/${input}`),
  stringInUrl: (input) => expression(`[${input}]`),
  primitiveLiteral: literal(),
  null: literal('null'),
  boolean: literal('boolean'),
  guid: literal('guid'),
  date: literal('date'),
  dateTimeOffsetLiteral: literal('dateTimeOffset'),
  dateTimeOffsetValueInUrl: literal('dateTimeOffset'),
  timeOfDayLiteral: literal('timeOfDay'),
  decimalLiteral: literal(...number),
  doubleLiteral: literal(...number),
  singleLiteral: literal(...number),
  sbyteLiteral: literal(...integer),
  int16Literal: literal(...integer),
  int32Literal: literal(...integer),
  int64Literal: literal(...integer),
  stringLiteral: literal('string'),
  binaryLiteral: literal('binary'),
  durationLiteral: prefixed('duration', 'duration'),
  enumLiteral: prefixed('NS.Any', 'enum'),
  ...Object.fromEntries(geographies.map((name) => [`geography${name}`, literal('geography')])),
  ...Object.fromEntries(geographies.map((name) => [`geometry${name}`, literal('geometry')])),
  booleanValue,
  primitiveValue: primitive,
  context: (input) => parseContext(input.slice(input.indexOf('#'))),
  header,
  'request-id': ofForm(requestId),
  prefer: (input) => preference(headerLine(input)[1]),
  preference,
  includeAnnotationsPreference: preference,
  maxpagesizePreference: preference,
  dateValue: value('date'),
  dateTimeOffsetValue: value('dateTimeOffset'),
  timeOfDayValue: value('timeOfDay'),
  decimalValue: value(...number),
  doubleValue: value(...number),
  singleValue: value(...number),
  byteValue: value(...integer),
  sbyteValue: value(...integer),
  int16Value: value(...integer),
  int32Value: value(...integer),
  int64Value: value(...integer),
  durationValue: (input) => value('duration')(`duration'${input}'`),
  enumValue: (input) => value('enum')(`NS.Any'${input}'`),
};
