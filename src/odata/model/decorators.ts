/**
 * What TypeORM's decorators cannot say: names of types and sets, containment, who sets a value. Everything else (columns, sizes,
 * nullability, keys, relations, comments) is read from TypeORM.
 */
import type { DerivedName, Measure, StandardMethod } from './model';
import type { EdmTypeName } from './types';

type Constructor = abstract new () => object;

/** What a stream says of its media types and its size. */
export interface StreamOptions {
  /** The media type of all values: `image/png`. Default: `application/octet-stream`. Core.MediaType */
  readonly mediaType?: string;
  /** The property (a text) that keeps the media type that each value is sent with. Core.MediaType */
  readonly mediaTypeProperty?: string;
  /** Media types that are taken, `image/*` for all of a kind. Default: `mediaType`, or any with a `mediaTypeProperty`. Core.AcceptableMediaTypes */
  readonly accepts?: readonly string[];
  /** The most bytes of a value; more is 413. Default: what the host allows. */
  readonly maxBytes?: number;
}

/** How entities are nodes of trees. */
interface HierarchyOptions {
  /** The property that identifies a node. */
  readonly node: string;
  /** The navigation property to its parents. */
  readonly parent: string;
  /** Names of properties that the type has beside those of the class: null but in what hierarchical transformations leave. Hierarchy.RecursiveHierarchy */
  readonly derived?: Readonly<Partial<Record<DerivedName, string>>>;
}

/** What an entity or complex class says of itself. */
export interface TypeOptions {
  /** The name of the type in the schema's namespace. */
  readonly name: string;
  /** The entity set at the service root; without one the type is reached by containment or navigation only. */
  readonly entitySet?: string;
  readonly description?: string;
  /** Order of a collection when the client gives none, as property names; `-name` for descending. Default: the key. */
  readonly order?: readonly string[];
  /** Further keys, unique in the set or in the parent. Core.AlternateKeys */
  readonly alternateKeys?: readonly (readonly string[])[];
  /** The to-one relation by whose foreign key the rows are split between callers (a company). */
  readonly partition?: string;
  /** The column of type `jsonb` that holds the values which no property declares: the type is open, and the column no property itself. CSDL §6.4 */
  readonly open?: string;
  /** Delta links are offered: every write of the table is kept by triggers of a migration. Protocol §11.3 */
  readonly trackChanges?: boolean;
  /** Recursive hierarchies by their qualifiers. Aggregation.RecursiveHierarchy */
  readonly recursiveHierarchies?: Readonly<Record<string, HierarchyOptions>>;
  /** No entity is of the type itself, only of those derived from it. CSDL §6.3 */
  readonly abstract?: boolean;
  /** Makes it a media entity: `content` is the bytea column with the bytes that its entities describe. CSDL §6.5 */
  readonly media?: StreamOptions & { readonly content: string };
  readonly insertable?: boolean;
  readonly updatable?: boolean;
  readonly deletable?: boolean;
}

/** What a property says of itself. */
export interface PropertyOptions {
  /** Overrides the type that follows from the column. */
  readonly type?: EdmTypeName;
  /** For enum columns: name of the enumeration type, its members (name → value) and whether they combine. */
  readonly enumType?: {
    readonly name: string;
    readonly members: Readonly<Record<string, number>>;
    readonly isFlags?: boolean;
    readonly description?: string;
  };
  /** Makes a bytea column a stream property: its bytes are read and written at their own URL. Edm.Stream */
  readonly stream?: true | StreamOptions;
  /** On a `jsonb` column: it holds a collection of complex values, each with the members that the class declares. */
  readonly collectionOf?: Constructor;
  /** The service sets it; what a client sends is ignored. */
  readonly computed?: boolean;
  /** A client may set it on create only. */
  readonly immutable?: boolean;
  /** Not part of the model. */
  readonly hidden?: boolean;
  /** May be left out on create although the column is not nullable: a rule fills it. */
  readonly filled?: boolean;
  /** The value is that of another entity: navigation names and a property, e.g. `customerPaymentJournal/code`. */
  readonly path?: string;
  /** Of a virtual column: the navigations to the entities that its query reads, e.g. `['salesInvoices']`. Without it changes of it are not tracked. */
  readonly dependsOn?: readonly string[];
  readonly searchable?: boolean;
  /** How values of the property become one when a client names it alone in aggregate(…). Aggregation.CustomAggregate */
  readonly aggregatedBy?: StandardMethod;
  /** What a number counts: `{ unit: 'km' }`, `{ isoCurrency: 'EUR' }`, or `{ isoCurrencyOf: 'currencyCode' }` for what another property says. */
  readonly measure?: Measure;
  /** A regular expression of ECMAScript that a text must match. Validation.Pattern */
  readonly pattern?: string;
  /** A name for the type of the column with the facets that all properties of it share. CSDL §11 */
  readonly typeDefinition?: {
    readonly name: string;
    readonly maxLength?: number;
    readonly precision?: number;
    readonly scale?: number;
    readonly description?: string;
  };
  readonly maxLength?: number;
  readonly precision?: number;
  readonly scale?: number;
  readonly nullable?: boolean;
  readonly description?: string;
}

/** What a relation says of itself. */
export interface NavigationOptions {
  /** The target lives inside this entity and is addressed through it. CSDL §8.4 */
  readonly contained?: boolean;
  readonly hidden?: boolean;
  readonly description?: string;
}

interface Declared {
  type?: TypeOptions;
  readonly properties: Map<string, PropertyOptions>;
  readonly navigations: Map<string, NavigationOptions>;
}

const declarations = new Map<Constructor, Declared>();

function declared(target: Constructor): Declared {
  const found = declarations.get(target);
  if (found) return found;
  const fresh: Declared = { properties: new Map(), navigations: new Map() };
  declarations.set(target, fresh);
  return fresh;
}

/** What was declared on a class; empty when nothing was. */
export const declarationOf = (target: Constructor): Readonly<Declared> => declared(target);

/** Makes a TypeORM entity an entity type. A class without it is not part of the model. */
export const EntityType =
  (options: TypeOptions) =>
  (target: Constructor): void => {
    declared(target).type = options;
  };

/** Makes an embedded class a complex type. */
export const ComplexType =
  (options: Pick<TypeOptions, 'name' | 'description'>) =>
  (target: Constructor): void => {
    declared(target).type = options;
  };

/** Adds to a column, or declares a property that has no column (`path`). */
export const Property =
  (options: PropertyOptions) =>
  (prototype: object, name: string): void => {
    declared(prototype.constructor as Constructor).properties.set(name, options);
  };

/** Adds to a relation. */
export const Navigation =
  (options: NavigationOptions) =>
  (prototype: object, name: string): void => {
    declared(prototype.constructor as Constructor).navigations.set(name, options);
  };
