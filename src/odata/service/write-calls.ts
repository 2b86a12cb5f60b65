/** The statements of all entities of a request, in the order in which the database can take them, equal ones as one. */
import { ODataError } from '../error';
import type { EntityType, NavigationProperty } from '../model/model';
import type { Call } from './database';
import { databaseError } from './database-errors';
import type { EntityWrite } from './entity-write';
import { deleteCall, deleteManyCall, insertCall, insertManyCall, updateCall, updateManyCall } from './write-sql';

/**
 * Deletes first, so that what they leave free can be taken; then what others refer to before those others. What an entity refers to until
 * the request changes that is deleted right after the change.
 */
export function writeCalls(writes: readonly EntityWrite[]): readonly Call[] {
  const deleted = writes.filter(({ operation }) => operation === 'delete').reverse();
  const kept = writes.filter(({ operation }) => operation !== 'delete');
  const levels = [...new Set(kept.map(({ level }) => level))].sort((left, right) => left - right);
  const turns = turnsOf(kept, deleted);
  const deletes = (turn: number | undefined): readonly Call[] =>
    deleteCalls(deleted.filter((write) => turns.get(write) === turn));
  return [
    ...deletes(undefined),
    ...levels.flatMap((level) => {
      const ofLevel = kept.filter((write) => write.level === level);
      // Updates first: they may give free what a new row takes.
      return [
        ...callsOf(ofLevel, 'update', updateCalls),
        ...deletes(level),
        ...callsOf(ofLevel, 'create', insertCalls),
      ];
    }),
  ];
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
      grouped(
        writes.filter(({ type }) => tableOf(type) === tableOf(target)),
        (write) => storedText(write, columns),
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
function turnsOf(kept: readonly EntityWrite[], deleted: readonly EntityWrite[]): ReadonlyMap<EntityWrite, number> {
  const turns = new Map<EntityWrite, number>();
  if (deleted.length === 0) return turns;
  const referred = referrer(deleted);
  const pending = kept.map((by) => ({ by, turn: by.level }));
  for (const { by, turn } of pending)
    for (const write of referred(by)) {
      if ((turns.get(write) ?? -1) >= turn) continue;
      turns.set(write, turn);
      pending.push({ by: write, turn });
    }
  return turns;
}

/** Rows of one table go together, because they may refer to one another. */
const deleteCalls = (writes: readonly EntityWrite[]): readonly Call[] =>
  [...grouped(writes, ({ type }) => tableOf(type)).values()].flatMap((group) => {
    const [first] = group;
    if (!first) return [];
    return [group.length === 1 ? deleteCall(first.type, first.key) : deleteManyCall(first.type, group)];
  });

/** Writes of one kind and type with the same columns go together. */
const callsOf = (
  writes: readonly EntityWrite[],
  wanted: EntityWrite['operation'],
  calls: (alike: readonly EntityWrite[]) => readonly Call[],
): readonly Call[] =>
  [
    ...grouped(
      writes.filter(({ operation }) => operation === wanted),
      ({ type, columns }) => [type.name, ...columns.keys()].join(','),
    ).values(),
  ].flatMap(calls);

function grouped(
  writes: readonly EntityWrite[],
  by: (write: EntityWrite) => string,
): Map<string, readonly EntityWrite[]> {
  const groups = new Map<string, EntityWrite[]>();
  for (const write of writes) {
    const key = by(write);
    const group = groups.get(key) ?? [];
    groups.set(key, group);
    group.push(write);
  }
  return groups;
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
