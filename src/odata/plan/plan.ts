/**
 * The Plan: every name resolved, every expression typed, keys, defaults, order and limits filled in. What is planned is valid; the compiler
 * makes SQL of it without a further question. Nodes are never changed.
 */
import type { ComplexType, EdmType, EntitySet, NavigationProperty, Property, Stream } from '../model/model';
import type { FunctionOperation } from '../model/operation';
import type { Slot } from '../sql';
import type { AllPlan } from './all-plan';
import type { Bound, BoundCollection, BoundProperty, BoundValues, MadeOf, Range } from './bound';
import type { ExpandStep } from './expand-options';
import type { OwnContext } from './own-context';
import type { Rows } from './rows';
import type { SelectList } from './select-list';

export type * from './all-plan';
export type * from './bound';

/** Values that pick one entity: by key or alternate key. */
export type KeyPredicate = readonly { readonly property: Property; readonly value: Bound }[];

/** Rows that a function makes, or an action has returned: no table holds them. */
export interface FunctionRows {
  readonly operation: Pick<FunctionOperation, 'name' | 'parameters' | 'returns'>;
  readonly definition: Extract<FunctionOperation['definition'], { kind: 'rows' }>;
  readonly arguments: ReadonlyMap<string, Bound>;
}

/** One step of the resource path: a set, a navigation from the step before, or the rows of a function. */
export interface Step {
  readonly set?: EntitySet;
  readonly navigation?: NavigationProperty;
  readonly rows?: FunctionRows;
  readonly range: Range;
  /** Narrows the collection that the step stands for, before a key picks one of what is left: `/$filter(…)`, casts, bound functions. */
  readonly filter?: Bound | undefined;
  /** What the filter narrows, where that is made first: a filter speaks of all that those before it have left. */
  readonly made?: MadeOf | undefined;
  /** Picks an item of complex values by its place among those that a filter leaves: 0 is the first, -1 the last one. */
  readonly ordinal?: { readonly at: Bound; readonly among: Pick<BoundCollection, 'made' | 'filter'> };
  /** Present when the step picks one entity of a collection. */
  readonly key?: KeyPredicate;
  /** The qualified name of the derived type that the rows are cast to. */
  readonly cast?: string;
}

/** The resource that the path leads to. */
export interface Target {
  /** At least one step; the last one's range is what the options speak of. */
  readonly steps: readonly Step[];
  readonly range: Range;
  /** One entity, or a collection of them. */
  readonly single: boolean;
  /** `/$each`: what follows is done to every member of the collection. URL Conventions §4.13 */
  readonly each?: true;
  /** The function that the path has gone through: what it gives is read only. */
  readonly called?: FunctionOperation;
  /** What that function gives for each member of the collection. URL Conventions §4.13 */
  readonly results?: Results;
  /** The set that the entities belong to, when they are not contained. */
  readonly set: EntitySet | undefined;
  /** The path of the collection (or single navigation) that the entities belong to, as context URLs write it. */
  readonly collectionPath: CanonicalPath;
}

/** What an operation gives for the row of a variable: a collection, which has one member at most where it gives one value. */
export interface Results {
  /** Single rows between that row and the collection, each from the one before. */
  readonly through: readonly BoundCollection[];
  readonly collection: BoundCollection | BoundValues;
  /** What it gives for one row. */
  readonly type: EdmType;
  /** What is given for each member of the collection, in place of the member. */
  readonly each?: Results;
  /** The same by another variable of the member. */
  readonly again?: (member: Range) => Results;
}

/** A path of sets, keys and contained navigations: text, and the values of keys between it. */
export type CanonicalPath = readonly (string | { readonly value: Bound; readonly property: Property })[];

/** What rows are ordered by; a null orders nothing. */
export interface OrderKey {
  readonly expression: Exclude<Bound, { readonly kind: 'null' }>;
  readonly direction: 'asc' | 'desc';
}

