/**
 * Variables that stand for collections: `$it` where each item of the answer is one, and the variables of lambdas over collections of
 * collections. What a function gives is planned anew for each variable, so that they may stand within one another. URL Conventions §4.13
 */
import { odataError } from '../error';
import { booleanType, edm } from '../model/edm';
import type { Expression, Path, PathSegment, Place } from '../url/ast';
import { narrowedBy } from './conditions';
import { placeOf, type PlanContext, type Scope } from './context';
import { planCondition } from './expression';
import { ending, hiding } from './lambda';
import { walk } from './member-path';
import type { Bound, BoundCollection, Results } from './plan';
import { anew, ofCollection } from './position';
import { collectionOfEach, rowsOfEach } from './given-rows';
import { behindValues } from './values';

/** A collection of collections: its members, and what is given for the one that its variable stands for. */
interface Collections {
  readonly members: BoundCollection;
  readonly inner: Results;
}

/** What the first segment or the root of a path stands for, where it is a collection. */
const variableOf = ({ collections }: Scope, { root, segments: [first] }: Path): Results | undefined => {
  const name = root ?? (first?.kind === 'name' && !first.arguments ? first.name : undefined);
  return name === undefined ? undefined : collections?.get(name);
};

/** The path starts at a variable that stands for a collection. */
export const startsAtCollection = (scope: Scope, path: Path): boolean => variableOf(scope, path) !== undefined;

/** What a path says of such a variable; undefined for other paths. */
export function planCollectionVariable(context: PlanContext, scope: Scope, path: Path): Bound | undefined {
  const given = variableOf(scope, path);
  return given && behind(context, scope, given, path.root ? path.segments : path.segments.slice(1), path.place);
}

/** What segments say of the collection that is given for a row. */
function behind(
  context: PlanContext,
  scope: Scope,
  { collection, again }: Results,
  segments: readonly PathSegment[],
  place: Place,
): Bound {
  if ('values' in collection) return behindValues(context, scope, collection, segments);
  const members = anew(collection);
  const inner = again?.(members.range);
  const one = inner ? collectionOfEach(members, inner) : members;
  if (!inner || one) return walk(context, scope, ofCollection(one ?? members), segments, place);
  return behindCollections(context, scope, { members: opened(members, inner), inner }, segments, place);
}

/** The members with the single rows that lead from each to its collection. */
function opened(members: BoundCollection, inner: Results): BoundCollection {
  if (inner.through.length === 0) return members;
  const { range } = members;
  const made = { of: members, rows: rowsOfEach(range, inner), order: [], hasNames: false };
  return { from: undefined, navigations: [], range, made };
}

/** The same of a collection of collections. */
function behindCollections(
  context: PlanContext,
  scope: Scope,
  { members, inner }: Collections,
  [segment, ...rest]: readonly PathSegment[],
  place: Place,
): Bound {
  const where = (name: string, predicate: Expression, what: string): Bound =>
    planCondition(context, { ...hiding(scope, name), collections: withName(scope, name, inner) }, predicate, what);
  if (!segment) return wholeOf(members, behind(context, scope, inner, [], place), place);
  switch (segment.kind) {
    case 'any':
    case 'all': {
      ending(rest);
      const { kind, variable = '', predicate } = segment;
      const condition = predicate && where(variable, predicate, `The condition of ${kind}`);
      return { ...isThere, collection: members, quantifier: kind, predicate: condition };
    }
    case '$count': {
      ending(rest);
      const { $filter, ...others } = segment.options ?? {};
      const [name] = Object.keys(others).filter((option) => option !== 'aliases');
      if (name !== undefined)
        throw odataError(
          'OptionNotApplicable',
          { name, resource: 'a collection of collections' },
          placeOf(segment.place),
        );
      const filter = $filter && where('$this', $filter, '$filter');
      return { kind: 'count', collection: members, filter, type: edm('Edm.Int64'), nullable: false };
    }
    case '$filter': {
      const filter = narrowedBy(members.filter, where('$this', segment.predicate, '$filter'));
      return behindCollections(context, scope, { members: { ...members, filter }, inner }, rest, place);
    }
    default:
      throw odataError(
        'TypeMismatch',
        { message: 'A collection of collections needs any, all, $filter or $count behind it.' },
        placeOf(segment.place),
      );
  }
}

/** The whole as an operand: `value` is the collection of a member. */
function wholeOf(members: BoundCollection, value: Bound, place: Place): Bound {
  if (value.kind === 'null') return value;
  const type = { kind: 'collection', of: value.type } as const;
  return { kind: 'members', collection: members, value, type, nullable: false, place };
}

const isThere = { kind: 'exists', type: booleanType, nullable: false } as const;

/** The variables in sight when one more stands for a collection. */
const withName = ({ collections }: Scope, name: string, given: Results): ReadonlyMap<string, Results> =>
  new Map(collections).set(name, given);
