/** A database whose every table is watched, and processes on it that are killed. */
import { EveryTable } from './every-table';
import { Killables } from './killable';
import { Books } from './posting';
import { startService, type TestService } from './service';

/** Makes the books and looks at them; all work is done by the processes. */
export class KillStage {
  private constructor(
    readonly service: TestService,
    readonly books: Books,
    readonly tables: EveryTable,
    readonly killables: Killables,
  ) {}

  static async open(): Promise<KillStage> {
    const service = await startService({ asyncLeaseMs: 3_600_000, poolSize: 2 });
    const killables = new Killables(service.databaseUrl, 2);
    return new KillStage(service, await Books.of(service), await EveryTable.of(service), killables);
  }

  async close(): Promise<void> {
    await this.killables.close();
    await this.service.close();
  }
}
