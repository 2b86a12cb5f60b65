/**
 * Expanded collections: one column of JSON text, made by PostgreSQL from the rows tied to the one outside. An object with collections in it
 * is put together as text, so that a collection can have its number before it and its next link behind it.
 */
import type { ComplexType, EdmType, EntityType, NavigationProperty } from '../model/model';
import type { AllBranch, CollectionPlan, Field, Range, Selection } from '../plan/plan';
import { identifier, join, literal, param, sql, trusted, type Sql } from '../sql';
import { unreachable } from '../error';
import { whereClause } from './conditions';
import { compileCondition, compileValue, type Environment } from './expression';
import { idText } from './identity';
import { jsonValue } from './json-value';
import { expandedPage, nextMember } from './nested-page';
import { orderBy, orderTerms } from './order';
import { edm } from '../model/edm';
import { hasNullIds, isChangeable, isDeclared, writesId, writtenType, type Representation } from './representation';
import { openRows, within, type OpenRows } from './rows';
import { Source, tie } from './source';
import { compileValues, compileValuesCount, countName, typeOfValues } from './values';

type Many = Extract<Field, { kind: 'many' }>;
type One = Extract<Field, { kind: 'one' }>;
type Complex = Extract<Field, { kind: 'complex' }>;

/** The text of the rows and their number; each undefined when not asked for. */
export function compileNested(
  environment: Environment,
  source: Source,
  range: Range,
  field: Many,
  representation: Representation,
): { rows: Sql | undefined; count: Sql | undefined } {
  const { navigation, collection, form } = field;
  const rows = form === 'count' ? undefined : aggregated(environment, source, range, field, representation);
  const count = form === 'count' || collection.count ? counted(environment, source, navigation, collection) : undefined;
  return { rows, count };
}

interface Opened {
  readonly inner: Environment;
  readonly clause: () => Sql;
  readonly where: () => Sql;
}

/** The rows of the collection, tied to the row outside: those of the table, or what $apply makes of them. */
function open(
  environment: Environment,
  outer: Source,
  navigation: NavigationProperty,
  { filter, rows, base }: CollectionPlan,
): Opened {
  const first = (): OpenRows => {
    const { source, from } = Source.of(navigation.target, environment.aliases);
    source.adopt(navigation, outer);
    return { from, sources: new Map([[base, source]]), conditions: [tie(outer, source.alias, navigation)] };
  };
  const outside: Environment = { ...environment, base: first };
  const opened = rows ? openRows(outside, rows) : first();
  const inner = within(outside, opened);
  const conditions = filter ? [...opened.conditions, compileCondition(inner, filter)] : opened.conditions;
  return { inner, clause: () => opened.from.clause, where: () => whereClause(conditions) };
}

function counted(
  environment: Environment,
  outer: Source,
  navigation: NavigationProperty,
  collection: CollectionPlan,
): Sql {
  const { clause, where } = open(environment, outer, navigation, collection);
  return sql`(select count(*) from ${clause()}${where()})`;
}

function aggregated(
  environment: Environment,
  outer: Source,
  outerRange: Range,
  { name, navigation, collection, form, within: way }: Many,
  representation: Representation,
): Sql {
  const opened = open(environment, outer, navigation, collection);
  if (!way) return arrayOf(opened, collection, form, representation);
  const page = expandedPage(collection, way);
  const probe = (): Sql => {
    const again = open(environment, outer, navigation, collection);
    const terms = orderTerms(again.inner, collection.order);
    const values = join(
      terms.map(({ value }) => sql`${value}::text`),
      ', ',
    );
    return sql`select json_build_array(${values})::text as "k" from ${again.clause()}${again.where()}${orderBy(terms)}`;
  };
  const path = sql`${idOf(outer, outerRange)} || ${literal(`/${name}${form === 'references' ? '/$ref' : ''}`)}`;
  const next = nextMember(page, `${name}${representation.prefix}nextLink`, path, probe, environment.aliases);
  return arrayOf(opened, collection, form, representation, { limit: page.limit, next });
}

/** The rows that the request speaks of, transformed, as one array. */
export function compileNest(environment: Environment, collection: CollectionPlan, representation: Representation): Sql {
  const opened = openRows(environment, collection.rows ?? { kind: 'base', range: collection.base });
  const inner = within(environment, opened);
  const where = (): Sql => whereClause(opened.conditions);
  return arrayOf({ inner, clause: () => opened.from.clause, where }, collection, 'entities', representation);
}

