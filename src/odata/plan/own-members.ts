/** The names that a request gave to a variable, one after the other: those of a scope stay what they are where later ones have more, and nothing is copied. */
import type { Member } from './members';

/** Members by name, in the order in which they were given. */
export interface OwnMembers extends Iterable<readonly [string, Member]> {
  readonly size: number;
  get(name: string): Member | undefined;
  has(name: string): boolean;
}

/** The first so many of those that are known by now. */
class Given implements OwnMembers {
  constructor(
    private readonly known: Map<string, { readonly at: number; readonly member: Member }>,
    readonly size: number,
  ) {}

  get(name: string): Member | undefined {
    const found = this.known.get(name);
    return found && found.at < this.size ? found.member : undefined;
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  *[Symbol.iterator](): Generator<readonly [string, Member]> {
    for (const [name, { at, member }] of this.known) {
      if (at >= this.size) return;
      yield [name, member];
    }
  }

  /** With one more; undefined where a later scope has others, or the name is not new. */
  followedBy(name: string, member: Member): OwnMembers | undefined {
    if (this.known.size > this.size || this.known.has(name)) return undefined;
    this.known.set(name, { at: this.size, member });
    return new Given(this.known, this.size + 1);
  }
}

/** What rows of one structure have, and what all were given since then. */
class Both implements OwnMembers {
  constructor(
    private readonly first: OwnMembers,
    private readonly since: OwnMembers,
  ) {}

  get size(): number {
    return [...this].length;
  }

  get(name: string): Member | undefined {
    return this.since.get(name) ?? this.first.get(name);
  }

  has(name: string): boolean {
    return this.since.has(name) || this.first.has(name);
  }

  *[Symbol.iterator](): Generator<readonly [string, Member]> {
    for (const [name, member] of this.first) yield [name, this.since.get(name) ?? member];
    for (const entry of this.since) if (!this.first.has(entry[0])) yield entry;
  }
}

export const noMembers: OwnMembers = new Map<string, Member>();

/** The members with one more, or with another one of the name in its place. */
export function withOwn(members: OwnMembers, name: string, member: Member): OwnMembers {
  const followed = members instanceof Given ? members.followedBy(name, member) : undefined;
  if (followed) return followed;
  const all = new Map([...members, [name, member] as const]);
  return new Given(new Map([...all].map(([one, each], at) => [one, { at, member: each }])), all.size);
}

/** Those of a structure with those of all; the later ones are what names mean. */
export const bothOf = (first: OwnMembers, since: OwnMembers): OwnMembers =>
  since.size === 0 ? first : new Both(first, since);
