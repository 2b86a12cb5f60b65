/** Control information and navigations of a body: `@etag`, `nav@odata.bind`, `{"nav":{"@id":…}}`. JSON Format 4.01 §4.6, §8.5. */
import type { EntityType, NavigationProperty } from '../model/model';
import {
  emptyChange,
  type Change,
  type Item,
  type Nested,
  type RemovedReason,
  type Value,
  type WriteMode,
} from './change';
import type { DynamicValue } from './dynamic';
import { unknownMember, wrong } from './faults';
import { isArray, isObject, type JsonObject, type JsonValue } from './json';
import type { Steps } from './turns';

/** A change while its body is read. */
export interface BodyDraft extends Change {
  readonly version: '4.0' | '4.01';
  readonly mode: WriteMode;
  readonly values: Map<string, Value>;
  readonly dynamic: Map<string, DynamicValue | null>;
  readonly fixed: Map<string, Value>;
  readonly bindings: Map<NavigationProperty, string | null>;
  readonly key: Map<string, Value>;
  readonly collectionTags: Map<NavigationProperty, string>;
  readonly nested: Map<NavigationProperty, Nested>;
  etag: string | undefined;
  id: string | undefined;
  contentId: string | undefined;
  removed: RemovedReason | undefined;
}

/** A change that says nothing yet. */
export const emptyDraft = (type: EntityType, mode: WriteMode, version: '4.0' | '4.01'): BodyDraft => ({
  ...emptyChange(type, mode),
  mode,
  version,
  values: new Map(),
  dynamic: new Map(),
  fixed: new Map(),
  bindings: new Map(),
  key: new Map(),
  collectionTags: new Map(),
  nested: new Map(),
});

const none = new Map<never, never>();

const orNone = <K, V>(map: ReadonlyMap<K, V>): ReadonlyMap<K, V> => (map.size > 0 ? map : none);

/** The change of a draft: of a body with very many entities nothing is kept that says nothing. */
export const saidIn = (draft: BodyDraft): Change => ({
  ...draft,
  dynamic: orNone(draft.dynamic),
  fixed: orNone(draft.fixed),
  bindings: orNone(draft.bindings),
  key: orNone(draft.key),
  collectionTags: orNone(draft.collectionTags),
  nested: orNone(draft.nested),
});

/** Reads one item of a navigation: an object of its own, at its place in the body. */
type ReadItem = (navigation: NavigationProperty, json: JsonObject, path: string, isDelta: boolean) => Steps<Item>;

/** `odata.` before the name of control information may be left out in 4.01, and is optional for us always. JSON §4.6 */
const controlName = (name: string): string => (name.startsWith('odata.') ? name.slice('odata.'.length) : name);

/** Control information of the entity itself; annotations are not stored and ignored, but for Core.ContentID. JSON §4.6, §22 */
export function controlInformation(draft: BodyDraft, name: string, value: JsonValue): void {
  switch (controlName(name)) {
    case 'etag':
      if (draft.version === '4.01' && draft.mode !== 'create' && value !== null) draft.etag = text(value, '@etag');
      return;
    case 'id':
      draft.id = text(value, '@id');
      return;
    case 'removed':
      draft.removed = removedReason(value);
      return;
    case 'Core.ContentID':
    case 'Org.OData.Core.V1.ContentID':
      draft.contentId = text(value, `@${name}`);
      return;
    default:
  }
}

function text(value: JsonValue, target: string): string {
  if (typeof value === 'string') return value;
  throw wrong(`The value of "${target}" must be a string.`, target);
}

/** Without a reason the entity is no longer related. JSON §15.3 */
function removedReason(value: JsonValue): RemovedReason {
  const reason = isObject(value) ? (value.get('reason') ?? 'changed') : undefined;
  if (reason === 'changed' || reason === 'deleted') return reason;
  throw wrong('The value of "@removed" must be {"reason":"changed"} or {"reason":"deleted"}.', '@removed');
}

/** Control information of a member: `customer@odata.bind`, `customerPayments@delta`; annotations are ignored. Protocol §11.4.2.1 */
export function* readBinding(
  draft: BodyDraft,
  name: string,
  term: string,
  value: JsonValue,
  read: ReadItem,
): Steps<void> {
  const control = controlName(term);
  const target = `${name}@${term}`;
  if (control === 'etag') return readCollectionTag(draft, name, value, target);
  if (control !== 'bind' && control !== 'delta') return;
  const navigation = draft.type.navigations.get(name);
  if (!navigation) throw unknownMember(draft.type, name, draft.type.navigations.keys(), target);
  if (control === 'delta') return yield* readDelta(draft, navigation, value, target, read);
  if (navigation.collection) return bindMany(draft, navigation, value, target);
  if (value !== null && typeof value !== 'string')
    throw wrong(`The value of "${target}" must be the id of an entity, such as "EntitySet(key)".`, target);
  bind(draft, navigation, value, target);
}

