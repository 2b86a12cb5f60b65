/** One HTTP request and its answer, as far as log, metrics and error bodies need to know. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { negotiateVersion, type Headers, type Version } from './negotiate';

export class Exchange {
  readonly requestId = randomUUID();
  readonly started = performance.now();
  readonly headers: Headers;
  /** Bytes of the body that went out, as coded, before the framing of HTTP. */
  bytes = 0;
  /** The answer broke off and the connection was cut. */
  cut = false;
  /** What made the answer a 5xx, or broke it off. */
  failure: unknown = undefined;

  constructor(
    readonly incoming: IncomingMessage,
    readonly outgoing: ServerResponse,
  ) {
    // Only `set-cookie` can be a list here, and no client sends that.
    this.headers = incoming.headers as Headers;
    incoming.headers['request-id'] = this.requestId;
  }

  get clientRequestId(): string | undefined {
    return this.headers['client-request-id'];
  }

  /** The status that the client was told; undefined when it left before the answer began. */
  get status(): number | undefined {
    return this.outgoing.headersSent ? this.outgoing.statusCode : undefined;
  }

  /** Milliseconds since the request came. */
  get elapsed(): number {
    return performance.now() - this.started;
  }

  /** The version that errors are told in, when the request itself may be what is wrong. */
  get version(): Version {
    try {
      return negotiateVersion(this.headers);
    } catch {
      return '4.0';
    }
  }
}
