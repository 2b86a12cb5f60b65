/** A request that reads, planned. Protocol §11.2 */
import { tiedColumns } from '../model/edm';
import type { EdmType, Stream } from '../model/model';
import type { Ast, QueryOptions, ResourceSegment } from '../url/ast';
import { planAll } from './all';
import { checkOptions } from './applicable';
import { ofValues } from './bare-items';
import { planCollection, planFilter, planInstance, planRows } from './collection';
import { startScope, unknownSegment, type PlanContext } from './context';
import { planCrossCount, planCrossJoin } from './cross-join';
import { rowsOfMembers } from './given-rows';
import { lastStep } from './keys';
import type { ReadPlan, Selection, Target } from './plan';
import { planProperty } from './read-property';
import { planResults } from './results';
import { onlyPost, planTarget } from './resource-path';
import { propertyField } from './property-field';
import { planSelection } from './select';
import { everything } from './select-list';
import { noMedia, streamAt } from './stream';

/** Plans a GET. */
export function planRead(context: PlanContext, ast: Ast): ReadPlan {
  const [first, second] = ast.path;
  if (first?.kind === '$all' && !second) return planAll(context, ast.options);
  if (first?.kind === '$crossjoin') return planCrossed(context, first, second, ast);
  const { target, rest, action } = planTarget(context, ast.path);
  if (action) throw onlyPost(action);
  if (target.results) return planResults(context, target, target.results, rest, ast.options);
  const stream = streamAt(target, rest);
  if (stream) return planStream(target, stream, ast.options);
  const [next, ...further] = rest;
  if (isValue(target)) return planValue(context, target, rest, ast.options);
  if (!next) return planResource(context, target, ast.options);
  if (next.kind === 'name')
    return planProperty(context, startScope(target.range, ast.options), target, [next, ...further]);
  const isLast = next.kind === '$count' || next.kind === '$ref' || next.kind === '$value';
  if (isLast && further.length > 0) throw unknownSegment(further[0]);
  return planSuffix(context, target, next, ast.options);
}

/** Combinations of entities have no segments behind them but `/$count`. */
function planCrossed(
  context: PlanContext,
  segment: Extract<ResourceSegment, { kind: '$crossjoin' }>,
  next: ResourceSegment | undefined,
  { path, options }: Ast,
): ReadPlan {
  const isCount = next?.kind === '$count';
  if (next && !isCount) throw unknownSegment(next);
  if (path.length > 2) throw unknownSegment(path[2]);
  checkOptions(options, isCount ? 'count' : 'collection', '$crossjoin');
  return isCount ? planCrossCount(context, segment, options) : planCrossJoin(context, segment, options);
}

/** What the path leads to, whole. */
export function planResource(context: PlanContext, target: Target, options: QueryOptions): ReadPlan {
  if (isValue(target)) return planValue(context, target, [], options);
  return target.single ? planEntity(context, target, options) : planEntities(context, target, options);
}

/** An operation that gives one primitive value. */
const isValue = ({ steps }: Target): boolean => steps.at(-1)?.rows?.operation.returns.type.kind === 'primitive';

/** The value of such an operation, as JSON or raw. Protocol §11.5.4.1 */
function planValue(
  context: PlanContext,
  target: Target,
  [suffix, ...further]: readonly ResourceSegment[],
  options: QueryOptions,
): ReadPlan {
  const raw = suffix !== undefined;
  if (raw && (suffix.kind !== '$value' || further.length > 0))
    throw unknownSegment(suffix.kind === '$value' ? further[0] : suffix);
  checkOptions(options, 'value', 'a value');
  const [property] = target.range.type.properties.values();
  if (!property) throw new Error('A value has a property');
  return {
    kind: 'property',
    target,
    items: [],
    path: [],
    field: propertyField(context, startScope(target.range, options), property),
    list: everything,
    raw,
  };
}

/** The bytes of a stream, whatever $format says. Protocol §11.2.4.1 */
function planStream(target: Target, stream: Stream, options: QueryOptions): ReadPlan {
  checkOptions(options, 'value', 'a stream');
  return { kind: 'stream', target, stream };
}

/** One entity with the options of the request: also the answer to a write. */
export function planEntity(
  context: PlanContext,
  target: Target,
  options: QueryOptions,
): Extract<ReadPlan, { kind: 'entity' }> {
  checkOptions(options, 'entity', 'one entity');
  const scope = planInstance(context, startScope(target.range, options), options);
  return {
    kind: 'entity',
    target,
    selection: planSelection(context, scope, options),
    reference: false,
  };
}

/** The columns that have one value in the whole collection: what ties it to its parent, or the partition. */
function tiedIn({ steps }: Target): readonly string[] {
  const step = steps.at(-1);
  if (step?.navigation) return tiedColumns(step.navigation);
  return step?.range.type.partition ? [step.range.type.partition.column] : [];
}

/** The type of the items of a collection. */
function itemOf(target: Target): EdmType {
  const { rows, range } = lastStep(target);
  const type = rows?.operation.returns.type;
  return type?.kind === 'collection' ? type.of : range.type;
}

/** A collection with the options of the request. */
function planEntities(context: PlanContext, target: Target, options: QueryOptions): ReadPlan {
  checkOptions(options, 'collection', 'a collection');
  const scope = startScope(target.range, options);
  const called = rowsOfMembers(context, target);
  if (called) {
    const collection = planCollection(context, scope, options, { from: called.rows });
    return { kind: 'collection', target: called.target, collection, form: 'entities', told: called.told };
  }
  return {
    kind: 'collection',
    target,
    collection: ofValues(itemOf(target), planCollection(context, scope, options, { tied: tiedIn(target) })),
    form: 'entities',
  };
}

function planSuffix(
  context: PlanContext,
  target: Target,
  segment: Exclude<ResourceSegment, { kind: 'name' }>,
  options: QueryOptions,
): ReadPlan {
  switch (segment.kind) {
    case '$count':
      if (target.single) throw unknownSegment(segment);
      checkOptions(options, 'count', '/$count');
      return planCountOf(context, target, options);
    case '$ref':
      if (lastStep(target).rows) throw unknownSegment(segment);
      return planReferences(context, target, options);
    case '$value':
      throw target.single ? noMedia(segment.place, target.range.type) : unknownSegment(segment);
    default:
      throw unknownSegment(segment);
  }
}

function planCountOf(context: PlanContext, target: Target, options: QueryOptions): ReadPlan {
  const called = rowsOfMembers(context, target);
  const { scope, rows = called?.rows } = planRows(context, startScope(target.range, options), options, called?.rows);
  return {
    kind: 'count',
    target: called?.target ?? target,
    filter: planFilter(context, scope, options),
    ...(rows ? { rows } : {}),
  };
}

function planReferences(context: PlanContext, target: Target, options: QueryOptions): ReadPlan {
  checkOptions(options, target.single ? 'value' : 'references', '/$ref');
  const scope = startScope(target.range, options);
  if (target.single) return planReference(target);
  const selection = unselected(target);
  return {
    kind: 'collection',
    target,
    collection: { ...planCollection(context, scope, options, { tied: tiedIn(target) }), selection },
    form: 'references',
  };
}

const unselected = ({ range }: Target): Selection => ({ range, fields: [], list: everything });

/** One entity by its id alone. */
export const planReference = (target: Target): Extract<ReadPlan, { kind: 'entity' }> => ({
  kind: 'entity',
  target,
  selection: unselected(target),
  reference: true,
});
