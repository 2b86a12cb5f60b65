/** An ECMAScript pattern as PostgreSQL's advanced regular expression: the two differ in more than they look. URL Conventions §5.1.1.7.1 */
import { odataError } from '../error';
import type { Bindings } from '../sql';
import { boundaries, writtenSet } from './character-set';
import { isCostly, repetitions, tooComplex } from './pattern-cost';
import { heldGroups, mayBeEmpty } from './pattern-references';
import { parsePattern, type PatternNode } from './pattern-syntax';
import { charactersWith } from './unicode';

/** Properties of Unicode are hundreds of ranges: characters of a pattern written out. */
const MAX_LENGTH = 500_000;

const known = new WeakMap<object, Map<string, string | undefined>>();

/**
 * The pattern for PostgreSQL's `~`; undefined where that cannot say it, or not without great cost. Throws when it is no valid pattern, or too long. It is
 * translated once for a request, told by its literals: it may have the pattern in many places, and is bound when it has been planned.
 */
export function translated(request: Bindings['literals'], pattern: string, maxLength: number): string | undefined {
  const patterns = known.get(request) ?? new Map<string, string | undefined>();
  known.set(request, patterns);
  const written = patterns.has(pattern) ? patterns.get(pattern) : regularExpression(pattern, maxLength);
  patterns.set(pattern, written);
  return written;
}

function regularExpression(pattern: string, maxLength: number): string | undefined {
  if (Array.from(pattern).length > maxLength)
    throw tooComplex(`A pattern must not be longer than ${maxLength} characters.`);
  try {
    check(pattern);
  } catch (error) {
    throw odataError('InvalidValue', { message: `'${pattern}' is not a valid regular expression.` }, { cause: error });
  }
  const tree = parsePattern(pattern);
  const held = heldGroups(tree);
  if (!held || isCostly(tree, held)) return undefined;
  const written = `(?:${writer(held)(tree)})`;
  if (written.length > MAX_LENGTH) return undefined;
  // Searching with back references, PostgreSQL overlooks the empty text at the end; matching from the beginning it does not.
  return held.size > 0 && mayBeEmpty(tree) ? `^.*?${written}` : written;
}

/** Throws for what is no pattern. Properties of Unicode, of which JavaScript makes sets each time, are known to be some: `\d` stands wherever they may stand. */
function check(pattern: string): void {
  const known = pattern.replace(/\\(?:[pP]\{([^}]*)\}|[^])/gu, (escape: string, property: string | undefined) => {
    if (property !== undefined) charactersWith(property);
    return property === undefined ? escape : '\\d';
  });
  new RegExp(known, 'u');
}

/** Whether there is a match does not depend on which one is found first, so that lazy quantifiers are like others. Groups capture only what references are to. */
function writer(held: ReadonlySet<number>): (node: PatternNode) => string {
  const numbers = [...held];
  const isHeld = (node: PatternNode): boolean => node.kind === 'group' && held.has(node.number ?? 0);
  const repeat = (body: PatternNode, least: number, most: number): string => {
    if (most === 0) return '';
    // A group holds its last turn.
    if (isHeld(body) && body.kind === 'group' && most > 1)
      return repeat({ ...body, number: undefined }, least - 1, most - 1) + write(body);
    return repetitions(least, most)
      .map((each) => write(body, quantifier(each)))
      .join('');
  };
  const write = (node: PatternNode, times = ''): string => {
    switch (node.kind) {
      case 'set':
        return `${writtenSet(node.set)}${times}`;
      case 'assertion':
        return boundaries[node.text] ?? node.text;
      case 'look':
        return `${node.opening}${write(node.body)})`;
      case 'group':
        return isHeld(node)
          ? `(${times === '' ? write(node.body) : `(?:${write(node.body)})${times}`})`
          : `(?:${write(node.body)})${times}`;
      case 'reference':
        // PostgreSQL wants the quantifier at the reference itself.
        return `(?:\\${numbers.indexOf(node.to) + 1}${times})`;
      case 'repeat':
        return repeat(node.body, node.least, node.most);
      case 'choice':
        return node.branches.map((branch) => write(branch)).join('|');
      case 'sequence':
        // No text is made of the pieces where they are too long together.
        return node.parts.reduce((before, part) => before + write(part), '');
    }
  };
  return write;
}

function quantifier([least, most]: readonly [number, number]): string {
  if (most === Infinity) return least === 0 ? '*' : least === 1 ? '+' : `{${least},}`;
  if (least === most) return least === 1 ? '' : `{${least}}`;
  return least === 0 && most === 1 ? '?' : `{${least},${most}}`;
}
