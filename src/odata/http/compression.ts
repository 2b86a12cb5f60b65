/** Content-Encoding by Accept-Encoding. Protocol §8.1.2 and §8.2, RFC 9110 §12.5.3. */
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import type { Transform } from 'node:stream';
import { parameter, parseHeaderList } from './header-list';

export type Encoding = 'br' | 'gzip';

/** Smaller bodies fit into one packet anyway. */
export const LEAST_COMPRESSED = 1024;

/** Bodies up to here are compressed at once; handing them to a thread would cost more than it frees. */
const MOST_AT_ONCE = 64 * 1024;

/** Quality 1 is smaller than gzip's default and takes a quarter of its time; the default 11 would take 50 times as long. */
const brotli: zlib.BrotliOptions = { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 1 } };
const gzip: zlib.ZlibOptions = { level: 3 };

const compressors = {
  br: {
    now: (body: Buffer) => zlib.brotliCompressSync(body, brotli),
    later: (body: Buffer) => promisify<Buffer, zlib.BrotliOptions, Buffer>(zlib.brotliCompress)(body, brotli),
    stream: (): Transform => zlib.createBrotliCompress({ ...brotli, flush: zlib.constants.BROTLI_OPERATION_FLUSH }),
  },
  gzip: {
    now: (body: Buffer) => zlib.gzipSync(body, gzip),
    later: (body: Buffer) => promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.gzip)(body, gzip),
    stream: (): Transform => zlib.createGzip({ ...gzip, flush: zlib.constants.Z_SYNC_FLUSH }),
  },
} as const;

function choose(header: string): Encoding | undefined {
  const weights = new Map(
    parseHeaderList(header).map((element) => [element.name, Number(parameter(element, 'q') ?? 1)]),
  );
  const weightOf = (encoding: Encoding): number => weights.get(encoding) ?? weights.get('*') ?? 0;
  const [br, gz] = [weightOf('br'), Math.max(weightOf('gzip'), weights.get('x-gzip') ?? 0)];
  if (br > 0 && br >= gz) return 'br';
  return gz > 0 ? 'gzip' : undefined;
}

const remembered = new Map<string, Encoding | undefined>();

/** The encoding that the client prefers; undefined for none. */
export function negotiateEncoding(header: string | undefined): Encoding | undefined {
  if (header === undefined) return undefined;
  if (remembered.has(header)) return remembered.get(header);
  const encoding = choose(header);
  if (remembered.size > 200) remembered.clear();
  if (header.length < 200) remembered.set(header, encoding);
  return encoding;
}

/** Texts shrink; images and archives do not. */
export const isCompressible = (contentType: string | undefined): boolean =>
  contentType !== undefined &&
  /^(?:text\/|multipart\/|application\/(?:json|xml|http|javascript|[\w.-]+\+(?:json|xml)))/i.test(contentType);

/** Compresses a whole body. */
export const compress = (encoding: Encoding, body: Buffer): Buffer | Promise<Buffer> =>
  body.length > MOST_AT_ONCE ? compressors[encoding].later(body) : compressors[encoding].now(body);

/** Compresses a stream, sending on what each piece gives, so that the first bytes are not held back. */
export const compressor = (encoding: Encoding): Transform => compressors[encoding].stream();