/** What goes out of one entity. */
export interface Selection {
  readonly range: Range;
  readonly fields: readonly Field[];
  /** What context URLs tell of it. */
  readonly list: SelectList;
  /** The qualified name of the entities' type, where it is derived from the one that a context URL tells. */
  readonly cast?: string;
  /** The request made it and gave it its name: its own context goes out with it. */
  readonly context?: OwnContext;
  /** Rows of several structures: the text of the discriminator tells which one a row has. Then `fields` is empty. */
  readonly variants?: Variants;
  /** The object has the fields only: the row that it is made of says nothing of itself. */
  readonly isBare?: true;
  /** The id goes out although the key does: no context tells what it begins with. JSON §4.5.8 */
  readonly tellsId?: true;
}

/** What goes out of rows of several structures, each by the text of the discriminator. */
export interface Variants {
  readonly discriminator: BoundProperty;
  readonly selections: ReadonlyMap<string, Selection>;
  /** What stands in the selections of several structures as `shared`. */
  readonly shared?: readonly SharedField[];
}

/** A field that several structures have. */
export interface SharedField {
  readonly field: Field;
  /** The variable that it speaks of: the row as one of the type that all which have it are derived from. */
  readonly range: Range;
  /** The structures that have it, where there are others. */
  readonly of?: readonly string[];
}

/** One member of the JSON object; one without a name stands alone in it, as `value`. JSON §11 */
export type Field =
  | { readonly kind: 'etag' }
  /** Links of a navigation, where the format wants them. JSON §4.5.12 */
  | { readonly kind: 'navigationLink'; readonly navigation: NavigationProperty }
  /** Where a stream is read and written, and of which media type it is: told where it is asked for, or the format wants it. JSON §4.5.12 */
  | {
      readonly kind: 'stream';
      readonly stream: Stream;
      readonly isSelected: boolean;
      /** The bytes go out with it. JSON §9, §10 */
      readonly isInline?: boolean;
    }
  /** An operation bound to the entity, where the format wants it. JSON §16, §17 */
  | { readonly kind: 'operation'; readonly name: string }
  /** An entity that was made by the request and has no id; `cast` names its type where it is derived from the declared one. Protocol §4.3 */
  | { readonly kind: 'transient'; readonly cast?: string }
  | { readonly kind: 'property'; readonly name: string; readonly value: BoundProperty }
  /** A value of which no type is known: an object with it under its name, and with its type. It goes out behind that, and is told where it is null, too. Alone, an object is what goes out. */
  | { readonly kind: 'untyped'; readonly name: string; readonly value: Bound; readonly isAlone?: true }
  | {
      readonly kind: 'complex';
      readonly name: string;
      readonly type: ComplexType;
      readonly nullable: boolean;
      readonly fields: readonly Field[];
      /** Computed properties beside its parts: they do not tell whether the value is there. */
      readonly computed?: readonly Field[];
      /** True where the value is there although all its parts may be null. */
      readonly presence?: Bound;
      /** The request made it: a client does not know its type. JSON §4.6.3 */
      readonly dynamic?: boolean;
    }
  /** The items of a collection of values that a filter leaves, in an order, from a place on, and their number. */
  | {
      readonly kind: 'values';
      readonly name: string;
      readonly collection: BoundValues;
      /** Items that are equal in it keep their order. */
      readonly order: readonly OrderKey[];
      readonly top: Slot | undefined;
      readonly skip: Slot | undefined;
      readonly count: boolean;
      /** As that of `computed`. */
      readonly typeName?: string | undefined;
      /** What is kept of their type where they are items of a dynamic property. */
      readonly heldType?: Bound;
    }
  /** The same of a collection of complex values. */
  | {
      readonly kind: 'items';
      readonly name: string;
      readonly type: EdmType;
      /** What the collection is before its options. */
      readonly members: BoundCollection;
      readonly collection: CollectionPlan;
      /** As that of `computed`. */
      readonly typeName?: string | undefined;
      /** Where it does not hold there is no collection: null goes out. */
      readonly presence?: Bound;
      readonly context?: OwnContext | undefined;
    }
  /** Dynamic properties of an open type: those of the names, or all but some. */
  | { readonly kind: 'dynamic'; readonly names: readonly string[] | undefined; readonly except: readonly string[] }
  /** A dynamic property that the request made. */
  | {
      readonly kind: 'computed';
      readonly name: string;
      readonly value: Bound;
      /** Its type, where a client would not guess it from the value: `#Decimal`. JSON §4.6.3 */
      readonly typeName: string | undefined;
    }
  /** The entity of another variable of the same row. */
  | {
      readonly kind: 'row';
      readonly name: string;
      readonly selection: Selection;
      readonly reference: boolean;
      /** Null where there is no such row; undefined where there always is one. */
      readonly presence: BoundProperty | undefined;
    }
  /** Where the entity of another variable is found, in the set of that name. JSON §8.1 */
  | { readonly kind: 'link'; readonly name: string; readonly range: Range }
  | {
      readonly kind: 'one';
      readonly name: string;
      readonly navigation: NavigationProperty;
      /** Its variable may be one behind another: then that one leads there. */
      readonly selection: Selection;
      readonly reference: boolean;
    }
  | {
      readonly kind: 'many';
      readonly name: string;
      readonly navigation: NavigationProperty;
      /** What the navigation starts at; undefined for the row itself. */
      readonly from?: Range | undefined;
      readonly collection: CollectionPlan;
      readonly form: 'entities' | 'references' | 'count';
      /** The request gave it its name and made its rows: a client needs its context. Data Aggregation §3.4.3 */
      readonly context?: OwnContext | undefined;
      /** Where its item stands in $expand, so that links to further pages can name it; undefined when it goes out whole. */
      readonly within?: readonly ExpandStep[] | undefined;
    }
  /** What rows of other structures have, too: a field of `Variants.shared`. */
  | { readonly kind: 'shared'; readonly index: number }
  /** The rows of the request itself, transformed, or the members of a collection of the row, as one value. Data Aggregation §3.5.2 */
  | {
      readonly kind: 'nest';
      readonly name: string;
      readonly collection: CollectionPlan;
      /** The collection that the rows are made of; undefined for those of the request. */
      readonly members: BoundCollection | undefined;
      readonly context: OwnContext | undefined;
      /** Links to further pages go on behind that `/$each` of the path, the first one is 0; undefined when it goes out whole. */
      readonly each?: number | undefined;
    };

