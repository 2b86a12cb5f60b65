/** `npm run seed -- --tier S|M|L`: sample data for an empty database, with a bar that shows how far it is. */
import { Presets, SingleBar } from 'cli-progress';
import { migrate } from '../data-source';
import type { Database } from '../database';
import { runCommand } from '../run-command';
import { readArguments, startCommand, UsageError } from '../usage-error';
import { seed } from './index';
import { type TierName, tiers } from './tiers';

const isTier = (name: string): name is TierName => Object.hasOwn(tiers, name);

const USAGE = 'Usage: npm run seed -- --tier S|M|L';

function tierOf(args: readonly string[]): TierName {
  const { values } = readArguments({ args: [...args], options: { tier: { type: 'string', default: 'S' } } });
  const tier = values.tier.toUpperCase();
  if (!isTier(tier)) throw new UsageError(`--tier must be S, M or L, not '${values.tier}'.`);
  return tier;
}

async function load({ dataSource }: Database, tier: TierName): Promise<void> {
  await migrate(dataSource);
  const bar = new SingleBar(
    { format: ' {bar} {percentage}% | {value}/{total} rows | {what} | {duration_formatted}' },
    Presets.shades_classic,
  );
  const started = Date.now();
  bar.start(1, 0, { what: 'starting' });
  try {
    await seed(dataSource, tier, {
      onProgress: (done, total, what) => {
        bar.setTotal(total);
        bar.update(done, { what });
      },
    });
  } finally {
    bar.stop();
  }
  console.log(`Loaded tier ${tier} in ${((Date.now() - started) / 1000).toFixed(1)} s.`);
}

startCommand(() => {
  const tier = tierOf(process.argv.slice(2));
  return runCommand((database) => load(database, tier));
}, USAGE);
