/** What writes are given and what they give back. Protocol 4.01 §11.4 */
import { methodNotAllowed } from '../error';
import type { EntityTags } from '../http/entity-tags';
import type { EntityType, Model } from '../model/model';
import type { Target } from '../plan/plan';
import type { Bindings } from '../sql';
import type { Call, Transaction } from './database';
import type { RuleBook } from './rules';

/** Where writes happen: a Database, or the open transaction of a change set. */
export interface Transactions {
  transaction<T>(work: (transaction: Transaction) => Promise<T>): Promise<T>;
  /** True for a transaction that others share: its `finish` commits nothing yet, and a write that fails is not tried again alone. */
  readonly isShared?: boolean;
}

/** A resource with the values of its keys. */
export interface Reference {
  readonly target: Target;
  readonly bindings: Bindings;
}

/** What a write works with. */
export interface WriteContext {
  readonly database: Transactions;
  /** The values of the request that the target's keys are read from. */
  readonly bindings: Bindings;
  readonly model: Model;
  readonly rules: RuleBook;
  readonly settings: { readonly requireIfMatch: boolean; readonly maxEach: number };
  /** The statement that reads the written entity for the answer, sent with the write; a write that is tried again asks anew. */
  readonly readBack?: ((key: Readonly<Record<string, string>>, places: ItemPlaces) => Call) | undefined;
  /** Reads an entity-id of a body: relative to the service root, or absolute below it. */
  readonly resolve: (reference: string) => Reference;
  /** The clock; for tests. */
  readonly now?: () => Date;
}

/** The places, from 1, of the items that conditions of the path have left, by `placesLeft`. */
export type ItemPlaces = Readonly<Record<string, readonly string[]>>;

/** An entity that has been written. */
export interface Written {
  readonly key: Readonly<Record<string, string>>;
  /** The version, as the ETag's text; undefined for types without one. */
  readonly etag: string | undefined;
  /** The entities of the body that the client has named by Core.ContentID. */
  readonly contentIds: readonly ContentId[];
}

/** The client's name for an entity of its body. Protocol §11.4.2.2 */
export interface ContentId {
  readonly type: EntityType;
  readonly key: Readonly<Record<string, string>>;
  readonly id: string;
}

/** Preconditions of an update or delete. Protocol §8.2.4, §8.2.5 */
export interface Preconditions {
  readonly ifMatch?: EntityTags;
  readonly ifNoneMatch?: EntityTags;
}

/** The methods that a resource takes, for the header Allow. What a navigation refers to is not deleted through it, nor a singleton. Protocol §11.4.5 */
export function allowedMethods({ single, steps, each, range: { type } }: Target): readonly string[] {
  const { insertable, updatable, deletable } = type;
  if (each) return ['GET', 'HEAD', ...(updatable ? ['PATCH'] : []), ...(deletable ? ['DELETE'] : [])];
  if (!single) {
    const isWritable = insertable || updatable || deletable;
    return ['GET', 'HEAD', ...(insertable ? ['POST'] : []), ...(isWritable ? ['PATCH'] : [])];
  }
  const last = steps.at(-1);
  const isReferred = last?.navigation !== undefined && !last.navigation.collection && !last.navigation.containsTarget;
  const isNamed = last?.set?.one !== undefined;
  const isDeletable = deletable && !isReferred && !isNamed;
  return ['GET', 'HEAD', ...(updatable ? ['PATCH', 'PUT'] : []), ...(isDeletable ? ['DELETE'] : [])];
}

/** Refuses what the model does not offer. Protocol §9.3 */
export function checkMethod(target: Target, methods: readonly string[]): void {
  const resource = target.steps.at(-1)?.navigation?.name ?? target.set?.name ?? target.range.type.name;
  checkAllowed(allowedMethods(target), methods, resource);
}

/** Refuses a request that may have any of the methods unless the resource has one of them. */
export function checkAllowed(allowed: readonly string[], methods: readonly string[], resource: string): void {
  if (!methods.some((method) => allowed.includes(method)))
    throw methodNotAllowed(methods[0] ?? '', resource, allowed.join(', '));
}