/** Other navigations, and clients of 4.0, have none: theirs are ignored as other annotations are. */
function readCollectionTag(draft: BodyDraft, name: string, value: JsonValue, target: string): void {
  const navigation = draft.type.navigations.get(name);
  if (draft.version === '4.0' || draft.mode === 'create' || !navigation?.collection || !navigation.containsTarget)
    return;
  draft.collectionTags.set(navigation, text(value, target));
}

function bind(draft: BodyDraft, navigation: NavigationProperty, reference: string | null, target: string): void {
  if (reference === null && !navigation.nullable) throw wrong(`"${navigation.name}" must not be null.`, target);
  if (draft.nested.has(navigation)) throw twice(navigation, target);
  draft.bindings.set(navigation, reference);
}

const twice = ({ name }: NavigationProperty, target: string): Error =>
  wrong(`"${name}" is set twice in the body.`, target);

/** References to entities that join a collection. Protocol §11.4.2.1; on update they are added, 4.0 §11.4.3 */
function bindMany(draft: BodyDraft, navigation: NavigationProperty, value: JsonValue, target: string): void {
  if (!isArray(value)) throw wrong(`The value of "${target}" must be an array of ids of entities.`, target);
  const items = value.map((id, index) => {
    if (typeof id !== 'string') throw wrong(`"${target}" must hold ids of entities, such as "EntitySet(key)".`, target);
    return referenceItem(navigation, id, `${navigation.name}/${index}`);
  });
  addNested(draft, navigation, { form: 'added', items });
}

function referenceItem(navigation: NavigationProperty, id: string, path: string): Item {
  const change: Change = { ...emptyChange(navigation.target, 'update'), id };
  return { path, change, asCreate: () => change };
}

/** References and entities of one navigation may stand side by side. */
function addNested(draft: BodyDraft, navigation: NavigationProperty, { form, items }: Nested): void {
  const before = draft.nested.get(navigation);
  if (before && (before.form === 'delta' || form === 'delta')) throw twice(navigation, navigation.name);
  const merged: Nested = before
    ? { form: before.form === 'all' || form === 'all' ? 'all' : 'added', items: [...before.items, ...items] }
    : { form, items };
  draft.nested.set(navigation, merged);
}

/** A navigation with a value in its place: a reference, null, or entities to be written along with this one. */
export function* readNavigation(
  draft: BodyDraft,
  navigation: NavigationProperty,
  value: JsonValue,
  read: ReadItem,
): Steps<void> {
  const { name, collection } = navigation;
  if (collection ? !isArray(value) : value !== null && !isObject(value)) {
    throw wrong(`The value of "${name}" must be ${collection ? 'an array' : 'an object'}.`, name);
  }
  if (value === null) return bind(draft, navigation, null, name);
  const reference = isObject(value) ? referenceOf(value) : undefined;
  if (reference !== undefined) return bind(draft, navigation, reference, name);
  if (draft.mode !== 'create' && draft.version === '4.0') {
    throw wrong(
      `An update in OData 4.0 cannot hold the entities of "${name}". Send OData-Version: 4.01, or refer to them with "${name}@odata.bind".`,
      name,
    );
  }
  if (isObject(value) && draft.bindings.has(navigation)) throw twice(navigation, name);
  const items = isArray(value)
    ? yield* itemsOf(navigation, value, name, read, false)
    : isObject(value)
      ? [yield* read(navigation, value, name, false)]
      : [];
  addNested(draft, navigation, { form: draft.mode === 'create' ? 'added' : 'all', items });
}

function* itemsOf(
  navigation: NavigationProperty,
  values: readonly JsonValue[],
  path: string,
  read: ReadItem,
  isDelta: boolean,
): Steps<readonly Item[]> {
  const items: Item[] = [];
  for (const [index, value] of values.entries()) {
    const place = `${path}/${index}`;
    if (!isObject(value)) throw wrong(`"${place}" must be an object.`, place);
    const reference = referenceOf(value);
    items.push(
      reference === undefined
        ? yield* read(navigation, value, place, isDelta)
        : referenceItem(navigation, reference, place),
    );
  }
  return items;
}

/** `nav@delta`: what becomes different in a collection. JSON §8.6, Protocol §11.4.3.1 */
function* readDelta(
  draft: BodyDraft,
  navigation: NavigationProperty,
  value: JsonValue,
  target: string,
  read: ReadItem,
): Steps<void> {
  if (draft.mode !== 'update') throw wrong(`"${target}" can be sent with PATCH only.`, target);
  if (draft.version === '4.0') throw wrong(`"${target}" needs the header OData-Version: 4.01.`, target);
  if (!navigation.collection || !isArray(value))
    throw wrong(`The value of "${target}" must be an array of the changed entities of a collection.`, target);
  addNested(draft, navigation, { form: 'delta', items: yield* itemsOf(navigation, value, target, read, true) });
}

/** The id in an object that holds nothing else of the entity. JSON §14 */
function referenceOf(value: JsonObject): string | undefined {
  if ([...value.keys()].some((name) => !name.startsWith('@') || name.endsWith('removed'))) return undefined;
  const id = value.get('@id') ?? value.get('@odata.id');
  return typeof id === 'string' ? id : undefined;
}
