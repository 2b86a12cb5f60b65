/** What a row has beside the properties of its type: computed values, entities of other variables, several structures. */
import { isOfType } from '../model/inheritance';
import type { EntityType, NavigationProperty } from '../model/model';
import type { ExpandItem, Place, QueryOptions } from '../url/ast';
import type { Scope } from './context';
import type { ExpandStep } from './expand-options';
import type { Applied } from './apply-state';
import type { OwnContext } from './own-context';
import { bothOf, noMembers, type OwnMembers } from './own-members';
import type { Bound, BoundCollection, BoundProperty, Field, Range } from './plan';
import type { SharedFields } from './shared-fields';
import { complexSource, type Structured } from './structured';

/** A name that the request gave. `only` is the derived type of the rows that have it: others have not. */
export type Member =
  | { readonly kind: 'value'; readonly value: Bound; readonly only?: EntityType | undefined }
  /** Another variable of the same row: a single-valued navigation to its entity, or its complex value. */
  | { readonly kind: 'row'; readonly range: Range; readonly isComplex?: boolean }
  /** Related entities that were transformed for each row: the member that options leave of them. */
  | {
      readonly kind: 'added';
      readonly field: (options: QueryOptions, where: Where) => AddedField;
      readonly behind: Behind;
      readonly again?: Again;
      readonly only?: EntityType;
      /** What tells it apart from what was added to another instance of the row in the same way, where the row does not. */
      readonly value?: Bound;
    }
  /** The same of complex values. `within` are the paths of what was added to a value of the row itself, which goes by its own name. */
  | {
      readonly kind: 'structure';
      readonly field: (options: QueryOptions, scope: Scope) => StructureField;
      readonly behind: Behind;
      readonly only?: EntityType;
      readonly within?: readonly string[];
      /** The scope in which another instance of the row has the same. */
      readonly again?: ((instance: Scope) => Scope) | undefined;
    };

/** What paths find behind a name that addnested has given: an instance of a variable, or rows that are made anew for each path. Data Aggregation §3.4.3 */
export type Behind =
  | { readonly kind: 'one'; readonly range: Range }
  | {
      readonly kind: 'many';
      readonly rows: (missing?: Missing) => MadeRows;
      /** How names of one of them are known. */
      readonly scope: Scope;
    };

/**
 * How rows that a row alone decides, or that one and `it`, are made of another instance of it: `to` gives that one the name, too. Two of one origin
 * are the same, as long as what they mention of `it` is.
 */
export interface Again {
  readonly origin: string;
  /** The row that `$it` stands for, as the scope speaks of it, and what of it is mentioned: undefined for all. */
  readonly it?: { readonly scope: Scope; readonly names: readonly string[] | undefined };
  readonly to: (instance: Scope, it?: Range) => Scope;
}

/** Whether rows may be missing, and what tells that. */
export type Missing = Pick<Range, 'optional' | 'presence'>;

/** What came of the members of a collection. */
export type MadeRows = Applied & { readonly joined: BoundCollection };

/** Where an item of $expand stands. */
export interface Where {
  /** How expressions speak of the row there. */
  readonly scope: Scope;
  /** The levels of $expand above. */
  readonly depth: number;
  /** The items that lead to it, itself the last one. */
  readonly within: readonly ExpandStep[];
  readonly place: Place;
}

/** The member for related entities that were transformed. */
export type AddedField = Extract<Field, { readonly kind: 'many' | 'one' | 'row' }>;

/** The member for complex values. */
export type StructureField = Extract<Field, { readonly kind: 'items' | 'complex' | 'row' }>;

/** Whether it is a complex value, or a collection of them: it takes options in $select. */
export const isComplex = (member: Member): boolean =>
  member.kind === 'structure' || (member.kind === 'row' && member.isComplex === true);

/** The derived type that alone has it. */
export const onlyOf = (member: Member | undefined): EntityType | undefined =>
  member && member.kind !== 'row' ? member.only : undefined;

/** Whether rows of a type have it. */
export const isOfRows = (member: Member, type: EntityType): boolean => {
  const only = onlyOf(member);
  return !only || isOfType(type, only);
};

/** Whether it leads to entities. */
export const isNavigation = (member: Member): boolean => member.kind !== 'value' && !isComplex(member);

/** All that a variable has beside the properties of its type. */
export interface Members {
  readonly own: OwnMembers;
  /** The type that $apply began with: its properties that the rows no longer have are null. Data Aggregation §3.7 */
  readonly declared?: EntityType;
  /** Rows of several structures; the discriminator tells, from 0, which one a row has. */
  readonly structures?: { readonly discriminator: BoundProperty; readonly each: readonly Structure[] };
  /** Values that properties of the type have in place of their own, as hierarchical transformations give them: they tell no rows apart. */
  readonly derived?: ReadonlyMap<string, Bound>;
  /** Navigation properties that go out without $expand. */
  readonly expanded?: readonly ExpandItem[];
  /** The nodes of hierarchies that the row is rolled up to. Data Aggregation §6.3 */
  readonly rollupNodes?: readonly Range[];
  /** What goes out with the row as annotations of the instance. */
  readonly annotations?: readonly Field[];
  /** The row is this complex value: its names are those of the parts. */
  readonly whole?: Structured;
  /** The same with all that the request gave it, in columns of the row. */
  readonly held?: BoundProperty | undefined;
  /** The rows of the request, transformed, in the one row that nest makes of them. */
  readonly nested?: readonly Nested[];
  /** What it has in common with the same row as one of another type. */
  readonly shared?: SharedFields;
  /** Types of other rows of its collection: a name that one of them has, and this row has not, leads nowhere. */
  readonly beside?: readonly EntityType[] | undefined;
  /** The same in rows of other structures: a name that it has there, and lacks here, is null. Data Aggregation §3.7 */
  readonly elsewhere?: (() => readonly Structure[]) | undefined;
  /** No context of a collection tells which set the row is of: it goes out with its own, and with its type. */
  readonly told?: OwnContext;
  /** The row is a combination of entities: not even a complex type of the model. */
  readonly crossed?: boolean;
}