/** A collection as it goes out: filtered, ordered, cut. */
export interface CollectionPlan {
  /** Stands for a row of the collection itself. */
  readonly base: Range;
  /** What $apply makes of the rows; absent when it is the rows themselves. */
  readonly rows?: Rows;
  readonly selection: Selection;
  readonly filter: Bound | undefined;
  /** Total: ends with the key. Empty when there is one row. */
  readonly order: readonly OrderKey[];
  readonly top: Slot | undefined;
  readonly skip: Slot | undefined;
  readonly count: boolean;
  /** Where it holds, a null goes out in place of the item. */
  readonly isNull?: Bound;
}

/** A request that reads. */
export type ReadPlan =
  | AllPlan
  | {
      readonly kind: 'collection';
      readonly target: Target;
      readonly collection: CollectionPlan;
      readonly form: 'entities' | 'references';
      /** What a context URL names in place of the path: results for the members of a collection are none of it. */
      readonly told?: string;
    }
  | { readonly kind: 'entity'; readonly target: Target; readonly selection: Selection; readonly reference: boolean }
  /** The bytes of a stream. Protocol §11.2.3, §11.2.4.1 */
  | { readonly kind: 'stream'; readonly target: Target; readonly stream: Stream }
  | { readonly kind: 'count'; readonly target: Target; readonly filter: Bound | undefined; readonly rows?: Rows }
  | {
      readonly kind: 'property';
      readonly target: Target;
      /** Items of collections of complex values that the path goes through, by their places: the field is of the last one. */
      readonly items: readonly Step[];
      readonly path: readonly string[];
      readonly field: Field;
      /** What $select leaves of a complex property. */
      readonly list: SelectList;
      readonly raw: boolean;
      /** The type that a context URL names in place of the path: an item behind a filter has no path of its own. Protocol §10.16, §10.17 */
      readonly told?: string | undefined;
    };
