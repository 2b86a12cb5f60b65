/** An update of an entity with what its body says of others: changed, new, linked, no longer related, gone. Protocol §11.4.3.1 */
import { odataError } from '../error';
import { rootType } from '../model/inheritance';
import type { EntityType, NavigationProperty } from '../model/model';
import { emptyChange, type Change } from '../payload/change';
import type { Steps } from '../payload/turns';
import { addCreate, checkInsertable } from './create';
import type { Loaded, LoadedItem, LoadedNested } from './deep-load';
import type { EntityWrite, Origin } from './entity-write';
import { keyOf, leaf, type StoredRow } from './stored-row';
import { storedAs, storedType, underStoredType } from './stored-type';
import { checkBodyTag, ended, linkRow, linkToParent, remove, unlink, update } from './update';
import { setForeignKey } from './write-links';
import type { Work } from './write-work';

/** Adds the update of a row, and everything behind it, to the work. */
export function* addUpdate(
  work: Work,
  asked: Change,
  origin: Origin,
  path: string,
  loaded: Loaded,
): Steps<EntityWrite> {
  yield;
  const { change, row } = underStoredType(asked, loaded.row);
  const { nested, own } = withoutItself(change, loaded);
  if (!change.type.updatable) throw notUpdatable(change.type, path);
  const referred: (readonly [NavigationProperty, EntityWrite])[] = [];
  for (const [navigation, { items }] of nested)
    if (navigation.owning)
      for (const item of items) referred.push(...(yield* work.attempt(addReferred(work, navigation, item))));
  const write = work.add('update', change, origin, path, (made) => {
    made.current = row;
    for (const [navigation, other] of referred) made.referred.set(navigation, other);
  });
  write.start(async () => {
    if (path !== '') checkBodyTag(write, row);
    if (origin.kind === 'under') takeParent(write, origin.parent, origin.navigation, row);
    for (const { navigation, column, value } of loaded.links ?? []) setForeignKey(write, navigation, column, value);
    for (const { navigation, column, key, isMember } of own)
      setForeignKey(write, navigation, column, isMember ? key : ended(navigation, write.type, column));
    await update(work, write, row);
    checkOwn(write, own);
  });
  if (origin.kind === 'under' && origin.navigation.via) linkRow(work, origin, row, path);
  for (const [navigation, found] of nested)
    if (!navigation.owning)
      yield* addMembers(work, write, navigation, found, change.nested.get(navigation)?.form === 'all');
  return write;
}

/** An entity that comes to stand behind a navigation refers to its parent; one that is there already must not name another one. */
function takeParent(write: EntityWrite, parent: EntityWrite, navigation: NavigationProperty, row: StoredRow): void {
  const { type, change } = write;
  for (const [path, value] of change.values) {
    const column = leaf(type, path)?.column;
    const pair = navigation.join.find(({ targetColumn }) => targetColumn === column);
    if (pair && value !== (parent.current?.columns.get(pair.column) ?? null))
      throw odataError(
        'InvalidValue',
        { message: `The value of "${path}" contradicts its place in the body.` },
        { target: path },
      );
  }
  if (!navigation.via && !isBelow(navigation, row, parent)) linkToParent(write, parent, navigation);
}

/** True where foreign keys tie the row to its parent; a table between is asked when the row is read. */
const isBelow = (
  { join }: NavigationProperty,
  row: StoredRow,
  parent: Pick<EntityWrite, 'current'> | undefined,
): boolean =>
  join.every(({ column, targetColumn }) => row.columns.get(targetColumn) === parent?.current?.columns.get(column));

/** Whether an entity shall refer to itself, by a foreign key that its own key stands for. */
interface OwnMember {
  readonly navigation: NavigationProperty;
  readonly column: string;
  readonly key: string | null;
  readonly isMember: boolean;
}

/** What a body says of the entity as a member of a collection of its own is part of its own change, and no second one; the rest of what it says. */
function withoutItself(
  { type, nested: asked }: Change,
  { row, nested }: Loaded,
): { readonly nested: Loaded['nested']; readonly own: readonly OwnMember[] } {
  const own: OwnMember[] = [];
  const rest = [...nested].map(([navigation, found]): readonly [NavigationProperty, LoadedNested] => {
    const { owning, via, target, join } = navigation;
    if (owning || via || rootType(target) !== rootType(type)) return [navigation, found];
    const isItself = (other: StoredRow | undefined): boolean =>
      other !== undefined && keyText(target, other) === keyText(target, row);
    const [item, another] = found.items.filter(({ loaded }) => isItself(loaded?.row));
    const isLeftOut = asked.get(navigation)?.form === 'all' && !item && found.present.some(isItself);
    const isEnded = item?.item.change.removed === 'changed' && isBelow(navigation, row, { current: row });
    const isMember = item !== undefined && item.item.change.removed === undefined && isReference(item.item.change);
    if (another || !(isLeftOut || isEnded || isMember)) return [navigation, found];
    for (const { column, targetColumn } of join)
      own.push({ navigation, column: targetColumn, key: row.columns.get(column) ?? null, isMember });
    const present = found.present.filter((other) => !isItself(other));
    return [navigation, { present, items: found.items.filter((other) => other !== item) }];
  });
  return { nested: new Map(rest), own };
}

/** The entity's own foreign key must not say something else in the same body. */
function checkOwn({ columns }: EntityWrite, own: readonly OwnMember[]): void {
  for (const { navigation, column, key, isMember } of own)
    if ((columns.get(column)?.value === key) !== isMember)
      throw odataError(
        'InvalidValue',
        { message: `What "${navigation.name}" says of the entity itself contradicts the rest of the body.` },
        { target: navigation.name },
      );
}

