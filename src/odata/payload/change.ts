/** What a body asks for, checked against the model: the input of every write. JSON Format 4.01 §6, Protocol 4.01 §11.4. */
import type { EntityType, NavigationProperty, Stream } from '../model/model';
import type { ItemsCondition } from '../plan/item-conditions';
import type { DynamicValue } from './dynamic';
import type { JsonValue } from './json';
import type { Steps } from './turns';

/** A value in its canonical form: Guid in lower case, Decimal and Int64 as exact text, dates in ISO form, enumerations by name, Binary as its bytes; a collection of complex values as JSON. */
export type Single = string | number | boolean | Buffer | null;

/** The text of a value that is not null, as PostgreSQL reads it. */
export const singleText = (value: NonNullable<Single>): string =>
  Buffer.isBuffer(value) ? `\\x${value.toString('hex')}` : String(value);

/** A single value, or the items of a collection of them. */
export type Value = Single | readonly Single[];

/** POST, PATCH, PUT. */
export type WriteMode = 'create' | 'update' | 'replace';

/** One entity to be written, with the entities behind its navigations. */
export interface Change {
  readonly type: EntityType;
  readonly mode: WriteMode;
  /** What is to be set, by the path of the property: `amount`, `address/street`. A PUT has the defaults of what it left out, too. */
  readonly values: ReadonlyMap<string, Value>;
  /** What becomes of items of a collection of values, which depends on those that are there. Protocol §11.4.9.4, §11.4.10, §11.4.11, §11.4.13, §11.4.14 */
  readonly items?: ItemsWrite;
  /** Bytes that come into streams; null empties one. They are sent on their own, never among values. */
  readonly streams?: ReadonlyMap<Stream, Buffer | null>;
  /** Dynamic properties of an open type; null takes one away. */
  readonly dynamic?: ReadonlyMap<string, DynamicValue | null>;
  /** What the client sent for properties that an update cannot change: an error only when it differs. */
  readonly fixed: ReadonlyMap<string, Value>;
  /** Single-valued navigations that are set by reference, to an entity-id as it was written, or cleared. Protocol §11.4.2.1 */
  readonly bindings: ReadonlyMap<NavigationProperty, string | null>;
  /** `@etag` of a 4.01 update: the version that the client has seen. Protocol §11.4.3 */
  readonly etag: string | undefined;
  /** Which entity of a collection is meant: by `@id` as it was written, or by the key. Protocol §11.4.3.1 */
  readonly id: string | undefined;
  readonly key: ReadonlyMap<string, Value>;
  /** Core.ContentID: the client's name for the entity, which the answer repeats. Protocol §11.4.2.2 */
  readonly contentId: string | undefined;
  /** `@removed` of a delta. JSON §15.3 */
  readonly removed: RemovedReason | undefined;
  /** `nav@etag` of a 4.01 update: the version of a collection that the client has seen. JSON §8.6 */
  readonly collectionTags?: ReadonlyMap<NavigationProperty, string>;
  /** The entities written along with this one. Protocol §11.4.2.2, §11.4.3.1 */
  readonly nested: ReadonlyMap<NavigationProperty, Nested>;
}

/** A write of items of a collection of values. */
export interface ItemsWrite {
  /** What says which items are meant, in the order in which it is judged. */
  readonly conditions: readonly ItemsCondition[];
  /** What becomes of the record, when the conditions leave the items at these places, from 0; undefined where no item is meant. */
  readonly changeOf: (stored: StoredItems, left: readonly Places[]) => Steps<Partial<Change> | undefined>;
}

/** Places of items in a collection, from 0, in their order. */
export type Places = readonly number[];

/** A record that items are in. */
interface StoredItems {
  /** The value of the property at a path. */
  readonly value: (path: string) => Steps<Value>;
  /** The JSON of the dynamic properties. */
  readonly dynamic: string | null;
}

/** What becomes of items of a collection. An added one comes to a place from 0, or from -1 from the end. URL Conventions §4.10, §5.1.11 */
export type ItemEdit<Item = Single, Stored = JsonValue> =
  | { readonly kind: 'added'; readonly item: Item; readonly index: number }
  | { readonly kind: 'replaced'; readonly item: Item; readonly meant: MeantItems }
  | { readonly kind: 'removed'; readonly meant: MeantItems }
  /** A complex one gets other members: the stored item at the place with them. Throws what is wrong with them. */
  | {
      readonly kind: 'merged';
      readonly merge: (stored: Stored, place: number) => Steps<Stored>;
      readonly meant: MeantItems;
    };

/** Which items of a collection. */
export interface MeantItems {
  /** One by its place: 0 is the first, -1 the last one; undefined for each of them. */
  readonly ordinal: number | undefined;
  /** Those at these places and no others. */
  readonly among: Places | undefined;
}

const none = new Map<never, never>();

/** A change that says nothing. */
export const emptyChange = (type: EntityType, mode: WriteMode): Change => ({
  type,
  mode,
  values: none,
  fixed: none,
  bindings: none,
  key: none,
  nested: none,
  etag: undefined,
  id: undefined,
  contentId: undefined,
  removed: undefined,
});

/** Why a delta no longer has an entity: it is gone, or only no longer related. JSON §15.3 */
export type RemovedReason = 'changed' | 'deleted';

/** The entities behind one navigation of a body. */
export interface Nested {
  /** `all`: these and no others; `added`: beside those that are there; `delta`: what becomes different. */
  readonly form: 'all' | 'added' | 'delta';
  readonly items: readonly Item[];
}

/** One entity behind a navigation. */
export interface Item {
  /** Where it stands in the body: `customerPayments/1`. */
  readonly path: string;
  readonly change: Change;
  /** The same as a new entity: what an item with a key becomes when there is none of that key. Throws what a create must have. */
  readonly asCreate: () => Change;
}

/** What the rules of a type say about its bodies. */
export interface BodyRules {
  /** Text properties that name another record, beside its id: `""` clears a nullable one, and a PUT without them leaves them to the rules. */
  readonly references?: readonly string[];
  /** Computed properties that a create accepts nevertheless, because they name a record that the rules look up. */
  readonly inputs?: readonly string[];
}
