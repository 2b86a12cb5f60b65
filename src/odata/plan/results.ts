/** What an operation gives for each member of a collection. Protocol §11.5.2, URL Conventions §4.13, JSON §12 */
import { qualifiedTypeName } from '../model/edm';
import type { EdmType } from '../model/model';
import type { QueryOptions, ResourceSegment } from '../url/ast';
import { checkOptions } from './applicable';
import { orderKeys, planCollection, planCount, planFilter, planRows } from './collection';
import { startScope, unknownSegment, type PlanContext, type Scope } from './context';
import { derivedType } from './derived-type';
import { totalOrder } from './order';
import { ownContext } from './own-context';
import type { BoundCollection, CollectionPlan, ReadPlan, Results, Target } from './plan';
import type { Rows } from './rows';
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
  return results.type.kind === 'collection'
    ? planCollections(context, target, results, suffix, options)
    : planValues(context, target, results, suffix, options);
}

function suffixOf(results: Results, [segment, ...further]: readonly ResourceSegment[]): Suffix {
  if (!segment) return undefined;
  const { kind } = segment;
  if (further[0]) throw unknownSegment(further[0]);
  if (kind === '$count' || (kind === '$ref' && hasIds(results))) return kind;
  throw unknownSegment(segment);
}

const hasIds = ({ type, collection: { range } }: Results): boolean =>
  type.kind !== 'collection' && range.identity !== undefined;

/** What context URLs tell of the results: the set that they are of, or their type. Protocol §10.16 */
function toldOf({ namespace }: PlanContext['model'], { type, collection: { range } }: Results): string {
  if (type.kind === 'entity' && range.identity?.kind === 'set') {
    const { set } = range.identity;
    return set.type === range.type ? set.name : `${set.name}/${qualifiedTypeName(namespace, range.type)}`;
  }
  return `Collection(${qualifiedTypeName(namespace, type)})`;
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
  const collection: BoundCollection = { from: members.range, navigations: [], range, rows, ...(filter && { filter }) };
  const input: Rows = { kind: 'base', range: members.range };
  return {
    target: { ...target, steps, range: members.range },
    rows: { kind: 'join', input, collection, rows: { kind: 'base', range }, outer: false },
    told: qualifiedTypeName(namespace, rows.operation.returns.type),
  };
}

/** Rows of primitive values: an object with the value says no more than that. JSON §11, §12 */
export const ofValues = (type: EdmType, collection: CollectionPlan): CollectionPlan =>
  type.kind === 'primitive' || type.kind === 'enum'
    ? { ...collection, selection: { ...collection.selection, isBare: true } }
    : collection;

/** One value for each member; a null where it has none. */
function planValues(
  context: PlanContext,
  target: Target,
  results: Results,
  suffix: Suffix,
  options: QueryOptions,
): ReadPlan {
  const { range } = results.collection;
  const scope = startScope(range, options);
  const from = [...(results.through ?? []), results.collection].reduce<Rows>(
    (input, collection) => ({
      kind: 'join',
      input,
      collection,
      rows: { kind: 'base', range: collection.range },
      outer: true,
    }),
    { kind: 'base', range: target.range },
  );
  if (suffix === '$count') {
    checkOptions(options, 'count', '/$count');
    const seen = planRows(context, scope, options, from);
    return { kind: 'count', target, filter: planFilter(context, seen.scope, options), rows: seen.rows ?? from };
  }
  checkOptions(options, suffix ? 'references' : 'collection', 'what is given for each member of a collection');
  const planned = ofValues(results.type, planCollection(context, scope, options, { from }));
  const told = toldOf(context.model, results);
  const collection: CollectionPlan = planned.selection.range === range ? { ...planned, hasNulls: true } : planned;
  if (!suffix) return { kind: 'collection', target, collection, form: 'entities', told };
  const selection = { range, fields: [], list: everything };
  return { kind: 'collection', target, collection: { ...collection, selection }, form: 'references', told };
}

/** A collection for each member, each an object with the member `value`. Options speak of it as `$it`. */
export function planCollections(
  context: PlanContext,
  target: Target,
  results: Results,
  suffix: Suffix,
  options: QueryOptions,
): ReadPlan {
  const { collection: members } = results;
  const told = toldOf(context.model, results);
  checkOptions(
    options,
    suffix ? 'count' : 'collections',
    'the collections that are given for the members of a collection',
  );
  const range = { type: derivedType({ name: told, properties: [] }), name: '$it' };
  const scope: Scope = { ...startScope(range, options), outermost: members };
  const filter = planFilter(context, scope, options);
  if (suffix) return { kind: 'count', target, filter };
  const inner = planCollection(context, startScope(members.range), {}, { depth: 1 });
  const asked = (options.$orderby ?? []).flatMap((item) => orderKeys(context, scope, item));
  const answered = ownContext(context.model, members.range.type, 'many');
  const collection: CollectionPlan = {
    base: target.range,
    selection: {
      range: target.range,
      fields: [{ kind: 'nest', name: 'value', collection: inner, members, context: answered, isAnswer: true }],
      list: everything,
      isBare: true,
    },
    filter,
    order: totalOrder({ kind: 'base', range: target.range }, asked),
    ...planCount(context, options),
  };
  return { kind: 'collection', target, collection, form: 'entities', told };
}
