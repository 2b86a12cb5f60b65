/**
 * PostgreSQL refuses to run as root. This file chooses the unprivileged account that it runs as when we are root, and runs programs
 * under it.
 */
import { spawn, type StdioOptions } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { StartError } from './start-error';

/** The user and group that PostgreSQL's processes run as. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** How a program ended, and what it printed. */
export interface Outcome {
  readonly ok: boolean;
  readonly output: string;
}

/**
 * The account to run PostgreSQL as: undefined when we are an ordinary user (or on Windows) and it simply runs as us. For root it is the
 * owner of an existing cluster, else `postgres`, else `nobody`, else any ordinary user of the system.
 */
export async function chooseAccount(cluster: string): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const owner = await stat(cluster).catch(() => undefined);
  if (owner !== undefined && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  const users = parsePasswd(await readFile('/etc/passwd', 'utf8'));
  const chosen = users.get('postgres') ?? users.get('nobody') ?? [...users.values()].find((user) => user.uid > 0);
  if (chosen === undefined) throw new StartError('PostgreSQL cannot run as root, and /etc/passwd names no other user');
  return chosen;
}

function parsePasswd(text: string): ReadonlyMap<string, Account> {
  const users = new Map<string, Account>();
  for (const line of text.split('\n')) {
    const [name, , uid, gid] = line.split(':');
    if (name !== undefined && Number(uid) !== 0 && Number.isInteger(Number(gid))) {
      users.set(name, { uid: Number(uid), gid: Number(gid) });
    }
  }
  return users;
}

/**
 * Starts a program under the account. It is started *in* `cwd` before privileges are dropped, so the account need not be able to reach
 * that folder from the root of the file system.
 */
export function spawnAs(
  account: Account | undefined,
  file: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly stdio: StdioOptions; readonly detached?: boolean },
) {
  return spawn(file, args, { ...options, ...account, env: environment(), windowsHide: true });
}

/** Runs a program under the account to its end. */
export async function runAs(
  account: Account | undefined,
  file: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly stdin?: number },
): Promise<Outcome> {
  const child = spawnAs(account, file, args, { cwd: options.cwd, stdio: [options.stdin ?? 'ignore', 'pipe', 'pipe'] });
  const chunks: Buffer[] = [];
  const collect = (chunk: Buffer) => chunks.push(chunk);
  child.stdout?.on('data', collect);
  child.stderr?.on('data', collect);
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ ok: false, output: error.message }));
    child.once('close', (code) => resolve({ ok: code === 0, output: Buffer.concat(chunks).toString('utf8').trim() }));
  });
}

/** Our environment without PostgreSQL's own variables, with messages in English and times in UTC. */
function environment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('PG') && !name.startsWith('LC_'));
  return { ...Object.fromEntries(kept), LANG: 'C', LC_ALL: 'C', TZ: 'UTC' };
}
