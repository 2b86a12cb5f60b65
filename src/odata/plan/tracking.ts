/**
 * Whether changes of what a request reads can be told, and of which entities: those that it answers, and all that their values and the filter
 * come from. Protocol §11.3.1
 */
import { unreachable } from '../error';
import { searchableProperties } from '../model/searchable';
import type { EntitySet, EntityType, NavigationProperty, Property } from '../model/model';
import { isTracked, sourcesOf, type NavigationPath } from '../model/tracking';
import { isOverCollection, operandsOf } from './operands';
import type {
  Bound,
  BoundCollection,
  BoundValues,
  CollectionPlan,
  Field,
  Range,
  ReadPlan,
  Selection,
  Step,
} from './plan';

/** What a delta link of a request follows. */
export interface Tracking {
  /** The ways from an answered entity to those that its values, or its place in the answer, depend on. */
  readonly paths: readonly NavigationPath[];
  /** Entities are nested in the answer, and in deltas of 4.01. JSON §15.5.1 */
  readonly isNested: boolean;
  /** How deltas of 4.0 tell of nested entities; undefined when they cannot. */
  readonly flat?: Flat | undefined;
}

/** Nested entities are told beside those that they were nested in, with the links between them. JSON §15.5.2 */
export interface Flat {
  /** The request without what is nested. */
  readonly plan: CollectionRead;
  readonly paths: readonly NavigationPath[];
  readonly links: readonly FlatLink[];
}

/** A navigation that was expanded. */
export interface FlatLink {
  readonly navigation: NavigationProperty;
  readonly set: EntitySet;
  readonly selection: Selection;
  /** The ways from a nested entity to those that its values depend on. */
  readonly paths: readonly NavigationPath[];
}

type CollectionRead = Extract<ReadPlan, { kind: 'collection' }>;
type Nested = Extract<Field, { kind: 'one' | 'many' }>;

const known = new WeakMap<ReadPlan, { readonly tracking: Tracking | undefined }>();

/** What a delta link of the plan follows; undefined when its changes are not tracked. */
export function trackingOf(plan: ReadPlan): Tracking | undefined {
  const found = known.get(plan) ?? { tracking: plan.kind === 'collection' ? track(plan) : undefined };
  known.set(plan, found);
  return found.tracking;
}

function track(plan: CollectionRead): Tracking | undefined {
  const tracking = follow(plan);
  return tracking?.isNested ? { ...tracking, flat: flattened(plan) } : tracking;
}

function flattened(plan: CollectionRead): Flat | undefined {
  const { collection } = plan;
  const { type, identity } = collection.base;
  const isNested = (field: Field): field is Nested => field.kind === 'one' || field.kind === 'many';
  const fields = collection.selection.fields.filter((field) => !isNested(field));
  const alone = { ...plan, collection: { ...collection, selection: { ...collection.selection, fields } } };
  const nested = collection.selection.fields.filter(isNested);
  const links = nested.flatMap((field) => flatLink(field, type) ?? []);
  const own = follow(alone);
  if (!own || !identity || type.key.length > 1 || links.length < nested.length) return undefined;
  return { plan: alone, paths: own.paths, links };
}

/** Sets of entities with keys of one part, tied by one column, as they are. */
function flatLink(field: Nested, above: EntityType): FlatLink | undefined {
  const { navigation } = field;
  const { owning, via, items, cast, join, target } = navigation;
  const selection = field.kind === 'one' ? field.selection : field.collection.selection;
  const { identity, type } = selection.range;
  const isWhole = field.kind === 'one' ? !field.reference : field.form === 'entities' && isUncut(field.collection);
  // A link is told by the name that the type declares.
  if (field.name !== navigation.name) return undefined;
  const [pair, another] = join;
  if (!isWhole || via || items || cast || !pair || another || identity?.kind !== 'set') return undefined;
  if (type !== target || type.key.length > 1 || !type.changes) return undefined;
  const principal = owning ? { type: target, column: pair.targetColumn } : { type: above, column: pair.column };
  const [key] = principal.type.key;
  if (key?.source.kind !== 'column' || key.source.column !== principal.column) return undefined;
  const walk = new Walk();
  walk.opened(selection.range, []);
  if (field.kind === 'many') walk.opened(field.collection.base, []);
  walk.selection(selection);
  const paths = walk.result;
  return paths && !paths.isNested ? { navigation, set: identity.set, selection, paths: paths.paths } : undefined;
}

const isUncut = ({ rows, filter, top, skip, count }: CollectionPlan): boolean =>
  !rows && !filter && !top && !skip && !count;

function follow({ target: { steps, range }, collection, form }: CollectionRead): Tracking | undefined {
  const above = steps.slice(0, -1);
  const last = steps.at(-1);
  if (!last || form !== 'entities' || collection.rows || collection.top || collection.skip) return undefined;
  if (!above.every(isFixed) || !isFollowed(last) || range.type.changes === undefined || range.type.inheritance)
    return undefined;
  const walk = new Walk();
  walk.opened(range, []);
  walk.opened(collection.base, []);
  if (last.filter) walk.bound(last.filter);
  walk.collection(collection);
  return walk.result;
}

/** An entity that the path names by its key is the same one for ever. */
const isFixed = ({ set, navigation, key, filter, rows, cast, range: { type } }: Step): boolean =>
  (set !== undefined || navigation?.collection === true) &&
  key !== undefined &&
  key.every(({ property }) => type.key.includes(property)) &&
  !filter &&
  !rows &&
  cast === undefined;

