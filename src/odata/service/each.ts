/** PATCH, DELETE and actions on `/$each`: every member of a collection, all or none. Protocol §11.4.13, §11.4.14, §11.5.2 */
import { keyColumnsOf } from '../compile/key-columns';
import { odataError } from '../error';
import { matchesEntityTag } from '../http/entity-tags';
import { emptyChange, type Change } from '../payload/change';
import { inTurns, type Steps } from '../payload/turns';
import type { Step, Target } from '../plan/plan';
import { bound, extraSlot, identifier, join, param, sql, type Sql } from '../sql';
import { retrying } from './collision';
import { addUpdate } from './deep-update';
import { keyInUrl } from './read';
import { keyOf, rowColumns, type StoredRow } from './stored-row';
import { StatementCache } from './statement-cache';
import { storedAs, storedType } from './stored-type';
import { statedCollection, tagOfMembers } from './members';
import { checkConditions, checkVersion, remove } from './update';
import { isFiltered, selectRows, type RowLock } from './target-sql';
import { checkMethod, type Preconditions, type WriteContext } from './write-context';
import { Work } from './write-work';

const LIMIT = 'limit';

const statements = new StatementCache<readonly Step[]>();

function rowsSql({ steps, range: { type } }: Target, lock: RowLock | undefined): Sql {
  const names = join(keyColumnsOf(type).map(identifier), ', ');
  const tail = sql` order by ${names} limit ${param(extraSlot(LIMIT), 'int8')}`;
  return selectRows(steps, rowColumns(type), tail, lock);
}

/**
 * The rows that a path stands for, whatever it filters, in the order of their keys, locked if so. A filter is asked again once they are
 * locked: another request may have changed them until then. Refuses more than a request may write.
 */
async function lockedRows(work: Work, target: Target, lock: RowLock | undefined): Promise<readonly StoredRow[]> {
  const rows = await rowsOf(work, target, lock);
  if (!lock || rows.length === 0 || !isFiltered(target.steps)) return rows;
  const textOf = (row: StoredRow): string => keyInUrl(target.range, keyOf(target.range.type, row));
  const locked = new Set(rows.map(textOf));
  return (await rowsOf(work, target, undefined)).filter((row) => locked.has(textOf(row)));
}

async function rowsOf(work: Work, target: Target, lock: RowLock | undefined): Promise<readonly StoredRow[]> {
  const statement = statements.get(target.steps, lock ?? '', () => rowsSql(target, lock));
  const bindings = { ...work.bindings, extra: { [LIMIT]: String(work.maxEach + 1) } };
  const rows = await work.rows(target.range.type, bound(statement, bindings));
  if (rows.length > work.maxEach) throw odataError('TooManyMembers', { limit: work.maxEach }, { target: '$each' });
  return rows;
}

/** The same in the versions that the request asks for: If-Match names the ETag of their collection, or those of all members. Protocol §8.2.4 */
export async function judgedRows(
  work: Work,
  target: Target,
  lock: RowLock | undefined,
  conditions: Preconditions,
): Promise<readonly StoredRow[]> {
  const collection = await statedCollection(work, target, conditions);
  const tag = collection && (await tagOfMembers(work, collection));
  const rows = await lockedRows(work, target, lock);
  const { ifMatch, ...others } = conditions;
  const isOfCollection = tag !== undefined && ifMatch !== undefined && matchesEntityTag(ifMatch, tag);
  if (tag !== undefined) checkConditions(tag, isOfCollection || rows.length > 0 ? others : conditions);
  for (const row of rows) checkVersion(target.range.type, row, isOfCollection ? others : conditions);
  return rows;
}

/** A member in the targets of errors. */
export function memberPath({ steps, set, range }: Target, row: StoredRow): string {
  const name = steps.at(-1)?.navigation?.name ?? set?.name ?? range.type.name;
  return `${name}${keyInUrl(range, keyOf(range.type, row))}`;
}

/** Changes every member alike. */
export const updateEach = (
  context: WriteContext,
  target: Target,
  change: Change,
  conditions: Preconditions,
): Promise<void> => {
  if (change.nested.size > 0 || change.collectionTags?.size)
    throw odataError('InvalidBody', {
      message: 'What changes each member of a collection cannot hold other entities.',
    });
  return forEach(context, target, 'PATCH', conditions, function* (work, row, path) {
    yield* addUpdate(work, change, { kind: 'resource', target }, path, { row, nested: new Map() });
  });
};

/** Deletes every member. */
export const deleteEach = (context: WriteContext, target: Target, conditions: Preconditions): Promise<void> =>
  forEach(context, target, 'DELETE', conditions, function* (work, row, path) {
    yield;
    const type = storedType(target.range.type, row);
    checkMethod({ ...target, range: { ...target.range, type } }, ['DELETE']);
    const write = work.add('delete', emptyChange(type, 'update'), { kind: 'resource', target }, path);
    write.start(() => remove(work, write, storedAs(type, row)));
  });

/** A request for many members cannot know their tags: If-Match is obeyed, but not asked for. */
function forEach(
  context: WriteContext,
  target: Target,
  method: 'PATCH' | 'DELETE',
  conditions: Preconditions,
  add: (work: Work, row: StoredRow, path: string) => Steps<void>,
): Promise<void> {
  checkMethod(target, [method]);
  const asked = { ...context, readBack: undefined };
  return retrying(asked, async (transaction) => {
    const work = new Work(asked, target, transaction);
    const rows = await judgedRows(work, target, 'for update', conditions);
    await inTurns(
      (function* (): Steps<void> {
        for (const row of rows) yield* add(work, row, memberPath(target, row));
      })(),
    );
    await work.settle();
    await work.send([]);
  });
}
