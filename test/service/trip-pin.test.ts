/** What a generic engine must serve and the model of payments lacks, over the tables of the second model. */
import { sendJson } from '../setup/batches';
import type { Answer, TestService } from '../setup/service';
import { startTripPin } from '../setup/trip-pin/service';

let service: TestService | undefined;
beforeAll(async () => {
  service = await startTripPin();
});
afterAll(() => service?.close());

function running(): TestService {
  if (!service) throw new Error('The service has not started');
  return service;
}

async function ok(path: string, headers?: Record<string, string>): Promise<Answer> {
  const answer = await running().get(encodeURI(path), headers);
  if (answer.status !== 200) throw new Error(`${path}: ${answer.text} ${running().takeFailures().join()}`);
  return answer;
}

describe("a database without the engine's own tables", () => {
  const repeatable = {
    'Repeatability-Request-ID': '2f6d4a52-2a4c-4b0e-9d0b-5a1f8f6b7c11',
    'Repeatability-First-Sent': new Date().toUTCString(),
  };
  const json = { 'Content-Type': 'application/json' };
  const people = async (): Promise<string> => (await ok('People/$count')).text;

  test('[284] respond-async is a preference: the answer comes at once', async () => {
    const prefer = { Prefer: 'respond-async, wait=1' };
    const answer = await ok('People/$count', prefer);
    expect(answer.headers['preference-applied']).toBeUndefined();
    const requests = [{ id: '1', method: 'GET', url: 'People/$count', headers: prefer }];
    const batch = await sendJson(running(), requests, prefer);
    expect([batch.status, batch.of('1').text]).toEqual([200, answer.text]);
    expect((await running().get('$async/2f6d4a52-2a4c-4b0e-9d0b-5a1f8f6b7c11')).status).toBe(400);
  });

  test('[363] who wants a request to be repeatable hears 501, and nothing is done; reads are repeatable by nature', async () => {
    const before = await people();
    const body = { UserName: 'twice', FirstName: 'Twice' };
    const single = await running().send('POST', 'People', { ...json, ...repeatable }, JSON.stringify(body));
    expect([single.status, single.headers['repeatability-result']]).toEqual([501, 'rejected']);
    const part = { id: '1', method: 'POST', url: 'People', headers: repeatable, body };
    for (const one of [part, { ...part, atomicityGroup: 'g' }]) {
      const batch = await sendJson(running(), [one]);
      expect([batch.of('1').status, batch.of('1').headers['repeatability-result']]).toEqual([501, 'rejected']);
    }
    expect((await running().send('DELETE', `$RepeatableRequestWithRequestID/x`)).status).toBe(400);
    expect((await ok('People/$count', repeatable)).text).toBe(before);
  });

  test('[284, 363] $metadata says so', async () => {
    const { text } = await ok('$metadata');
    expect(text).toContain('Term="Capabilities.AsynchronousRequestsSupported" Bool="false"');
    expect(text).not.toContain('Term="Repeatability.');
  });
});

describe('the second model is served', () => {
  test('every set in its service document', async () => {
    const { value } = await ok('');
    for (const { url } of value) await ok(String(url));
    expect(value.map(({ name }) => name)).toContain('Airports');
  });
});
