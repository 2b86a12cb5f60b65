/** The order of rows, and what depends on it: top, skip, and the transformations that keep the largest or smallest. Data Aggregation §3.3 */
import { odataError, unreachable } from '../error';
import { edm, isFloating, numericRank } from '../model/edm';
import type { Property } from '../model/model';
import type { Slot } from '../sql';
import type { Literal, Transformation } from '../url/ast';
import type { Applied } from './apply-state';
import { convert, describe, typeOf } from './coerce';
import { placeOf, type PlanContext } from './context';
import { planExpression } from './expression';
import { keysOf } from './group';
import { nullOf } from './group-values';
import { mentions } from './mentions';
import type { Bound, OrderKey, Range } from './plan';
import { rowKey } from './presence';
import { rangesOf, type Rows } from './rows';
import { boundProperty } from './select';

/** The order asked for, then what tells rows apart: the same in every request. */
export function totalOrder(rows: Rows, order: readonly OrderKey[]): readonly OrderKey[] {
  const asked = order.length > 0 ? order : naturalOrder(rows);
  const direction = asked.at(-1)?.direction ?? 'asc';
  const keys = rowKeys(rows).flatMap((expression) => (expression.kind === 'null' ? [] : [{ expression, direction }]));
  return distinct([...asked, ...keys]);
}

/** Each property, and each expression, where it stands first. */
export function distinct(keys: readonly OrderKey[]): readonly OrderKey[] {
  const seen = new Set<Bound>();
  const byProperty = new Map<Property, Bound[]>();
  return keys.filter(({ expression }) => {
    if (seen.has(expression)) return false;
    seen.add(expression);
    if (expression.kind !== 'property') return true;
    const { property } = expression;
    const alike = byProperty.get(property) ?? [];
    byProperty.set(property, alike);
    return !alike.some((one) => sameProperty(one, expression)) && alike.push(expression) > 0;
  });
}

/** The order of rows that nobody asked for. */
function naturalOrder(rows: Rows): readonly OrderKey[] {
  switch (rows.kind) {
    case 'base':
      return defaultOrder(rows.range);
    case 'filter':
    case 'cut':
    case 'share':
    case 'values':
    case 'placed':
    case 'told':
    case 'agreed':
      return naturalOrder(rows.input);
    case 'join':
      // The rows of a function have an order of their own.
      return naturalOrder(rows.collection.rows && !rows.outer ? rows.rows : rows.input);
    case 'members':
    case 'cross':
    case 'group':
    case 'union':
      return [];
    default:
      return unreachable(rows);
  }
}

/** The order of a collection when the client gives none. */
export const defaultOrder = (range: Range): readonly OrderKey[] =>
  range.type.defaultOrder.map(({ property, direction }) => ({ expression: boundProperty(range, property), direction }));

/** Values that no two rows have in common. */
export function rowKeys(rows: Rows): readonly Bound[] {
  switch (rows.kind) {
    case 'base':
      return rowKey(rows.range);
    case 'members':
      return rowKey(rows.collection.range);
    case 'cross':
      return rows.ranges.flatMap(rowKey);
    case 'filter':
    case 'cut':
    case 'share':
    case 'told':
    case 'agreed':
      return rowKeys(rows.input);
    case 'join':
      return [...rowKeys(rows.input), ...rowKeys(rows.rows)];
    case 'values':
      return [...rowKeys(rows.input), rows.place];
    case 'placed':
      return [...rowKeys(rows.input), rows.places.place ?? rows.places.node];
    case 'group':
      return rows.values;
    case 'union':
      return [rows.number, rows.place];
    default:
      return unreachable(rows);
  }
}

/** Whether two expressions are the same property of the same row. */
export const sameProperty = (left: Bound, right: Bound): boolean =>
  left === right ||
  (left.kind === 'property' &&
    right.kind === 'property' &&
    left.range === right.range &&
    left.property === right.property &&
    left.navigations.length === right.navigations.length &&
    left.navigations.every((navigation, index) => navigation === right.navigations[index]));

// ---- top and skip

/** A number of rows: of $top, $skip, top and skip. URL Conventions §5.1.6 */
export const rowCount = (context: PlanContext, name: string, literal: Literal): Slot =>
  context.slot(literal, (text) => {
    if (/^\d{1,18}$/.test(text)) return text;
    throw odataError('InvalidValue', {
      message: `${name} must be a whole number of at most 18 digits, but it is '${text}'.`,
    });
  });

