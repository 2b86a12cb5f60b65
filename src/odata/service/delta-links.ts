/** The links of a delta: each is a change of the row that holds the foreign key, together with what else the body says of it. JSON §15.4, §15.5 */
import { odataError, ODataError } from '../error';
import { lineage } from '../model/inheritance';
import type { EntityType, Model, NavigationProperty } from '../model/model';
import { emptyChange } from '../payload/change';
import type { LinkItem } from '../payload/delta';
import type { Steps } from '../payload/turns';
import { didYouMean } from '../url/did-you-mean';
import type { LinkedKey, LoadedItem } from './deep-load';
import { addUpdate } from './deep-update';
import type { EntityWrite } from './entity-write';
import { endAt, pairOf, type LinkWrite } from './link-table';
import { keyOf, type StoredRow } from './stored-row';
import { storedAs, storedType } from './stored-type';
import { isMember, members } from './members';
import { fixedColumns } from './update';
import { isOptional, referenced } from './write-links';
import type { Work } from './write-work';

/** A foreign key that a link speaks of: in the source or in the target, whose row that is. */
interface KeyOfLink extends LinkedKey {
  readonly item: LinkItem;
}

/** A link in a table between two entities, and whether it is there now. */
interface Pair {
  readonly item: LinkItem;
  readonly write: LinkWrite;
  readonly isThere: boolean;
}

/** What a link comes to: changes of rows, or a row of a table between. */
type LoadedLink = readonly Holder[] | Pair;

/** A row, and what links say of its foreign keys. */
interface Holder {
  readonly type: EntityType;
  readonly row: StoredRow;
  readonly keys: readonly KeyOfLink[];
}

/** What links come to; what is wrong with one stands in its place. */
export type LoadedLinks = readonly (LoadedLink | ODataError)[];

const refused = (message: string, target: string): ODataError => odataError('InvalidValue', { message }, { target });

/** Reads and locks the rows of links; `sources` leads to those that they start at. */
export const loadLinks = (
  work: Work,
  sources: NavigationProperty,
  parent: StoredRow | undefined,
  items: readonly LinkItem[],
): Promise<LoadedLinks> =>
  Promise.all(
    items.map(async (item) => {
      try {
        return await loadLink(work, sources, parent, item);
      } catch (error) {
        if (error instanceof ODataError && error.status < 500) return error;
        throw error;
      }
    }),
  );

async function loadLink(
  work: Work,
  sources: NavigationProperty,
  parent: StoredRow | undefined,
  item: LinkItem,
): Promise<LoadedLink> {
  const read = await entity(work, sources, item.source, `${item.path}/source`);
  if (parent && !(await isMember(work, sources, parent, read)))
    throw refused(`'${item.source}' is not among the entities of the URL.`, `${item.path}/source`);
  const type = storedType(sources.target, read);
  const source = storedAs(type, read);
  const navigation = relationshipOf(work.model, type, item);
  const target = await targetOf(work, navigation, source, item);
  if (navigation.via && target) {
    if (!type.updatable) throw refused(`Entities of the type '${type.name}' cannot be changed.`, `${item.path}/source`);
    const [from, to] = [endAt(source), endAt(target)];
    const write: LinkWrite = {
      via: navigation.via,
      operation: item.isAdded ? 'link' : 'unlink',
      from,
      to,
      place: item.path,
    };
    return { item, write, isThere: !item.isAdded && (await isMember(work, navigation, source, target)) };
  }
  if (navigation.owning) return [{ type, row: source, keys: keysInSource(item, navigation, target) }];
  // A single-valued link takes the place of the one before.
  const before = item.isAdded && !navigation.collection ? await members(work, navigation, source) : [];
  const held = (row: StoredRow, value: StoredRow | undefined): Holder => {
    const heldType = storedType(navigation.target, row);
    return { type: heldType, row: storedAs(heldType, row), keys: keysInTarget(item, navigation, value) };
  };
  const isTarget = (row: StoredRow): boolean =>
    target !== undefined && nameOf(navigation.target, row) === nameOf(navigation.target, target);
  return [
    ...before.filter((row) => !isTarget(row)).map((row) => held(row, undefined)),
    ...(target ? [held(target, item.isAdded ? source : undefined)] : []),
  ];
}

/** The entity of an id; an id that is none is told at its place in the body. */
async function entity(work: Work, navigation: NavigationProperty, id: string, target: string): Promise<StoredRow> {
  try {
    return await referenced(work, navigation, id, 'for no key update');
  } catch (error) {
    if (!(error instanceof ODataError) || error.status >= 500) throw error;
    throw new ODataError(error.code, error.message, { target, cause: error });
  }
}

/** The navigation that a link names; what is contained cannot be linked. */
function relationshipOf(model: Model, type: EntityType, { path, relationship }: LinkItem): NavigationProperty {
  const target = `${path}/relationship`;
  const { navigations } = type;
  // The path may begin with a cast to the type that the source is of, or one that this is derived from.
  const casts = lineage(type).map((one) => `${model.namespace}.${one.name}/`);
  const name = relationship.slice(casts.find((cast) => relationship.startsWith(cast))?.length ?? 0);
  const navigation = navigations.get(name);
  if (!navigation)
    throw odataError(
      'UnknownProperty',
      { type: type.name, name, hint: didYouMean(name, navigations.keys()) },
      { target },
    );
  if (navigation.containsTarget)
    throw refused(`The entities of "${name}" are part of theirs: they are neither linked nor taken out.`, target);
  return navigation;
}

