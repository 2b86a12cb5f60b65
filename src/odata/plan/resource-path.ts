/** The resource path: from the service root over sets, keys and navigations to what the request is about. URL Conventions §4 */
import { odataError } from '../error';
import type { EntitySet, EntityType, Model, NavigationProperty, Property } from '../model/model';
import type { ActionOperation, FunctionOperation } from '../model/operation';
import { parseUrl, splitUrl } from '../url';
import type { AliasReference, Argument, Expression, Literal, NameSegment, Place, ResourceSegment } from '../url/ast';
import { didYouMean } from '../url/did-you-mean';
import { setOfType } from './all';
import { convert } from './coerce';
import { narrowedBy } from './conditions';
import { notImplemented, placeOf, type PlanContext, type Scope } from './context';
import { isPrimitive, qualifiedTypeName, typeName } from '../model/edm';
import { planCondition, planExpression } from './expression';
import { planCall, type Call } from './operation';
import { castAt } from './cast';
import { collectionPath, rangeBehind } from './identity';
import type { Bound, FunctionRows, KeyPredicate, Range, Step, Target } from './plan';

/** The resource, and the segments behind it that speak of a part of it: a property, $value, $count, $ref. */
export interface ResolvedPath {
  readonly target: Target;
  readonly rest: readonly ResourceSegment[];
  /** The action that the path ends with, bound to the target. */
  readonly action?: ActionOperation;
}

/** Follows the path as far as it leads over entities. */
export function planTarget(context: PlanContext, path: readonly ResourceSegment[]): ResolvedPath {
  const [first, ...rest] = path;
  const all = first?.kind === '$all' ? setOfType(context, rest[0]) : undefined;
  if (all) return walk(context, startOf(all), rest);
  if (first?.kind === '$all' || first?.kind === '$crossjoin' || first?.kind === '$entity')
    throw notImplemented(first.kind, first.place);
  if (first?.kind !== 'name') throw notFound(first ? segmentText(first) : '', first?.place);
  const { entitySets, singletons } = context.model;
  const set = entitySets.get(first.name) ?? singletons.get(first.name);
  if (!set) return imported(context, first, rest);
  const start = startOf(set);
  return walk(
    context,
    first.arguments ? withKey(context, start, keyArguments(context, start, first.arguments, first.place)) : start,
    rest,
  );
}

function startOf(set: EntitySet): Target {
  const range: Range = { type: set.type, name: '$it', identity: { kind: 'set', set } };
  const key = set.one ? { key: singletonKey(set.one) } : {};
  return { steps: [{ set, range, ...key }], range, single: set.one !== undefined, set, collectionPath: [set.name] };
}

/** What picks the entity of a singleton. URL Conventions §4.3 */
export const singletonKey = (one: NonNullable<EntitySet['one']>): KeyPredicate =>
  [...one].map(([property, text]) => ({
    property,
    value: { kind: 'value', slot: () => text, type: property.type, nullable: false },
  }));

function unknownSet({ entitySets, singletons, operations }: Model, segment: NameSegment): Error {
  const imports = operations.flatMap(({ name, binding }) => (binding ? [] : [name]));
  return odataError(
    'BadRequest_NotFound',
    { segment: segment.name, hint: didYouMean(segment.name, [...entitySets.keys(), ...singletons.keys(), ...imports]) },
    placeOf(segment.place),
  );
}

// ---- functions and actions

/** The action of an action import, when the path is one. CSDL §13.5 */
export function importedAction(context: PlanContext, path: readonly ResourceSegment[]): ActionOperation | undefined {
  const [first, ...rest] = path;
  if (first?.kind !== 'name' || rest.length > 0 || context.model.entitySets.has(first.name)) return undefined;
  const operation = planCall(context, undefined, first)?.operation;
  return operation?.kind === 'action' ? operation : undefined;
}

/** What a function import leads to. CSDL §13.6 */
function imported(context: PlanContext, segment: NameSegment, rest: readonly ResourceSegment[]): ResolvedPath {
  const call = planCall(context, undefined, segment);
  if (!call) throw unknownSet(context.model, segment);
  if (call.operation.kind === 'action') {
    nothingBehind(rest);
    throw onlyPost(call.operation);
  }
  return walk(context, called(context, undefined, call.operation, call.arguments, segment), rest);
}

