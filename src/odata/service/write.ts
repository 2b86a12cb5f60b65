/** Creates, updates and deletes an entity with all that is written along: two round trips where the rules look nothing up after the first. Protocol 4.01 §11.4 */
import { emptyChange, type Change } from '../payload/change';
import { inTurns, type Steps } from '../payload/turns';
import type { Target } from '../plan/plan';
import { retrying } from './collision';
import { contentIdsOf } from './content-ids';
import { addCreate, createdKey } from './create';
import type { Call } from './database';
import { loadNested } from './deep-load';
import { addUpdate } from './deep-update';
import type { EntityWrite } from './entity-write';
import { withItems } from './items';
import { keyOf } from './stored-row';
import { storedAs, storedType } from './stored-type';
import { checkCollection, checkPreconditions, lockedRow, raisedVersion, remove, versionOf } from './update';
import { checkMethod, type Preconditions, type WriteContext, type Written } from './write-context';
import { Work } from './write-work';

/** Inserts an entity into the collection that the target is, with the entities that its body holds. Protocol §11.4.2 */
export function createEntity(
  context: WriteContext,
  target: Target,
  change: Change,
  conditions: Preconditions,
): Promise<Written> {
  checkMethod(target, ['POST']);
  return retrying(context, async (transaction) => {
    const work = new Work(context, target, transaction);
    await checkCollection(work, target, conditions);
    const root = await inTurns(addCreate(work, change, { kind: 'resource', target }, ''));
    await work.settle();
    const { type, version } = root;
    return work.finish({ key: createdKey(root), etag: type.version && String(version) });
  });
}

/** Inserts entities into one collection, their rules in turns, equal rows as one statement; `readBacks` asks for the answers. */
export function createEntities(
  context: WriteContext,
  target: Target,
  changes: readonly Change[],
  readBacks: (written: readonly Written[]) => readonly Call[],
): Promise<readonly Written[]> {
  checkMethod(target, ['POST']);
  return retrying(context, async (transaction) => {
    const work = new Work(context, target, transaction);
    const roots = await inTurns(addCreates(work, target, changes));
    await work.settle();
    const written = roots.map((root) => ({
      key: createdKey(root),
      etag: root.type.version && String(root.version),
      contentIds: contentIdsOf([root]),
    }));
    await work.send(readBacks(written));
    return written;
  });
}

function* addCreates(work: Work, target: Target, changes: readonly Change[]): Steps<readonly EntityWrite[]> {
  const roots: EntityWrite[] = [];
  for (const change of changes) roots.push(yield* addCreate(work, change, { kind: 'resource', target }, ''));
  return roots;
}

/** Changes the entity that the target is: PATCH merges, PUT replaces; which one it is, the change knows. Protocol §11.4.3 */
export function updateEntity(
  context: WriteContext,
  target: Target,
  asked: Change,
  conditions: Preconditions,
): Promise<Written> {
  checkMethod(target, ['PATCH', 'PUT']);
  return retrying(context, async (transaction) => {
    const work = new Work(context, target, transaction);
    const current = await lockedRow(work, target, asked);
    const { type } = target.range;
    const key = keyOf(type, current);
    checkPreconditions(context, type, current, conditions, asked.etag);
    const change = await withItems(work, asked, current);
    if (!change) return work.finish({ key, etag: versionOf(type, current) });
    const loaded = await loadNested(work, change, current);
    await inTurns(addUpdate(work, change, { kind: 'resource', target }, '', loaded));
    await work.settle();
    return work.finish({ key, etag: raisedVersion(type, current) });
  });
}

/** Deletes the entity that the target is, and what it contains. Protocol §11.4.5 */
export function deleteEntity(context: WriteContext, target: Target, conditions: Preconditions): Promise<Written> {
  checkMethod(target, ['DELETE']);
  return retrying(context, async (transaction) => {
    const work = new Work({ ...context, readBack: undefined }, target, transaction);
    const found = await lockedRow(work, target, undefined);
    const type = storedType(target.range.type, found);
    const current = storedAs(type, found);
    checkMethod({ ...target, range: { ...target.range, type } }, ['DELETE']);
    checkPreconditions(context, type, current, conditions, undefined);
    const root = work.add('delete', emptyChange(type, 'update'), { kind: 'resource', target }, '');
    root.start(() => remove(work, root, current));
    await work.settle();
    return work.finish({ key: keyOf(type, current), etag: undefined });
  });
}
