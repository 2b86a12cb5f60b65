/** Where paths of navigations, casts and `/$filter(…)` lead in expressions: an entity, or a collection of them. URL Conventions §5.1.1.15 */
import { odataError } from '../error';
import type { EntitySet, Model } from '../model/model';
import type { Argument, NameSegment, PathSegment, Place } from '../url/ast';
import { didYouMean } from '../url/did-you-mean';
import { castAt } from './cast';
import { placeOf, type PlanContext, type Scope } from './context';
import { planKey } from './keys';
import { narrowed } from './lambda';
import { keyed } from './member-path';
import type { BoundCollection, Range } from './plan';
import { at, membersAt, seenAs, through, unknownProperty, type Position } from './position';

/** The entity set or singleton of a name. */
export const setNamed = (
  { entitySets, singletons }: Pick<Model, 'entitySets' | 'singletons'>,
  name: string,
): EntitySet | undefined => entitySets.get(name) ?? singletons.get(name);

/** The one with which a path begins in an expression. */
export function setAt({ model }: PlanContext, { name, place }: NameSegment): EntitySet {
  const { entitySets, singletons } = model;
  const set = setNamed(model, name);
  if (set) return set;
  const hint = didYouMean(name, [...entitySets.keys(), ...singletons.keys()]);
  throw odataError('UnknownSet', { name, hint }, placeOf(place));
}

/** All entities of a set. */
export function wholeSet({ type, name }: EntitySet): Position & { readonly collection: BoundCollection } {
  const range: Range = { type, name };
  return { ...at(range), isCollection: true, collection: { from: undefined, navigations: [], range } };
}

/** The entities behind a navigation or a cast. */
function entityBehind(context: PlanContext, before: Position, segment: NameSegment): Position | undefined {
  const cast = castAt(context.model, before.type, segment.name);
  if (cast) return cast === before.type ? before : seenAs(before, cast);
  const navigation = before.type.navigations.get(segment.name);
  if (navigation) return through(before, navigation, segment.place);
  if (!before.type.properties.has(segment.name)) throw unknownProperty(before.type, segment);
  return undefined;
}

/** Where a path has come to, and the single entities of collections that keys have picked on the way, each from the one before. */
export interface Defined {
  readonly found: Position;
  readonly ones: readonly BoundCollection[];
}

/** Where a path of navigations, casts, `/$filter(…)`, keys and functions leads; `called` tells where a function does. */
export function positionBehind(
  context: PlanContext,
  scope: Scope,
  start: Defined,
  segments: readonly PathSegment[],
  called: (before: Position, segment: NameSegment) => Defined | undefined,
): Defined {
  return segments.reduce<Defined>(({ found: before, ones }, segment) => {
    const { found, ones: further = [], key } = step(context, scope, before, segment, called);
    const reached: Defined = { found, ones: [...ones, ...further] };
    return key ? pickedOne(context, reached, key, segment.place) : reached;
  }, start);
}

/** Where one segment leads, and the key that stands in or behind it. */
function step(
  context: PlanContext,
  scope: Scope,
  before: Position,
  segment: PathSegment,
  called: (before: Position, segment: NameSegment) => Defined | undefined,
): Partial<Defined> & { readonly found: Position; readonly key?: readonly Argument[] | undefined } {
  if (segment.kind === '$filter') {
    const collection = narrowed(context, scope, membersAt(before, segment.place), segment.predicate);
    return { found: { ...before, collection }, key: segment.key };
  }
  if (segment.kind !== 'name')
    throw new Error(`A path that defines a function leads to entities, ${segment.kind} does not`);
  const isName = !before.type.navigations.has(segment.name);
  const defined = isName ? called(before, segment) : undefined;
  if (defined) return { ...defined, key: segment.key };
  const found = entityBehind(context, before, segment);
  if (!found) throw new Error(`A path that defines a function leads to entities, ${segment.name} does not`);
  return { found, key: segment.arguments };
}

/** The one entity of a collection that a key picks. */
export function pickedOne(
  context: PlanContext,
  { found, ones }: Defined,
  given: readonly Argument[],
  place: Place,
): Defined {
  const members = membersAt(found, place);
  const range: Range = { ...members.range, optional: true, seenAs: members.range };
  const navigation = members.navigations.at(-1);
  const key = planKey(context, { range, ...(navigation && { navigation }) }, given, place);
  return { found: at(range), ones: [...ones, keyed({ ...members, range }, key)] };
}
