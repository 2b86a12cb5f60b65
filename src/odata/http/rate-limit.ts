/** How many requests a caller may send: 429 with Retry-After beyond that. RFC 6585 §4, Protocol §8.3.7 */
import type { IncomingMessage } from 'node:http';
import { odataError } from '../error';

const MINUTE_MS = 60_000;

/**
 * Lets each caller send so many requests a minute, and as many at once when it was silent for a minute. Kept in the memory of the
 * process, as one number per caller: the time at which its allowance is whole again, which each request moves on.
 */
export class RateLimit {
  readonly #wholeAt = new Map<string, number>();
  readonly #costMs: number;
  #sweepAt = 0;

  /** `now` tells milliseconds that never go back. */
  constructor(
    requestsPerMinute: number,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.#costMs = MINUTE_MS / requestsPerMinute;
  }

  /** Counts a request. Throws 429 with the whole seconds after which one is let in again, and does not count that one. */
  take(caller: string): void {
    const now = this.now();
    this.#sweep(now);
    const wholeAt = Math.max(this.#wholeAt.get(caller) ?? 0, now) + this.#costMs;
    const wait = wholeAt - now - MINUTE_MS;
    // What is less than a tenth of a millisecond comes from adding fractions.
    if (wait > 0.1) throw tooManyRequests(wait);
    this.#wholeAt.set(caller, wholeAt);
  }

  /** Counts what turned out to be more than one request; what is beyond the allowance makes the next ones wait. */
  charge(caller: string, requests: number): void {
    this.#wholeAt.set(caller, Math.max(this.#wholeAt.get(caller) ?? 0, this.now()) + requests * this.#costMs);
  }

  /** Forgets, once a minute, who has the whole allowance. */
  #sweep(now: number): void {
    if (now < this.#sweepAt) return;
    this.#sweepAt = now + MINUTE_MS;
    for (const [caller, wholeAt] of this.#wholeAt) if (wholeAt <= now) this.#wholeAt.delete(caller);
  }
}

const tooManyRequests = (waitMs: number): Error =>
  odataError('TooManyRequests', {}, { headers: { 'Retry-After': String(Math.max(1, Math.ceil(waitMs / 1000))) } });

/** Where a request comes from. Behind a proxy that is believed: the address that it saw, which is the last one of X-Forwarded-For. */
export function addressOf({ headers, socket }: IncomingMessage, trustProxy: boolean): string {
  const forwarded = trustProxy ? headers['x-forwarded-for'] : undefined;
  const last = String(forwarded ?? '')
    .split(',')
    .at(-1)
    ?.trim();
  return last ? withoutPort(last) : (socket.remoteAddress ?? '');
}

/** Some proxies name the port, too, which is another one with each connection: `203.0.113.9:4711`, `[2001:db8::7]:4711`. */
const withoutPort = (address: string): string =>
  address.replace(/^\[([^\]]*)\](?::\d+)?$/, '$1').replace(/^([^:]*):\d+$/, '$1');
