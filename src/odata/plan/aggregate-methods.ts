/** The table of aggregation methods: one entry, one method. Data Aggregation §3.2.1.3 */
import { databaseType, edm, isFloating, isPrimitive, numericRank } from '../model/edm';
import type { EdmType, StandardMethod } from '../model/model';
import { sql, trusted, type Sql } from '../sql';
import { average } from './division';

export interface AggregateDef {
  readonly name: StandardMethod | '$count';
  /** The type of the result; undefined when values of the type cannot be aggregated so. */
  readonly result: (type: EdmType) => EdmType | undefined;
  /** Null when there is no value. */
  readonly nullable: boolean;
  /** The same whether a value occurs once or more often. */
  readonly idempotent: boolean;
  /** What comes of it may be too large. */
  readonly fails?: true;
  /** `filter` is a FILTER clause, or nothing. */
  readonly sql: (value: Sql, type: EdmType, filter: Sql) => Sql;
}

const decimalType = edm('Edm.Decimal');

/** Whole numbers get the next larger type, so that no sum overflows. */
function sumType(type: EdmType): EdmType | undefined {
  const rank = numericRank(type);
  if (rank === 0) return undefined;
  if (isFloating(type)) return edm('Edm.Double');
  return rank < numericRank(edm('Edm.Int64')) ? edm('Edm.Int64') : decimalType;
}

const exact = (value: Sql, type: EdmType): Sql => (isFloating(type) ? sql`${value}::float8` : value);

/** The types that have an order. */
const orderedType = (type: EdmType): EdmType | undefined =>
  type.kind === 'enum' || (type.kind === 'primitive' && type.name !== 'Edm.Binary') ? type : undefined;

/** PostgreSQL has no smallest boolean, and no smallest uuid before version 18. */
function extreme(name: 'min' | 'max'): AggregateDef['sql'] {
  const of = trusted(name);
  return (value, type, filter) => {
    if (isPrimitive(type, 'Edm.Boolean'))
      return sql`${trusted(name === 'min' ? 'bool_and' : 'bool_or')}(${value})${filter}`;
    if (isPrimitive(type, 'Edm.Guid')) return sql`(${of}(${value}::text collate "C")${filter})::uuid`;
    if (isPrimitive(type, 'Edm.String')) return sql`${of}(${value} collate "C")${filter}`;
    return sql`${of}(${value})${filter}`;
  };
}

const definitions: readonly AggregateDef[] = [
  {
    name: 'sum',
    result: sumType,
    nullable: true,
    idempotent: false,
    fails: true,
    sql: (value, type, filter) => sql`sum(${exact(value, type)})${filter}`,
  },
  { name: 'min', result: orderedType, nullable: true, idempotent: true, sql: extreme('min') },
  { name: 'max', result: orderedType, nullable: true, idempotent: true, sql: extreme('max') },
  {
    name: 'average',
    result: (type) => (numericRank(type) === 0 ? undefined : isFloating(type) ? edm('Edm.Double') : decimalType),
    nullable: true,
    idempotent: false,
    fails: true,
    sql: (value, type, filter) =>
      isFloating(type) ? sql`avg(${exact(value, type)})${filter}` : average(value, filter),
  },
  {
    name: 'countdistinct',
    result: (type) => (['primitive', 'enum', 'complex', 'untyped'].includes(type.kind) ? decimalType : undefined),
    nullable: false,
    idempotent: true,
    sql: (value, _, filter) => sql`(count(distinct ${value})${filter})::numeric`,
  },
];

/** `$count`: the number of rows. Data Aggregation §3.2.1.4 */
export const countRows: AggregateDef = {
  name: '$count',
  result: () => decimalType,
  nullable: false,
  idempotent: false,
  sql: (_, __, filter) => sql`(count(*)${filter})::numeric`,
};

/** All values in an order that only they decide: what no client asks for. */
export const allRows: AggregateDef = {
  name: '$count',
  result: (type) => type,
  nullable: false,
  idempotent: false,
  sql: (value, _, filter) => sql`coalesce(jsonb_agg(${value} order by ${value})${filter}, '[]')`,
};

/** The methods by name; names are compared without regard to case. */
export const aggregateMethod = (name: string): AggregateDef | undefined =>
  definitions.find((definition) => definition.name === name.toLowerCase());

/** For hints. */
export const aggregateMethodNames: readonly string[] = definitions.map(({ name }) => name);

/** A null of the type, for the rows of a union that have no value there. */
export const nullOf = (type: EdmType): Sql => sql`null::${trusted(databaseType(type))}`;
