/** Paths to what is aggregated: through single entities and collections, to values or entities. Data Aggregation §3.1.3, §3.2.1.1 */
import type { EntityType } from '../model/model';
import type { NameSegment } from '../url/ast';
import type { Applied } from './apply-state';
import { aggregatedAway } from './aggregated-away';
import { castAt, isCastHere, seenAmong } from './cast';
import { always, isNotNull } from './conditions';
import type { PlanContext, Scope } from './context';
import { derivedType } from './derived-type';
import { throughItems } from './dynamic-property';
import { keysOf } from './group';
import { pathInGroup } from './group-type';
import { groupCast, isOfOther } from './grouped-cast';
import { hasPath } from './has-path';
import { instanceOf, isComplex, membersOf, navigationLeft, variantsOf } from './members';
import type { Bound, Range } from './plan';
import { presenceOf } from './presence';
import { atComplexRow, atMade, atRow, atValue } from './reach-made';
import { allReached, besides, inStructure } from './reach-structures';
import {
  complexAt,
  holdsItems,
  isCollectionOf,
  isMadeIn,
  isMembersValue,
  itemsOf,
  leadsToEntity,
  leadsToItems,
  targetsIn,
} from './reach-targets';
import { isMany, openedValues, typeOfPart, wholeKey } from './reach-values';
import { onceAt, type Once } from './reach-told';
import { asType, typesAhead } from './reach-types';
import {
  collectionBehind,
  itemKey,
  keyAt,
  memberAt,
  onceEach,
  ownerKey,
  ownerKind,
  placeIn,
  valueOn,
  type Way,
} from './reach-way';
import { isLeft } from './row-identity';
import type { Rows } from './rows';
import type { ComplexSource } from './structured';
import { isCastTo } from './type-names';

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
  /** What the values of `once` are the key of: keys of one kind tell the same things apart. */
  readonly kind: string;
  /** The entity that it is, or is within. */
  readonly entity: Once;
}

/** Follows a path whose segments may be collections: each adds the rows behind it. Throws where no row has its first name any longer. Data Aggregation §3.1.3 */
export function reach(context: PlanContext, applied: Applied, path: readonly NameSegment[], isCount: boolean): Reach {
  const { scope, rows } = applied;
  const range = scope.current;
  const gone = aggregatedAway(context, scope, range, path);
  if (gone) throw gone;
  return along(
    { context, applied, isCount },
    {
      scope,
      range,
      pending: [],
      type: range.type,
      rows,
      items: undefined,
      throughCollection: false,
      navigationNames: [],
      left: path,
      path,
    },
  );
}

/** What a path is followed for. */
interface Task {
  readonly context: PlanContext;
  readonly applied: Applied;
  readonly isCount: boolean;
}

/** To the end of the path; in rows of several structures in each of them. */
function along(task: Task, way: Way): Reach {
  const variants = structuresAhead(task, way);
  const structures = variants.length > 0 ? variants : typesAhead(task.context, way);
  if (structures.length > 0) {
    const place = placeIn(way.left.length > 0 ? way.left : way.path);
    const reached = structures.map((structure) => along(task, structure));
    const beside = besides(task.context, way, structures, reached, (one) => along({ ...task, isCount: false }, one));
    return allReached(task.context, way.range, way.rows, [...reached, ...beside], place);
  }
  const next = behind(task, way);
  return next ? along(task, next) : atEnd(task, way);
}

/** The structures of the rows that have what is left of the way; none where the rows have one, or where it is one value in all of them. */
function structuresAhead(task: Task, way: Way): readonly Way[] {
  const { context } = task;
  const { own } = membersOf(way.scope, way.range);
  const variants = variantsOf(way.scope, way.range);
  const left = [...way.pending, ...way.left];
  const [first] = left;
  if (!variants || (first && own.has(first.name))) return [];
  const isTyped = variants.scopes.some((one) => typesAhead(context, { ...way, scope: one, range: one.current })[0]);
  if (!isTyped && isOneWay(task, way)) return [];
  // Where none has all of the path, those that have its first name tell what is wrong.
  const leads = (one: Scope): boolean =>
    hasPath(context, one, one.current, left) || isOfOther(context, one, one.current, left);
  const isSomewhere = variants.scopes.some(leads);
  return variants.scopes.flatMap((variant, index) => {
    const { current } = variant;
    const isAhead = !first || (isSomewhere ? leads(variant) : hasPath(context, variant, current, [first]));
    if (!isAhead && (isSomewhere || !isCastHere(context.model, variant, current, first.name))) return [];
    return [inStructure(context, way, variants, index, left)];
  });
}

