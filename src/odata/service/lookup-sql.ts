/** Lookups of rules as scalar subselects, confined to the caller's partition. Their text depends on names of the model only. */
import { partitionCondition, partitionSlot } from '../compile/partition';
import { tableOf, typeCondition } from '../compile/source';
import type { EntityType, Property } from '../model/model';
import type { Value } from '../payload/change';
import { databaseType } from '../model/edm';
import type { Step } from '../plan/plan';
import {
  extraSlot,
  identifier,
  join,
  param,
  prepare,
  sql,
  trusted,
  type Bindings,
  type Sql,
  type SqlValue,
  type Statement,
} from '../sql';
import type { Lookup } from './flight';
import { Above, parentKey, type CounterTable, type Series } from './rules';
import { leaf, sqlType, sqlValue, typedValue, type Leaf } from './stored-row';
import { columnOf, joinCondition, partitionOf, selectTarget } from './target-sql';

/** A lookup ready to be compiled: `values` are its parameters in order. */
export interface SqlLookup extends Lookup {
  readonly values: readonly SqlValue[];
  readonly usesParent: boolean;
  /** `value` is the value at a position. */
  readonly build: (value: (position: number) => Sql, parent: Sql) => Sql;
  /** The types of the values, in order. */
  readonly types: readonly string[];
}

/** A condition value that a rule gives. */
type Condition = Value | Above | typeof parentKey;
/** The condition of a lookup, by property path. */
export type Conditions = Readonly<Record<string, Condition | undefined>>;

const ALIAS = 'l';
/** What is behind a navigation of it. */
const BEHIND = 'b';

function leafOf(type: EntityType, path: string): Leaf {
  const found = leaf(type, path);
  if (!found) throw new Error(`The property ${path} of ${type.name} has no column to look up`);
  return found;
}

/** What the text of a lookup's answer stands for. */
export const foundValue = (type: EntityType, path: string, text: string | null): Value =>
  type.joins.has(path) ? text === 'true' : typedValue(leafOf(type, path).property, text);

/** A value of the row, or whether anything is behind a navigation of it. */
function picked(type: EntityType, path: string): Sql {
  const navigation = type.joins.get(path);
  if (!navigation) return columnOf(ALIAS, leafOf(type, path).column);
  const { target } = navigation;
  const conditions = [
    joinCondition(navigation, ALIAS, BEHIND),
    ...partitionCondition(target, (column) => columnOf(BEHIND, column)),
    ...typeCondition(target, identifier(BEHIND)),
  ];
  return sql`exists (select from ${tableOf(target)} as ${identifier(BEHIND)} where ${join(conditions, ' and ')})`;
}

interface Filter {
  readonly shape: string;
  readonly values: readonly SqlValue[];
  readonly usesParent: boolean;
  readonly types: readonly string[];
  readonly build: SqlLookup['build'];
}

function filterOf(type: EntityType, where: Conditions): Filter {
  const conditions = Object.entries(where).flatMap(([path, condition]) =>
    condition === undefined ? [] : [[leafOf(type, path), condition] as const],
  );
  const values = conditions.flatMap(([{ property }, condition]) => valueOf(property, condition));
  const shape = conditions.map(([{ path }, condition]) => `${path}${operatorOf(condition)}`).join('&');
  const build: SqlLookup['build'] = (value, parent) => {
    let position = 0;
    const confined = partitionCondition(type, (column) => columnOf(ALIAS, column));
    const compare = ([{ column }, condition]: (typeof conditions)[number]): Sql => {
      const left = columnOf(ALIAS, column);
      if (condition === null) return sql`${left} is null`;
      if (condition === parentKey) return sql`${left} = ${parent}`;
      return sql`${left} ${trusted(condition instanceof Above ? '>' : '=')} ${value(position++)}`;
    };
    const typed = typeCondition(type, identifier(ALIAS));
    return join([...confined, ...typed, ...conditions.map(compare)], ' and ');
  };
  const types = conditions.flatMap(([{ property }, condition]) =>
    valueOf(property, condition).map(() => sqlType(property)),
  );
  return { shape, values, types, usesParent: conditions.some(([, condition]) => condition === parentKey), build };
}

function valueOf(property: Property, condition: Condition): readonly SqlValue[] {
  if (condition === null || condition === parentKey) return [];
  return [sqlValue(property, condition instanceof Above ? condition.value : condition)];
}

function operatorOf(condition: Condition): string {
  if (condition === null) return ' is null';
  if (condition === parentKey) return '=parent';
  return condition instanceof Above ? '>' : '=';
}

const orderSql = (type: EntityType, order: string | undefined): Sql =>
  order === undefined
    ? trusted('')
    : sql` order by ${columnOf(ALIAS, leafOf(type, order.replace(/^-/, '')).column)}${trusted(order.startsWith('-') ? ' desc' : '')}`;

