/** What is named one after the other: what a scope has stays what it is where later ones have more, and nothing is copied. */
import type { Member } from './members';

/** Things by name, in the order in which they were named. */
export interface ByName<T> extends Iterable<readonly [string, T]> {
  readonly size: number;
  get(name: string): T | undefined;
  has(name: string): boolean;
}

/** The names that a request gave to a variable. */
export type OwnMembers = ByName<Member>;

export const noMembers: OwnMembers = new Map<string, Member>();

/** The first so many of those that are known by now, and others before them; the later ones are what names mean. */
class Given<T> implements ByName<T> {
  constructor(
    private readonly known: Map<string, { readonly at: number; readonly member: T }>,
    private readonly count: number,
    private readonly before: ByName<T> = new Map<string, T>(),
  ) {}

  get size(): number {
    return this.before.size === 0 ? this.count : [...this].length;
  }

  get(name: string): T | undefined {
    const found = this.known.get(name);
    return found && found.at < this.count ? found.member : this.before.get(name);
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  *[Symbol.iterator](): Generator<readonly [string, T]> {
    for (const [name, member] of this.before) yield [name, this.get(name) ?? member];
    for (const [name, { at, member }] of this.known) {
      if (at >= this.count) return;
      if (!this.before.has(name)) yield [name, member];
    }
  }

  /** With one more; undefined where a later scope has others, or the name is not new. */
  followedBy(name: string, member: T): ByName<T> | undefined {
    if (this.known.size > this.count || this.known.has(name)) return undefined;
    this.known.set(name, { at: this.count, member });
    return new Given(this.known, this.count + 1, this.before);
  }

  behind(first: ByName<T>): ByName<T> {
    return new Given(this.known, this.count, bothOf(first, this.before));
  }
}

const isGiven = <T>(names: ByName<T>): names is Given<T> => names instanceof Given;

/** The names with one more, or with something else of the name in its place. */
export function withOwn<T>(names: ByName<T>, name: string, member: T): ByName<T> {
  const followed = isGiven(names) ? names.followedBy(name, member) : undefined;
  if (followed) return followed;
  const all = new Map([...names, [name, member] as const]);
  return new Given(new Map([...all].map(([one, each], at) => [one, { at, member: each }])), all.size);
}

/** Those of a structure with those of all. */
export const bothOf = <T>(first: ByName<T>, since: ByName<T>): ByName<T> =>
  isGiven(since)
    ? since.behind(first)
    : [...since].reduce((names, [name, member]) => withOwn(names, name, member), first);
