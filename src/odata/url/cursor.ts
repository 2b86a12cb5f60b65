/** A position in one text of the request, what was expected there, and the limits. Every parser of this folder works on one. */
import { odataError } from '../error';
import type { Expression, Place, SourceName } from './ast';
import { habitAt } from './habits';

/** What a request may ask of the parser; more is answered with a code of its own, never with an exhausted stack. */
export interface Limits {
  /** Characters of one option or path segment. */
  readonly length: number;
  /** How deep parentheses, lambdas, nested options and operators may be nested. */
  readonly depth: number;
  /** Nodes of the Ast of one text. */
  readonly nodes: number;
}

/** The limits when none are given. */
export const defaultLimits: Limits = { length: 65_536, depth: 100, nodes: 10_000 };

const space = 0x20;
const tab = 0x09;
const isSpace = (code: number): boolean => code === space || code === tab;

/** Reads a text from left to right and remembers the furthest failure for the message. */
export class Cursor {
  position = 0;
  /** How often something was looked for: what tests count instead of time. */
  steps = 0;
  #depth = 0;
  #nodes = 0;
  #furthest = 0;
  #expected: string[] = [];

  constructor(
    readonly text: string,
    readonly source: SourceName,
    readonly limits: Limits = defaultLimits,
  ) {
    if (text.length > limits.length)
      throw this.exceeded('TextTooLong', `${source} is longer than ${limits.length} characters.`, limits.length);
  }

  /** The place of a node that starts here, or at an earlier position. Counts the node. */
  place(at = this.position): Place {
    if (++this.#nodes > this.limits.nodes)
      throw this.exceeded('TooManyParts', `${this.source} has more than ${this.limits.nodes} parts.`);
    return { source: this.source, at };
  }

  /** A member of a list, which has a limit of its own: literals in it are no nodes beside it. */
  member<T extends Pick<Expression, 'kind'> | undefined>(item: T): T {
    if (item?.kind === 'literal' || item?.kind === 'null') this.#nodes--;
    return item;
  }

  /** The code of the character here, NaN at the end. */
  code(): number {
    return this.text.charCodeAt(this.position);
  }

  /** Whether a character stands here. */
  isAt(character: string): boolean {
    return this.text.charAt(this.position) === character;
  }

  /** Whether the text ends here. */
  get atEnd(): boolean {
    return this.position >= this.text.length;
  }

  /** Goes over a text if it stands here. */
  take(text: string): boolean {
    this.steps++;
    if (this.text.startsWith(text, this.position)) {
      this.position += text.length;
      return true;
    }
    this.note(text);
    return false;
  }

  /** Goes over a text that must stand here. */
  expect(text: string): void {
    if (!this.take(text)) throw this.failure();
  }

  /** Goes over what a sticky pattern matches here and returns it. */
  match(pattern: RegExp): string | undefined {
    return this.matchGroups(pattern)?.[0];
  }

  /** The same, with the groups of the pattern. */
  matchGroups(pattern: RegExp): RegExpExecArray | undefined {
    this.steps++;
    pattern.lastIndex = this.position;
    const match = pattern.exec(this.text);
    if (!match) return undefined;
    this.position = pattern.lastIndex;
    return match;
  }

  /** Whether a sticky pattern matches here. */
  sees(pattern: RegExp): boolean {
    this.steps++;
    pattern.lastIndex = this.position;
    return pattern.test(this.text);
  }

  /** BWS = *( SP / HTAB ); true when there was any. */
  skipSpace(): boolean {
    const start = this.position;
    while (isSpace(this.code())) this.position++;
    return this.position > start;
  }

  /** BWS COMMA BWS: false, and back where it was, when no comma follows. */
  takeComma(): boolean {
    const start = this.position;
    this.skipSpace();
    if (this.take(',')) {
      this.skipSpace();
      return true;
    }
    this.position = start;
    return false;
  }

  /** RWS word RWS, the word in any case: false, and back where it was, when it does not follow. */
  takeKeyword(word: string): boolean {
    const start = this.position;
    const spaced = this.skipSpace();
    const end = this.position + word.length;
    if (spaced && this.text.slice(this.position, end).toLowerCase() === word && isSpace(this.text.charCodeAt(end))) {
      this.position = end;
      return this.skipSpace();
    }
    this.note(`'${word}'`);
    this.position = start;
    return false;
  }

  /** BWS CLOSE */
  close(): void {
    this.skipSpace();
    this.expect(')');
  }

  /** Remembers what could have stood here. */
  note(what: string): void {
    if (this.position < this.#furthest) return;
    if (this.position > this.#furthest) {
      this.#furthest = this.position;
      this.#expected = [];
    }
    this.#expected.push(what);
  }

  /** The error that nothing fits; tells the furthest position that was reached. */
  failure(what?: string): Error {
    if (what !== undefined) this.note(what);
    const { source } = this;
    const position = this.#furthest;
    const message = `Expected ${listed(this.#expected)}, but found ${found(this.text, position)}.${habitAt(this.text, position, this.#expected)}`;
    return odataError('SyntaxError', { message }, { target: source, position });
  }

  /** An error whose sentence is known, with or without its end. */
  error(message: string, position = this.position): Error {
    const sentence = /[.?]$/.test(message) ? message : `${message}.`;
    return odataError('SyntaxError', { message: sentence }, { target: this.source, position });
  }

  /** The text must end here; trailing white space is forgiven. */
  end(): void {
    this.skipSpace();
    if (this.atEnd) return;
    throw this.failure('the end');
  }

  /** One level deeper. */
  enter(): void {
    this.deepen(++this.#depth);
  }

  /** One level up again. */
  leave(): void {
    this.#depth--;
  }

  /** Fails when a tree of this height would be too deep here. */
  allowHeight(height: number): void {
    this.deepen(this.#depth + height);
  }

  private deepen(depth: number): void {
    if (depth > this.limits.depth)
      throw this.exceeded('NestedTooDeeply', `${this.source} is nested more than ${this.limits.depth} levels deep.`);
  }

  private exceeded(
    code: 'TextTooLong' | 'TooManyParts' | 'NestedTooDeeply',
    message: string,
    position = this.position,
  ): Error {
    return odataError(code, { message }, { target: this.source, position });
  }
}

/** Parses a whole text with one parser. */
export function parseAll<T>(
  text: string,
  source: SourceName,
  parse: (cursor: Cursor) => T,
  limits: Limits = defaultLimits,
): T {
  const cursor = new Cursor(text, source, limits);
  const result = parse(cursor);
  cursor.end();
  return result;
}

function found(text: string, position: number): string {
  if (position >= text.length) return 'the end';
  const word = /^(?:[\w.$@\u0080-\uffff:-]{1,40}|[^]{1})/.exec(text.slice(position, position + 40));
  return `'${word?.[0] ?? text.charAt(position)}'`;
}

function listed(expected: readonly string[]): string {
  const different = [...new Set(expected)].map((what) => (/^\W+$|^\$/.test(what) ? `'${what}'` : what));
  const last = different.pop() ?? 'something else';
  return different.length > 0 ? `${different.join(', ')} or ${last}` : last;
}
