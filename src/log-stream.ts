/** Where log lines go: gathered for a moment, because a write for each of them costs a tenth of a small request. */
import { destination } from 'pino';

/** Bytes that are written at once: what many requests leave within that time. */
const CHUNK = 12 * 1024;
/** The longest that a line waits; so much is lost when the process is killed. */
const WAIT_MS = 200;

/** Standard output, written now and then, and when the process ends. */
export function logStream(): ReturnType<typeof destination> {
  const stream = destination({ fd: 1, minLength: CHUNK, periodicFlush: WAIT_MS, sync: true });
  process.once('exit', () => stream.flushSync());
  return stream;
}
