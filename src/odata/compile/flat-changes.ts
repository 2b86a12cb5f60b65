/**
 * Changes as 4.0 tells them: entities that were nested in others stand beside them, and links tell which belong together. Each kind is a section
 * of its own, told one after the other: the entities of the collection, then for each navigation its entities and its links. JSON §15.5.2
 */
import type { ColumnReference, EntityType } from '../model/model';
import type { CollectionPlan, ReadPlan, Target } from '../plan/plan';
import type { Flat, FlatLink } from '../plan/tracking';
import { extraSlot, identifier, join, literal, param, prepare, sql, type Sql } from '../sql';
import {
  changedRows,
  compileChanges,
  compileNumber,
  compilePage,
  complete,
  imaged,
  imagedColumn,
  isSince,
  keysOf,
  WIDE,
  type Told,
} from './changes';
import { Columns } from './columns';
import { whereClause } from './conditions';
import { columnOf } from './key-columns';
import { compileHead, snapshotColumns, snapshotValues } from './head';
import { linkParts } from './link-pieces';
import type { CompiledRead, PageShape } from './compiled-read';
import { LIMIT } from './page';
import { matching } from './read-collection';
import type { Representation } from './representation';
import type { Aliases } from './aliases';
import { From, Source, tableOf } from './source';

type CollectionRead = Extract<ReadPlan, { kind: 'collection' }>;

/** How many sections there are. */
export const sectionsOf = ({ links }: Flat): number => 1 + 2 * links.length;

/** Compiles a section of the changes, or the number of all of them. */
export function compileFlat(
  flat: Flat,
  representation: Representation,
  page: PageShape,
  aliases: Aliases,
): CompiledRead {
  const { plan, paths, links } = flat;
  const { section = 0 } = page;
  const link = links[Math.ceil(section / 2) - 1];
  if (page.changes !== 'count' && !link) return compileChanges(plan, flat, representation, page, aliases);
  const head = compileHead(plan.target, aliases, [...snapshotValues, complete]);
  if (!head) throw new Error('Changes have a head');
  const relation = (one: FlatLink): Relation => new Relation(flat, one, aliases, head.parent);
  if (page.changes === 'count') {
    const rows = links.map(relation).flatMap((one) => [one.entities, one.links]);
    return compileNumber(head.clause, changedRows(plan, aliases, head.parent, paths), ...rows);
  }
  if (!link) throw new Error('A section is one of a navigation');
  const { entities, links: pairs } = relation(link);
  return section % 2 === 1
    ? compileEntities(link, representation, { aliases, head, rows: entities }, page)
    : compileLinks(plan, link, { aliases, head, rows: pairs }, page);
}

/** Entities of the navigation's target. */
function compileEntities(
  { selection, set }: FlatLink,
  representation: Representation,
  told: Told,
  page: PageShape,
): CompiledRead {
  const { range } = selection;
  const of = { target: { range, steps: [] }, collection: { base: range, selection } };
  const compiled = compilePage(of, representation, told, page);
  return { ...compiled, changes: compiled.changes && { ...compiled.changes, set: set.name } };
}

