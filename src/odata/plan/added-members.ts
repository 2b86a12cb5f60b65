/** What addnested adds to a row: the member of the answer, and what paths find behind its name. Data Aggregation §3.4.3 */
import { odataError } from '../error';
import { tiedColumns } from '../model/edm';
import { isOfType } from '../model/inheritance';
import type { EdmType, EntityType, NavigationProperty } from '../model/model';
import type { QueryOptions, Transformation } from '../url/ast';
import { amongOthers } from './added';
import { applySequence } from './apply';
import { castNavigation } from './cast';
import { planCollectionOf, planFurtherRows, planInstance, type OptionRows } from './collection';
import { itemScope, itemsOf } from './complex-items';
import { speakingOfValue } from './complex-value';
import { valueField } from './computed-fields';
import { placeOf, type PlanContext, type Scope } from './context';
import { refuseCollectionOptions } from './expand';
import { alsoOf, rangeBehind } from './identity';
import { isDeclared, rowField, withContext, withTypes } from './member-fields';
import {
  madeScope,
  membersOf,
  withMembers,
  type MadeRows,
  type Member,
  type Members,
  type Missing,
  type StructureField,
  type Where,
} from './members';
import { ownContext } from './own-context';
import type { Field, Range } from './plan';
import { whereThere } from './presence';
import { planComplex } from './property-field';
import { planSelection } from './select';
import type { Structured } from './structured';

/** What is done to what a name leads to, and that in rows of other structures. */
export interface Sequence {
  readonly transformations: readonly Transformation[];
  readonly elsewhere: Members['elsewhere'];
}

/** The scope of what is transformed, in which names are known that the same has in rows of other structures. */
const withElsewhere = (scope: Scope, { elsewhere }: Sequence): Scope =>
  elsewhere ? withMembers(scope, scope.current, { elsewhere }) : scope;

/** What came of it, as options of a row's member see it. */
const seenFrom = (context: PlanContext, row: Scope, { name }: Named, made: Scope): Scope =>
  amongOthers(context, row, name, madeScope(row, made));

/** A member, and the scope with what its variables have. */
export interface Added {
  readonly scope: Scope;
  readonly member: Member;
}

/** How a member is called. The row's own value, to which something is added, keeps its name: types tell what it is. */
export interface Named {
  readonly name: string;
  readonly isOwn?: boolean;
}

/** What a sequence makes of a collection; `type` is that of a collection of complex values. */
export function addedMany(
  context: PlanContext,
  scope: Scope,
  named: Named,
  start: (missing?: Missing) => MadeRows,
  type: EdmType | undefined,
  sequence: Sequence,
): Member {
  const rows = (missing?: Missing): MadeRows => {
    const first = start(missing);
    const among = { ...first, scope: withElsewhere(first.scope, sequence) };
    return { ...applySequence(context, among, sequence.transformations), joined: first.joined };
  };
  const made = rows();
  const behind = { kind: 'many', rows, scope: made.scope } as const;
  const rowsOf = (row: Scope): MadeRows => ({ ...made, scope: seenFrom(context, row, named, made.scope) });
  if (type)
    return {
      kind: 'structure',
      field: (options, seen) => items(context, rowsOf(seen), named, type, options),
      behind,
    };
  return {
    kind: 'added',
    field: (options, where) => entities(context, scope, rowsOf(where.scope), named.name, options, where),
    behind,
  };
}

/** The rows as those that options speak of. */
const optionRows = ({ scope, rows, order }: MadeRows, more: Pick<Scope, 'options' | 'within'>): OptionRows => ({
  scope: { ...scope, these: { rows }, ...more },
  rows: rows.kind === 'base' ? undefined : rows,
  order,
});

function entities(
  context: PlanContext,
  outer: Scope,
  made: MadeRows,
  name: string,
  options: QueryOptions,
  { depth, within }: Where,
): Extract<Field, { kind: 'many' }> {
  const { from, navigations, range } = made.joined;
  const navigation = navigations.at(-1);
  if (!navigation) throw new Error(`A navigation leads to ${name}`);
  const rows = planFurtherRows(context, optionRows(made, { options, within }), options);
  const known = { tied: tiedColumns(navigation), depth: depth + 1 };
  const collection = planCollectionOf(context, range, rows, options, known);
  const { type } = made.scope.current;
  const own = ownContext(context.model, isOfType(type, range.type) ? type : range.type, 'many');
  const selection = own ? collection.selection : withTypes(context.model, collection.selection);
  return {
    kind: 'many',
    name,
    navigation,
    from: from === outer.current ? undefined : from,
    form: 'entities',
    collection: { ...collection, selection },
    context: isDeclared(made.scope, membersOf(outer, outer.current).declared ?? outer.current.type, name)
      ? undefined
      : own,
  };
}

