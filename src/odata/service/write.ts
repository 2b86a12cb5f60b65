/** Creates, updates and deletes one entity: two round trips where the rules look nothing up after the first. Protocol 4.01 §11.4 */
import { randomInt } from 'node:crypto';
import { odataError } from '../error';
import { matchesEntityTag, opaqueTag, type EntityTags } from '../http/entity-tags';
import type { EntityType } from '../model/model';
import type { Change, Value } from '../payload/change';
import { typedDefault } from '../payload/defaults';
import type { Target } from '../plan/plan';
import { newId } from './new-id';
import { keyOf, leaf, leaves, sqlType, sqlValue, type StoredRow } from './stored-row';
import { checkMethod, type Preconditions, type WriteContext, type Written } from './write-context';
import { checkFixed } from './write-fixed';
import { deleteCall, insertCall, updateCall, type ColumnValue } from './write-sql';
import { draftColumns, keyColumns, parentSteps, retrying, ruling, Work } from './write-work';

export { allowedMethods, checkMethod } from './write-context';
export type { Preconditions, Reference, Transactions, WriteContext, Written } from './write-context';

type DraftValues = Record<string, Value>;

/** Inserts an entity into the collection that the target is. Protocol §11.4.2 */
export function createEntity(context: WriteContext, target: Target, change: Change): Promise<Written> {
  checkMethod(target, ['POST']);
  return retrying(context, async (transaction) => {
    const work = new Work(context, target, transaction);
    const steps = parentSteps(target);
    const draft: DraftValues = Object.fromEntries(change.values);
    giveKey(work.type, draft);
    const lock = work.rules.locksParent?.('create', draft) ? 'for no key update' : 'for key share';
    const reading = steps.length > 0 ? work.row(steps, lock) : undefined;
    const rules = work.ruleContext(reading);
    const fixed = (async () => tiedColumns(target, await reading, work.bindings.partition))();
    const isLinked = change.bindings.size > 0 || linksToParent(target);
    // Without links the rules start in the same tick, so that their lookups travel with the parent's.
    const ruled = isLinked
      ? link(work, change, fixed, draft).then(() => work.rules.create?.(draft, rules))
      : ruling(() => work.rules.create?.(draft, rules));
    const [parent, outcome] = await Promise.allSettled([fixed, ruled]);
    if (parent.status === 'rejected') throw parent.reason;
    if (outcome.status === 'rejected') throw outcome.reason;
    const tied = parent.value;
    const columns = insertColumns(work.type, draft, tied);
    const version = firstVersion(work.type);
    const written = { key: insertedKey(work.type, columns), etag: work.type.version && String(version) };
    return work.finish(insertCall(work.type, columns, version), rules.effects, written);
  });
}

/** A key that clients choose can come back after a delete: its new version must not look like one that somebody has seen. */
const firstVersion = ({ key }: EntityType): number =>
  key.every(({ computed }) => computed) ? 1 : randomInt(1, 1_000_000_000);

/** Ids are the server's, unless a rule or the client names another record by the key. */
function giveKey({ key }: EntityType, draft: DraftValues): void {
  for (const { name, type, computed } of key)
    if (computed && type.kind === 'primitive' && type.name === 'Edm.Guid') draft[name] = newId();
}

/** True when the URL sets a foreign key that a client could set in the body: `customers(…)/salesInvoices`. */
const linksToParent = ({ steps, range: { type } }: Target): boolean =>
  (steps.at(-1)?.navigation?.join ?? []).some(({ targetColumn }) =>
    leaves(type).some(({ column, property }) => column === targetColumn && !property.computed),
  );

/** Foreign keys from the URL and from the links of the body, before the rules see the draft. */
async function link(
  work: Work,
  change: Change,
  fixed: Promise<ReadonlyMap<string, string | null>>,
  draft: DraftValues,
): Promise<void> {
  await work.bind(change, fixed, draft);
  const tied = await fixed;
  checkTied(work.type, change, tied);
  for (const { path, property, column } of leaves(work.type))
    if (!property.computed && tied.has(column)) draft[path] = tied.get(column) ?? null;
}

/** The columns that the URL decides: foreign keys to the parent, and the partition. */
function tiedColumns(
  { steps, range: { type } }: Target,
  parent: StoredRow | undefined,
  partition: string | null,
): Map<string, string | null> {
  const tied = new Map<string, string | null>();
  if (type.partition) tied.set(type.partition.column, partition);
  for (const { column, targetColumn } of steps.at(-1)?.navigation?.join ?? [])
    tied.set(targetColumn, parent?.columns.get(column) ?? null);
  return tied;
}

/** A foreign key in the body must not name another parent than the URL does. Protocol §11.4.2.1 */
function checkTied(type: EntityType, change: Change, tied: ReadonlyMap<string, string | null>): void {
  for (const [path, value] of change.values) {
    const found = leaf(type, path);
    if (!found || !tied.has(found.column) || tied.get(found.column) === value) continue;
    throw odataError('InvalidValue', { message: `The value of "${path}" contradicts the URL.` }, { target: path });
  }
}

/** All columns of a new row: the same for every create of a type, as far as defaults are known. */
function insertColumns(
  type: EntityType,
  draft: Readonly<DraftValues>,
  tied: ReadonlyMap<string, string | null>,
): Map<string, ColumnValue> {
  const engine = new Set([type.version, type.updatedAt, type.createdAt].map((reference) => reference?.column));
  const columns = new Map<string, ColumnValue>();
  for (const { path, property, column } of leaves(type)) {
    if (engine.has(column) || tied.has(column)) continue;
    const { defaultValue, nullable } = property;
    const value =
      draft[path] ??
      (defaultValue === undefined ? (nullable ? null : undefined) : typedDefault(property, defaultValue));
    if (value !== undefined) columns.set(column, { type: sqlType(property), value: sqlValue(value) });
  }
  for (const [column, value] of tied) columns.set(column, { type: columnType(type, column), value });
  return columns;
}

