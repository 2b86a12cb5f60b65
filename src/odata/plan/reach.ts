/** Paths to what is aggregated: through single entities and collections, to values or entities. Data Aggregation §3.1.3, §3.2.1.1 */
import { odataError } from '../error';
import { itemsNavigation } from '../model/item-type';
import type { EntityType, NavigationProperty } from '../model/model';
import type { Expression, NameSegment, Path, PathSegment, Place } from '../url/ast';
import type { Applied } from './apply-state';
import { castAt } from './cast';
import { isNotNull } from './conditions';
import { notImplemented, placeOf, type PlanContext, type Scope } from './context';
import { planPath } from './member-path';
import { itemValue, unknownProperty } from './position';
import { madeOf } from './made-rows';
import { hasName, instanceOf, membersOf, namesOf, type Member } from './members';
import { atMade, atValue, contradictory, isSharedBy } from './reach-made';
import { itemPlace } from './ordinals';
import type { Bound, BoundCollection, Range } from './plan';
import { presenceOf, rowKey } from './presence';
import { isMany, openedValues, typeOfPart, wholeKey, wholePart, wholeRow } from './reach-values';
import type { Rows } from './rows';
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
  /** The rows are others than those that are grouped. */
  readonly throughCollection: boolean;
  /** The value is the key of an entity. */
  readonly isEntity: boolean;
  readonly navigationNames: readonly string[];
  /** The error for who must know which rows have one and the same value, where nothing tells that. */
  readonly several?: Error | undefined;
}

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
  /** Others may lead to the same entity. */
  readonly isShared?: boolean;
}

/** Follows a path whose segments may be collections: each adds the rows behind it. Data Aggregation §3.1.3 */
export function reach(
  context: PlanContext,
  { scope: outer, rows: input }: Applied,
  path: readonly NameSegment[],
  isCount: boolean,
): Reach {
  const range = outer.current;
  const start: Way = {
    scope: outer,
    range,
    pending: [],
    type: range.type,
    rows: input,
    items: undefined,
    throughCollection: false,
    navigationNames: [],
    left: path,
    path,
  };
  const way = follow(context, start);
  const { left, items, there, throughCollection, navigationNames, scope } = way;
  const [last] = left;
  if (!last) {
    const value = itemValue(way) ?? wholeKey(keyAt(context, scope, way));
    const once = ownerKey(context, scope, way);
    // Entities that are missing are told by what tells them apart.
    const isNarrowed = isCount && there !== undefined && (items !== undefined || once.length === 0);
    const rows: Rows = isNarrowed ? { kind: 'filter', input: way.rows, condition: there } : way.rows;
    return { rows, value, once, throughCollection: throughCollection || isNarrowed, isEntity: true, navigationNames };
  }
  const found = way.pending.length === 0 ? targetsIn(scope, way.range, last.name) : [];
  if (isCount && found.length > 0) throw severalStructures(last);
  const value = valueAt(context, scope, way, left);
  const once = ownerKey(context, scope, way);
  // Items are there once for each row; what is left of entities may be the same in several.
  const several = found.every((target) => target === 'many' || target.item)
    ? contradictory(way, last)
    : severalStructures(last);
  if (!isMany(value)) {
    if (isCount) throw notCounted(scope, way, last);
    return { rows: way.rows, value, once, throughCollection, isEntity: false, navigationNames, several };
  }
  const { rows, item, place } = openedValues(context, way.rows, value);
  const itemOnce = once.length === 0 ? [] : [...once, place];
  return { rows, value: item, once: itemOnce, throughCollection: true, isEntity: false, navigationNames };
}

const placeIn = (path: readonly NameSegment[]): Place => path[0]?.place ?? { source: '$apply', at: 0 };

function follow(context: PlanContext, way: Way): Way {
  const next = behind(context, way.scope, way);
  return next ? follow(context, next) : way;
}

/** One name further; undefined where it leads to no entities and no items. */
function behind(context: PlanContext, scope: Scope, way: Way): Way | undefined {
  const { range, pending, type } = way;
  const [segment, ...left] = way.left;
  if (!segment) return undefined;
  if (isCastTo(context.model, type, segment.name)) return { ...way, left };
  const cast = castAt(context.model, type, segment.name);
  if (cast) return asType(context, scope, { ...way, left }, segment, cast);
  const navigationNames = [...way.navigationNames, segment.name];
  const member = pending.length === 0 ? membersOf(scope, range).own.get(segment.name) : undefined;
  const instance = instanceOf(member);
  if (instance && membersOf(scope, instance).whole)
    return left.length > 0 ? atValue(context, way, instance, left) : undefined;
  if (instance) return { ...atRow(way, instance), navigationNames, left };
  if (member?.kind === 'added' || member?.kind === 'structure')
    return atMade(context, { ...way, navigationNames, left }, madeOf(member));
  if (member && !isMembersValue(member)) return undefined;
  const target = !member && pending.length === 0 ? targetIn(scope, range, segment) : undefined;
  if (target) return { ...way, pending: [segment], type: target, navigationNames, left };
  const part = typeOfPart(type, segment.name);
  if (part) return { ...way, pending: [...pending, segment], type: part, navigationNames, left };
  const navigation = type.navigations.get(segment.name) ?? itemsOf(type, segment.name);
  if (!member && !navigation) return undefined;
  if (!member && navigation?.collection === false)
    return { ...way, pending: [...pending, segment], type: navigation.target, navigationNames, left };
  const collection = collectionBehind(context, scope, way, segment);
  const isItems = member !== undefined || navigation?.items !== undefined;
  return {
    ...way,
    range: collection.range,
    pending: [],
    type: collection.range.type,
    rows: { kind: 'join', input: way.rows, collection, rows: { kind: 'base', range: collection.range }, outer: false },
    items: isItems ? itemKey(ownerKey(context, scope, way), collection, segment.place) : undefined,
    throughCollection: true,
    navigationNames,
    left,
  };
}

