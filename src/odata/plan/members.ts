/** What a row has beside the properties of its type: computed values, entities of other variables, several structures. */
import type { EntityType, Property } from '../model/model';
import type { ExpandItem, PathSegment, Place, QueryOptions } from '../url/ast';
import type { Scope } from './context';
import type { ExpandStep } from './expand-options';
import type { Bound, BoundProperty, Field, Range } from './plan';
import type { SharedFields } from './shared-fields';
import type { Structured } from './structured';

/** A name that the request gave. */
export type Member =
  | { readonly kind: 'value'; readonly value: Bound }
  /** Another variable of the same row: a single-valued navigation to its entity, or its complex value. */
  | { readonly kind: 'row'; readonly range: Range; readonly isComplex?: boolean }
  /** Related entities that were transformed for each row: the member that options leave of them. */
  | { readonly kind: 'added'; readonly field: (options: QueryOptions, where: Where) => AddedField }
  /** The same of complex values. */
  | { readonly kind: 'structure'; readonly field: (options: QueryOptions) => StructureField };

/** Where an item of $expand stands. */
export interface Where {
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

/** Whether it leads to entities. */
export const isNavigation = (member: Member): boolean => member.kind !== 'value' && !isComplex(member);

/** All that a variable has beside the properties of its type. */
export interface Members {
  readonly own: ReadonlyMap<string, Member>;
  /** The type that $apply began with: its properties that the rows no longer have are null. Data Aggregation §3.7 */
  readonly declared?: EntityType;
  /** Rows of several structures, each with a scope of its own; the discriminator tells, from 0, which one a row has. */
  readonly variants?: { readonly discriminator: BoundProperty; readonly scopes: readonly Scope[] };
  /** Navigation properties that go out without $expand. */
  readonly expanded?: readonly ExpandItem[];
  /** The row is this complex value: its names are those of the parts. */
  readonly whole?: Structured;
  /** The rows of the request, transformed, in the one row that nest makes of them. */
  readonly nested?: readonly Extract<Field, { readonly kind: 'nest' }>[];
  /** The same as values that are equal where the rows are the same. */
  readonly nestedValues?: readonly (() => Bound)[];
  /** What it has in common with the same row as one of another type. */
  readonly shared?: SharedFields;
  /** The row is a combination of entities: not even a complex type of the model. */
  readonly crossed?: boolean;
}

const nothing: Members = { own: new Map() };

/** What a variable has beside the properties of its type. */
export const membersOf = ({ members }: Scope, range: Range): Members => members?.get(range) ?? nothing;

/** The scope in which a variable has these members too. */
export const withMembers = (scope: Scope, range: Range, more: Partial<Members>): Scope => ({
  ...scope,
  members: new Map(scope.members).set(range, { ...membersOf(scope, range), ...more }),
});

/** Whether a row has something of the name: a property, a navigation property or a member. */
export function hasName(scope: Scope, range: Range, name: string): boolean {
  const { own, variants, nested } = membersOf(scope, range);
  return (
    own.has(name) ||
    range.type.properties.has(name) ||
    range.type.navigations.has(name) ||
    (nested ?? []).some((field) => field.name === name) ||
    (variants?.scopes ?? []).some((variant) => hasName(variant, variant.current, name))
  );
}

/** The same of the names that lead from it to a part of what it has: what is left of an entity need not have the part. */
export function hasNames(scope: Scope, range: Range, [first, ...rest]: readonly PathSegment[]): boolean {
  if (first?.kind !== 'name') return true;
  const member = membersOf(scope, range).own.get(first.name);
  if (member?.kind === 'row') return !member.range.type.columns || hasNames(scope, member.range, rest);
  const property = member ? undefined : range.type.properties.get(first.name);
  return hasName(scope, range, first.name) && (!property || hasParts(property, rest));
}

function hasParts({ source }: Property, [next, ...further]: readonly PathSegment[]): boolean {
  if (next?.kind !== 'name' || source.kind !== 'complex' || source.navigations?.has(next.name)) return true;
  const part = source.properties.get(next.name);
  return part !== undefined && hasParts(part, further);
}

/** The scope in which expressions see one of the structures of a row. */
export const variantScope = (scope: Scope, variant: Scope): Scope => ({
  ...scope,
  current: variant.current,
  ...(variant.members ? { members: variant.members } : {}),
});

/** All names of a row, for hints. */
export function namesOf(scope: Scope, range: Range): readonly string[] {
  const { own, variants } = membersOf(scope, range);
  return [
    ...range.type.properties.keys(),
    ...range.type.navigations.keys(),
    ...own.keys(),
    ...(variants?.scopes ?? []).flatMap((variant) => namesOf(variant, variant.current)),
  ];
}
