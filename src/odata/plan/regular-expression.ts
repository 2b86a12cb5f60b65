/** An ECMAScript pattern as PostgreSQL's advanced regular expression: the two differ in more than they look. URL Conventions §5.1.1.7.1 */
import { odataError } from '../error';
import { boundaries, writtenSet, type CharacterSet } from './character-set';
import { checkPatternCost, MAX_SIZE, repetitions, tooComplex } from './pattern-cost';
import { backReferences, groupsIn, holds, mayBeEmpty, withoutLastLook } from './pattern-references';
import { notOffered, parsePattern, type PatternNode, type Reference } from './pattern-syntax';

type Group = Extract<PatternNode, { kind: 'group' }>;
type Repeat = Extract<PatternNode, { kind: 'repeat' }>;

/** Where a group ends of which the parts are held one by one. */
interface End {
  readonly kind: 'end';
  readonly number: number;
  readonly body: PatternNode;
}
type Written = PatternNode | End;

/** Characters that classes are written with. */
const MAX_LENGTH = 500_000;

/** The pattern for PostgreSQL's `~`. Throws when it is no valid pattern, too costly, or one with what PostgreSQL does not have. */
export function regularExpression(pattern: string, maxLength: number): string {
  if (Array.from(pattern).length > maxLength)
    throw odataError('PatternTooComplex', { message: `A pattern must not be longer than ${maxLength} characters.` });
  try {
    new RegExp(pattern, 'u');
  } catch (error) {
    throw odataError('InvalidValue', { message: `'${pattern}' is not a valid regular expression.` }, { cause: error });
  }
  const tree = withoutLastLook(parsePattern(pattern));
  const references = backReferences(tree);
  checkPatternCost(tree, references);
  const written = `(?:${new Writer(references).write([tree])})`;
  // Searching with back references, PostgreSQL overlooks the empty text at the end; matching from the beginning it does not.
  return references.length > 0 && mayBeEmpty(tree, () => false) ? `^.*?${written}` : written;
}

/**
 * Whether there is a match does not depend on which one is found first, so that lazy quantifiers are like others. With back references it matters
 * that PostgreSQL settles what groups hold part by part of a sequence, and not anew when a later part fails. So what leads to a group in several ways is
 * written out: what comes behind a choice stands in each of its branches, and of a repetition the last round stands alone. In each of these ways a group either
 * holds something or is not there, and a reference to it is the empty text.
 */
class Writer {
  private captures = 0;
  private pieces = 0;
  private length = 0;
  /** The numbers that groups in front have in PostgreSQL, by those of the pattern: one for each part of what a group holds. */
  private numbers: ReadonlyMap<number, readonly number[]> = new Map();
  /** The groups around of which each part is held by itself, with the numbers of the parts so far. */
  private around: ReadonlyMap<number, readonly number[]> = new Map();
  /** The groups that hold no empty text. */
  private readonly solid = new Set<number>();

  /** `references` are those of what is being written. */
  constructor(private references: readonly Reference[]) {}

  /** Nodes one behind the other. */
  write(nodes: readonly Written[]): string {
    const [node, ...rest] = nodes;
    if (!node) return '';
    if (node.kind === 'sequence') return this.write([...node.parts, ...rest]);
    if (node.kind === 'end') return this.end(node, rest);
    if (this.openIn(node) === undefined) return this.part(node) + this.write(rest);
    if (node.kind === 'choice') return this.ways(node.branches, rest);
    if (node.kind === 'repeat') return this.lastRound(node, rest);
    if (node.kind !== 'group') throw new Error('Only choices, repetitions and groups hold groups');
    const { number } = node;
    if (number === undefined || !this.references.some(({ to }) => to === number))
      return this.write([node.body, ...rest]);
    if (this.openIn(node.body) === undefined) return this.group(node) + this.write(rest);
    this.around = new Map(this.around).set(number, []);
    return this.write([node.body, { kind: 'end', number, body: node.body }, ...rest]);
  }

  /** What stands behind a group whose parts are held one by one. */
  private end({ number, body }: End, rest: readonly Written[]): string {
    this.numbers = new Map(this.numbers).set(number, this.around.get(number) ?? []);
    this.around = new Map([...this.around].filter(([each]) => each !== number));
    if (!mayBeEmpty(body, this.isSolid)) this.solid.add(number);
    return this.write(rest);
  }

  /** A node whose groups nothing behind it refers to, which groups around may hold. */
  private part(node: PatternNode): string {
    const hasText = node.kind !== 'assertion' && node.kind !== 'look';
    return this.around.size > 0 && hasText ? this.holding(() => this.whole(node)) : this.whole(node);
  }

