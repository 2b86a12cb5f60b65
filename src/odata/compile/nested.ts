/** Expanded collections: one column of JSON text, made by PostgreSQL from the rows tied to the one outside. */
import type { NavigationProperty } from '../model/model';
import type { ExpandStep } from '../plan/expand-options';
import type { CollectionPlan, Field, Range } from '../plan/plan';
import { rowsWhere } from '../plan/rows';
import { join, literal, param, sql, type Sql } from '../sql';
import { openBehind } from './behind';
import { openMembers } from './collection';
import { collectionTag, tellsTag } from './collection-tag';
import { whereClause } from './conditions';
import { compileCondition, sourceOf, type Environment } from './expression';
import { castSegment } from './identity';
import { cutOf } from './made-first';
import { expandedPage, nextMember } from './nested-page';
import { objectOf, type ObjectRow } from './object';
import { idColumn, idOf } from './object-links';
import { ObjectSql } from './object-sql';
import { orderBy, orderTerms } from './order';
import type { Representation } from './representation';
import { openRows, within, type OpenRows } from './rows';
import { tie, type Source } from './source';

type Many = Extract<Field, { kind: 'many' }>;

/** The text of the rows, their number and the ETag of the collection; each undefined when not asked for. */
export function compileNested(
  environment: Environment,
  row: Source,
  range: Range,
  field: Many,
  representation: Representation,
): { rows: Sql | undefined; count: Sql | undefined; tag: Sql | undefined } {
  const { navigation, collection, form } = field;
  const source = field.from ? sourceOf(environment, field.from) : row;
  const rows = form === 'count' ? undefined : aggregated(environment, source, range, field, representation);
  const count = form === 'count' || collection.count ? counted(environment, source, navigation, collection) : undefined;
  const tag = tellsTag(field, representation) ? tagOf(environment, source, navigation) : undefined;
  return { rows, count, tag };
}

function tagOf({ aliases }: Environment, outer: Source, navigation: NavigationProperty): Sql {
  const alias = aliases.next();
  return collectionTag(navigation.target, alias, tie(outer, alias, navigation));
}

/** The text of the items and their number, when it is asked for. */
export function compileItems(
  environment: Environment,
  { members, collection, presence }: Extract<Field, { kind: 'items' }>,
  representation: Representation,
): { rows: Sql; count: Sql | undefined } {
  const base = (): OpenRows => openMembers(environment, members);
  const opened = (): Opened => openFrom({ ...environment, base }, collection);
  const rows = arrayOf(opened(), collection, 'entities', representation);
  return {
    rows: presence ? sql`(case when ${compileCondition(environment, presence)} then ${rows} end)` : rows,
    count: collection.count ? countOf(opened()) : undefined,
  };
}

interface Opened {
  readonly inner: Environment;
  readonly clause: () => Sql;
  readonly where: () => Sql;
  /** The same once more. */
  readonly again: () => Opened;
}

/** The rows of the collection, tied to the row outside: those of the table, or what $apply makes of them. */
function open(
  environment: Environment,
  outer: Source,
  navigation: NavigationProperty,
  collection: CollectionPlan,
): Opened {
  const { base } = collection;
  const first = (): OpenRows => {
    const { source, from, tied } = openBehind(outer, navigation, base.type, environment.aliases);
    source.adopt(navigation, outer);
    return { from, sources: new Map([[base, source]]), conditions: [tied] };
  };
  return openFrom({ ...environment, base: first }, collection);
}

/** The same of rows that the base of an environment opens. */
function openFrom(outside: Environment, collection: CollectionPlan): Opened {
  const { base: range, filter, rows = { kind: 'base', range } } = collection;
  const { from, conditions, sources } = openRows(outside, rowsWhere(rows, filter));
  const inner = within(outside, { from, conditions, sources });
  const again = (): Opened => openFrom(outside, collection);
  return { inner, clause: () => from.clause, where: () => whereClause(conditions), again };
}

