/** Which parser decides the published cases of which ABNF rule. Each throws when the input is not of the rule, else returns what it read. */
import type { Expression, Literal, LiteralKind, NullLiteral } from '../../../src/odata/url/ast';
import * as url from '../../../src/odata/url';

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

/** ABNF rule → parser. Rules that are missing here are counted as not covered. */
export const entries: Readonly<Record<string, Entry>> = {
  odataUri: absolute,
  odataRelativeUri: request,
  resourcePath: request,
  entitySetName: request,
  odataIdentifier: (input) => url.parseSelect(`Any(${input})`, '$select'),
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
  searchExpr: (input) => url.parseSearch(decodeURIComponent(input), '$search'),
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
