/** The statements of all entities of a request, in the order in which the database can take them, equal ones as one. */
import { ODataError } from '../error';
import type { Call } from './database';
import { databaseError } from './database-errors';
import type { EntityWrite } from './entity-write';
import { deleteCall, deleteManyCall, insertCall, insertManyCall, updateCall, updateManyCall } from './write-sql';

/**
 * Deletes first, so that what they leave free can be taken; then what others refer to before those others. What an entity refers to until
 * the request changes that is deleted last.
 */
export function writeCalls(writes: readonly EntityWrite[]): readonly Call[] {
  const deleted = writes.filter(({ operation }) => operation === 'delete').reverse();
  const kept = writes.filter(({ operation }) => operation !== 'delete');
  const levels = [...new Set(kept.map(({ level }) => level))].sort((left, right) => left - right);
  const last = referredTo(deleted, kept);
  return [
    ...deleteCalls(deleted.filter((write) => !last.has(write))),
    ...levels.flatMap((level) => levelCalls(kept.filter((write) => write.level === level))),
    ...deleteCalls([...last]),
  ];
}

/** Those that one of the others refers to, directly or over one another. */
function referredTo(writes: readonly EntityWrite[], by: readonly EntityWrite[]): ReadonlySet<EntityWrite> {
  const found = new Set(writes.filter((write) => by.some((other) => refersTo(other, write))));
  for (const other of found) for (const write of writes) if (refersTo(other, write)) found.add(write);
  return found;
}

/** Rows of one table go together, because they may refer to one another. */
function deleteCalls(writes: readonly EntityWrite[]): readonly Call[] {
  return grouped(writes, ({ type }) => type.table).flatMap((group) => {
    const [first] = group;
    if (!first) return [];
    return [group.length === 1 ? deleteCall(first.type, first.key) : deleteManyCall(first.type, group)];
  });
}

/** True where the row of an entity, as it is before the request, refers to that of another one. */
const refersTo = ({ type, current }: EntityWrite, other: EntityWrite): boolean =>
  [...type.joins.values()].some(
    ({ owning, target, join }) =>
      owning &&
      target.table === other.type.table &&
      join.every(({ column, targetColumn }) => {
        const value = current?.columns.get(column) ?? null;
        return value !== null && value === other.current?.columns.get(targetColumn);
      }),
  );

/** Updates first: they may give free what a new row takes. */
function levelCalls(writes: readonly EntityWrite[]): readonly Call[] {
  const ofOperation = (wanted: EntityWrite['operation']): readonly EntityWrite[] =>
    writes.filter(({ operation }) => operation === wanted);
  return [...alike(ofOperation('update')).flatMap(updateCalls), ...alike(ofOperation('create')).flatMap(insertCalls)];
}

/** Writes of one type with the same columns, together. */
const alike = (writes: readonly EntityWrite[]): readonly (readonly EntityWrite[])[] =>
  grouped(writes, ({ type, columns }) => [type.name, ...columns.keys()].join(','));

function grouped(
  writes: readonly EntityWrite[],
  by: (write: EntityWrite) => unknown,
): readonly (readonly EntityWrite[])[] {
  const groups = new Map<unknown, EntityWrite[]>();
  for (const write of writes) {
    const group = groups.get(by(write)) ?? [];
    groups.set(by(write), group);
    group.push(write);
  }
  return [...groups.values()];
}

function updateCalls(writes: readonly EntityWrite[]): readonly Call[] {
  const [first] = writes;
  if (!first) return [];
  if (writes.length === 1) return [updateCall(first.type, first.key, first.columns)];
  return [updateManyCall(first.type, writes)];
}

function insertCalls(writes: readonly EntityWrite[]): readonly Call[] {
  const [first] = writes;
  if (!first) return [];
  if (writes.length === 1) return [insertCall(first.type, first.columns, first.version)];
  return [insertManyCall(first.type, writes)];
}

const keyDetail = /^Key \((.*)\)=\((.*)\)/;

/** An error of the database at the entity of the body that it is about, where the database tells it. */
export function located(error: unknown, writes: readonly EntityWrite[]): unknown {
  const known = databaseError(error);
  if (!(known instanceof ODataError) || writes.length < 2) return error;
  const { table, detail } = faultOf(error);
  const [, names = '', values = ''] = keyDetail.exec(detail ?? '') ?? [];
  const columns = names.replaceAll('"', '').split(', ');
  const found = writes.filter(
    ({ type, columns: set }) =>
      type.table.name === table && columns.map((column) => set.get(column)?.value ?? null).join(', ') === values,
  );
  const write = found.at(-1);
  return write && write.path !== '' ? known.below(`${write.path}/`) : error;
}

const faultOf = (error: unknown): { readonly table?: string; readonly detail?: string } =>
  typeof error === 'object' && error !== null ? error : {};
