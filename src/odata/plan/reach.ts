/** Paths to what is aggregated: through single entities and collections, to values or entities. Data Aggregation §3.1.3, §3.2.1.1 */
import { odataError } from '../error';
import { itemsNavigation } from '../model/item-type';
import type { EntityType, NavigationProperty } from '../model/model';
import type { Expression, NameSegment, Path, PathSegment } from '../url/ast';
import type { Applied } from './apply-state';
import { notImplemented, placeOf, type PlanContext, type Scope } from './context';
import { planPath } from './member-path';
import { unknownProperty } from './position';
import { hasName, membersOf, namesOf } from './members';
import { keyOf } from './order';
import { placeIn } from './ordinals';
import type { Bound, BoundCollection, Range } from './plan';
import type { Rows } from './rows';
import { boundProperty } from './select';
import { isCastTo } from './type-names';

/** A path of names alone, with or without `$count` at its end. */
export function namesIn(expression: Expression): { path: readonly NameSegment[]; isCount: boolean } | undefined {
  if (expression.kind !== 'path' || expression.root || expression.alias) return undefined;
  const last = expression.segments.at(-1);
  const isCount = last?.kind === '$count' && last.options === undefined;
  const segments = isCount ? expression.segments.slice(0, -1) : expression.segments;
  return segments.every(isPlainName) ? { path: segments, isCount } : undefined;
}

const isPlainName = (segment: PathSegment): segment is NameSegment => segment.kind === 'name' && !segment.arguments;

/** Where a path leads: the rows that it needs, the value in them, and the entities that it is a value of. */
export interface Reach {
  readonly rows: Rows;
  readonly value: Bound;
  /** The key of the entity that the value belongs to; empty when it is the row's own. */
  readonly once: readonly Bound[];
  readonly throughCollection: boolean;
  /** The value is the key of an entity. */
  readonly isEntity: boolean;
  readonly navigationNames: readonly string[];
}

/** Follows a path whose segments may be collections: each adds the rows behind it. Data Aggregation §3.1.3 */
export function reach(
  context: PlanContext,
  { scope, rows }: Applied,
  path: readonly NameSegment[],
  isCount: boolean,
): Reach {
  let current: Range = scope.current;
  let from = rows;
  let throughCollection = false;
  let pending: NameSegment[] = [];
  let type = current.type;
  const navigationNames: string[] = [];
  let left = path;
  /** What tells items of collections from those of other rows; undefined where the path leads to entities. */
  let items: readonly Bound[] | undefined;
  const place = path[0]?.place ?? { source: '$apply', at: 0 };
  const valueOf = (segments: readonly NameSegment[]): Bound =>
    planPath(
      context,
      { ...scope, current, variables: new Map() },
      { kind: 'path', segments: [...pending, ...segments], place },
    );
  const keyHere = (): readonly Bound[] =>
    pending.length === 0 ? keyOf(current) : type.key.map(({ name }) => valueOf([{ kind: 'name', name, place }]));
  const ownerKey = (): readonly Bound[] => (navigationNames.length === 0 ? [] : keyHere());
  for (const segment of path) {
    if (isCastTo(context.model, type, segment.name)) {
      left = left.slice(1);
      continue;
    }
    const member = pending.length === 0 ? membersOf(scope, current).own.get(segment.name) : undefined;
    const navigation = type.navigations.get(segment.name) ?? itemsOf(type, segment.name);
    if (member?.kind === 'row') {
      current = member.range;
      type = current.type;
    } else if (navigation?.collection && !member) {
      const collection = collectionBehind(context, scope, current, pending, segment);
      items = navigation.items && itemKey(items ?? ownerKey(), collection.range);
      from = { kind: 'join', input: from, collection, rows: { kind: 'base', range: collection.range }, outer: false };
      current = collection.range;
      type = current.type;
      pending = [];
      throughCollection = true;
    } else if (navigation && !member) {
      pending.push(segment);
      type = navigation.target;
    } else break;
    navigationNames.push(segment.name);
    left = left.slice(1);
  }
  const inner: Scope = { ...scope, current, variables: new Map() };
  const key = keyHere();
  const whole = type.item && boundProperty(current, type.item);
  if (left.length === 0 && key.length === 0 && !whole) throw notImplemented('Aggregating rows without a key', place);
  const [first] = key;
  if (isCount && left.length > 0) {
    const [segment] = left;
    if (segment && !hasName(inner, current, segment.name))
      throw unknownProperty(type, segment, namesOf(inner, current));
    throw odataError('TypeMismatch', { message: '/$count needs a path of entities in front of it.' }, placeOf(place));
  }
  return {
    rows: from,
    value: left.length === 0 ? (whole ?? first ?? { kind: 'null' }) : valueOf(left),
    once: items ?? (navigationNames.length === 0 ? [] : key),
    throughCollection,
    isEntity: left.length === 0,
    navigationNames,
  };
}

const itemsOf = ({ properties }: EntityType, name: string): NavigationProperty | undefined => {
  const property = properties.get(name);
  return property && itemsNavigation(property);
};

/** Items of a row that is there once are there once: nothing need tell them apart. */
const itemKey = (owner: readonly Bound[], range: Range): readonly Bound[] =>
  owner.length === 0 ? [] : [...owner, placeIn(range)];

function collectionBehind(
  context: PlanContext,
  scope: Scope,
  current: Range,
  pending: readonly NameSegment[],
  segment: NameSegment,
): BoundCollection {
  const path: Path = {
    kind: 'path',
    segments: [...pending, segment, { kind: '$count', place: segment.place }],
    place: segment.place,
  };
  const counted = planPath(context, { ...scope, current, variables: new Map() }, path);
  if (counted.kind !== 'count' || 'values' in counted.collection)
    throw notImplemented(`Aggregating through '${segment.name}'`, segment.place);
  return counted.collection;
}
