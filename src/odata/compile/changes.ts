/**
 * What has changed in a collection since a snapshot, as one statement: the keys of the rows that were written, and of those whose values come
 * from rows that were, each with its entity, or with the word that it is not there any more. Protocol §11.3.2
 */
import type { ColumnReference, EntityType } from '../model/model';
import { changeSource, type NavigationPath } from '../model/tracking';
import type { Field, ReadPlan, Target } from '../plan/plan';
import { boundProperty } from '../plan/select';
import type { Tracking } from '../plan/tracking';
import { extraSlot, identifier, join, literal, param, prepare, sql, trusted, type Sql } from '../sql';
import { whereClause } from './conditions';
import { addProperty, Columns } from './columns';
import type { Environment } from './expression';
import { linkParts } from './link-pieces';
import { compileFields, compileSelection } from './output';
import { LIMIT } from './page';
import type { Piece } from './pieces';
import { keyColumnsOf } from './key-columns';
import { compileHead, snapshotColumns, snapshotValues, type Head } from './head';
import type { CompiledRead, PageShape } from './compiled-read';
import { matching } from './read-collection';
import type { Representation } from './representation';
import type { Aliases } from './aliases';
import { partitionCondition } from './partition';
import { confinement, From, Source, tableOf } from './source';

type CollectionRead = Extract<ReadPlan, { kind: 'collection' }>;

/** What entities are written of a page of changes. */
interface PageOf {
  readonly target: Pick<Target, 'range' | 'steps'>;
  readonly collection: Pick<CollectionRead['collection'], 'base' | 'selection'>;
}

/** What the client has seen; and whether it may have seen later rows, too: those of further pages. */
const SINCE = param(extraSlot('since'), 'pg_snapshot');
export const WIDE = param(extraSlot('wide'), 'boolean');

/** The database that the snapshot is one of. */
const ORIGIN = param(extraSlot('origin'), 'text');

/** True where the snapshot is one of this database, and no change since then is forgotten. */
export const complete = (): Sql =>
  sql`(select ${ORIGIN} = odata_changes_origin() and ("origin" <> ${ORIGIN} or ("xid" <= pg_snapshot_xmin(${SINCE}) and coalesce(pg_visible_in_snapshot("begun", ${SINCE}), true))) from "odata_changes_horizon") as "@complete"`;

/** Compiles what has changed since the snapshot that is bound to `since`, or the number of changes. */
export function compileChanges(
  plan: CollectionRead,
  { paths }: Pick<Tracking, 'paths'>,
  representation: Representation,
  { changes, after }: PageShape,
  aliases: Aliases,
): CompiledRead {
  const head = compileHead(plan.target, aliases, [...snapshotValues, complete]);
  if (!head) throw new Error('Changes have a head');
  const told: Told = { aliases, head, rows: changedRows(plan, aliases, head.parent, paths) };
  return changes === 'count'
    ? compileNumber(head.clause, told.rows)
    : compilePage(plan, representation, told, { changes, after });
}

/** What is told in a page: rows, beside the head of the statement. */
export interface Told {
  readonly aliases: Aliases;
  readonly head: Head;
  /** A query that ends with a condition. */
  readonly rows: Sql;
}

/** The number of all these rows. */
export function compileNumber(head: Sql, ...rows: readonly Sql[]): CompiledRead {
  const counts = rows.map((one) => sql`(select count(*) from (${one}) "n")`);
  const statement = prepare(sql`select ${join(counts, ' + ')} as "c0", "@complete" as "c1" from ${head}`);
  const changes = { complete: 1, there: 0, removed: [] };
  return { statement, pieces: [], count: 0, changes };
}

