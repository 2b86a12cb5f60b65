/** What an operation gives for each member of a collection. Protocol §11.5.2, URL Conventions §4.13, JSON §12 */
import { tiedColumns, qualifiedTypeName, untyped } from '../model/edm';
import type { EdmType } from '../model/model';
import { VALUE } from '../model/row-type';
import type { QueryOptions, ResourceSegment } from '../url/ast';
import { checkOptions } from './applicable';
import { orderKeys, planCollection, planCount, planFilter, planRows } from './collection';
import { valuesField } from './collection-property';
import { notImplemented, startScope, unknownSegment, type PlanContext, type Scope } from './context';
import { derivedType } from './derived-type';
import { heldValue } from './dynamic-property';
import { mentionsIt } from './expand-options';
import { totalOrder } from './order';
import { ownContext, type OwnContext } from './own-context';
import type { BoundCollection, CollectionPlan, Field, Range, ReadPlan, Results, Selection, Target } from './plan';
import type { Rows } from './rows';
import { boundProperty } from './select';
import { everything } from './select-list';

type Suffix = '$count' | '$ref' | undefined;

/** Plans a GET of the results for the members that the target stands for: one item for each of them, in their order. */
export function planResults(
  context: PlanContext,
  target: Target,
  results: Results,
  rest: readonly ResourceSegment[],
  options: QueryOptions,
): ReadPlan {
  const suffix = suffixOf(results, rest);
  const resource = 'what is given for each member of a collection';
  checkOptions(options, suffix ? suffixed[suffix] : 'collection', resource);
  // What is not for collections of collections, or for values that tell their types themselves, is not for their number.
  if (results.type.kind === 'collection' || results.type === untyped) checkOptions(options, 'collections', resource);
  if (suffix === '$count') return countResults(context, target, results, options);
  const planned = planEach(context, target, results, options, 0);
  if (!suffix || planned.kind !== 'collection') return planned;
  const selection = { range: planned.collection.selection.range, fields: [], list: everything };
  return { ...planned, collection: { ...planned.collection, selection }, form: 'references' };
}

const suffixed = { $count: 'count', $ref: 'references' } as const;

function suffixOf(results: Results, [segment, ...further]: readonly ResourceSegment[]): Suffix {
  if (!segment) return undefined;
  const { kind } = segment;
  if (further[0]) throw unknownSegment(further[0]);
  if (kind === '$count' || (kind === '$ref' && hasIds(results))) return kind;
  throw unknownSegment(segment);
}

const hasIds = (results: Results): boolean => rangeOfOne(results)?.identity !== undefined;

/** The variable of the one that is given for each member; undefined where a collection is. */
const rangeOfOne = ({ type, collection }: Results): Range | undefined =>
  type.kind === 'collection' || 'values' in collection ? undefined : collection.range;

/** What context URLs tell of the results: the set that they are of, or their type. Protocol §10.16 */
function toldOf({ namespace }: PlanContext['model'], results: Results): string {
  const range = rangeOfOne(results);
  if (results.type.kind === 'entity' && range?.identity?.kind === 'set') {
    const { set } = range.identity;
    return set.type === range.type ? set.name : `${set.name}/${qualifiedTypeName(namespace, range.type)}`;
  }
  return `Collection(${qualifiedTypeName(namespace, results.type)})`;
}

/** The rows of a function that is bound to a collection: those of all its members. Undefined for other targets. */
export function rowsOfMembers(
  { model: { namespace } }: PlanContext,
  target: Target,
): { readonly target: Target; readonly rows: Rows; readonly told: string } | undefined {
  const steps = target.steps.slice(0, -1);
  const members = steps.at(-1);
  const { rows, range, filter } = target.steps.at(-1) ?? {};
  const isOne = members?.key !== undefined || members?.navigation?.collection === false;
  if (!members || !rows || !range || isOne) return undefined;
  return {
    target: { ...target, steps, range: members.range },
    rows: rowsOfAll(members.range, { range, rows, ...(filter && { filter }) }),
    told: qualifiedTypeName(namespace, rows.operation.returns.type),
  };
}

/** The rows of a function that each member of a collection is bound to in turn. */
function rowsOfAll(members: Range, { of: _, ...called }: Omit<BoundCollection, 'from' | 'navigations'>): Rows {
  return joined({ kind: 'base', range: members }, { ...called, from: members, navigations: [] }, false);
}

/** Rows with those of a collection that starts at one of them. */
const joined = (input: Rows, collection: BoundCollection, outer: boolean): Rows => ({
  kind: 'join',
  input,
  collection,
  rows: { kind: 'base', range: collection.range },
  outer,
});

/** Rows of values without declared parts: an object with the value says no more than that, one that is an object is the item itself. JSON §11, §12 */
export function ofValues(type: EdmType, collection: CollectionPlan): CollectionPlan {
  if (type.kind !== 'primitive' && type.kind !== 'enum' && type !== untyped) return collection;
  const { selection } = collection;
  const { range } = selection;
  const { whole } = range.type;
  if (type === untyped && whole) {
    const value = heldValue(VALUE, boundProperty(range, whole));
    const field: Field = { kind: 'untyped', name: VALUE, value, isAlone: true };
    return { ...collection, selection: { ...selection, fields: [field], isBare: true } };
  }
  const alone = (field: Field): Field =>
    field.kind === 'property' && field.value.property === whole ? { ...field, name: '' } : field;
  return { ...collection, selection: { ...selection, fields: selection.fields.map(alone), isBare: true } };
}

/** The results for the members as rows; null where a member has none. A collection is none of the row. */
function rowsOfEach(members: Range, { type, through, collection }: Results): Rows {
  const one = type.kind === 'collection' || 'values' in collection ? [] : [collection];
  return [...through, ...one].reduce<Rows>((input, next) => joined(input, next, true), {
    kind: 'base',
    range: members,
  });
}

