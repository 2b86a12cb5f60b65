/** Names that the rows of a request have beside those of their type: aliases, entities of other variables, what was aggregated away. */
import { odataError } from '../error';
import { untyped } from '../model/edm';
import type { EdmType } from '../model/model';
import type { NameSegment, Path, PathSegment, Place } from '../url/ast';
import { amongOthers } from './added';
import { followed } from './alias-path';
import { castAt } from './cast';
import { convert, typeOf } from './coerce';
import { always, both, isNotNull } from './conditions';
import { placeOf, type PlanContext, type Scope } from './context';
import { dynamicProperty } from './dynamic-property';
import { groupCast, isOfOther, planAway, planGroupCast } from './grouped-cast';
import { pathInGroup } from './group-type';
import { onlyKey } from './keys';
import { ending } from './lambda';
import { collectionOf, madeOf } from './made-rows';
import { behindKey, startsAtVariable, walkFrom } from './member-path';
import { hasPath } from './has-path';
import {
  hasName,
  instanceOf,
  membersOf,
  inStructure,
  madeScope,
  variantsOf,
  type MadeRows,
  type Variants,
} from './members';
import { nullOf } from './group-values';
import type { Bound, Range } from './plan';
import { ofCollection, start } from './position';
import { wholesOf } from './row-identity';
import { planAggregateCall, planVariants } from './row-values';
import { walkValue } from './value-path';

/** What a path says of a name that its first variable has from the request; undefined when the type alone decides. */
export function planMember(
  context: PlanContext,
  scope: Scope,
  range: Range,
  segment: NameSegment,
  rest: readonly PathSegment[],
): Bound | undefined {
  const { own, derived, whole } = membersOf(scope, range);
  const path: readonly [NameSegment, ...PathSegment[]] = [segment, ...rest];
  const lacking = planElsewhere(context, scope, range, path) ?? planGroupCast(context, scope, range, path);
  if (lacking) return lacking;
  const member = own.get(segment.name);
  const instance = instanceOf(member);
  /** What it leads to, known to lack what it has in rows of other structures. */
  const among = (made: Scope): Scope => ({
    ...amongOthers(context, { ...scope, current: range }, segment.name, made),
    current: scope.current,
  });
  if (member && member.kind !== 'value' && !instance) {
    const made = madeOf(member);
    return behindMade(context, among(madeScope(scope, made.scope)), made, segment, rest);
  }
  const variants = variantsOf(scope, range);
  const structures = (): Bound | undefined =>
    variants && planStructures(context, scope, range, variants, [segment, ...rest]);
  if (segment.arguments) return hasName(scope, range, segment.name) ? structures() : undefined;
  if (member?.kind === 'value') return walkValue(context, scope, member.value, rest);
  if (instance) return walkFrom(context, among({ ...scope, current: instance }), instance, rest, segment.place);
  if (whole) return walkValue(context, scope, whole, [segment, ...rest]);
  const value = derived?.get(segment.name);
  if (value) return walkValue(context, scope, value, rest);
  return structures() ?? planAway(context, scope, range, path);
}

/** What a path says of rows that the request made of a collection. */
function behindMade(
  context: PlanContext,
  scope: Scope,
  made: MadeRows,
  segment: NameSegment,
  rest: readonly PathSegment[],
): Bound {
  const { name, place } = segment;
  const key = onlyKey(segment);
  const collection = collectionOf(made);
  if (key && collection.range.type.key.length === 0)
    throw odataError(
      'TypeMismatch',
      { message: `What '${name}' leads to has no key: the request made it.` },
      placeOf(place),
    );
  return behindKey(context, scope, ofCollection(collection), { key, place }, rest);
}

/** The null that a path leads to where only the same row, or value, of other structures has what it names. */
export function planElsewhere(
  context: PlanContext,
  scope: Scope,
  range: Range,
  path: readonly [NameSegment, ...PathSegment[]],
): Bound | undefined {
  const { elsewhere, beside = [] } = membersOf(scope, range);
  const [{ name, place }] = path;
  if (!elsewhere || hasPath(context, scope, range, path) || dynamicProperty(range.type, name)) return undefined;
  // What the types of other rows declare leads nowhere.
  if (beside.some(({ properties, navigations }) => properties.has(name) || navigations.has(name))) return undefined;
  const found = elsewhere()
    .map((one) => inStructure(scope, one))
    .find((one) => hasPath(context, one, one.current, path) || isOfOther(context, one, one.current, path));
  if (!found) return undefined;
  // Planned all the same: a wrong name behind it is an error, and the null is of its type.
  const type = typeOf(walkFrom(context, { ...found, current: scope.current }, found.current, path, place));
  return type?.kind === 'primitive' || type?.kind === 'enum' ? nullOf(type) : { kind: 'null' };
}

