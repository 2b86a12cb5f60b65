/** eq, ne, gt, ge, lt, le and in: never null where that would be seen. URL Conventions §5.1.1.1 */
import { booleanType, isFloating, isPrimitive } from '../model/edm';
import type { EdmType, Property } from '../model/model';
import { isNullable } from '../plan/coerce';
import { atGrain } from '../plan/literal';
import { numberHeld } from '../plan/own-functions';
import type { Bound, BoundProperty, BoundValue, ComparisonOperator } from '../plan/plan';
import { join, param, sql, trusted, type Sql } from '../sql';
import { byCodePoint, compileList, compileValue, isUntyped, sourceOf, type Environment } from './expression';
import { writtenOnce } from './written-once';

const operators: Readonly<Record<ComparisonOperator, Sql>> = {
  eq: sql`=`,
  ne: sql`<>`,
  gt: sql`>`,
  ge: sql`>=`,
  lt: sql`<`,
  le: sql`<=`,
};

const mirrored: Readonly<Record<ComparisonOperator, ComparisonOperator>> = {
  eq: 'eq',
  ne: 'ne',
  gt: 'lt',
  ge: 'le',
  lt: 'gt',
  le: 'ge',
};

/** What stands for a literal, behind the operator, that may lie between two values which the database keeps. */
const grainBehind: Readonly<Record<ComparisonOperator, Parameters<typeof atGrain>[1]>> = {
  eq: 'itself',
  ne: 'itself',
  gt: 'below',
  ge: 'above',
  lt: 'above',
  le: 'below',
};

const grained = (left: Bound, right: Bound, operator: ComparisonOperator): readonly Bound[] =>
  hasGrains(left) || hasGrains(right)
    ? [atGrain(left, grainBehind[mirrored[operator]]), atGrain(right, grainBehind[operator])]
    : [left, right];

/** A literal that may be finer than what the database keeps. */
type Fine = BoundValue & Required<Pick<BoundValue, 'compared'>>;
const isFine = (bound: Bound): bound is Fine => bound.kind === 'value' && bound.compared !== undefined;

/** Whether it is one, or has such items. */
const hasGrains = (bound: Bound): boolean => (bound.kind === 'list' ? bound.items.some(hasGrains) : isFine(bound));

/** Two literals with all their digits: what the database keeps of them, and the rest. */
function literalComparison(environment: Environment, operator: ComparisonOperator, left: Fine, right: Fine): Sql {
  const whole = (one: Fine): Sql =>
    sql`(${compileValue(environment, atGrain(one, 'below'))}, ${param(one.compared.rest, 'int4')})`;
  return sql`(${whole(left)} ${operators[operator]} ${whole(right)})`;
}

/** Whether an item equals another one in each place. */
function sameItems(environment: Environment, items: readonly Bound[], others: readonly Bound[]): Sql {
  if (items.length !== others.length) return sql`false`;
  return join(
    items.map((item, index) => same(environment, item, others[index] ?? { kind: 'null' })),
    ' and ',
  );
}

const same = (environment: Environment, left: Bound, right: Bound): Sql =>
  compileComparison(
    environment,
    { kind: 'comparison', operator: 'eq', left, right, type: booleanType, nullable: false },
    true,
  );

/** A comparison; `exact` where it must not be null. */
export function compileComparison(
  environment: Environment,
  { operator, left, right }: Extract<Bound, { kind: 'comparison' }>,
  exact: boolean,
): Sql {
  if (left.kind === 'null' || right.kind === 'null')
    return nullComparison(environment, operator, left.kind === 'null' ? right : left);
  if (isFine(left) && isFine(right)) return literalComparison(environment, operator, left, right);
  if (left.kind === 'list' && right.kind === 'list' && hasGrains(left) && hasGrains(right))
    return sql`((${sameItems(environment, left.items, right.items)}) = ${trusted(String(operator === 'eq'))})`;
  const isEquality = operator === 'eq' || operator === 'ne';
  const [a, b] = grained(left, right, operator).map((side) => {
    const value = compileValue(environment, comparable(side));
    return isEquality ? value : byCodePoint(value, side);
  });
  if (!a || !b) throw new Error('A comparison has two sides');
  const bothNullable = isNullable(left) && isNullable(right);
  const oneNullable = isNullable(left) || isNullable(right);
  if (isFloat(left) || isFloat(right))
    return writtenOnce(environment, [a, b], ([one = a, other = b]) =>
      floatComparison(
        operator,
        { value: one, isFloat: isFloat(left) },
        { value: other, isFloat: isFloat(right) },
        { bothNullable, oneNullable: exact && oneNullable },
      ),
    );
  if (isFloats(left))
    return writtenOnce(environment, [a, b], ([one = a, other = b]) => {
      const same = sql`(${one} is not distinct from ${other} and ('NaN' = any(${one})) is not true)`;
      return operator === 'eq' ? same : sql`(not ${same})`;
    });
  if (isOfFloats(left))
    return writtenOnce(environment, [a, b], ([one = a, other = b]) => {
      const same = sql`(${one} is not distinct from ${other} and jsonb_path_exists(to_jsonb(${one}), '$.**.NaN') is not true)`;
      return operator === 'eq' ? same : sql`(not ${same})`;
    });
  if (operator === 'ne' && oneNullable) return sql`(${a} is distinct from ${b})`;
  if (operator === 'eq' && bothNullable) return sql`(${a} is not distinct from ${b})`;
  const plain = sql`(${a} ${operators[operator]} ${b})`;
  return exact && oneNullable ? sql`(${plain} is true)` : plain;
}

