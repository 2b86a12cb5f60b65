/** Rows of several queries one after the other. Data Aggregation §3.2.2 */
import { booleanType, edm } from '../model/edm';
import { always, present } from './conditions';
import type { PlanContext } from './context';
import { columnProperty, derivedType, hiddenProperty } from './derived-type';
import type { BoundProperty, Range } from './plan';
import { missingWith, presenceOf } from './presence';
import type { Rows } from './rows';
import { boundProperty } from './select';

/** The rows, their variable, and what it has: the number of the query, from 0, and the place in it. */
interface Union {
  readonly rows: Rows;
  readonly range: Range;
  readonly number: BoundProperty;
  readonly place: BoundProperty;
}

/** The rows of all branches; `of` is the variable of what they are made of, the rows of `input`; `structures` are the variables of their own. */
export function unionOf(
  context: PlanContext,
  of: Range,
  input: Rows,
  branches: Extract<Rows, { kind: 'union' }>['branches'],
  structures: readonly Range[] = [],
): Union {
  const [first, second] = [edm('Edm.Int32'), edm('Edm.Int64')].map((type) => {
    const column = context.nextColumn();
    return columnProperty({ name: column, column, type, nullable: false, dynamic: true });
  });
  if (!first || !second) throw new Error('A union has two columns of its own');
  const areItems = of.type.item && structures.length > 0 && structures.every((one) => (one.ofItems ?? one) === of);
  // Items may be missing where rows of other structures are there.
  const marks = structures.map(({ type, ofItems, there, optional }) => there ?? (optional && (ofItems ?? type.item)));
  const isUneven = !areItems && marks.some((mark) => mark !== undefined && mark !== false);
  const third = isUneven ? hiddenProperty(context.nextColumn(), booleanType) : undefined;
  const hidden = [first, second, ...(third ? [third] : [])].flatMap(({ source }) =>
    source.kind === 'column' ? [source] : [],
  );
  const own: Range = { type: derivedType({ name: of.type.name, properties: [], hidden }), name: of.name };
  const there = third && boundProperty(own, third);
  const range: Range = Object.assign(own, missingWith(of), areItems && { ofItems: of }, there && { there });
  const [number, place] = [boundProperty(range, first), boundProperty(range, second)];
  const isThere = there && {
    value: there,
    ofBranches: structures.map((one, index) => {
      const mark = marks[index] ? presenceOf(one) : undefined;
      return mark ? present(mark) : always(true);
    }),
  };
  return { rows: { kind: 'union', range, input, number, place, isThere, branches }, range, number, place };
}
