/** The statements of all entities of a request, in the order in which the database can take them, equal ones as one. */
import { ODataError } from '../error';
import type { EntityType, NavigationProperty } from '../model/model';
import { atOnce, type Steps } from '../payload/turns';
import type { Call } from './database';
import { databaseError } from './database-errors';
import type { EntityWrite } from './entity-write';
import { parameterText } from './array-text';
import { deleteCall, deleteManyCall, insertCall, insertManyCall, updateCall, updateManyCall } from './write-sql';

/**
 * Deletes first, so that what they leave free can be taken; then what others refer to before those others. What an entity refers to until
 * the request changes that is deleted right after the change.
 */
export function* writeCalls(writes: readonly EntityWrite[]): Steps<readonly Call[]> {
  const deleted = writes.filter(({ operation }) => operation === 'delete').reverse();
  const kept = writes.filter(({ operation }) => operation !== 'delete');
  const levels = [...new Set(kept.map(({ level }) => level))].sort((left, right) => left - right);
  const turns = yield* turnsOf(kept, deleted);
  const deletes = (turn: number | undefined): Steps<readonly Call[]> =>
    deleteCalls(deleted.filter((write) => turns.get(write) === turn));
  const calls = [...(yield* deletes(undefined))];
  for (const level of levels) {
    const ofLevel = kept.filter((write) => write.level === level);
    // Updates first: they may give free what a new row takes.
    calls.push(
      ...(yield* callsOf(
        ofLevel,
        'update',
        ({ type, key, columns }) => updateCall(type, key, columns),
        updateManyCall,
      )),
    );
    calls.push(...(yield* deletes(level)));
    calls.push(
      ...(yield* callsOf(
        ofLevel,
        'create',
        ({ type, columns, version }) => insertCall(type, columns, version),
        insertManyCall,
      )),
    );
  }
  return calls;
}

/** Types derived from one another have one table. */
const tableOf = ({ table: { schema, name } }: EntityType): string => `${schema ?? ''}.${name}`;

/** Those of some entities that the row of another one, as it is before the request, refers to and may not be without. */
type Referrer = (by: EntityWrite) => readonly EntityWrite[];

/** Of thousands each is found by its values, not by a look at all others. */
function referrer(writes: readonly EntityWrite[]): Referrer {
  const byValues = new Map<NavigationProperty, ReadonlyMap<string, readonly EntityWrite[]>>();
  const behind = (navigation: NavigationProperty): ReadonlyMap<string, readonly EntityWrite[]> => {
    const { target, join } = navigation;
    const columns = join.map(({ targetColumn }) => targetColumn);
    const made =
      byValues.get(navigation) ??
      atOnce(
        grouped(
          writes.filter(({ type }) => tableOf(type) === tableOf(target)),
          (write) => storedText(write, columns),
        ),
      );
    byValues.set(navigation, made);
    return made;
  };
  return (by) =>
    [...by.type.joins.values()].filter(holds).flatMap((navigation) => {
      const columns = navigation.join.map(({ column }) => column);
      return behind(navigation).get(storedText(by, columns)) ?? [];
    });
}

/** The row refers to another one, and the database does not end that by itself. */
const holds = ({ owning, partner = '', target }: NavigationProperty): boolean =>
  owning && target.navigations.get(partner)?.onDelete !== 'SetNull';

/** The values of columns before the request, as one text; a row without one of them is like no other. */
function storedText({ current, position }: EntityWrite, columns: readonly string[]): string {
  const values = columns.map((column) => current?.columns.get(column) ?? null);
  return values.includes(null) ? `${position}` : JSON.stringify(values);
}

/** The levels after whose updates entities are deleted that others refer to until then, directly or over one another. */
function* turnsOf(
  kept: readonly EntityWrite[],
  deleted: readonly EntityWrite[],
): Steps<ReadonlyMap<EntityWrite, number>> {
  const turns = new Map<EntityWrite, number>();
  if (deleted.length === 0) return turns;
  const referred = referrer(deleted);
  const pending = kept.map((by) => ({ by, turn: by.level }));
  for (const { by, turn } of pending) {
    yield;
    for (const write of referred(by)) {
      if ((turns.get(write) ?? -1) >= turn) continue;
      turns.set(write, turn);
      pending.push({ by: write, turn });
    }
  }
  return turns;
}

/** Rows of one table go together, because they may refer to one another. */
function* deleteCalls(writes: readonly EntityWrite[]): Steps<readonly Call[]> {
  const groups = yield* grouped(writes, ({ type }) => tableOf(type));
  return yield* callsOfEach(groups, ({ type, key }) => deleteCall(type, key), deleteManyCall);
}

/** Writes of one kind and type with the same columns go together. */
function* callsOf(
  writes: readonly EntityWrite[],
  wanted: EntityWrite['operation'],
  one: (write: EntityWrite) => Call,
  many: ManyCall,
): Steps<readonly Call[]> {
  const ofKind = writes.filter(({ operation }) => operation === wanted);
  return yield* callsOfEach(
    yield* grouped(ofKind, ({ type, columns }) => [type.name, ...columns.keys()].join(',')),
    one,
    many,
  );
}

type ManyCall = (type: EntityType, writes: readonly EntityWrite[]) => Steps<Call>;

function* callsOfEach(
  groups: ReadonlyMap<string, readonly EntityWrite[]>,
  one: (write: EntityWrite) => Call,
  many: ManyCall,
): Steps<readonly Call[]> {
  const calls: Call[] = [];
  for (const group of groups.values()) {
    const [first] = group;
    if (first) calls.push(group.length === 1 ? one(first) : yield* many(first.type, group));
  }
  return calls;
}

function* grouped(
  writes: readonly EntityWrite[],
  by: (write: EntityWrite) => string,
): Steps<ReadonlyMap<string, readonly EntityWrite[]>> {
  const groups = new Map<string, EntityWrite[]>();
  for (const write of writes) {
    yield;
    const key = by(write);
    const group = groups.get(key);
    if (group) group.push(write);
    else groups.set(key, [write]);
  }
  return groups;
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
      type.table.name === table &&
      columns.map((column) => parameterText(set.get(column)?.value ?? null)).join(', ') === values,
  );
  const write = found.at(-1);
  return write && write.path !== '' ? known.below(`${write.path}/`) : error;
}

const faultOf = (error: unknown): { readonly table?: string; readonly detail?: string } =>
  typeof error === 'object' && error !== null ? error : {};