function countResults(context: PlanContext, target: Target, results: Results, options: QueryOptions): ReadPlan {
  const range = rangeOfOne(results);
  const from = rowsOfEach(target.range, results);
  const { scope, rows = from } = range
    ? planRows(context, startScope(range, options), options, from)
    : { scope: scopeOfMany(context, results, options) };
  return { kind: 'count', target, filter: planFilter(context, scope, options), rows };
}

/**
 * The results for the members that the target stands for, with the options of the request; those of `$each` number `each` of the path, from
 * 0: undefined where no link to further pages of a collection can go on behind it.
 */
export function planEach(
  context: PlanContext,
  target: Target,
  results: Results,
  options: QueryOptions,
  each: number | undefined,
): ReadPlan {
  const collection = planItems(context, target.range, results, options, each);
  return { kind: 'collection', target, collection, form: 'entities', told: toldOf(context.model, results) };
}

/** One item for each row of a variable. */
function planItems(
  context: PlanContext,
  members: Range,
  results: Results,
  options: QueryOptions,
  each: number | undefined,
): CollectionPlan {
  const range = rangeOfOne(results);
  return range
    ? planValues(context, rowsOfEach(members, results), range, results.type, options)
    : planCollections(context, members, results, options, each);
}

/** One value for each member; a null where it has none. */
function planValues(
  context: PlanContext,
  from: Rows,
  range: Range,
  type: EdmType,
  options: QueryOptions,
): CollectionPlan {
  const planned = ofValues(type, withIds(planCollection(context, startScope(range, options), options, { from })));
  return planned.selection.range === range ? { ...planned, hasNulls: 'row' } : planned;
}

/** A collection for each member, each an object with the member `value`. Options speak of it as `$it`. */
function planCollections(
  context: PlanContext,
  members: Range,
  results: Results,
  options: QueryOptions,
  each: number | undefined,
): CollectionPlan {
  const rows = rowsOfEach(members, results);
  const scope = scopeOfMany(context, results, options);
  const asked = (options.$orderby ?? []).flatMap((item) => orderKeys(context, scope, item));
  return {
    base: members,
    ...(rows.kind !== 'base' && { rows }),
    selection: {
      range: members,
      fields: [planMany(context, members, results, each)],
      list: everything,
      isBare: true,
    },
    filter: planFilter(context, scope, options),
    order: totalOrder(rows, asked),
    ...planCount(context, options),
  };
}

/** The collection for one member, whole or in pages. */
function planMany(context: PlanContext, member: Range, results: Results, each: number | undefined): Field {
  const { collection, each: further } = results;
  if ('values' in collection) return valuesField(context, startScope(member), '', collection, {});
  const { range, of, navigations } = collection;
  const nested = { kind: 'nest', name: '', members: of ?? collection } as const;
  // Items, and what rows without an id have, are not read alone.
  const link = member.identity && !navigations.at(-1)?.items ? each : undefined;
  if (further) {
    const one = rangeOfOne(further);
    const inner = planItems(context, range, further, {}, each === undefined ? undefined : each + 1);
    return { ...nested, collection: inner, context: one && contextOf(context, one), each: link };
  }
  const last = navigations.at(-1);
  const known = of ? { from: rowsOfAll(of.range, collection) } : { tied: last ? tiedColumns(last) : [] };
  const inner = withIds(planCollection(context, startScope(range), {}, known));
  return { ...nested, collection: inner, context: contextOf(context, range), each: link };
}

/** What tells of a collection within the answer where its entities are; of contained ones their ids do. */
const contextOf = ({ model }: PlanContext, { type, identity }: Range): OwnContext | undefined =>
  identity?.kind === 'contained' ? undefined : ownContext(model, type, 'many');

const withIds = (collection: CollectionPlan): CollectionPlan => ({
  ...collection,
  selection: tellingIds(collection.selection),
});

function tellingIds(selection: Selection): Selection {
  const { range, variants } = selection;
  if (range.identity?.kind !== 'contained') return selection;
  const selections = [...(variants?.selections ?? [])].map(([text, one]) => [text, tellingIds(one)] as const);
  return {
    ...selection,
    tellsId: true,
    ...(variants && { variants: { ...variants, selections: new Map(selections) } }),
  };
}

/** What options speak of where each item is a collection: `$it` is that of one member. */
function scopeOfMany(context: PlanContext, results: Results, options: QueryOptions): Scope {
  const { collection, each } = results;
  const name = toldOf(context.model, results);
  const scope = startScope({ type: derivedType({ name, properties: [] }), name: '$it' }, options);
  if (!each || 'values' in collection) return { ...scope, outermost: collection };
  const range = rangeOfOne(each);
  if (range) {
    const made = { of: collection, rows: rowsOfEach(collection.range, each), order: [] };
    return { ...scope, outermost: { from: undefined, navigations: [], range, made } };
  }
  for (const name of ['$filter', '$orderby'] as const)
    if (mentionsIt(options[name], (alias) => context.alias(alias, options), isOfItems))
      throw notImplemented(
        'What more than /$count and /any() is said of $it that is a collection of collections',
        name,
      );
  return { ...scope, outermost: collection };
}

/** Segments say more of a collection than how many items it has, and if any. */
function isOfItems(segments: unknown): boolean {
  const behind: readonly unknown[] = Array.isArray(segments) ? segments : [];
  const [segment, ...further] = behind;
  if (further.length > 0 || typeof segment !== 'object' || segment === null || !('kind' in segment)) return true;
  const isPlain = !('options' in segment && segment.options) && !('predicate' in segment && segment.predicate);
  return !isPlain || (segment.kind !== '$count' && segment.kind !== 'any');
}