/** A page of rows, which are keys with `there`: their entities, or what is told of those that have left. */
export function compilePage(
  { target, collection: { base, selection } }: PageOf,
  representation: Representation,
  { aliases, head, rows }: Told,
  { changes: form, after }: PageShape,
): CompiledRead {
  const { type } = base;
  const [page, row] = [aliases.next(), aliases.next()];
  const behind = after ? sql` and (${keyOf(type, trusted('k'))}) > (${keyBefore(type)})` : sql``;
  const cut = sql`(${rows}${behind} order by ${keyOf(type, trusted('k'))} limit ${LIMIT})`;
  const from = new From(
    sql`${head.clause} left join lateral ${cut} ${page} on true left join ${tableOf(type)} ${row} on ${page}."@there" and ${sameKey(type, row, page)}`,
    aliases,
  );
  const entity = Source.derived(type, row, from, { optional: true });
  const changed = Source.derived(type, page, from);
  const parent = head.parent && Source.derived(head.parent.type, head.parent.alias, from);
  if (parent) for (const source of [entity, changed]) source.adopt(target.steps.at(-1)?.navigation, parent);
  const seeing = (source: Source): Environment => ({ aliases, sources: new Map([[base, source]]) });
  const columns = Columns.none();
  const snapshot = snapshotColumns(columns);
  const there = columns.add(sql`${page}."@there"`);
  const changes = {
    complete: columns.add(sql`"@complete"`),
    there,
    removed: removedPieces(columns, seeing(changed), target, representation, form === '4.0'),
  };
  const pieces = compileSelection(seeing(entity), columns, selection, representation);
  const order = type.key.map((property) => addProperty(seeing(changed), columns, boundProperty(base, property)));
  const statement = prepare(sql`select ${columns.clause} from ${from.clause} order by ${keyOf(type, page)}`);
  return { statement, pieces, presence: there, order, snapshot, changes };
}

/** What goes out of an entity that has left. JSON §15.3: 4.0 has properties where 4.01 has control information. */
function removedPieces(
  columns: Columns,
  environment: Environment,
  { range }: Pick<Target, 'range'>,
  representation: Representation,
  isFlat: boolean,
): readonly Piece[] {
  const source = environment.sources.get(range);
  if (!source || !range.identity) throw new Error('Tracked entities have an id');
  const { prefix } = representation;
  const parts = linkParts(columns, source, range.identity);
  const reason: Piece = {
    kind: 'value',
    name: 'reason',
    column: columns.add(reasonOf(source, environment.aliases)),
    form: 'string',
  };
  if (isFlat) return [{ kind: 'link', name: 'id', parts }, reason];
  const key = range.type.key.map((property): Field => {
    return { kind: 'property', name: property.name, value: boundProperty(range, property) };
  });
  return [
    { kind: 'object', name: `${prefix}removed`, tests: [], pieces: [reason] },
    { kind: 'link', name: `${prefix}id`, parts },
    ...compileFields(environment, columns, range, key, representation),
  ];
}

/** A row that the caller could still find somewhere is not deleted. */
function reasonOf({ type, alias }: Source, aliases: Aliases): Sql {
  const { source, from } = Source.of(type, aliases);
  const conditions = [...confinement(source), sameKey(type, source.alias, alias)];
  return sql`(case when exists (select from ${from.clause}${whereClause(conditions)}) then 'changed' else 'deleted' end)`;
}

// ---- which rows

/** The changed rows as `k`, those that the client has never seen left out: what was made and has left since then, or has never met the filter. */
export function changedRows(
  { target, collection }: CollectionRead,
  aliases: Aliases,
  parent: Source | undefined,
  paths: readonly NavigationPath[],
): Sql {
  const { type } = collection.base;
  const { environment, open } = matching(target, aliases, parent, collection);
  const row = environment.sources.get(collection.base);
  if (!row) throw new Error('The rows of a collection have a variable');
  const conditions = [...open.conditions, sameKey(type, row.alias, trusted('k'))];
  const member = sql`select true as "@there" from ${open.from.clause}${whereClause(conditions)}`;
  const tied = tiedTo(target, parent);
  const kept = keptColumns(type, tied);
  const names = columnList(kept, ({ column }) => sql`"k".${identifier(column)}`);
  return sql`select ${names}, "m"."@there" is not null as "@there", "k"."@known" from (${keysOf(type, kept, tied, paths, aliases)}) "k" left join lateral (${member}) "m" on true where ("m"."@there" or "k"."@known" or ${WIDE})`;
}

/** Rows of the collection by columns that are kept: those that tie them to their parent, or the partition. */
interface Tied {
  readonly columns: readonly string[];
  readonly conditions: readonly Sql[];
}

function tiedTo({ steps, range: { type } }: Target, parent: Source | undefined): Tied {
  const { navigation } = steps.at(-1) ?? {};
  if (!navigation || !parent)
    return { columns: type.partition ? [type.partition.column] : [], conditions: partitionCondition(type, identifier) };
  return {
    columns: navigation.join.map(({ targetColumn }) => targetColumn),
    conditions: navigation.join.map(
      ({ column, targetColumn }) => sql`${identifier(targetColumn)} = ${parent.column(column)}`,
    ),
  };
}

