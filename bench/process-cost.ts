/** What a process has cost so far, as Linux counts it: CPU time of all its threads, and memory. */
import { readdirSync, readFileSync } from 'node:fs';

const readable = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // it has ended
  }
};

/** CPU milliseconds of a process since its start; 0 when it has ended. */
export function cpuOf(pid: number): number {
  return threadsOf(pid)
    .map((thread) => Number(readable(`/proc/${pid}/task/${thread}/schedstat`).split(' ')[0] ?? 0) / 1e6)
    .reduce((sum, milliseconds) => sum + milliseconds, 0);
}

function threadsOf(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

/** Resident memory of a process in MiB. */
export function memoryOf(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+)/m.exec(readable(`/proc/${pid}/status`)) ?? [];
  return Number(kilobytes ?? 0) / 1024;
}

/** Whether CPU time can be read here. */
export const canMeasure = (): boolean => cpuOf(process.pid) > 0;
