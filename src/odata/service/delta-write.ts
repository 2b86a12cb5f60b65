/** PATCH of a collection with a delta: its members made, changed and removed, all or none, or each on its own. Protocol §11.4.12 */
import { madeNavigation } from '../model/made-navigation';
import { ODataError, throwTogether } from '../error';
import type { NavigationProperty } from '../model/model';
import { emptyChange, type Item } from '../payload/change';
import { isLink, type DeltaItem, type LinkItem } from '../payload/delta';
import { inTurns, type Steps } from '../payload/turns';
import type { Target } from '../plan/plan';
import { retrying } from './collision';
import type { Call } from './database';
import { createdKey } from './create';
import { addMembers } from './deep-update';
import { loadOne, type LoadedItem, type LoadedNested } from './deep-load';
import { linkedRows, loadLinks, type LoadedLinks } from './delta-links';
import type { EntityWrite } from './entity-write';
import { keyOf } from './stored-row';
import { currentTag, statedNavigation } from './members';
import { EnclosingTransaction } from './service-session';
import { checkCollection, checkConditions } from './update';
import type { Preconditions, WriteContext } from './write-context';
import { parentSteps, Work } from './write-work';

/** What became of an item of a delta. */
export interface DeltaResult {
  readonly item: Item | LinkItem | undefined;
  readonly operation: 'create' | 'update' | 'delete' | 'link' | 'unlink';
  readonly key: Readonly<Record<string, string>> | undefined;
  readonly refused: ODataError | undefined;
}

/** Asks for the answer's part about an entity that was made or changed. */
type ReadItem = (index: number, key: Readonly<Record<string, string>>) => Call | undefined;

/** The navigation whose members a collection holds. A set is taken for a navigation of nothing: its members have no parent. */
export function navigationOf({ steps, set, range: { type } }: Target): NavigationProperty {
  return (
    steps.at(-1)?.navigation ??
    madeNavigation({ name: set?.name ?? type.name, target: type, collection: true, nullable: false })
  );
}

/** What a delta came to. */
interface Applied {
  readonly results: readonly DeltaResult[];
  /** The ETag that the collection has now, where the request has named the one before. */
  readonly tag: string | undefined;
}

/** Applies all items in one transaction, or nothing. */
export function writeDelta(
  context: WriteContext,
  target: Target,
  conditions: Preconditions,
  items: readonly DeltaItem[],
  read: ReadItem,
): Promise<Applied> {
  throwTogether(items.flatMap((item) => (item instanceof ODataError ? flattened(item) : [])));
  const good = items.filter((item): item is Item | LinkItem => !(item instanceof ODataError));
  return judged(context, target, conditions, (within) => apply(within, target, good, read, 0));
}

/** Applies changes to the collection that the headers ask for; where they name its ETag, all in the transaction in which it was judged. */
async function judged(
  context: WriteContext,
  target: Target,
  conditions: Preconditions,
  change: (context: WriteContext) => Promise<readonly DeltaResult[]>,
): Promise<Applied> {
  if (!statedNavigation(target, conditions)) {
    checkConditions(undefined, conditions);
    return { results: await change(context), tag: undefined };
  }
  return retrying(context, async (transaction) => {
    const work = new Work(context, target, transaction);
    const collection = await checkCollection(work, target, conditions);
    const results = await change({ ...context, database: new EnclosingTransaction(transaction) });
    return { results, tag: (collection && (await currentTag(work, collection))) ?? undefined };
  });
}

const flattened = (error: ODataError): readonly ODataError[] => (error.details.length > 0 ? error.details : [error]);

/** Applies each item in a transaction of its own: what one breaks keeps no other one back. Protocol §8.2.8.3 */
export const writeEachItem = (
  context: WriteContext,
  target: Target,
  conditions: Preconditions,
  items: readonly DeltaItem[],
  read: ReadItem,
): Promise<Applied> => judged(context, target, conditions, (within) => oneByOne(within, target, items, read));

