/** Where paths of navigations, casts, keys and `/$filter(…)` lead from a row: to an entity, or a collection of them. URL Conventions §4, §5.1.1.15 */
import { odataError } from '../error';
import type { EntitySet, Model } from '../model/model';
import type { Argument, NameSegment, PathSegment, Place, ResourceSegment } from '../url/ast';
import { didYouMean } from '../url/did-you-mean';
import { castAt } from './cast';
import { allOf, equal, narrowedBy } from './conditions';
import { placeOf, type PlanContext } from './context';
import { rangeAlong } from './identity';
import { rowsLeft } from './filter-segment';
import { onlyKey, planKey, planKeySegments, singletonKey } from './keys';
import { boundProperty } from './select';
import type { Bound, BoundCollection, KeyPredicate, Range, Step } from './plan';
import { at, membersAt, ofCollection, pickedFrom, seenAs, through, type Position } from './position';

/** The entity set or singleton of a name. */
export const setNamed = (
  { entitySets, singletons }: Pick<Model, 'entitySets' | 'singletons'>,
  name: string,
): EntitySet | undefined => entitySets.get(name) ?? singletons.get(name);

/** The one with which a path begins in an expression. */
function setAt({ model }: PlanContext, { name, place }: NameSegment): EntitySet {
  const { entitySets, singletons } = model;
  const set = setNamed(model, name);
  if (set) return set;
  const hint = didYouMean(name, [...entitySets.keys(), ...singletons.keys()]);
  throw odataError('UnknownSet', { name, hint }, placeOf(place));
}

/** Where a path has come to, and the single rows that it has come through, each from the one before. */
export interface Way {
  readonly position: Position;
  readonly through: readonly BoundCollection[];
}

/** A way that begins at a position. */
export const wayFrom = (position: Position): Way => ({ position, through: [] });

/** What a value at the end of a way is for the row where the way begins. */
export const throughRows = ({ through: rows }: Way, value: Bound): Bound =>
  rows.reduceRight((inner, row) => pickedFrom(row, inner), value);

/** The set, singleton or entity that a path begins with in an expression. */
export function wayOfSet(context: PlanContext, segment: NameSegment): Way {
  const { type, name, one } = setAt(context, segment);
  const range: Range = { type, name };
  const collection: BoundCollection = { from: undefined, navigations: [], range };
  if (one && !segment.arguments) return { position: at(range), through: [keyed(collection, singletonKey(one))] };
  return picked(context, wayFrom(ofCollection(collection)), onlyKey(segment), segment.place);
}

/**
 * Where a path of navigations, casts, keys, `/$filter(…)` and functions leads, and what is left of it: it ends before the first segment that is
 * none of them. `called` tells where a function does.
 */
export function wayBehind<S extends PathSegment | ResourceSegment>(
  context: PlanContext,
  before: Way,
  segments: readonly S[],
  called: (before: Way, segment: NameSegment) => Way | undefined,
): { readonly way: Way; readonly rest: readonly S[] } {
  const [segment, ...rest] = segments;
  const next =
    segment && (behindSegment(context, before, segment) ?? (segment.kind === 'name' && called(before, segment)));
  if (next) return wayBehind(context, next, rest, called);
  const found = pickedBySegments(context, before, segments);
  return found ? wayBehind(context, found.way, found.rest, called) : { way: before, rest: segments };
}

/** Behind a navigation, a cast or `/$filter(…)`. */
function behindSegment(context: PlanContext, before: Way, segment: PathSegment | ResourceSegment): Way | undefined {
  const { position } = before;
  const { type, isCollection } = position;
  if (segment.kind === '$filter' && isCollection) {
    const members = membersAt(position, segment.place);
    const collection = rowsLeft(context, members, segment);
    return picked(context, { ...before, position: { ...position, collection } }, segment.key, segment.place);
  }
  if (segment.kind !== 'name') return undefined;
  const { name, place } = segment;
  const cast = castAt(context.model, type, name);
  if (cast) return picked(context, { ...before, position: seenAs(position, cast) }, onlyKey(segment), place);
  const navigation = isCollection ? undefined : type.navigations.get(name);
  if (!navigation) return undefined;
  return picked(context, { ...before, position: through(position, navigation, place) }, onlyKey(segment), place);
}

/** The one of a collection that a key picks. URL Conventions §4.9 */
export function picked(
  context: PlanContext,
  { position, through: before }: Way,
  key: readonly Argument[] | undefined,
  place: Place,
): Way {
  if (!key) return { position, through: before };
  if (!position.isCollection)
    throw odataError('SyntaxError', { message: 'What is one has no key behind it.' }, placeOf(place));
  const members = toldMembers(context, membersAt(position, place));
  const predicate = planKey(context, stepOf(members), key, place);
  return { position: at(members.range), through: [...before, keyed(members, predicate)] };
}

/** The one of a collection whose key the first segments are, and those behind it; undefined where they are none. URL Conventions §4.3.6 */
export function pickedBySegments<S extends PathSegment | ResourceSegment>(
  context: PlanContext,
  { position, through: before }: Way,
  segments: readonly S[],
): { readonly way: Way; readonly rest: readonly S[] } | undefined {
  const [first] = segments;
  if (!position.isCollection || first?.kind !== 'name') return undefined;
  const members = toldMembers(context, membersAt(position, first.place));
  const found = planKeySegments(context, stepOf(members), segments);
  if (!found) return undefined;
  const way: Way = { position: at(members.range), through: [...before, keyed(members, found.key)] };
  return { way, rest: found.rest };
}

const stepOf = ({ range, navigations }: BoundCollection): Step => {
  const navigation = navigations.at(-1);
  return { range, ...(navigation && { navigation }) };
};

/** The collection narrowed to the entity of a key. */
function keyed(collection: BoundCollection, key: KeyPredicate): BoundCollection {
  const parts = key.map(({ property, value }) => equal(boundProperty(collection.range, property), value));
  return { ...collection, filter: narrowedBy(collection.filter, allOf(parts)) };
}

/** The collection by a variable that has what its entities are called by. */
export function toldMembers({ model }: PlanContext, collection: BoundCollection): BoundCollection {
  const { from, navigations, rows, made, range } = collection;
  const identity = from && !rows && !made ? rangeAlong(model, from, navigations).identity : undefined;
  return identity ? { ...collection, range: { ...range, identity, seenAs: range } } : collection;
}
