/** The resource path: from the service root over sets, keys and navigations to what the request is about. URL Conventions §4 */
import { methodNotAllowed, odataError } from '../error';
import type { EntitySet, EntityType, Model, NavigationProperty } from '../model/model';
import { isBoundTo, type ActionOperation, type FunctionOperation } from '../model/operation';
import type { NameSegment, ResourceSegment } from '../url/ast';
import { setOfType } from './all';
import { segmentsOf } from './called-function';
import { resultsOf } from './each-results';
import { placeOf, unknownSegment, type PlanContext } from './context';
import { qualifiedTypeName } from '../model/edm';
import { rowsLeft } from './filter-segment';
import { planOperation, type Call } from './operation';
import { castAt, withoutCast } from './cast';
import { collectionPath, rangeBehind } from './identity';
import { isKeyText, lastStep, onlyKey, picked, pickedBySegments, singletonKey, withLastStep } from './keys';
import { narrowedBy } from './conditions';
import { setNamed } from './path-position';
import { seenAsType } from './position';
import type { Bound, BoundCollection, FunctionRows, Range, Step, Target } from './plan';

/** The resource, and the segments behind it that speak of a part of it: a property, $value, $count, $ref. */
interface ResolvedPath {
  readonly target: Target;
  readonly rest: readonly ResourceSegment[];
  /** The action that the path ends with, bound to the target. */
  readonly action?: ActionOperation;
}

/** Follows the path as far as it leads over entities. */
export function planTarget(context: PlanContext, path: readonly ResourceSegment[]): ResolvedPath {
  const [first, ...rest] = path;
  const all = first?.kind === '$all' ? setOfType(context, rest[0]) : undefined;
  if (all) return walk(context, targetOf(all), rest);
  if (first?.kind !== 'name') throw unknownSegment(first);
  const set = setNamed(context.model, first.name);
  if (!set) return imported(context, first, rest);
  const start = targetOf(set);
  const key = onlyKey(first);
  return walk(context, key ? picked(context, start, key, first.place) : start, rest);
}

function targetOf(set: EntitySet): Target {
  const range: Range = { type: set.type, name: '$it', identity: { kind: 'set', set } };
  const key = set.one ? { key: singletonKey(set.one) } : {};
  return { steps: [{ set, range, ...key }], range, single: set.one !== undefined, set, collectionPath: [set.name] };
}

function unknownSet({ entitySets, singletons, operations }: Model, segment: NameSegment): Error {
  const imports = operations.flatMap(({ name, binding }) => (binding ? [] : [name]));
  return unknownSegment(segment, [...entitySets.keys(), ...singletons.keys(), ...imports]);
}

// ---- functions and actions

/** The action of an action import, when the path is one. CSDL §13.5 */
export function importedAction(context: PlanContext, path: readonly ResourceSegment[]): ActionOperation | undefined {
  const [first, ...rest] = path;
  if (first?.kind !== 'name' || rest.length > 0 || context.model.entitySets.has(first.name)) return undefined;
  const operation = planOperation(context, undefined, first)?.operation;
  return operation?.kind === 'action' ? operation : undefined;
}

/** What a function import leads to. CSDL §13.6 */
function imported(context: PlanContext, segment: NameSegment, rest: readonly ResourceSegment[]): ResolvedPath {
  const call = planOperation(context, undefined, segment);
  if (!call) throw unknownSet(context.model, segment);
  if (call.operation.kind === 'action') {
    nothingBehind(rest);
    throw onlyPost(call.operation);
  }
  return walk(context, called(context, undefined, call.operation, call.arguments, segment), rest);
}

/** What an action returns is the answer to the request: no path goes on from it. */
function nothingBehind([next]: readonly ResourceSegment[]): void {
  if (next) throw unknownSegment(next);
}

/** An action does something: it is not for reading. Protocol §9.3 */
export const onlyPost = ({ name }: ActionOperation): Error =>
  methodNotAllowed('of the request', `the action ${name}`, 'POST');

