/** Changes to entities that exist, and their end. Protocol 4.01 §11.4.3, §11.4.5 */
import { containerColumns } from '../compile/way-back';
import { odataError } from '../error';
import { matchesEntityTag, opaqueTag } from '../http/entity-tags';
import type { EntityType, NavigationProperty } from '../model/model';
import { emptyChange, type Change } from '../payload/change';
import { inTurns } from '../payload/turns';
import type { Target } from '../plan/plan';
import type { EntityWrite, Under } from './entity-write';
import { endAt, type LinkWrite } from './link-table';
import { leaves, type StoredRow } from './stored-row';
import { storedAs, storedType } from './stored-type';
import { statedCollection, tagOfMembers, type TaggedCollection } from './members';
import type { Preconditions, WriteContext } from './write-context';
import { columnType, draftColumns, dynamicColumns, keyColumns, streamColumns } from './write-columns';
import { checkFixed } from './write-fixed';
import { badReference, bind, checkTied, isOptional, refer, referenced, setForeignKey, type Tied } from './write-links';
import { parentSteps, type Work } from './write-work';

/** Changes a row that is locked by now. */
export async function update(work: Work, write: EntityWrite, current: StoredRow): Promise<void> {
  const { type, rules, draft, change } = write;
  write.current = current;
  await checkFixed(work, write, current);
  const tied = fixedColumns(type, current);
  checkTied(type, change, tiedColumns(type, current));
  if (change.bindings.size > 0) await bind(work, write, Promise.resolve(tied));
  await refer(write, tied);
  await rules.update?.(draft, current.values, work.ruleContext(write));
  const key = keyColumns(type, current);
  const columns = await inTurns(draftColumns(type, draft));
  for (const [column, value] of write.links) columns.set(column, { type: columnType(type, column), value });
  for (const [column, value] of streamColumns(change)) columns.set(column, value);
  for (const [column, value] of type.dynamic ? await dynamicColumns(type, change, current) : [])
    columns.set(column, value);
  for (const column of key.keys()) columns.delete(column);
  write.key = key;
  write.columns = columns;
  write.becomes(() => ({ ...current.values, ...draft }));
}

/** Ends a row that is locked by now. */
export async function remove(work: Work, write: EntityWrite, current: StoredRow): Promise<void> {
  const { type, rules } = write;
  write.current = current;
  await rules.delete?.(current.values, work.ruleContext(write));
  write.key = keyColumns(type, current);
}

/** The entity as it is, locked, for a change or, without one, its end; its parent first when the rules want turns to be taken. */
export async function lockedRow(work: Work, target: Target, change: Change | undefined): Promise<StoredRow> {
  const steps = parentSteps(target);
  const rules = work.rulesOf(target.range.type);
  const isTurn = rules.locksParent?.(change ? 'update' : 'delete', Object.fromEntries(change?.values ?? [])) === true;
  const parent = steps.length > 0 && isTurn ? work.row(steps, 'for no key update') : undefined;
  const [, current] = await Promise.all([parent, work.row(target.steps, change ? 'for no key update' : 'for update')]);
  return current;
}

/** An entity that exists and comes to stand behind a navigation of another one. Protocol §11.4.2.1 */
export function linkExisting(work: Work, change: Change, id: string, origin: Under, path: string): EntityWrite {
  const { parent, navigation } = origin;
  if (navigation.containsTarget)
    throw badReference(navigation, 'Its entities are part of this one and cannot come from elsewhere.').below(
      prefixOf(path, navigation),
    );
  const { via } = navigation;
  if (via)
    return changeLink(work, { operation: 'link', via }, origin, path, () =>
      referenced(work, navigation, id, 'for key share'),
    );
  const write = work.add('update', change, origin, path);
  write.start(async () => {
    checkUpdatable(navigation, navigation.target);
    const row = await referenced(work, navigation, id, 'for no key update');
    const type = storedType(navigation.target, row);
    checkUpdatable(navigation, type);
    write.become(type, work.rulesOf(type));
    linkToParent(write, parent, navigation);
    await update(work, write, storedAs(type, row));
  });
  return write;
}

/** A link of many to many: both entities stay as they are. */
function changeLink(
  work: Work,
  change: Pick<LinkWrite, 'operation' | 'via'>,
  origin: Under,
  path: string,
  read: () => Promise<StoredRow>,
): EntityWrite {
  const { parent, navigation } = origin;
  const write = work.add('keep', emptyChange(navigation.target, 'update'), origin, path);
  const link = work.linkLater();
  write.start(async () => {
    if (parent.operation !== 'create') checkUpdatable(navigation, parent.type);
    const row = await read();
    write.current = row;
    write.becomes(() => row.values);
    link({ ...change, from: parent.end, to: endAt(row) });
  });
  return write;
}

/** A row, locked by now, that comes to stand behind a navigation of another entity. */
export function linkRow(work: Work, origin: Under, row: StoredRow, path: string): EntityWrite {
  const { parent, navigation } = origin;
  const { via } = navigation;
  if (via) return changeLink(work, { operation: 'link', via }, origin, path, () => Promise.resolve(row));
  const type = storedType(navigation.target, row);
  const write = work.add('update', emptyChange(type, 'update'), origin, path);
  write.start(async () => {
    checkUpdatable(navigation, type);
    linkToParent(write, parent, navigation);
    await update(work, write, storedAs(type, row));
  });
  return write;
}