/** The text of an array, with what stands behind it. */
function arrayOf(
  { inner, clause, where }: Opened,
  { selection, order, top, skip }: CollectionPlan,
  form: 'entities' | 'references' | 'count',
  representation: Representation,
  page?: { readonly limit: Sql; readonly next: Sql },
): Sql {
  const row = inner.aliases.next();
  const object =
    form === 'references'
      ? new ObjectSql([idColumn(sourceOf(inner, selection.range), selection.range, representation)])
      : selection.variants
        ? variantsOf(inner, selection, representation)
        : objectOf(inner, sourceOf(inner, selection.range), selection, representation);
  const { list, array } = object.rows(inner, row, representation);
  const size = page?.limit ?? (top && param(top, 'int8'));
  const limit = size ? sql` limit ${size}` : sql``;
  const offset = skip ? sql` offset ${param(skip, 'int8')}` : sql``;
  const ordered = orderBy(orderTerms(inner, order));
  return sql`(select ${array}${page?.next ?? sql``} from (select ${list} from ${clause()}${where()}${ordered}${limit}${offset}) ${row})`;
}

function sourceOf({ sources }: Environment, range: Range): Source {
  const source = sources.get(range);
  if (!source) throw new Error(`The variable ${range.name} is out of sight`);
  return source;
}

/** Rows of several structures: the object of each is a text of its own. */
function variantsOf(environment: Environment, selection: Selection, representation: Representation): ObjectSql {
  const textOfVariant = (inner: Selection): Sql => {
    const { variants } = inner;
    if (!variants)
      return objectOf(environment, sourceOf(environment, inner.range), inner, representation).text(
        environment,
        representation.omitNulls,
      );
    const cases = variants.selections.map(
      (each, index) => sql`when ${trusted(String(index))} then ${textOfVariant(each)}`,
    );
    return sql`(case ${compileValue(environment, variants.discriminator)} ${join(cases, ' ')} end)`;
  };
  return ObjectSql.ofText(textOfVariant(selection));
}

/** An object in the making: columns named as its members, then members as texts that begin with a comma. */
class ObjectSql {
  constructor(
    private readonly columns: readonly Sql[],
    private readonly members: readonly Sql[] = [],
    private readonly whole?: Sql,
  ) {}

  /** An object whose text is made already. */
  static ofText(text: Sql): ObjectSql {
    return new ObjectSql([], [], text);
  }

  /** What a row selects, and the array made of such rows as text. */
  rows(environment: Environment, row: Sql, { omitNulls }: Representation): { list: Sql; array: Sql } {
    if (this.members.length > 0 || this.whole || this.columns.length === 0)
      return {
        list: sql`${this.text(environment, omitNulls)} as "j"`,
        array: sql`'[' || coalesce(string_agg(${row}."j", ','), '') || ']'`,
      };
    const array = sql`coalesce(json_agg(${row}), '[]'::json)`;
    return {
      list: join(this.columns, ', '),
      array: omitNulls ? sql`json_strip_nulls(${array})::text` : sql`${array}::text`,
    };
  }

  /** A row that row_to_json turns into the object; for plain ones. */
  value(environment: Environment): Sql {
    const alias = environment.aliases.next();
    if (this.columns.length === 0) return sql`'{}'::json`;
    return sql`(select ${alias} from (select ${join(this.columns, ', ')}) ${alias})`;
  }

  /** The object's text. */
  text(environment: Environment, omitNulls: boolean): Sql {
    if (this.whole) return this.whole;
    const members = join(this.members, ' || ');
    if (this.columns.length === 0 && members.isEmpty) return literal('{}');
    if (this.columns.length === 0) return sql`('{' || ltrim(${members}, ',') || '}')`;
    const alias = environment.aliases.next();
    const json = sql`row_to_json(${alias})`;
    const start = omitNulls ? sql`json_strip_nulls(${json})::text` : sql`${json}::text`;
    const row = sql`(select ${join(this.columns, ', ')}) ${alias}`;
    if (members.isEmpty) return sql`(select ${start} from ${row})`;
    const plain = sql`(select left(${start}, -1) from ${row})`;
    // Without its nulls the first part may be empty: then no comma may follow the brace.
    if (omitNulls) return sql`('{' || ltrim(substr(${plain}, 2) || ${members}, ',') || '}')`;
    return sql`(${plain} || ${members} || '}')`;
  }
}

const named = (value: Sql, name: string): Sql => sql`${value} as ${identifier(name)}`;

/** `,"name":` as text. */
const memberName = (name: string): Sql => literal(`,${JSON.stringify(name)}:`);

