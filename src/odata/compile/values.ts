/** The items of a collection of values as one column of JSON, and their number. Protocol §11.2.4 */
import { edm } from '../model/edm';
import type { EdmType } from '../model/model';
import { elementOf } from '../plan/collection-property';
import type { Field } from '../plan/plan';
import { join, param, sql, type Sql } from '../sql';
import { openCollection } from './collection';
import { compileValue, type Environment } from './expression';
import { jsonValue } from './json-value';
import { orderClause, orderTerms } from './order';
import type { Representation } from './representation';

type Values = Extract<Field, { kind: 'values' }>;

/** The array of the items. */
export function compileValues(
  environment: Environment,
  { collection, order, top, skip }: Values,
  representation: Representation,
): Sql {
  const { environment: inner, clause, tied, place } = openCollection(environment, collection);
  const { element } = collection;
  const item = compileValue(inner, elementOf(element));
  const terms = orderTerms(inner, order);
  const keys = join([...(terms.length > 0 ? [orderClause(terms)] : []), ...(place ? [place] : [])], ', ');
  const limit = top ? sql` limit ${param(top, 'int8')}` : sql``;
  const offset = skip ? sql` offset ${param(skip, 'int8')}` : sql``;
  return sql`to_json(array(select ${jsonValue(item, element.type, representation)} from ${clause()} where ${tied} order by ${keys}${limit}${offset}))`;
}

/** The number of the items before they are cut; undefined when nobody asks. */
export const compileValuesCount = (environment: Environment, { collection, count }: Values): Sql | undefined =>
  count
    ? compileValue(environment, {
        kind: 'count',
        collection,
        filter: undefined,
        type: edm('Edm.Int64'),
        nullable: false,
      })
    : undefined;

/** The type of the whole. */
export const typeOfValues = ({ collection: { element } }: Values): EdmType => ({
  kind: 'collection',
  of: element.type,
});

/** `emails@odata.count`; the count of a collection that stands alone is the object's own. JSON §4.5.4 */
export const countName = ({ name }: Pick<Values, 'name'>, { prefix }: Representation): string =>
  `${name}${prefix}count`;
