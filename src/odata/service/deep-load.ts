/** The rows that a deep update speaks of, read and locked before anything is judged: one round trip for each level. Protocol §11.4.3.1 */
import { odataError, ODataError } from '../error';
import type { EntityType, NavigationProperty } from '../model/model';
import type { Change, Item, Nested, Value } from '../payload/change';
import { isMember, listed, listedByKeys, members, tagOfMembers, type TaggedCollection } from './members';
import { keyOf, leaves, sqlValue, type StoredRow } from './stored-row';
import { checkTag as checkVersion } from './update';
import { referenced } from './write-links';
import type { Work } from './write-work';

/** An entity that exists, with what its change says of others. */
export interface Loaded {
  readonly row: StoredRow;
  readonly nested: ReadonlyMap<NavigationProperty, LoadedNested>;
  /** Foreign keys of the row that links of the body set. */
  readonly links?: readonly LinkedKey[];
}

/** The value that a link gives to a foreign key; null ends the link. */
export interface LinkedKey {
  readonly navigation: NavigationProperty;
  readonly column: string;
  readonly value: string | null;
}

/** The entities behind one navigation. */
export interface LoadedNested {
  /** All that are there, when the body lists all that shall be. */
  readonly present: readonly StoredRow[];
  readonly items: readonly LoadedItem[];
}

/** An entity of the body, and the one that it means. */
export interface LoadedItem {
  readonly item: Item;
  readonly loaded: Loaded | undefined;
  /** It is linked by a table between, where the body ends that. */
  readonly isLinked?: boolean;
}

/** Reads what stands behind the navigations of a change to a row. */
export async function loadNested(work: Work, change: Change, row: StoredRow): Promise<Loaded> {
  const found = await Promise.all(
    [...change.nested].map(
      async ([navigation, nested]) => [navigation, await loadOne(work, navigation, nested, row)] as const,
    ),
  );
  await Promise.all(
    [...(change.collectionTags ?? [])].map(([navigation, tag]) =>
      checkTag(work, { navigation, type: change.type, parent: row }, tag),
    ),
  );
  return { row, nested: new Map(found) };
}

/** A collection that is no longer what the client has seen is not touched. JSON §8.6 */
async function checkTag(work: Work, collection: TaggedCollection, tag: string): Promise<void> {
  const current = await tagOfMembers(work, collection);
  try {
    checkVersion(current, tag);
  } catch (error) {
    throw error instanceof ODataError
      ? new ODataError(error.code, error.message, { target: collection.navigation.name })
      : error;
  }
}

/** Reads what one navigation of a row leads to, as far as a body speaks of it. */
export async function loadOne(
  work: Work,
  navigation: NavigationProperty,
  { form, items }: Nested,
  parent: StoredRow | undefined,
): Promise<LoadedNested> {
  const isWhole = form === 'all' && !navigation.owning;
  const [present, keyed, identified] = await Promise.all([
    isWhole && parent ? members(work, navigation, parent) : [],
    byKeys(work, navigation, items, parent, isWhole),
    Promise.all(items.map((item) => byId(work, navigation, item))),
  ]);
  const known = new KnownRows([...present, ...keyed]);
  const loaded = items.map(async (item, index) => {
    if (work.isTurnOver) await work.nextTurn();
    const row = identified[index] ?? known.meantBy(item.change);
    if (row) checkAgreement(item, row, navigation, parent);
    const ends = navigation.via !== undefined && item.change.removed !== undefined;
    const isLinked = ends && row && parent ? isMember(work, navigation, parent, row) : false;
    return { item, loaded: row && (await loadNested(work, item.change, row)), isLinked: await isLinked };
  });
  return { present, items: await Promise.all(loaded) };
}

