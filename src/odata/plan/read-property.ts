/** A property alone: what the path goes through, its members and items, and its raw value. URL Conventions §4.6, §4.7, §4.10 */
import { qualifiedTypeName, untyped } from '../model/edm';
import type { Property } from '../model/model';
import type { NameSegment, QueryOptions, ResourceSegment } from '../url/ast';
import { checkOptions } from './applicable';
import { typeOf } from './coerce';
import { planCollectionPart } from './collection-property';
import { planItemsPart } from './complex-items';
import { narrowedBy } from './conditions';
import { unknownSegment, type PlanContext, type Scope } from './context';
import { planDynamicPart, speaksOfItems } from './dynamic-path';
import { dynamicProperty } from './dynamic-property';
import { lastStep, withLastStep } from './keys';
import type { Bound, Field, ReadPlan, Step, Target } from './plan';
import { planPart } from './property-field';
import { memberAlong, type PropertyPath } from './property-path';
import { boundProperty } from './select';
import { everything } from './select-list';
import { withoutOwnCasts } from './type-names';

/** `/displayName`, `/address/city`, `/amount/$value`. `scope` speaks of the entity, with the options of the request. URL Conventions §4.6, §4.7 */
export function planProperty(
  context: PlanContext,
  scope: Scope,
  target: Target,
  [first, ...further]: PropertyPath,
): PropertyPlan {
  const { type } = target.range;
  const property = first.arguments ? undefined : (type.properties.get(first.name) ?? dynamicProperty(type, first.name));
  if (!property) throw notFoundProperty(target, first);
  const segments = withoutOwnCasts(context.model, property, further);
  const part = { context, target, options: scope.options ?? {}, items: [], path: [property.name] };
  const plan = planPropertyPart(part, scope, property, segments);
  return isBehindFilter(segments) ? { ...plan, told: typeNameOf(context, plan.field) } : plan;
}

/** The path goes on behind a filter: to an item of what that leaves. */
function isBehindFilter(segments: readonly ResourceSegment[]): boolean {
  const at = segments.findIndex(({ kind }) => kind === '$filter');
  return at >= 0 && segments.slice(at).some(({ kind }) => kind === 'name');
}

/** The type of a member as context URLs write it. */
function typeNameOf({ model: { namespace } }: PlanContext, field: Field): string | undefined {
  switch (field.kind) {
    case 'property':
      return qualifiedTypeName(namespace, field.value.type, field.value.property.definition);
    case 'complex':
    case 'items':
      return qualifiedTypeName(namespace, field.type);
    case 'values':
      return `Collection(${qualifiedTypeName(namespace, field.collection.element.type)})`;
    case 'computed':
      return qualifiedTypeName(namespace, typeOf(field.value) ?? untyped);
    case 'untyped':
      return qualifiedTypeName(namespace, untyped);
    default:
      return undefined;
  }
}

/** What the path has come to: a property of the entity, or of an item of one of its collections of complex values. */
interface Reached {
  readonly context: PlanContext;
  readonly target: Target;
  readonly options: QueryOptions;
  readonly items: readonly Step[];
  readonly path: readonly string[];
}

type PropertyPlan = Extract<ReadPlan, { kind: 'property' }>;

/** `scope` speaks of what the property is of. */
function planPropertyPart(
  at: Reached,
  scope: Scope,
  property: Property,
  segments: readonly ResourceSegment[],
): PropertyPlan {
  const { context, target, options, items } = at;
  const { found, names, rest } = memberAlong(property, segments);
  const path = [...at.path, ...names];
  const inItems = planItems({ ...at, path }, scope, found, rest);
  if (inItems) return inItems;
  const whole = boundProperty(scope.current, found);
  if (found.type.kind === 'collection') return planValues({ ...at, path }, scope, found.name, whole, rest);
  const isBeyond = rest.some(({ kind }) => kind !== '$value') || (rest.length === 0 && speaksOfItems(options));
  if (found.source.kind === 'dynamic' && isBeyond) {
    const { filter, ...part } = planDynamicPart(context, scope, { name: found.name, value: whole }, rest, options);
    return confined({ ...at, path: [...path, ...part.path] }, { ...part, list: everything }, filter);
  }
  const [suffix, ...further] = rest;
  if (further.length > 0) throw unknownSegment(further[0]);
  if (suffix && suffix.kind !== '$value') throw unknownSegment(suffix);
  const raw = suffix !== undefined;
  checkOptions(options, raw ? 'value' : 'property', raw ? '/$value' : 'a property');
  const { field, list } = planPart(context, scope, found, options);
  if (raw && field.kind === 'complex') throw unknownSegment(suffix);
  return { kind: 'property', target, items, path, field, list, raw };
}

/** A collection of complex values, what the path says of it, or of one of its items; undefined where the property is none. */
function planItems(
  at: Reached,
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
  at: Reached,
  scope: Scope,
  name: string,
  values: Bound,
  segments: readonly ResourceSegment[],
): PropertyPlan {
  const { context, options } = at;
  const suffix = segments.at(-1)?.kind;
  const kind = suffix === 'name' ? 'value' : suffix === '$count' ? 'count' : 'values';
  checkOptions(options, kind, 'a collection of values');
  const { filter, ...part } = planCollectionPart(context, scope, name, values, segments, options);
  return confined({ ...at, path: [...at.path, ...part.path] }, { ...part, list: everything }, filter);
}

/** What is there only where the condition holds. */
function confined(
  { target, items, path }: Reached,
  found: Pick<PropertyPlan, 'field' | 'raw' | 'list'>,
  filter: Bound | undefined,
): PropertyPlan {
  const plan = { kind: 'property', target, items, ...found, path } as const;
  if (!filter) return plan;
  const last = items.at(-1);
  if (!last) return { ...plan, target: withLastStep(target, { filter: narrowedBy(lastStep(target).filter, filter) }) };
  const narrowed: Step = { ...last, filter: narrowedBy(last.filter, filter) };
  return { ...plan, items: [...items.slice(0, -1), narrowed] };
}

/** An unknown name behind an entity is an unknown resource. Protocol §9.2.1 */
const notFoundProperty = ({ range: { type } }: Pick<Target, 'range'>, segment: NameSegment): Error =>
  unknownSegment(segment, [...type.properties.keys(), ...type.navigations.keys()]);
