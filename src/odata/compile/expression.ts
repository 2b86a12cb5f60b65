/** Bound expressions become SQL, with the null rules of URL Conventions §5.1.1.1: comparisons are never null. */
import { unreachable } from '../error';
import type { EdmType, EntityType, NavigationProperty, Property } from '../model/model';
import { isNullable } from '../plan/coerce';
import { databaseType, isPrimitive } from '../model/edm';
import { PLACE } from '../model/item-type';
import { searchableProperties } from '../model/searchable';
import type { Operand } from '../plan/functions';
import type {
  Bound,
  BoundCollection,
  BoundProperty,
  BoundValues,
  ComparisonOperator,
  Element,
  Range,
} from '../plan/plan';
import type { Rows } from '../plan/rows';
import type { Slot, SqlValue } from '../sql';
import { join, param, sql, trusted, type Sql } from '../sql';
import { compileCast } from './cast';
import { whereClause } from './conditions';
import { dynamicAs } from './dynamic';
import { searchMatches, searchText } from './search';
import { openRows, within, type Base } from './rows';
import { confinement, openBehind, Source, variables, type Aliases, type Sources } from './source';

/** What an expression may refer to. */
export interface Environment {
  readonly sources: Sources;
  /** The variables that stand for values. */
  readonly elements?: ReadonlyMap<Element, Sql>;
  readonly aliases: Aliases;
  /**
   * Lambdas are asked row by row, in the order of the page, instead of joining everything first: right for the few rows below one parent,
   * where PostgreSQL misjudges how many will match.
   */
  readonly rowByRow?: boolean;
  /** Rows that a query around has made already, by the name of its result. */
  readonly shared?: ReadonlyMap<Rows, Sql>;
  /** Opens the rows that $apply starts with, each time anew. */
  readonly base?: Base;
}

/** A condition where null counts as false: WHERE, WHEN. */
export const compileCondition = (environment: Environment, bound: Bound): Sql => condition(environment, bound, false);

/** The value of an expression. */
export function compileValue(environment: Environment, bound: Bound): Sql {
  switch (bound.kind) {
    case 'value':
      return param(bound.slot, databaseType(bound.type));
    case 'null':
      return sql`null`;
    case 'boolean':
      return trusted(String(bound.value));
    case 'property':
      return sourceOf(environment, bound.range).valueBehind(bound.navigations, bound.property);
    case 'call':
      return bound.definition.sql(
        bound.arguments.map((argument) => operand(environment, argument)),
        bound.arguments.map(typeOfArgument),
      );
    case 'case':
      return sql`(case ${join(
        bound.branches.map(
          ({ condition: when, value }) =>
            sql`when ${compileCondition(environment, when)} then ${compileValue(environment, value)}`,
        ),
        ' ',
      )} end)`;
    case 'convert':
      return bound.mayFail
        ? compileCast(compileValue(environment, bound.operand), bound.operand, bound.type)
        : promoted(environment, bound);
    case 'list':
      return compileList(environment, bound.items, bound.type.of);
    case 'element':
      return elementOf(environment, bound.element);
    case 'picked': {
      const inner = openCollection(environment, bound.collection);
      const value = compileValue(inner.environment, bound.value);
      return sql`(select ${value} from ${inner.clause()} where ${inner.tied} limit 1)`;
    }
    case 'gathered': {
      const inner = openCollection(environment, bound.collection);
      if (!inner.place) throw new Error('The members of the collection have no order');
      const value = compileValue(inner.environment, bound.value);
      return sql`array(select ${value} from ${inner.clause()} where ${inner.tied} order by ${inner.place})`;
    }
    case 'count':
      return compileCount(environment, bound.collection, bound.filter);
    case 'aggregated':
      return compileAggregated(environment, bound);
    case 'has': {
      const flags = compileValue(environment, bound.right);
      return sql`((${compileValue(environment, bound.left)} & ${flags}) = ${flags})`;
    }
    case 'search': {
      const source = sourceOf(environment, bound.range);
      const text = searchText(searchableProperties(source.type), (property) => source.value(property));
      return searchMatches(text, bound.slot);
    }
    case 'comparison':
    case 'in':
    case 'logical':
    case 'not':
    case 'exists':
      return condition(environment, bound, true);
    default:
      return unreachable(bound);
  }
}

/** The value with an order by code point where it is a text. */
export const compileOrdered = (environment: Environment, bound: Bound): Sql =>
  byCodePoint(compileValue(environment, bound), bound);