async function oneByOne(
  context: WriteContext,
  target: Target,
  items: readonly DeltaItem[],
  read: ReadItem,
): Promise<readonly DeltaResult[]> {
  const results: DeltaResult[] = [];
  for (const [index, item] of items.entries()) {
    try {
      if (item instanceof ODataError) throw item;
      results.push(...(await apply(context, target, [item], read, index)));
    } catch (error) {
      if (!(error instanceof ODataError) || error.status >= 500) throw error;
      results.push(failed(item instanceof ODataError ? undefined : item, error));
    }
  }
  return results;
}

const failed = (item: Item | LinkItem | undefined, refused: ODataError): DeltaResult => ({
  item,
  operation: item === undefined ? 'update' : operationOf(item),
  key: undefined,
  refused,
});

function operationOf(item: Item | LinkItem): DeltaResult['operation'] {
  if (isLink(item)) return item.isAdded ? 'link' : 'unlink';
  if (item.change.removed !== undefined) return 'delete';
  return item.change.mode === 'create' ? 'create' : 'update';
}

function apply(
  context: WriteContext,
  target: Target,
  items: readonly (Item | LinkItem)[],
  read: ReadItem,
  first: number,
): Promise<readonly DeltaResult[]> {
  const asked = { ...context, readBack: undefined };
  const navigation = navigationOf(target);
  const links = items.filter(isLink);
  const entities = items.filter((item): item is Item => !isLink(item));
  return retrying(asked, async (transaction) => {
    const work = new Work(asked, target, transaction);
    const parent = await parentOf(work, target);
    const [loaded, found] = await Promise.all([
      loadOne(work, navigation, { form: 'delta', items: entities }, parent?.current),
      loadLinks(work, navigation, parent?.current, links),
    ]);
    const writes = await inTurns(added(work, parent, navigation, loaded, found));
    await work.settle();
    const written = new Map(writes.map((write, index) => [entities[index], write]));
    const results = items.map((item) => resultOf(item, isLink(item) ? undefined : written.get(item)));
    const reading = results.flatMap(({ key, operation }, index) => {
      const call = key === undefined || operation === 'delete' ? undefined : read(first + index, key);
      return call ? [call] : [];
    });
    await work.send(reading);
    return results;
  });
}

/** Adds what the items ask for; what is written for those that are no links. */
function* added(
  work: Work,
  parent: EntityWrite | undefined,
  navigation: NavigationProperty,
  { items }: LoadedNested,
  links: LoadedLinks,
): Steps<readonly EntityWrite[]> {
  const linked = yield* linkedRows(work, links);
  const joined: LoadedItem[] = [];
  for (const item of items) joined.push(yield* linked.joined(work, navigation.target, item));
  const writes = yield* addMembers(work, parent, navigation, { present: [], items: joined }, false);
  yield* linked.addRest(work);
  return writes;
}

function resultOf(item: Item | LinkItem, write: EntityWrite | undefined): DeltaResult {
  if (isLink(item) || !write) return { item, operation: operationOf(item), key: undefined, refused: undefined };
  const { operation, current, type } = write;
  const kind = item.change.removed !== undefined ? 'delete' : operation === 'create' ? 'create' : 'update';
  return { item, operation: kind, key: current ? keyOf(type, current) : createdKey(write), refused: undefined };
}

/** The entity whose members are written: kept as it is, and locked, so that writes below it take turns. */
async function parentOf(work: Work, target: Target): Promise<EntityWrite | undefined> {
  const steps = parentSteps(target);
  const type = steps.at(-1)?.range.type;
  if (!type) return undefined;
  const row = await work.row(steps, 'for no key update');
  const parent = work.add('keep', emptyChange(type, 'update'), { kind: 'alone' }, '');
  parent.current = row;
  parent.becomes(() => row.values);
  return parent;
}