/** The collection is a set, or what belongs to an entity by columns that are kept. */
const isFollowed = ({ navigation, rows, key, cast, set, range: { type } }: Step): boolean =>
  !rows &&
  !key &&
  cast === undefined &&
  set?.one === undefined &&
  (navigation
    ? navigation.collection && isTracked([navigation])
    : type.partition === undefined || type.changes?.some(({ column }) => column === type.partition?.column) === true);

/** Goes through all that a request speaks of, and notes where it leads. */
class Walk {
  private readonly ranges = new Map<Range, NavigationPath>();
  private readonly paths = new Map<string, NavigationPath>();
  private isPossible = true;
  private isNested = false;

  get result(): Tracking | undefined {
    return this.isPossible ? { paths: [...this.paths.values()], isNested: this.isNested } : undefined;
  }

  /** The variable stands for the entities at the end of the path. */
  opened(range: Range, path: NavigationPath): void {
    this.ranges.set(range, path);
    if (range.seenAs) this.opened(range.seenAs, path);
  }

  /** What decides which entities a collection has, and what goes out of them. Its variable is known. */
  collection({ rows, filter, order, selection }: CollectionPlan): void {
    if (rows) return this.refuse();
    if (filter) this.bound(filter);
    for (const { expression } of order) this.bound(expression);
    this.selection(selection);
  }

  bound(bound: Bound): void {
    if (bound.kind === 'property')
      return this.property(this.along(bound.range, bound.navigations), bound.range, bound.property);
    if (bound.kind === 'search') {
      for (const property of searchableProperties(bound.range.type))
        this.property(this.along(bound.range, []), bound.range, property);
    }
    // What depends on the time changes without a write; what depends on other nodes does not tell which.
    if (
      bound.kind === 'aggregated' ||
      bound.kind === 'node' ||
      (bound.kind === 'call' && bound.definition.name === 'now')
    )
      this.refuse();
    if (isOverCollection(bound)) this.members(bound.collection);
    for (const operand of operandsOf(bound)) this.bound(operand);
  }

  /** What goes out of an entity. Its variable is known. */
  selection({ range, fields, variants }: Selection): void {
    if (variants || range.type.inheritance) return this.refuse();
    for (const field of fields) this.field(range, field);
  }

  private field(range: Range, field: Field): void {
    switch (field.kind) {
      case 'etag':
      case 'navigationLink':
      case 'stream':
      case 'dynamic':
      case 'operation':
        return;
      case 'property':
      case 'untyped':
      case 'computed':
        return this.bound(field.value);
      case 'complex':
        return [...field.fields, ...(field.computed ?? [])].forEach((part) => this.field(range, part));
      case 'values':
        this.bound(field.collection.values);
        if (field.collection.filter) this.bound(field.collection.filter);
        return field.order.forEach(({ expression }) => this.bound(expression));
      case 'items':
        this.members(field.members);
        if (field.members.keys) this.bound(field.members.keys);
        if (field.members.filter) this.bound(field.members.filter);
        if (field.presence) this.bound(field.presence);
        return this.collection(field.collection);
      case 'one':
        this.isNested = true;
        this.opened(field.selection.range, this.before(field.selection.range) ?? this.along(range, [field.navigation]));
        return field.reference ? undefined : this.selection(field.selection);
      case 'many':
        if (field.from) return this.refuse();
        this.isNested = true;
        this.opened(field.collection.base, this.along(range, [field.navigation]));
        return this.collection(field.collection);
      case 'transient':
      case 'row':
      case 'link':
      case 'nest':
      case 'shared':
        return this.refuse();
      default:
        return unreachable(field);
    }
  }

  /** The variable of entities becomes known. */
  private members(collection: BoundCollection | BoundValues): void {
    if ('values' in collection) return;
    // Items that an expression gives are what it is made of.
    if (collection.keys) this.opened(collection.range, []);
    else if (collection.from && !collection.rows && !collection.made)
      this.opened(collection.range, this.along(collection.from, collection.navigations));
    else this.refuse();
  }

  private property(path: NavigationPath, { type }: Range, property: Property): void {
    const sources = sourcesOf(typeAt(path, type), property);
    if (!sources) return this.refuse();
    for (const source of sources) this.note([...path, ...source]);
  }

  /** The way from the answered entity over a variable and further navigations, all of it tracked. */
  private along(range: Range, navigations: readonly NavigationProperty[]): NavigationPath {
    const before = this.ranges.get(range) ?? this.before(range);
    // Items of a collection of complex values are part of the row.
    const path = [...(before ?? []), ...navigations.filter(({ items }) => !items)];
    if (before) this.note(path);
    else this.refuse();
    return path;
  }

  /** The way to a variable that lies behind another one. */
  private before({ behind }: Range): NavigationPath | undefined {
    return behind && this.along(behind.from, behind.navigations);
  }

  private note(path: NavigationPath): void {
    if (!isTracked(path)) this.refuse();
    path.forEach((_, index) => {
      const part = path.slice(0, index + 1);
      this.paths.set(part.map(({ name }) => name).join('/'), part);
    });
  }

  private refuse(): void {
    this.isPossible = false;
  }
}

const typeAt = (path: NavigationPath, start: EntityType): EntityType => path.at(-1)?.target ?? start;
