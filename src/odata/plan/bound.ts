/** Typed expressions, and the variables that they speak of. Nodes are never changed. */
import type { ComplexType, EdmType, EntitySet, EntityType, NavigationProperty, Property } from '../model/model';
import type { Grains } from '../model/grain';
import type { Slot } from '../sql';
import type { Literal, Place } from '../url/ast';
import type { FunctionDef } from './function-definition';
import type { Nodes } from './nodes';
import type { FunctionRows, OrderKey } from './plan';
import type { Rows } from './rows';

/** A variable that ranges over the rows of a collection: `$it`, a lambda variable, the entities of one expand level. Compared by identity. */
export interface Range {
  readonly type: EntityType;
  /** For messages and aliases: `$it`, the lambda variable, the name of the navigation. */
  readonly name: string;
  /** How its entities are identified; undefined for rows that only expressions speak of, and for those that have no id. */
  readonly identity?: Identity;
  /** Its row may be missing: the far side of an outer join. */
  readonly optional?: boolean;
  /** Null where its row is missing, for rows of which no key tells that. */
  readonly presence?: BoundProperty;
  /** Its row is an item of a collection that was computed: it may be null, and has no place then, but an ordinal. */
  readonly isKeyed?: true;
  /** In each of its structures its row is that of this variable, an item: the place of the item tells whether it is there. */
  readonly ofItems?: Range;
  /** Null where its row is missing: it is of several structures, of which only some are items. Rows that come of it do not have that. */
  readonly there?: BoundProperty;
  /** Its row is a value of another one, by its key. */
  readonly made?: { readonly row: Range; readonly keys: Bound };
  /** The same row as a variable of the type that this one's is derived from. */
  readonly seenAs?: Range | undefined;
  /** Its row is what single-valued navigations and casts lead to from that of another variable; without any it is that row. */
  readonly behind?: { readonly from: Range; readonly navigations: readonly NavigationProperty[] };
}

/** What the id of an entity begins with: its set, or the entity that contains it and the navigation. Protocol §4.1 */
export type Identity =
  | { readonly kind: 'set'; readonly set: EntitySet }
  | { readonly kind: 'contained'; readonly navigation: NavigationProperty; readonly parent: Identity };

/** A typed expression. `nullable` tells whether it can be null for some row. */
export type Bound =
  | BoundValue
  | { readonly kind: 'null' }
  | { readonly kind: 'boolean'; readonly value: boolean; readonly type: EdmType; readonly nullable: false }
  | BoundProperty
  | {
      readonly kind: 'call';
      readonly definition: FunctionDef;
      readonly arguments: readonly Bound[];
      readonly type: EdmType;
      readonly nullable: boolean;
    }
  | {
      readonly kind: 'comparison';
      readonly operator: ComparisonOperator;
      readonly left: Bound;
      readonly right: Bound;
      readonly type: EdmType;
      readonly nullable: false;
    }
  | {
      readonly kind: 'in';
      readonly operand: Bound;
      readonly items: readonly Bound[];
      readonly type: EdmType;
      readonly nullable: false;
    }
  | {
      readonly kind: 'logical';
      readonly operator: 'and' | 'or';
      readonly left: Bound;
      readonly right: Bound;
      readonly type: EdmType;
      readonly nullable: boolean;
    }
  /** All flags of the right side are set on the left. */
  | {
      readonly kind: 'has';
      readonly left: Bound;
      readonly right: Bound;
      readonly type: EdmType;
      readonly nullable: boolean;
    }
  /** One of the searchable texts of the row contains the term. */
  | {
      readonly kind: 'search';
      readonly range: Range;
      readonly slot: Slot;
      readonly type: EdmType;
      readonly nullable: false;
    }
  | { readonly kind: 'not'; readonly operand: Bound; readonly type: EdmType; readonly nullable: boolean }
  | {
      readonly kind: 'case';
      readonly branches: readonly { readonly condition: Bound; readonly value: Bound }[];
      readonly type: EdmType;
      readonly nullable: boolean;
    }
  | {
      readonly kind: 'convert';
      readonly operand: Bound;
      readonly type: EdmType;
      readonly nullable: boolean;
      readonly mayFail: boolean;
    }
  /** A collection written out. */
  | {
      readonly kind: 'list';
      readonly items: readonly Bound[];
      readonly type: Extract<EdmType, { kind: 'collection' }>;
      readonly nullable: false;
    }
  | BoundObject
  /** A variable that stands for a member of a collection of values. */
  | { readonly kind: 'element'; readonly element: Element; readonly type: EdmType; readonly nullable: boolean }
  /** What `value` is for the one entity that the collection is narrowed to; null when there is none. */
  | {
      readonly kind: 'picked';
      readonly collection: BoundCollection;
      readonly value: Bound;
      readonly type: EdmType;
      readonly nullable: true;
    }
  /** What `value` is for each member of a collection of values, or of complex values, in their order. */
  | {
      readonly kind: 'gathered';
      readonly collection: BoundCollection | BoundValues;
      readonly value: Bound;
      readonly type: EdmType;
      /** Null where the collection is. */
      readonly nullable: boolean;
    }
  | BoundMembers
  | {
      readonly kind: 'exists';
      readonly collection: BoundCollection | BoundValues;
      readonly quantifier: 'any' | 'all';
      readonly predicate: Bound | undefined;
      readonly type: EdmType;
      readonly nullable: false;
    }
  | {
      readonly kind: 'count';
      readonly collection: BoundCollection | BoundValues;
      readonly filter: Bound | undefined;
      readonly type: EdmType;
      readonly nullable: false;
    }
  /** The value identifies one of the nodes; null where it is null, unless it stands in a condition that is asked for truth only. */
  | {
      readonly kind: 'node';
      readonly value: Bound;
      /** The groups that the row is of, where nodes are known for each. */
      readonly parts: readonly Bound[];
      readonly nodes: Nodes;
      readonly type: EdmType;
      readonly nullable: boolean;
    }
  /** One value of a set of rows: the members of a collection, or the rows that the option around it speaks of (`$these`). */
  | {
      readonly kind: 'aggregated';
      readonly collection: BoundCollection | undefined;
      readonly rows: Rows;
      /** Which of the rows, groups then, has the value: the one of the row that the expression speaks of. */
      readonly group?: Bound;
      readonly value: BoundProperty;
      readonly type: EdmType;
      readonly nullable: boolean;
    };

