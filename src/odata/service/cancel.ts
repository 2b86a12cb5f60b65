/** Statements that nobody waits for any more: the server is asked to end them. */
import { connect } from 'node:net';
import { odataError } from '../error';

/** Who waits for an answer, such as a ServerResponse: closed when it was sent, or when nobody takes it any more. */
export interface Receiver {
  readonly destroyed: boolean;
  once(event: 'close', told: () => void): unknown;
  off(event: 'close', told: () => void): unknown;
}

/** A session of the server as one asks for its end, by numbers that it told at its start, if it has. */
export interface Backend {
  readonly host: string;
  readonly port: number;
  readonly processID: number | null;
  readonly secretKey: number | null;
}

/** CancelRequest: 1234 and 5678 stand where another connection says its protocol. PostgreSQL, Message Formats */
const CANCEL = 80877102;
const LENGTH = 16;
/** A server that does not take note for so long is left alone, and so is the connection. */
const PATIENCE_MS = 5000;

/** Throws where nobody waits for what has not begun. */
export function checkWanted(receiver: Receiver | undefined): void {
  if (receiver?.destroyed === true)
    throw odataError('StatementTimeout', { message: 'The client has gone away before the request was begun.' });
}

/**
 * Runs `work` on a session while the receiver is there: what it runs is ended when the receiver goes, and is not begun when it has gone. Rejects as
 * if the connection were lost where the server may still end what runs on it next.
 */
export async function whileWanted<T>(receiver: Receiver, backend: Backend, work: () => Promise<T>): Promise<T> {
  checkWanted(receiver);
  let asked: Promise<boolean> | undefined;
  const leave = (): void => {
    asked = cancel(backend);
  };
  receiver.once('close', leave);
  try {
    return await work();
  } finally {
    receiver.off('close', leave);
    // The next one on this connection must not be taken for the one that is unwanted.
    if (asked && !(await asked)) throw odataError('DatabaseUnavailable', {});
  }
}

/** True when the server has passed it on, which it tells by closing; false when it has not said so. */
function cancel({ host, port, processID, secretKey }: Backend): Promise<boolean> {
  if (processID === null || secretKey === null) return Promise.resolve(true);
  const message = Buffer.alloc(LENGTH);
  [LENGTH, CANCEL, processID, secretKey].forEach((number, at) => message.writeInt32BE(number, 4 * at));
  return new Promise((resolve) => {
    const socket = connect(host.startsWith('/') ? { path: `${host}/.s.PGSQL.${port}` } : { host, port });
    socket.once('close', (isBroken) => resolve(!isBroken));
    socket.on('error', () => undefined);
    socket.setTimeout(PATIENCE_MS, () => socket.destroy(new Error('The server does not take note')));
    // The end of our side would come first: who stands between could close before the server has.
    socket.write(message);
    socket.resume();
  });
}