/** Records as a JSON array of arrays of text. */
export function recordsLookup(
  type: EntityType,
  where: Conditions,
  pick: readonly string[],
  limit: number,
  order?: string,
): SqlLookup {
  const filter = filterOf(type, where);
  return {
    ...filter,
    shape: `${type.name}?${filter.shape}#${pick.join(',')}#${limit}#${order ?? ''}`,
    build: (value, parent) => {
      const columns = pick.map((path) => sql`${picked(type, path)}::text`);
      const row = sql`json_build_array(${join(columns, ', ')}) as "row"`;
      const from = sql`from ${tableOf(type)} as ${identifier(ALIAS)} where ${filter.build(value, parent)}`;
      return sql`(select json_agg("row") from (select ${row} ${from}${orderSql(type, order)} limit ${trusted(String(limit))}) as "rows")`;
    },
  };
}

/** The sum of a property. */
export function sumLookup(type: EntityType, where: Conditions, path: string): SqlLookup {
  const filter = filterOf(type, where);
  return {
    ...filter,
    shape: `sum ${type.name}?${filter.shape}#${path}`,
    build: (value, parent) =>
      sql`(select coalesce(sum(${columnOf(ALIAS, leafOf(type, path).column)}), 0)::text from ${tableOf(type)} as ${identifier(ALIAS)} where ${filter.build(value, parent)})`,
  };
}

const ofSeries = (counters: CounterTable, series: Series, value: Sql, parent: Sql): Sql => {
  const confined = sql`${identifier(counters.partition)} = ${param(partitionSlot, 'uuid')}`;
  if ('code' in series) return sql`${confined} and ${identifier(counters.code)} = ${value}`;
  return sql`${confined} and ${identifier(counters.owner)} = ${series.owner === parentKey ? parent : value}`;
};

const seriesValues = (series: Series): readonly SqlValue[] => {
  if ('code' in series) return [series.code];
  return series.owner === parentKey ? [] : [series.owner];
};

const seriesShape = (series: Series): string =>
  'code' in series ? 'code' : series.owner === parentKey ? 'parent' : 'owner';

const numberParts = ({ prefix, next, digits }: CounterTable, drawn: Sql): readonly Sql[] => [
  identifier(prefix),
  sql`${identifier(next)}${drawn}`,
  identifier(digits),
];

/** Prefix, number and digits of the next number of a counter. */
export const peekLookup = (counters: CounterTable, series: Series): SqlLookup => ({
  shape: `peek ${seriesShape(series)}`,
  values: seriesValues(series),
  types: 'code' in series ? ['text'] : series.owner === parentKey ? [] : ['uuid'],
  usesParent: 'owner' in series && series.owner === parentKey,
  build: (value, parent) => {
    const parts = numberParts(counters, trusted('')).map((part) => sql`${part}::text`);
    return sql`(select json_build_array(${join(parts, ', ')}) from ${identifier(counters.table)} where ${ofSeries(counters, series, seriesValues(series).length > 0 ? value(0) : parent, parent)})`;
  },
});

/** Draws the next number of a counter, locked until the write ends. */
export const drawStatement = (counters: CounterTable, series: Series, steps: readonly Step[]): Statement => {
  const next = identifier(counters.next);
  const returned = join(numberParts(counters, trusted(' - 1')), ', ');
  return prepare(
    sql`update ${identifier(counters.table)} set ${next} = ${next} + 1 where ${ofSeries(counters, series, param(extraSlot('0.0'), 'code' in series ? 'text' : 'uuid'), parentKeySql(steps))} returning ${returned}`,
  );
};

/** The key of the row that the steps lead to: as the URL says it, or looked up. */
export function parentKeySql(steps: readonly Step[]): Sql {
  const last = steps.at(-1);
  const [property] = last?.range.type.key ?? [];
  if (!last || property?.source.kind !== 'column') return trusted('null');
  const [given] = last.key ?? [];
  if (last.key?.length === 1 && given?.property === property && given.value.kind === 'value')
    return param(given.value.slot, databaseType(given.value.type));
  return sql`(${selectTarget(steps, [property.source.column])})`;
}

/** The bindings of a request with the values of lookups. */
export function lookupBindings(lookups: readonly Pick<SqlLookup, 'values'>[], bindings: Bindings): Bindings {
  const extra = Object.fromEntries(
    lookups.flatMap(({ values }, index) => values.map((value, position) => [`${index}.${position}`, value])),
  );
  return { ...bindings, extra: { ...bindings.extra, ...extra } };
}

/** The bindings of a request, in the partition that its path lies in. */
export const partitionedBindings = (steps: readonly Step[], bindings: Bindings): Bindings => ({
  ...bindings,
  partition: partitionOf(steps, bindings),
});
