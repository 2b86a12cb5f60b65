/** The second model, served while the tests of a file run, and what they ask of it. */
import type { Answer, TestService } from '../service';
import { startTripPin } from './service';

type Headers = Readonly<Record<string, string>>;

/** The running service, and requests whose paths are encoded here. */
export interface RunningTripPin {
  readonly running: () => TestService;
  readonly get: (path: string, headers?: Headers) => Promise<Answer>;
  /** The same; throws when the answer is not 200. */
  readonly ok: (path: string, headers?: Headers) => Promise<Answer>;
  /** Sends a body as JSON, whatever the entity's ETag. */
  readonly send: (method: string, path: string, body?: unknown, headers?: Headers) => Promise<Answer>;
  /** The same; throws when it is refused. */
  readonly done: (method: string, path: string, body?: unknown, headers?: Headers) => Promise<Answer>;
}

/** To be called once in a file. `headers` go with every body that is sent. */
export function runTripPin(settings: Parameters<typeof startTripPin>[0] = {}, always: Headers = {}): RunningTripPin {
  let service: TestService | undefined;
  beforeAll(async () => {
    service = await startTripPin(settings);
  });
  afterAll(() => service?.close());
  const running = (): TestService => {
    if (!service) throw new Error('The service has not started');
    return service;
  };
  const checked = async (
    what: string,
    asked: Promise<Answer>,
    isGood: (status: number) => boolean,
  ): Promise<Answer> => {
    const answer = await asked;
    if (isGood(answer.status)) return answer;
    throw new Error(`${what}: ${answer.text} ${running().takeFailures().join()}`);
  };
  const get: RunningTripPin['get'] = (path, headers = {}) => running().get(encodeURI(path), headers);
  const send: RunningTripPin['send'] = (method, path, body, headers = {}) =>
    running().send(
      method,
      encodeURI(path),
      { 'Content-Type': 'application/json', 'If-Match': '*', ...always, ...headers },
      body === undefined ? undefined : JSON.stringify(body),
    );
  return {
    running,
    get,
    ok: (path, headers) => checked(path, get(path, headers), (status) => status === 200),
    send,
    done: (method, path, body, headers) =>
      checked(`${method} ${path}`, send(method, path, body, headers), (status) => status < 300),
  };
}