/** The columns of the key and the tied ones. */
function keptColumns(type: EntityType, { columns }: Tied): readonly ColumnReference[] {
  const names = new Set([...keyColumnsOf(type), ...columns]);
  return (type.changes ?? []).filter(({ column }) => names.has(column));
}

/** The keys of rows that are or were in the collection; `known` where the row was in it at the time of the snapshot, as far as it was written. */
export function keysOf(
  type: EntityType,
  kept: readonly ColumnReference[],
  { conditions }: Tied,
  paths: readonly NavigationPath[],
  aliases: Aliases,
): Sql {
  const all = join(
    [written(type, kept, aliases), ...paths.map((path) => reached(type, path, kept, aliases))],
    ' union all ',
  );
  const names = columnList(kept, ({ column }) => identifier(column));
  const known = sql`coalesce((array_agg("@was" order by "@number") filter (where "@number" is not null))[1], true) as "@known"`;
  return sql`select ${names}, ${known} from (${all}) "a"${whereClause(conditions)} group by ${names}`;
}

/** The rows that were written themselves, as they were before and after. */
function written(type: EntityType, kept: readonly ColumnReference[], aliases: Aliases): Sql {
  const change = aliases.next();
  const names = columnList(kept, (one) => sql`${imaged(change, one)} as ${identifier(one.column)}`);
  return sql`select ${names}, ${change}."was" as "@was", ${change}."number" as "@number" from "odata_changes" ${change} where ${isSince(type, change)}`;
}

/** The rows from which a path leads to rows that were written: over columns of rows as they are, and of the last one as it was or is. */
function reached(type: EntityType, path: NavigationPath, kept: readonly ColumnReference[], aliases: Aliases): Sql {
  const change = aliases.next();
  let written: EntityType | undefined;
  let from = sql`"odata_changes" ${change}`;
  let target = change;
  path.toReversed().forEach((navigation, index) => {
    written ??= navigation.target;
    const before = target;
    const far = (column: string): Sql =>
      index === 0 ? imaged(change, imagedColumn(navigation.target, column)) : sql`${before}.${identifier(column)}`;
    target = aliases.next();
    const pairs = navigation.join.map(
      ({ column, targetColumn }) => sql`${target}.${identifier(column)} = ${far(targetColumn)}`,
    );
    from = sql`${from} join ${tableOf(path.at(-2 - index)?.target ?? type)} ${target} on ${join(pairs, ' and ')}`;
  });
  if (!written) throw new Error('A path has at least one navigation');
  const names = columnList(kept, ({ column }) => sql`${target}.${identifier(column)}`);
  return sql`select ${names}, true, null from ${from} where ${isSince(written, change)}`;
}

/** Written by a transaction that the client has not seen. */
export const isSince = (type: EntityType, change: Sql): Sql =>
  sql`${change}."source" = ${literal(changeSource(type))} and ${change}."xid" >= pg_snapshot_xmin(${SINCE}) and not pg_visible_in_snapshot(${change}."xid", ${SINCE})`;

/** The value of a column in the image of a row. */
export const imaged = (change: Sql, { column, databaseType }: ColumnReference): Sql =>
  sql`(${change}."image" ->> ${literal(column)})::${trusted(databaseType)}`;

/** A column that images have. */
export function imagedColumn({ name, changes = [] }: EntityType, column: string): ColumnReference {
  const found = changes.find((one) => one.column === column);
  if (!found) throw new Error(`Writes of ${name} are not kept with ${column}`);
  return found;
}

// ---- keys

const columnList = <T>(items: readonly T[], value: (item: T) => Sql): Sql => join(items.map(value), ', ');

const keyOf = (type: EntityType, alias: Sql): Sql =>
  columnList(keyColumnsOf(type), (column) => sql`${alias}.${identifier(column)}`);

/** The key of the last change of the page before. */
const keyBefore = ({ key }: EntityType): Sql =>
  join(
    key.map(({ source }, index) =>
      param(extraSlot(`k${index}`), source.kind === 'column' ? source.databaseType : 'text'),
    ),
    ', ',
  );

const sameKey = (type: EntityType, left: Sql, right: Sql): Sql =>
  join(
    keyColumnsOf(type).map((column) => sql`${left}.${identifier(column)} = ${right}.${identifier(column)}`),
    ' and ',
  );