/** A row, locked by now, that no longer stands behind a navigation. One that cannot be without it stays. Protocol §11.4.6.2 */
export function unlink(work: Work, origin: Under, row: StoredRow, path: string): EntityWrite {
  const { navigation } = origin;
  const { via } = navigation;
  if (via) return changeLink(work, { operation: 'unlink', via }, origin, path, () => Promise.resolve(row));
  const type = storedType(navigation.target, row);
  const write = work.add('update', emptyChange(type, 'update'), origin, path);
  write.start(async () => {
    checkUpdatable(navigation, type);
    for (const { targetColumn } of navigation.join)
      setForeignKey(write, navigation, targetColumn, ended(navigation, type, targetColumn));
    await update(work, write, storedAs(type, row));
  });
  return write;
}

/** The foreign key of an entity that no longer stands behind a navigation; throws where it must stand behind one. */
export function ended({ name }: NavigationProperty, type: EntityType, column: string): null {
  if (isOptional(type, column)) return null;
  throw odataError('InvalidValue', {
    message: `A ${type.name} cannot be taken out of "${name}": it must belong to one.`,
  });
}

/** A link in the row of another entity is a change of that one. */
function checkUpdatable({ name }: NavigationProperty, { updatable }: EntityType): void {
  if (updatable) return;
  throw odataError('InvalidValue', {
    message: `The entities of "${name}" are read only: what they are related to cannot be changed.`,
  });
}

/** The part of an item's path before the name of its navigation. */
const prefixOf = (path: string, { name }: NavigationProperty): string => path.slice(0, path.lastIndexOf(name));

/** Sets the foreign key of an entity to the one that it belongs to. */
export function linkToParent(write: EntityWrite, parent: EntityWrite, navigation: NavigationProperty): void {
  for (const { column, targetColumn } of navigation.join)
    setForeignKey(write, navigation, targetColumn, parent.end(column) ?? null);
}

const columnsAsTheyAre = ({ columns }: StoredRow, names: readonly string[]): Tied =>
  new Map(names.map((column) => [column, columns.get(column) ?? null]));

/** What a row is tied to as long as it lives: the partition, and the entity that contains it. */
const tiedColumns = (type: EntityType, row: StoredRow): Tied =>
  columnsAsTheyAre(row, [...containerColumns(type), ...(type.partition ? [type.partition.column] : [])]);

/** What a link may not change: that, and foreign keys that the service sets. */
export function fixedColumns(type: EntityType, row: StoredRow): Tied {
  const own = leaves(type).flatMap(({ property, column }) => (property.computed || property.immutable ? [column] : []));
  return new Map([...columnsAsTheyAre(row, own), ...tiedColumns(type, row)]);
}

/** The version of a row that is there. */
export const versionOf = ({ version }: EntityType, { columns }: StoredRow): string | undefined =>
  version ? (columns.get(version.column) ?? undefined) : undefined;

/** The version that a write makes of a row. */
export function raisedVersion(type: EntityType, current: StoredRow): string | undefined {
  const version = versionOf(type, current);
  return version === undefined ? undefined : String(Number(version) + 1);
}

/** If-None-Match and If-Match, then the ETag of a 4.01 body. Protocol §8.2.4, §8.2.5, §11.4.3 */
export function checkPreconditions(
  { settings }: WriteContext,
  type: EntityType,
  current: StoredRow,
  conditions: Preconditions,
  bodyTag: string | undefined,
): void {
  const version = versionOf(type, current);
  checkConditions(version, conditions);
  if (version === undefined) return;
  if (conditions.ifMatch === undefined && bodyTag === undefined && settings.requireIfMatch)
    throw odataError('PreconditionRequired', {});
  checkTag(version, bodyTag);
}

/** Throws 412 unless the collection that a request writes to is what the headers ask for; returns it where they name its ETag. */
export async function checkCollection(
  work: Work,
  target: Target,
  conditions: Preconditions,
): Promise<TaggedCollection | undefined> {
  const collection = await statedCollection(work, target, conditions);
  checkConditions(collection && (await tagOfMembers(work, collection)), conditions);
  return collection;
}

/** Throws 412 unless what is there, in the version of its ETag or without one, is what the headers ask for. RFC 9110 §13.1 */
export function checkConditions(version: string | undefined, { ifMatch, ifNoneMatch }: Preconditions): void {
  if (
    ifNoneMatch !== undefined &&
    (version === undefined ? ifNoneMatch === '*' : matchesEntityTag(ifNoneMatch, version))
  )
    throw odataError('PreconditionFailed', { message: 'The record exists in a version that If-None-Match excludes.' });
  if (ifMatch === undefined || ifMatch === '*') return;
  if (version === undefined) throw odataError('PreconditionFailed', { message: withoutTag });
  if (!matchesEntityTag(ifMatch, version)) throw odataError('Request_EntityChanged', {});
}

/** The same for a record. */
export const checkVersion = (type: EntityType, row: StoredRow, conditions: Preconditions): void =>
  checkConditions(versionOf(type, row), conditions);

const withoutTag =
  'What is written to has no ETag of its own that If-Match could name. Entities have one, and contained collections of entities that can be changed.';

/** Throws 412 when the version is another one than that of a body. */
export function checkTag(version: string, asked: string | undefined): void {
  if (asked !== undefined && asked !== '*' && !matchesEntityTag([opaqueTag(asked)], version))
    throw odataError('Request_EntityChanged', {});
}

/** The ETag of an entity within a 4.01 body. Protocol §11.4.3 */
export function checkBodyTag({ type, change }: EntityWrite, current: StoredRow): void {
  const version = versionOf(type, current);
  if (version !== undefined) checkTag(version, change.etag);
}
