/** What the client can read: version and format of the answer. Pure, and remembered, because clients send the same headers again and again. */
import { odataError } from '../error';
import { parseHeaderList, splitList, type HeaderElement, type Piece } from './header-list';

export type Headers = Readonly<Record<string, string | undefined>>;

/** The protocol versions that the service speaks. */
export type Version = '4.0' | '4.01';

/** What kind of answer a resource gives. `text` is a raw value or a count; `service` the service document. */
export type ResourceKind = 'data' | 'metadata' | 'text' | 'service';

/** The representation of an answer. */
export interface Format {
  readonly kind: 'json' | 'xml' | 'text';
  /** How much control information: JSON §3.1. */
  readonly metadata: 'minimal' | 'full' | 'none';
  /** Int64, Decimal and counts as strings: JSON §3.2. */
  readonly ieee754: boolean;
  /** Decimals may have an exponent: JSON §3.2. */
  readonly exponentialDecimals: boolean;
  /** The client relies on the order of members: JSON §4.4. */
  readonly streaming: boolean;
  /** Control information carries `odata.`: JSON §4.5. */
  readonly prefix: boolean;
  /** The value of the response header Content-Type. */
  readonly contentType: string;
}

const versionNumber = /^\s*(\d+(?:\.\d+)?)\s*(?:;.*)?$/;

/** The version of the answer, and the check of the version of the body. Protocol §8.1.5 and §8.2.7; without OData-MaxVersion the answer is 4.0. */
export function negotiateVersion(headers: Headers): Version {
  const body = headers['odata-version'];
  if (body !== undefined) checkBodyVersion(body);
  const highest = headers['odata-maxversion'];
  if (highest === undefined || highest === '4.0') return '4.0';
  const number = Number(versionNumber.exec(highest)?.[1]);
  if (Number.isNaN(number))
    throw odataError('BadRequest', {
      message: `OData-MaxVersion must be a version such as 4.0 or 4.01, not '${highest}'.`,
    });
  if (number < 4)
    throw odataError('BadRequest', {
      message: `The service speaks OData 4.0 and 4.01; OData-MaxVersion '${highest}' allows neither.`,
    });
  return number < 4.01 ? '4.0' : '4.01';
}

function checkBodyVersion(version: string): void {
  const number = Number(versionNumber.exec(version)?.[1]);
  if (number === 4 || number === 4.01) return;
  throw odataError('BadRequest', {
    message: `The service reads OData 4.0 and 4.01; OData-Version '${version}' is neither.`,
  });
}