/** Links that begin and end: the ids of both sides. */
function compileLinks(
  { target, collection: { base } }: CollectionRead,
  { navigation, selection: { range } }: FlatLink,
  { aliases, head, rows }: Told,
  { after }: PageShape,
): CompiledRead {
  const [page, here, there] = [aliases.next(), aliases.next(), aliases.next()];
  const behind = after ? sql` where "o" > ${param(extraSlot('k0'), 'text')}` : sql``;
  const cut = sql`(select * from (select *, "kind" || ' ' || "s"::text || ' ' || "t"::text collate "C" as "o" from (${rows}) "p") "q"${behind} order by "o" limit ${LIMIT})`;
  const tied = (type: EntityType, alias: Sql, side: string): Sql =>
    sql`left join ${tableOf(type)} ${alias} on ${alias}.${keyOf(type)} = ${page}.${identifier(side)}`;
  const from = new From(
    sql`${head.clause} left join lateral ${cut} ${page} on true ${tied(base.type, here, 's')} ${tied(range.type, there, 't')}`,
    aliases,
  );
  const [source, far] = [
    Source.derived(base.type, here, from, { optional: true }),
    Source.derived(range.type, there, from, { optional: true }),
  ];
  const parent = head.parent && Source.derived(head.parent.type, head.parent.alias, from);
  if (parent) source.adopt(target.steps.at(-1)?.navigation, parent);
  if (!base.identity || !range.identity) throw new Error('Linked entities have ids');
  const columns = Columns.none();
  const snapshot = snapshotColumns(columns);
  const kind = columns.add(sql`${page}."kind"`);
  const told = columns.add(sql`${page}."kind" is not null`);
  const changes = { complete: columns.add(sql`"@complete"`), there: told, removed: [], link: kind };
  const order = [columns.add(sql`${page}."o"`)];
  const pieces = [
    { kind: 'link', name: 'source', parts: linkParts(columns, source, base.identity) } as const,
    { kind: 'constant', name: 'relationship', value: navigation.name } as const,
    { kind: 'link', name: 'target', parts: linkParts(columns, far, range.identity) } as const,
  ];
  const statement = prepare(sql`select ${columns.clause} from ${from.clause} order by ${page}."o"`);
  return { statement, pieces, presence: kind, order, snapshot, changes };
}

const keyOf = ({ key: [property] }: EntityType): Sql => {
  if (!property) throw new Error('Linked entities have a key');
  return identifier(columnOf(property));
};

/** The rows of a navigation: which of its entities have changed, and which links. Keys have one part here. */
class Relation {
  private readonly from: EntityType;
  private readonly to: EntityType;
  /** The type whose rows hold the foreign key, and its column. */
  private readonly owner: EntityType;
  private readonly foreign: ColumnReference;
  private readonly isOwning: boolean;

  constructor(
    private readonly flat: Flat,
    private readonly link: FlatLink,
    private readonly aliases: Aliases,
    private readonly parent: Source | undefined,
  ) {
    const { navigation, selection } = link;
    const [pair] = navigation.join;
    if (!pair) throw new Error('A navigation has columns');
    this.from = flat.plan.collection.base.type;
    this.to = selection.range.type;
    this.isOwning = navigation.owning;
    this.owner = this.isOwning ? this.from : this.to;
    this.foreign = imagedColumn(this.owner, this.isOwning ? pair.column : pair.targetColumn);
  }

  /** `s`, `t` and `kind` of the links that begin or end. */
  get links(): Sql {
    return join([this.ended, this.begun, this.entered], ' union ');
  }

  /** The keys of entities of the target that are linked and have changed or were linked, and of those that were and are deleted. */
  get entities(): Sql {
    const { to, aliases, link } = this;
    const kept = [imagedColumn(to, this.keyName(to))];
    const changed = keysOf(to, kept, { columns: [], conditions: [] }, link.paths, aliases);
    const linked = sql`select "t" from (${this.links}) "l" where "kind" = 'link'`;
    const all = sql`select ${keyOf(to)} from (${changed}) "c" union ${linked}`;
    const x = aliases.next();
    const is = sql`exists (select from ${tableOf(to)} ${x} where ${x}.${keyOf(to)} = "a".${keyOf(to)} and ${this.isLinked(x)})`;
    const y = aliases.next();
    const gone = sql`not exists (select from ${tableOf(to)} ${y} where ${y}.${keyOf(to)} = "a".${keyOf(to)})`;
    return sql`select "k".* from (select "a".${keyOf(to)}, ${is} as "@there", ${gone} and ${this.wasLinked(sql`"a".${keyOf(to)}`)} as "@gone" from (${all}) "a") "k" where ("k"."@there" or "k"."@gone")`;
  }

  private keyName({ key: [property] }: EntityType): string {
    return property ? columnOf(property) : '';
  }

  /** Whether a row of the target is linked to one of the collection. */
  private isLinked(x: Sql): Sql {
    return this.isOwning
      ? this.member((row) => sql`${row.column(this.foreign.column)} = ${x}.${keyOf(this.to)}`)
      : this.isMember(sql`${x}.${identifier(this.foreign.column)}`);
  }

  /** Whether a row of the target was. */
  private wasLinked(key: Sql): Sql {
    const condition = this.isOwning
      ? sql`"i"."f" = ${key} and ${this.isMember(sql`"i"."k"`)}`
      : sql`"i"."k" = ${key} and ${this.isMember(sql`"i"."f"`)}`;
    return sql`exists (select from (${this.images}) "i" where ${condition})`;
  }