function items(
  context: PlanContext,
  made: MadeRows,
  { name, isOwn }: Named,
  type: EdmType,
  options: QueryOptions,
): StructureField {
  const { joined } = made;
  const rows = planFurtherRows(context, optionRows(made, { options }), options);
  const field = itemsOf(context, rows, { name, type, members: joined }, options);
  return isOwn ? field : { ...field, context: ownContext(context.model, joined.range.type, 'many') };
}

/** One entity stays one: `add` gives it what it has beside. */
export function addedEntity(
  context: PlanContext,
  outer: Scope,
  { of, navigation, type }: { readonly of: Range; readonly navigation: NavigationProperty; readonly type: EntityType },
  { name }: Named,
  add: (instance: Scope) => Scope,
): Added {
  const navigations = [navigation, ...(type === navigation.target ? [] : [castNavigation(type)])];
  const optional = of.optional === true || navigations.some(({ nullable }) => nullable);
  const range: Range = {
    ...rangeBehind(context.model, of, navigation),
    ...{ type, name, optional },
    behind: { from: of, navigations },
  };
  const seen = add(itemScope(outer, range));
  const field = (options: QueryOptions, { scope, depth, within, place }: Where): Extract<Field, { kind: 'one' }> => {
    refuseCollectionOptions(name, options, place);
    const inner = planInstance(context, { ...seenFrom(context, scope, { name }, seen), options, within }, options);
    const selection = withContext(context, inner, planSelection(context, inner, options, depth + 1));
    return { kind: 'one', name, navigation, selection, reference: false };
  };
  return instance(outer, seen, (behind) => ({ kind: 'added', field, behind }));
}

/** What the instance has is seen from outside, too. */
const instance = (
  outer: Scope,
  seen: Scope,
  memberOf: (behind: { readonly kind: 'one'; readonly range: Range }) => Member,
): Added => ({
  scope: { ...outer, members: whereThere(seen, seen.current).members ?? new Map() },
  member: memberOf({ kind: 'one', range: seen.current }),
});

/** The entity, or the complex value, of another variable of the row. */
export function addedRow(
  context: PlanContext,
  outer: Scope,
  { name: original, range, isComplex }: { readonly name: string; readonly range: Range; readonly isComplex: boolean },
  named: Named,
  sequence: Sequence,
): Added {
  const before = { ...membersOf(outer, range), held: undefined };
  const copy = alsoOf(range);
  const seen = augmented(context, withMembers(itemScope(outer, copy), copy, before), original, sequence);
  if (before.whole) return valueWith(context, outer, before.whole, named, seen);
  const field = (options: QueryOptions, { scope, depth, within, place }: Where): Extract<Field, { kind: 'row' }> => {
    const inner: Scope = { ...seenFrom(context, scope, named, seen), current: outer.current, within };
    return rowField(context, inner, { name: named.name, range: copy, place }, options, depth);
  };
  if (!isComplex) return instance(outer, seen, (behind) => ({ kind: 'added', field, behind }));
  const where = { depth: 0, within: [], place: { source: '$select', at: 0 } };
  return instance(outer, seen, (behind) => ({
    kind: 'structure',
    field: (options, scope) => field(options, { ...where, scope }),
    behind,
  }));
}

/** A complex value stays one. */
export function addedValue(
  context: PlanContext,
  outer: Scope,
  { name, whole }: { readonly name: string; readonly whole: Structured },
  named: Named,
  sequence: Sequence,
): Added {
  return valueWith(
    context,
    outer,
    whole,
    named,
    augmented(context, speakingOfValue(outer, name, whole), name, sequence),
  );
}

/** The value with what the scope that speaks of it has beside. */
export const valueWith = (
  context: PlanContext,
  outer: Scope,
  whole: Structured,
  { name, isOwn = false }: Named,
  seen: Scope,
): Added => {
  const field = (options: QueryOptions, scope: Scope): StructureField => {
    const inner: Scope = { ...seenFrom(context, scope, { name }, seen), options };
    const made =
      whole.kind === 'property'
        ? planComplex(context, inner, whole.property, options, whole).field
        : valueField(context, inner, name, whole, options);
    return { ...made, name, dynamic: !isOwn };
  };
  return instance(outer, seen, (behind) => ({ kind: 'structure', field, behind }));
};

/** What the sequence adds to a single instance: only transformations of one into one make sense. */
export function augmented(context: PlanContext, outer: Scope, name: string, sequence: Sequence): Scope {
  const { transformations } = sequence;
  const scope = withElsewhere(outer, sequence);
  const other = transformations.find(({ kind }) => kind !== 'identity' && kind !== 'compute' && kind !== 'addnested');
  if (other)
    throw odataError(
      'TypeMismatch',
      { message: `'${name}' is a single instance: only identity, compute and addnested apply to it.` },
      placeOf(other.place),
    );
  const rows = { kind: 'base', range: scope.current } as const;
  return applySequence(context, { scope, rows, order: [], groups: [], isAlone: true }, transformations).scope;
}
