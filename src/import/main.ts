/**
 * `npm run import -- payments.csv --journal CODE`: a bank's file becomes payments of a journal. docs/importing.md. Ends with 0 when every row
 * is imported (or, tried only, would be), with 1 when not, with 2 when the command line is wrong.
 */
import { basename } from 'node:path';
import { Presets, SingleBar } from 'cli-progress';
import { currentCompany } from '../current-company';
import { migrate } from '../data-source';
import { createPaymentService } from '../payment-service';
import { runCommand } from '../run-command';
import { startCommand } from '../usage-error';
import { importOptions, USAGE, type ImportOptions } from './import-options';
import { importPayments } from './import-payments';
import { importSummary } from './import-summary';

/** A line above the bar, or in the file that the output goes to. */
function print(line: string): void {
  if (process.stderr.isTTY) {
    process.stderr.cursorTo(0);
    process.stderr.clearLine(0);
  }
  console.log(line);
}

async function run(options: ImportOptions): Promise<void> {
  await runCommand(async (database, config) => {
    await migrate(database.dataSource);
    const service = createPaymentService(config, database, (error) => console.error(error.cause ?? error));
    const bar = new SingleBar(
      { format: ' {bar} {percentage}% | {taken} payments, {refused} refused | {duration_formatted}' },
      Presets.shades_classic,
    );
    const started = Date.now();
    bar.start(1, 0, { taken: 0, refused: 0 });
    try {
      const result = await importPayments(service, await currentCompany(database.dataSource)(), options, {
        onProgress: (read, size, counts) => {
          bar.setTotal(size);
          bar.update(read, counts);
        },
        onRefused: ({ line, reason }) => print(`${basename(options.file)}:${line}: ${reason}`),
      });
      bar.stop();
      console.log(importSummary(result, options, Date.now() - started));
      if (result.refused > 0) process.exitCode = 1;
    } finally {
      bar.stop();
      await service.close();
    }
  });
}

startCommand(() => run(importOptions(process.argv.slice(2))), USAGE);
