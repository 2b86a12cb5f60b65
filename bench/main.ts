/**
 * `npm run bench`: what our service costs beside the limit, as ratios. docs/performance.md says what is measured and how to read it.
 * -- --tier M|L --rounds 5 --only q1,q4 --profile <folder>
 */
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { reportFailure } from '../src/run-command';
import { firstDifference, meaning } from './compare';
import { Connection } from './connection';
import { clean, openBenchDatabase, sampleOf, type Sample } from './database';
import { firstPage, measureExport, type ExportCost } from './export';
import { load, median, type Cost, type Script } from './load';
import { canMeasure, memoryOf } from './process-cost';
import { measuredOn, type Measured, type Side } from './requests';
import { startLimit, startOurs, type BenchServer } from './servers';

type Servers = Readonly<Record<Side, BenchServer>>;

/** Connections at which CPU is measured. */
const STEADY = 8;
/** So many times the requests of a round run before the first one, and are not counted. */
const SETTLING = 10;
/** PostgreSQL decides on its plan after five executions on a connection. */
const WARM_UP = 60;
/** A process that has just loaded its code holds what loading took; some 15 seconds later V8 has given it back. */
const REST_MS = 30_000;
/** What an answer to a write cannot have in common with another one. */
const drawn = ['id', 'parentId', 'lineNumber', 'lastModifiedDateTime', '@odata.etag', '@odata.context', 'Location'];
/** Requests of writes that are compared; the second request of a PATCH's script writes. */
const writes: Readonly<Record<string, number>> = { q9: 1, q10: 2, q11: 1, q12: 1 };

const { values: options } = parseArgs({
  options: {
    tier: { type: 'string', default: 'M' },
    rounds: { type: 'string', default: '5' },
    only: { type: 'string' },
    profile: { type: 'string' },
  },
});

async function main(): Promise<void> {
  const tier = options.tier === 'L' ? 'L' : 'M';
  if (!canMeasure()) throw new Error('The bench reads CPU time from /proc/<pid>/task/*/schedstat: it needs Linux.');
  const database = await openBenchDatabase(tier);
  try {
    const sample = await sampleOf(database);
    await clean(database, sample);
    const { dataSource, url } = database;
    console.log(`Tier ${tier}, ${options.rounds} rounds, node ${process.version}`);
    const servers: Servers = {
      limit: await startLimit(dataSource, url),
      ours: await startOurs(dataSource, url, options.profile),
    };
    try {
      await measureAll(servers, sample);
      if (isWanted('q13')) await measureStart(sample, () => startOurs(dataSource, url));
    } finally {
      await Promise.all([servers.limit.stop(), servers.ours.stop()]);
      await clean(database, sample);
    }
  } finally {
    await database.close();
  }
}

const isWanted = (name: string): boolean => options.only === undefined || options.only.split(',').includes(name);

async function measureAll(servers: Servers, sample: Sample): Promise<void> {
  if (isWanted('idle')) {
    await setTimeout(REST_MS);
    console.log(`Idle memory: ours ${mib(servers.ours)}, limit ${mib(servers.limit)}`);
  }
  const kinds = measuredOn(sample).filter(({ name }) => isWanted(name));
  for (const measured of kinds) await compare(servers, measured);
  if (kinds.length > 0) heading();
  for (const measured of kinds) report(measured, await measure(servers, measured));
  if (isWanted('q8')) for (const size of [1000, 20_000]) await measurePages(servers, sample, size);
}

const mib = ({ pid }: BenchServer): string => `${memoryOf(pid).toFixed(0)} MiB`;

// ---- the same answers

/** Requests that are compared. */
const compared = (name: string): number => writes[name] ?? 40;

async function compare(servers: Servers, measured: Measured): Promise<void> {
  const ours = await ask(servers.ours, measured, 'ours');
  const limit = await ask(servers.limit, measured, 'limit');
  const isRead = writes[measured.name] === undefined;
  for (const [index, answer] of ours.entries())
    if (isRead || index === ours.length - 1) refuseDifference(measured.name, answer, limit[index]);
}

async function ask(server: BenchServer, measured: Measured, side: Side): Promise<readonly unknown[]> {
  const { name } = measured;
  const connection = await Connection.open(server.port);
  const script = measured.script(side, 0);
  const answers: unknown[] = [];
  for (let turn = 0; turn < compared(name); turn++) {
    const wire = script.next();
    const answer = await connection.send(wire, true);
    if (answer.status >= 300) throw new Error(`${wire.path} of ${side} was answered ${answer.status} ${answer.body}`);
    script.seen?.(answer);
    answers.push(meaning(answer.body, server.root, writes[name] === undefined ? [] : drawn));
  }
  connection.close();
  return answers;
}

function refuseDifference(name: string, ours: unknown, limit: unknown): void {
  const difference = firstDifference(ours, limit);
  if (difference !== undefined) throw new Error(`${name} is answered differently: ${difference}`);
}

// ---- rounds

type Costs = Readonly<Record<Side, readonly (readonly Cost[])[]>>;

/** For each round and side, the costs at each number of connections. */
async function measure(servers: Servers, measured: Measured): Promise<Costs> {
  const costs = { ours: [] as Cost[][], limit: [] as Cost[][] };
  for (const side of order(0)) await settle(servers[side], measured, side);
  for (let round = 0; round < Number(options.rounds); round++)
    for (const side of order(round)) costs[side].push(await oneRound(servers[side], measured, side));
  return costs;
}