/** What the parts of a batch may be answered in, of the media types that it takes; undefined when those are all for the batch itself. Protocol §8.2.1 */
export const withoutMultipart = (accept: string | undefined): string | undefined =>
  splitList(accept ?? '', ',')
    .filter((type) => !/^multipart\//i.test(type))
    .join(', ') || undefined;

/** `Isolation: snapshot`, with or without prefix; any other level is refused. Protocol §8.2.6. */
export function wantsSnapshot(headers: Headers): boolean {
  const isolation = headers['isolation'] ?? headers['odata-isolation'];
  if (isolation === undefined) return false;
  if (isolation.trim().toLowerCase() === 'snapshot') return true;
  throw odataError('PreconditionFailed', { message: `The service does not know the isolation '${isolation}'.` });
}

const kinds: Readonly<Record<string, Format['kind']>> = {
  'application/json': 'json',
  'application/xml': 'xml',
  'text/plain': 'text',
};

/** Media types a resource can be had in; the first is the default. */
const offers: Readonly<Record<ResourceKind, readonly string[]>> = {
  data: ['application/json'],
  service: ['application/json'],
  metadata: ['application/xml', 'application/json'],
  text: ['text/plain'],
};

interface Wish {
  readonly metadata?: Format['metadata'];
  readonly unprefixed?: boolean;
  readonly ieee754?: boolean;
  readonly exponentialDecimals?: boolean;
  readonly streaming?: boolean;
  readonly charset?: boolean;
}

const truth = new Map([
  ['true', true],
  ['false', false],
]);
const levels = new Map<string, Format['metadata']>([
  ['minimal', 'minimal'],
  ['full', 'full'],
  ['none', 'none'],
]);

/** What one format parameter asks for; undefined when its value is none that we know. Unknown parameters (`odata=verbose`) ask for nothing. JSON §3. */
function wishOf({ name, value = '' }: Piece): Wish | undefined {
  const text = value.toLowerCase();
  const flag = truth.get(text);
  switch (name) {
    case 'metadata':
    case 'odata.metadata': {
      const metadata = levels.get(text);
      return metadata && { metadata, unprefixed: name === 'metadata' };
    }
    case 'ieee754compatible':
      return flag === undefined ? undefined : { ieee754: flag };
    case 'exponentialdecimals':
      return flag === undefined ? undefined : { exponentialDecimals: flag };
    case 'streaming':
    case 'odata.streaming':
      return flag === undefined ? undefined : { streaming: flag };
    case 'charset':
      return { charset: true };
    default:
      return {};
  }
}

function wishesOf(range: HeaderElement): Wish | undefined {
  const wishes: Wish = {};
  for (const piece of range.parameters.toReversed()) {
    const wish = wishOf(piece);
    if (!wish) return undefined;
    Object.assign(wishes, wish);
  }
  return wishes;
}

function contentTypeOf(mediaType: string, version: Version, wish: Wish, resource: ResourceKind): string {
  if (mediaType === 'text/plain') return 'text/plain;charset=utf-8';
  const charset = wish.charset ? ';charset=utf-8' : '';
  if (resource === 'metadata') return mediaType + charset;
  const prefix = version === '4.01' && wish.unprefixed ? '' : 'odata.';
  return [
    `${mediaType};${prefix}metadata=${wish.metadata ?? 'minimal'}`,
    wish.streaming ? `;${prefix}streaming=true` : '',
    wish.ieee754 ? ';IEEE754Compatible=true' : '',
    wish.exponentialDecimals ? ';ExponentialDecimals=true' : '',
    charset,
  ].join('');
}

/** A 4.01 answer keeps the prefix until the client shows that it reads names without it: some ask for 4.01 and read `@odata.count` all the same. */
const formatOf = (mediaType: string, version: Version, wish: Wish, resource: ResourceKind): Format =>
  Object.freeze({
    kind: kinds[mediaType] ?? 'json',
    metadata: wish.metadata ?? 'minimal',
    ieee754: wish.ieee754 ?? false,
    exponentialDecimals: wish.exponentialDecimals ?? false,
    streaming: wish.streaming ?? false,
    prefix: version === '4.0' || !wish.unprefixed,
    contentType: contentTypeOf(mediaType, version, wish, resource),
  });

/** A media range of Accept holds a media type. RFC 9110 §12.5.1 */
export const covers = (range: string, mediaType: string): boolean =>
  range === '*/*' || range === mediaType || (range.endsWith('/*') && mediaType.startsWith(range.slice(0, -1)));

/** A raw value goes also to clients that ask for JSON whatever they read. RFC 9110 §12.5.1 leaves that to the server. */
const serves = (range: string, mediaType: string): boolean =>
  covers(range, mediaType) || (mediaType === 'text/plain' && range === 'application/json');

const quality = (range: HeaderElement): number => {
  const text = range.parameters.find((piece) => piece.name === 'q')?.value;
  const number = text === undefined ? 1 : Number(text);
  return Number.isNaN(number) ? 1 : number;
};

const precision = ({ name, parameters }: HeaderElement): number =>
  name === '*/*' ? 0 : name.endsWith('/*') ? 1 : 2 + parameters.filter((piece) => piece.name !== 'q').length / 100;

function fromAccept(accept: string, resource: ResourceKind, version: Version): Format | undefined {
  const ranges = parseHeaderList(accept).map((range) => ({ range, q: quality(range), precision: precision(range) }));
  const refused = ranges.filter(({ q, precision }) => q <= 0 && precision === 2).map(({ range }) => range.name);
  const offered = offers[resource].filter((mediaType) => !refused.includes(mediaType));
  for (const { range } of ranges.filter(({ q }) => q > 0).sort((a, b) => b.q - a.q || b.precision - a.precision)) {
    const mediaType = offered.find((offer) => serves(range.name, offer));
    const wish = mediaType === undefined ? undefined : wishesOf(range);
    if (mediaType !== undefined && wish) return formatOf(mediaType, version, wish, resource);
  }
  return undefined;
}

const abbreviations: Readonly<Record<string, string>> = { json: 'application/json', xml: 'application/xml' };

function fromOption(option: string, resource: ResourceKind, version: Version): Format | undefined {
  const [range] = parseHeaderList(option);
  if (!range) return undefined;
  const name = abbreviations[range.name] ?? range.name;
  const mediaType = offers[resource].find((offer) => covers(name, offer));
  const wish = wishesOf(range);
  return mediaType !== undefined && wish ? formatOf(mediaType, version, wish, resource) : undefined;
}

function choose(
  accept: string | undefined,
  option: string | undefined,
  resource: ResourceKind,
  version: Version,
): Format {
  if (option === undefined && (accept === undefined || accept.trim() === ''))
    return formatOf(offers[resource][0] ?? '', version, {}, resource);
  const format =
    option === undefined ? fromAccept(accept ?? '', resource, version) : fromOption(option, resource, version);
  if (format) return format;
  const asked =
    option === undefined ? `the media type '${(accept ?? '').slice(0, 200)}'` : `$format '${option.slice(0, 200)}'`;
  throw odataError(
    'NotAcceptable',
    { message: `The service cannot answer in ${asked}. It offers ${offers[resource].join(' and ')}.` },
    option === undefined ? {} : { target: '$format' },
  );
}

/** True when the client takes the media type; a type is judged without its parameters. RFC 9110 §12.5.1 */
export function takes(accept: string | undefined, mediaType: string): boolean {
  if (accept === undefined || accept.trim() === '') return true;
  const ranges = parseHeaderList(accept).filter(({ name }) => covers(name, mediaType));
  const [nearest] = ranges.toSorted((left, right) => precision(right) - precision(left));
  return nearest !== undefined && quality(nearest) > 0;
}

const remembered = new Map<string, Format>();
const MAX_REMEMBERED = 500;

/** The format of the answer from `Accept` and the decoded `$format`, which goes first; 406 when nothing fits. Protocol §8.2.1 and §11.2.11, JSON §3. */
export function negotiateFormat(
  accept: string | undefined,
  format: string | undefined,
  resource: ResourceKind,
  version: Version,
): Format {
  const key = `${version}\n${resource}\n${accept ?? ''}\n${format ?? '\n'}`;
  let found = remembered.get(key);
  if (!found) {
    found = choose(accept, format, resource, version);
    if (remembered.size >= MAX_REMEMBERED) remembered.clear();
    if (key.length < 500) remembered.set(key, found);
  }
  return found;
}

const mediaTypes = { json: 'application/json', multipart: 'multipart/mixed' } as const;

/**
 * The format of the answer to a batch: that of the batch itself, unless the client would rather have the other one. JSON batches are new in 4.01:
 * a 4.0 client that sends `Accept: application/json, *\/*;q=0.01` with a multipart batch means the answers within it. Protocol §11.7.1
 */
export function negotiateBatchFormat(
  accept: string | undefined,
  option: string | undefined,
  sent: 'json' | 'multipart',
  version: Version,
): 'json' | 'multipart' {
  const wanted = option === undefined ? accept : (abbreviations[option] ?? option);
  if (wanted === undefined || wanted.trim() === '') return sent;
  const ranges = parseHeaderList(wanted);
  const rank = (mediaType: string): number =>
    ranges.reduce((best, range) => (covers(range.name, mediaType) ? Math.max(best, quality(range)) : best), 0);
  const other = sent === 'json' ? 'multipart' : 'json';
  const ranks = { json: rank(mediaTypes.json), multipart: rank(mediaTypes.multipart) };
  if (ranks[sent] === 0 && ranks[other] === 0)
    throw odataError('NotAcceptable', {
      message: `The service cannot answer a batch in '${wanted.slice(0, 200)}'. It offers multipart/mixed and application/json.`,
    });
  const isNamed = ranges.some(({ name }) => name === mediaTypes[sent]);
  if (version === '4.0' && option === undefined && ranks[sent] > 0 && !isNamed) return sent;
  return ranks[other] > ranks[sent] ? other : sent;
}

/** True when the client names the media type itself. */
export const names = (accept: string | undefined, mediaType: string): boolean =>
  accept !== undefined && parseHeaderList(accept).some(({ name }) => name === mediaType);
