/** addnested: what each row leads to, transformed, beside the rows' own properties. Data Aggregation §3.4.3 */
import { odataError } from '../error';
import { tiedColumns } from '../model/edm';
import { itemsNavigation } from '../model/item-type';
import type { EntityType, NavigationProperty, Property } from '../model/model';
import type { NameSegment, Path, Place, QueryOptions, Transformation } from '../url/ast';
import { applySequence } from './apply';
import type { Applied } from './apply-state';
import { castAt, castNavigation } from './cast';
import { planCollectionOf, planFurtherRows, planInstance, planRows } from './collection';
import { itemScope, itemsOf } from './complex-items';
import { speakingOfValue } from './complex-value';
import { checkAlias, withMember } from './compute';
import { notImplemented, placeOf, startScope, type PlanContext, type Scope } from './context';
import { rangeBehind } from './identity';
import { refuseCollectionOptions } from './expand';
import { rowField, withContext, withTypes } from './member-fields';
import { hasName, isComplex, membersOf, namesOf, type AddedField, type StructureField, type Where } from './members';
import { ownContext } from './own-context';
import type { Field, Range } from './plan';
import { propertyOf, unknownProperty } from './position';
import { planComplex } from './property-field';
import { planSelection } from './select';

type Sequence = readonly Transformation[];

/** What a path leads to: entities, an entity of another variable of the row, or complex values. `from` casts the row before. */
type Reached =
  | { readonly kind: 'row'; readonly name: string; readonly range: Range; readonly isComplex: boolean }
  | (FromRow &
      (
        | { readonly kind: 'entities'; readonly navigation: NavigationProperty; readonly type: EntityType }
        | { readonly kind: 'complex'; readonly property: Property }
      ));

interface FromRow {
  readonly from: NavigationProperty | undefined;
}

/** nestPath, as far as it leads to what the row has itself: a navigation property, cast or not, or a complex property. */
function reachedAt({ model }: PlanContext, scope: Scope, { segments, place }: Path): Reached {
  const names = segments.filter((segment): segment is NameSegment => segment.kind === 'name');
  const seen = names[1] && castAt(model, scope.current.type, names[0]?.name ?? '');
  const from = seen && seen !== scope.current.type ? castNavigation(seen) : undefined;
  const [first, second, third] = seen ? names.slice(1) : names;
  const type = seen ?? scope.current.type;
  if (!first) throw new Error('A path has a name');
  if (membersOf(scope, scope.current).whole) throw notImplemented('addnested within a complex value', first.place);
  const property = type.properties.get(first.name);
  if (property && (itemsNavigation(property) || property.source.kind === 'complex')) {
    if (second) throw notImplemented(`addnested to the parts of '${first.name}'`, second.place);
    if (from && itemsNavigation(property)) throw notImplemented('addnested of items behind a cast', first.place);
    return { kind: 'complex', property, from };
  }
  const navigation = type.navigations.get(first.name);
  const cast = navigation && second && !third ? castAt(model, navigation.target, second.name) : undefined;
  if (navigation && (!second || cast)) return { kind: 'entities', navigation, type: cast ?? navigation.target, from };
  const member = seen ? undefined : membersOf(scope, scope.current).own.get(first.name);
  if (member?.kind === 'row' && !second)
    return { kind: 'row', name: first.name, range: member.range, isComplex: isComplex(member) };
  if (second && (navigation ?? member?.kind === 'row'))
    throw wrong(`No navigation property may stand before the last one in addnested: '${first.name}' does.`, place);
  if (!property && !member && membersOf(scope, scope.current).variants && hasName(scope, scope.current, first.name))
    throw notImplemented('addnested of rows of several structures', first.place);
  if (property ?? member) throw wrong(`'${first.name}' is no navigation property and no complex property.`, place);
  throw unknownProperty(type, first, namesOf(scope, scope.current));
}

const wrong = (message: string, place: Place): Error => odataError('TypeMismatch', { message }, placeOf(place));

/** A transformed copy of what each row leads to, for each sequence. */
export function planAddnested(
  context: PlanContext,
  before: Applied,
  { path, items, place }: Extract<Transformation, { kind: 'addnested' }>,
): Applied {
  const reached = reachedAt(context, before.scope, path);
  return items.reduce<Applied>((applied, { apply, as }) => {
    checkAlias(applied.scope, as, place);
    return { ...applied, scope: added(context, applied.scope, reached, as, apply) };
  }, before);
}