export type ComparisonOperator = 'eq' | 'ne' | 'gt' | 'ge' | 'lt' | 'le';

/** A value that a request carries; never null. */
export interface BoundValue {
  readonly kind: 'value';
  readonly slot: Slot;
  readonly type: EdmType;
  readonly nullable: false;
  /** The literal it was read from: it can still become a value of another type. */
  readonly literal?: Literal;
  /** Where it may have more digits of a second than the database keeps: what stands for it in comparisons. */
  readonly compared?: Readonly<Record<keyof Grains, Slot>>;
}

/** A property of the row that a range stands for, behind any number of single-valued navigations. */
export interface BoundProperty {
  readonly kind: 'property';
  readonly range: Range;
  readonly navigations: readonly NavigationProperty[];
  readonly property: Property;
  readonly type: EdmType;
  readonly nullable: boolean;
}

/** A complex value written out: each property of its type has a value. */
export interface BoundObject {
  readonly kind: 'object';
  readonly parts: readonly { readonly property: Property; readonly value: Bound }[];
  readonly type: ComplexType;
  readonly nullable: false;
}

/** The entities behind a collection-valued navigation, of a whole set, or the rows of a function: `range` is their variable. */
export interface BoundCollection {
  /** What the navigations start at; undefined for the set of the range's type: `$root/customers`. */
  readonly from: Range | undefined;
  /** Single-valued navigations first, the collection-valued one last. */
  readonly navigations: readonly NavigationProperty[];
  /** The function that gives the rows; the navigations lead to what it is bound to. */
  readonly rows?: FunctionRows | undefined;
  /** What that function is bound to, where it is a collection: the rows are those of all its members. */
  readonly of?: BoundCollection;
  /** The keys of complex values, where the rows are these: neither a row nor a function holds them. */
  readonly keys?: Bound;
  /** What a sequence of transformations made of the members of a collection: `range` is one of the variables of those rows. They have an order where they are made of items. */
  readonly made?: MadeOf | undefined;
  readonly range: Range;
  /** What narrows the collection: `/$filter(…)`, a key. */
  readonly filter?: Bound | undefined;
}

/** Rows made of the members of a collection, and the order that they have. */
export interface MadeOf {
  readonly of: BoundCollection;
  readonly rows: Rows;
  readonly order: readonly OrderKey[];
}

/**
 * A collection of entities or of complex values as an operand: what `value` is for each row. It has no value of its own; those who take it
 * ask its members. `place` is where its path ends, for those who do not take it.
 */
export interface BoundMembers {
  readonly kind: 'members';
  readonly collection: BoundCollection;
  readonly value: Bound;
  readonly type: Extract<EdmType, { kind: 'collection' }>;
  readonly nullable: false;
  readonly place: Place;
}

/** The variable of a collection of values. Compared by identity. */
export interface Element {
  readonly name: string;
  readonly type: EdmType;
  readonly nullable: boolean;
}

/** The members of a value that is a collection. */
export interface BoundValues {
  readonly values: Bound;
  readonly element: Element;
  /** The variable of a member's place, from 1. */
  readonly place?: Element;
  /** Those that it narrows, made first where the filter speaks of all of them: by the same variables. */
  readonly left?: BoundValues;
  readonly filter?: Bound;
}
