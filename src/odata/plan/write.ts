/** A request that writes, planned: the resource, and how the written entity is read back for the answer. Protocol §11.4 */
import { odataError } from '../error';
import type { NavigationProperty, Property, Stream } from '../model/model';
import type { Ast, ExpandItem, Place, QueryOptions, ResourceSegment } from '../url/ast';
import { extraSlot } from '../sql';
import { checkOptions } from './applicable';
import { startScope, unknownSegment, type PlanContext } from './context';
import { dynamicProperty } from './dynamic-property';
import { itemsConditions, type ItemsCondition } from './item-conditions';
import type { KeyPredicate, ReadPlan, Target } from './plan';
import { planEntity, planReference } from './read';
import type { PropertyPath } from './property-path';
import { planProperty } from './read-property';
import { lastStep, withLastStep, withoutFilters } from './keys';
import { isOrdinal } from './ordinals';
import { onlyGet, onlyPost, planTarget } from './resource-path';
import { noMedia, streamAt } from './stream';
import { withoutOwnCasts } from './type-names';
import { hasItems, innermost, readOnly, writtenPlace, type WrittenPlace } from './written-place';

/** A request that writes. */
export type WritePlan = EntityWritePlan | StreamWritePlan | PropertyWritePlan | ReferenceWritePlan | EachWritePlan;

/** An entity, or the collection that a new one goes into. */
export interface EntityWritePlan {
  readonly kind: 'entity';
  readonly target: Target;
  /** The entity that was written, found by its key in the bindings (`writtenKey`), with $select and $expand of the request. */
  readonly readBack: ReadBack;
  /** Only the id of the entity that was written. */
  readonly reference: ReadBack;
  /** The same with more navigations expanded: the answer shows at least what was written along. Protocol §11.4.2.2 */
  readonly expanded: (expansion: Expansion) => ReadBack;
}

/** The bytes of a stream. Protocol §11.4.7.2, §11.4.8 */
export interface StreamWritePlan {
  readonly kind: 'stream';
  readonly target: Target;
  readonly stream: Stream;
  /** The entity that it belongs to. */
  readonly entity: EntityWritePlan;
}

/** One property of an entity. Protocol §11.4.9 */
export interface PropertyWritePlan {
  readonly kind: 'property';
  readonly target: Target;
  readonly place: WrittenPlace;
  /** `/$value` */
  readonly raw: boolean;
  /** `$index`: where an item comes to in a collection; undefined where the request does not say it. URL Conventions §5.1.11 */
  readonly index: number | undefined;
  /** What says which items of collections are meant. */
  readonly conditions: readonly ItemsCondition[];
  readonly readBack: Extract<ReadPlan, { kind: 'property' }>;
}

/** The links of a navigation: `…/$ref`. Protocol §11.4.6 */
export interface ReferenceWritePlan {
  readonly kind: 'reference';
  /** What the links lead to. */
  readonly target: Target;
  /** The entity that they start at. */
  readonly source: Target;
  readonly navigation: NavigationProperty;
  /** `$id`: the link that is meant. */
  readonly id: string | undefined;
}

/** Every member of a collection: `/$each`. Protocol §11.4.13, §11.4.14 */
export interface EachWritePlan {
  readonly kind: 'each';
  readonly target: Target;
}

/** The reading of the written entity. */
export type ReadBack = Extract<ReadPlan, { kind: 'entity' }>;

/** Paths of navigations that the answer to a deep write expands, with those behind them. */
export interface Expansion {
  readonly behind: ReadonlyMap<string, Expansion>;
}

/** The name in the bindings of a key value of the written entity. */
export const writtenKey = (property: string): string => `key ${property}`;

/** Plans a POST, PATCH, PUT or DELETE. */
export function planWrite(context: PlanContext, ast: Ast): WritePlan {
  const [first] = ast.path;
  // They are no collections of the model: nothing comes into them. URL Conventions §4.15, §4.16
  if (first?.kind === '$crossjoin' || first?.kind === '$all') throw readOnly(first.kind, first.place);
  const { target, rest, action } = planTarget(context, ast.path);
  if (action) throw onlyPost(action);
  if (target.called) throw onlyGet(target.called);
  const stream = streamAt(target, rest);
  if (stream) return planStreamWrite(context, target, stream, ast.options);
  const [next, ...further] = rest;
  if (target.each) return planEachWrite(target, ast.options);
  if (!target.single && lastStep(target).filter) throw readOnly('a part of a collection', placeOfFilter(ast));
  if (!next) return planEntityWrite(context, target, ast.options);
  if (next.kind === '$ref' && further.length === 0) return planReferenceWrite(target, next, ast.options);
  if (next.kind === 'name' && target.single && hasProperty(target, next.name))
    return planPropertyWrite(context, target, [next, ...further], ast.options);
  if (next.kind === '$value' && target.single) throw noMedia(next.place, target.range.type);
  throw notWritable(next);
}

/** The filter behind which no key picks an entity: `/$each` says that what it leaves is meant. Protocol §11.4.12 */
const placeOfFilter = ({ path }: Ast): Place | undefined => path.filter(({ kind }) => kind === '$filter').at(-1)?.place;

/** An option does not say which members are meant, nor is any of them shown: one that is left aside would write to all of them. */
function planEachWrite(target: Target, options: QueryOptions): EachWritePlan {
  checkOptions(options, 'value', 'what is done to each member of a collection');
  return { kind: 'each', target };
}

/** The answer may be the media entity, never that of a stream property. Protocol §11.4.7.2, §11.4.8.1 */
function planStreamWrite(context: PlanContext, target: Target, stream: Stream, options: QueryOptions): StreamWritePlan {
  if (stream !== target.range.type.media) checkOptions(options, 'value', 'a stream');
  return { kind: 'stream', target, stream, entity: planEntityWrite(context, target, options) };
}

