/** Keys: in parentheses, as a segment, and as literals within expressions. URL Conventions §4.3 */
import { odataError } from '../error';
import { isPrimitive, tiedColumns, typeName } from '../model/edm';
import type { EntitySet, EntityType, Property } from '../model/model';
import type {
  AliasReference,
  Argument,
  Expression,
  Literal,
  NameSegment,
  PathSegment,
  Place,
  ResourceSegment,
} from '../url/ast';
import { didYouMean } from '../url/did-you-mean';
import { convert } from './coerce';
import { placeOf, startScope, unknownSegment, type PlanContext } from './context';
import { planExpression } from './expression';
import { atGrain, wholeNumber } from './literal';
import type { Bound, KeyPredicate, Step, Target } from './plan';

/** What picks the entity of a singleton. URL Conventions §4.3 */
export const singletonKey = (one: NonNullable<EntitySet['one']>): KeyPredicate =>
  [...one].map(([property, text]) => ({
    property,
    value: { kind: 'value', slot: () => text, type: property.type, nullable: false },
  }));

/** The key predicate behind a name that is none of a function: only the parameters of one have another pair of parentheses behind them. */
export function onlyKey({ arguments: key, key: second, place }: NameSegment): readonly Argument[] | undefined {
  if (second) throw takesNoKey(place);
  return key;
}

const takesNoKey = (place: Place): Error =>
  odataError('SyntaxError', { message: 'One entity takes no key.' }, placeOf(place));

/** The target confined to the entity that a key in parentheses picks. */
export const picked = (context: PlanContext, target: Target, given: readonly Argument[], place: Place): Target =>
  withKey(context, target, keyArguments(context, target, given, place));

/**
 * The target confined to the entity whose key the first segments are, one for each part that does not follow from the parent, in the order
 * in which $metadata has them; and the segments behind it. URL Conventions §4.3.6
 */
export function pickedBySegments(
  context: PlanContext,
  target: Target,
  segments: readonly ResourceSegment[],
): { readonly target: Target; readonly rest: readonly ResourceSegment[] } {
  const { type } = target.range;
  const properties = openKey(lastStep(target));
  properties.forEach((property, index) => {
    const segment = segments[index];
    if (!segment) throw badKey(type, segments[0]?.place);
    if (!isKeySegment(property, segment)) throw unknownSegment(segment);
  });
  const { key, rest } = keyOfSegments(context, lastStep(target), properties, segments);
  return { target: { ...withLastStep(target, { key }), single: true }, rest };
}

/** The same in an expression, where a member of the type is none; undefined where the first segment is no key. `step` is the collection alone. */
export function planKeySegments<S extends PathSegment | ResourceSegment>(
  context: PlanContext,
  step: Step,
  segments: readonly S[],
): { readonly key: KeyPredicate; readonly rest: readonly S[] } | undefined {
  const { type } = step.range;
  const properties = openKey(step);
  const [first] = segments;
  const [property] = properties;
  if (first?.kind !== 'name' || !property || !isKeySegment(property, first)) return undefined;
  if (type.properties.has(first.name) || type.navigations.has(first.name)) return undefined;
  properties.forEach((one, index) => {
    const segment = segments[index];
    if (!segment || !isKeySegment(one, segment)) throw badKey(type, segment?.place ?? first.place);
  });
  return keyOfSegments(context, step, properties, segments);
}

/** The parts of the key that do not follow from the parent. URL Conventions §4.3.3 */
function openKey(step: Step): readonly Property[] {
  const { key } = step.range.type;
  const open = key.filter((property) => !isTied(step, property));
  return open.length > 0 ? open : key.slice(0, 1);
}

/** The segments have been looked at. */
function keyOfSegments<S extends PathSegment | ResourceSegment>(
  context: PlanContext,
  step: Step,
  properties: readonly Property[],
  segments: readonly S[],
): { readonly key: KeyPredicate; readonly rest: readonly S[] } {
  const parts = properties.flatMap((property, index) => {
    const segment = segments[index];
    return segment?.kind === 'name' ? [keySegment(property, segment)] : [];
  });
  const [only] = parts;
  const given = only && parts.length === 1 ? [{ ...only, name: undefined }] : parts;
  return { key: keyPredicates(context, step, given), rest: segments.slice(properties.length) };
}