/** The type of a column that the URL decides; keys of parents that are not exposed are ids. */
function columnType(type: EntityType, column: string): string {
  if (type.partition?.column === column) return type.partition.databaseType;
  const found = leaves(type).find((candidate) => candidate.column === column);
  return found ? sqlType(found.property) : 'uuid';
}

function insertedKey({ key }: EntityType, columns: ReadonlyMap<string, ColumnValue>): Record<string, string> {
  return Object.fromEntries(
    key.map(({ name, source }) => {
      const value = source.kind === 'column' ? columns.get(source.column)?.value : undefined;
      if (typeof value !== 'string') throw new Error(`The key property ${name} has no value`);
      return [name, value];
    }),
  );
}

/** Changes the entity that the target is: PATCH merges, PUT replaces; which one it is, the change knows. Protocol §11.4.3 */
export function updateEntity(
  context: WriteContext,
  target: Target,
  change: Change,
  conditions: Preconditions,
): Promise<Written> {
  checkMethod(target, ['PATCH', 'PUT']);
  return retrying(context, async (transaction) => {
    const work = new Work(context, target, transaction);
    const draft: DraftValues = Object.fromEntries(change.values);
    const current = await lockedRow(work, target, 'update', draft);
    checkPreconditions(context, work.type, current, conditions, change.etag);
    await checkFixed(work, change, current);
    const rules = work.ruleContext(undefined);
    if (change.bindings.size > 0) await work.bind(change, Promise.resolve(fixedColumns(work.type, current)), draft);
    await ruling(() => work.rules.update?.(draft, current.values, rules));
    const key = keyColumns(work.type, current);
    const columns = draftColumns(work.type, draft);
    for (const column of key.keys()) columns.delete(column);
    const written = { key: keyOf(work.type, current), etag: raisedVersion(work.type, current) };
    return work.finish(updateCall(work.type, key, columns), rules.effects, written);
  });
}

/** Deletes the entity that the target is, and what it contains. Protocol §11.4.5 */
export function deleteEntity(context: WriteContext, target: Target, conditions: Preconditions): Promise<Written> {
  checkMethod(target, ['DELETE']);
  return retrying(context, async (transaction) => {
    const work = new Work({ ...context, readBack: undefined }, target, transaction);
    const current = await lockedRow(work, target, 'delete', {});
    checkPreconditions(context, work.type, current, conditions, undefined);
    const rules = work.ruleContext(undefined);
    await ruling(() => work.rules.delete?.(current.values, rules));
    const written = { key: keyOf(work.type, current), etag: undefined };
    return work.finish(deleteCall(work.type, keyColumns(work.type, current)), rules.effects, written);
  });
}

/** The entity as it is, locked; its parent first when the rules want turns to be taken. */
async function lockedRow(
  work: Work,
  target: Target,
  write: 'update' | 'delete',
  draft: DraftValues,
): Promise<StoredRow> {
  const steps = parentSteps(target);
  const parent =
    steps.length > 0 && work.rules.locksParent?.(write, draft) ? work.row(steps, 'for no key update') : undefined;
  const [, current] = await Promise.all([
    parent,
    work.row(target.steps, write === 'delete' ? 'for update' : 'for no key update'),
  ]);
  return current;
}

/** What a link may not change: the partition, and foreign keys that the service sets. */
function fixedColumns(type: EntityType, { columns }: StoredRow): Map<string, string | null> {
  const computed = leaves(type).flatMap(({ property, column }) =>
    property.computed || property.immutable ? [column] : [],
  );
  return new Map(
    [...computed, ...(type.partition ? [type.partition.column] : [])].map((column) => [
      column,
      columns.get(column) ?? null,
    ]),
  );
}

const versionOf = ({ version }: EntityType, { columns }: StoredRow): string | undefined =>
  version ? (columns.get(version.column) ?? undefined) : undefined;

function raisedVersion(type: EntityType, current: StoredRow): string | undefined {
  const version = versionOf(type, current);
  return version === undefined ? undefined : String(Number(version) + 1);
}

/** If-None-Match and If-Match, then the ETag of a 4.01 body. Protocol §8.2.4, §8.2.5, §11.4.3 */
function checkPreconditions(
  { settings }: WriteContext,
  type: EntityType,
  current: StoredRow,
  { ifMatch, ifNoneMatch }: Preconditions,
  bodyTag: string | undefined,
): void {
  const version = versionOf(type, current);
  if (
    ifNoneMatch !== undefined &&
    (version === undefined ? ifNoneMatch === '*' : matchesEntityTag(ifNoneMatch, version))
  ) {
    throw odataError('PreconditionFailed', { message: 'The record exists in a version that If-None-Match excludes.' });
  }
  if (version === undefined) return;
  if (ifMatch === undefined && bodyTag === undefined && settings.requireIfMatch)
    throw odataError('PreconditionRequired', {});
  const fromBody: EntityTags | undefined = bodyTag === undefined || bodyTag === '*' ? bodyTag : [opaqueTag(bodyTag)];
  for (const asked of [ifMatch, fromBody])
    if (asked !== undefined && !matchesEntityTag(asked, version)) throw odataError('Request_EntityChanged', {});
}
