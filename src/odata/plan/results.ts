/** What an operation gives for each member of a collection. Protocol §11.5.2, URL Conventions §4.13, JSON §12 */
import { tiedColumns, qualifiedTypeName, untyped } from '../model/edm';
import type { QueryOptions, ResourceSegment } from '../url/ast';
import { checkOptions } from './applicable';
import { ofValues } from './bare-items';
import { orderKeys, planCollection, planCount, planFilter, planRows } from './collection';
import { valuesField } from './collection-property';
import { startScope, unknownSegment, type PlanContext, type Scope } from './context';
import { derivedType } from './derived-type';
import { rangeOfOne, rowsOfAll, rowsOfEach } from './given-rows';
import { totalOrder } from './order';
import { ownContext, type OwnContext } from './own-context';
import type { CollectionPlan, Field, Range, ReadPlan, Results, Selection, Target } from './plan';
import { isMissing } from './presence';
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

/** What context URLs tell of the results: the set that they are of, or their type. Protocol §10.16 */
function toldOf({ namespace }: PlanContext['model'], results: Results): string {
  const range = rangeOfOne(results);
  if (results.type.kind === 'entity' && range?.identity?.kind === 'set') {
    const { set } = range.identity;
    return set.type === range.type ? set.name : `${set.name}/${qualifiedTypeName(namespace, range.type)}`;
  }
  return `Collection(${qualifiedTypeName(namespace, results.type)})`;
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
