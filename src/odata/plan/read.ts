/** A request that reads, planned. Protocol §11.2 */
import { odataError } from '../error';
import { edm, untyped } from '../model/edm';
import type { Property, Stream } from '../model/model';
import type { Ast, QueryOptions, ResourceSegment } from '../url/ast';
import { planAll } from './all';
import { planCollection, planFilter, planRows } from './collection';
import { partNames } from './context-list';
import { notImplemented, placeOf, type PlanContext, type Scope } from './context';
import { planCollectionPart } from './collection-property';
import { planItemsPart } from './complex-items';
import { narrowedBy } from './conditions';
import { planCrossCount, planCrossJoin } from './cross-join';
import { dynamicProperty } from './dynamic-property';
import { unknownProperty } from './member-path';
import type { Bound, Field, ReadPlan, Step, Target } from './plan';
import { onlyPost, planTarget } from './resource-path';
import { boundProperty, planPart, planSelection, propertyField } from './select';
import { everything, type SelectList } from './select-list';
import { noMedia, streamAt } from './stream';

/** Options that a resource of each kind takes, beside $format, $schemaversion and aliases. */
const applicable = {
  collection: [
    '$filter',
    '$orderby',
    '$select',
    '$expand',
    '$compute',
    '$search',
    '$apply',
    '$top',
    '$skip',
    '$count',
    '$skiptoken',
    '$index',
  ],
  entity: ['$select', '$expand', '$compute'],
  /** An answer to a POST has no further pages. */
  returned: ['$filter', '$orderby', '$select', '$expand', '$compute', '$search', '$apply', '$top', '$skip', '$count'],
  count: ['$filter', '$search', '$apply', '$orderby', '$top', '$skip', '$expand', '$select', '$count', '$compute'],
  references: ['$filter', '$orderby', '$search', '$top', '$skip', '$count', '$skiptoken', '$id'],
  property: ['$select', '$expand', '$compute'],
  values: ['$filter', '$orderby', '$search', '$top', '$skip', '$count'],
  items: ['$filter', '$orderby', '$search', '$apply', '$top', '$skip', '$count', '$select', '$expand', '$compute'],
  value: [],
} as const satisfies Record<string, readonly (keyof QueryOptions)[]>;

const always: readonly string[] = ['$format', '$schemaversion', 'aliases'];

/** Refuses options that the resource does not take. Protocol §11.2.1 */
export function checkOptions(options: QueryOptions, kind: keyof typeof applicable, resource: string): void {
  const allowed: readonly string[] = applicable[kind];
  for (const name of Object.keys(options)) {
    if (allowed.includes(name) || always.includes(name)) continue;
    throw odataError('OptionNotApplicable', { name, resource }, { target: name });
  }
}

/** The scope of the outermost options. */
export const rootScope = ({ range }: Target, options: QueryOptions): Scope => ({
  current: range,
  it: range,
  variables: new Map(),
  options,
});

