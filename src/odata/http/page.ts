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
  /** A function is asked once, by the first request; when it fails, the next request asks again. */
  readonly body: string | Buffer | (() => Promise<string | Buffer>);
  /** Made and compressed as soon as the host listens: who comes first need not wait for it. */
  readonly ahead?: boolean;
  /** Without it caches ask every time whether the document is still the same. */
  readonly cacheControl?: string;
  /** Further headers, such as Content-Security-Policy. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Page by path. */
export type Pages = Readonly<Record<string, Page>>;

/** Made once and sent often: worth more effort than an answer of the service is, but not brotli's utmost, which takes seconds. */
const encoders: Readonly<Record<Encoding, (body: Buffer) => Promise<Buffer>>> = {
  br: (body) =>
    promisify<Buffer, zlib.BrotliOptions, Buffer>(zlib.brotliCompress)(body, {
      params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 9 },
    }),
  gzip: (body) => promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.gzip)(body, { level: 9 }),
};

/** The document's bytes, and those in the encodings that were asked for, each made once. */
interface Made {
  readonly body: Buffer;
  readonly etag: string;
  readonly encodings: readonly Encoding[];
  readonly encoded: (encoding: Encoding) => Promise<Buffer>;
}

async function make({ body: given, contentType }: Page): Promise<Made> {
  const body = Buffer.from(typeof given === 'function' ? await given() : given);
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
  const known = new Map<Encoding, Promise<Buffer>>();
  const encoded = (encoding: Encoding): Promise<Buffer> => {
    const made = known.get(encoding) ?? encoders[encoding](body);
    known.set(encoding, made);
    return made;
  };
  const isCompressed = body.length >= LEAST_COMPRESSED && isCompressible(contentType);
  return { body, etag, encodings: isCompressed ? ['br', 'gzip'] : [], encoded };
}

/** Makes something when it is first asked for, and again only when that failed. */
function madeOnce<T>(make: () => Promise<T>): () => Promise<T> {
  let making: Promise<T> | undefined;
  return () => {
    making ??= make().catch((error: unknown) => {
      making = undefined;
      throw error;
    });
    return making;
  };
}

/** Makes the function that answers requests for one page. */
function pageHandler(
  page: Page,
  made: () => Promise<Made>,
): (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply> {
  return async (request, reply) => {
    const { body, etag: plainEtag, encodings, encoded } = await made();
    const encoding = encodings.length > 0 ? negotiateEncoding(request.headers['accept-encoding']) : undefined;
    // One validator for each encoding: they are different bytes. RFC 9110 §8.8.3.3
    const etag = encoding === undefined ? plainEtag : `${plainEtag.slice(0, -1)}-${encoding}"`;
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
    if (encoding === undefined) return reply.send(body);
    return reply.header('Content-Encoding', encoding).send(await encoded(encoding));
  };
}

async function makeAhead(made: () => Promise<Made>): Promise<void> {
  const { encodings, encoded } = await made();
  for (const encoding of encodings) await encoded(encoding);
}

/** Adds the pages to a host. */
export function addPages(app: FastifyInstance, pages: Pages): void {
  for (const [path, page] of Object.entries(pages)) {
    const made = madeOnce(() => make(page));
    app.get(path, pageHandler(page, made));
    // What fails then is told to who asks for it.
    if (page.ahead === true) app.server.once('listening', () => void makeAhead(made).catch(() => undefined));
  }
}
