/** The parts of a batch as requests of their own: what they inherit, depend on and refer to. Protocol §11.7.1, JSON §19.1 */
import { odataError } from '../error';
import { errorResponse } from '../http/error-response';
import { withoutMultipart, type Version } from '../http/negotiate';
import { inheritedPreferences, withInherited, withoutTimes } from '../http/preferences';
import { withoutTrailing } from '../model/trailing';
import type { BatchPart } from '../payload/batch';
import { inTurns } from '../payload/turns';
import { failedDependency, type BatchReferences } from './batch-references';
import type { Handling } from './handle';
import type { Caller, Request, Response } from './message';
import { partTarget } from './part-target';
import { REPETITION } from './repeatable';
import { release, responseBytes } from './response-bytes';
import { SharedTransaction, type ServiceSession } from './service-session';

/** What a batch is executed with. */
export interface BatchContext {
  readonly handling: Handling;
  /** The request that the batch came in. */
  readonly envelope: Request;
  readonly caller: Caller;
  readonly session: ServiceSession;
  readonly version: Version;
  /** Whether a condition without references holds. */
  readonly holds: (condition: string, session: ServiceSession) => Promise<boolean>;
  /** What becomes of the parts behind the first one that fails. */
  readonly afterError: 'execute' | 'omit' | 'refuse';
  /** Whether a part may be answered later. */
  readonly partsMayBeAsynchronous: boolean;
  /** How long the answers to repeatable requests are remembered. */
  readonly repeatabilityMs: number;
  /** Whether they are remembered at all. */
  readonly keepsRequests: boolean;
}

/** Headers of the batch that hold for the parts that do not have them. Protocol §8.1, §8.2, §11.7.1 */
const INHERITED = [
  ...['odata-version', 'odata-maxversion', 'accept-language', 'request-id', 'client-request-id', 'host'],
  ...['isolation', 'odata-isolation'],
];

/** Answers parts, one at a time. */
export class BatchParts {
  /** What parts take that do not say so, and what all of them prefer. */
  private readonly accept: string | undefined;
  private readonly preferences: readonly string[];

  constructor(
    private readonly context: BatchContext,
    private readonly references: BatchReferences,
    /** Names of groups, and whether they succeeded. */
    private readonly groups: ReadonlyMap<string, boolean>,
  ) {
    const { accept, prefer } = context.envelope.headers;
    this.accept = withoutMultipart(accept);
    this.preferences = inheritedPreferences(prefer ?? '');
  }

  /** The answer to one part, without a body for HEAD. */
  async answerTo(part: BatchPart, session: ServiceSession): Promise<Response> {
    const response = await this.wholeAnswerTo(part, session);
    if (part.method !== 'HEAD') return response;
    await release(response);
    const { body: _, ...head } = response;
    return head;
  }

  /** As to GET; of one piece when something refers to it or its transaction goes on. */
  private async wholeAnswerTo(part: BatchPart, session: ServiceSession): Promise<Response> {
    try {
      await this.checkDependencies(part, session);
      if (part.fault) throw part.fault;
      const request = await this.requestOf(part, session);
      const response = await this.context.handling.handle(request, this.context.caller, session);
      const isKept = session.isShared === true || this.references.wantsBody(part);
      const whole =
        isKept && typeof response.body === 'function' ? { ...response, body: await responseBytes(response) } : response;
      this.references.add(part, request.target, whole);
      return whole;
    } catch (error) {
      const response = this.error(error);
      this.references.add(part, '', response);
      return response;
    }
  }

  /** Long answers are read before they are referred to. */
  private async readAnswers(part: BatchPart): Promise<void> {
    if (this.references.identifiersOf(part).size > 0) await inTurns(this.references.read(part));
  }

  /** A condition takes the place of the success of what the request depends on. JSON §19.1 */
  async checkDependencies(part: BatchPart, session: ServiceSession): Promise<void> {
    const { dependsOn, condition } = part;
    if (condition !== undefined) {
      await this.readAnswers(part);
      if (await this.context.holds(this.references.condition(condition), session)) return;
      throw odataError('FailedDependency', { message: 'It was not executed, because its "if" is not true.' });
    }
    const failed = dependsOn.find((name) => (this.groups.get(name) ?? this.references.succeeded(name)) === false);
    if (failed !== undefined) throw failedDependency(failed);
  }

  /** What a part asks for, with what it refers to put in place. */
  async requestOf(part: BatchPart, session: ServiceSession): Promise<Request> {
    const { root, headers: outer, receiver } = this.context.envelope;
    await this.readAnswers(part);
    const target = this.references.target(partTarget(part.url, root, outer['host']));
    if (/(?:^|\/)\$batch$/i.test(withoutTrailing(target.split('?', 1)[0] ?? '', '/')))
      throw odataError('BadRequest', { message: 'A batch cannot be part of a batch.' }, { target: 'url' });
    const headers = this.headersOf(part, session);
    const method = part.method === 'HEAD' ? 'GET' : part.method;
    const request = { method, target: target.replace(/^\/+/, ''), headers, root, ...(receiver && { receiver }) };
    if (!part.body) return request;
    const isJson = (headers['content-type'] ?? '').startsWith('application/json');
    if (!isJson) return { ...request, body: part.body };
    const replacing = this.references.body(part, part.body, this.takesValues(part, headers));
    return { ...request, body: await inTurns(replacing) };
  }

  /** Values of other answers in a body are a feature of 4.01, as is the JSON format with its declared dependencies. */
  private takesValues({ dependsOn }: BatchPart, headers: Request['headers']): boolean {
    return dependsOn.length > 0 || headers['odata-version'] === '4.01' || headers['odata-maxversion'] === '4.01';
  }

  private headersOf(part: BatchPart, session: ServiceSession): Record<string, string | undefined> {
    const { envelope, partsMayBeAsynchronous } = this.context;
    const headers: Record<string, string | undefined> = {};
    for (const name of INHERITED) headers[name] = part.headers[name] ?? envelope.headers[name];
    Object.assign(headers, part.headers, { 'request-id': envelope.headers['request-id'] });
    headers['accept'] ??= this.accept;
    headers['prefer'] = withInherited(headers['prefer'], this.preferences);
    for (const name of ['if-match', 'if-none-match'])
      if (headers[name] !== undefined) headers[name] = this.references.entityTag(headers[name]);
    if (session instanceof SharedTransaction) for (const name of REPETITION) headers[name] = undefined; // its group takes care of that
    const isSynchronous = !partsMayBeAsynchronous || session.isShared === true;
    if (isSynchronous && headers['prefer'] !== undefined) headers['prefer'] = withoutTimes(headers['prefer']);
    return headers;
  }

  /** An error as the answer to a part. */
  error(error: unknown): Response {
    const { headers } = this.context.envelope;
    return errorResponse(error, {
      requestId: headers['request-id'] ?? '',
      clientRequestId: headers['client-request-id'],
      version: this.context.version,
    });
  }
}