/** The last step of a path. */
export function lastStep({ steps }: Target): Step {
  const step = steps.at(-1);
  if (!step) throw new Error('A target has at least one step');
  return step;
}

/** The target with more said of its last step. */
export const withLastStep = (target: Target, more: Partial<Step>): Target => ({
  ...target,
  steps: [...target.steps.slice(0, -1), { ...lastStep(target), ...more }],
});

/** What an entity was found by need not hold once the request is done. */
export const withoutFilters = (target: Target): Target => ({
  ...target,
  steps: target.steps.map(({ filter: _, made: __, ...step }) => step),
});

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
  if (single) throw takesNoKey(place);
  if (parts.length === 0)
    throw odataError(
      'SyntaxError',
      { message: `A key of '${range.type.name}' is expected between the parentheses.` },
      placeOf(place),
    );
  return parts.map((part: Argument) => ({ name: part.name, value: keyValue(context, part.value), place: part.place }));
}

/** Key values may stand in aliases. URL Conventions §4.3.1 */
const keyValue = (context: PlanContext, value: Expression): Expression =>
  value.kind === 'alias' ? aliasValue(context, value) : value;

/** What an alias of the resource path stands for, itself where it is a parameter of the function that the path defines. It must have a value. */
export function aliasValue(context: PlanContext, alias: AliasReference): Expression {
  const { name, place } = alias;
  const value = context.value(name) ? alias : context.alias(name, undefined);
  if (!value) throw odataError('InvalidValue', { message: `The alias @${name} has no value.` }, placeOf(place));
  return value;
}

/** The whole segment is the value. */
function keySegment(key: Property, { name: text, place }: NameSegment): KeyPart {
  const isText = key.type.kind === 'primitive' && key.type.name === 'Edm.String';
  const value: Literal = { kind: 'literal', type: isText ? 'string' : keyKind(key), text, raw: text, place };
  return { name: key.name, value, place };
}

const isKeySegment = (key: Property, segment: PathSegment | ResourceSegment): boolean =>
  segment.kind === 'name' && !segment.arguments && isKeyText(key, segment.name);

const keyKind = ({ type }: Property): Literal['type'] => {
  const name = typeName(type);
  if (name === 'Edm.Guid') return 'guid';
  if (name === 'Edm.Date') return 'date';
  return name.startsWith('Edm.Int') ? 'integer' : 'string';
};

const guid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** A segment may be a key of the property. */
export const isKeyText = ({ type }: Property, text: string): boolean =>
  typeName(type) !== 'Edm.Guid' || guid.test(text);

/** The target confined to the entity of a key or alternate key. */
function withKey(context: PlanContext, target: Target, parts: readonly KeyPart[]): Target {
  const key = keyPredicates(context, lastStep(target), parts);
  return { ...withLastStep(target, { key }), single: true };
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
  navigation !== undefined && source.kind === 'column' && tiedColumns(navigation).includes(source.column);

/** An alternate key may be unique below one parent only; no navigation leads out of the partition. */
function isUniqueHere({ range: { type }, navigation }: Step, properties: readonly Property[]): boolean {
  const columns = new Set([
    ...(navigation ? tiedColumns(navigation) : []),
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
  const given = value.kind === 'alias' ? context.value(value.name) : undefined;
  const parameter = given && property && convert(context, given, property.type);
  if (property && parameter) return { property, value: parameter };
  if (!property || value.kind !== 'literal')
    throw odataError('InvalidValue', { message: 'The value of a key must be a literal.' }, placeOf(place));
  const bound: Bound | undefined =
    value.type === 'boolean'
      ? truth(context, value, property)
      : (wholeNumber(context, value, property.type) ??
        convert(context, planExpression(context, startScope(range), value), property.type));
  if (!bound)
    throw odataError(
      'InvalidValue',
      { message: `'${value.raw}' is not a value of ${typeName(property.type)}.` },
      placeOf(value.place),
    );
  return { property, value: atGrain(bound, 'itself') };
}
