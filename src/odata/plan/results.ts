/** What an operation gives for each member of a collection. Protocol §11.5.2, URL Conventions §4.13, JSON §12 */
import { tiedColumns, qualifiedTypeName, untyped } from '../model/edm';
import type { EdmType } from '../model/model';
import { VALUE } from '../model/row-type';
import type { QueryOptions, ResourceSegment } from '../url/ast';
import { checkOptions } from './applicable';
import { orderKeys, planCollection, planCount, planFilter, planRows } from './collection';
import { valuesField } from './collection-property';
import { startScope, unknownSegment, type PlanContext, type Scope } from './context';
import { derivedType } from './derived-type';
import { heldValue } from './dynamic-property';
import { totalOrder } from './order';
import { ownContext, type OwnContext } from './own-context';
import type { BoundCollection, CollectionPlan, Field, Range, ReadPlan, Results, Selection, Target } from './plan';
import { isMissing } from './presence';
import type { Rows } from './rows';
import { boundProperty } from './select';
import { everything } from './select-list';

type Suffix = '$count' | '$ref' | undefined;

/** What is given for each row of a variable, and what the request says of it. */
interface Asked {
  readonly members: Range;
  readonly results: Results;
  readonly options: QueryOptions;
  /** Which `$each` of the path it stands behind, from 0; undefined where no link to further pages of a collection can go on behind it. */
  readonly each: number | undefined;
}

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
  const asked: Asked = { members: target.range, results, options, each: 0 };
  if (suffix === '$count') return { kind: 'count', target, ...countResults(context, asked) };
  const collection = planItems(context, asked);
  const told = toldOf(context.model, results);
  if (!suffix) return { kind: 'collection', target, collection, form: 'entities', told };
  const selection = { range: collection.selection.range, fields: [], list: everything };
  return { kind: 'collection', target, collection: { ...collection, selection }, form: 'references', told };
}

/** The results of an action for the members that the target stands for, with the options of the request. They are read but once: no link leads to more of them. */
export function planReturned(
  context: PlanContext,
  target: Target,
  results: Results,
  options: QueryOptions,
): Extract<ReadPlan, { kind: 'collection' }> {
  const collection = planItems(context, { members: target.range, results, options, each: undefined });
  return { kind: 'collection', target, collection, form: 'entities', told: toldOf(context.model, results) };
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
export function rowsOfEach(members: Range, { type, through, collection }: Results): Rows {
  const one = type.kind === 'collection' || 'values' in collection ? [] : [collection];
  return [...through, ...one].reduce<Rows>((input, next) => joined(input, next, true), {
    kind: 'base',
    range: members,
  });
}

function countResults(
  context: PlanContext,
  asked: Asked,
): Pick<Extract<ReadPlan, { kind: 'count' }>, 'filter' | 'rows'> {
  const { members, results, options } = asked;
  const range = rangeOfOne(results);
  const from = rowsOfEach(members, results);
  const { scope, rows = from } = range
    ? planRows(context, startScope(range, options), options, from)
    : { scope: scopeOfMany(context, asked) };
  return { filter: planFilter(context, scope, options), rows };
}

/** One item for each row. */
function planItems(context: PlanContext, asked: Asked): CollectionPlan {
  const range = rangeOfOne(asked.results);
  return range ? planValues(context, asked, range) : planCollections(context, asked);
}

/** One value for each member, by the variable of the values; a null where it has none. */
function planValues(context: PlanContext, { members, results, options }: Asked, range: Range): CollectionPlan {
  const from = rowsOfEach(members, results);
  const collection = withIds(planCollection(context, startScope(range, options), options, { from }));
  const planned = ofValues(results.type, collection);
  return planned.selection.range === range ? { ...planned, isNull: isMissing(range) } : planned;
}

/** A collection for each member, each an object with the member `value`. Options speak of it as `$it`. */
function planCollections(context: PlanContext, asked: Asked): CollectionPlan {
  const { members, results, options } = asked;
  const rows = rowsOfEach(members, results);
  const scope = scopeOfMany(context, asked);
  const keys = (options.$orderby ?? []).flatMap((item) => orderKeys(context, scope, item));
  return {
    base: members,
    ...(rows.kind !== 'base' && { rows }),
    selection: { range: members, fields: [planMany(context, asked)], list: everything, isBare: true },
    filter: planFilter(context, scope, options),
    order: totalOrder(rows, keys),
    ...planCount(context, options),
  };
}

/** The collection for one member, whole or in pages. */
function planMany(context: PlanContext, { members: member, results, each }: Asked): Field {
  const { collection, each: further } = results;
  if ('values' in collection) return valuesField(context, startScope(member), '', collection, {});
  const { range, of, navigations } = collection;
  const last = navigations.at(-1);
  // Items, and what rows without an id have, are not read alone.
  const link = member.identity && !last?.items ? each : undefined;
  const nested = { kind: 'nest', name: '', members: of ?? collection, each: link } as const;
  if (further) {
    const one = rangeOfOne(further);
    const next = each === undefined ? undefined : each + 1;
    const inner = planItems(context, { members: range, results: further, options: {}, each: next });
    return { ...nested, collection: inner, context: one && contextOf(context, one) };
  }
  const known = of ? { from: rowsOfAll(of.range, collection) } : { tied: last ? tiedColumns(last) : [] };
  const inner = withIds(planCollection(context, startScope(range), {}, known));
  return { ...nested, collection: inner, context: contextOf(context, range) };
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
function scopeOfMany(context: PlanContext, { results, options }: Asked): Scope {
  const name = toldOf(context.model, results);
  const scope = startScope({ type: derivedType({ name, properties: [] }), name: '$it' }, options);
  return { ...scope, collections: new Map([['$it', results]]) };
}

/** What is given for each member of a collection, one for each; undefined where collections are. */
export function collectionOfEach(members: BoundCollection, each: Results): BoundCollection | undefined {
  const range = rangeOfOne(each);
  const made = { of: members, rows: rowsOfEach(members.range, each), order: [] };
  return range && { from: undefined, navigations: [], range, made };
}