/** Whether the structures can be asked together for what is left: for a value, or for entities of one type and what is behind each of them. */
function isOneWay({ context: { model }, isCount }: Task, { scope, range, pending, type, left }: Way): boolean {
  const [segment, next] = left;
  if (pending.length > 0) return !segment || !isCollectionOf(type, segment.name);
  if (!segment) return false;
  if (range.type.properties.has(segment.name) || isCastTo(model, type, segment.name)) return true;
  const [target, ...others] = targetsIn(scope, range, segment.name);
  if (!target)
    return (next !== undefined || !isCount) && !segment.name.includes('.') && !leadsToItems(scope, range, left);
  return others.length === 0 && target !== 'many' && target.key.length > 0 && !isMadeIn(scope, range, segment.name);
}

function atEnd({ context, isCount }: Task, way: Way): Reach {
  const { left, items, there, throughCollection, navigationNames } = way;
  const [last] = left;
  const [kind, entity] = [ownerKind(way), onceAt(context, way)];
  if (!last) {
    const value = isCount ? always(true) : way.type.item ? valueOn(context, way, []) : wholeKey(keyAt(context, way));
    const once = ownerKey(context, way);
    // Entities that are missing are told by what tells them apart.
    const isNarrowed = isCount && there !== undefined && (items !== undefined || once.length === 0);
    const rows: Rows = isNarrowed ? { kind: 'filter', input: way.rows, condition: there } : way.rows;
    return {
      rows,
      value,
      once,
      throughCollection: throughCollection || isNarrowed,
      isEntity: true,
      navigationNames,
      kind,
      entity,
    };
  }
  const value = throughItems(valueOn(context, way, left));
  const once = ownerKey(context, way);
  const seen = { isEntity: false, navigationNames, kind, entity };
  if (!isMany(value)) {
    if (!isCount) return { ...seen, rows: way.rows, value, once, throughCollection };
    // Each value that is not null counts, whatever it is.
    const rows: Rows = { kind: 'filter', input: way.rows, condition: isNotNull(value) };
    return { ...seen, rows, value: always(true), once, throughCollection: true };
  }
  const { rows, item, place } = openedValues(context, way.rows, value);
  const itemOnce = once.length === 0 ? [] : [...once, place];
  return { ...seen, rows, value: isCount ? always(true) : item, once: itemOnce, throughCollection: true };
}

/** Behind the cast that the way goes on with; undefined where it goes on with a name. */
function behindCast(context: PlanContext, way: Way, segment: NameSegment, left: Way['left']): Way | undefined {
  const { scope, range, pending, type } = way;
  const isRow = pending.length === 0;
  if (isCastTo(context.model, type, segment.name)) return { ...way, left };
  const seen = isRow ? seenAmong(context.model, scope, range, segment.name) : undefined;
  if (seen) return { ...way, pending: [segment], type: seen, left };
  const inGroup = isRow && groupCast(context, scope, range, segment)?.type;
  const own = inGroup && pathInGroup(context, inGroup, way.left);
  if (own) return { ...way, left: own };
  const cast = castAt(context.model, type, segment.name);
  return cast && asType(context, { ...way, left }, segment, cast);
}