/** The scope in which a row has the copy too. */
function added(context: PlanContext, scope: Scope, reached: Reached, as: string, sequence: Sequence): Scope {
  switch (reached.kind) {
    case 'entities':
      return withMember(scope, as, { kind: 'added', field: entities(context, scope, reached, as, sequence) });
    case 'row': {
      const field = otherRow(context, scope, reached, as, sequence);
      if (!reached.isComplex) return withMember(scope, as, { kind: 'added', field });
      const where: Where = { depth: 0, within: [], place: { source: '$select', at: 0 } };
      return withMember(scope, as, { kind: 'structure', field: (options) => field(options, where) });
    }
    case 'complex':
      return withMember(scope, as, { kind: 'structure', field: complex(context, scope, reached, as, sequence) });
  }
}

type Planned = (options: QueryOptions, where: Where) => AddedField;

function entities(
  context: PlanContext,
  outer: Scope,
  { navigation, type, from }: Extract<Reached, { kind: 'entities' }>,
  name: string,
  sequence: Sequence,
): Planned {
  const { model } = context;
  const range: Range = { ...rangeBehind(model, outer.current, navigation), type, name };
  const scope: Scope = { ...startScope(range, outer.options), it: outer.it };
  if (!navigation.collection) return single(context, scope, { navigation, from, name }, sequence);
  const made = planRows(context, scope, { $apply: sequence });
  return (options, { depth, within }) => {
    const seen = { ...made, scope: { ...made.scope, options, within } };
    const known = { tied: tiedColumns(navigation), depth: depth + 1 };
    const collection = planCollectionOf(context, range, planFurtherRows(context, seen, options), options, known);
    const own = ownContext(model, type, 'many');
    const selection = own ? collection.selection : withTypes(model, collection.selection);
    return {
      ...{ kind: 'many', name, navigation, from, form: 'entities' },
      collection: { ...collection, selection },
      context: own,
    };
  };
}

/** One entity stays one. */
function single(
  context: PlanContext,
  scope: Scope,
  { navigation, from, name }: FromRow & { readonly navigation: NavigationProperty; readonly name: string },
  sequence: Sequence,
): Planned {
  const seen = augmented(context, scope, navigation.name, sequence);
  return (options, { depth, within, place }) => {
    refuseCollectionOptions(name, options, place);
    const inner = planInstance(context, { ...seen, options, within }, options);
    const selection = withContext(context, inner, planSelection(context, inner, options, depth + 1));
    return { kind: 'one', name, navigation, from, selection, reference: false };
  };
}

function otherRow(
  context: PlanContext,
  outer: Scope,
  { name: original, range }: Extract<Reached, { kind: 'row' }>,
  name: string,
  sequence: Sequence,
): (options: QueryOptions, where: Where) => Extract<Field, { kind: 'row' }> {
  const seen = augmented(context, { ...outer, current: range, variables: new Map() }, original, sequence);
  return (options, { depth, within, place }) =>
    rowField(context, { ...seen, current: outer.current, within }, { name, range, place }, options, depth);
}

/** What the sequence adds to a single instance: only transformations of one into one make sense. */
function augmented(context: PlanContext, scope: Scope, name: string, sequence: Sequence): Scope {
  const other = sequence.find(({ kind }) => kind !== 'identity' && kind !== 'compute' && kind !== 'addnested');
  if (other)
    throw wrong(`'${name}' is a single instance: only identity, compute and addnested apply to it.`, other.place);
  const rows = { kind: 'base', range: scope.current } as const;
  return applySequence(context, { scope, rows, order: [], groups: [] }, sequence).scope;
}

/** A complex value stays one; a collection of them is that of its items. */
function complex(
  context: PlanContext,
  scope: Scope,
  { property, from }: Extract<Reached, { kind: 'complex' }>,
  name: string,
  sequence: Sequence,
): (options: QueryOptions) => StructureField {
  const navigation = itemsNavigation(property);
  if (navigation) {
    const range: Range = { type: navigation.target, name };
    const inner = itemScope(scope, range);
    const made = planRows(context, inner, { $apply: sequence });
    const own = ownContext(context.model, range.type, 'many');
    return (options) => ({
      ...itemsOf(
        context,
        planFurtherRows(context, { ...made, scope: { ...made.scope, options } }, options),
        { name, type: property.type, members: { from: scope.current, navigations: [navigation], range } },
        options,
      ),
      context: own,
    });
  }
  const row = { range: scope.current, navigations: from ? [from] : [] };
  const value = speakingOfValue(scope, property.name, propertyOf(row, property));
  const seen = augmented(context, value, property.name, sequence);
  return (options) => ({
    ...planComplex(context, { ...seen, options }, property, options, row).field,
    name,
    dynamic: true,
  });
}
