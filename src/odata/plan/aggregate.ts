/** aggregate: one row for each group, with a value for each item. Data Aggregation §3.2.1 */
import { odataError } from '../error';
import { edm, typeName, untyped } from '../model/edm';
import type { EdmType, Property } from '../model/model';
import type { AggregateItem, NameSegment, Place } from '../url/ast';
import { didYouMean } from '../url/did-you-mean';
import { aggregateMethod, aggregateMethodNames, countRows, type AggregateDef } from './aggregate-methods';
import type { Applied, Origin } from './apply-state';
import { placeOf, type PlanContext } from './context';
import { columnProperty, derivedType } from './derived-type';
import { planExpression } from './expression';
import { groupedType, groupValues, regrouped, type GroupedMembers } from './grouped-type';
import { nullOf } from './group-values';
import { hiddenGroup, keysOf, type Group } from './group';
import { addGroups } from './grouping';
import { NAME_PARTS } from './limits';
import { namesIn } from './position';
import { reach, type Reach } from './reach';
import { bareGroups, withMergedEntities } from './merged-entities';
import { asJson, callOf } from './own-functions';
import { asKey } from './reach-structures';
import type { Bound, Range } from './plan';
import { missingWith } from './presence';
import type { Aggregate, Branch, Grouped, Rows } from './rows';
import { boundProperty } from './select';
import { wholeValue } from './whole-value';

/** Grouped rows, and what comes of it. */
interface GroupResult {
  readonly rows: Grouped;
  readonly aggregates: readonly Property[];
  /** The groups around, their values now those of the rows. */
  readonly groups: readonly Group[];
  /** Those among them to which the request had added something. */
  readonly members: GroupedMembers;
}

/** Groups the rows by the groups of `applied`, with a property for each item. */
export function planGroup(context: PlanContext, applied: Applied, items: readonly AggregateItem[]): GroupResult {
  const all = new Branches(context, applied);
  const values = items.map((item) => all.add(item));
  const { properties, navigations, keys, hidden, unseen, members } = groupedType(context, applied.groups);
  const made = members.entities.map(({ navigation }) => navigation);
  const taken = new Set([...properties, ...navigations, ...made].map(({ name }) => name));
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
    ...missingWith(applied.scope.current),
  };
  const keyValues = groupValues(range, applied.groups, { members, unseen });
  const rows: Grouped = {
    kind: 'group',
    range,
    keys,
    values: keyValues,
    branches: all.branches,
    aggregates: values.map(({ aggregate }) => aggregate),
  };
  return { rows, aggregates, groups: regrouped(applied.groups, keyValues), members };
}

