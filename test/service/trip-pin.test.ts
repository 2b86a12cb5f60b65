/** What a generic engine must serve and the model of payments lacks, over the tables of the second model. */
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

describe('the second model is served', () => {
  test('every set in its service document', async () => {
    const { value } = await ok('');
    for (const { url } of value) await ok(String(url));
    expect(value.map(({ name }) => name)).toContain('Airports');
  });
});