/** The row as one of a derived type: where it is of another, it is none to be counted. */
function asType(context: PlanContext, scope: Scope, way: Way, segment: NameSegment, type: EntityType): Way {
  const seen: Way = { ...way, pending: [...way.pending, segment], type };
  return { ...seen, there: isNotNull(wholeKey(keyAt(context, scope, seen))) };
}

/** The entity that a name leads to in rows of several structures, which are asked for it one by one; undefined where it is none, or of several types. */
function targetIn(scope: Scope, range: Range, segment: NameSegment): EntityType | undefined {
  const [target, ...others] = targetsIn(scope, range, segment.name);
  if (target === 'many' || others.includes('many')) throw severalStructures(segment);
  return others.length === 0 && target && target.key.length > 0 ? target : undefined;
}

/** What a name leads to in rows of several structures; nothing in others. */
export function targetsIn(scope: Scope, range: Range, name: string): readonly (EntityType | 'many')[] {
  const { variants } = membersOf(scope, range);
  if (!variants || range.type.properties.has(name)) return [];
  return [...new Set(variants.scopes.flatMap((variant) => leadsTo(variant, variant.current, name)))];
}

const severalStructures = ({ name, place }: NameSegment): Error =>
  notImplemented(`Aggregating what is behind '${name}' in rows of several structures`, place);

/** The types of rows that a name leads to; nothing where it is a value. */
function leadsTo(scope: Scope, range: Range, name: string): readonly (EntityType | 'many')[] {
  const { own } = membersOf(scope, range);
  const member = own.get(name);
  const instance = instanceOf(member);
  if (instance) return [instance.type];
  if (member) return member.kind !== 'value' || isMembersValue(member) ? ['many'] : [];
  const navigation = range.type.navigations.get(name);
  if (navigation) return [navigation.collection ? 'many' : navigation.target];
  if (itemsOf(range.type, name)) return ['many'];
  const part = typeOfPart(range.type, name);
  return part ? [part] : targetsIn(scope, range, name);
}

/** At the row of another variable. One that is missing is none to be counted; a complex value is there once for each row. */
function atRow(way: Way, range: Range): Way {
  const presence = presenceOf(range);
  return {
    ...way,
    range,
    type: range.type,
    items: range.type.item ? (way.items ?? []) : undefined,
    isShared: isSharedBy(range),
    ...(presence && { there: isNotNull(presence) }),
  };
}

const itemsOf = ({ properties }: EntityType, name: string): NavigationProperty | undefined => {
  const property = properties.get(name);
  return property && itemsNavigation(property);
};

/** Whether it is a collection of complex values that the request computed. */
const isMembersValue = (member: Member): boolean => member.kind === 'value' && member.value.kind === 'members';

const valueAt = (context: PlanContext, scope: Scope, { range, pending }: Way, names: readonly NameSegment[]): Bound => {
  const path: Path = { kind: 'path', segments: [...pending, ...names], place: placeIn([...pending, ...names]) };
  return planPath(context, { ...scope, current: range, variables: new Map() }, path);
};

/** What tells the entities that the way has come to apart: where they have no key, all that they have. */
function keyAt(context: PlanContext, scope: Scope, way: Way): readonly Bound[] {
  const { range, pending, type } = way;
  const hasKey = type.item !== undefined || type.key.length > 0;
  if (pending.length > 0 && hasKey)
    return type.key.map(({ name }) => valueAt(context, scope, way, [{ kind: 'name', name, place: placeIn(pending) }]));
  if (pending.length > 0) return [wholePart(valueAt(context, scope, way, []))];
  if (hasKey) return rowKey(range);
  const { variants, nested } = membersOf(scope, range);
  if (variants) throw notImplemented('Telling rows of several structures apart', placeIn(way.path));
  if (nested) throw notImplemented('Telling apart what nest has made', placeIn(way.path));
  return [wholeRow(range)];
}

/** The same of what items belong to; nothing where it is the row itself. */
export const ownerKey = (context: PlanContext, scope: Scope, way: Way): readonly Bound[] =>
  way.items ?? (way.navigationNames.length === 0 ? [] : keyAt(context, scope, way));

/** Items of a row that is there once are there once: nothing need tell them apart. What a function gives has a key, not a place. */
function itemKey(owner: readonly Bound[], collection: BoundCollection, place: Place): readonly Bound[] {
  const { range, of } = collection;
  if (owner.length === 0) return [];
  const key = range.type.item ? [itemPlace(collection)] : rowKey(range);
  if (key.length === 0 || of) throw notImplemented('Telling apart what a function without a key gives', place);
  return [...owner, ...key];
}

/** The error that `/$count` stands behind a name that leads to no entities. */
function notCounted(scope: Scope, { range, type }: Way, segment: NameSegment): Error {
  const inner: Scope = { ...scope, current: range, variables: new Map() };
  if (!hasName(inner, range, segment.name)) return unknownProperty(type, segment, namesOf(inner, range));
  return odataError(
    'TypeMismatch',
    { message: '/$count needs a path of entities in front of it.' },
    placeOf(segment.place),
  );
}

function collectionBehind(
  context: PlanContext,
  scope: Scope,
  { range, pending }: Way,
  segment: NameSegment,
): BoundCollection {
  const { place } = segment;
  const path: Path = { kind: 'path', segments: [...pending, segment, { kind: '$count', place }], place };
  const counted = planPath(context, { ...scope, current: range, variables: new Map() }, path);
  if (counted.kind !== 'count' || 'values' in counted.collection) throw severalStructures(segment);
  return counted.collection;
}