const countType = edm('Edm.Decimal');

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
  /** The branch of the rows as they are. */
  private readonly own: number;
  private readonly known = new Map<string, number>();

  constructor(
    private readonly context: PlanContext,
    private readonly applied: Applied,
  ) {
    const { origin, rows, groups } = applied;
    const own: Branch = { rows, keys: keysOf(groups), once: [] };
    this.list =
      !origin || origin.keys.length === 0 || hasEveryGroup(rows, origin) ? [own] : [{ ...origin, once: [] }, own];
    this.own = this.list.length - 1;
  }

  get branches(): readonly Branch[] {
    return this.list;
  }

  add(item: AggregateItem): Value {
    this.context.count(item.place, NAME_PARTS);
    const { name, definition, value, type, branch } = this.planItem(item);
    return {
      name,
      aggregate: {
        column: this.context.nextColumn(),
        definition: this.context.trace?.aggregate(item.place, definition) ?? definition,
        value,
        branch,
      },
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
    if (!expression) return { name, definition: countRows, value: undefined, type: countType, branch: this.own };
    const names = namesIn(expression);
    // With a method it is a value of each row.
    if (!names || (names.isCount && item.method !== undefined)) {
      const definition = methodOf(item.method ?? '', item.place);
      const value = planExpression(this.context, this.applied.scope, expression);
      return { name, definition, ...operand(this.context, definition, value, item.place), branch: this.own };
    }
    const reached = reach(this.context, this.applied, names.path, names.isCount);
    const definition = names.isCount ? countRows : pathMethod(item, reached, names.path);
    const { branch, value } = this.branchOf(reached, definition, item.place);
    if (definition === countRows) return { name, definition, value: undefined, type: countType, branch };
    if (reached.isEntity && definition.name !== 'countdistinct')
      throw odataError(
        'TypeMismatch',
        { message: `${definition.name} needs the path of a value, and this is one of entities.` },
        placeOf(item.place),
      );
    return { name, definition, ...operand(this.context, definition, value, item.place), branch };
  }

  /** Entities behind navigation properties count once in each group. */
  private branchOf(reached: Reach, { idempotent }: AggregateDef, place: Place): { branch: number; value: Bound } {
    const { value, rows, once, throughCollection, entity } = reached;
    const uneven = once.length > 0 ? entity.told.filter(({ isUneven }) => isUneven) : [];
    if (uneven.length > 0) this.context.trace?.merging(place);
    const isOnce = !idempotent || uneven.length > 0;
    if (!throughCollection && (once.length === 0 || !isOnce)) return { branch: this.own, value };
    const keys = keysOf(this.applied.groups);
    const prefix = `${isOnce ? 'once' : 'all'} ${reached.navigationNames.join('/')}`;
    const found = throughCollection ? undefined : this.known.get(prefix);
    if (found !== undefined) return { branch: found, value };
    const alike = uneven.length > 0 ? { of: entity.key, values: uneven.map((one) => one.value()) } : undefined;
    const branch = this.list.push({ rows, keys, once: isOnce ? once : [], alike }) - 1;
    this.known.set(prefix, branch);
    return { branch, value };
  }

  /** `A from p with g`: as if the rows were grouped by p first. Data Aggregation §3.2.1.5 */
  private planFrom(
    item: AggregateItem,
    { properties, method }: AggregateItem['from'][number],
  ): { definition: AggregateDef; value: Bound; type: EdmType; branch: number } {
    const { applied, context } = this;
    const merged = withMergedEntities(context, addGroups(context, applied.scope, [], properties), item.place);
    const { rows, groupings } = bareGroups(applied.rows, merged, keysOf(applied.groups));
    const added = groupings.flatMap(({ groups, condition }) => [
      ...groups,
      ...(condition ? [hiddenGroup(context.nextColumn(), condition, item.place)] : []),
    ]);
    // No client sees these rows: names that no alias can be keep their groups apart from those around, and from one another.
    const mark = ' '.repeat(item.from.length);
    const hidden = added.map((group, index) => ({ ...group, name: `${mark}${index} ${group.name}` }));
    const groups = [...applied.groups, ...hidden];
    const inner = planGroup(context, { ...applied, rows, groups, origin: undefined }, [
      { ...item, from: item.from.slice(0, -1), as: mark },
    ]);
    const [property] = inner.aggregates;
    if (!property) throw new Error('An aggregate has a value');
    const value = boundProperty(inner.rows.range, property);
    const definition = method === undefined ? defaultMethod(item, context, applied) : methodOf(method, item.place);
    const keys = keysOf(inner.groups.slice(0, applied.groups.length));
    const branch = this.list.push({ rows: inner.rows, keys, once: [] }) - 1;
    return { definition, value, type: resultType(definition, value, item.place), branch };
  }
}

/** Nothing happened to the rows that could have emptied a group: or they are the groups themselves. */
function hasEveryGroup(rows: Rows, origin: Origin): boolean {
  if (rows === origin.rows) return true;
  const first = rows.kind === 'group' && rows.keys.length === origin.keys.length ? rows.branches[0] : undefined;
  return first !== undefined && hasEveryGroup(first.rows, origin);
}

/** What a method is applied to, and the type of what comes of it. */
function operand(
  context: PlanContext,
  definition: AggregateDef,
  value: Bound,
  place: Place,
): { value: Bound; type: EdmType } {
  if (value.kind === 'null') return operand(context, definition, nullOf(countType), place);
  // A row without a key is all that it has.
  const isRow = value.type.kind === 'entity' && value.type.key.length === 0;
  if (isRow && definition.name === 'countdistinct')
    return { value: callOf(asJson, [value], untyped, true), type: countType };
  if (value.type.kind !== 'complex' || definition.name !== 'countdistinct')
    return { value, type: resultType(definition, value, place) };
  const whole = value.kind === 'property' ? wholeValue(value) : asKey(context, value, place);
  return { value: whole, type: countType };
}

function resultType(definition: AggregateDef, { type: of }: Exclude<Bound, { kind: 'null' }>, place: Place): EdmType {
  const type = definition.result(of);
  if (type) return type;
  const hint = of === untyped ? ' cast(…) says which type is meant.' : '';
  const message = `${definition.name} cannot be applied to a value of type ${typeName(of)}.${hint}`;
  throw odataError('TypeMismatch', { message }, placeOf(place));
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