/** Plans a GET. */
export function planRead(context: PlanContext, ast: Ast): ReadPlan {
  const [first, second] = ast.path;
  if (first?.kind === '$all' && !second) return planAll(context, ast.options);
  if (first?.kind === '$crossjoin') return planCrossed(context, first, second, ast);
  const { target, rest, action } = planTarget(context, ast.path);
  if (action) throw onlyPost(action);
  const stream = streamAt(target, rest);
  if (stream) return planStream(target, stream, ast.options);
  const [next, ...further] = rest;
  if (isValue(target)) return planValue(context, target, rest, ast.options);
  if (!next) return planResource(context, target, ast.options);
  if (next.kind === 'name') return planProperty(context, target, next, further, ast.options);
  const isLast = next.kind === '$count' || next.kind === '$ref' || next.kind === '$value';
  if (isLast && further.length > 0) throw behind(further[0]);
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
  if (next && !isCount) throw behind(next);
  if (path.length > 2) throw behind(path[2]);
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
    throw behind(suffix.kind === '$value' ? further[0] : suffix);
  checkOptions(options, 'value', 'a value');
  const [property] = target.range.type.properties.values();
  if (!property) throw new Error('A value has a property');
  return {
    kind: 'property',
    target,
    items: [],
    path: [],
    field: propertyField(context, rootScope(target, options), property),
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
  const { scope } = planRows(context, rootScope(target, options), options);
  return {
    kind: 'entity',
    target,
    selection: planSelection(context, scope, options),
    reference: false,
  };
}

/** The columns that have one value in the whole collection: what ties it to its parent, or the partition. */
function tiedColumns({ steps }: Target): readonly string[] {
  const step = steps.at(-1);
  if (step?.navigation) return step.navigation.join.map(({ targetColumn }) => targetColumn);
  return step?.range.type.partition ? [step.range.type.partition.column] : [];
}

/** A collection with the options of the request. */
export function planEntities(context: PlanContext, target: Target, options: QueryOptions): ReadPlan {
  checkOptions(options, 'collection', 'a collection');
  return {
    kind: 'collection',
    target,
    collection: planCollection(context, rootScope(target, options), options, tiedColumns(target)),
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
      if (target.single) throw odataError('BadRequest_NotFound', { segment: '$count' }, placeOf(segment.place));
      checkOptions(options, 'count', '/$count');
      return planCountOf(context, target, options);
    case '$ref':
      return planReferences(context, target, options);
    case '$value':
      if (target.single) throw noMedia(target.range.type, segment.place);
      throw odataError('BadRequest_NotFound', { segment: '$value' }, placeOf(segment.place));
    default:
      throw notImplemented(`The path segment ${segment.kind}`, segment.place);
  }
}

function planCountOf(context: PlanContext, target: Target, options: QueryOptions): ReadPlan {
  const { scope, rows } = planRows(context, rootScope(target, options), options);
  return { kind: 'count', target, filter: planFilter(context, scope, options), ...(rows ? { rows } : {}) };
}

function planReferences(context: PlanContext, target: Target, options: QueryOptions): ReadPlan {
  checkOptions(options, target.single ? 'value' : 'references', '/$ref');
  const scope = rootScope(target, options);
  const selection = { range: target.range, fields: [], list: everything };
  if (target.single) return { kind: 'entity', target, selection, reference: true };
  return {
    kind: 'collection',
    target,
    collection: { ...planCollection(context, scope, options, tiedColumns(target)), selection },
    form: 'references',
  };
}

const behind = (segment: ResourceSegment | undefined): Error =>
  odataError(
    'BadRequest_NotFound',
    { segment: segment?.kind === 'name' ? segment.name : (segment?.kind ?? '') },
    segment && placeOf(segment.place),
  );

/** `/displayName`, `/address/city`, `/amount/$value`. URL Conventions §4.6, §4.7 */
export function planProperty(
  context: PlanContext,
  target: Target,
  first: Extract<ResourceSegment, { kind: 'name' }>,
  segments: readonly ResourceSegment[],
  options: QueryOptions,
): Extract<ReadPlan, { kind: 'property' }> {
  const { type } = target.range;
  const property = first.arguments ? undefined : (type.properties.get(first.name) ?? dynamicProperty(type, first.name));
  if (!property) throw notFoundProperty(target, first);
  const part = { context, target, options, items: [], path: [property.name] };
  return planPropertyPart(part, rootScope(target, options), property, segments);
}

/** What the path has come to: a property of the entity, or of an item of one of its collections of complex values. */
interface PropertyPath {
  readonly context: PlanContext;
  readonly target: Target;
  readonly options: QueryOptions;
  readonly items: readonly Step[];
  readonly path: readonly string[];
}

type PropertyPlan = Extract<ReadPlan, { kind: 'property' }>;

/** `scope` speaks of what the property is of. */
function planPropertyPart(
  at: PropertyPath,
  scope: Scope,
  property: Property,
  segments: readonly ResourceSegment[],
): PropertyPlan {
  const { context, target, options, items } = at;
  const path = [...at.path];
  let found: Property = property;
  let rest = segments;
  while (rest[0]?.kind === 'name') {
    if (found.type.kind === 'collection') break;
    const next: Property | undefined =
      found.source.kind === 'complex' ? found.source.properties.get(rest[0].name) : undefined;
    if (!next) throw behind(rest[0]);
    found = next;
    path.push(next.name);
    rest = rest.slice(1);
  }
  const inItems = planItems({ ...at, path }, scope, found, rest);
  if (inItems) return inItems;
  if (found.type.kind === 'collection') return planValues({ ...at, path }, scope, found, rest);
  const [suffix, ...further] = rest;
  if (further.length > 0) throw behind(further[0]);
  if (suffix && suffix.kind !== '$value')
    throw suffix.kind === '$ref' || (suffix.kind === '$count' && found.type !== untyped)
      ? behind(suffix)
      : notImplemented(`The path segment ${suffix.kind} behind '${found.name}'`, suffix.place);
  const raw = suffix !== undefined;
  checkOptions(options, raw ? 'value' : 'property', raw ? '/$value' : 'a property');
  if (options.$compute) throw notImplemented('$compute of a property');
  const part = planPart(context, scope, found, options);
  const field: Field = raw ? rawField(part) : part;
  if (raw && field.kind === 'complex') throw behind(suffix);
  const list: SelectList =
    options.$select && field.kind === 'complex' ? { names: partNames(field), expanded: [] } : everything;
  return { kind: 'property', target, items, path, field, list, raw };
}

/** `/$value` is a text: a value that tells its type itself becomes one. URL Conventions §4.7 */
function rawField(field: Field): Field {
  if (field.kind !== 'property' || field.value.type !== untyped) return field;
  const type = edm('Edm.String');
  const value: Bound = { kind: 'convert', operand: field.value, type, nullable: true, mayFail: true };
  return { kind: 'computed', name: field.name, value, typeName: undefined };
}

/** A collection of complex values, what the path says of it, or of one of its items; undefined where the property is none. */
function planItems(
  at: PropertyPath,
  scope: Scope,
  property: Property,
  segments: readonly ResourceSegment[],
): PropertyPlan | undefined {
  const { context, target, options, items, path } = at;
  const part = planItemsPart(context, scope, property, segments, options);
  if (!part) return undefined;
  if (part.kind !== 'item') {
    const isCount = part.kind === 'count';
    checkOptions(options, isCount ? 'count' : 'items', 'a collection of complex values');
    const list = part.kind === 'field' ? part.field.collection.selection.list : everything;
    return { kind: 'property', target, items, path, field: part.field, list, raw: isCount };
  }
  const { step, segment, rest } = part;
  const inner = { ...at, items: [...items, step], path: [...path, segment.name] };
  const itemScope: Scope = { ...scope, current: step.range, it: step.range };
  const [next, ...further] = rest;
  const whole = step.range.type.item;
  if (!whole) throw new Error('An item is a value');
  if (next?.kind !== 'name') return planPropertyPart(inner, itemScope, whole, rest);
  const member = next.arguments ? undefined : step.range.type.properties.get(next.name);
  if (!member) throw notFoundProperty(step, next);
  return planPropertyPart({ ...inner, path: [...inner.path, member.name] }, itemScope, member, further);
}

/** A collection of values, or what the path says of it. */
function planValues(
  { context, target, options, items, path }: PropertyPath,
  scope: Scope,
  property: Property,
  segments: readonly ResourceSegment[],
): PropertyPlan {
  const suffix = segments.at(-1)?.kind;
  const kind = suffix === 'name' ? 'value' : suffix === '$count' ? 'count' : 'values';
  checkOptions(options, kind, 'a collection of values');
  const last = items.at(-1);
  const part = planCollectionPart(context, scope, boundProperty(scope.current, property), segments, options);
  const { field, raw, filter } = part;
  const found = { field, raw, path: [...path, ...part.path], list: everything };
  if (!filter) return { kind: 'property', target, items, ...found };
  if (last) {
    const narrowed: Step = { ...last, filter: narrowedBy(last.filter, filter) };
    return { kind: 'property', target, items: [...items.slice(0, -1), narrowed], ...found };
  }
  const steps = target.steps.map((step, index) =>
    index === target.steps.length - 1 ? { ...step, filter: narrowedBy(step.filter, filter) } : step,
  );
  return { kind: 'property', target: { ...target, steps }, items, ...found };
}

/** An unknown name behind an entity is an unknown resource. Protocol §9.2.1 */
function notFoundProperty(
  { range }: Pick<Target, 'range'>,
  segment: Extract<ResourceSegment, { kind: 'name' }>,
): Error {
  const { message } = unknownProperty(range.type, segment);
  const hint = /Did you mean .*/.exec(message)?.[0];
  return odataError(
    'BadRequest_NotFound',
    { segment: segment.name, ...(hint ? { hint: ` ${hint}` } : {}) },
    placeOf(segment.place),
  );
}