/** What an action returns is the answer to the request: no path goes on from it. */
function nothingBehind([next]: readonly ResourceSegment[]): void {
  if (next) throw notFound(segmentText(next), next.place);
}

/** An action does something: it is not for reading. Protocol §9.3 */
export const onlyPost = ({ name }: ActionOperation): Error => notAllowed(`the action ${name}`, 'POST');

/** A function gives something: it is not for writing. Protocol §9.3 */
export const onlyGet = ({ name }: FunctionOperation): Error => notAllowed(`the function ${name}`, 'GET, HEAD');

const notAllowed = (resource: string, allow: string): Error =>
  odataError(
    'BadRequest_MethodNotAllowed',
    { method: 'of the request', resource, allow },
    { headers: { Allow: allow } },
  );

/** The call that a segment behind entities stands for. A property, a navigation and a key of the same name come first. Protocol §4.4 */
function boundCall(context: PlanContext, { range: { type }, single }: Target, segment: NameSegment): Call | undefined {
  const [key] = type.key;
  const isTaken = single
    ? type.properties.has(segment.name) || type.navigations.has(segment.name)
    : key !== undefined && isKeyText(key, segment.name);
  return isTaken && !segment.name.includes('.') ? undefined : planCall(context, { type, single }, segment);
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
      ? alongPath(context.within(given), before, definition.path)
      : rowsOf(context.model, before, { operation, definition, arguments: given });
  const target: Target = { ...result, called: operation };
  return key ? withKey(context, target, keyArguments(context, target, key, place)) : target;
}

