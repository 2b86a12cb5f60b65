/** aggregate: one row for each group, with a value for each item. Data Aggregation §3.2.1 */
import { odataError } from '../error';
import { booleanType, edm, typeName } from '../model/edm';
import type { EdmType, Property } from '../model/model';
import type { AggregateItem, Expression, NameSegment, Path, PathSegment, Place } from '../url/ast';
import { didYouMean } from '../url/did-you-mean';
import { aggregateMethod, aggregateMethodNames, countRows, type AggregateDef } from './aggregate-methods';
import type { Applied } from './apply-state';
import { notImplemented, placeOf, type PlanContext, type Scope } from './context';
import { columnProperty, derivedType } from './derived-type';
import { planExpression } from './expression';
import { addGroup, groupedType, keysOf, regrouped, type Group } from './grouping';
import { planPath, unknownProperty } from './member-path';
import { membersOf, namesOf } from './members';
import type { Bound, BoundCollection, Range } from './plan';
import type { Aggregate, Branch, Grouped, Rows } from './rows';
import { boundProperty } from './select';

/** Grouped rows, and what comes of it. */
export interface GroupResult {
  readonly rows: Grouped;
  readonly aggregates: readonly Property[];
  /** The groups around, their values now those of the rows. */
  readonly groups: readonly Group[];
}

/** Groups the rows by the groups of `applied`, with a property for each item. */
export function planGroup(context: PlanContext, applied: Applied, items: readonly AggregateItem[]): GroupResult {
  const made = new Branches(context, applied);
  const values = items.map((item) => made.add(item));
  const { properties, navigations, keys, hidden } = groupedType(context, applied.groups);
  const taken = new Set([...properties, ...navigations].map(({ name }) => name));
  const aggregates = values.map(({ name, aggregate, type, dynamic, place }): Property => {
    if (taken.has(name))
      throw odataError(
        'InvalidValue',
        { message: `The rows have a property '${name}' already: choose another alias.` },
        placeOf(place),
      );
    taken.add(name);
    const { column, definition } = aggregate;
    return columnProperty({ name, column, type, nullable: definition.nullable, dynamic });
  });
  const range: Range = {
    type: derivedType({
      name: applied.scope.current.type.name,
      properties: [...properties, ...aggregates],
      navigations,
      hidden,
    }),
    name: applied.scope.current.name,
  };
  const keyValues = groupValues(range, applied.groups);
  const rows: Grouped = {
    kind: 'group',
    range,
    keys,
    values: keyValues,
    branches: made.branches,
    aggregates: values.map(({ aggregate }) => aggregate),
  };
  return { rows, aggregates, groups: regrouped(applied.groups, keyValues) };
}

/** The values of the groups in the rows that came out, in the order of `keysOf`. */
function groupValues(range: Range, groups: readonly Group[]): readonly Bound[] {
  const ofProperty = (property: Property): readonly Bound[] => {
    if (property.source.kind !== 'complex') return [boundProperty(range, property)];
    const { properties, presence } = property.source;
    return [
      ...[...properties.values()].flatMap(ofProperty),
      ...(presence ? [boundProperty(range, hiddenProperty(presence.column, booleanType))] : []),
    ];
  };
  return groups.flatMap((group) => {
    if (group.kind !== 'entity') {
      const property = range.type.properties.get(group.name);
      return property ? ofProperty(property) : [];
    }
    const { join = [] } = range.type.navigations.get(group.name) ?? {};
    return group.key.map(({ property }, index) =>
      boundProperty(range, { ...hiddenProperty(join[index]?.column ?? '', property.type), nullable: group.nullable }),
    );
  });
}

const countType = edm('Edm.Decimal');

const hiddenProperty = (column: string, type: EdmType): Property =>
  columnProperty({ name: column, column, type, nullable: true, dynamic: true });

/** An item as it goes into the rows. */
interface Value {
  readonly name: string;
  readonly aggregate: Aggregate;
  readonly type: EdmType;
  /** False for a custom aggregate under its own name: that is the declared property's. Data Aggregation §5.2 */
  readonly dynamic: boolean;
  readonly place: Place;
}