/** A function gives something: it is not for writing. Protocol §9.3 */
export const onlyGet = ({ name }: FunctionOperation): Error =>
  methodNotAllowed('of the request', `the function ${name}`, 'GET, HEAD');

/** The call that a segment behind entities stands for. A property, a navigation and a key of the same name come first. Protocol §4.4 */
function boundCall(context: PlanContext, { range: { type }, single }: Target, segment: NameSegment): Call | undefined {
  const [key] = type.key;
  const isTaken = single
    ? type.properties.has(segment.name) || type.navigations.has(segment.name)
    : key !== undefined && !segment.arguments && isKeyText(key, segment.name);
  return isTaken && !segment.name.includes('.') ? undefined : planOperation(context, { type, single }, segment);
}

/** Where a function leads to, and the entity that a key behind its parentheses picks there. Protocol §11.5.4.1 */
function called(
  context: PlanContext,
  before: Target | undefined,
  operation: FunctionOperation,
  given: ReadonlyMap<string, Bound>,
  { key, place }: NameSegment,
): Target {
  const { definition } = operation;
  const result =
    definition.kind === 'path'
      ? alongPath(context.forDefinition(given), before, definition.path)
      : rowsOf(context.model, before, { operation, definition, arguments: given });
  const target: Target = { ...result, called: operation };
  return key ? picked(context, target, key, place) : target;
}

/** The path that defines a function, followed from where the function is bound. */
function alongPath(context: PlanContext, before: Target | undefined, path: string): Target {
  const segments = segmentsOf(path, before !== undefined);
  const { target, rest, action } = before
    ? walk(context, before, withoutCast(context.model, before.range.type, segments))
    : planTarget(context, segments);
  if (rest.length > 0 || action) throw new Error(`The path ${path} leads to no entities`);
  return target;
}

/** The rows that an operation gives, as what a path leads to. */
export function rowsOf({ namespace }: Model, before: Target | undefined, rows: FunctionRows): Target {
  const { returns, name } = rows.operation;
  const range: Range = { type: rows.definition.type, name };
  const isMany = returns.type.kind === 'collection';
  return {
    steps: [...(before?.steps ?? []), { rows, range }],
    range,
    single: !isMany,
    set: undefined,
    collectionPath: [qualifiedTypeName(namespace, returns.type)],
  };
}

function walk(context: PlanContext, target: Target, segments: readonly ResourceSegment[]): ResolvedPath {
  const [segment, ...rest] = segments;
  if (segment?.kind === '$filter') return walk(context, narrowed(context, target, segment), rest);
  if (segment?.kind === '$each') return walk(context, eachOf(target, segment), rest);
  if (segment?.kind !== 'name') return { target, rest: segments };
  if (target.each) return onEach(context, target, segment, rest);
  const cast = castAt(context.model, target.range.type, segment.name);
  if (cast) return walk(context, castTo(context, target, cast, segment), rest);
  const call = boundCall(context, target, segment);
  if (call?.operation.kind === 'function')
    return walk(context, called(context, target, call.operation, call.arguments, segment), rest);
  if (call?.operation.kind === 'action') {
    nothingBehind(rest);
    return { target, rest, action: call.operation };
  }
  if (segment.name.startsWith(`${context.model.namespace}.`)) throw unknownQualified(context.model, target, segment);
  if (!target.single) {
    const found = pickedBySegments(context, target, segments);
    return walk(context, found.target, found.rest);
  }
  const navigation = target.range.type.navigations.get(segment.name);
  if (!navigation) return { target, rest: segments };
  const next = navigate(context.model, target, navigation);
  const key = onlyKey(segment);
  if (!key) return walk(context, next, rest);
  if (!navigation.collection)
    throw odataError(
      'SyntaxError',
      { message: `'${navigation.name}' leads to one entity and takes no key.` },
      placeOf(segment.place),
    );
  return walk(context, picked(context, next, key, segment.place), rest);
}

