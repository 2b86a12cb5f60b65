/**
 * Rows that are made first, and once, because more than one query speaks of them: written out, they would double each time. And those that are made
 * whatever becomes of them, because the request is refused for what they are.
 */
import { speaksOf } from './mentions';
import type { Bound } from './plan';
import { inputOf, once, type Rows } from './rows';

/** Whether rows cost more than being read once more. */
export const isMade: (rows: Rows) => boolean = once((rows) => {
  if (rows.kind === 'base' || rows.kind === 'cross') return false;
  return rows.kind !== 'filter' || isMade(rows.input) || speaksOf(rows.condition, rows.input);
});

/** What rows are made of, where that is made first, and once: it is asked for more than once, and costs more than being read once more. */
export function madeFirst(rows: Rows): Rows | undefined {
  if (rows.kind === 'union' || (rows.kind === 'placed' && rows.places.kind === 'levels'))
    return isMade(rows.input) ? rows.input : undefined;
  if (rows.kind !== 'filter' && rows.kind !== 'cut' && rows.kind !== 'share') return undefined;
  const { input } = rows;
  const speaks = (bound: Bound | undefined): boolean => bound !== undefined && speaksOf(bound, input);
  return isMade(input) && spokenIn(rows).some(speaks) ? input : undefined;
}

/**
 * All that rows are made of and for which a request may be refused, and what that is made of together: PostgreSQL leaves out what it does not need for
 * the answer, the standard does not. Data Aggregation §3.2.1.1, §3.2.3.1
 */
export const madeAnyway: (rows: Rows) => readonly Rows[] = once((rows) => {
  switch (rows.kind) {
    case 'agreed':
      return rows.apart ? madeAnyway(rows.input) : [...madeAnyway(rows.input), rows];
    case 'group': {
      const below = rows.branches.flatMap((branch) => madeAnyway(branch.rows));
      return [...new Set(below), ...(rows.branches.some(({ alike }) => alike) ? [rows] : [])];
    }
    case 'union': {
      const below = rows.branches.flatMap((branch) => madeAnyway(branch.rows));
      const first = below.length > 0 ? madeFirst(rows) : undefined;
      return [...new Set([...madeAnyway(rows.input), ...(first ? [first] : []), ...below])];
    }
    case 'join':
      return [...madeAnyway(rows.input), ...(madeAnyway(rows.rows).length > 0 ? [rows] : [])];
    default: {
      const input = inputOf(rows);
      return input ? madeAnyway(input) : [];
    }
  }
});

function spokenIn(rows: Extract<Rows, { kind: 'filter' | 'cut' | 'share' }>): readonly (Bound | undefined)[] {
  if (rows.kind === 'filter') return [rows.condition];
  const ordered = [...rows.parts, ...rows.order.map(({ expression }) => expression)];
  return rows.kind === 'cut' ? [...ordered, rows.skip, rows.top] : [...ordered, rows.by, rows.amount];
}
