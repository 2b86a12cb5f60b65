/** How far the path of an aggregate has been followed, and what tells apart what it has come to. Data Aggregation §3.1.2, §3.2.1.1 */
import type { EntityType } from '../model/model';
import type { NameSegment, Path, Place } from '../url/ast';
import { allOf, isNotNull } from './conditions';
import type { PlanContext, Scope } from './context';
import { planPath, valueBehind } from './member-path';
import { membersOf, type Member } from './members';
import { itemPlace } from './ordinals';
import { inApply } from './place';
import type { Bound, BoundCollection, Range } from './plan';
import { rowKey } from './presence';
import type { Once, Told } from './reach-told';
import { identityOf, keyOfLeft, kindOf } from './row-identity';
import { wholeNumber } from './row-values';
import type { Rows } from './rows';

/** How far a path has been followed. */
export interface Way {
  /** What variables have, those of rows on the way among them. */
  readonly scope: Scope;
  /** The variable that it has come to. */
  readonly range: Range;
  /** The single-valued navigations behind the variable, and what they lead to. */
  readonly pending: readonly NameSegment[];
  readonly type: EntityType;
  readonly rows: Rows;
  /** What tells items of collections from those of other rows; undefined where the path leads to entities. */
  readonly items: readonly Bound[] | undefined;
  readonly throughCollection: boolean;
  readonly navigationNames: readonly string[];
  readonly left: readonly NameSegment[];
  /** All of the path. */
  readonly path: readonly NameSegment[];
  /** True where the row is there that the way has come to. */
  readonly there?: Bound;
  /** What the items are, where it has come to some. */
  readonly itemKind?: string | undefined;
  /** The entity that is aggregated once, where the way has gone on to what is within it. */
  readonly within?: Once | undefined;
  /** What was given to the row in which it is, of several structures, whichever it has. */
  readonly told?: readonly Told[] | undefined;
}

export const placeIn = (path: readonly NameSegment[]): Place => path[0]?.place ?? inApply;

/** The value that names behind the way lead to. */
export const valueOn = (context: PlanContext, { scope, range, pending }: Way, names: readonly NameSegment[]): Bound =>
  valueBehind(context, scope, range, [...pending, ...names], placeIn([...pending, ...names]));

/** What the request gave the name at the variable that the way has come to. */
export const memberAt = ({ scope, range, pending }: Way, name: string): Member | undefined =>
  pending.length === 0 ? membersOf(scope, range).own.get(name) : undefined;

const isKeyed = ({ item, key }: EntityType): boolean => item !== undefined || key.length > 0;

/** What tells the entities that the way has come to apart: where they have no key, all that they have. */
export function keyAt(context: PlanContext, way: Way): readonly Bound[] {
  const { scope, range, pending, type } = way;
  const hasKey = isKeyed(type);
  if (pending.length > 0 && hasKey)
    return type.key.map(({ name }) => valueOn(context, way, [{ kind: 'name', name, place: placeIn(pending) }]));
  if (pending.length > 0) return [keyOfLeft(context, valueOn(context, way, []), placeIn(pending))];
  if (hasKey) return rowKey(range);
  return [identityOf(context, scope, range, placeIn(way.path))];
}

/** The same of what items belong to; nothing where it is the row itself. */
export const ownerKey = (context: PlanContext, way: Way): readonly Bound[] =>
  way.items ?? (way.navigationNames.length === 0 ? [] : keyAt(context, way));

/** What that is the key of; nothing where the key says so itself. */
export const ownerKind = ({ itemKind, type, pending }: Way): string =>
  itemKind ?? (pending.length > 0 || isKeyed(type) ? kindOf(type) : '');

/** Items of a row that is there once are there once: nothing need tell them apart. Undefined for what nothing does: rows of a function without a key, or of all members of a collection. */
export function itemKey(owner: readonly Bound[], collection: BoundCollection): readonly Bound[] | undefined {
  const { range, of } = collection;
  if (owner.length === 0) return [];
  const key = range.type.item ? [itemPlace(collection)] : rowKey(range);
  return key.length === 0 || of ? undefined : [...owner, ...key];
}

/** The first of the rows of each owner in each group: what it has is there once then. */
export const onceEach = (rows: Rows, groups: readonly Bound[], owner: readonly Bound[]): Rows => ({
  kind: 'cut',
  input: { kind: 'filter', input: rows, condition: allOf(owner.map(isNotNull)) },
  parts: [...groups, ...owner],
  order: [],
  skip: undefined,
  top: wholeNumber(1),
});

/** The collection to which a name behind the way leads. */
export function collectionBehind(
  context: PlanContext,
  { scope, range, pending }: Way,
  segment: NameSegment,
): BoundCollection {
  const { place } = segment;
  const path: Path = { kind: 'path', segments: [...pending, segment, { kind: '$count', place }], place };
  const counted = planPath(context, { ...scope, current: range, variables: new Map() }, path);
  if (counted.kind !== 'count' || 'values' in counted.collection) throw new Error(`${segment.name} is a collection`);
  return counted.collection;
}
