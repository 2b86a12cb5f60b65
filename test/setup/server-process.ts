/** The service as users start it: a process of its own, that can be killed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Json } from './service';

/** A running process. */
export interface ServerProcess {
  readonly root: string;
  /** kill -9 */
  readonly kill: () => void;
  /** Resolves when it is gone. */
  readonly ended: Promise<unknown>;
  /** The answer, or undefined when the process died over it. A body that is no text goes as JSON. */
  readonly send: (
    method: string,
    path: string,
    headers?: Record<string, string>,
    body?: unknown,
  ) => Promise<ProcessAnswer | undefined>;
}

export interface ProcessAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: Json;
}

const project = join(__dirname, '..', '..');
const npmStart = join(project, 'scripts', 'start.mjs');

const ATTEMPTS = 3;

/**
 * Starts `npm start` on a database, or another program that serves as it does. On a machine that is very busy loading the program may take
 * longer than its connection waits: then anew.
 */
export async function startServerProcess(
  databaseUrl: string,
  program = npmStart,
  settings: Readonly<Record<string, string>> = {},
): Promise<ServerProcess> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start(program, { DATABASE_URL: databaseUrl, ...settings });
    } catch (error) {
      if (attempt === ATTEMPTS || !String(error).includes('connection timeout')) throw error;
    }
  }
}

async function start(program: string, settings: Readonly<Record<string, string>>): Promise<ServerProcess> {
  const env = { ...process.env, PORT: '0', SEED: 'none', POOL_SIZE: '4', ...settings };
  const child = spawn(process.execPath, [program], { cwd: project, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const errors: Buffer[] = [];
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
  const ended = once(child, 'close');
  const url = await Promise.race([
    new Promise<string>((resolve) => {
      createInterface(child.stdout).on('line', (line) => {
        const found = /^Serving (\S+)/.exec(line)?.[1];
        if (found !== undefined) resolve(found);
      });
    }),
    ended.then(() => Promise.reject(new Error(`The server did not start: ${Buffer.concat(errors).toString()}`))),
  ]);
  const root = new URL('/v1.0/', url).href;
  return {
    root,
    kill: () => void child.kill('SIGKILL'),
    ended,
    send: async (method, path, headers = {}, body) => {
      const init = {
        method,
        headers: { ...(body === undefined ? {} : { 'Content-Type': 'application/json' }), ...headers },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      };
      try {
        const response = await fetch(new URL(path, root), init);
        const text = await response.text();
        const json = text.startsWith('{') ? (JSON.parse(text) as Json) : {};
        return { status: response.status, headers: response.headers, text, json };
      } catch {
        return undefined;
      }
    },
  };
}
