/** Expanded collections: one JSON column, made by PostgreSQL from the rows tied to the one outside. */
import { unreachable } from '../error';
import type { EdmType, EntityType } from '../model/model';
import { primitiveType } from '../model/types';
import type { CollectionPlan, Field, OrderKey, Selection } from '../plan/plan';
import { identifier, join, literal, param, sql, type Sql } from '../sql';
import { textOf } from './cast';
import { compileCondition, compileOrdered, compileValue, type Environment } from './expression';
import { Source, tie } from './source';

/** What of the answer's format decides the statement. */
export interface Representation {
  readonly metadata: 'minimal' | 'full' | 'none';
  readonly ieee754: boolean;
  readonly omitNulls: boolean;
  /** `@odata.` or `@`. */
  readonly prefix: string;
  /** The entity set that entities of a type belong to; undefined for contained ones. */
  readonly setOf: (type: EntityType) => string | undefined;
}

/** ORDER BY with nulls lowest. Protocol §11.2.6.2 */
export const orderClause = (
  terms: readonly { readonly value: Sql; readonly direction: 'asc' | 'desc'; readonly nullable: boolean }[],
): Sql =>
  join(
    terms.map(({ value, direction, nullable }) => {
      if (!nullable) return direction === 'asc' ? value : sql`${value} desc`;
      return direction === 'asc' ? sql`${value} nulls first` : sql`${value} desc nulls last`;
    }),
    ', ',
  );

/** The terms of an order, as SQL. */
export const orderTerms = (environment: Environment, order: readonly OrderKey[]): Parameters<typeof orderClause>[0] =>
  order.flatMap(({ expression, direction }) =>
    expression.kind === 'null'
      ? []
      : [{ value: compileOrdered(environment, expression), direction, nullable: expression.nullable }],
  );

/** The expressions for the rows and for their number; each undefined when not asked for. */
export function compileNested(
  environment: Environment,
  source: Source,
  { navigation, collection, form }: Extract<Field, { kind: 'many' }>,
  representation: Representation,
): { rows: Sql | undefined; count: Sql | undefined } {
  const rows =
    form === 'count' ? undefined : aggregated(environment, source, navigation, collection, form, representation);
  const count = form === 'count' || collection.count ? counted(environment, source, navigation, collection) : undefined;
  return { rows, count };
}

type Navigation = Parameters<Source['through']>[0];

function open(
  environment: Environment,
  outer: Source,
  navigation: Navigation,
  { selection, filter }: CollectionPlan,
): { inner: Environment; source: Source; clause: () => Sql; where: Sql } {
  const { source, from } = Source.of(navigation.target, environment.aliases);
  const inner: Environment = { ...environment, sources: new Map(environment.sources).set(selection.range, source) };
  const tied = tie(outer, source.alias, navigation);
  return {
    inner,
    source,
    clause: () => from.clause,
    where: filter ? sql`${tied} and ${compileCondition(inner, filter)}` : tied,
  };
}

function counted(environment: Environment, outer: Source, navigation: Navigation, collection: CollectionPlan): Sql {
  const { clause, where } = open(environment, outer, navigation, collection);
  return sql`(select count(*) from ${clause()} where ${where})`;
}

function aggregated(
  environment: Environment,
  outer: Source,
  navigation: Navigation,
  collection: CollectionPlan,
  form: 'entities' | 'references',
  representation: Representation,
): Sql {
  const { inner, source, clause, where } = open(environment, outer, navigation, collection);
  const columns =
    form === 'references'
      ? [referenceColumn(source, representation)]
      : selectColumns(inner, source, collection.selection, representation);
  const order = orderClause(orderTerms(inner, collection.order));
  const limit = collection.top ? sql` limit ${param(collection.top, 'int8')}` : sql``;
  const offset = collection.skip ? sql` offset ${param(collection.skip, 'int8')}` : sql``;
  const row = environment.aliases.next();
  const array = sql`coalesce(json_agg(${row}), '[]'::json)`;
  const json = representation.omitNulls ? sql`json_strip_nulls(${array})` : array;
  return sql`(select ${json} from (select ${join(columns, ', ')} from ${clause()} where ${where} order by ${order}${limit}${offset}) ${row})`;
}