const byCodePoint = (value: Sql, bound: Bound): Sql =>
  bound.kind !== 'null' && isPrimitive(bound.type, 'Edm.String') ? sql`${value} collate "C"` : value;

/** The row of a variable. */
export function sourceOf({ sources }: Environment, range: Range): Source {
  const source = sources.get(range);
  if (!source) throw new Error(`The variable ${range.name} is out of sight`);
  return source;
}

/** The environment in which a row is seen, too, by the variable of a derived type that it is known to be of. */
export const seenAs = (environment: Environment, range: Range, as: Range): Environment =>
  environment.sources.has(as)
    ? environment
    : { ...environment, sources: new Map(environment.sources).set(as, sourceOf(environment, range).as(as.type)) };

function elementOf({ elements }: Environment, element: Element): Sql {
  const value = elements?.get(element);
  if (!value) throw new Error(`The variable ${element.name} is out of sight`);
  return value;
}

const typeOfArgument = (bound: Bound): EdmType => {
  if (bound.kind === 'null') throw new Error('A null argument is planned away');
  return bound.type;
};

function operand(environment: Environment, bound: Bound): Operand {
  const { kind } = bound;
  if (kind !== 'value') return { sql: compileValue(environment, bound), mapped: undefined };
  const { slot, type } = bound;
  const asText = (value: SqlValue): string => (typeof value === 'string' ? value : '');
  return {
    sql: compileValue(environment, bound),
    mapped: (map, wanted = databaseType(type)) => param((bindings) => map(asText(slot(bindings))), wanted),
  };
}

/** Promotion: `Date` to `DateTimeOffset` is midnight UTC, as the session's time zone is UTC. */
const promoted = (environment: Environment, { operand: inner, type }: Extract<Bound, { kind: 'convert' }>): Sql => {
  const value = compileValue(environment, inner);
  return isUntyped(inner) ? dynamicAs(value, type) : sql`${value}::${trusted(databaseType(type))}`;
};

const isUntyped = (bound: Bound): boolean => bound.kind !== 'null' && bound.type.kind === 'untyped';

/** `exact`: the result must not be null, because `not` or a value position would see it. */
function condition(environment: Environment, bound: Bound, exact: boolean): Sql {
  switch (bound.kind) {
    case 'comparison':
      return comparison(environment, bound, exact);
    case 'in':
      return membership(environment, bound, exact);
    case 'logical':
      return sql`(${condition(environment, bound.left, exact)} ${trusted(bound.operator)} ${condition(environment, bound.right, exact)})`;
    case 'not':
      return sql`(not ${condition(environment, bound.operand, true)})`;
    case 'exists':
      return exists(environment, bound);
    case 'null':
      return sql`null::boolean`;
    default:
      return compileValue(environment, bound);
  }
}

const operators: Readonly<Record<ComparisonOperator, Sql>> = {
  eq: sql`=`,
  ne: sql`<>`,
  gt: sql`>`,
  ge: sql`>=`,
  lt: sql`<`,
  le: sql`<=`,
};

function comparison(
  environment: Environment,
  { operator, left, right }: Extract<Bound, { kind: 'comparison' }>,
  exact: boolean,
): Sql {
  if (left.kind === 'null' || right.kind === 'null')
    return nullComparison(environment, operator, left.kind === 'null' ? right : left);
  const isEquality = operator === 'eq' || operator === 'ne';
  const [a, b] = [left, right].map((side) => {
    const value = compileValue(environment, comparable(side));
    return isEquality ? value : byCodePoint(value, side);
  });
  if (!a || !b) throw new Error('A comparison has two sides');
  const bothNullable = isNullable(left) && isNullable(right);
  const oneNullable = isNullable(left) || isNullable(right);
  if (isFloat(left)) return floatComparison(operator, a, b, { bothNullable, oneNullable: exact && oneNullable });
  if (operator === 'ne' && oneNullable) return sql`(${a} is distinct from ${b})`;
  if (operator === 'eq' && bothNullable) return sql`(${a} is not distinct from ${b})`;
  const plain = sql`(${a} ${operators[operator]} ${b})`;
  return exact && oneNullable ? sql`(${plain} is true)` : plain;
}

const isFloat = (bound: Bound): boolean =>
  bound.kind !== 'null' && (isPrimitive(bound.type, 'Edm.Double') || isPrimitive(bound.type, 'Edm.Single'));

