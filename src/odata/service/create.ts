/** New entities: alone, or with all that a body holds of them to any depth. Protocol 4.01 §11.4.2, §11.4.2.2 */
import { randomInt } from 'node:crypto';
import { odataError } from '../error';
import { isNullValue } from '../model/edm';
import type { EntityType, NavigationProperty, Property } from '../model/model';
import type { Change, Item, Value } from '../payload/change';
import { typedDefault } from '../payload/defaults';
import { inTurns, type Steps } from '../payload/turns';
import type { Columns, EntityWrite, Origin } from './entity-write';
import { endAt } from './link-table';
import { newId } from './new-id';
import { leaves, sqlSteps, sqlType, typedValue, type StoredRow } from './stored-row';
import { bind, checkTied, refer, takeTied, type Tied } from './write-links';
import { linkExisting } from './update';
import { columnType, dynamicColumns, streamColumns } from './write-columns';
import type { ColumnValue } from './write-sql';
import { parentSteps, type Work } from './write-work';

/** Adds a new entity and everything that is made along with it to the work. */
export function* addCreate(work: Work, change: Change, origin: Origin, path: string): Steps<EntityWrite> {
  yield;
  if (change.type.media && !change.streams) throw noBytes(change.type, path);
  const referred: (readonly [NavigationProperty, EntityWrite])[] = [];
  for (const [navigation, { items }] of change.nested)
    if (navigation.owning)
      for (const item of items) referred.push([navigation, yield* addReferred(work, navigation, item)]);
  const write = work.add('create', change, origin, path, (made) => {
    giveKey(made);
    for (const [navigation, other] of referred) made.referred.set(navigation, other);
  });
  write.start(() => create(work, write));
  if (origin.kind === 'under' && origin.navigation.via)
    work.link({ via: origin.navigation.via, operation: 'link', from: origin.parent.end, to: write.end });
  for (const [navigation, { items }] of change.nested)
    if (!navigation.owning) for (const item of items) yield* addBelow(work, write, navigation, item);
  return write;
}

/** What a media entity describes is the body that creates it. Protocol §11.4.7.1 */
const noBytes = ({ name }: EntityType, path: string): Error =>
  odataError(
    'InvalidBody',
    { message: `Entities of the type '${name}' are created by a POST of their bytes, not within another body.` },
    { target: path },
  );

/** An entity that the new one will refer to. */
function* addReferred(work: Work, navigation: NavigationProperty, { path, asCreate }: Item): Steps<EntityWrite> {
  checkInsertable(navigation, path);
  return yield* addCreate(work, asCreate(), { kind: 'alone' }, path);
}

/** An entity behind a navigation of one that is written: new, or one that exists and is linked. */
function* addBelow(work: Work, parent: EntityWrite, navigation: NavigationProperty, item: Item): Steps<EntityWrite> {
  const { path, change } = item;
  const origin: Origin = { kind: 'under', parent, navigation };
  if (change.id !== undefined && change.mode !== 'create') return linkExisting(work, change, change.id, origin, path);
  checkInsertable(navigation, path);
  return yield* addCreate(work, item.asCreate(), origin, path);
}

/** Refuses a new entity of a type that only exists. */
export function checkInsertable({ name, target }: NavigationProperty, path: string): void {
  if (target.insertable) return;
  throw odataError(
    'InvalidBody',
    {
      message: `Entities of the type '${target.name}' cannot be created. "${name}" takes references to existing ones.`,
    },
    { target: path },
  );
}

/** Ids are the server's, unless a rule or the client names another record by the key. */
function giveKey({ type: { key }, draft }: EntityWrite): void {
  for (const { name, type, computed } of key)
    if (computed && type.kind === 'primitive' && type.name === 'Edm.Guid') draft[name] = newId();
}

const wholeNumbers: ReadonlySet<string> = new Set(['Edm.Int16', 'Edm.Int32', 'Edm.Int64']);

/** A key that counts: its next number, which is known before the row is there, because others may refer to it. */
async function drawKey(work: Work, { type, draft }: EntityWrite): Promise<void> {
  for (const { name, source, type: of, computed } of type.key) {
    if (!computed || source.kind !== 'column' || of.kind !== 'primitive' || !wholeNumbers.has(of.name)) continue;
    draft[name] = await work.next(type, source.column);
  }
}

async function create(work: Work, write: EntityWrite): Promise<void> {
  const { origin, type, rules, draft, change } = write;
  const steps = origin.kind === 'resource' ? parentSteps(origin.target) : [];
  const lock = rules.locksParent?.('create', draft) ? 'for no key update' : 'for key share';
  const reading = steps.length > 0 ? work.row(steps, lock) : undefined;
  const tied = tiedColumns(work, write, reading);
  const isLinked = change.bindings.size > 0 || write.referred.size > 0 || linksToParent(write);
  // Without links the rules ask together with the reading of the parent.
  const ready = Promise.all([isLinked ? takeLinks(work, write, tied) : undefined, drawKey(work, write)]);
  const ruled = ready.then(() => rules.create?.(draft, work.ruleContext(write, reading)));
  const [parent, outcome] = await Promise.allSettled([tied, ruled]);
  if (work.isTurnOver) await work.nextTurn();
  if (parent.status === 'rejected') throw parent.reason;
  if (outcome.status === 'rejected') throw outcome.reason;
  const columns = await inTurns(insertColumns(type, draft, new Map([...write.links, ...parent.value])));
  if (type.dynamic) for (const [column, value] of await dynamicColumns(type, change, null)) columns.set(column, value);
  if (change.streams) for (const [column, value] of streamColumns(change)) columns.set(column, value);
  write.columns = columns;
  write.key = keyIn(type, write.columns);
  write.version = firstVersion(type);
  write.becomes(() => storedValues(write));
  const via = origin.kind === 'resource' ? navigationOf(origin)?.via : undefined;
  if (via && reading) work.link({ via, operation: 'link', from: endAt(await reading), to: write.end });
}

