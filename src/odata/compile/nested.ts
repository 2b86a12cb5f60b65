/** Expanded collections: one JSON column, made by PostgreSQL from the rows tied to the one outside. */
import { unreachable } from '../error';
import type { EdmType, EntityType } from '../model/model';
import { primitiveType } from '../model/types';
import type { CollectionPlan, Field, Selection } from '../plan/plan';
import { identifier, join, literal, param, sql, trusted, type Sql } from '../sql';
import { textOf } from './cast';
import { whereClause } from './conditions';
import { compileCondition, compileValue, type Environment } from './expression';
import { orderBy, orderTerms } from './order';
import { openRows, within, type OpenRows } from './rows';
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

/** Clients of 4.0 are told that an entity has no id; those of 4.01 know it. JSON §4.6.8 */
export const hasNullIds = ({ metadata, prefix }: Representation): boolean =>
  metadata !== 'none' && prefix === '@odata.';

type Navigation = Parameters<Source['through']>[0];

/** The rows of the collection, tied to the row outside: those of the table, or what $apply makes of them. */
function open(
  environment: Environment,
  outer: Source,
  navigation: Navigation,
  { filter, rows, base }: CollectionPlan,
): { inner: Environment; clause: () => Sql; where: () => Sql } {
  const first = (): OpenRows => {
    const { source, from } = Source.of(navigation.target, environment.aliases);
    return { from, sources: new Map([[base, source]]), conditions: [tie(outer, source.alias, navigation)] };
  };
  const outside: Environment = { ...environment, base: first };
  const opened = rows ? openRows(outside, rows) : first();
  const inner = within(outside, opened);
  const conditions = filter ? [...opened.conditions, compileCondition(inner, filter)] : opened.conditions;
  return { inner, clause: () => opened.from.clause, where: () => whereClause(conditions) };
}

function counted(environment: Environment, outer: Source, navigation: Navigation, collection: CollectionPlan): Sql {
  const { clause, where } = open(environment, outer, navigation, collection);
  return sql`(select count(*) from ${clause()}${where()})`;
}

function aggregated(
  environment: Environment,
  outer: Source,
  navigation: Navigation,
  collection: CollectionPlan,
  form: 'entities' | 'references',
  representation: Representation,
): Sql {
  return arrayOf(open(environment, outer, navigation, collection), collection, form, representation);
}

/** The rows that the request speaks of, transformed, as one array. */
export function compileNest(environment: Environment, collection: CollectionPlan, representation: Representation): Sql {
  const opened = openRows(environment, collection.rows ?? { kind: 'base', range: collection.base });
  const inner = within(environment, opened);
  const where = (): Sql => whereClause(opened.conditions);
  return arrayOf({ inner, clause: () => opened.from.clause, where }, collection, 'entities', representation);
}

function arrayOf(
  { inner, clause, where }: ReturnType<typeof open>,
  collection: CollectionPlan,
  form: 'entities' | 'references',
  representation: Representation,
): Sql {
  const { selection } = collection;
  const row = inner.aliases.next();
  const { columns, value } =
    form === 'references'
      ? { columns: [referenceColumn(sourceOf(inner, selection), representation)], value: row }
      : rowColumns(inner, selection, representation, row);
  const order = orderBy(orderTerms(inner, collection.order));
  const limit = collection.top ? sql` limit ${param(collection.top, 'int8')}` : sql``;
  const offset = collection.skip ? sql` offset ${param(collection.skip, 'int8')}` : sql``;
  const array = sql`coalesce(json_agg(${value}), '[]'::json)`;
  const json = representation.omitNulls ? sql`json_strip_nulls(${array})` : array;
  return sql`(select ${json} from (select ${join(columns, ', ')} from ${clause()}${where()}${order}${limit}${offset}) ${row})`;
}

function sourceOf({ sources }: Environment, { range }: Selection): Source {
  const source = sources.get(range);
  if (!source) throw new Error(`The variable ${range.name} is out of sight`);
  return source;
}

/** The members of a row: its columns are those of the object, or one column has the object where rows differ in structure. */
function rowColumns(
  environment: Environment,
  selection: Selection,
  representation: Representation,
  row: Sql,
): { columns: readonly Sql[]; value: Sql } {
  if (!selection.variants) {
    const columns = selectColumns(environment, sourceOf(environment, selection), selection, representation);
    return columns.length > 0 ? { columns, value: row } : { columns: [sql`true as "row"`], value: sql`'{}'::json` };
  }
  return { columns: [named(variantJson(environment, selection, representation), 'row')], value: sql`${row}."row"` };
}

function variantJson(environment: Environment, selection: Selection, representation: Representation): Sql {
  const { variants } = selection;
  if (!variants) {
    const columns = selectColumns(environment, sourceOf(environment, selection), selection, representation);
    return columns.length > 0 ? sql`row_to_json(${rowValue(environment, columns)})` : sql`'{}'::json`;
  }
  const cases = variants.selections.map(
    (inner, index) => sql`when ${trusted(String(index))} then ${variantJson(environment, inner, representation)}`,
  );
  return sql`(case ${compileValue(environment, variants.discriminator)} ${join(cases, ' ')} end)`;
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
    case 'transient':
      return hasNullIds(representation) ? [named(sql`null::text`, `${representation.prefix}id`)] : [];
    case 'property':
      return [named(jsonValue(compileValue(environment, field.value), field.value.type, representation), field.name)];
    case 'computed':
      return [
        ...(field.typeName === undefined || representation.metadata === 'none'
          ? []
          : [named(sql`${literal(field.typeName)}::text`, `${field.name}${representation.prefix}type`)]),
        named(
          field.value.kind === 'null'
            ? sql`null::text`
            : jsonValue(compileValue(environment, field.value), field.value.type, representation),
          field.name,
        ),
      ];
    case 'nest':
      return [named(compileNest(environment, field.collection, representation), field.name)];
    case 'row':
      return [named(memberValue(environment, field, representation), field.name)];
    case 'link':
      throw new Error('A combination of entity sets is never nested');
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
  const tests = field.presence ? [...parts, compileValue(environment, field.presence)] : parts;
  return sql`(case when num_nonnulls(${join(tests, ', ')}) > 0 then ${value} end)`;
}

/** The entity of another variable of the row. */
function memberValue(
  environment: Environment,
  { range, selection }: Extract<Field, { kind: 'row' }>,
  representation: Representation,
): Sql {
  const source = environment.sources.get(range);
  if (!source) throw new Error(`The variable ${range.name} is out of sight`);
  const value = rowValue(environment, selectColumns(environment, source, selection, representation));
  const [key] = range.type.key;
  return range.optional && key ? sql`(case when ${source.value(key)} is not null then ${value} end)` : value;
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