/** What nest has made of rows: the member, and how the rows are spoken of. */
export interface Nested {
  readonly field: Extract<Field, { readonly kind: 'nest' }>;
  readonly made: Applied;
}

/** One of the structures that rows have: its variable, and all that the request gave variables there and nowhere else. */
export interface Structure {
  readonly current: Range;
  readonly members: ReadonlyMap<Range, Members>;
}

/** What of a scope is not in the one that it came of. Rows of other structures may be of the same variable: what it has here is told even where that is nothing. */
export const structureSince = (before: Scope, scope: Scope): Structure => {
  const { current, members = new Map<Range, Members>() } = scope;
  const since = [...members].filter(([range, has]) => before.members?.get(range) !== has);
  return { current, members: new Map([[current, membersOf(scope, current)], ...since]) };
};

/** The scope in which expressions see a structure, with all that variables have by now. */
export const inStructure = (scope: Scope, { current, members }: Structure): Scope => ({
  ...scope,
  current,
  members: new Map([...(scope.members ?? []), ...members]),
});

/** The structures of a row as scopes, in the order of the discriminator. Each has the names that all of them were given since then. */
export interface Variants {
  readonly discriminator: BoundProperty;
  readonly scopes: readonly Scope[];
}

const seen = new WeakMap<Scope, Map<Range, Variants>>();

/** Those of a variable, the same ones for the same scope; undefined where it has one structure. */
export function variantsOf(scope: Scope, range: Range): Variants | undefined {
  const { structures, own, elsewhere: outer } = membersOf(scope, range);
  if (!structures) return undefined;
  const known = seen.get(scope) ?? new Map<Range, Variants>();
  seen.set(scope, known);
  const found = known.get(range);
  if (found) return found;
  const scopes = structures.each.map((one) => {
    const inner = inStructure(scope, one);
    const before = membersOf(inner, one.current);
    const elsewhere = (): readonly Structure[] => [
      ...(outer?.() ?? []),
      ...structures.each.filter((other) => other !== one),
    ];
    return withMembers(inner, one.current, { own: bothOf(before.own, own), elsewhere });
  });
  const made: Variants = { discriminator: structures.discriminator, scopes };
  known.set(range, made);
  return made;
}

const nothing: Members = { own: noMembers };

/** What a variable has beside the properties of its type. */
export const membersOf = ({ members }: Scope, range: Range): Members => members?.get(range) ?? nothing;

/** The scope in which a variable has these members too. */
export const withMembers = (scope: Scope, range: Range, more: Partial<Members>): Scope => ({
  ...scope,
  members: new Map(scope.members).set(range, { ...membersOf(scope, range), ...more }),
});

/** What nest has made: collections that no path leads to. */
export const nestedNames = (scope: Scope, range: Range): readonly string[] =>
  (membersOf(scope, range).nested ?? []).map(({ field }) => field.name);

/** Whether a row has something of the name: a property, a navigation property or a member. */
export function hasName(scope: Scope, range: Range, name: string): boolean {
  return (
    membersOf(scope, range).own.has(name) ||
    range.type.properties.has(name) ||
    range.type.navigations.has(name) ||
    navigationLeft(scope, range, name) !== undefined ||
    nestedNames(scope, range).includes(name) ||
    (variantsOf(scope, range)?.scopes ?? []).some((variant) => hasName(variant, variant.current, name))
  );
}

/** The navigation property of what is left of an entity, which the variable is. */
export function navigationLeft(scope: Scope, range: Range, name: string): NavigationProperty | undefined {
  const { whole } = membersOf(scope, range);
  return whole && complexSource(whole)?.navigations?.get(name);
}

/** The scope with what variables have of rows that the request may have made earlier: what it gave the others since then they keep. */
export const scopeWith = (scope: Scope, { members }: Pick<Scope, 'members'>): Scope =>
  members ? { ...scope, members: new Map([...members, ...(scope.members ?? [])]) } : scope;

/** The scope of such rows, seen from there. */
export const madeScope = (scope: Scope, made: Scope): Scope => ({ ...scopeWith(scope, made), current: made.current });

/** The variable of a single instance that the request gave a name. */
export const instanceOf = (member: Member | undefined): Range | undefined =>
  member?.kind === 'row'
    ? member.range
    : (member?.kind === 'added' || member?.kind === 'structure') && member.behind.kind === 'one'
      ? member.behind.range
      : undefined;

/** All names of a row. */
export function namesOf(scope: Scope, range: Range): readonly string[] {
  const { own, whole } = membersOf(scope, range);
  return [
    ...range.type.properties.keys(),
    ...range.type.navigations.keys(),
    ...((whole && complexSource(whole)?.navigations?.keys()) ?? []),
    ...Array.from(own, ([name]) => name),
    ...(variantsOf(scope, range)?.scopes ?? []).flatMap((variant) => namesOf(variant, variant.current)),
  ];
}
