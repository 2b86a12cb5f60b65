/** Tables between two entities: the statements that make, end and look for links. */
import { tableOf } from '../compile/source';
import { odataError, type ODataError } from '../error';
import type { EntityType, LinkTable } from '../model/model';
import type { Steps } from '../payload/turns';
import { extraSlot, forEachOf, identifier, join, param, sql, type Sql } from '../sql';
import type { Call } from './database';
import { callWith } from './statement';
import { StatementCache } from './statement-cache';
import type { StoredRow } from './stored-row';
import type { Question } from './together';
import { columnType } from './write-columns';

/** One of the two entities of a link: the value of a column of its row, undefined where it is not known. */
export type LinkEnd = (column: string) => string | null | undefined;

/** A link that a request makes or ends; the values are asked for when it is sent. */
export interface LinkWrite {
  readonly via: LinkTable;
  readonly operation: 'link' | 'unlink';
  readonly from: LinkEnd;
  readonly to: LinkEnd;
  /** Where a delta speaks of the link itself, not of an entity at one of its ends. */
  readonly place?: string;
}

/** A row as an end of a link. */
export const endAt =
  ({ columns }: StoredRow): LinkEnd =>
  (column) =>
    columns.get(column);

/** A column of the table, with the type and the value that it takes from an end. */
interface LinkColumn {
  readonly column: string;
  readonly type: string;
  readonly value: string | null;
}

/** A row of the table. */
type LinkRow = readonly LinkColumn[];

/** Where a column of the table takes its value from. */
interface ColumnSource {
  readonly column: string;
  readonly type: string;
  readonly end: 'from' | 'to';
  readonly endColumn: string;
}

const sources = new WeakMap<LinkTable, readonly ColumnSource[]>();

/** The columns of a table in an order that is the same from both of its ends. */
function sourcesOf(via: LinkTable): readonly ColumnSource[] {
  const known = sources.get(via);
  if (known) return known;
  const made = [
    ...via.from.map(({ column, targetColumn }) => sourceOf(via.source, 'from', column, targetColumn)),
    ...via.to.map(({ column, targetColumn }) => sourceOf(via.target, 'to', targetColumn, column)),
  ].sort((one, other) => (one.column < other.column ? -1 : 1));
  sources.set(via, made);
  return made;
}

const sourceOf = (type: EntityType, end: ColumnSource['end'], endColumn: string, column: string): ColumnSource => ({
  ...{ column, end, endColumn },
  type: columnType(type, endColumn),
});

type Pair = Pick<LinkWrite, 'via' | 'from' | 'to'>;

const columnsOf = (pair: Pair): LinkRow =>
  sourcesOf(pair.via).map(({ column, type, end, endColumn }) => {
    const value = pair[end](endColumn);
    if (value === undefined) throw new Error(`The column ${endColumn} behind ${column} is not known`);
    return { column, type, value };
  });

const statements = new StatementCache<LinkTable>();

/** Which row of a table a link is; the same from both of its ends. */
export const pairOf = (pair: Pair): string => pairText(pair.via, columnsOf(pair));

const pairText = ({ table: { schema, name } }: LinkTable, columns: LinkRow): string =>
  JSON.stringify([schema, name, ...columns.map(({ value }) => value)]);

/** Links of a delta of which its entities say the opposite: their order in the body is not kept, so that none of them could count. */
export function* contradicted(links: readonly LinkWrite[]): Steps<readonly ODataError[]> {
  const own = links.filter(({ place }) => place !== undefined);
  if (own.length === 0 || own.length === links.length) return [];
  const others = new Set<string>();
  for (const link of links) {
    yield;
    if (link.place === undefined) others.add(`${link.operation} ${pairOf(link)}`);
  }
  const errors: ODataError[] = [];
  for (const link of own) {
    yield;
    const { place = '', operation } = link;
    if (!others.has(`${operation === 'link' ? 'unlink' : 'link'} ${pairOf(link)}`)) continue;
    const message = 'An entity of the body says the opposite of this link.';
    errors.push(odataError('InvalidValue', { message }, { target: place }));
  }
  return errors;
}

/** The links of a request in its order: of those between the same two entities the last one counts. All of one table as one statement. */
export function* linkCalls(links: readonly LinkWrite[]): Steps<readonly Call[]> {
  const last = new Map<string, { readonly link: LinkWrite; readonly columns: LinkRow }>();
  for (const link of links) {
    yield;
    const columns = columnsOf(link);
    last.set(pairText(link.via, columns), { link, columns });
  }
  const rows = { unlink: new Map<LinkTable, LinkRow[]>(), link: new Map<LinkTable, LinkRow[]>() };
  for (const {
    link: { via, operation },
    columns,
  } of last.values()) {
    const known = rows[operation].get(via);
    if (known) known.push(columns);
    else rows[operation].set(via, [columns]);
  }
  return (['unlink', 'link'] as const).flatMap((operation) =>
    [...rows[operation]].map(([via, ofTable]) => manyCall(via, operation, ofTable)),
  );
}

function manyCall(via: LinkTable, operation: LinkWrite['operation'], rows: readonly LinkRow[]): Call {
  const [columns = []] = rows;
  const statement = statements.get(via, operation, () => {
    const names = join(
      columns.map(({ column }) => identifier(column)),
      ', ',
    );
    const arrays = columns.map(({ column, type }) => param(extraSlot(column), `${type}[]`));
    const source = sql`unnest(${join(arrays, ', ')}) as "u" (${names})`;
    if (operation === 'link')
      return sql`insert into ${tableOf(via)} (${names}) select ${names} from ${source} on conflict do nothing`;
    const same = columns.map(({ column }) => sql`"l".${identifier(column)} = "u".${identifier(column)}`);
    return sql`delete from ${tableOf(via)} as "l" using ${source} where ${join(same, ' and ')}`;
  });
  return callWith(
    statement,
    Object.fromEntries(columns.map(({ column }, index) => [column, rows.map((row) => row[index]?.value ?? null)])),
  );
}

/** Finds a row where two entities are linked. */
export function linkedCall(via: LinkTable, from: LinkEnd, to: LinkEnd): Question {
  const columns = columnsOf({ via, from, to });
  const query = (): Sql => {
    const same = columns.map(({ column, type }) => sql`${identifier(column)} = ${param(extraSlot(column), type)}`);
    return sql`select 'linked' from ${tableOf(via)} where ${join(same, ' and ')} limit 1`;
  };
  return {
    ...callWith(
      statements.get(via, 'linked', query),
      Object.fromEntries(columns.map(({ column, value }) => [column, value])),
    ),
    ofMany: () => statements.get(via, 'many linked', () => forEachOf(query())),
  };
}
