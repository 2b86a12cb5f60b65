/** PATCH and DELETE of `/$each`: every member of a collection, all or none. Protocol §11.4.13, §11.4.14 */
import { Aliases, tableOf } from '../compile/source';
import { compileChain } from '../compile/chain';
import { odataError } from '../error';
import { emptyChange, type Change } from '../payload/change';
import type { Step, Target } from '../plan/plan';
import { identifier, join, prepare, sql, trusted, type Statement } from '../sql';
import { addUpdate } from './deep-update';
import { keyInUrl } from './read';
import { keyOf, rowColumns, type StoredRow } from './stored-row';
import { storedAs, storedType } from './stored-type';
import { checkPreconditions, remove } from './update';
import { checkMethod, type Preconditions, type WriteContext } from './write-context';
import { retrying, Work } from './write-work';

const statements = new WeakMap<readonly Step[], Statement>();

/** The rows that the path stands for, locked in the order of their keys. */
function eachStatement({ steps, range: { type } }: Target): Statement {
  const found = statements.get(steps);
  if (found) return found;
  const { last, from, conditions } = compileChain(steps, new Aliases());
  const key = type.key.flatMap(({ source }) => (source.kind === 'column' ? [source.column] : []));
  const names = join(key.map(identifier), ', ');
  const keys = join(
    key.map((column) => last.column(column)),
    ', ',
  );
  const where = conditions.length > 0 ? sql` where ${join(conditions, ' and ')}` : trusted('');
  const made = prepare(
    sql`select ${join(rowColumns(type).map(identifier), ', ')} from ${tableOf(type)} where (${names}) in (select ${keys} from ${from.clause}${where}) order by ${names} for update`,
  );
  statements.set(steps, made);
  return made;
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
  return forEach(context, target, 'PATCH', conditions, (work, row, path) => {
    addUpdate(work, change, { kind: 'resource', target }, path, { row, nested: new Map() });
  });
};

/** Deletes every member. */
export const deleteEach = (context: WriteContext, target: Target, conditions: Preconditions): Promise<void> =>
  forEach(context, target, 'DELETE', conditions, (work, row, path) => {
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
  add: (work: Work, row: StoredRow, path: string) => void,
): Promise<void> {
  checkMethod(target, [method]);
  const asked = { ...context, readBack: undefined, settings: { ...context.settings, requireIfMatch: false } };
  const { type } = target.range;
  const name = target.steps.at(-1)?.navigation?.name ?? target.set?.name ?? type.name;
  return retrying(asked, async (transaction) => {
    const work = new Work(asked, target, transaction);
    const statement = eachStatement(target);
    const rows = await work.rows(type, { statement, values: statement.slots.map((slot) => slot(work.bindings)) });
    for (const row of rows) {
      checkPreconditions(asked, type, row, conditions, undefined);
      add(work, row, `${name}${keyInUrl(type, keyOf(type, row))}`);
    }
    await work.settle();
    await work.send([]);
  });
}