/** NaN is neither less nor greater than anything, and equal to nothing, itself included. To PostgreSQL it is the greatest number. IEEE 754 §5.11 */
function floatComparison(
  operator: ComparisonOperator,
  a: Sql,
  b: Sql,
  { bothNullable, oneNullable }: { readonly bothNullable: boolean; readonly oneNullable: boolean },
): Sql {
  const equal = bothNullable ? sql`${a} is not distinct from ${b}` : sql`${a} = ${b}`;
  if (operator === 'eq' || operator === 'ne') {
    const same = sql`(${equal} and ${a} is distinct from 'NaN')`;
    return operator === 'eq' ? (oneNullable ? sql`(${same} is true)` : same) : sql`(${same} is not true)`;
  }
  const greater = operator === 'gt' || operator === 'ge' ? a : b;
  const plain = sql`(${a} ${operators[operator]} ${b} and ${greater} <> 'NaN')`;
  return oneNullable ? sql`(${plain} is true)` : plain;
}

/** PostgreSQL compares date with timestamptz itself, and can use an index on the date then. */
const comparable = (bound: Bound): Bound =>
  bound.kind === 'convert' &&
  !bound.mayFail &&
  isPrimitive(bound.type, 'Edm.DateTimeOffset') &&
  !isUntyped(bound.operand)
    ? bound.operand
    : bound;

function nullComparison(environment: Environment, operator: ComparisonOperator, other: Bound): Sql {
  if (operator !== 'eq' && operator !== 'ne') return sql`false`;
  if (other.kind === 'null') return trusted(String(operator === 'eq'));
  if (other.kind === 'property' && other.property.source.kind === 'complex') {
    const parts = partsOf(environment, other, [other.property]);
    return sql`(num_nonnulls(${join(parts, ', ')}) ${trusted(operator === 'eq' ? '=' : '>')} 0)`;
  }
  return sql`(${compileValue(environment, other)} is ${trusted(operator === 'eq' ? 'null' : 'not null')})`;
}

/** The values that a complex value consists of: it is null when they all are. */
function partsOf(environment: Environment, whole: BoundProperty, properties: readonly Property[]): readonly Sql[] {
  return properties.flatMap((property) => {
    if (property.source.kind !== 'complex')
      return [compileValue(environment, { ...whole, property, type: property.type })];
    const { presence } = property.source;
    const own = presence ? [sourceOf(environment, whole.range).column(presence.column)] : [];
    return [...partsOf(environment, whole, [...property.source.properties.values()]), ...own];
  });
}

function membership(
  environment: Environment,
  { operand: left, items }: Extract<Bound, { kind: 'in' }>,
  exact: boolean,
): Sql {
  if (left.kind === 'null') return trusted(String(items.some(({ kind }) => kind === 'null')));
  const value = compileValue(environment, left);
  const withNull = items.some(({ kind }) => kind === 'null');
  const others = items.filter((item) => item.kind !== 'null');
  const found = others.length === 0 ? sql`false` : oneOf(environment, value, others);
  const test = isFloat(left) ? sql`(${found} and ${value} <> 'NaN')` : found;
  const both = withNull ? sql`(${value} is null or ${test})` : test;
  return exact && left.nullable ? sql`(${both} is true)` : both;
}

/** Values of one type travel as one array, so that lists of any length share a statement. */
function oneOf(environment: Environment, value: Sql, items: readonly Bound[]): Sql {
  const [first] = items;
  if (!first || first.kind === 'null' || items.some(({ kind }) => kind !== 'value'))
    return sql`(${value} in (${join(
      items.map((item) => compileValue(environment, item)),
      ', ',
    )}))`;
  return sql`(${value} = any(${compileList(environment, items, first.type)}))`;
}

/** An array: one parameter when all its members are values of the request. */
function compileList(environment: Environment, items: readonly Bound[], type: EdmType): Sql {
  const arrayType = `${databaseType(type)}[]`;
  const slots = items.flatMap((item) => (item.kind === 'value' ? [item.slot] : item.kind === 'null' ? [NULL] : []));
  if (slots.length < items.length)
    return sql`array[${join(
      items.map((item) => compileValue(environment, item)),
      ', ',
    )}]::${trusted(arrayType)}`;
  return param(
    (bindings) => slots.map((slot) => slot(bindings)).map((item) => (typeof item === 'string' ? item : null)),
    arrayType,
  );
}

const NULL: Slot = () => null;

/** The rows of a collection: its FROM clause, what ties it to the row outside and narrows it, and the environment inside. */
interface Opened {
  readonly environment: Environment;
  /** Complete when everything that joins has been compiled. */
  readonly clause: () => Sql;
  readonly tied: Sql;
  /** Where a value or an item stands in its collection. */
  readonly place?: Sql;
}