/** One name further; undefined where it leads to no entities and no items. */
function behind({ context, applied, isCount }: Task, way: Way): Way | undefined {
  const { scope, range, pending, type } = way;
  const [segment, ...left] = way.left;
  if (!segment) return undefined;
  const cast = behindCast(context, way, segment, left);
  if (cast) return cast;
  const navigationNames = [...way.navigationNames, segment.name];
  const member = memberAt(way, segment.name);
  const instance = instanceOf(member);
  const whole = instance && membersOf(scope, instance).whole;
  if (instance && whole)
    return left.length > 0 || (isCount && isLeft(whole))
      ? { ...atValue(context, way, instance, segment), left }
      : undefined;
  if (member && instance) {
    // What rows themselves have is there as often as they are.
    const ofEntity = isComplex(member) && way.navigationNames.length > 0;
    const next = ofEntity ? atComplexRow(context, way, member, instance) : atRow(way, instance, isComplex(member));
    return { ...next, navigationNames, left };
  }
  if (member?.kind === 'added' || member?.kind === 'structure')
    return { ...atMade(context, way, member, segment), left };
  const source = complexAt(type, member, segment.name);
  if (source && (holdsItems(source, left) || (member && leadsToEntity(source, left))))
    return { ...atComplex(context, way, segment, source), left };
  if (member && !isMembersValue(member)) return undefined;
  const target = !member && pending.length === 0 ? targetIn(scope, range, segment.name) : undefined;
  const part = target ?? typeOfPart(type, segment.name);
  if (part) return atEntity({ ...way, left }, segment, part);
  const ofWhole = pending.length === 0 ? navigationLeft(scope, range, segment.name) : undefined;
  const navigation = ofWhole ?? type.navigations.get(segment.name) ?? itemsOf(type, segment.name);
  if (!member && !navigation) return undefined;
  if (!member && navigation?.collection === false) return atEntity({ ...way, left }, segment, navigation.target);
  const isItems = member !== undefined || navigation?.items !== undefined;
  return { ...atMembers(context, applied, way, segment, isItems), navigationNames, left };
}

/** At the members of the collection to which a name leads: rows of their own, joined to those before. */
function atMembers(context: PlanContext, applied: Applied, way: Way, segment: NameSegment, isItems: boolean): Way {
  const collection = collectionBehind(context, way, segment);
  const owner = isItems ? ownerKey(context, way) : [];
  const key = itemKey(owner, collection);
  const mark = collection.range.isKeyed && presenceOf(collection.range);
  return {
    ...way,
    ...(mark && { there: isNotNull(mark) }),
    range: collection.range,
    pending: [],
    type: collection.range.type,
    rows: {
      kind: 'join',
      input: key ? way.rows : onceEach(way.rows, keysOf(applied.groups), owner),
      collection,
      rows: { kind: 'base', range: collection.range },
      outer: false,
    },
    items: isItems ? (key ?? []) : undefined,
    itemKind: isItems ? `${ownerKind(way)}/${segment.name}` : undefined,
    throughCollection: true,
    within: isItems ? onceAt(context, way) : undefined,
    told: undefined,
  };
}

/** At the entity, or what is left of one, to which a name leads: it is told by itself, whatever the way has come through. */
const atEntity = (way: Way, segment: NameSegment, type: EntityType): Way => ({
  ...way,
  pending: [...way.pending, segment],
  type,
  items: undefined,
  itemKind: undefined,
  within: undefined,
  told: undefined,
  navigationNames: [...way.navigationNames, segment.name],
});

/** At the complex value to which a name leads, which is there once for what it belongs to. */
const atComplex = (context: PlanContext, way: Way, segment: NameSegment, source: ComplexSource): Way => ({
  ...way,
  pending: [...way.pending, segment],
  type: derivedType({
    name: segment.name,
    properties: [...source.properties.values()],
    navigations: [...(source.navigations?.values() ?? [])],
  }),
  items: ownerKey(context, way),
  itemKind: ownerKind(way),
  within: onceAt(context, way),
  navigationNames: [...way.navigationNames, segment.name],
});

/** The entity that a name leads to in rows of several structures, which are asked for it together; undefined where it is none. */
function targetIn(scope: Scope, range: Range, name: string): EntityType | undefined {
  const [target] = targetsIn(scope, range, name);
  return target === 'many' ? undefined : target;
}
