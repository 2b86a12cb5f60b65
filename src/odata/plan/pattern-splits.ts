/**
 * How often PostgreSQL looks for the place where one part of a pattern with back references ends and the next begins. It tries all that the automaton lets it, with a
 * part for each reference, each group that one is to, and all that stands between two of them.
 */
import { partsOf } from './pattern-references';
import type { PatternNode } from './pattern-syntax';

/** The least and the most characters that a part may match. */
type Lengths = readonly [least: number, most: number];

/** What is without end counts as the text that it may match. */
const OPEN = 100;

/** The ways to divide a text among the parts of a pattern with back references to these groups. */
export function splitsOf(pattern: PatternNode, held: ReadonlySet<number>): number {
  const isPart = (node: PatternNode): boolean =>
    node.kind === 'reference' ||
    (node.kind === 'group' && node.number !== undefined && held.has(node.number)) ||
    partsOf(node).some(isPart);

  const splits = (node: PatternNode): number => {
    if (node.kind === 'sequence') return inSequence(node.parts);
    if (node.kind === 'reference') return 1;
    if (!partsOf(node).some(isPart)) return numberOf(lengthsOf(node));
    if (node.kind === 'repeat') return repeated(node);
    return partsOf(node).reduce((sum, part) => sum + splits(part), 0);
  };
  /** A group that is repeated holds its last turn, which stands behind the others. Turns that may differ in length are divided in all ways. */
  const repeated = (node: Extract<PatternNode, { kind: 'repeat' }>): number => {
    const { body, most } = node;
    if (most <= 1) return 1 + splits(body);
    const isHeld = body.kind === 'group' && held.has(body.number ?? 0);
    if (isHeld) return numberOf(lengthsOf(node)) * splits(body);
    return lengthOf(body) === undefined ? Infinity : splits(body);
  };
  const inSequence = (nodes: readonly PatternNode[]): number => {
    let [product, between]: [number, Lengths] = [1, [0, 0]];
    for (const node of nodes) {
      if (!isPart(node)) between = sumOf(between, lengthsOf(node));
      else [product, between] = [product * numberOf(between) * splits(node), [0, 0]];
    }
    return product * numberOf(between);
  };
  return held.size === 0 ? 1 : splits(pattern) * (looksFar(pattern) ? OPEN : 1);
}

/** What is seen around a place is not kept for the next time that PostgreSQL comes there, unless it is the next character alone. */
const looksFar = (node: PatternNode): boolean =>
  (node.kind === 'look' && lengthsOf(node.body)[1] > 1) || partsOf(node).some(looksFar);

const numberOf = ([least, most]: Lengths): number => (most === Infinity ? OPEN : most - least + 1);
const sumOf = (one: Lengths, other: Lengths): Lengths => [one[0] + other[0], one[1] + other[1]];
/** Without end times zero is zero. */
const product = (length: number, times: number): number => (length === 0 || times === 0 ? 0 : length * times);

/** Of a part without back references. */
function lengthsOf(node: PatternNode): Lengths {
  if (node.kind === 'set') return [1, 1];
  if (node.kind === 'group') return lengthsOf(node.body);
  if (node.kind === 'sequence') return node.parts.map(lengthsOf).reduce(sumOf, [0, 0]);
  if (node.kind === 'choice') {
    const all = node.branches.map(lengthsOf);
    return [Math.min(...all.map(([least]) => least)), Math.max(...all.map(([, most]) => most))];
  }
  if (node.kind !== 'repeat') return [0, 0];
  const [least, most] = lengthsOf(node.body);
  return [product(least, node.least), product(most, node.most)];
}

/** What a match is as long as, in characters and references; undefined where that may differ. */
function lengthOf(node: PatternNode): string | undefined {
  if (node.kind === 'set') return '.';
  if (node.kind === 'reference') return `\\${node.to}.`;
  if (node.kind === 'group') return lengthOf(node.body);
  if (node.kind === 'assertion' || node.kind === 'look') return '';
  const lengths = partsOf(node).map(lengthOf);
  if (lengths.includes(undefined)) return undefined;
  if (node.kind === 'sequence') return lengths.join('');
  const [first = ''] = lengths;
  if (node.kind === 'choice') return lengths.every((length) => length === first) ? first : undefined;
  if (first === '') return '';
  return node.kind === 'repeat' && node.least === node.most ? `(${first}){${node.least}}` : undefined;
}
