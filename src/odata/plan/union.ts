/** Rows of several queries one after the other. Data Aggregation §3.2.2 */
import { edm } from '../model/edm';
import type { PlanContext } from './context';
import { columnProperty, derivedType } from './derived-type';
import type { BoundProperty, Range } from './plan';
import { missingWith } from './presence';
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
  const hidden = [first, second].flatMap(({ source }) => (source.kind === 'column' ? [source] : []));
  const areItems = of.type.item && structures.length > 0 && structures.every((one) => (one.ofItems ?? one) === of);
  const range: Range = {
    type: derivedType({ name: of.type.name, properties: [], hidden }),
    name: of.name,
    ...missingWith(of),
    ...(areItems && { ofItems: of }),
  };
  const [number, place] = [boundProperty(range, first), boundProperty(range, second)];
  return { rows: { kind: 'union', range, input, number, place, branches }, range, number, place };
}
