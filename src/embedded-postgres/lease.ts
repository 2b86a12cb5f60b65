/**
 * A lease: one open session per process that uses the server, holding a shared advisory lock. PostgreSQL releases it when the process
 * dies, however it dies; so whoever can take the lock alone is the last user and stops the server. No pid files of our own.
 */
import { Socket } from 'node:net';
import { Client } from 'pg';

/** The use of a running server by this process. */
export interface Lease {
  /** Gives the lease up; true when nobody else uses the server, which from then on accepts no other lease. */
  readonly release: () => Promise<boolean>;
  /** Ends the session. */
  readonly end: () => Promise<void>;
}

const LOCK = 1_869_898_597;

/** Connects and takes a lease; rejects with the error of PostgreSQL or of the socket. */
export async function takeLease(url: string): Promise<Lease> {
  const socket = new Socket();
  const client = new Client({
    connectionString: url,
    application_name: 'lease',
    connectionTimeoutMillis: 10_000,
    stream: () => socket,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('SELECT pg_advisory_lock_shared($1)', [LOCK]);
  } catch (error) {
    await endQuietly(client);
    throw error;
  }
  socket.unref();
  return { release: () => releaseLock(client, socket), end: () => endQuietly(client) };
}

async function releaseLock(client: Client, socket: Socket): Promise<boolean> {
  socket.ref();
  try {
    await client.query('SELECT pg_advisory_unlock_shared($1)', [LOCK]);
    const { rows } = await client.query<{ last: boolean }>('SELECT pg_try_advisory_lock($1) AS last', [LOCK]);
    return rows[0]?.last === true;
  } catch {
    return false;
  }
}

async function endQuietly(client: Client): Promise<void> {
  await client.end().catch(() => undefined);
}