/** What a path says of rows of several structures, each for itself; undefined where it says nothing of any. */
function planStructures(
  context: PlanContext,
  scope: Scope,
  range: Range,
  { discriminator, scopes }: Variants,
  path: readonly [NameSegment, ...PathSegment[]],
): Bound | undefined {
  const [segment] = path;
  if (range.type.properties.has(segment.name)) return undefined;
  const isNamed = hasName(scope, range, segment.name);
  const isThere = (variant: Scope): boolean =>
    hasPath(context, variant, variant.current, path) || isOfOther(context, variant, variant.current, path);
  // Names alone are those of the row that the expression speaks of, whatever variable the path begins at.
  const { current } = scope;
  const among = (variant: Scope): Scope => ({
    ...variant,
    current: range === current ? variant.current : current,
  });
  // Where none has the parts that the path names, it is wrong.
  const isPart = scopes.some(isThere);
  const isCast = segment.name.includes('.');
  const values = scopes.map((variant) =>
    begins(context, variant, segment, isNamed) &&
    (!isPart || isThere(variant) || !(isCast || hasName(variant, variant.current, segment.name)))
      ? walkFrom(context, among(variant), variant.current, path, segment.place)
      : undefined,
  );
  if (values.every((value) => value === undefined)) return undefined;
  const type = values.flatMap((value) => (value && typeOf(value)) ?? []).at(0);
  const known = values.map((value, index): Bound => {
    const variant = scopes[index];
    const held = value ?? (variant && type && dynamicAs(context, variant, path, type));
    return held ?? { kind: 'null' };
  });
  const types = known.flatMap((value) => typeOf(value) ?? []);
  if (types.includes(untyped) && types.some((type) => type !== untyped))
    throw odataError(
      'TypeMismatch',
      {
        message: `'${segment.name}' is declared by some types and may be a dynamic property of others. Name a type before it.`,
      },
      placeOf(segment.place),
    );
  return planVariants(context, discriminator, wholesOf(context, known, segment) ?? known, segment.place);
}

/** A dynamic property of rows among others that are known to have the name: what it is of their type. Undefined where there is none. */
function dynamicAs(
  context: PlanContext,
  scope: Scope,
  path: readonly [NameSegment, ...PathSegment[]],
  type: EdmType,
): Bound | undefined {
  const [{ name, place }, ...rest] = path;
  if (rest.length > 0 || !dynamicProperty(scope.current.type, name)) return undefined;
  const value = walkFrom(context, scope, scope.current, path, place);
  return type === untyped ? value : convert(context, value, type);
}

/**
 * Whether a path can begin with the segment at a row: with a name that it has, or may have where its type is open and no other row is known to
 * have it, or with a type to cast it to.
 */
function begins(context: PlanContext, scope: Scope, segment: NameSegment, isNamed: boolean): boolean {
  const { current } = scope;
  const { beside } = membersOf(scope, current);
  return (
    beside !== undefined ||
    hasName(scope, current, segment.name) ||
    (!isNamed && dynamicProperty(current.type, segment.name) !== undefined) ||
    castAt(context.model, current.type, segment.name) !== undefined ||
    groupCast(context, scope, current, segment) !== undefined ||
    (variantsOf(scope, current)?.scopes ?? []).some((variant) => begins(context, variant, segment, isNamed))
  );
}

/** Whether the row has the property, be it null or not: a row of another type has not what is behind a cast. Data Aggregation §3.7 */
export function planIsDefined(context: PlanContext, outer: Scope, written: Path): Bound {
  const { scope, path } = followed(context, outer, written);
  if (path.alias || !startsAtVariable(context, scope, path))
    throw odataError('TypeMismatch', { message: 'isdefined takes the path of a property.' }, placeOf(path.place));
  return definedBehind(context, scope, start(scope, path), path.place);
}

