/** join, outerjoin, addnested and nest: rows with the members of a collection. Data Aggregation §3.4.3, §3.5 */
import { odataError } from '../error';
import { tiedColumns } from '../model/edm';
import type { NavigationProperty } from '../model/model';
import type { Path, Transformation } from '../url/ast';
import { planGroup } from './aggregate';
import { applySequence } from './apply';
import type { Applied } from './apply-state';
import { planCollection } from './collection';
import { checkAlias, withMember } from './compute';
import { allOf, same } from './conditions';
import { notImplemented, placeOf, startScope, type PlanContext, type Scope } from './context';
import { keysOf, type Group } from './group';
import { unknownProperty } from './position';
import { membersOf, namesOf, withMembers } from './members';
import { totalOrder } from './order';
import type { BoundCollection, CollectionPlan, Field, Range, Selection } from './plan';
import { rangesOf, type Rows } from './rows';
import { planSelection } from './select';

/** The navigation property that a path of one name leads along. */
function navigationAt(scope: Scope, path: Path): NavigationProperty {
  const [segment, next] = path.segments;
  if (segment?.kind !== 'name' || segment.arguments || next)
    throw notImplemented('Anything but the name of a navigation property here', path.place);
  const { type } = scope.current;
  const navigation = type.navigations.get(segment.name);
  if (navigation) return navigation;
  if (type.properties.has(segment.name) || membersOf(scope, scope.current).own.has(segment.name))
    throw odataError('TypeMismatch', { message: `'${segment.name}' is no navigation property.` }, placeOf(path.place));
  throw unknownProperty(type, segment, namesOf(scope, scope.current));
}

/** Each row once for every member of the collection. */
export function planJoin(
  context: PlanContext,
  before: Applied,
  { kind, path, as, apply, place }: Extract<Transformation, { kind: 'join' | 'outerjoin' }>,
): Applied {
  const { scope } = before;
  const navigation = navigationAt(scope, path);
  if (!navigation.collection)
    throw odataError('TypeMismatch', { message: `'${navigation.name}' is no collection.` }, placeOf(place));
  checkAlias(scope, as, place);
  const outer = kind === 'outerjoin';
  const range: Range = { type: navigation.target, name: as, optional: outer };
  const collection: BoundCollection = { from: scope.current, navigations: [navigation], range };
  const inner = applySequence(
    context,
    { scope: { ...scope, current: range }, rows: { kind: 'base', range }, order: [], groups: [] },
    apply,
  );
  const { current } = inner.scope;
  if (rangesOf(inner.rows).length > 1 || (outer && current !== range))
    throw notImplemented(`${kind} with transformations that change the structure of the rows`, place);
  const joined = withMembers(scope, current, membersOf(inner.scope, current));
  return {
    ...before,
    scope: withMember(joined, as, { kind: 'row', range: current }),
    rows: { kind: 'join', input: before.rows, collection, rows: inner.rows, outer },
  };
}

/** A transformed copy of what is related to each row, beside the rows' own properties. */
export function planAddnested(
  context: PlanContext,
  before: Applied,
  { path, items, place }: Extract<Transformation, { kind: 'addnested' }>,
): Applied {
  const { scope } = before;
  const navigation = navigationAt(scope, path);
  return items.reduce<Applied>((applied, { apply, as }) => {
    checkAlias(applied.scope, as, place);
    const range: Range = { type: navigation.target, name: as };
    const inner: Scope = { ...startScope(range, scope.options), it: scope.it };
    const nested = membersOf(applied.scope, scope.current).nested ?? [];
    const field = navigation.collection
      ? manyField(context, inner, navigation, as, apply)
      : oneField(context, inner, navigation, as, apply);
    return { ...applied, scope: withMembers(applied.scope, scope.current, { nested: [...nested, field] }) };
  }, before);
}

type Sequence = readonly Transformation[];

const manyField = (
  context: PlanContext,
  scope: Scope,
  navigation: NavigationProperty,
  name: string,
  $apply: Sequence,
): Field => ({
  kind: 'many',
  name,
  navigation,
  form: 'entities',
  added: true,
  collection: planCollection(context, scope, { $apply }, { tied: tiedColumns(navigation), depth: 1 }),
});

/** One entity stays one: only what adds to it makes sense. */
function oneField(
  context: PlanContext,
  scope: Scope,
  navigation: NavigationProperty,
  name: string,
  sequence: Sequence,
): Field {
  const other = sequence.find(({ kind }) => kind !== 'identity' && kind !== 'compute' && kind !== 'addnested');
  if (other)
    throw odataError(
      'TypeMismatch',
      { message: `'${navigation.name}' is one entity: only identity, compute and addnested apply to it.` },
      placeOf(other.place),
    );
  const applied = applySequence(
    context,
    { scope, rows: { kind: 'base', range: scope.current }, order: [], groups: [] },
    sequence,
  );
  return {
    kind: 'one',
    name,
    navigation,
    selection: planSelection(context, applied.scope, {}, 1),
    reference: false,
  };
}

/** One row whose properties are the transformed rows; within groupby one for each group, with those of the group. */
export function planNest(
  context: PlanContext,
  before: Applied,
  { items, place }: Extract<Transformation, { kind: 'nest' }>,
): Applied {
  const { current } = before.scope;
  const { declared } = membersOf(before.scope, current);
  const type = declared ?? current.type;
  const { rows, groups } = planGroup(context, before, []);
  const { range } = rows;
  const nested: Applied = { ...before, rows: ofGroup(before, groups), groups: [], origin: undefined };
  const empty: Scope = withMembers({ ...before.scope, current: range }, range, { declared: type });
  const scope = items.reduce((made, { apply, as }) => {
    checkAlias(made, as, place);
    const inner = applySequence(context, nested, apply);
    const selection = planSelection(context, inner.scope, {}, 1);
    if (isCombined(selection)) throw notImplemented('nest of combinations of entities', place);
    const collection: CollectionPlan = {
      base: current,
      ...(inner.rows.kind === 'base' ? {} : { rows: inner.rows }),
      selection,
      filter: undefined,
      order: totalOrder(inner.rows, inner.order),
      top: undefined,
      skip: undefined,
      count: false,
    };
    const fields = membersOf(made, range).nested ?? [];
    return withMembers(made, range, { nested: [...fields, { kind: 'nest', name: as, type, collection }] });
  }, empty);
  return { scope, rows, order: [], groups, origin: before.origin };
}

/** Rows of `$crossjoin`, which go out with links to their entities. */
const isCombined = ({ fields, variants }: Selection): boolean =>
  fields.some(({ kind }) => kind === 'link') || [...(variants?.selections.values() ?? [])].some(isCombined);

/** The rows of one group: its keys are those of the row that stands for it. */
function ofGroup({ rows, groups }: Applied, made: readonly Group[]): Rows {
  const keys = keysOf(made);
  const conditions = keysOf(groups).map((key, index) => same(key, keys[index] ?? { kind: 'null' }));
  return conditions.length === 0 ? rows : { kind: 'filter', input: rows, condition: allOf(conditions) };
}