function planEntityWrite(context: PlanContext, target: Target, options: QueryOptions): EntityWritePlan {
  const found = written(atHome(target));
  const plan = (more: QueryOptions): ReadBack => planEntity(context, found, more);
  return {
    kind: 'entity',
    target,
    readBack: plan(options),
    reference: planReference(found),
    expanded: remembered((expansion) => plan(withExpanded(options, expansion))),
  };
}

function planPropertyWrite(
  context: PlanContext,
  target: Target,
  [first, ...further]: PropertyPath,
  options: QueryOptions,
): PropertyWritePlan {
  const { $index, ...others } = options;
  const property = target.range.type.properties.get(first.name) ?? dynamicProperty(target.range.type, first.name);
  if (!property) throw unknownSegment(first);
  const path: PropertyPath = [first, ...withoutOwnCasts(context.model, property, further)];
  const place = writtenPlace(property, path);
  const last = innermost(place);
  const home = written(atHome(target));
  const { conditions, judged } = itemsConditions(context, home, path);
  const readBack = planProperty(context, { ...startScope(home.range, others), judged }, home, path);
  if ($index && (!hasItems(last.property) || last.items)) throw noIndex(last.property);
  // What is written there is one value, whatever the item is now.
  const end = path.at(-1);
  if (end && isOrdinal(end)) checkOptions(others, 'property', 'an item of a collection');
  const { raw } = readBack;
  return { kind: 'property', target, place, raw, index: $index && Number($index.text), conditions, readBack };
}

/** An item that is added to a collection has a place in it, and nothing else. */
export const noIndex = ({ name }: Property): Error =>
  odataError('OptionNotApplicable', { name: '$index', resource: `'${name}'` }, { target: '$index' });

/** A property, declared or not. */
const hasProperty = ({ range: { type } }: Target, name: string): boolean =>
  type.properties.has(name) || dynamicProperty(type, name) !== undefined;

function planReferenceWrite(target: Target, segment: ResourceSegment, options: QueryOptions): ReferenceWritePlan {
  checkOptions(options, 'links', 'links that are written');
  const { steps } = target;
  const last = steps.at(-1);
  const before = steps.at(-2);
  if (!last?.navigation || !before) throw readOnly('$ref', segment.place);
  // Links lead to entities of all types: of those behind a cast only one that a key picks is meant.
  if (last.range.type !== last.navigation.target && !last.key) throw readOnly('$ref behind a cast', segment.place);
  const source: Target = { ...target, steps: steps.slice(0, -1), range: before.range, single: true };
  return { kind: 'reference', target, source, navigation: last.navigation, id: options.$id };
}

/** Forms of deep bodies that one plan keeps. */
const MAX_EXPANSIONS = 32;

function remembered(plan: (expansion: Expansion) => ReadBack): EntityWritePlan['expanded'] {
  const plans = new Map<string, ReadBack>();
  return (expansion) => {
    const key = expansionKey(expansion);
    const found = plans.get(key);
    if (found) return found;
    if (plans.size >= MAX_EXPANSIONS) plans.clear();
    const made = plan(expansion);
    plans.set(key, made);
    return made;
  };
}

const expansionKey = ({ behind }: Expansion): string =>
  [...behind].map(([name, inner]) => `${name}(${expansionKey(inner)})`).join();

/** The options with further items of $expand; what the client asked of a navigation stays. */
function withExpanded(options: QueryOptions, { behind }: Expansion): QueryOptions {
  if (behind.size === 0) return options;
  const asked = options.$expand ?? [];
  const isNamed = (item: ExpandItem, name: string): boolean =>
    item.star !== true && item.path.map((segment) => segment.name).join('/') === name;
  const kept = asked.map((item) => {
    const inner =
      item.suffix === undefined ? behind.get(item.path.map((segment) => segment.name).join('/')) : undefined;
    return inner && item.star !== true ? { ...item, options: withExpanded(item.options, inner) } : item;
  });
  const added = [...behind]
    .filter(([name]) => !asked.some((item) => isNamed(item, name)))
    .map(([name, inner]) => ({
      path: name.split('/').map((part) => ({ kind: 'name' as const, name: part, place: ofBody })),
      options: withExpanded({}, inner),
      place: ofBody,
    }));
  return { ...options, $expand: [...kept, ...added] };
}

const ofBody: Place = { source: 'body', at: 0 };

function notWritable(segment: ResourceSegment): Error {
  if (segment.kind === '$count' || segment.kind === '$metadata') return readOnly(segment.kind, segment.place);
  return unknownSegment(segment);
}

/** Where a written entity is found again: at home, because the write may have changed the link or the values that the path came by. */
function atHome(found: Target): Target {
  const target = withoutFilters(found);
  const [first] = target.steps;
  const step = lastStep(target);
  const { identity } = step.range;
  if (!first || !identity || !step.navigation || step.navigation.containsTarget) return target;
  const { navigation: _, ...last } = step;
  if (identity.kind === 'set') return { ...target, steps: [{ ...last, set: identity.set }] };
  if (identity.parent.kind !== 'set' || identity.parent.set !== first.set) return target;
  return { ...target, steps: [first, { ...last, navigation: identity.navigation }] };
}

/** The target confined to the entity whose key the bindings hold. */
export function written(target: Target): Target {
  const { type } = target.range;
  const key: KeyPredicate = type.key.map((property) => ({
    property,
    value: {
      kind: 'value',
      slot: extraSlot(writtenKey(property.name)),
      type: property.type,
      nullable: false,
    },
  }));
  return { ...withLastStep(target, { key }), single: true };
}