/** So many rows from the front, or all but so many. Data Aggregation §3.3.5, §3.3.6 */
export function planCut(context: PlanContext, before: Applied, kind: 'top' | 'skip', literal: Literal): Applied {
  const slot = rowCount(context, kind, literal);
  const value: Bound = { kind: 'value', slot, type: edm('Edm.Int64'), nullable: false };
  return {
    ...before,
    rows: {
      kind: 'cut',
      input: before.rows,
      parts: keysOf(before.groups),
      order: totalOrder(before.rows, before.order),
      skip: kind === 'skip' ? value : undefined,
      top: kind === 'top' ? value : undefined,
    },
  };
}

type TopBottom = Extract<Transformation, { kind: `${'top' | 'bottom'}${'count' | 'sum' | 'percent'}` }>;

/** The rows with the largest or smallest values. Data Aggregation §3.3.1 */
export function planTopBottom(context: PlanContext, before: Applied, node: TopBottom): Applied {
  const { rows, scope, groups } = before;
  const found = planExpression(context, scope, node.by);
  const by = found.kind === 'null' ? nullOf(edm('Edm.Decimal')) : found;
  const isCount = node.kind.endsWith('count');
  const type = typeOf(by);
  const isFit = isCount ? type?.kind === 'primitive' || type?.kind === 'enum' : type && numericRank(type) > 0;
  if (!isFit)
    throw odataError(
      'TypeMismatch',
      {
        message: `${node.kind} needs ${isCount ? 'values that have an order' : 'numbers'}, but found ${describe(by)}.`,
      },
      placeOf(node.by.place),
    );
  const amount = planAmount(context, before, node);
  const key: OrderKey = { expression: by, direction: node.kind.startsWith('top') ? 'desc' : 'asc' };
  const order = totalOrder(rows, [key]);
  const parts = keysOf(groups);
  // Singles are summed as doubles, as by aggregate.
  const summed = type && isFloating(type) ? (convert(context, by, edm('Edm.Double')) ?? by) : by;
  return {
    ...before,
    order: [],
    rows: isCount
      ? { kind: 'cut', input: rows, parts, order, skip: undefined, top: amount }
      : {
          kind: 'share',
          input: rows,
          parts,
          order,
          by: context.trace?.summed(node.place, summed) ?? summed,
          amount,
          percent: node.kind.endsWith('percent'),
        },
  };
}

function planAmount(context: PlanContext, { scope, rows }: Applied, { kind, amount, place }: TopBottom): Bound {
  const bound = planExpression(context, scope, amount);
  if (rangesOf(rows).some((range) => mentions(bound, range)))
    throw odataError(
      'TypeMismatch',
      { message: `The first argument of ${kind} must not depend on a single row.` },
      placeOf(amount.place),
    );
  const isCount = kind.endsWith('count');
  const wanted = edm(isCount ? 'Edm.Int64' : 'Edm.Decimal');
  if (bound.kind === 'value' && bound.literal) {
    const { literal } = bound;
    const isNumber = isCount ? literal.type === 'integer' : literal.type === 'integer' || literal.type === 'decimal';
    const check = (text: string): string => checked(kind, text);
    if (isNumber) return { kind: 'value', slot: context.slot(literal, check), type: wanted, nullable: false };
  } else if (bound.kind !== 'null' && numericRank(bound.type) > 0) {
    const value = convert(context, bound, wanted) ?? bound;
    if (!isCount || numericRank(bound.type) <= numericRank(wanted)) return value;
  }
  throw odataError(
    'TypeMismatch',
    {
      message: `The first argument of ${kind} must be a ${isCount ? 'whole ' : ''}number, but found ${describe(bound)}.`,
    },
    placeOf(place),
  );
}

function checked(kind: string, text: string): string {
  const value = Number(text);
  if (kind.endsWith('count') ? value >= 1 : !kind.endsWith('percent') || (value > 0 && value <= 100)) return text;
  throw odataError('InvalidValue', {
    message: kind.endsWith('count')
      ? `${kind} needs a positive number of rows, but found ${text}.`
      : `${kind} needs a number above 0 that is not above 100, but found ${text}.`,
  });
}
