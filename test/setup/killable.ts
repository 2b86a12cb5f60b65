/** Server processes that die at a message to the database, each with a way of its own there; the next ones start while the last one is looked at. */
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { startProxy, type DatabaseProxy } from './database-proxy';
import { startServerProcess, type ServerProcess } from './server-process';

/** A process and its way to the database. */
export interface Killable {
  readonly proxy: DatabaseProxy;
  readonly process: ServerProcess;
}

/** A request by which the process has a connection that is open: the next one does not begin with the messages that open one. */
export const refresh = async ({ process }: Killable): Promise<void> => {
  await process.send('GET', 'customers/$count');
};

/** Links are the same whichever process answers. */
const settings = { PUBLIC_URL: 'http://service.test/v1.0' };

const project = join(__dirname, '..', '..');

/** Processes on one database, some of them always ready. */
export class Killables {
  private readonly folder = mkdtempSync(join(tmpdir(), 'killable-'));
  private readonly program = join(this.folder, 'start.cjs');
  private readonly ready: Promise<Killable>[] = [];
  private readonly taken = new Set<Killable>();

  /** Bundles the program, and what V8 makes of it is kept: that is what makes it start fast. */
  constructor(
    private readonly databaseUrl: string,
    private readonly spares: number,
  ) {
    buildSync({
      absWorkingDir: project,
      entryPoints: [join(__dirname, 'killable-main.ts')],
      outfile: join(this.folder, 'program.cjs'),
      minify: true,
      bundle: true,
      platform: 'node',
      target: 'node20',
      keepNames: true,
      logLevel: 'error',
    });
    copyFileSync(join(__dirname, 'killable-start.cjs'), this.program);
    this.refill();
  }

  /** One that has done nothing yet but answer once. */
  async next(): Promise<Killable> {
    const next = await this.ready.shift();
    this.refill();
    if (!next) throw new Error('No process is ready');
    this.taken.add(next);
    return next;
  }

  /** Kills one and waits until the database has ended its sessions. */
  async kill(one: Killable): Promise<void> {
    const { process, proxy } = one;
    process.kill();
    await process.ended;
    await proxy.left();
    await proxy.close();
    this.taken.delete(one);
  }

  /** Ends all that are left. */
  async close(): Promise<void> {
    const started = await Promise.allSettled(this.ready);
    const left = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    await Promise.all([...left, ...this.taken].map((one) => this.kill(one)));
    rmSync(this.folder, { recursive: true, force: true });
  }

  private refill(): void {
    while (this.ready.length < this.spares) {
      const next = this.start();
      next.catch(() => undefined); // heard where it is taken
      this.ready.push(next);
    }
  }

  private async start(): Promise<Killable> {
    const proxy = await startProxy(this.databaseUrl);
    const process = await startServerProcess(proxy.url, this.program, settings);
    const one = { proxy, process };
    await refresh(one);
    return one;
  }
}
