/** The names that a request gave to a variable, one after the other: those of a scope stay what they are where later ones have more, and nothing is copied. */
import type { Member } from './members';

/** Members by name, in the order in which they were given. */
export interface OwnMembers extends Iterable<readonly [string, Member]> {
  readonly size: number;
  get(name: string): Member | undefined;
  has(name: string): boolean;
}

export const noMembers: OwnMembers = new Map<string, Member>();

/** The first so many of those that are known by now, and others before them; the later ones are what names mean. */
class Given implements OwnMembers {
  constructor(
    private readonly known: Map<string, { readonly at: number; readonly member: Member }>,
    private readonly count: number,
    private readonly before = noMembers,
  ) {}

  get size(): number {
    return this.before.size === 0 ? this.count : [...this].length;
  }

  get(name: string): Member | undefined {
    const found = this.known.get(name);
    return found && found.at < this.count ? found.member : this.before.get(name);
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  *[Symbol.iterator](): Generator<readonly [string, Member]> {
    for (const [name, member] of this.before) yield [name, this.get(name) ?? member];
    for (const [name, { at, member }] of this.known) {
      if (at >= this.count) return;
      if (!this.before.has(name)) yield [name, member];
    }
  }

  /** With one more; undefined where a later scope has others, or the name is not new. */
  followedBy(name: string, member: Member): OwnMembers | undefined {
    if (this.known.size > this.count || this.known.has(name)) return undefined;
    this.known.set(name, { at: this.count, member });
    return new Given(this.known, this.count + 1, this.before);
  }

  behind(first: OwnMembers): OwnMembers {
    return new Given(this.known, this.count, bothOf(first, this.before));
  }
}

/** The members with one more, or with another one of the name in its place. */
export function withOwn(members: OwnMembers, name: string, member: Member): OwnMembers {
  const followed = members instanceof Given ? members.followedBy(name, member) : undefined;
  if (followed) return followed;
  const all = new Map([...members, [name, member] as const]);
  return new Given(new Map([...all].map(([one, each], at) => [one, { at, member: each }])), all.size);
}

/** Those of a structure with those of all. */
export const bothOf = (first: OwnMembers, since: OwnMembers): OwnMembers =>
  since instanceof Given
    ? since.behind(first)
    : [...since].reduce((members, [name, member]) => withOwn(members, name, member), first);