/** The same of names behind a variable; behind a cast of rows of several structures each tells it for itself. */
function definedBehind(context: PlanContext, scope: Scope, started: ReturnType<typeof start>, place: Place): Bound {
  const { range, rest } = behindRows(scope, started);
  const variants = rest[0]?.kind === 'name' && rest[0].name.includes('.') ? variantsOf(scope, range) : undefined;
  if (variants) {
    const each = variants.scopes.map((one) =>
      hasPath(context, one, one.current, rest)
        ? definedBehind(context, one, { range: one.current, rest }, place)
        : always(false),
    );
    if (variants.scopes.some((one) => hasPath(context, one, one.current, rest)))
      return planVariants(context, variants.discriminator, each, place);
  }
  const [first, next] = rest;
  const group = first?.kind === 'name' ? groupCast(context, scope, range, first) : undefined;
  if (group && !hasPath(context, scope, range, rest)) return isNotNull(walkFrom(context, scope, range, rest, place));
  const inGroup = group?.type && pathInGroup(context, group.type, rest);
  const isOfRow = first?.kind === 'name' && first.name.includes('.') && next?.kind === 'name';
  const own = inGroup ?? (isOfRow && hasName(scope, range, next.name) ? rest.slice(1) : rest);
  const isThere = definedIn(context, scope, range, own, place);
  // Nothing has no properties: what the path leads through must be there.
  const owner = started.rest.slice(0, -1);
  const isRow = owner.length === 0 || (inGroup && owner.length === 1);
  const held: Bound = isRow ? isThere : walkFrom(context, scope, started.range, owner, place);
  const kind = typeOf(held)?.kind;
  return kind === 'entity' || kind === 'complex' ? both(isNotNull(held), isThere) : isThere;
}

/** The same of a path from a variable, whatever type the row is of. */
function definedIn(
  context: PlanContext,
  scope: Scope,
  range: Range,
  rest: readonly PathSegment[],
  place: Place,
): Bound {
  const [first, second, ...further] = rest;
  const isOwn = first?.kind === 'name' && !first.arguments && hasName(scope, range, first.name);
  if (isOwn && !second) return definedAt(context, scope, range, [first]);
  const isLacking = first?.kind === 'name' && planElsewhere(context, scope, range, [first]) !== undefined;
  const value = walkFrom(context, scope, range, rest, place);
  const isHeld = typeOf(value) !== untyped || (isOwn && further.length === 0 && hasParts(scope, range, first.name));
  if (!isHeld) return isNotNull(value);
  if (!isOwn) return always(value.kind !== 'null' && !isLacking);
  const names = [second, ...further].filter((segment): segment is NameSegment => segment?.kind === 'name');
  return definedAt(context, scope, range, [first, ...names]);
}

/** The rest of a path behind the rows of a join that it leads through. */
function behindRows(scope: Scope, reached: ReturnType<typeof start>): ReturnType<typeof start> {
  const { range, rest } = reached;
  const [first, ...further] = rest;
  const member = first?.kind === 'name' && !first.arguments ? membersOf(scope, range).own.get(first.name) : undefined;
  const instance = instanceOf(member);
  return instance && further.length > 0 ? behindRows(scope, { range: instance, rest: further }) : reached;
}

/** Whether a row has parts of something under the name, in some of its structures. */
const hasParts = (scope: Scope, range: Range, name: string): boolean =>
  range.type.properties.get(name)?.source.kind === 'complex' ||
  (variantsOf(scope, range)?.scopes ?? []).some((variant) => hasParts(variant, variant.current, name));

/** Whether the row has a name, or a part of what has the name. */
export function definedAt(
  context: PlanContext,
  scope: Scope,
  range: Range,
  names: readonly [NameSegment, ...NameSegment[]],
): Bound {
  const [first, second, ...further] = names;
  const { name, place } = first;
  const { own } = membersOf(scope, range);
  if (!hasName(scope, range, name))
    return second || !dynamicProperty(range.type, name)
      ? always(false)
      : isNotNull(walkFrom(context, scope, range, [first], place));
  const instance = instanceOf(own.get(name));
  if (instance && second) return definedAt(context, scope, instance, [second, ...further]);
  const variants = variantsOf(scope, range);
  if (variants && !own.has(name))
    return planVariants(
      context,
      variants.discriminator,
      variants.scopes.map((variant) => definedAt(context, variant, variant.current, names)),
      place,
    );
  const isComplex = range.type.properties.get(name)?.source.kind === 'complex';
  return always(!isComplex || hasPath(context, scope, range, names));
}

/** `$these/aggregate(…)`, `$these/$count`: of the rows that the option or transformation speaks of. Data Aggregation §3.6 */
export function planThese(context: PlanContext, scope: Scope, path: Path): Bound {
  const [segment, ...rest] = path.segments;
  if (segment?.kind !== 'aggregate' && segment?.kind !== '$count')
    throw odataError('SyntaxError', { message: '$these needs aggregate(…) or $count behind it.' }, placeOf(path.place));
  ending(rest);
  return planAggregateCall(context, scope, undefined, segment);
}