  /** Some entity of the collection for which the condition holds. */
  private member(condition: (row: Source) => Sql): Sql {
    const { target, collection } = this.flat.plan;
    const { environment, open } = matching(target, this.aliases, this.parent, collection);
    const row = environment.sources.get(collection.base);
    if (!row) throw new Error('The rows of a collection have a variable');
    const conditions = [...open.conditions, condition(row)];
    return sql`exists (select from ${open.from.clause}${whereClause(conditions)})`;
  }

  private isMember(key: Sql): Sql {
    return this.member((row) => sql`${row.alias}.${keyOf(this.from)} = ${key}`);
  }

  /** Keys and foreign keys of the owner's rows, as they were and have become; `new` where the row was not so before. */
  private get images(): Sql {
    const { owner, foreign, aliases } = this;
    const c = aliases.next();
    const key = imaged(c, imagedColumn(owner, this.keyName(owner)));
    return sql`select ${key} as "k", ${imaged(c, foreign)} as "f", not ${c}."was" as "new" from "odata_changes" ${c} where ${isSince(owner, c)}`;
  }

  /** Both sides of a link, from the key of the owner's row and its foreign key. */
  private pair(key: Sql, foreign: Sql, kind: string): Sql {
    const [s, t] = this.isOwning ? [key, foreign] : [foreign, key];
    return sql`select ${s} as "s", ${t} as "t", ${literal(kind)} as "kind"`;
  }

  /** A link of one to one that another one replaces need not be said to end; nor one whose sides are not both there. */
  private get ended(): Sql {
    const { owner, foreign, isOwning, to, aliases } = this;
    const o = aliases.next();
    const now = sql`${o}.${identifier(foreign.column)}`;
    const x = aliases.next();
    const isOver = isOwning
      ? sql`${now} is null and exists (select from ${tableOf(to)} ${x} where ${x}.${keyOf(to)} = "i"."f")`
      : sql`${now} is distinct from "i"."f"`;
    return sql`${this.pair(sql`"i"."k"`, sql`"i"."f"`, 'deletedLink')} from (${this.images}) "i" join ${tableOf(owner)} ${o} on ${o}.${keyOf(owner)} = "i"."k" where "i"."f" is not null and ${isOver} and ${this.isMember(isOwning ? sql`"i"."k"` : sql`"i"."f"`)}`;
  }

  private get begun(): Sql {
    const { owner, foreign, isOwning, aliases } = this;
    const o = aliases.next();
    const now = sql`${o}.${identifier(foreign.column)}`;
    const isMember = this.isMember(isOwning ? sql`${o}.${keyOf(owner)}` : now);
    return sql`${this.pair(sql`${o}.${keyOf(owner)}`, now, 'link')} from (${this.images}) "i" join ${tableOf(owner)} ${o} on ${o}.${keyOf(owner)} = "i"."k" where ${now} is not null and ("i"."new" or "i"."f" is distinct from ${now}) and ${isMember}`;
  }

  /** All links of entities that may have come into the collection. */
  private get entered(): Sql {
    const { owner, foreign, isOwning, from, aliases, parent, flat } = this;
    const { plan, paths } = flat;
    const rows = changedRows(plan, aliases, parent, paths);
    const o = aliases.next();
    const now = sql`${o}.${identifier(foreign.column)}`;
    const tied = isOwning ? sql`${o}.${keyOf(owner)} = "e".${keyOf(from)}` : sql`${now} = "e".${keyOf(from)}`;
    const isNew = isFiltered(plan) ? sql`true` : sql`(${WIDE} or not "e"."@known")`;
    return sql`${this.pair(sql`${o}.${keyOf(owner)}`, now, 'link')} from (${rows}) "e" join ${tableOf(owner)} ${o} on ${tied} where "e"."@there" and ${now} is not null and ${isNew}`;
  }
}

/** What was written may have met the conditions before or not. */
const isFiltered = ({ target, collection }: { target: Target; collection: CollectionPlan }): boolean =>
  collection.filter !== undefined || target.steps.at(-1)?.filter !== undefined;