/** The object of one entity. With collections in it, all navigations are members behind the properties, each behind its own control information. */
function objectOf(
  environment: Environment,
  source: Source,
  selection: Selection,
  representation: Representation,
): ObjectSql {
  const { range, fields } = selection;
  const isText = holdsCollection(fields);
  const isMember = ({ kind }: Field): boolean =>
    isText && ['one', 'many', 'navigationLink', 'nest', 'row'].includes(kind);
  const columnsOf = (some: readonly Field[]): readonly Sql[] =>
    some.flatMap((field) => fieldColumns(environment, source, range, field, representation));
  const isTag = ({ kind }: Field): boolean => kind === 'etag' || kind === 'transient';
  return new ObjectSql(
    [
      ...typeColumn(source.type, representation),
      ...(writesId(selection, representation) ? [idColumn(source, range, representation)] : []),
      ...columnsOf(fields.filter(isTag)),
      ...ownLink(source, range, representation),
      ...columnsOf(fields.filter((field) => !isTag(field) && !isMember(field))),
    ],
    fields.filter(isMember).flatMap((field) => members(environment, source, range, field, representation)),
  );
}

/** The members of an entity that stands among others: which set and type it is of comes first. Protocol §10.19 */
export function entityMembers(
  environment: Environment,
  source: Source,
  { set, selection }: AllBranch,
  representation: Representation,
): Sql {
  const { metadata, prefix, namespace, omitNulls } = representation;
  const object = objectOf(environment, source, selection, representation).text(environment, omitNulls);
  // OFFSET keeps PostgreSQL from making the object twice.
  const members = sql`(select substr("j", 2, length("j") - 2) from (select ${object} as "j" offset 0) "o")`;
  if (metadata === 'none') return members;
  const context = sql`${literal(`"${prefix}context":"`)} || ${param(({ pages }) => pages?.root ?? '', 'text')} || ${literal(`$metadata#${set.name}/$entity",`)}`;
  const type = metadata === 'full' ? sql`` : sql` || ${literal(`"${prefix}type":"#${namespace}.${set.type.name}",`)}`;
  return sql`(${context}${type} || ${members})`;
}

const holdsCollection = (fields: readonly Field[]): boolean =>
  fields.some(
    (field) =>
      field.kind === 'many' ||
      field.kind === 'nest' ||
      ((field.kind === 'one' || field.kind === 'row') && holdsCollection(field.selection.fields)),
  );

// ---- members that are columns

