/** Where paths of navigations, casts and `/$filter(…)` lead in expressions: an entity, or a collection of them. URL Conventions §5.1.1.15 */
import { odataError } from '../error';
import type { EntitySet, Model } from '../model/model';
import type { NameSegment, PathSegment } from '../url/ast';
import { didYouMean } from '../url/did-you-mean';
import { castAt } from './cast';
import { notImplemented, placeOf, type PlanContext, type Scope } from './context';
import { narrowed } from './lambda';
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
function entityBehind(context: PlanContext, before: Position, segment: PathSegment): Position | undefined {
  if (segment.kind !== 'name' || segment.arguments) return undefined;
  const cast = castAt(context.model, before.type, segment.name);
  if (cast) return cast === before.type ? before : seenAs(before, cast);
  const navigation = before.type.navigations.get(segment.name);
  if (navigation) return through(before, navigation, segment.place);
  if (!before.type.properties.has(segment.name)) throw unknownProperty(before.type, segment);
  return undefined;
}

/** Where a path of navigations, casts, `/$filter(…)` and functions leads; `called` tells where a function does. */
export function positionBehind(
  context: PlanContext,
  scope: Scope,
  start: Position,
  segments: readonly PathSegment[],
  called: (before: Position, segment: NameSegment) => Position | undefined,
): Position {
  return segments.reduce((before, segment) => {
    if (segment.kind === '$filter' && !segment.key)
      return { ...before, collection: narrowed(context, scope, membersAt(before, segment.place), segment.predicate) };
    const isName = segment.kind === 'name' && !before.type.navigations.has(segment.name);
    const next = (isName ? called(before, segment) : undefined) ?? entityBehind(context, before, segment);
    if (!next)
      throw notImplemented(`'${nameOf(segment)}' in the definition of a function in an expression`, segment.place);
    return next;
  }, start);
}

const nameOf = (segment: PathSegment): string => (segment.kind === 'name' ? segment.name : segment.kind);