function counted(
  environment: Environment,
  outer: Source,
  navigation: NavigationProperty,
  collection: CollectionPlan,
): Sql {
  return countOf(open(environment, outer, navigation, collection));
}

const countOf = ({ clause, where }: Opened): Sql => sql`(select count(*) from ${clause()}${where()})`;

function aggregated(
  environment: Environment,
  outer: Source,
  outerRange: Range,
  { name, navigation, collection, form, within: way }: Many,
  representation: Representation,
): Sql {
  const opened = open(environment, outer, navigation, collection);
  if (!way) return arrayOf(opened, collection, form, representation);
  const cast = outerRange.identity ? castSegment(outer.type, outerRange.identity, representation.namespace) : '';
  const path = sql`${idOf(outer, outerRange)} || ${literal(`${cast}/${name}${form === 'references' ? '/$ref' : ''}`)}`;
  const paged = { environment, collection, path, name: `${name}${representation.prefix}nextLink` };
  const page = pageOf(paged, way, () => open(environment, outer, navigation, collection));
  return arrayOf(opened, collection, form, representation, page);
}

/** The rows that the request speaks of, transformed, or the members of a collection, as one array. */
export function compileNest(
  { environment, source, range, representation }: Omit<ObjectRow, 'shared'>,
  { collection, members, each }: Extract<Field, { kind: 'nest' }>,
): Sql {
  const base = members ? (): OpenRows => openMembers(environment, members) : environment.base;
  const opened = (): Opened => openFrom({ ...environment, base }, collection);
  if (each === undefined || !range.identity) return arrayOf(opened(), collection, 'entities', representation);
  const cast = literal(castSegment(source.type, range.identity, representation.namespace));
  const behind = param(({ pages }) => pages?.behind(each) ?? null, 'text');
  const path = sql`${idOf(source, range)} || ${cast} || ${behind}`;
  const page = pageOf({ environment, collection, path, name: `${representation.prefix}nextLink` }, [], opened);
  return arrayOf(opened(), collection, 'entities', representation, page);
}

/** A collection of which a page goes out: where its link leads, and what that is called. */
interface Paged {
  readonly environment: Environment;
  readonly collection: CollectionPlan;
  readonly path: Sql;
  readonly name: string;
}

/** The length of the page, and the link behind it. */
function pageOf(
  { environment, collection, path, name }: Paged,
  way: readonly ExpandStep[],
  opened: () => Opened,
): NonNullable<Parameters<typeof arrayOf>[4]> {
  const page = expandedPage(collection, way);
  const probe = (): Sql => {
    const again = opened();
    const terms = orderTerms(again.inner, collection.order);
    const values = join(
      terms.map(({ value }) => sql`${value}::text`),
      ', ',
    );
    return sql`select json_build_array(${values})::text as "k" from ${again.clause()}${again.where()}${orderBy(terms)}`;
  };
  return { limit: page.limit, next: nextMember(page, name, path, probe, environment.aliases) };
}

/** The text of an array, with what stands behind it. */
function arrayOf(
  { inner, clause, where, again }: Opened,
  { selection, rows, order, top, skip, isNull }: CollectionPlan,
  form: 'entities' | 'references' | 'count',
  representation: Representation,
  page?: { readonly limit: Sql; readonly next: Sql },
): Sql {
  const row = inner.aliases.next();
  const plain =
    form === 'references'
      ? new ObjectSql([idColumn(sourceOf(inner, selection.range), selection.range, representation)])
      : objectOf(inner, selection, representation);
  const object = isNull ? plain.unless(compileCondition(inner, isNull), inner, representation) : plain;
  const { list, array } = object.rows(inner, row, representation);
  const size = page?.limit ?? (top && param(top, 'int8'));
  const cut = cutOf(rows, size, skip && param(skip, 'int8'), () => countOf(again()));
  const ordered = orderBy(orderTerms(inner, order));
  return sql`(select ${array}${page?.next ?? sql``} from (select ${list} from ${clause()}${where()}${ordered}${cut}) ${row})`;
}
