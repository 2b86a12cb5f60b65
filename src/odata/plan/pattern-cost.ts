/**
 * What a regular expression may cost. PostgreSQL makes an automaton of it, so that nested `*` and `+` do no harm; but it writes out bounded repetitions, and every
 * way from a character to the next is an arc: what may be left out in between multiplies them, and assertions that stand there do.
 */
import { odataError } from '../error';
import { writtenSet } from './character-set';
import { partsOf } from './pattern-references';
import { splitsOf } from './pattern-splits';
import type { PatternNode } from './pattern-syntax';

/** Arcs that an automaton may have: PostgreSQL makes so many in a fraction of a second. No limit of what clients may ask for: what has more goes step by step. */
export const MAX_ARCS = 30_000;
/** Ways to divide a text among the parts of a pattern with back references. */
const MAX_SPLITS = 20_000;
/** Copies of a part that is repeated, and those that PostgreSQL writes out at once. */
const MAX_COPIES = 2000;
export const MAX_TIMES = 255;

/** The error for what costs too much. */
export const tooComplex = (message: string): Error => odataError('PatternTooComplex', { message });

/** PostgreSQL could take seconds or gigabytes for a pattern with back references to these groups. */
export function isCostly(pattern: PatternNode, held: ReadonlySet<number>): boolean {
  return isLong(pattern) || arcsOf(pattern) > MAX_ARCS || splitsOf(pattern, held) > MAX_SPLITS;
}

/** The arcs of the automaton, with those to its beginning and from its end. */
function arcsOf(pattern: PatternNode): number {
  const { arcs, first, last, past } = new Measure(pattern).of(pattern);
  return arcs + first + last + past;
}

const isLong = (node: PatternNode): boolean =>
  (node.kind === 'repeat' && (node.most === Infinity ? node.least : node.most) > MAX_COPIES) ||
  partsOf(node).some(isLong);

/** The automaton of a part. An arc is counted once for each sort of characters that it may be for. */
interface Size {
  readonly arcs: number;
  /** Arcs that lead to its first characters, and characters that arcs lead from. */
  readonly first: number;
  readonly last: number;
  /** Ways past it without a character, but by an assertion, and whether one needs nothing at all. */
  readonly past: number;
  readonly empty: 0 | 1;
}

const nothing: Size = { arcs: 0, first: 0, last: 0, past: 0, empty: 1 };

/** Ways past assertions that may meet in one place: each is made of many arcs until PostgreSQL has thought it through. */
const MAX_PAST = 1000;

/** More than too many is no worse. */
const limited = ({ arcs, first, last, past, empty }: Size): Size => ({
  arcs: past > MAX_PAST ? 1e9 : Math.min(arcs, 1e9),
  first: Math.min(first, 1e9),
  last: Math.min(last, 1e9),
  past: Math.min(past, 1e9),
  empty,
});

const eitherOf = (one: Size, other: Size): Size => ({
  arcs: one.arcs + other.arcs,
  first: one.first + other.first,
  last: one.last + other.last,
  past: one.past + other.past,
  empty: one.empty === 1 ? 1 : other.empty,
});

function inSequence(one: Size, other: Size): Size {
  const [pastOne, pastOther] = [one.past + one.empty, other.past + other.empty];
  const empty = one.empty === 1 ? other.empty : 0;
  return limited({
    arcs: one.arcs + other.arcs + one.last * other.first,
    first: one.first + pastOne * other.first,
    last: other.last + pastOther * one.last,
    past: pastOne * pastOther - empty,
    empty,
  });
}

/** Any number of turns, at least one. Those that are passed by assertions go on in all combinations of these. */
function turns(size: Size): Size {
  const ways = 2 ** size.past;
  const [first, last] = [size.first * ways, size.last * ways];
  return limited({ ...size, first, last, past: ways - 1, arcs: size.arcs + size.last * first });
}

class Measure {
  /** The more sets there are, the more sorts of characters does PostgreSQL tell in each. */
  private readonly sorts: number;
  private readonly groups = new Map<number, Size>();

  constructor(pattern: PatternNode) {
    this.sorts = setsIn(pattern).size;
  }

  of(node: PatternNode): Size {
    switch (node.kind) {
      case 'set':
        return { ...nothing, empty: 0, first: isOneCharacter(node) ? 1 : this.sorts, last: 1 };
      case 'assertion':
        return { ...nothing, empty: 0, past: node.text.startsWith('\\') ? 2 : 1 };
      case 'look':
        return this.look(this.of(node.body));
      case 'group':
        return this.group(node.number, this.of(node.body));
      case 'reference':
        return this.groups.get(node.to) ?? nothing;
      case 'choice':
        return node.branches.map((branch) => this.of(branch)).reduce(eitherOf);
      case 'sequence':
        return node.parts.map((part) => this.of(part)).reduce(inSequence, nothing);
      case 'repeat':
        return repeated(this.of(node.body), repetitions(node.least, node.most));
    }
  }

  /** It has an automaton of its own. */
  private look({ arcs, first, last, past }: Size): Size {
    return { ...nothing, empty: 0, past: 1, arcs: arcs + first + last + past };
  }

  /** A back reference is written out as the group that it is to. */
  private group(number: number | undefined, size: Size): Size {
    if (number !== undefined) this.groups.set(number, size);
    return size;
  }
}

type SetNode = Extract<PatternNode, { kind: 'set' }>;

/** The sets of a pattern as they are written. */
function setsIn(node: PatternNode, found = new Set<string>()): ReadonlySet<string> {
  if (node.kind === 'set') found.add(writtenSet(node.set));
  else for (const part of partsOf(node)) setsIn(part, found);
  return found;
}
const isOneCharacter = ({ set: [range, ...others] }: SetNode): boolean =>
  others.length === 0 && range?.[0] === range?.[1];

/** A turn that may be left out is within the one before it. */
function repeated(size: Size, parts: ReturnType<typeof repetitions>): Size {
  const copies = (count: number, last: Size): Size =>
    Array.from({ length: count }).reduce<Size>((whole) => inSequence(size, whole), last);
  const upTo = (count: number): Size =>
    Array.from({ length: count }).reduce<Size>((whole) => eitherOf(nothing, inSequence(size, whole)), nothing);
  return parts
    .map(([least, most]) => {
      if (most < Infinity) return copies(least, upTo(most - least));
      return least === 0 ? eitherOf(nothing, turns(size)) : copies(least - 1, turns(size));
    })
    .reduce(inSequence, nothing);
}

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
