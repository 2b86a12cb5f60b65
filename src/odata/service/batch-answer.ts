/** The answer to a batch in its two formats. Protocol §11.7.7.6, JSON §19.5 */
import { randomUUID } from 'node:crypto';
import type { Version } from '../http/negotiate';
import type { BatchFormat, BatchPart } from '../payload/batch';
import { mediaType } from '../payload/mime';
import { bytesAsJson, isForeign } from './foreign-bytes';
import { GatheringOutput } from './gathering-output';
import type { Output, Response } from './message';
import { reasonPhrase } from './reason-phrase';
import { release, responseBytes } from './response-bytes';

/** A part with its answer. */
export interface AnsweredPart {
  readonly part: BatchPart;
  readonly response: Response;
}

/** Writes the answers of parts as they come. */
export interface BatchAnswer {
  /** The media type of the whole, with its parameters. */
  readonly contentType: string;
  begin(): Promise<void>;
  single(answered: AnsweredPart): Promise<void>;
  /** `failed` is the answer that stands for all when the group came to nothing. */
  group(name: string, answered: readonly AnsweredPart[], failed: AnsweredPart | undefined): Promise<void>;
  end(): Promise<void>;
}

/** Chooses the format; a JSON answer tells the members of a change set by its name. */
export const batchAnswer = (
  format: BatchFormat,
  version: Version,
): ((output: Output) => BatchAnswer) & { readonly contentType: string } => {
  if (format === 'json')
    return Object.assign((output: Output) => new JsonAnswer(new GatheringOutput(output), namesOfHeaders(version)), {
      contentType: JSON_TYPE,
    });
  const boundary = `batch_${randomUUID()}`;
  return Object.assign((output: Output) => new MultipartAnswer(new GatheringOutput(output), boundary), {
    contentType: multipartType(boundary),
  });
};

const JSON_TYPE = 'application/json';
const multipartType = (boundary: string): string => `multipart/mixed; boundary=${boundary}`;

/** 4.01 has names of headers in lower case. Clients that do not speak it, such as that of Microsoft Graph, look for them as HTTP writes them. JSON §19.1 */
const namesOfHeaders =
  (version: Version) =>
  (headers: Response['headers']): Response['headers'] =>
    version === '4.01'
      ? Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
      : headers;

/** JSON §19.5 */
class JsonAnswer implements BatchAnswer {
  readonly contentType = JSON_TYPE;
  private count = 0;

  constructor(
    private readonly output: GatheringOutput,
    private readonly namesOfHeaders: (headers: Response['headers']) => Response['headers'],
  ) {}

  begin(): Promise<void> {
    return this.output.text('{"responses":[');
  }

  single(answered: AnsweredPart): Promise<void> {
    return this.item(answered, undefined);
  }

  async group(name: string, answered: readonly AnsweredPart[]): Promise<void> {
    for (const one of answered) await this.item(one, name);
  }

  async end(): Promise<void> {
    await this.output.text(']}');
    this.output.flush();
  }

  private async item({ part, response }: AnsweredPart, group: string | undefined): Promise<void> {
    const { output } = this;
    const { status, body } = response;
    const foreign = await foreignBody(response);
    const headers = foreign ? { ...response.headers, 'Content-Type': foreign.mediaType } : response.headers;
    const head = {
      ...(part.id === undefined ? {} : { id: part.id }),
      ...(group === undefined ? {} : { atomicityGroup: group }),
      status,
      headers: this.namesOfHeaders(headers),
    };
    const text = `${this.count++ > 0 ? ',' : ''}${JSON.stringify(head).slice(0, -1)}`;
    if (body === undefined || status === 204 || status === 304) return output.text(`${text}}`);
    if (foreign) return output.text(`${text},"body":${foreign.json}}`);
    await before(response, output.text(`${text},"body":`));
    const type = mediaType(headers['Content-Type']);
    if (type !== 'application/json') await output.text(JSON.stringify(await textOf(type, response)));
    else if (typeof body === 'function') await body(output);
    else await output.bytes(body.length === 0 ? Buffer.from('null') : body);
    await output.text('}');
  }
}

/** What stands in front of a body is written; where nobody takes it, the body lets go of what it holds. */
async function before(response: Response, written: Promise<void>): Promise<void> {
  try {
    await written;
  } catch (error) {
    await release(response);
    throw error;
  }
}

/** Bytes that clients have stored, in a form that cannot break the answer around them. */
async function foreignBody(response: Response): Promise<ReturnType<typeof bytesAsJson> | undefined> {
  if (!isForeign(response) || response.status !== 200) return undefined;
  return bytesAsJson(await responseBytes(response), response.headers['Content-Type'] ?? '');
}

/** Text as it is, what is no text as base64url. JSON §19.1 */
const textOf = async (type: string, response: Response): Promise<string> =>
  (await responseBytes(response)).toString(type.startsWith('text/') ? 'utf8' : 'base64url');

/** Protocol §11.7.7.6 */
class MultipartAnswer implements BatchAnswer {
  readonly contentType: string;

  constructor(
    private readonly output: GatheringOutput,
    private readonly boundary: string,
  ) {
    this.contentType = multipartType(boundary);
  }

  begin(): Promise<void> {
    return Promise.resolve();
  }

  single(answered: AnsweredPart): Promise<void> {
    return this.message(answered, this.boundary);
  }

  /** A change set that failed is one answer for all of its requests. Protocol §11.7.7.6 */
  async group(_: string, answered: readonly AnsweredPart[], failed: AnsweredPart | undefined): Promise<void> {
    if (failed) return this.message(failed, this.boundary);
    const boundary = `changeset_${randomUUID()}`;
    await this.output.text(`--${this.boundary}\r\nContent-Type: ${multipartType(boundary)}\r\n\r\n`);
    for (const one of answered) await this.message(one, boundary);
    await this.output.text(`--${boundary}--\r\n`);
  }

  async end(): Promise<void> {
    await this.output.text(`--${this.boundary}--\r\n`);
    this.output.flush();
  }

  private async message({ part: { id }, response }: AnsweredPart, boundary: string): Promise<void> {
    const { output } = this;
    const { status, headers, body } = response;
    const contentId = id === undefined ? [] : [`Content-ID: ${id}`];
    const length = Buffer.isBuffer(body) ? [`Content-Length: ${body.length}`] : [];
    const lines = [
      `--${boundary}`,
      'Content-Type: application/http',
      'Content-Transfer-Encoding: binary',
      ...contentId,
      '',
      `HTTP/1.1 ${status} ${reasonPhrase(status)}`,
      ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
      ...length,
      '',
      '',
    ];
    await before(response, output.text(lines.join('\r\n')));
    if (typeof body === 'function') await body(output);
    else if (body) await output.bytes(body);
    await output.text('\r\n');
  }
}