/** A key that clients choose can come back after a delete: its new version must not look like one that somebody has seen. */
const firstVersion = ({ key }: EntityType): number =>
  key.every(({ computed }) => computed) ? 1 : randomInt(1, 1_000_000_000);

/** True when the place of the entity sets a foreign key that a client could set in the body: `customers(…)/salesInvoices`. */
const linksToParent = ({ origin, type }: EntityWrite): boolean =>
  (navigationOf(origin)?.join ?? []).some(({ targetColumn }) =>
    leaves(type).some(({ column, property }) => column === targetColumn && !property.computed),
  );

const navigationOf = (origin: Origin): NavigationProperty | undefined =>
  origin.kind === 'under'
    ? origin.navigation
    : origin.kind === 'resource'
      ? origin.target.steps.at(-1)?.navigation
      : undefined;

/** Foreign keys from the place and from the links of the body, before the rules see the draft. */
async function takeLinks(work: Work, write: EntityWrite, fixed: Promise<Tied>): Promise<void> {
  await bind(work, write, fixed);
  const tied = await fixed;
  await refer(write, tied);
  checkTied(write.type, write.change, tied);
  takeTied(write, tied);
}

/** The columns that the place decides: foreign keys to the parent, and the partition. */
async function tiedColumns(work: Work, write: EntityWrite, parent: Promise<StoredRow> | undefined): Promise<Tied> {
  const { type, origin } = write;
  const tied = new Map<string, string | null>();
  if (type.partition) tied.set(type.partition.column, work.bindings.partition);
  const valueOf = await parentColumns(write, parent);
  for (const { column, targetColumn } of navigationOf(origin)?.join ?? []) tied.set(targetColumn, valueOf(column));
  return tied;
}

/** What the parent has in its columns; one that is new itself is asked when its key is known. */
async function parentColumns(
  { origin }: EntityWrite,
  reading: Promise<StoredRow> | undefined,
): Promise<(column: string) => string | null> {
  if (origin.kind !== 'under') {
    const row = await reading;
    return (column) => row?.columns.get(column) ?? null;
  }
  const { parent, navigation } = origin;
  if (navigation.join.some(({ column }) => parent.end(column) === undefined)) {
    await parent.accepted();
  }
  return (column) => parent.end(column) ?? null;
}

/** All columns of a new row: the same for every create of a type, as far as defaults are known. */
function* insertColumns(
  type: EntityType,
  draft: Readonly<Record<string, Value>>,
  tied: Tied,
): Steps<Map<string, ColumnValue>> {
  const engine = new Set([type.version, type.updatedAt, type.createdAt].map((reference) => reference?.column));
  const columns = new Map<string, ColumnValue>();
  for (const { path, property, column } of leaves(type)) {
    if (engine.has(column) || tied.has(column)) continue;
    const given = draft[path];
    const value = given === undefined ? defaultOf(property) : given;
    if (value === null) columns.set(column, nullColumn(property));
    else if (value !== undefined)
      columns.set(column, { type: sqlType(property), value: yield* sqlSteps(property, value) });
  }
  for (const [column, value] of tied) columns.set(column, { type: columnType(type, column), value });
  if (type.inheritance) {
    const { discriminator, value } = type.inheritance;
    columns.set(discriminator.column, { type: discriminator.databaseType, value });
  }
  return columns;
}

const nullColumns = new WeakMap<Property, ColumnValue>();

/** Null in the column of a property: one for all the rows of a body, most of whose columns may be so. */
function nullColumn(property: Property): ColumnValue {
  const made = nullColumns.get(property) ?? { type: sqlType(property), value: null };
  nullColumns.set(property, made);
  return made;
}

/** What a property that nobody has set is: undefined where only the database knows. */
function defaultOf(property: Property): Value | undefined {
  const { defaultValue } = property;
  if (defaultValue !== undefined) return typedDefault(property, defaultValue);
  return isNullValue(property) ? null : undefined;
}

/** The new row as rules would read it. */
function storedValues({ type, columns }: EntityWrite): Readonly<Record<string, Value>> {
  const values: Record<string, Value> = {};
  for (const { path, property, column } of leaves(type))
    values[path] = typedValue(property, columns.get(column)?.value ?? null);
  return values;
}

const keyIn = ({ key }: EntityType, columns: Columns): Columns =>
  new Map(
    key.flatMap(({ source }) => {
      const found = source.kind === 'column' ? columns.get(source.column) : undefined;
      return source.kind === 'column' && found ? [[source.column, found]] : [];
    }),
  );

/** The key of a new row. */
export function createdKey({ type: { key }, columns }: EntityWrite): Record<string, string> {
  return Object.fromEntries(
    key.map(({ name, source }) => {
      const value = source.kind === 'column' ? columns.get(source.column)?.value : undefined;
      if (typeof value !== 'string') throw new Error(`The key property ${name} has no value`);
      return [name, value];
    }),
  );
}
