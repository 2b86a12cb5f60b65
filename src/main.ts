/** `npm start`: environment → database → server → listen, and back again on Ctrl-C or SIGTERM. */
import { setFlagsFromString } from 'node:v8';
import { type Config, loadConfig } from './config';
import { type Database, openDatabase } from './database';
import { prepareDatabase } from './prepare-database';
import { reportFailure } from './run-command';
import type { serve } from './serve';
import type { RunningServer } from './server';

/**
 * The heap may double before it is marked anew. V8 counts the bytes of answers in, takes the heap of a service that is at work for one that hardly grows, and would mark all of it
 * after every few megabytes that go out: a third of the CPU of a page with $expand.
 */
setFlagsFromString('--heap-growing-percent=100');

/** A shutdown that takes longer than this is cut off. */
const STOP_WITHIN_MS = 10_000;

async function main(): Promise<void> {
  const stopped = signalled();
  const config = loadConfig();
  // Loaded while the database starts: it takes about as long.
  const loading = import('./serve.js');
  loading.catch(() => undefined); // heard where it is awaited
  const database = await openDatabase(config, loading);
  try {
    const server = await Promise.race([startUp(config, database, loading), stopped]);
    if (server === undefined) return;
    console.log(`Serving ${server.url}`);
    await stopped;
    await server.close();
  } finally {
    await database.close();
  }
}

async function startUp(
  config: Config,
  database: Database,
  loading: Promise<{ readonly serve: typeof serve }>,
): Promise<RunningServer> {
  await prepareDatabase(database.dataSource, config.seed, console.log);
  const loaded = await loading;
  return loaded.serve(config, database);
}

/** Resolves when a signal asks for an end; later signals change nothing, the end is already under way. */
function signalled(): Promise<undefined> {
  return new Promise((resolve) => {
    const stop = () => {
      resolve(undefined);
      setTimeout(() => process.exit(1), STOP_WITHIN_MS).unref();
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  });
}

main().catch(reportFailure);
