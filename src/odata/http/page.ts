/** Answers beside the service: documents that change only with a new version of it, with validator, compression and a policy for caches. */
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isCompressible, LEAST_COMPRESSED, negotiateEncoding, type Encoding } from './compression';
import { matchesEntityTag, parseEntityTags } from './entity-tags';

/** A document beside the service. */
export interface Page {
  readonly contentType: string;
  /** A function is asked once, at the first request; when it fails, the next request asks again. */
  readonly body: string | Buffer | (() => Promise<string | Buffer>);
  /** Without it caches ask every time whether the document is still the same. */
  readonly cacheControl?: string;
  /** Further headers, such as Content-Security-Policy. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Page by path. */
export type Pages = Readonly<Record<string, Page>>;

/** The document's bytes in the encodings that were asked for, each made once. */
interface Made {
  readonly body: Buffer;
  readonly etag: string;
  readonly encoded: Map<Encoding, Promise<Buffer>>;
}

/** Made once and sent often: worth more effort than an answer of the service is, but not brotli's utmost, which takes seconds. */
const encoders: Readonly<Record<Encoding, (body: Buffer) => Promise<Buffer>>> = {
  br: (body) =>
    promisify<Buffer, zlib.BrotliOptions, Buffer>(zlib.brotliCompress)(body, {
      params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 9 },
    }),
  gzip: (body) => promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.gzip)(body, { level: 9 }),
};

async function make({ body: given }: Page): Promise<Made> {
  const body = Buffer.from(typeof given === 'function' ? await given() : given);
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
  return { body, etag, encoded: new Map() };
}

function encodedBy(made: Made, encoding: Encoding): Promise<Buffer> {
  const known = made.encoded.get(encoding);
  if (known !== undefined) return known;
  const making = encoders[encoding](made.body);
  made.encoded.set(encoding, making);
  return making;
}

/** Makes the function that answers requests for one page. */
function pageHandler(page: Page): (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply> {
  let making: Promise<Made> | undefined;
  return async (request, reply) => {
    making ??= make(page);
    const made = await making.catch((error: unknown) => {
      making = undefined;
      throw error;
    });
    const encoding =
      made.body.length >= LEAST_COMPRESSED && isCompressible(page.contentType)
        ? negotiateEncoding(request.headers['accept-encoding'])
        : undefined;
    // One validator for each encoding: they are different bytes. RFC 9110 §8.8.3.3
    const etag = encoding === undefined ? made.etag : `${made.etag.slice(0, -1)}-${encoding}"`;
    void reply.headers({
      'X-Content-Type-Options': 'nosniff',
      'Cache-Control': page.cacheControl ?? 'no-cache',
      Vary: 'Accept-Encoding',
      ETag: etag,
      ...page.headers,
    });
    const known = request.headers['if-none-match'];
    if (known !== undefined && matchesEntityTag(parseEntityTags(known, 'If-None-Match'), etag))
      return reply.code(304).send();
    void reply.header('Content-Type', page.contentType);
    if (encoding === undefined) return reply.send(made.body);
    return reply.header('Content-Encoding', encoding).send(await encodedBy(made, encoding));
  };
}

/** Adds the pages to a host. */
export function addPages(app: FastifyInstance, pages: Pages): void {
  for (const [path, page] of Object.entries(pages)) app.get(path, pageHandler(page));
}