/** Rows by the keys in the body. Those of a contained navigation are looked for below their parent, others everywhere. */
async function byKeys(
  work: Work,
  navigation: NavigationProperty,
  items: readonly Item[],
  parent: StoredRow | undefined,
  hasMembers: boolean,
): Promise<readonly StoredRow[]> {
  const { target, containsTarget, join } = navigation;
  const keys = items.filter(({ change }) => change.key.size > 0).map(({ change }) => keyValues(target, change));
  const [first] = keys;
  if (!first || (hasMembers && containsTarget)) return [];
  const below = containsTarget
    ? Object.fromEntries(join.map(({ column, targetColumn }) => [targetColumn, parent?.columns.get(column) ?? null]))
    : {};
  const [single, ...further] = Object.keys(first);
  if (single !== undefined && further.length === 0) {
    const lists = Object.entries(below).map(([column, value]) => [column, [value]] as const);
    return listed(work, target, { ...Object.fromEntries(lists), [single]: keys.map((key) => key[single] ?? null) });
  }
  const alike = new Map<string, Record<string, string | null>[]>();
  for (const key of keys) {
    const names = Object.keys(key).join();
    const same = alike.get(names) ?? [];
    same.push({ ...below, ...key });
    alike.set(names, same);
  }
  const asked = [...alike.values()].map((same) => listedByKeys(work, target, same));
  return (await Promise.all(asked)).flat();
}

function keyValues(type: EntityType, { key }: Change): Record<string, string | null> {
  const values: Record<string, string | null> = {};
  for (const { path, property, column } of leaves(type)) {
    const value = key.get(path);
    const text = value === undefined ? undefined : sqlValue(property, value);
    if (text === null || typeof text === 'string') values[column] = text;
  }
  return values;
}

async function byId(
  work: Work,
  navigation: NavigationProperty,
  { change, path }: Item,
): Promise<StoredRow | undefined> {
  if (change.id === undefined) return undefined;
  try {
    return await referenced(work, navigation, change.id, 'for update');
  } catch (error) {
    throw error instanceof ODataError ? new ODataError(error.code, error.message, { target: path }) : error;
  }
}

/** Rows that items of a body may mean, found by the parts of the key that these give. */
class KnownRows {
  private readonly indexes = new Map<string, ReadonlyMap<string, StoredRow>>();

  constructor(private readonly rows: readonly StoredRow[]) {}

  meantBy({ key }: Change): StoredRow | undefined {
    const paths = [...key.keys()].sort();
    if (paths.length === 0) return undefined;
    const name = paths.join();
    const index = this.indexes.get(name) ?? this.indexed(paths);
    this.indexes.set(name, index);
    return index.get(keyText(paths, (path) => key.get(path)));
  }

  /** Of several rows the first one counts. */
  private indexed(paths: readonly string[]): ReadonlyMap<string, StoredRow> {
    return new Map(this.rows.toReversed().map((row) => [keyText(paths, (path) => row.values[path]), row]));
  }
}

const keyText = (paths: readonly string[], valueOf: (path: string) => Value | undefined): string =>
  JSON.stringify(paths.map((path) => valueOf(path) ?? null));

const isMeant = ({ key }: Change, { values }: StoredRow): boolean =>
  key.size > 0 && [...key].every(([path, value]: readonly [string, Value]) => values[path] === value);

/** An id and a key in one object name the same entity, and a contained one stays where it is. Protocol §11.4.3.1 */
function checkAgreement(
  { change, path }: Item,
  row: StoredRow,
  { containsTarget, join, name, target }: NavigationProperty,
  parent: StoredRow | undefined,
): void {
  if (change.key.size > 0 && !isMeant(change, row))
    throw odataError('InvalidValue', { message: 'The key and the "@id" name different entities.' }, { target: path });
  const isBelow = join.every(
    ({ column, targetColumn }) => row.columns.get(targetColumn) === parent?.columns.get(column),
  );
  if (containsTarget && !isBelow)
    throw odataError(
      'InvalidValue',
      { message: `The ${target.name} ${Object.values(keyOf(target, row)).join(', ')} is not among the "${name}".` },
      { target: path },
    );
}
