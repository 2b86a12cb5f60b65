import fc from 'fast-check';
import type { IncomingMessage } from 'node:http';
import { ODataError } from '../../../src/odata/error';
import { addressOf, RateLimit } from '../../../src/odata/http/rate-limit';

/** The seconds of Retry-After, or undefined when the request is let in. */
function waitOf(limit: RateLimit, caller: string): number | undefined {
  try {
    limit.take(caller);
    return undefined;
  } catch (error) {
    if (error instanceof ODataError && error.status === 429) return Number(error.headers['Retry-After']);
    throw error;
  }
}

describe('a limit', () => {
  const steps = fc.array(
    fc.record({
      after: fc.integer({ min: 0, max: 40_000 }),
      caller: fc.constantFrom('a', 'b'),
      more: fc.integer({ min: 0, max: 3 }),
    }),
    { maxLength: 60 },
  );

  it('is a bucket of one minute for each caller', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), steps, (perMinute, requests) => {
        let now = 0;
        const limit = new RateLimit(perMinute, () => now);
        // In sixtieths of a request per millisecond, so that nothing is rounded.
        const full = perMinute * 60_000;
        const buckets = new Map<string, { content: number; at: number }>();
        for (const { after, caller, more } of requests) {
          now += after;
          const last = buckets.get(caller) ?? { content: full, at: now };
          const content = Math.min(full, last.content + (now - last.at) * perMinute);
          const missing = 60_000 - content;
          const expected = missing > 0 ? Math.max(1, Math.ceil(missing / perMinute / 1000)) : undefined;
          expect(waitOf(limit, caller)).toBe(expected);
          if (expected === undefined && more > 0) limit.charge(caller, more);
          const spent = expected === undefined ? 60_000 * (1 + more) : 0;
          buckets.set(caller, { content: content - spent, at: now });
        }
      }),
      { seed: 330, numRuns: 300 },
    );
  });

  it('lets in who comes back after the time it was told', () => {
    let now = 0;
    const limit = new RateLimit(7, () => now);
    for (let turn = 0; turn < 100; turn++) {
      const wait = waitOf(limit, 'a');
      if (wait === undefined) continue;
      now += wait * 1000;
      expect(waitOf(limit, 'a')).toBeUndefined();
    }
  });
});

it('the address is that of the connection, or behind a proxy the one that the proxy saw', () => {
  const from = (forwarded?: string): IncomingMessage =>
    ({
      headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
      socket: { remoteAddress: '192.0.2.1' },
    }) as unknown as IncomingMessage;
  expect(addressOf(from('203.0.113.9'), false)).toBe('192.0.2.1');
  expect(addressOf(from('forged, 203.0.113.9'), true)).toBe('203.0.113.9');
  for (const [forwarded, address] of [
    ['203.0.113.9:4711', '203.0.113.9'],
    ['203.0.113.9:4712', '203.0.113.9'],
    ['[2001:db8::7]:4711', '2001:db8::7'],
    ['198.51.100.1:1, [2001:db8::7]', '2001:db8::7'],
    ['2001:db8::7', '2001:db8::7'],
    ['2001:db8::4711', '2001:db8::4711'],
    ['::1', '::1'],
    ['unknown', 'unknown'],
    ['_hidden:80', '_hidden'],
  ] as const)
    expect([forwarded, addressOf(from(forwarded), true)]).toEqual([forwarded, address]);
  expect(addressOf(from(), true)).toBe('192.0.2.1');
  expect(addressOf(from(''), true)).toBe('192.0.2.1');
});