/** What is aggregated, sorted by the rows that it is made of. */
class Branches {
  private readonly list: Branch[];
  private readonly known = new Map<string, number>();

  constructor(
    private readonly context: PlanContext,
    private readonly applied: Applied,
  ) {
    this.list = [{ rows: applied.rows, keys: keysOf(applied.groups), once: [] }];
  }

  get branches(): readonly Branch[] {
    return this.list;
  }

  add(item: AggregateItem): Value {
    const { name, definition, value, type, branch } = this.planItem(item);
    return {
      name,
      aggregate: { column: this.context.nextColumn(), definition, value, branch },
      type,
      dynamic: item.as !== undefined,
      place: item.place,
    };
  }

  private planItem(item: AggregateItem): {
    name: string;
    definition: AggregateDef;
    value: Bound | undefined;
    type: EdmType;
    branch: number;
  } {
    const name = item.as ?? customName(item);
    const last = item.from.at(-1);
    if (last) return { name, ...this.planFrom(item, last) };
    const { expression } = item;
    if (!expression) return { name, definition: countRows, value: undefined, type: countType, branch: 0 };
    const names = namesIn(expression);
    if (!names) {
      const definition = methodOf(item.method ?? '', item.place);
      const value = planExpression(this.context, this.applied.scope, expression);
      return { name, definition, value, type: resultType(definition, value, item.place), branch: 0 };
    }
    const reached = reach(this.context, this.applied, names.path, names.isCount);
    const definition = names.isCount ? countRows : pathMethod(item, reached, names.path);
    const { branch, value } = this.branchOf(reached, definition);
    if (definition === countRows) return { name, definition, value: undefined, type: countType, branch };
    if (reached.isEntity && definition.name !== 'countdistinct')
      throw odataError(
        'TypeMismatch',
        { message: `${definition.name} needs the path of a value, and this is one of entities.` },
        placeOf(item.place),
      );
    return { name, definition, value, type: resultType(definition, value, item.place), branch };
  }

  /** Entities behind navigation properties count once in each group. */
  private branchOf(reached: Reach, definition: AggregateDef): { branch: number; value: Bound } {
    const { value, rows, once, throughCollection } = reached;
    if (once.length === 0 || (definition.idempotent && !throughCollection)) return { branch: 0, value };
    const isOnce = !definition.idempotent;
    const keys = keysOf(this.applied.groups);
    const prefix = `${isOnce ? 'once' : 'all'} ${reached.navigationNames.join('/')}`;
    const found = throughCollection ? undefined : this.known.get(prefix);
    if (found !== undefined) return { branch: found, value };
    const branch = this.list.push({ rows, keys, once: isOnce ? once : [] }) - 1;
    this.known.set(prefix, branch);
    return { branch, value };
  }

  /** `A from p with g`: as if the rows were grouped by p first. Data Aggregation §3.2.1.5 */
  private planFrom(
    item: AggregateItem,
    { properties, method }: AggregateItem['from'][number],
  ): { definition: AggregateDef; value: Bound; type: EdmType; branch: number } {
    const { applied, context } = this;
    const groups = properties.reduce((before, path) => addGroup(context, applied.scope, before, path), applied.groups);
    const inner = planGroup(context, { ...applied, groups }, [{ ...item, from: item.from.slice(0, -1), as: ' ' }]);
    const [property] = inner.aggregates;
    if (!property) throw new Error('An aggregate has a value');
    const value = boundProperty(inner.rows.range, property);
    const definition = method === undefined ? defaultMethod(item, context, applied) : methodOf(method, item.place);
    const keys = keysOf(inner.groups.slice(0, applied.groups.length));
    const branch = this.list.push({ rows: inner.rows, keys, once: [] }) - 1;
    return { definition, value, type: resultType(definition, value, item.place), branch };
  }
}

function resultType(definition: AggregateDef, value: Bound, place: Place): EdmType {
  const type = value.kind === 'null' ? undefined : definition.result(value.type);
  if (type) return type;
  const found = value.kind === 'null' ? 'null' : `a value of type ${typeName(value.type)}`;
  throw odataError('TypeMismatch', { message: `${definition.name} cannot be applied to ${found}.` }, placeOf(place));
}

