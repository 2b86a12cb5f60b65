/** All tables of a database: what is in them now against what was in them when they were kept. */
import type { TestService } from './service';

type Sql = TestService['sql'];

/** What no two runs have in common, by table: numbers of transactions, those that a sequence gives, and versions that begin anywhere. */
const FLEETING: Readonly<Record<string, readonly string[]>> = {
  odata_changes: ['xid', 'number'],
  dimension_lines: ['version'],
};

const digestOf = (schema: string, table: string): string =>
  `(SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM ${schema}.${table} t) AS ${table}`;

/** A copy of every table, and what has changed since. */
export class EveryTable {
  private before: Readonly<Record<string, unknown>> = {};
  private known: ReadonlySet<string> = new Set();

  private constructor(
    private readonly sql: Sql,
    private readonly columns: ReadonlyMap<string, readonly string[]>,
  ) {}

  static async of({ sql }: Pick<TestService, 'sql'>): Promise<EveryTable> {
    const rows = await sql(
      `SELECT c.relname AS table, array_agg(quote_ident(a.attname) ORDER BY a.attnum) AS columns
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
        GROUP BY c.relname ORDER BY c.relname`,
    );
    return new EveryTable(sql, new Map(rows.map((row) => [String(row['table']), row['columns'] as readonly string[]])));
  }

  /** Keeps what is there now. */
  async keep(): Promise<void> {
    const copies = [...this.columns.keys()].map((table) => `CREATE TABLE kept.${table} AS TABLE public.${table};`);
    await this.sql(`DROP SCHEMA IF EXISTS kept CASCADE; CREATE SCHEMA kept; ${copies.join(' ')}`);
    [this.before, this.known] = [await this.digests(), await this.identifiers()];
  }

  /** A text that is the same as long as nothing changes. */
  async state(): Promise<string> {
    return JSON.stringify(await this.digests());
  }

  /** The tables that are not as they were. */
  async changed(): Promise<readonly string[]> {
    const now = await this.digests();
    return [...this.columns.keys()].filter((table) => now[table] !== this.before[table]);
  }

  /**
   * The rows that are gone (`-`) and those that have come (`+`), in order. Identifiers and times that were not there before are written by their
   * place among those, so that two runs of the same work differ in nothing.
   */
  async difference(): Promise<readonly string[]> {
    const lines: string[] = [];
    for (const table of await this.changed()) {
      const fleeting = (FLEETING[table] ?? []).map((name) => ` - '${name}'`).join('');
      const answer = (this.columns.get(table) ?? []).includes('answer')
        ? ` || jsonb_build_object('answer', convert_from(answer, 'UTF8'))`
        : '';
      const rows = (schema: string): string =>
        `SELECT (to_jsonb(t)${fleeting}${answer})::text FROM ${schema}.${table} t`;
      const found = await this.sql(
        `SELECT '-' AS sign, gone.* FROM (${rows('kept')} EXCEPT ALL ${rows('public')}) AS gone (line)
          UNION ALL SELECT '+', come.* FROM (${rows('public')} EXCEPT ALL ${rows('kept')}) AS come (line)`,
      );
      lines.push(...found.map(({ sign, line }) => `${String(sign)}${table} ${String(line)}`));
    }
    return numbered(lines, this.known);
  }

  /** Makes everything as it was. */
  async restore(): Promise<void> {
    const changed = await this.changed();
    if (changed.length === 0) return;
    const copies = changed.map((table) => {
      const columns = (this.columns.get(table) ?? []).join(', ');
      return `DELETE FROM public.${table};
        INSERT INTO public.${table} (${columns}) OVERRIDING SYSTEM VALUE SELECT ${columns} FROM kept.${table};`;
    });
    await this.sql(`BEGIN; SET LOCAL session_replication_role = replica; ${copies.join(' ')} COMMIT`);
  }

  private async digests(): Promise<Readonly<Record<string, unknown>>> {
    const [row] = await this.sql(`SELECT ${[...this.columns.keys()].map((table) => digestOf('public', table)).join()}`);
    return row ?? {};
  }

  /** Every identifier that there was before. */
  private async identifiers(): Promise<ReadonlySet<string>> {
    const texts = [...this.columns.keys()].map((table) => `SELECT t::text AS row FROM kept.${table} t`);
    const rows = await this.sql(
      `SELECT DISTINCT found[1] AS id FROM (${texts.join(' UNION ALL ')}) AS rows, regexp_matches(row, $1, 'g') AS found`,
      [UUID.source],
    );
    return new Set(rows.map(({ id }) => String(id)));
  }
}

const UUID = /[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}/g;
const TIME = /\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?/g;
/** The first version of a row whose key may come again is any number, and next to never one of two digits. */
const ANY_VERSION = /(W\/\\*")\d{3,}/g;

/** New identifiers by their place in the lines that nothing but identifiers tells apart from others. */
function numbered(lines: readonly string[], known: ReadonlySet<string>): readonly string[] {
  const timeless = lines.map((line) => line.replace(TIME, 'TIME').replace(ANY_VERSION, '$1ANY'));
  const places = new Map<string, number>();
  const written = (line: string): string =>
    line.replace(UUID, (id) => (known.has(id) ? id : `ID${places.get(id) ?? ''}`));
  const counts = new Map<string, number>();
  for (const line of timeless) counts.set(written(line), (counts.get(written(line)) ?? 0) + 1);
  const unlike = timeless.map((line) => [written(line), line] as const).filter(([plain]) => counts.get(plain) === 1);
  for (const [, line] of unlike.sort(([one], [other]) => (one < other ? -1 : 1)))
    for (const id of line.match(UUID) ?? []) if (!known.has(id) && !places.has(id)) places.set(id, places.size + 1);
  return timeless.map(written).sort();
}

/** How many rows of a difference are gone and have come, by table. */
export function rowCounts(difference: readonly string[]): Readonly<Record<string, string>> {
  const counts = new Map<string, [gone: number, come: number]>();
  for (const line of difference) {
    const [, sign, table = ''] = /^([+-])(\w+)/.exec(line) ?? [];
    const count = counts.get(table) ?? [0, 0];
    count[sign === '-' ? 0 : 1] += 1;
    counts.set(table, count);
  }
  return Object.fromEntries([...counts].map(([table, [gone, come]]) => [table, `-${gone} +${come}`]));
}