/** V8 has compiled what runs for a write after some 4000 of them: until then that is most of what they cost. */
async function settle(server: BenchServer, measured: Measured, side: Side): Promise<void> {
  await load(server, scriptsOf(measured, side, STEADY), SETTLING * measured.requests);
}

const scriptsOf = (measured: Measured, side: Side, count: number): readonly Script[] =>
  Array.from({ length: count }, (_, connection) => measured.script(side, connection));

const order = (round: number): readonly Side[] => (round % 2 === 0 ? ['limit', 'ours'] : ['ours', 'limit']);

async function oneRound(server: BenchServer, measured: Measured, side: Side): Promise<Cost[]> {
  await load(server, scriptsOf(measured, side, STEADY), measured.warmUp ?? WARM_UP);
  const costs: Cost[] = [];
  for (const count of measured.connections)
    costs.push(await load(server, scriptsOf(measured, side, count), measured.requests));
  return costs;
}

// ---- report

const cells = (texts: readonly string[]): string =>
  texts.map((text, index) => (index === 0 ? text.padEnd(5) : text.padStart(index === 8 ? 24 : 15))).join('');

function heading(): void {
  console.log(
    `\n${cells(['', 'CPU ratio', 'goal', 'node ms', 'postgres ms', 'p50 ms', 'p50 ratio', 'spread of rounds', 'throughput ratio 1/8/64'])}`,
  );
}

function report({ name, goal, connections }: Measured, { ours, limit }: Costs): void {
  const steady = connections.indexOf(STEADY);
  const of = (costs: Costs[Side], index: number, key: keyof Cost): number =>
    median(costs.map((round) => round[index]?.[key] ?? Number.NaN));
  const cpu = (costs: Costs[Side]): readonly number[] =>
    costs.map((round) => (round[steady]?.node ?? 0) + (round[steady]?.postgres ?? 0));
  const ratios = cpu(ours).map((value, round) => value / (cpu(limit)[round] ?? Number.NaN));
  const pair = (index: number, key: keyof Cost): string =>
    `${of(ours, index, key).toFixed(2)} / ${of(limit, index, key).toFixed(2)}`;
  console.log(
    cells([
      name,
      median(ratios).toFixed(2),
      goal.toFixed(1),
      pair(steady, 'node'),
      pair(steady, 'postgres'),
      pair(0, 'p50'),
      (of(ours, 0, 'p50') / of(limit, 0, 'p50')).toFixed(2),
      `${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)}`,
      connections
        .map((_, index) => (of(ours, index, 'throughput') / of(limit, index, 'throughput')).toFixed(2))
        .join(' / '),
    ]),
  );
}

// ---- exports

async function measurePages(servers: Servers, sample: Sample, size: number): Promise<void> {
  await comparePage(servers, sample, size);
  const costs = { ours: [] as ExportCost[], limit: [] as ExportCost[] };
  for (let round = -1; round < Number(options.rounds); round++) {
    for (const side of order(round + 2)) {
      const cost = await measureExport(servers[side], side, sample, size);
      if (round >= 0) costs[side].push(cost);
    }
  }
  const of = (side: Side, key: keyof ExportCost): number => median(costs[side].map((cost) => cost[key]));
  const pair = (key: keyof ExportCost, digits: number): string =>
    `${of('ours', key).toFixed(digits)} / ${of('limit', key).toFixed(digits)}`;
  const cpu = (side: Side): number => median(costs[side].map(({ node, postgres }) => node + postgres));
  console.log(
    `q8 in pages of ${size}: CPU ratio ${(cpu('ours') / cpu('limit')).toFixed(2)}, time ratio ${(of('ours', 'total') / of('limit', 'total')).toFixed(2)};` +
      ` time ms ${pair('total', 0)}, first byte ms ${pair('firstByte', 1)}, node ms ${pair('node', 0)}, postgres ms ${pair('postgres', 0)}, peak MiB ${pair('peakMemory', 0)}`,
  );
}

async function comparePage(servers: Servers, sample: Sample, size: number): Promise<void> {
  const [ours, limit] = await Promise.all(
    (['ours', 'limit'] as const).map(async (side) => {
      const connection = await Connection.open(servers[side].port);
      const { body } = await connection.send(firstPage(side, sample, size), true);
      connection.close();
      return meaning(body, servers[side].root);
    }),
  );
  refuseDifference('q8', ours, limit);
}

// ---- start

/** From the start of the process to its first answer, with the database running; and the memory it then rests at. */
async function measureStart(sample: Sample, start: () => Promise<BenchServer>): Promise<void> {
  const times: number[] = [];
  for (let round = 0; round < 3; round++) {
    const started = performance.now();
    const server = await start();
    const connection = await Connection.open(server.port);
    const { status } = await connection.send(
      { method: 'GET', path: `/v1.0/customerPaymentJournals(${sample.large})` },
      false,
    );
    if (status !== 200) throw new Error(`The first answer was ${status}`);
    times.push(performance.now() - started);
    connection.close();
    await server.stop();
  }
  console.log(`q13 cold start to first answer: ${median(times).toFixed(0)} ms`);
}

main().catch(reportFailure);