/** The other end of a link. One that ends must be there; of a table between this is told later, by what the body says before. */
async function targetOf(
  work: Work,
  navigation: NavigationProperty,
  source: StoredRow,
  { path, isAdded, target: id }: LinkItem,
): Promise<StoredRow | undefined> {
  const place = `${path}/target`;
  if (id === undefined) {
    if (navigation.collection)
      throw refused(`A deleted link of the collection "${navigation.name}" has its "target".`, place);
    return navigation.owning ? undefined : (await members(work, navigation, source))[0];
  }
  const target = await entity(work, navigation, id, place);
  if (!isAdded && !navigation.via && !(await isMember(work, navigation, source, target)))
    throw notRelated(navigation.name, place);
  return target;
}

const notRelated = (name: string, target: string): ODataError =>
  refused(`The entity is not related by "${name}".`, target);

/** The rows that links change; links in tables between are made and ended in the order of the body. */
export function* linkedRows(work: Work, loaded: LoadedLinks): Steps<LinkedRows> {
  const there = new Map<string, boolean>();
  const linked = new LinkedRows();
  for (const one of loaded) for (const holder of yield* work.attempt(holdersOf(work, one, there))) linked.add(holder);
  return linked;
}

/** The rows that a link changes; `there` has the links in tables between that the ones before it make and end. */
function* holdersOf(work: Work, loaded: LoadedLinks[number], there: Map<string, boolean>): Steps<readonly Holder[]> {
  yield;
  if (loaded instanceof ODataError) throw loaded;
  if (!('write' in loaded)) return loaded;
  const { item, write, isThere } = loaded;
  const pair = pairOf(write);
  if (!item.isAdded && !(there.get(pair) ?? isThere)) throw notRelated(item.relationship, `${item.path}/target`);
  there.set(pair, item.isAdded);
  work.link(write);
  return [];
}

const keysInSource = (
  item: LinkItem,
  navigation: NavigationProperty,
  target: StoredRow | undefined,
): readonly KeyOfLink[] =>
  navigation.join.map(({ column, targetColumn }) => ({
    ...{ item, navigation, column },
    value: item.isAdded ? (target?.columns.get(targetColumn) ?? null) : null,
  }));

const keysInTarget = (
  item: LinkItem,
  navigation: NavigationProperty,
  source: StoredRow | undefined,
): readonly KeyOfLink[] =>
  navigation.join.map(({ column, targetColumn }) => ({
    ...{ item, navigation, column: targetColumn },
    value: source?.columns.get(column) ?? null,
  }));

const nameOf = (type: EntityType, row: StoredRow): string =>
  JSON.stringify([lineage(type).at(-1)?.name, Object.values(keyOf(type, row))]);

/** What links say of rows, by row: a row that the body changes otherwise, too, is written once. */
class LinkedRows {
  private readonly rows = new Map<string, Holder & { readonly keys: KeyOfLink[] }>();

  add({ type, row, keys }: Holder): void {
    const name = nameOf(type, row);
    const all = this.rows.get(name)?.keys ?? [];
    all.push(...keys);
    this.rows.set(name, { type, row, keys: all });
  }

  /** An entity of the body with the links that its row holds. */
  *joined(work: Work, type: EntityType, member: LoadedItem): Steps<LoadedItem> {
    yield;
    const { item, loaded } = member;
    const name = loaded && item.change.removed === undefined ? nameOf(type, loaded.row) : undefined;
    const holder = name === undefined ? undefined : this.rows.get(name);
    if (!loaded || !holder || name === undefined) return member;
    this.rows.delete(name);
    const bound = new Set([...item.change.bindings.keys()].flatMap(({ join }) => join.map(({ column }) => column)));
    const links = yield* work.attempt(keysOf(holder, bound));
    return { item, loaded: { ...loaded, links } };
  }

  /** Adds the rows that only links speak of. */
  *addRest(work: Work): Steps<void> {
    for (const holder of this.rows.values()) yield* work.attempt(changed(work, holder));
  }
}

/** The change of a row that only links speak of. */
function* changed(work: Work, holder: Holder): Steps<readonly EntityWrite[]> {
  const { type, row, keys } = holder;
  const links = yield* keysOf(holder, new Set());
  const loaded = { row, nested: new Map<never, never>(), links };
  const path = keys[0]?.item.path ?? '';
  return [yield* addUpdate(work, emptyChange(type, 'update'), { kind: 'alone' }, path, loaded)];
}

/** The foreign keys that the links of a row come to: one that is set wins over the end of the one before. */
function* keysOf({ type, row, keys }: Holder, bound: ReadonlySet<string>): Steps<readonly LinkedKey[]> {
  yield;
  const fixed = fixedColumns(type, row);
  const columns = [...new Set(keys.map(({ column }) => column))];
  return columns.map((column) => {
    const said = keys.filter((key) => key.column === column);
    const key = said.find(({ value }) => value !== null) ?? said[0];
    if (!key) throw new Error(`No link speaks of ${column}`);
    const { value, item, navigation } = key;
    const before = row.columns.get(column) ?? null;
    const other = said.find((one) =>
      one.value === null ? !one.item.isAdded && value !== null && value === before : one.value !== value,
    );
    const name = `The link "${navigation.name}"`;
    if (other || bound.has(column))
      throw refused(`${name} is set twice in the body.`, `${(other ?? key).item.path}/relationship`);
    const place = `${item.path}/relationship`;
    if (fixed.has(column) && before !== value) throw refused(`${name} cannot be changed.`, place);
    if (value === null && !isOptional(type, column))
      throw refused(`${name} cannot be ended: the ${type.name} must belong to one.`, place);
    return key;
  });
}