function methodOf(name: string, place: Place): AggregateDef {
  const found = aggregateMethod(name);
  if (found) return found;
  throw odataError(
    'UnknownFunction',
    { name, hint: `${didYouMean(name, aggregateMethodNames)} Methods are ${aggregateMethodNames.join(', ')}.` },
    placeOf(place),
  );
}

/** A single name may be a custom aggregate: the property's default method. Data Aggregation §5.2 */
function pathMethod(item: AggregateItem, { value }: Reach, path: readonly NameSegment[]): AggregateDef {
  if (item.method !== undefined) return methodOf(item.method, item.place);
  const name = value.kind === 'property' ? value.property.aggregatedBy : undefined;
  if (name !== undefined) return methodOf(name, item.place);
  const text = path.map((segment) => segment.name).join('/');
  throw odataError(
    'InvalidValue',
    { message: `'${text}' is no custom aggregate: write aggregate(${text} with sum as …), or another method.` },
    placeOf(item.place),
  );
}

function defaultMethod(item: AggregateItem, context: PlanContext, applied: Applied): AggregateDef {
  const names = item.expression && namesIn(item.expression);
  if (!names) throw odataError('InvalidValue', { message: 'from needs with and a method.' }, placeOf(item.place));
  return pathMethod({ ...item, from: [] }, reach(context, applied, names.path, false), names.path);
}

const customName = ({ expression, place }: AggregateItem): string => {
  const name = expression && namesIn(expression)?.path.at(-1)?.name;
  if (name === undefined)
    throw odataError('SyntaxError', { message: 'The value needs an alias: … as name.' }, placeOf(place));
  return name;
};

/** A path of names alone, with or without `$count` at its end. */
function namesIn(expression: Expression): { path: readonly NameSegment[]; isCount: boolean } | undefined {
  if (expression.kind !== 'path' || expression.root || expression.alias) return undefined;
  const last = expression.segments.at(-1);
  const isCount = last?.kind === '$count' && last.options === undefined;
  const segments = isCount ? expression.segments.slice(0, -1) : expression.segments;
  return segments.every(isPlainName) ? { path: segments, isCount } : undefined;
}

const isPlainName = (segment: PathSegment): segment is NameSegment => segment.kind === 'name' && !segment.arguments;

// ---- paths to what is aggregated

/** Where a path leads: the rows that it needs, the value in them, and the entities that it is a value of. */
interface Reach {
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
function reach(context: PlanContext, { scope, rows }: Applied, path: readonly NameSegment[], isCount: boolean): Reach {
  let current: Range = scope.current;
  let from = rows;
  let throughCollection = false;
  let pending: NameSegment[] = [];
  let type = current.type;
  const navigationNames: string[] = [];
  let left = path;
  for (const segment of path) {
    const member = pending.length === 0 ? membersOf(scope, current).own.get(segment.name) : undefined;
    const navigation = type.navigations.get(segment.name);
    if (member?.kind === 'row') {
      current = member.range;
      type = current.type;
    } else if (navigation?.collection && !member) {
      const collection = collectionBehind(context, scope, current, pending, segment);
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
  const place = path[0]?.place ?? { source: '$apply', at: 0 };
  const valueOf = (segments: readonly NameSegment[]): Bound =>
    planPath(context, inner, { kind: 'path', segments: [...pending, ...segments], place });
  const key = type.key.map((property) => valueOf([{ kind: 'name', name: property.name, place }]));
  if (left.length === 0 && key.length === 0) throw notImplemented('Aggregating rows without a key', place);
  const [first] = key;
  if (isCount && left.length > 0) {
    const [segment] = left;
    if (segment && !type.properties.has(segment.name)) throw unknownProperty(type, segment, namesOf(inner, current));
    throw odataError('TypeMismatch', { message: '/$count needs a path of entities in front of it.' }, placeOf(place));
  }
  return {
    rows: from,
    value: left.length === 0 ? (first ?? { kind: 'null' }) : valueOf(left),
    once: navigationNames.length === 0 ? [] : key,
    throughCollection,
    isEntity: left.length === 0,
    navigationNames,
  };
}

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