/** The operation that is invoked on every member. Nothing else stands behind `/$each`. Protocol §11.5.2 */
function onEach(
  context: PlanContext,
  target: Target,
  segment: NameSegment,
  rest: readonly ResourceSegment[],
): ResolvedPath {
  const member: Target = { ...target, single: true };
  const call = boundCall(context, member, segment);
  if (!call) throw unknownQualified(context.model, member, segment);
  const { operation, arguments: given } = call;
  if (operation.kind === 'function') {
    const { each: _, ...members } = target;
    const called = { operation, arguments: given };
    const { results, rest: left } = resultsOf(context, target.range, called, segment, rest);
    return { target: { ...members, called: operation, results }, rest: left };
  }
  nothingBehind(rest);
  return { target, rest, action: operation };
}

/** Neither an operation that can be called here, nor a type. */
function unknownQualified({ namespace, operations }: Model, target: Target, segment: NameSegment): Error {
  const { type } = target.range;
  const here = operations.filter((operation) => isBoundTo(operation, type, !target.single));
  return unknownSegment(
    segment,
    here.map((operation) => `${namespace}.${operation.name}`),
  );
}

// ---- parts of a collection

/** The members that a condition holds for, and the one of them that a key behind it picks. URL Conventions §4.12 */
function narrowed(
  context: PlanContext,
  target: Target,
  segment: Extract<ResourceSegment, { kind: '$filter' }>,
): Target {
  if (target.single || target.each) throw unknownSegment(segment);
  const { made, filter } = rowsLeft(context, membersOf(target), segment);
  const left = withLastStep(target, { made, filter });
  return segment.key ? picked(context, left, segment.key, segment.place) : left;
}

/** The collection that the path has come to, as one that an expression opens anew. */
function membersOf(target: Target): BoundCollection {
  const { navigation, range, rows, made, filter } = lastStep(target);
  const from = target.steps.at(-2)?.range;
  return { from, navigations: navigation ? [navigation] : [], range, rows, made, filter };
}

/** URL Conventions §4.13 */
function eachOf(target: Target, segment: ResourceSegment): Target {
  if (target.single || target.each) throw unknownSegment(segment);
  return { ...target, each: true };
}

/** The entities that are of a derived type, and the one of them that a key behind it picks. URL Conventions §4.11 */
function castTo(context: PlanContext, target: Target, type: EntityType, segment: NameSegment): Target {
  const seen = type === target.range.type ? target : targetAs(context.model, target, type);
  const key = onlyKey(segment);
  return key ? picked(context, seen, key, segment.place) : seen;
}

/** The target as entities of a derived type. */
export function targetAs({ namespace }: Model, target: Target, type: EntityType): Target {
  const step = lastStep(target);
  const range: Range = { ...step.range, type, seenAs: step.range };
  // What has been made has no table any more that would tell the type.
  const isOfType = step.made && seenAsType(step.range, type).condition;
  const filter = isOfType ? narrowedBy(step.filter, isOfType) : step.filter;
  const seen = withLastStep(target, { range, cast: qualifiedTypeName(namespace, type), filter });
  return { ...seen, range, collectionPath: collectionPath(seen.steps) };
}

/** The target behind a navigation. */
export function navigate(model: Model, target: Target, navigation: NavigationProperty): Target {
  const range = rangeBehind(model, target.range, navigation);
  const isCast = range.identity?.kind === 'set' && range.identity.set.type !== range.type;
  const cast = isCast ? { cast: qualifiedTypeName(model.namespace, range.type) } : {};
  const steps: readonly Step[] = [...target.steps, { navigation, range, ...cast }];
  return {
    steps,
    range,
    single: !navigation.collection,
    set: range.identity?.kind === 'set' ? range.identity.set : undefined,
    collectionPath: collectionPath(steps),
  };
}
