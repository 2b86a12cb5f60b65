/** Bound expressions become SQL, with the null rules of URL Conventions §5.1.1.1: comparisons are never null. */
import { unreachable } from '../error';
import { databaseType, isPrimitive, untyped } from '../model/edm';
import type { EdmType, Property } from '../model/model';
import { searchableProperties } from '../model/searchable';
import { elementOf } from '../plan/collection-property';
import type { Operand } from '../plan/function-definition';
import type { Bound, BoundValues, Element, Range } from '../plan/plan';
import type { Rows } from '../plan/rows';
import { join, param, sql, trusted, type Slot, type Sql, type SqlValue } from '../sql';
import { compileCast } from './cast';
import { compileAggregated, compileCount, compileExists, openCollection } from './collection';
import { compileComparison, compileMembership } from './comparison';
import { dynamicAs } from './dynamic';
import { compileNode } from './hierarchy';
import type { Base } from './rows';
import { keyRows } from './key-rows';
import { searchMatches, searchText } from './search';
import type { Aliases } from './aliases';
import type { Source, Sources } from './source';
import { inRow, writtenOnce } from './written-once';

/** What an expression may refer to. */
export interface Environment {
  readonly sources: Sources;
  /** The variables that stand for values. */
  readonly elements?: ReadonlyMap<Element, Sql>;
  readonly aliases: Aliases;
  /**
   * Lambdas are asked row by row, in the order of the page, instead of joining everything first: right for the few rows below one parent,
   * where PostgreSQL misjudges how many will match, and for those deep within others.
   */
  readonly rowByRow?: boolean;
  /** How many lambdas the expression is within. */
  readonly lambdas?: number;
  /** Rows that a query around has made already, by the name of its result. */
  readonly shared?: ReadonlyMap<Rows | BoundValues, Sql>;
  /** Opens the rows that $apply starts with, each time anew. */
  readonly base?: Base | undefined;
}

/** A condition where null counts as false: WHERE, WHEN. */
export const compileCondition = (environment: Environment, bound: Bound): Sql => condition(environment, bound, false);

