import type { Seeding } from './seeding';

const tables = ['customers', 'sales_invoices', 'customer_payments', 'dimension_lines', 'customer_ledger_entries'];

/**
 * Takes the constraints and indexes of the large tables away, fills the tables, and puts everything back as it was: building an index at once
 * costs a tenth of growing it row by row, and checking a foreign key once a hundredth. Changes are not kept meanwhile. All of it inside the
 * transaction of the caller.
 */
export async function withoutIndexes({ run, advance }: Seeding, fill: () => Promise<void>): Promise<void> {
  const constraints = await run(
    `SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS drop,
      format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) AS add, contype
    FROM pg_constraint
    WHERE contype IN ('p', 'u', 'f') AND (conrelid = ANY ($1::regclass[]) OR confrelid = ANY ($1::regclass[])) AND conparentid = 0
    ORDER BY contype <> 'f', conname`,
    [tables],
  );
  const indexes = await run(
    `SELECT format('DROP INDEX %s', indexrelid::regclass) AS drop, pg_get_indexdef(indexrelid) AS add
    FROM pg_index i WHERE indrelid = ANY ($1::regclass[]) AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid AND c.contype IN ('p', 'u', 'x'))`,
    [tables],
  );
  for (const { drop } of [...constraints, ...indexes]) await run(String(drop));
  await withoutChanges(run, fill);
  const keys = constraints.filter(({ contype }) => contype !== 'f');
  const foreignKeys = constraints.filter(({ contype }) => contype === 'f');
  for (const { add } of [...keys, ...indexes, ...foreignKeys]) {
    await run(String(add));
    advance(0, 'indexes and checks');
  }
}

const trackers = ['insert', 'update', 'delete'].map((action) => `odata_changes_${action}`);

/** Nobody has read the tables while they were empty: what was not kept is told, for delta links from before. */
async function withoutChanges(run: Seeding['run'], fill: () => Promise<void>): Promise<void> {
  const every = async (action: 'DISABLE' | 'ENABLE'): Promise<void> => {
    for (const table of tables)
      await run(`ALTER TABLE ${table} ${trackers.map((name) => `${action} TRIGGER ${name}`).join(', ')}`);
  };
  await every('DISABLE');
  await fill();
  await every('ENABLE');
  await run('SELECT odata_changes_begin()');
}