/** The members of one object as columns, named as in JSON. */
function selectColumns(
  environment: Environment,
  source: Source,
  selection: Selection,
  representation: Representation,
): readonly Sql[] {
  return selection.fields.flatMap((field) => fieldColumns(environment, source, field, representation));
}

const named = (value: Sql, name: string): Sql => sql`${value} as ${identifier(name)}`;

function fieldColumns(
  environment: Environment,
  source: Source,
  field: Field,
  representation: Representation,
): readonly Sql[] {
  switch (field.kind) {
    case 'etag': {
      const { version } = source.type;
      if (!version || representation.metadata === 'none') return [];
      return [named(sql`('W/"' || ${source.column(version.column)} || '"')`, `${representation.prefix}etag`)];
    }
    case 'property':
      return [named(jsonValue(compileValue(environment, field.value), field.value.type, representation), field.name)];
    case 'computed':
      return [
        named(
          field.value.kind === 'null'
            ? sql`null`
            : jsonValue(compileValue(environment, field.value), field.value.type, representation),
          field.name,
        ),
      ];
    case 'complex':
      return [named(complexValue(environment, source, field, representation), field.name)];
    case 'one':
      return [named(oneValue(environment, source, field, representation), field.name)];
    case 'many': {
      const { rows, count } = compileNested(environment, source, field, representation);
      return [
        ...(count
          ? [named(representation.ieee754 ? sql`${count}::text` : count, `${field.name}${representation.prefix}count`)]
          : []),
        ...(rows ? [named(rows, field.name)] : []),
      ];
    }
    default:
      return unreachable(field);
  }
}

/** A row of columns as one value that row_to_json turns into an object. */
function rowValue(environment: Environment, columns: readonly Sql[]): Sql {
  const alias = environment.aliases.next();
  return sql`(select ${alias} from (select ${join(columns, ', ')}) ${alias})`;
}

function complexValue(
  environment: Environment,
  source: Source,
  field: Extract<Field, { kind: 'complex' }>,
  representation: Representation,
): Sql {
  const columns = field.fields.flatMap((inner) => fieldColumns(environment, source, inner, representation));
  const value = rowValue(environment, columns);
  if (!field.nullable) return value;
  const parts = field.fields.flatMap((inner) =>
    inner.kind === 'property' ? [compileValue(environment, inner.value)] : [],
  );
  return sql`(case when num_nonnulls(${join(parts, ', ')}) > 0 then ${value} end)`;
}

function oneValue(
  environment: Environment,
  source: Source,
  field: Extract<Field, { kind: 'one' }>,
  representation: Representation,
): Sql {
  const target = source.through(field.navigation);
  const inner: Environment = {
    ...environment,
    sources: new Map(environment.sources).set(field.selection.range, target),
  };
  const columns = field.reference
    ? [referenceColumn(target, representation)]
    : selectColumns(inner, target, field.selection, representation);
  const value = rowValue(environment, columns);
  const [key] = target.type.key;
  return field.navigation.nullable && key ? sql`(case when ${target.value(key)} is not null then ${value} end)` : value;
}

/** `set(key)` as the value of @odata.id. */
function referenceColumn(source: Source, { setOf, prefix }: Representation): Sql {
  const [key] = source.type.key;
  const set = setOf(source.type);
  if (!key || set === undefined) throw new Error(`References to ${source.type.name} are planned away`);
  return named(sql`(${literal(`${set}(`)} || ${textOf(source.value(key), key.type)} || ')')`, `${prefix}id`);
}

/** A value as the type's JSON. */
export function jsonValue(value: Sql, type: EdmType, { ieee754 }: Pick<Representation, 'ieee754'>): Sql {
  if (type.kind !== 'primitive') return value;
  switch (primitiveType(type.name).json) {
    case 'decimal':
      return ieee754 ? sql`trim_scale(${value})::text` : sql`trim_scale(${value})`;
    case 'int64':
      return ieee754 ? sql`${value}::text` : value;
    case 'dateTimeOffset':
    case 'binary':
      return textOf(value, type);
    case 'double':
      return sql`(case when ${value} in ('Infinity', '-Infinity', 'NaN') then to_json(${textOf(value, type)}) else to_json(${value}) end)`;
    default:
      return value;
  }
}