/** The value of an expression. */
export function compileValue(environment: Environment, bound: Bound): Sql {
  environment.aliases.written();
  switch (bound.kind) {
    case 'value':
      return param(bound.slot, databaseType(bound.type));
    case 'null':
      return sql`null`;
    case 'boolean':
      return trusted(String(bound.value));
    case 'property':
      return stored(sourceOf(environment, bound.range).valueBehind(bound.navigations, bound.property), bound.property);
    case 'call': {
      const types = bound.arguments.map(typeOfArgument);
      const operands = bound.arguments.map((argument) => operand(environment, argument));
      return writtenOnce(
        environment,
        operands.map((one) => one.sql),
        (values) =>
          bound.definition.sql(
            operands.map((one, index) => ({ ...one, sql: values[index] ?? one.sql })),
            types,
          ),
      );
    }
    case 'case':
      return sql`(case ${join(
        bound.branches.map(
          ({ condition: when, value }) =>
            sql`when ${compileCondition(environment, when)} then ${compileValue(environment, value)}`,
        ),
        ' ',
      )} end)`;
    case 'convert':
      return writtenOnce(environment, [compileValue(environment, bound.operand)], ([value]) =>
        converted(bound, value ?? sql`null`),
      );
    case 'list':
      return compileList(environment, bound.items, bound.type.of);
    case 'element':
      return elementValue(environment, bound.element);
    case 'picked': {
      const inner = openCollection(environment, bound.collection);
      const value = compileValue(inner.environment, bound.value);
      return sql`(select ${value} from ${inner.clause()} where ${inner.tied} limit 1)`;
    }
    case 'gathered':
      return compileGathered(environment, bound);
    case 'count':
      return compileCount(environment, bound.collection, bound.filter);
    case 'aggregated':
      return compileAggregated(environment, bound);
    case 'node':
      return compileNode(environment, bound);
    case 'has':
      return writtenOnce(
        environment,
        [compileValue(environment, bound.left), compileValue(environment, bound.right)],
        ([value = sql`null`, flags = sql`null`]) => sql`((${value} & ${flags}) = ${flags})`,
      );
    case 'search': {
      return searchMatches(textOf(sourceOf(environment, bound.range)), bound.slot);
    }
    case 'object':
    case 'members':
      throw new Error('What consists of others has no value of its own');
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

const texts = new WeakMap<Source, Sql>();

/** The text of a row that is searched, made once for all terms. */
function textOf(source: Source): Sql {
  const text = texts.get(source) ?? searchText(searchableProperties(source.type), (property) => source.value(property));
  texts.set(source, text);
  return text;
}

/** Members of enumerations are numbers of any size in columns, and arrays of different ones are not compared. */
const stored = (value: Sql, { type, source }: Property): Sql =>
  type.kind === 'collection' &&
  type.of.kind === 'enum' &&
  source.kind === 'column' &&
  source.databaseType !== databaseType(type)
    ? sql`${value}::${trusted(databaseType(type))}`
    : value;

/** An array of what comes of each member; where the collection may be null it is computed once, and so is the array then. */
function compileGathered(environment: Environment, bound: Extract<Bound, { kind: 'gathered' }>): Sql {
  const { collection } = bound;
  if (bound.nullable && 'values' in collection)
    return inRow(environment.aliases, [compileValue(environment, collection.values)], [true], ([whole = sql`null`]) => {
      const holder: Element = { name: 'whole', type: bound.type, nullable: true };
      const inner = { ...environment, elements: new Map(environment.elements).set(holder, whole) };
      const array = compileGathered(inner, {
        ...bound,
        collection: { ...collection, values: elementOf(holder) },
        nullable: false,
      });
      return sql`case when ${whole} is not null then ${array} end`;
    });
  const inner = openCollection(environment, collection);
  const value = compileValue(inner.environment, bound.value);
  const order = inner.place ? sql` order by ${inner.place}` : sql``;
  return sql`array(select ${value} from ${inner.clause()} where ${inner.tied}${order})`;
}

/** The value with an order by code point where it is a text. */
export const compileOrdered = (environment: Environment, bound: Bound): Sql =>
  byCodePoint(compileValue(environment, bound), bound);

/** Texts are compared, and ordered, by code point. */
export const byCodePoint = (value: Sql, bound: Bound): Sql =>
  bound.kind !== 'null' && isPrimitive(bound.type, 'Edm.String') ? sql`${value} collate "C"` : value;

/** The row of a variable. */
export function sourceOf(environment: Environment, range: Range): Source {
  const source = environment.sources.get(range);
  if (source) return source;
  if (range.seenAs) return sourceOf(environment, range.seenAs).as(range.type);
  if (range.made) return ofValue(environment, range, range.made);
  if (!range.behind) throw new Error(`The variable ${range.name} is out of sight`);
  const { from, navigations } = range.behind;
  const behind = navigations.reduce((before, navigation) => before.through(navigation), sourceOf(environment, from));
  // The row of an entity may be seen as an instance that has nothing of it.
  return range.type.columns ? behind.as(range.type) : behind;
}

/** The row that is made of a value, beside the one that has it. */
const ofValue = (environment: Environment, range: Range, { row, keys }: NonNullable<Range['made']>): Source =>
  sourceOf(environment, row).beside(range, () => keyRows(range.type, compileValue(environment, keys)));

/** The environment in which a row is seen, too, by the variable of a derived type that it is known to be of. */
export const seenAs = (environment: Environment, range: Range, as: Range): Environment =>
  environment.sources.has(as)
    ? environment
    : { ...environment, sources: new Map(environment.sources).set(as, sourceOf(environment, range).as(as.type)) };

function elementValue({ elements }: Environment, element: Element): Sql {
  const value = elements?.get(element);
  if (!value) throw new Error(`The variable ${element.name} is out of sight`);
  return value;
}

/** Null is a part of a key only: elsewhere it is planned away. */
const typeOfArgument = (bound: Bound): EdmType => (bound.kind === 'null' ? untyped : bound.type);

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

/** A cast, or a promotion: `Date` to `DateTimeOffset` is midnight UTC, as the session's time zone is UTC. */
function converted({ operand: inner, type, mayFail }: Extract<Bound, { kind: 'convert' }>, value: Sql): Sql {
  if (mayFail) return compileCast(value, inner, type);
  return isUntyped(inner) ? dynamicAs(value, type) : sql`${value}::${trusted(databaseType(type))}`;
}

/** A value that tells its type itself. */
export const isUntyped = (bound: Bound): boolean => bound.kind !== 'null' && bound.type.kind === 'untyped';

/** `exact`: the result must not be null, because `not` or a value position would see it. */
function condition(environment: Environment, bound: Bound, exact: boolean): Sql {
  switch (bound.kind) {
    case 'comparison':
      return compileComparison(environment, bound, exact);
    case 'in':
      return compileMembership(environment, bound, exact);
    case 'logical':
      return sql`(${condition(environment, bound.left, exact)} ${trusted(bound.operator)} ${condition(environment, bound.right, exact)})`;
    case 'not':
      return bound.operand.kind === 'exists'
        ? compileExists(environment, bound.operand, true)
        : sql`(not ${condition(environment, bound.operand, true)})`;
    case 'exists':
      return compileExists(environment, bound);
    case 'null':
      return sql`null::boolean`;
    default:
      return compileValue(environment, bound);
  }
}

/** An array: one parameter when all its members are values of the request. Complex values and entities are there by their keys. */
export function compileList(environment: Environment, items: readonly Bound[], type: EdmType): Sql {
  const isOfKeys = type.kind === 'complex' || type.kind === 'entity';
  const arrayType = isOfKeys ? 'jsonb[]' : `${databaseType(type)}[]`;
  const slots = items.flatMap((item) => (item.kind === 'value' ? [item.slot] : item.kind === 'null' ? [NULL] : []));
  if (slots.length < items.length)
    return sql`array[${join(
      items.map((item) => compileValue(environment, item)),
      ', ',
    )}]::${trusted(arrayType)}`;
  const known = lists.get(items);
  const slot: Slot = known ?? ((bindings) => slots.map((one) => one(bindings)).map(textOrNull));
  lists.set(items, slot);
  return param(slot, arrayType);
}

const textOrNull = (item: SqlValue): string | null => (typeof item === 'string' ? item : null);
/** A list that stands in several places is one parameter. */
const lists = new WeakMap<readonly Bound[], Slot>();

const NULL: Slot = () => null;
