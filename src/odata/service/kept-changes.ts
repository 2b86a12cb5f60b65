/** The changes that the database keeps: whether it does, and for how long. Protocol §11.3 */
import type { EntityType, Model } from '../model/model';
import { changeSource } from '../model/tracking';
import { sql } from '../sql';
import type { Session } from './database';
import { named, runNamed, statement } from './statement';

/** Settings of change tracking. */
export interface ChangeSettings {
  /** How long changes are kept at least: a delta link that is not followed for so long expires. */
  readonly changeRetentionMs: number;
}

/** The types whose changes are tracked. */
export const trackedTypes = ({ entityTypes }: Model): readonly EntityType[] =>
  [...entityTypes.values()].filter(({ changes }) => changes !== undefined);

const tables = statement(
  sql`select to_regclass('odata_changes') is not null and to_regclass('odata_changes_horizon') is not null,
    exists (select from pg_attribute where attrelid = to_regclass('odata_changes_horizon') and attname = 'begun')`,
  'present',
  'recent',
);

const triggers = statement(
  sql`select n.nspname, n.nspname = current_schema(), c.relname, t.tgname, p.prosrc from pg_trigger t
  join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace join pg_proc p on p.oid = t.tgfoid
  where t.tgname in ('odata_changes_insert', 'odata_changes_update', 'odata_changes_delete', 'odata_changes_truncate') and t.tgenabled in ('O', 'A')`,
  'schema',
  'isCurrent',
  'table',
  'trigger',
  'source',
);

/** Changes that one statement forgets: it must end within the time that a statement has. */
const PIECE = 20_000;

// Numbers that are not reached yet are those of another database, which this one was restored from.
const forget = statement(
  sql`with old as (select ctid from odata_changes where written_at < ${named('before', 'timestamptz')} limit ${named('piece', 'int8')}),
  gone as (delete from odata_changes using old where odata_changes.ctid = old.ctid returning xid),
  last as (select xid from gone where xid < pg_snapshot_xmax(pg_current_snapshot()) order by xid desc limit 1),
  raised as (update odata_changes_horizon horizon set xid = (last.xid::text::int8 + 1)::text::xid8,
    begun = case when horizon.origin = odata_changes_origin() then horizon.begun end, origin = odata_changes_origin()
    from last where horizon.xid <= last.xid or horizon.origin <> odata_changes_origin())
  select count(*) from gone`,
  'count',
);

const forgetForeign = statement(
  sql`delete from odata_changes where source = any (${named('sources', 'text[]')}) and xid >= pg_snapshot_xmax(pg_current_snapshot())`,
);

/**
 * Forgets what another database has kept, which this one was restored from: transactions whose numbers are not reached yet. They would be
 * taken for later ones. To be done before anything is served.
 */
export async function forgetOthers(session: Session, model: Model): Promise<void> {
  const sources = trackedTypes(model).map(changeSource);
  if (sources.length > 0) await runNamed(session, forgetForeign, { sources });
}

/** Throws one error that lists what the database lacks to track the changes of the model's types. */
export async function checkChanges(session: Session, model: Model): Promise<void> {
  const types = trackedTypes(model);
  if (types.length === 0) return;
  const [found] = await runNamed(session, tables, {});
  const rows = await runNamed(session, triggers, {});
  const problems = types.flatMap(({ name, table, changes = [] }) => {
    const own = rows.filter(
      (row) =>
        row.table === table.name && (table.schema === undefined ? row.isCurrent === 't' : row.schema === table.schema),
    );
    return ['insert', 'update', 'delete', 'truncate'].flatMap((action) => {
      const source = own.find(({ trigger }) => trigger === `odata_changes_${action}`)?.source;
      const kept = action === 'truncate' ? [] : changes;
      const missing = kept.filter(({ column }) => !source?.includes(`'${column}'`)).map(({ column }) => column);
      if (typeof source === 'string' && missing.length === 0) return [];
      const keeping = missing.length > 0 ? ` that keeps ${missing.join(', ')}` : '';
      return [`${name}: the table ${table.name} has no trigger odata_changes_${action}${keeping}.`];
    });
  });
  if (found?.present !== 't') problems.unshift('The tables odata_changes and odata_changes_horizon are missing.');
  else if (found.recent !== 't') problems.unshift('The table odata_changes_horizon has no column begun.');
  if (problems.length === 0) return;
  const list = problems.map((problem) => `- ${problem}`).join('\n');
  throw new Error(`Changes cannot be tracked as the entities say; run the migrations, or add one:\n${list}`);
}

/** Forgets changes that are older than the retention. Delta links that would need them expire. */
export async function forgetChanges(
  session: Session,
  { changeRetentionMs }: ChangeSettings,
  piece = PIECE,
): Promise<void> {
  const before = new Date(Date.now() - changeRetentionMs).toISOString();
  for (let count = piece; count >= piece;) {
    const [gone] = await runNamed(session, forget, { before, piece: String(piece) });
    count = Number(gone?.count);
  }
}
