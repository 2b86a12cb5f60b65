/**
 * What this version costs beside another one: the same requests to both in short turns, so that what else the machine does falls on both.
 * node scripts/start.mjs bench/versions.ts --before <folder> --only q1,q5 --turns 40 --tier M
 */
import { parseArgs } from 'node:util';
import { reportFailure } from '../src/run-command';
import { clean, openBenchDatabase, sampleOf } from './database';
import { load, median, type Cost } from './load';
import { measuredOn, type Measured } from './requests';
import { startService, type BenchServer } from './servers';

type Version = 'before' | 'now';
type Versions = Readonly<Record<Version, BenchServer>>;

const CONNECTIONS = 8;
/** A turn has so many requests of those of a round. */
const PART = 4;
/** Turns that are not counted: V8 compiles in them. */
const SETTLING = 20;

const { values: options } = parseArgs({
  options: {
    before: { type: 'string' },
    only: { type: 'string' },
    turns: { type: 'string', default: '40' },
    tier: { type: 'string', default: 'M' },
  },
});

async function main(): Promise<void> {
  const { before, only } = options;
  if (before === undefined) throw new Error('--before names the folder of the version to compare with.');
  const database = await openBenchDatabase(options.tier === 'L' ? 'L' : 'M');
  try {
    const { dataSource, url } = database;
    const sample = await sampleOf(database);
    const started: BenchServer[] = [];
    const start = async (name: string, folder: string): Promise<BenchServer> => {
      const server = await startService(dataSource, url, name, folder);
      started.push(server);
      return server;
    };
    try {
      const versions = { before: await start('bench-before', before), now: await start('bench-now', '.') };
      for (const measured of measuredOn(sample))
        if (only === undefined || only.split(',').includes(measured.name)) await compare(versions, measured);
    } finally {
      await Promise.all(started.map((server) => server.stop()));
      await clean(database, sample);
    }
  } finally {
    await database.close();
  }
}

async function compare(versions: Versions, measured: Measured): Promise<void> {
  const costs: Readonly<Record<Version, Cost[]>> = { before: [], now: [] };
  const turns = Number(options.turns);
  for (let turn = -SETTLING; turn < turns; turn++)
    for (const version of turn % 2 === 0 ? (['before', 'now'] as const) : (['now', 'before'] as const)) {
      const cost = await oneTurn(versions[version], measured);
      if (turn >= 0) costs[version].push(cost);
    }
  const middle = (version: Version, key: keyof Cost): number => median(costs[version].map((cost) => cost[key]));
  const shown = (key: keyof Cost): string => {
    const ratio = middle('now', key) / middle('before', key);
    return `${key} ${ratio.toFixed(3)} (${middle('now', key).toFixed(3)} / ${middle('before', key).toFixed(3)})`;
  };
  console.log(`${measured.name.padEnd(4)} now / before: ${shown('node')}  ${shown('postgres')}  ${shown('p50')}`);
}

function oneTurn(server: BenchServer, measured: Measured): Promise<Cost> {
  const scripts = Array.from({ length: CONNECTIONS }, (_, connection) => measured.script('ours', connection));
  return load(server, scripts, Math.max(CONNECTIONS, Math.round(measured.requests / PART)));
}

main().catch(reportFailure);