const typeColumn = (type: EntityType | ComplexType, { metadata, prefix, namespace }: Representation): readonly Sql[] =>
  metadata === 'full' && isDeclared(type)
    ? [named(sql`${literal(`#${namespace}.${type.name}`)}::text`, `${prefix}type`)]
    : [];

function idOf(source: Source, { identity, name }: Range): Sql {
  if (!identity) throw new Error(`The entities of ${name} have no id`);
  return sql`(${idText(source, identity)})`;
}

const idColumn = (source: Source, range: Range, { prefix }: Representation): Sql =>
  named(idOf(source, range), `${prefix}id`);

const ownLink = (source: Source, range: Range, { metadata, prefix }: Representation): readonly Sql[] =>
  metadata === 'full' && range.identity
    ? [named(idOf(source, range), `${prefix}${isChangeable(source.type) ? 'editLink' : 'readLink'}`)]
    : [];

const links = (
  source: Source,
  range: Range,
  { name }: NavigationProperty,
  { metadata, prefix }: Representation,
): readonly (readonly [name: string, value: Sql])[] =>
  metadata === 'full' && range.identity
    ? [
        [`${name}${prefix}associationLink`, sql`(${idOf(source, range)} || ${literal(`/${name}/$ref`)})`],
        [`${name}${prefix}navigationLink`, sql`(${idOf(source, range)} || ${literal(`/${name}`)})`],
      ]
    : [];

function fieldColumns(
  environment: Environment,
  source: Source,
  range: Range,
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
      return typedValue(compileValue(environment, field.value), field.value.type, field.name, representation);
    case 'values': {
      const count = compileValuesCount(environment, field);
      return [
        ...(count ? [named(jsonValue(count, edm('Edm.Int64'), representation), countName(field, representation))] : []),
        ...typeNamed(typeOfValues(field), field.name, representation),
        named(compileValues(environment, field, representation), field.name),
      ];
    }
    case 'transient':
      return hasNullIds(representation) ? [named(sql`null::text`, `${representation.prefix}id`)] : [];
    case 'computed':
      if (field.value.kind === 'null') return [named(sql`null::text`, field.name)];
      if (field.typeName === undefined || representation.metadata === 'none')
        return typedValue(compileValue(environment, field.value), field.value.type, field.name, representation);
      return [
        named(sql`${literal(field.typeName)}::text`, `${field.name}${representation.prefix}type`),
        named(jsonValue(compileValue(environment, field.value), field.value.type, representation), field.name),
      ];
    case 'link':
      throw new Error('A combination of entity sets is never nested');
    case 'row':
      return [named(memberValue(environment, field, representation, 'row'), field.name)];
    case 'complex':
      return [named(complexValue(environment, source, range, field, representation), field.name)];
    case 'navigationLink':
      return links(source, range, field.navigation, representation).map(([name, value]) => named(value, name));
    case 'one':
      return [named(oneValue(environment, source, field, representation, 'row'), field.name)];
    case 'many':
    case 'nest':
      throw new Error('An object with collections is a text');
    default:
      return unreachable(field);
  }
}

/** A value, behind its type where the format wants it said. */
function typedValue(value: Sql, type: EdmType, name: string, representation: Representation): readonly Sql[] {
  const written = writtenType(type, representation);
  const column = named(jsonValue(value, type, representation), name);
  if (written === undefined) return [column];
  const text = representation.omitNulls
    ? sql`(case when ${value} is not null then ${literal(written)} end)`
    : literal(written);
  return [named(text, `${name}${representation.prefix}type`), column];
}

const typeNamed = (type: EdmType, name: string, representation: Representation): readonly Sql[] => {
  const written = writtenType(type, representation);
  return written === undefined ? [] : [named(literal(written), `${name}${representation.prefix}type`)];
};

function complexValue(
  environment: Environment,
  source: Source,
  range: Range,
  field: Complex,
  representation: Representation,
): Sql {
  const columns = field.fields.flatMap((inner) => fieldColumns(environment, source, range, inner, representation));
  const value = new ObjectSql([...typeColumn(field.type, representation), ...columns]).value(environment);
  if (!field.nullable) return value;
  const parts = partsOf(environment, field.fields);
  const tests = field.presence ? [...parts, compileValue(environment, field.presence)] : parts;
  return sql`(case when num_nonnulls(${join(tests, ', ')}) > 0 then ${value} end)`;
}

const partsOf = (environment: Environment, fields: readonly Field[]): readonly Sql[] =>
  fields.flatMap((inner) =>
    inner.kind === 'property'
      ? [compileValue(environment, inner.value)]
      : inner.kind === 'complex'
        ? partsOf(environment, inner.fields)
        : inner.kind === 'values'
          ? [compileValue(environment, inner.collection.values)]
          : [],
  );

function oneValue(
  environment: Environment,
  source: Source,
  field: One,
  representation: Representation,
  as: 'row' | 'text',
): Sql {
  const target = source.through(field.navigation);
  const { range } = field.selection;
  const inner: Environment = { ...environment, sources: new Map(environment.sources).set(range, target) };
  const object = field.reference
    ? new ObjectSql([idColumn(target, range, representation)])
    : objectOf(inner, target, field.selection, representation);
  const value = as === 'row' ? object.value(inner) : object.text(inner, representation.omitNulls);
  const [key] = target.type.key;
  return field.navigation.nullable && key ? sql`(case when ${target.value(key)} is not null then ${value} end)` : value;
}

/** The entity of another variable of the row. */
function memberValue(
  environment: Environment,
  { range, selection }: Extract<Field, { kind: 'row' }>,
  representation: Representation,
  as: 'row' | 'text',
): Sql {
  const source = sourceOf(environment, range);
  const object = objectOf(environment, source, selection, representation);
  const value = as === 'row' ? object.value(environment) : object.text(environment, representation.omitNulls);
  const [key] = range.type.key;
  return range.optional && key ? sql`(case when ${source.value(key)} is not null then ${value} end)` : value;
}

// ---- members that are texts

function members(
  environment: Environment,
  source: Source,
  range: Range,
  field: Field,
  representation: Representation,
): readonly Sql[] {
  switch (field.kind) {
    case 'navigationLink':
      return links(source, range, field.navigation, representation).map(
        ([name, value]) => sql`${literal(`,${JSON.stringify(name)}:"`)} || ${value} || '"'`,
      );
    case 'nest':
      return [sql`${memberName(field.name)} || ${compileNest(environment, field.collection, representation)}`];
    case 'row':
    case 'one': {
      const text =
        field.kind === 'one'
          ? oneValue(environment, source, field, representation, 'text')
          : memberValue(environment, field, representation, 'text');
      return representation.omitNulls
        ? [sql`coalesce(${memberName(field.name)} || ${text}, '')`]
        : [sql`${memberName(field.name)} || coalesce(${text}, 'null')`];
    }
    case 'many': {
      const { rows, count } = compileNested(environment, source, range, field, representation);
      return [
        ...(count ? [countMember(field.name, count, representation)] : []),
        ...(rows ? [sql`${memberName(field.name)} || ${rows}`] : []),
      ];
    }
    default:
      throw new Error(`The member ${field.kind} is a column`);
  }
}

const countMember = (name: string, count: Sql, { ieee754, prefix }: Representation): Sql => {
  const quote = ieee754 ? '"' : '';
  return sql`${literal(`,${JSON.stringify(`${name}${prefix}count`)}:${quote}`)} || ${count} || ${literal(quote)}`;
};