const isFloat = (bound: Bound): boolean =>
  bound.kind !== 'null' && (isFloating(bound.type) || (bound.kind === 'call' && bound.definition === numberHeld));

const isFloats = (bound: Bound): boolean =>
  bound.kind !== 'null' && bound.type.kind === 'collection' && isFloating(bound.type.of);

/** Keys of complex values, which tell of a number within that it is none. */
const isOfFloats = (bound: Bound): boolean =>
  bound.kind !== 'null' && bound.type.kind === 'collection' && hasFloats(bound.type.of);

const hasFloats = (type: EdmType, within: readonly EdmType[] = []): boolean => {
  if (type.kind === 'collection') return hasFloats(type.of, within);
  if (type.kind !== 'complex') return isFloating(type);
  return (
    !within.includes(type) && [...type.properties.values()].some((part) => hasFloats(part.type, [...within, type]))
  );
};

/** NaN is neither less nor greater than anything, and equal to nothing, itself included. To PostgreSQL it is the greatest number. IEEE 754 §5.11 */
function floatComparison(
  operator: ComparisonOperator,
  left: Side,
  right: Side,
  { bothNullable, oneNullable }: { readonly bothNullable: boolean; readonly oneNullable: boolean },
): Sql {
  const [a, b] = [left.value, right.value];
  const equal = bothNullable ? sql`${a} is not distinct from ${b}` : sql`${a} = ${b}`;
  if (operator === 'eq' || operator === 'ne') {
    const same = sql`(${equal} and ${left.isFloat ? a : b} is distinct from 'NaN')`;
    return operator === 'eq' ? (oneNullable ? sql`(${same} is true)` : same) : sql`(${same} is not true)`;
  }
  const greater = operator === 'gt' || operator === 'ge' ? left : right;
  const isNumber = greater.isFloat ? sql` and ${greater.value} <> 'NaN'` : sql``;
  const plain = sql`(${a} ${operators[operator]} ${b}${isNumber})`;
  return oneNullable ? sql`(${plain} is true)` : plain;
}

interface Side {
  readonly value: Sql;
  /** It may be NaN. */
  readonly isFloat: boolean;
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

/** The values that a complex value consists of: it is null when they all are. One that tells whether it is there does so alone: collections are never null. */
function partsOf(environment: Environment, whole: BoundProperty, properties: readonly Property[]): readonly Sql[] {
  return properties.flatMap((property) => {
    if (property.source.kind !== 'complex')
      return [compileValue(environment, { ...whole, property, type: property.type })];
    const { presence, navigations } = property.source;
    const source = sourceOf(environment, whole.range);
    if (presence) return [source.column(presence.column)];
    const columns = [...(navigations?.values() ?? [])].flatMap(({ join: pairs }) => pairs.map(({ column }) => column));
    const own = columns.map((column) => source.column(column));
    return [...partsOf(environment, whole, [...property.source.properties.values()]), ...own];
  });
}

/** `in` with values written out. */
export function compileMembership(
  environment: Environment,
  { operand: left, items }: Extract<Bound, { kind: 'in' }>,
  exact: boolean,
): Sql {
  if (left.kind === 'null') return trusted(String(items.some(({ kind }) => kind === 'null')));
  const withNull = items.some(({ kind }) => kind === 'null');
  if (hasGrains(left) && items.some(hasGrains))
    return sql`(${join(
      items.map((item) => same(environment, left, item)),
      ' or ',
    )})`;
  const others = comparedItems(items);
  return writtenOnce(environment, [compileValue(environment, left)], ([value = sql`null`]) => {
    const found = others.length === 0 ? sql`false` : oneOf(environment, value, others);
    const test = isFloat(left) ? sql`(${found} and ${value} <> 'NaN')` : found;
    const both = withNull ? sql`(${value} is null or ${test})` : test;
    return exact && left.nullable ? sql`(${both} is true)` : both;
  });
}

const compared = new WeakMap<readonly Bound[], readonly Bound[]>();

/** The items of a list, nulls aside, as what is stored is compared with them: the same ones wherever the list stands. */
function comparedItems(items: readonly Bound[]): readonly Bound[] {
  const known = compared.get(items) ?? items.flatMap((item) => (item.kind === 'null' ? [] : [atGrain(item, 'itself')]));
  compared.set(items, known);
  return known;
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