const originOf = (parent: EntityWrite | undefined, navigation: NavigationProperty): Origin =>
  parent ? { kind: 'under', parent, navigation } : { kind: 'alone' };

/** An entity that the changed one refers to: changed itself, or new. */
function* addReferred(
  work: Work,
  navigation: NavigationProperty,
  { item, loaded }: LoadedItem,
): Steps<readonly (readonly [NavigationProperty, EntityWrite])[]> {
  const { path, change } = item;
  if (loaded) return [[navigation, yield* addUpdate(work, change, { kind: 'alone' }, path, loaded)]];
  const refused = unknown(navigation.target, change, path);
  if (refused) throw refused;
  checkInsertable(navigation, path);
  return [[navigation, yield* addCreate(work, item.asCreate(), { kind: 'alone' }, path)]];
}

/** Adds what a body says of the members of a collection. The members of a set have no parent. */
export function* addMembers(
  work: Work,
  parent: EntityWrite | undefined,
  navigation: NavigationProperty,
  { present, items }: LoadedNested,
  isWhole: boolean,
): Steps<readonly EntityWrite[]> {
  const kept = new Set(items.map(({ loaded }) => loaded && keyText(navigation.target, loaded.row)));
  const place = `${parent?.path ?? ''}/${navigation.name}`.replace(/^\//, '');
  if (isWhole)
    for (const row of present) {
      yield;
      if (!kept.has(keyText(navigation.target, row)))
        addRemoval(work, parent, navigation, { row, path: place, isDeleted: false });
    }
  /** Members that the body has linked by a table between, and those that it no longer has. */
  const linked = new Map<string, boolean>();
  const writes: EntityWrite[] = [];
  for (const member of items) {
    const { item, loaded, isLinked } = member;
    const key = loaded && navigation.via ? keyText(navigation.target, loaded.row) : undefined;
    const known = key === undefined ? isLinked : (linked.get(key) ?? isLinked);
    const asked = { ...member, ...(known === undefined ? {} : { isLinked: known }) };
    const added = yield* work.attempt(addMember(work, parent, navigation, asked));
    if (key !== undefined && added.length > 0) linked.set(key, item.change.removed === undefined);
    writes.push(...added);
  }
  return writes;
}

const keyText = (type: EntityType, row: StoredRow): string => JSON.stringify(keyOf(type, row));

function* addMember(
  work: Work,
  parent: EntityWrite | undefined,
  navigation: NavigationProperty,
  { item, loaded, isLinked }: LoadedItem,
): Steps<readonly EntityWrite[]> {
  yield;
  const { path, change } = item;
  const { target, via } = navigation;
  if (change.removed !== undefined) {
    if (!loaded || !(via ? isLinked : isBelow(navigation, loaded.row, parent))) throw notThere(target, path);
    return [addRemoval(work, parent, navigation, { row: loaded.row, path, isDeleted: change.removed === 'deleted' })];
  }
  if (loaded && via && parent && isReference(change))
    return [linkRow(work, { kind: 'under', parent, navigation }, loaded.row, path)];
  if (loaded) return [yield* addUpdate(work, change, originOf(parent, navigation), path, loaded)];
  const refused = unknown(target, change, path);
  if (refused) throw refused;
  checkInsertable(navigation, path);
  return [yield* addCreate(work, item.asCreate(), originOf(parent, navigation), path)];
}

/** True for an item that names an entity and nothing to change about it. */
const isReference = ({ values, dynamic, fixed, bindings, nested, collectionTags, etag }: Change): boolean =>
  etag === undefined && [values, dynamic, fixed, bindings, nested, collectionTags].every((part) => !part?.size);

/** What is contained has no life of its own; other entities are only no longer related, unless their end is asked for. */
function addRemoval(
  work: Work,
  parent: EntityWrite | undefined,
  navigation: NavigationProperty,
  { row, path, isDeleted }: { readonly row: StoredRow; readonly path: string; readonly isDeleted: boolean },
): EntityWrite {
  const { target, containsTarget } = navigation;
  if (!isDeleted && !containsTarget) {
    if (parent) return unlink(work, { kind: 'under', parent, navigation }, row, path);
    throw odataError(
      'InvalidBody',
      { message: 'An entity leaves its set only by its end: the reason must be "deleted".' },
      { target: path },
    );
  }
  const type = storedType(target, row);
  if (!type.deletable)
    throw odataError(
      'InvalidBody',
      { message: `Entities of the type '${type.name}' cannot be deleted.` },
      { target: path },
    );
  const write = work.add('delete', emptyChange(type, 'update'), originOf(parent, navigation), path);
  write.start(() => remove(work, write, storedAs(type, row)));
  return write;
}

/** Where the service gives the keys, an unknown one is an error, not a new entity. Protocol §11.4.4 */
function unknown(type: EntityType, { key, id }: Change, path: string): Error | undefined {
  const isGiven = type.key.some(({ name, computed }) => computed && key.has(name));
  return id !== undefined || isGiven ? notThere(type, path) : undefined;
}

const notThere = ({ name }: EntityType, path: string): Error =>
  odataError('InvalidValue', { message: `There is no ${name} of this key here.` }, { target: path });

const notUpdatable = ({ name }: EntityType, path: string): Error =>
  odataError('InvalidBody', { message: `Entities of the type '${name}' cannot be changed.` }, { target: path });
