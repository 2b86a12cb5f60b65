/** q8: 20,000 payments of one journal, page by page or in one answer. */
import { Connection, type Answer, type Wire } from './connection';
import type { Sample } from './database';
import { cpuOf, memoryOf } from './process-cost';
import type { Subject } from './load';
import type { Side } from './requests';

const ROWS = 20_000;
const SAMPLE_EVERY_MS = 10;

/** What one export cost. Milliseconds and MiB. */
export interface ExportCost {
  readonly total: number;
  readonly firstByte: number;
  readonly node: number;
  readonly postgres: number;
  readonly peakMemory: number;
}

/** Reads 20,000 rows in pages of `size`; ours is asked for nothing when that is its default. */
export async function measureExport(subject: Subject, side: Side, sample: Sample, size: number): Promise<ExportCost> {
  const connection = await Connection.open(subject.port);
  const backends = await subject.backends();
  const cpu = (): readonly [number, number] => [cpuOf(subject.pid), backends.reduce((sum, pid) => sum + cpuOf(pid), 0)];
  let peakMemory = 0;
  const watching = setInterval(() => (peakMemory = Math.max(peakMemory, memoryOf(subject.pid))), SAMPLE_EVERY_MS);
  try {
    const [node, postgres] = cpu();
    const { total, firstByte } = await follow(connection, firstPage(side, sample, size), ROWS / size);
    const [nodeAfter, postgresAfter] = cpu();
    return { total, firstByte, node: nodeAfter - node, postgres: postgresAfter - postgres, peakMemory };
  } finally {
    clearInterval(watching);
    connection.close();
  }
}

/** The request for the first page. */
export function firstPage(side: Side, { large }: Sample, size: number): Wire {
  if (side === 'limit') return { method: 'GET', path: `/q8/${large}/${size}/0` };
  const path = `/v1.0/customerPaymentJournals(${large})/customerPayments`;
  return { method: 'GET', path, headers: size === 1000 ? {} : { Prefer: `odata.maxpagesize=${size}` } };
}

async function follow(
  connection: Connection,
  first: Wire,
  pages: number,
): Promise<{ total: number; firstByte: number }> {
  let wire = first;
  let total = 0;
  let firstByte = 0;
  for (let page = 0; page < pages; page++) {
    const answer = await connection.send(wire, true);
    if (answer.status !== 200) throw new Error(`${wire.path} was answered ${answer.status} ${answer.body}`);
    total += answer.end;
    firstByte ||= answer.firstByte;
    wire = { ...wire, path: nextPath(answer) };
  }
  return { total, firstByte };
}

function nextPath({ body }: Answer): string {
  const [, link] = /"@odata\.nextLink":"([^"]+)"\}$/.exec(body.slice(-2000)) ?? [];
  if (link === undefined) throw new Error('A page has no link to the next one.');
  const { pathname, search } = new URL(link);
  return pathname.replace('/v1.0/q8/', '/q8/') + search;
}
