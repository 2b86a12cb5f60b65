/** Sets of characters, as regular expressions of ECMAScript name them and PostgreSQL writes them. Neither depends on a language. */

/** Code points, in order, without gaps and touching ends. */
export type CharacterSet = readonly (readonly [first: number, last: number])[];

const LAST = 0x10ffff;

/** The set of the ranges, which may overlap and come in any order. */
export function setOf(ranges: CharacterSet): CharacterSet {
  const found: [number, number][] = [];
  for (const [first, last] of [...ranges].sort(([one], [other]) => one - other)) {
    const before = found.at(-1);
    if (before && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else found.push([first, last]);
  }
  return found;
}

/** All other characters. */
export function complement(set: CharacterSet): CharacterSet {
  const ends = [-1, ...set.flat(), LAST + 1];
  const gaps: [number, number][] = [];
  for (let index = 0; index < ends.length; index += 2) {
    const [before = 0, behind = 0] = ends.slice(index, index + 2);
    if (before + 1 < behind) gaps.push([before + 1, behind - 1]);
  }
  return gaps;
}

const one = (...points: readonly number[]): CharacterSet => points.map((point) => [point, point]);

const digits: CharacterSet = [[0x30, 0x39]];
const word = setOf([...digits, [0x41, 0x5a], [0x5f, 0x5f], [0x61, 0x7a]]);
const space = setOf([
  [9, 13],
  [0x2000, 0x200a],
  ...one(0x20, 0xa0, 0x1680, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000, 0xfeff),
]);

/** The sets that have an escape, by its letter. ECMAScript: CharacterClassEscape */
export const namedSets: Readonly<Record<string, CharacterSet>> = {
  d: digits,
  D: complement(digits),
  w: word,
  W: complement(word),
  s: space,
  S: complement(space),
};

/** What `.` stands for: all but ends of lines. */
export const notLineEnd = complement(setOf(one(10, 13, 0x2028, 0x2029)));

/** The characters that have an escape of their own, by what is behind the backslash. ECMAScript: ControlEscape, CharacterEscape */
export const controls: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13, '0': 0 };

/** The characters that a backslash takes the meaning from; within a class `-` is one, too. ECMAScript: IdentityEscape */
export const SYNTAX = '^$\\.*+?()[]{}|/';

/** A character as PostgreSQL reads it anywhere in a pattern. */
export function writtenCharacter(point: number): string {
  const text = String.fromCodePoint(point);
  return /^[A-Za-z0-9]$/.test(text) ? text : `\\U${point.toString(16).padStart(8, '0')}`;
}

/** What of a set stands between the brackets. */
export const writtenMembers = (set: CharacterSet): string =>
  set.map(([first, last]) => writtenCharacter(first) + (first === last ? '' : `-${writtenCharacter(last)}`)).join('');

const written = new WeakMap<CharacterSet, string>();

/** One character of the set. */
export function writtenSet(set: CharacterSet): string {
  const known = written.get(set);
  if (known !== undefined) return known;
  const text = madeOf(set);
  written.set(set, text);
  return text;
}

function madeOf(set: CharacterSet): string {
  const [[first, last] = [0, -1]] = set;
  if (set.length === 0) return NONE;
  if (set.length === 1 && first === last) return writtenCharacter(first);
  // The others are fewer than these only where both ends are in the set.
  const others = set[0]?.[0] === 0 && set.at(-1)?.[1] === LAST ? complement(set) : undefined;
  if (others?.length === 0) return '.';
  return others ? `[^${writtenMembers(others)}]` : `[${writtenMembers(set)}]`;
}

/** Nothing matches it. */
const NONE = '(?:(?!))';

const inWord = `[${writtenMembers(word)}]`;
const atEnd = `(?:(?<=${inWord})(?!${inWord})|(?<!${inWord})(?=${inWord}))`;
const elsewhere = `(?:(?<=${inWord})(?=${inWord})|(?<!${inWord})(?!${inWord}))`;
/** Between a character of a word and none, and elsewhere. PostgreSQL's own take letters of all languages. ECMAScript: Assertion */
export const boundaries: Readonly<Record<string, string>> = { '\\b': atEnd, '\\B': elsewhere };
/** The same in a form that is slower to match, but gives PostgreSQL nothing to choose from. */
export const plainBoundaries: Readonly<Record<string, string>> = {
  '\\b': `(?!${elsewhere})`,
  '\\B': `(?!${atEnd})`,
};

const BLOCK = 0x800;
type Blocks = readonly (readonly [first: number, text: string])[];

/** All characters but halves of them, which are in no text, in texts of some: forgotten when nobody asks, because they are some megabytes. */
let known: WeakRef<Blocks> | undefined;

function allCharacters(): Blocks {
  const found = known?.deref();
  if (found) return found;
  const blocks = Array.from({ length: (LAST + 1) / BLOCK }, (_, index) => index * BLOCK)
    .filter((first) => first < 0xd800 || first > 0xdfff)
    .map((first) => [first, blockOf(first)] as const);
  known = new WeakRef(blocks);
  return blocks;
}

function blockOf(first: number): string {
  let text = '';
  for (let point = first; point < first + BLOCK; point += 1) text += String.fromCodePoint(point);
  return text;
}

/** The characters with a property of Unicode, which are looked for among all. Throws a SyntaxError for what is no property. */
export function charactersFound(property: string): CharacterSet {
  const runs = new RegExp(`\\p{${property}}+|\\P{${property}}+`, 'gu');
  const begins = new RegExp(`^\\p{${property}}`, 'u');
  const found: [number, number][] = [];
  for (const [first, block] of allCharacters()) {
    const width = first > 0xffff ? 2 : 1;
    let isFound = begins.test(block);
    for (const { index, 0: run } of block.matchAll(runs)) {
      if (isFound) found.push([first + index / width, first + (index + run.length) / width - 1]);
      isFound = !isFound;
    }
  }
  return setOf(found);
}
