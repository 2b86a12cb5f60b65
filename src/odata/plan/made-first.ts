/** Rows that are made first, and once, because more than one query speaks of them: written out, they would double each time. */
import { speaksOf } from './mentions';
import type { Bound } from './plan';
import { once, type Rows } from './rows';

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

function spokenIn(rows: Extract<Rows, { kind: 'filter' | 'cut' | 'share' }>): readonly (Bound | undefined)[] {
  if (rows.kind === 'filter') return [rows.condition];
  const ordered = [...rows.parts, ...rows.order.map(({ expression }) => expression)];
  return rows.kind === 'cut' ? [...ordered, rows.skip, rows.top] : [...ordered, rows.by, rows.amount];
}
