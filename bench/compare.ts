/** Whether two answers say the same, however they are written. */
import { isDeepStrictEqual } from 'node:util';
import { ROOT } from './names';

const moment = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)$/;
/** What each server may choose for itself. */
const own = new Set(['@odata.nextLink']);

/** The value of an answer: times as instants, the service root by one name, links to the next page left out. */
export function meaning(body: string, root: string, ignored: readonly string[] = []): unknown {
  return JSON.parse(body.replaceAll(root, ROOT), (name, value: unknown) => {
    if (own.has(name) || ignored.includes(name)) return undefined;
    return typeof value === 'string' && moment.test(value) ? new Date(value).toISOString() : value;
  });
}

/** Where two values differ first; undefined when they are equal. */
export function firstDifference(left: unknown, right: unknown, path = ''): string | undefined {
  if (isDeepStrictEqual(left, right)) return undefined;
  if (isRecord(left) && isRecord(right)) {
    for (const name of new Set([...Object.keys(left), ...Object.keys(right)])) {
      const found = firstDifference(left[name], right[name], `${path}/${name}`);
      if (found !== undefined) return found;
    }
  }
  return `${path}: ${JSON.stringify(left)} is not ${JSON.stringify(right)}`.slice(0, 500);
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