  /** The next group of PostgreSQL, a part of what the groups around hold. */
  private holding(write: () => string): string {
    this.captures += 1;
    const { captures } = this;
    const written = write();
    this.around = new Map([...this.around].map(([group, parts]) => [group, [...parts, captures]]));
    return `(${written})`;
  }

  /** A node whose groups nothing behind it refers to. */
  private whole(node: PatternNode, times = ''): string {
    this.pieces += 1;
    if (this.pieces > MAX_SIZE) throw tooComplex('A pattern with back references has too many ways to its groups.');
    switch (node.kind) {
      case 'set':
        return `${this.set(node.set)}${times}`;
      case 'assertion':
        return boundaries[node.text] ?? node.text;
      case 'look':
        return `${node.opening}${this.alone(node.body)})`;
      case 'group':
        return `(?:${this.alone(node.body)})${times}`;
      case 'reference':
        return this.reference(node, times);
      case 'repeat':
        return this.repeat(node, node.least, node.most);
      case 'choice':
        return this.ways(node.branches, []);
      case 'sequence':
        return this.alone(node);
    }
  }

  /** Properties of Unicode are hundreds of ranges. */
  private set(set: CharacterSet): string {
    const written = writtenSet(set);
    this.length += written.length;
    if (this.length > MAX_LENGTH) throw tooComplex('A pattern has too many classes of too many characters.');
    return written;
  }

  /** What nothing behind it refers to. */
  private alone(node: PatternNode): string {
    const { numbers, references, around } = this;
    this.around = new Map();
    this.references = references.filter((each) => holds(node, each));
    const written =
      node.kind === 'choice' ? node.branches.map((each) => this.alone(each)).join('|') : this.write([node]);
    [this.numbers, this.references, this.around] = [numbers, references, around];
    return written;
  }

  private ways(branches: readonly PatternNode[], rest: readonly Written[]): string {
    const { numbers, around } = this;
    const written = branches.map((branch) => {
      [this.numbers, this.around] = [numbers, around];
      return this.write([branch, ...rest]);
    });
    [this.numbers, this.around] = [numbers, around];
    return `(?:${written.join('|')})`;
  }

  private group({ number, body }: Group): string {
    const written = this.holding(() => {
      const { captures } = this;
      const isEmpty = mayBeEmpty(body, this.isSolid);
      const text = this.alone(body);
      if (number !== undefined) {
        this.numbers = new Map(this.numbers).set(number, [captures]);
        if (!isEmpty) this.solid.add(number);
      }
      return text;
    });
    return written;
  }

  /** PostgreSQL wants the quantifier at the reference itself. */
  private reference({ to, text }: Reference, times: string): string {
    const numbers = this.numbers.get(to) ?? [];
    if (numbers.length > 1 && times !== '') throw notOffered(text);
    return `(?:${numbers.map((number) => `\\${number}`).join('')}${numbers.length > 0 ? times : ''})`;
  }

  private readonly isSolid = (node: PatternNode): boolean =>
    node.kind === 'reference' && this.numbers.has(node.to) && this.solid.has(node.to);

  private repeat({ body }: Repeat, least: number, most: number): string {
    if (most === 0) return '';
    this.pieces += most === Infinity ? least : most;
    const inside = this.references.find((each) => each !== body && holds(body, each));
    // The last ones may be empty in ECMAScript, and the first ones in PostgreSQL.
    if (inside && least > 1 && mayBeEmpty(body, this.isSolid)) throw notOffered(inside.text);
    return repetitions(least, most)
      .map((times) => this.whole(body, quantifier(times)))
      .join('');
  }

  /** What the groups of a repetition hold is that of its last round; where there may be none, also the way without one. */
  private lastRound(node: Repeat, rest: readonly Written[]): string {
    const { body, least, most } = node;
    if (most === 0) return this.write(rest);
    if (least === 0)
      return this.ways(
        [
          { ...node, least: 1 },
          { kind: 'sequence', parts: [] },
        ],
        rest,
      );
    // Rounds that match the empty text are tried by both, but not the same ones.
    if (most > 1 && mayBeEmpty(body, this.isSolid)) throw notOffered(this.openIn(body) ?? '');
    const before = (): string => this.repeat(node, least - 1, most - 1);
    const rounds = most === 1 ? '' : this.around.size > 0 ? this.holding(before) : before();
    return rounds + this.write([body, ...rest]);
  }

  /** The text of a back reference from outside to a group within a node. */
  private openIn(node: PatternNode): string | undefined {
    const groups = groupsIn(node);
    return this.references.find((each) => groups.includes(each.to) && !holds(node, each))?.text;
  }
}

function quantifier([least, most]: readonly [number, number]): string {
  if (most === Infinity) return least === 0 ? '*' : least === 1 ? '+' : `{${least},}`;
  if (least === most) return least === 1 ? '' : `{${least}}`;
  return least === 0 && most === 1 ? '?' : `{${least},${most}}`;
}
