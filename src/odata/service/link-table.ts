/** Tables between two entities: the statements that make, end and look for links. */
import { tableOf } from '../compile/source';
import { odataError, type ODataError } from '../error';
import type { EntityType, LinkTable } from '../model/model';
import { extraSlot, identifier, join, param, sql } from '../sql';
import type { Call } from './database';
import { callWith } from './statement';
import { StatementCache } from './statement-cache';
import type { StoredRow } from './stored-row';
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

const columnsOf = ({ via, from, to }: Pick<LinkWrite, 'via' | 'from' | 'to'>): readonly LinkColumn[] => [
  ...via.from.map((pair) => columnAt(via.source, from, pair.column, pair.targetColumn)),
  ...via.to.map((pair) => columnAt(via.target, to, pair.targetColumn, pair.column)),
];

function columnAt(type: EntityType, valueOf: LinkEnd, column: string, linkColumn: string): LinkColumn {
  const value = valueOf(column);
  if (value === undefined) throw new Error(`The column ${column} of ${type.name} is not known`);
  return { column: linkColumn, type: columnType(type, column), value };
}

const statements = new StatementCache<LinkTable>();

/** Which row of a table a link is; the same from both of its ends. */
export function pairOf(link: Pick<LinkWrite, 'via' | 'from' | 'to'>): string {
  const { schema, name } = link.via.table;
  const values = columnsOf(link).map(({ column, value }) => [column, value]);
  return JSON.stringify([
    schema,
    name,
    ...values.sort(([one = ''], [other = '']) => ((one ?? '') < (other ?? '') ? -1 : 1)),
  ]);
}

/** Links of a delta of which its entities say the opposite: their order in the body is not kept, so that none of them could count. */
export function contradicted(links: readonly LinkWrite[]): readonly ODataError[] {
  const own = links.filter(({ place }) => place !== undefined);
  if (own.length === 0) return [];
  const others = new Set(
    links.filter(({ place }) => place === undefined).map((link) => `${link.operation} ${pairOf(link)}`),
  );
  return own.flatMap((link) => {
    const { place = '', operation } = link;
    if (!others.has(`${operation === 'link' ? 'unlink' : 'link'} ${pairOf(link)}`)) return [];
    const message = 'An entity of the body says the opposite of this link.';
    return [odataError('InvalidValue', { message }, { target: place })];
  });
}

/** The links of a request in its order: of those between the same two entities the last one counts. All of one table as one statement. */
export function linkCalls(links: readonly LinkWrite[]): readonly Call[] {
  const writes = [...new Map(links.map((link) => [pairOf(link), link])).values()];
  const tables = [...new Set(writes.map(({ via }) => via))];
  return (['unlink', 'link'] as const).flatMap((operation) =>
    tables.flatMap((via) => {
      const rows = writes.filter((write) => write.via === via && write.operation === operation).map(columnsOf);
      return rows.length > 0 ? [manyCall(via, operation, rows)] : [];
    }),
  );
}

function manyCall(via: LinkTable, operation: LinkWrite['operation'], rows: readonly (readonly LinkColumn[])[]): Call {
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
export function linkedCall(via: LinkTable, from: LinkEnd, to: LinkEnd): Call {
  const columns = columnsOf({ via, from, to });
  const statement = statements.get(via, 'linked', () => {
    const same = columns.map(({ column, type }) => sql`${identifier(column)} = ${param(extraSlot(column), type)}`);
    return sql`select 'linked' from ${tableOf(via)} where ${join(same, ' and ')} limit 1`;
  });
  return callWith(statement, Object.fromEntries(columns.map(({ column, value }) => [column, value])));
}
