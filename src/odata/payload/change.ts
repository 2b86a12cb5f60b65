/** What a body asks for, checked against the model: the input of every write. JSON Format 4.01 §6, Protocol 4.01 §11.4. */
import type { EntityType, NavigationProperty } from '../model/model';

/** A value in its canonical form: Guid in lower case, Decimal and Int64 as exact text, dates in ISO form, enumerations by name. */
export type Value = string | number | boolean | null;

/** POST, PATCH, PUT. */
export type WriteMode = 'create' | 'update' | 'replace';

/** One entity to be written. Deep inserts and updates will add the entities behind navigations. */
export interface Change {
  readonly type: EntityType;
  readonly mode: WriteMode;
  /** What is to be set, by the path of the property: `amount`, `address/street`. A PUT has the defaults of what it left out, too. */
  readonly values: ReadonlyMap<string, Value>;
  /** What the client sent for properties that an update cannot change: an error only when it differs. */
  readonly fixed: ReadonlyMap<string, Value>;
  /** Single-valued navigations that are set by reference, to an entity-id as it was written, or cleared. Protocol §11.4.2.1 */
  readonly bindings: ReadonlyMap<NavigationProperty, string | null>;
  /** `@etag` of a 4.01 update: the version that the client has seen. Protocol §11.4.3 */
  readonly etag: string | undefined;
}

/** What the rules of a type say about its bodies. */
export interface BodyRules {
  /** Text properties that name another record, beside its id: `""` clears a nullable one, and a PUT without them leaves them to the rules. */
  readonly references?: readonly string[];
  /** Computed properties that a create accepts nevertheless, because they name a record that the rules look up. */
  readonly inputs?: readonly string[];
}