/** Opens a collection. */
export function openCollection(environment: Environment, collection: BoundCollection | BoundValues): Opened {
  const opened = 'values' in collection ? openValues(environment, collection) : openEntities(environment, collection);
  const { filter } = collection;
  return filter ? { ...opened, tied: sql`${opened.tied} and ${compileCondition(opened.environment, filter)}` } : opened;
}

function openEntities(environment: Environment, { from, navigations, range }: BoundCollection): Opened {
  const inner = from
    ? openFrom(sourceOf(environment, from), navigations, range.type, environment.aliases)
    : openSet(range.type, environment.aliases);
  return {
    environment: { ...environment, sources: new Map([...environment.sources, ...variables(range, inner.source)]) },
    clause: () => inner.from.clause,
    tied: inner.tied,
    ...(navigations.at(-1)?.items ? { place: inner.source.column(PLACE) } : {}),
  };
}

function openFrom(
  from: Source,
  navigations: readonly NavigationProperty[],
  type: EntityType,
  aliases: Aliases,
): ReturnType<typeof openBehind> {
  const last = navigations.at(-1);
  if (!last) throw new Error('A collection has a navigation');
  const outer = navigations.slice(0, -1).reduce((source, navigation) => source.through(navigation), from);
  return openBehind(outer, last, type, aliases);
}

function openSet(type: EntityType, aliases: Aliases): ReturnType<typeof openBehind> {
  const { source, from } = Source.of(type, aliases);
  return { source, from, tied: ofPartition(source) };
}

const ofPartition = (source: Source): Sql => join([...confinement(source), sql`true`], ' and ');

function openValues(environment: Environment, { values, element }: BoundValues): Opened {
  const array = compileValue(environment, values);
  const alias = environment.aliases.next();
  return {
    environment: { ...environment, elements: new Map(environment.elements).set(element, sql`${alias}."v"`) },
    clause: () => sql`unnest(${array}) with ordinality ${alias}("v", "n")`,
    tied: sql`true`,
    place: sql`${alias}."n"`,
  };
}

function exists(
  environment: Environment,
  { collection, quantifier, predicate }: Extract<Bound, { kind: 'exists' }>,
): Sql {
  if (quantifier === 'all' && !predicate) return sql`true`;
  const inner = openCollection(environment, collection);
  const test =
    predicate &&
    (quantifier === 'all'
      ? sql`(${condition(inner.environment, predicate, false)}) is not true`
      : compileCondition(inner.environment, predicate));
  const where = test ? sql`${inner.tied} and ${test}` : inner.tied;
  const rows = sql`from ${inner.clause()} where ${where}`;
  const wanted = quantifier === 'any';
  if (environment.rowByRow) return sql`((select true ${rows} limit 1) is ${trusted(wanted ? 'not null' : 'null')})`;
  return wanted ? sql`exists (select 1 ${rows})` : sql`(not exists (select 1 ${rows}))`;
}

function compileCount(
  environment: Environment,
  collection: BoundCollection | BoundValues,
  filter: Bound | undefined,
): Sql {
  const inner = openCollection(environment, collection);
  const where = filter ? sql`${inner.tied} and ${compileCondition(inner.environment, filter)}` : inner.tied;
  return sql`(select count(*) from ${inner.clause()} where ${where})`;
}

/** One value of a set of rows. Data Aggregation §3.6.1 */
function compileAggregated(
  environment: Environment,
  { collection, rows, value }: Extract<Bound, { kind: 'aggregated' }>,
): Sql {
  const base: Base | undefined = collection ? () => openMembers(environment, collection) : environment.base;
  const inside: Environment = { ...environment, ...(base ? { base } : {}) };
  const open = openRows(inside, rows);
  return sql`(select ${compileValue(within(inside, open), value)} from ${open.from.clause}${whereClause(open.conditions)})`;
}

/** The members of a collection as rows. */
function openMembers(
  environment: Environment,
  { from, navigations, range, filter }: BoundCollection,
): ReturnType<Base> {
  const { aliases } = environment;
  const inner = from
    ? openFrom(sourceOf(environment, from), navigations, range.type, aliases)
    : openSet(range.type, aliases);
  const opened = { from: inner.from, sources: new Map(variables(range, inner.source)), conditions: [inner.tied] };
  if (!filter) return opened;
  return { ...opened, conditions: [inner.tied, compileCondition(within(environment, opened), filter)] };
}
