/**
 * What a regular expression may cost. PostgreSQL makes an automaton of it, so that nested `*` and `+` do no harm; but it writes out bounded
 * repetitions, which multiply when they are nested, and it has to try every split where a back reference follows several open-ended groups.
 */
import { odataError } from '../error';
import { partsOf } from './pattern-references';
import type { PatternNode, Reference } from './pattern-syntax';

/** Pieces of the automaton that a pattern may be written out to. */
export const MAX_SIZE = 2000;
/** Pieces of the end of a word: four look-arounds. */
export const BOUNDARY_SIZE = 20;
/** The most repetitions that PostgreSQL writes out at once. */
export const MAX_TIMES = 255;

/** The error for what costs too much. */
export const tooComplex = (message: string): Error => odataError('PatternTooComplex', { message });

/** Refuses a pattern that PostgreSQL could take seconds or gigabytes for. */
export function checkPatternCost(pattern: PatternNode, references: readonly Reference[]): void {
  const held = new Set(references.map(({ to }) => to));
  const groups = new Map<number, number>();
  let openEnded = 0;

  const sizeOf = (node: PatternNode, isRepeated: boolean): number => {
    const isOpenEnded = node.kind === 'repeat' && node.most === Infinity;
    const within = isRepeated || isOpenEnded;
    const size = partsOf(node).reduce((sum, part) => sum + sizeOf(part, within), 0);
    const whole = node.kind === 'repeat' ? size * timesWritten(node) : size + ownSize(node);
    if (whole > MAX_SIZE) throw tooComplex(`The repetitions of a pattern must not add up to more than ${MAX_SIZE}.`);
    if (node.kind === 'group' && node.number !== undefined) {
      groups.set(node.number, whole);
      if (held.has(node.number) && (isRepeated || hasOpenEnd(node))) openEnded += 1;
    }
    return whole;
  };
  /** A back reference is written out as the group that it is to. */
  const ownSize = (node: PatternNode): number => {
    if (node.kind === 'reference') return groups.get(node.to) ?? 1;
    if (node.kind === 'assertion') return node.text.startsWith('\\') ? BOUNDARY_SIZE : 1;
    return node.kind === 'set' ? 1 : 0;
  };

  sizeOf(pattern, false);
  if (openEnded > 1)
    throw tooComplex('A pattern must not have back references to more than one group with, or within, *, + or {n,}.');
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