/** The path that defines a function, followed from where the function is bound. */
function alongPath(context: PlanContext, before: Target | undefined, path: string): Target {
  const segments = parseUrl(splitUrl(path)).path;
  const { target, rest, action } = before ? walk(context, before, segments) : planTarget(context, segments);
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

const notFound = (segment: string, place: Place | undefined): Error =>
  odataError('BadRequest_NotFound', { segment }, place && placeOf(place));

const segmentText = (segment: ResourceSegment): string => (segment.kind === 'name' ? segment.name : segment.kind);

function walk(context: PlanContext, target: Target, segments: readonly ResourceSegment[]): ResolvedPath {
  const [segment, ...rest] = segments;
  if (segment?.kind === '$filter') return walk(context, narrowed(context, target, segment), rest);
  if (segment?.kind === '$each') return walk(context, eachOf(target, segment.place), rest);
  if (segment?.kind !== 'name' || target.each) return { target, rest: segments };
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
  if (!target.single) return walk(context, withKey(context, target, [keySegment(target.range.type, segment)]), rest);
  const navigation = target.range.type.navigations.get(segment.name);
  if (!navigation) return { target, rest: segments };
  const next = navigate(context.model, target, navigation);
  if (!segment.arguments) return walk(context, next, rest);
  if (!navigation.collection)
    throw odataError(
      'SyntaxError',
      { message: `'${navigation.name}' leads to one entity and takes no key.` },
      placeOf(segment.place),
    );
  return walk(context, withKey(context, next, keyArguments(context, next, segment.arguments, segment.place)), rest);
}

/** Neither an operation that can be called here, nor a type. */
function unknownQualified({ namespace, operations }: Model, target: Target, { name, place }: NameSegment): Error {
  const { type } = target.range;
  const here = operations.filter(({ binding }) => binding?.type === type && binding.collection === !target.single);
  const hint = didYouMean(
    name,
    here.map((operation) => `${namespace}.${operation.name}`),
  );
  return odataError('BadRequest_NotFound', { segment: name, hint }, placeOf(place));
}

// ---- parts of a collection

/** The members that a condition holds for, and the one of them that a key behind it picks. URL Conventions §4.12 */
function narrowed(
  context: PlanContext,
  target: Target,
  segment: Extract<ResourceSegment, { kind: '$filter' }>,
): Target {
  if (target.single || target.each) throw notFound(segment.kind, segment.place);
  const step = lastStep(target);
  const scope: Scope = { current: step.range, it: step.range, variables: new Map() };
  const { predicate } = segment;
  // Elsewhere an alias without a value is null; here the standard wants one.
  if (predicate.kind === 'alias' && !context.alias(predicate.name, undefined)) throw noValue(predicate);
  const condition = planCondition(context, scope, predicate, '$filter');
  const filter = narrowedBy(step.filter, condition);
  const result: Target = { ...target, steps: [...target.steps.slice(0, -1), { ...step, filter }] };
  if (!segment.key) return result;
  return withKey(context, result, keyArguments(context, result, segment.key, segment.place));
}

/** URL Conventions §4.13 */
function eachOf(target: Target, place: Place): Target {
  if (target.single || target.each) throw notFound('$each', place);
  return { ...target, each: true };
}

function lastStep({ steps }: Target): Step {
  const step = steps.at(-1);
  if (!step) throw new Error('A target has at least one step');
  return step;
}

/** The entities that are of a derived type, and the one of them that a key behind it picks. URL Conventions §4.11 */
function castTo(
  context: PlanContext,
  target: Target,
  type: EntityType,
  { arguments: key, place }: NameSegment,
): Target {
  const seen = type === target.range.type ? target : seenAs(context.model, target, type);
  return key ? withKey(context, seen, keyArguments(context, seen, key, place)) : seen;
}

/** The target as entities of a derived type. */
export function seenAs({ namespace }: Model, target: Target, type: EntityType): Target {
  const step = lastStep(target);
  const range: Range = { ...step.range, type, seenAs: step.range };
  const steps = [...target.steps.slice(0, -1), { ...step, range, cast: qualifiedTypeName(namespace, type) }];
  return { ...target, steps, range, collectionPath: collectionPath(steps) };
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

/** One part of a key as the client gave it. */
interface KeyPart {
  readonly name: string | undefined;
  readonly value: Expression;
  readonly place: Place;
}

function keyArguments(
  context: PlanContext,
  { range, single }: Pick<Target, 'range' | 'single'>,
  parts: readonly Argument[],
  place: Place,
): readonly KeyPart[] {
  if (single) throw odataError('SyntaxError', { message: 'One entity takes no key.' }, placeOf(place));
  if (parts.length === 0)
    throw odataError(
      'SyntaxError',
      { message: `A key of '${range.type.name}' is expected between the parentheses.` },
      placeOf(place),
    );
  return parts.map((part: Argument) => ({ name: part.name, value: keyValue(context, part.value), place: part.place }));
}

/** Key values may stand in aliases. URL Conventions §4.3.1 */
function keyValue(context: PlanContext, value: Expression): Expression {
  if (value.kind !== 'alias') return value;
  const found = context.alias(value.name, undefined);
  if (!found) throw noValue(value);
  return found;
}

const noValue = ({ name, place }: AliasReference): Error =>
  odataError('InvalidValue', { message: `The alias @${name} has no value.` }, placeOf(place));

/** Key-as-segment: the whole segment is the value. URL Conventions §4.3.6 */
function keySegment(type: EntityType, { name, arguments: behind, place }: NameSegment): KeyPart {
  const [key] = type.key;
  if (behind || !key || !isKeyText(key, name))
    throw odataError('BadRequest_NotFound', { segment: name }, placeOf(place));
  const isText = key.type.kind === 'primitive' && key.type.name === 'Edm.String';
  const value: Literal = { kind: 'literal', type: isText ? 'string' : keyKind(key), text: name, raw: name, place };
  return { name: undefined, value, place };
}

const keyKind = ({ type }: Property): Literal['type'] => {
  const name = typeName(type);
  if (name === 'Edm.Guid') return 'guid';
  if (name === 'Edm.Date') return 'date';
  return name.startsWith('Edm.Int') ? 'integer' : 'string';
};

const guid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

const isKeyText = ({ type }: Property, text: string): boolean => typeName(type) !== 'Edm.Guid' || guid.test(text);

/** The target confined to the entity of a key or alternate key. */
function withKey(context: PlanContext, target: Target, parts: readonly KeyPart[]): Target {
  const step = lastStep(target);
  const key = keyPredicates(context, step, parts);
  return {
    ...target,
    steps: [...target.steps.slice(0, -1), { ...step, key }],
    single: true,
  };
}

function keyPredicates(context: PlanContext, step: Step, parts: readonly KeyPart[]): KeyPredicate {
  const properties = keyProperties(step, parts);
  return parts.map((part, index) => keyPredicate(context, step, properties[index], part));
}

/** The key that picks one entity of a collection in an expression. `step` is the collection alone. */
export const planKey = (context: PlanContext, step: Step, given: readonly Argument[], place: Place): KeyPredicate =>
  keyPredicates(context, step, keyArguments(context, { range: step.range, single: false }, given, place));

/** The properties that the parts name: the key without what the parent ties already, or an alternate key. */
function keyProperties(step: Step, parts: readonly KeyPart[]): readonly Property[] {
  const { type } = step.range;
  const [only] = parts;
  if (parts.length === 1 && only && only.name === undefined) {
    const open = type.key.filter((property) => !isTied(step, property));
    const [property] = open.length === 1 ? open : type.key;
    if (open.length > 1 || !property) throw badKey(type, only.place);
    return [property];
  }
  const named = parts.map(
    ({ name, place }) => type.properties.get(name ?? '') ?? unknownKeyProperty(type, name, place),
  );
  const names = new Set(named.map(({ name }) => name));
  const isKey =
    type.key.every((property) => names.has(property.name) || isTied(step, property)) &&
    named.every((property) => type.key.includes(property));
  const isAlternate =
    type.alternateKeys.some((key) => key.length === names.size && key.every(({ name }) => names.has(name))) &&
    isUniqueHere(step, named);
  if ((!isKey && !isAlternate) || names.size !== parts.length) throw badKey(type, only?.place);
  return named;
}

/** A key property whose value follows from the parent. URL Conventions §4.3.3 */
const isTied = ({ navigation }: Step, { source }: Property): boolean =>
  navigation !== undefined &&
  source.kind === 'column' &&
  navigation.join.some(({ targetColumn }) => targetColumn === source.column);

/** An alternate key may be unique below one parent only; no navigation leads out of the partition. */
function isUniqueHere({ range: { type }, navigation }: Step, properties: readonly Property[]): boolean {
  const columns = new Set([
    ...(navigation?.join ?? []).map(({ targetColumn }) => targetColumn),
    ...(type.partition ? [type.partition.column] : []),
    ...properties.flatMap(({ source }) => (source.kind === 'column' ? [source.column] : [])),
  ]);
  return type.uniques.some((unique) => unique.every((column) => columns.has(column)));
}

const unknownKeyProperty = (type: EntityType, name: string | undefined, place: Place): never => {
  throw name === undefined
    ? badKey(type, place)
    : odataError(
        'UnknownProperty',
        { type: type.name, name, hint: didYouMean(name, [...type.properties.keys()]) },
        placeOf(place),
      );
};

function badKey(type: EntityType, place: Place | undefined): Error {
  const keys = [type.key, ...type.alternateKeys]
    .map((key) => `(${key.map(({ name }) => name).join(', ')})`)
    .join(' or ');
  return odataError('SyntaxError', { message: `The key of '${type.name}' is ${keys}.` }, place && placeOf(place));
}

/** A truth as a value of its own: in expressions it decides the plan. */
const truth = (context: PlanContext, literal: Literal, { type }: Property): Bound | undefined =>
  isPrimitive(type, 'Edm.Boolean')
    ? { kind: 'value', slot: context.slot(literal, (text) => text.toLowerCase()), type, nullable: false }
    : undefined;

function keyPredicate(
  context: PlanContext,
  { range }: Step,
  property: Property | undefined,
  { value, place }: KeyPart,
): KeyPredicate[number] {
  const scope = { current: range, it: range, variables: new Map<string, Range>() };
  if (!property || value.kind !== 'literal')
    throw odataError('InvalidValue', { message: 'The value of a key must be a literal.' }, placeOf(place));
  const bound: Bound | undefined =
    value.type === 'boolean'
      ? truth(context, value, property)
      : convert(context, planExpression(context, scope, value), property.type);
  if (!bound)
    throw odataError(
      'InvalidValue',
      { message: `'${value.raw}' is not a value of ${typeName(property.type)}.` },
      placeOf(value.place),
    );
  return { property, value: bound };
}
