/** A regular expression of ECMAScript (flag `u`) as a tree. ECMAScript: Pattern */
import { odataError } from '../error';
import { classAtoms, patternTokens, timesOf } from '../model/pattern-tokens';
import { complement, controls, namedSets, notLineEnd, setOf, type CharacterSet } from './character-set';
import { charactersWith } from './unicode';

/** A part of a pattern. Groups are numbered as in the pattern, from 1; one without a number captures nothing. */
export type PatternNode =
  | { readonly kind: 'set'; readonly set: CharacterSet }
  | { readonly kind: 'assertion'; readonly text: string }
  | { readonly kind: 'look'; readonly opening: string; readonly body: PatternNode }
  | { readonly kind: 'group'; readonly number: number | undefined; readonly body: PatternNode }
  | { readonly kind: 'reference'; readonly text: string; readonly to: number }
  | { readonly kind: 'repeat'; readonly body: PatternNode; readonly least: number; readonly most: number }
  | { readonly kind: 'choice'; readonly branches: readonly PatternNode[] }
  | { readonly kind: 'sequence'; readonly parts: readonly PatternNode[] };

/** The error for what only versions of the language have that are not offered. */
const notOffered = (text: string): Error =>
  odataError('NotImplemented', { message: `'${text}' in a regular expression is not offered by this service yet.` });

/** The tree of a valid pattern. Throws for what only other versions of the language have. */
export const parsePattern = (pattern: string): PatternNode => new Parser(patternTokens(pattern)).disjunction();

/** Escapes in a name stand for their characters. */
const nameIn = (token: string): string | undefined =>
  /<([^=!>][^>]*)>$/
    .exec(token)?.[1]
    ?.replace(/\\u(?:\{.+?\}|.{4}(?:\\u.{4})?)/g, (text) => String.fromCodePoint(...escapedIn(text)));
const escapedIn = (text: string): readonly number[] => classAtoms(text).map(characterOf);

/** A class is one token, however it begins. */
const isCapture = (token: string): boolean => token === '(' || (token.startsWith('(') && nameIn(token) !== undefined);

class Parser {
  private at = 0;
  private groups = 0;
  private readonly names: readonly (string | undefined)[];

  constructor(private readonly tokens: readonly string[]) {
    this.names = tokens.filter(isCapture).map(nameIn);
  }

  /** Disjunction :: Alternative | Alternative `|` Disjunction */
  disjunction(): PatternNode {
    const first = this.alternative();
    const branches = [first];
    while (this.tokens[this.at] === '|') {
      this.at += 1;
      branches.push(this.alternative());
    }
    return branches.length === 1 ? first : { kind: 'choice', branches };
  }

  /** Alternative :: Term* */
  private alternative(): PatternNode {
    const parts: PatternNode[] = [];
    for (;;) {
      const token = this.tokens[this.at];
      if (token === undefined || token === '|' || token === ')') return { kind: 'sequence', parts };
      this.at += 1;
      const body = this.atom(token);
      const times = timesOf(this.tokens[this.at] ?? '');
      if (times) this.at += 1;
      parts.push(times ? { kind: 'repeat', body, least: times[0], most: times[1] } : body);
    }
  }

  private atom(token: string): PatternNode {
    if (token.startsWith('(')) return this.group(token);
    if (['^', '$', '\\b', '\\B'].includes(token)) return { kind: 'assertion', text: token };
    if (/^\\[1-9]/.test(token)) return { kind: 'reference', text: token, to: Number(token.slice(1)) };
    if (token.startsWith('\\k')) return { kind: 'reference', text: token, to: this.groupNamed(token) };
    if (token.startsWith('[') && token.length > 1) return { kind: 'set', set: classOf(token) };
    return { kind: 'set', set: token === '.' ? notLineEnd : atomOf(token) };
  }

  private group(opening: string): PatternNode {
    const isOfOtherVersion = /^\(\?[a-z-]/.test(opening);
    if (isOfOtherVersion) throw notOffered(opening);
    if (isCapture(opening)) this.groups += 1;
    const number = isCapture(opening) ? this.groups : undefined;
    const body = this.disjunction();
    this.at += 1;
    return isCapture(opening) || opening === '(?:' ? { kind: 'group', number, body } : { kind: 'look', opening, body };
  }

  private groupNamed(token: string): number {
    const number = this.names.indexOf(nameIn(token));
    const isOnlyOne = number >= 0 && this.names.lastIndexOf(nameIn(token)) === number;
    if (!isOnlyOne) throw notOffered(token);
    return number + 1;
  }
}

/** ClassContents: atoms, and ranges of them */
function classOf(token: string): CharacterSet {
  const isNegated = token.startsWith('[^');
  const items = classAtoms(token.slice(isNegated ? 2 : 1, -1));
  const ranges: (readonly [number, number])[] = [];
  for (let index = 0; index < items.length; index += 1) {
    const [first, end] = [items[index] ?? '', items[index + 2]];
    const set = atomOf(first, true);
    if (items[index + 1] !== '-' || end === undefined) ranges.push(...set);
    else {
      ranges.push([pointOf(set), pointOf(atomOf(end, true))]);
      index += 2;
    }
  }
  const set = setOf(ranges);
  return isNegated ? complement(set) : set;
}

const pointOf = ([range]: CharacterSet): number => range?.[0] ?? 0;

/** The characters that one character, or an escape, stands for. ECMAScript: AtomEscape, ClassEscape */
function atomOf(token: string, isInClass = false): CharacterSet {
  if (token.startsWith('\\')) return escapeOf(token, isInClass);
  const point = token.codePointAt(0) ?? 0;
  return [[point, point]];
}

function escapeOf(token: string, isInClass: boolean): CharacterSet {
  const [, negation, property] = /^\\([pP])\{(.*)\}$/.exec(token) ?? [];
  if (property !== undefined) return negation === 'p' ? charactersWith(property) : complement(charactersWith(property));
  const escape = token.slice(1);
  const named = namedSets[escape];
  if (named) return named;
  const point = isInClass && escape === 'b' ? 8 : (controls[escape] ?? characterOf(token));
  return [[point, point]];
}

function characterOf(token: string): number {
  const [, control, point, unit, second] =
    /^\\(?:c(.)|u\{(.*)\}|[ux]([\da-f]{2,4})(?:\\u([\da-f]{4}))?)$/i.exec(token) ?? [];
  if (control !== undefined) return control.charCodeAt(0) & 31;
  if (point !== undefined) return parseInt(point, 16);
  const units = [unit, second].flatMap((text) => (text === undefined ? [] : [parseInt(text, 16)]));
  const text = units.length > 0 ? String.fromCharCode(...units) : token.replace(/^\\(?=.)/su, '');
  return text.codePointAt(0) ?? 0;
}
