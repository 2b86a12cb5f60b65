/**
 * What a regular expression may cost. PostgreSQL makes an automaton of it, so that nested `*` and `+` do no harm; but it writes out bounded
 * repetitions, which multiply when they are nested, and it has to try every split where a back reference follows several open-ended groups.
 */
import { odataError } from '../error';
import { partsOf } from './pattern-references';
import type { PatternNode } from './pattern-syntax';

/** Pieces of the automaton that a pattern may be written out to. */
export const MAX_SIZE = 2000;
/** Pieces of the end of a word: four look-arounds. */
export const BOUNDARY_SIZE = 20;
/** The most repetitions that PostgreSQL writes out at once. */
export const MAX_TIMES = 255;

/** The error for what costs too much. */
export const tooComplex = (message: string): Error => odataError('PatternTooComplex', { message });

/** PostgreSQL could take seconds or gigabytes for a pattern with back references to these groups. */
export function isCostly(pattern: PatternNode, held: ReadonlySet<number>): boolean {
  const groups = new Map<number, number>();
  const openEnded = new Set<PatternNode>();

  const sizeOf = (node: PatternNode): number => {
    const size = partsOf(node).reduce((sum, part) => sum + sizeOf(part), 0);
    const whole = node.kind === 'repeat' ? size * timesWritten(node) : size + ownSize(node);
    if (node.kind === 'group' && node.number !== undefined) groups.set(node.number, whole);
    const group = node.kind === 'repeat' ? node.body : node;
    if (group.kind === 'group' && held.has(group.number ?? 0) && hasOpenEnd(node)) openEnded.add(group);
    return whole;
  };
  /** A back reference is written out as the group that it is to. */
  const ownSize = (node: PatternNode): number => {
    if (node.kind === 'reference') return groups.get(node.to) ?? 1;
    if (node.kind === 'assertion') return node.text.startsWith('\\') ? BOUNDARY_SIZE : 1;
    return node.kind === 'set' ? 1 : 0;
  };
  return sizeOf(pattern) > MAX_SIZE || openEnded.size > 1;
}

const hasOpenEnd = (node: PatternNode): boolean =>
  (node.kind === 'repeat' && node.most === Infinity) || partsOf(node).some(hasOpenEnd);

const timesWritten = ({ least, most }: Extract<PatternNode, { kind: 'repeat' }>): number =>
  Math.max(1, most === Infinity ? least : most);

/** Repetitions one behind the other that are those of a quantifier. */
export function repetitions(least: number, most: number): readonly (readonly [least: number, most: number])[] {
  const parts: [number, number][] = [];
  let [from, to] = [least, most];
  while (from > MAX_TIMES || (to !== Infinity && to > MAX_TIMES)) {
    const part: [number, number] = [Math.min(from, MAX_TIMES), to === Infinity ? MAX_TIMES : Math.min(to, MAX_TIMES)];
    parts.push(part);
    [from, to] = [from - part[0], to - part[1]];
  }
  return [...parts, [from, to]];
}
