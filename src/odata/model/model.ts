/**
 * The Model: what the entities say, resolved and frozen at start. Every later stage reads it and nothing else.
 * Words are those of CSDL 4.01; everything that becomes an identifier in SQL comes from here.
 */
import type { Operation } from './operation';
import type { Slot } from '../sql';
import type { EdmTypeName } from './types';

/** A type of a value in an expression or a property. */
export type EdmType =
  | { readonly kind: 'primitive'; readonly name: EdmTypeName }
  | EnumType
  | ComplexType
  | EntityType
  | { readonly kind: 'collection'; readonly of: EdmType }
  /** Any primitive type, which each value tells itself: that of dynamic properties. CSDL §4.2 */
  | { readonly kind: 'untyped'; readonly name: 'Edm.Untyped' };

export interface EnumType {
  readonly kind: 'enum';
  readonly name: string;
  /** Of a vocabulary: it is not of the service's schema. */
  readonly namespace?: string;
  readonly isFlags: boolean;
  /** Members in order, with their values. */
  readonly members: ReadonlyMap<string, number>;
  /** The PostgreSQL enum type that stores single members; absent when the column holds the number. */
  readonly databaseType: string | undefined;
  readonly description: string | undefined;
}

/** Facets of CSDL §7.2 and what the vocabularies say of a property. */
export interface Facets {
  readonly nullable: boolean;
  /** In code points. */
  readonly maxLength?: number;
  readonly precision?: number;
  readonly scale?: number;
  /** Bounds of a number, both allowed. Validation.Minimum, Validation.Maximum */
  readonly minimum?: number;
  readonly maximum?: number;
  /** A regular expression of ECMAScript that a text matches. Validation.Pattern */
  readonly pattern?: string;
}

/** A name for a primitive type with facets. CSDL §11 */
export interface TypeDefinition extends Pick<Facets, 'maxLength' | 'precision' | 'scale'> {
  readonly name: string;
  readonly underlying: EdmTypeName;
  readonly description: string | undefined;
}

/** Where the value of a property comes from. */
export type PropertySource =
  /** A column of the type's own table. */
  | { readonly kind: 'column'; readonly column: string; readonly databaseType: string }
  /** A property of another entity, behind single-valued navigations: read-only, joined when needed. */
  | { readonly kind: 'path'; readonly navigations: readonly string[]; readonly property: string }
  /** A dynamic property of an open type: a member of the object in this column, or of objects within it, the outermost first. */
  | { readonly kind: 'dynamic'; readonly column: string; readonly within?: readonly string[]; readonly member: Slot }
  /** A TypeORM virtual column: SQL text over the table's alias. `dependsOn` are the navigations to the entities that it reads. */
  | { readonly kind: 'expression'; readonly sql: (alias: string) => string; readonly dependsOn?: readonly string[] }
  /** A complex value: its parts have sources of their own, in columns of the same table. */
  | {
      readonly kind: 'complex';
      readonly properties: ReadonlyMap<string, Property>;
      /** Made while planning: entities behind navigation properties, which start at the row that holds the value. */
      readonly navigations?: ReadonlyMap<string, NavigationProperty>;
      /** The same of what is left of an entity: the type to which paths led. */
      readonly entity?: EntityType;
      /** Not null in this column where the value is there, although all its parts may be null. */
      readonly presence?: ColumnReference;
    };

/** Made while planning, of what groups have: the types behind which paths named it, where none did without a cast. */
export interface BehindCasts {
  readonly casts?: readonly EntityType[];
  /** Where it is null, rows of other types have the name as another thing. */
  readonly ofOthers?: true;
}

export interface Property extends Facets, BehindCasts {
  readonly name: string;
  readonly type: EdmType;
  readonly source: PropertySource;
  /** The service sets it; what a client sends is ignored. Core.Computed */
  readonly computed: boolean;
  /** A client may set it on create only. Core.Immutable */
  readonly immutable: boolean;
  /** A create without it is an error: not nullable, no default, not filled by a rule. */
  readonly required: boolean;
  /** $search looks here. */
  readonly searchable: boolean;
  /** The database's default, as EDM text, when it is a plain value. */
  readonly defaultValue: string | undefined;
  readonly description: string | undefined;
  /** How a list of values becomes one when the client names the property alone in aggregate(…). Aggregation.CustomAggregate */
  readonly aggregatedBy?: StandardMethod;
  /** The name that its type has in documents: to expressions it is the underlying type. */
  readonly definition?: TypeDefinition;
  /** What a number counts: a unit, or a currency by its code or the property that holds it. Measures.Unit, Measures.ISOCurrency */
  readonly measure?: Measure;
  /** Not declared anywhere, made by the request: its type goes out beside its value. JSON §4.6.3 */
  readonly dynamic?: boolean;
  /** The request says that it is null: in expressions it is that, of no type. */
  readonly isNull?: boolean;
  /** What items of complex values call it in SQL, where a client has named it. */
  readonly member?: string;
}

/** What a number counts. Vocabulary Org.OData.Measures.V1 */
export type Measure = { readonly unit: string } | { readonly isoCurrency: string } | { readonly isoCurrencyOf: string };

/** The methods of Data Aggregation §3.2.1.3. */
export type StandardMethod = 'sum' | 'min' | 'max' | 'average' | 'countdistinct';

/** A pair of columns that ties two tables: `table.column = target.targetColumn`. */
export interface JoinColumn {
  readonly column: string;
  readonly targetColumn: string;
}

/** A table between two, whose rows link entities of them. */
export interface LinkTable {
  readonly table: EntityType['table'];
  readonly source: EntityType;
  readonly target: EntityType;
  /** `source.column = between.targetColumn` */
  readonly from: readonly JoinColumn[];
  /** `between.column = target.targetColumn` */
  readonly to: readonly JoinColumn[];
}

export interface NavigationProperty extends BehindCasts {
  readonly name: string;
  readonly target: EntityType;
  readonly collection: boolean;
  readonly nullable: boolean;
  readonly containsTarget: boolean;
  /** The navigation of the target that leads back. */
  readonly partner: string | undefined;
  /** How the rows are tied; nothing where another table ties them. */
  readonly join: readonly JoinColumn[];
  /** Many to many: the table that ties the rows. */
  readonly via?: LinkTable;
  /** True when this side's table holds the foreign key. */
  readonly owning: boolean;
  /** Dependent property here → principal property there, where both are exposed. CSDL §8.5 */
  readonly referentialConstraints: readonly { readonly property: string; readonly referencedProperty: string }[];
  readonly onDelete: 'Cascade' | 'None' | 'SetNull' | undefined;
  /** Made while planning: it stays at the row and sees it as one of the derived type that is its target. */
  readonly cast?: true;
  /** Made while planning: it leads to the items of this collection of complex values, which its row holds. */
  readonly items?: Property;
  readonly description: string | undefined;
}

/** Bytes with a media type: the value of a stream property, or what a media entity describes. They never stand among the properties. CSDL §6.5 */
export interface Stream {
  /** The name of the property; `$value` for the one of a media entity. */
  readonly name: string;
  readonly column: string;
  readonly nullable: boolean;
  /** The service alone sets it. */
  readonly computed: boolean;
  /** The property that keeps the media type of each value; undefined where all have the same. */
  readonly mediaTypeProperty: Property | undefined;
  /** The media type of all values, or of those whose own is not known. */
  readonly mediaType: string;
  /** Media types that are taken, `image/*` for all of a kind; undefined for any. Core.AcceptableMediaTypes */
  readonly accepts: readonly string[] | undefined;
  /** The most bytes of a value, beside what the host allows. */
  readonly maxBytes: number | undefined;
  readonly description: string | undefined;
}

export interface StructuredType {
  readonly name: string;
  readonly properties: ReadonlyMap<string, Property>;
  readonly description: string | undefined;
}

export interface ComplexType extends StructuredType {
  readonly kind: 'complex';
  /** Made while planning: what is left of the entity behind a navigation property of that name, or of an object that a dynamic property holds. */
  readonly made?: 'entity' | 'object';
  /** The same: the entities to which what is left of one leads. */
  readonly navigations?: ReadonlyMap<string, NavigationProperty>;
  /** The same: the type to which paths led. */
  readonly entity?: EntityType | undefined;
  /** The type that its values declare, to which a request has added names. */
  readonly declared?: ComplexType;
}

/** A column that the engine itself needs, exposed or not. */
export interface ColumnReference {
  readonly column: string;
  readonly databaseType: string;
}

/** Entities of a type as nodes of trees. Aggregation.RecursiveHierarchy */
export interface RecursiveHierarchy {
  readonly qualifier: string;
  /** Identifies a node. */
  readonly node: Property;
  /** Leads to the parent of a node, or to several. */
  readonly parents: NavigationProperty;
  /** What hierarchical transformations tell of nodes, and by which properties. Hierarchy.RecursiveHierarchy */
  readonly derived: ReadonlyMap<DerivedName, Property>;
}

/** Properties of the vocabulary's RecursiveHierarchyType. com.sap.vocabularies.Hierarchy.v1 */
export type DerivedName = 'DrillState' | 'DistanceFromRoot' | 'LimitedDescendantCount' | 'LimitedRank';

/** How a type stands to those that share its table, because one is derived from the other. CSDL §6.2, §6.3 */
interface Inheritance {
  readonly base: EntityType | undefined;
  /** No entity is of the type itself. */
  readonly isAbstract: boolean;
  /** The types derived from this one, to any depth. */
  readonly derived: readonly EntityType[];
  /** Tells which type a row is of. */
  readonly discriminator: ColumnReference;
  /** What the discriminator holds in the rows of this very type. */
  readonly value: string;
}

export interface EntityType extends StructuredType {
  readonly kind: 'entity';
  readonly navigations: ReadonlyMap<string, NavigationProperty>;
  /** The stream properties, where there are any. */
  readonly streams?: ReadonlyMap<string, Stream>;
  /** What a media entity describes. CSDL §6.5 */
  readonly media?: Stream;
  /** All navigations, those too that are not part of the public model: paths of derived properties go through them. */
  readonly joins: ReadonlyMap<string, NavigationProperty>;
  /** Sets of columns whose values are unique in the table, the primary key among them. */
  readonly uniques: readonly (readonly string[])[];
  readonly key: readonly Property[];
  readonly alternateKeys: readonly (readonly Property[])[];
  /** Schema-qualified and quoted by the compiler. */
  readonly table: { readonly schema: string | undefined; readonly name: string };
  /** Of a type made while planning only: all columns of its rows, which come from a query and not from a table. */
  readonly columns?: readonly ColumnReference[];
  /** Of a type made while planning only: the column that is true where a row stands for a null. */
  readonly nulls?: string;
  /** Order of a collection when the client gives none; the key is appended when it is not unique in itself. */
  readonly defaultOrder: readonly { readonly property: Property; readonly direction: 'asc' | 'desc' }[];
  /** The number that every write raises; its text is the ETag. */
  readonly version: ColumnReference | undefined;
  /** The time that every write sets. */
  readonly updatedAt: ColumnReference | undefined;
  readonly createdAt: ColumnReference | undefined;
  /** The column that splits the rows by the caller's partition (company); each statement is confined to one value of it. */
  readonly partition: ColumnReference | undefined;
  /** Of the items of a collection of complex values only: the whole of one as a value. */
  readonly item?: Property;
  /** Of the rows of a function that are values: what one is as such. */
  readonly whole?: Property;
  /** Of the type whose entities the partitions are (company): the column that the partition columns of the others refer to. */
  readonly partitions?: ColumnReference | undefined;
  /** Of an open type: the column with an object of the values that no property declares. CSDL §6.4 */
  readonly dynamic?: ColumnReference;
  /** What is kept of each write of a row, when writes are tracked: the columns of the key and of all foreign keys. Protocol §11.3 */
  readonly changes?: readonly ColumnReference[];
  /** Those that the type itself declares, by their qualifiers. */
  readonly hierarchies?: ReadonlyMap<string, RecursiveHierarchy>;
  /** Set where types are derived from one another. */
  readonly inheritance?: Inheritance;
  readonly insertable: boolean;
  readonly updatable: boolean;
  readonly deletable: boolean;
  /** The TypeORM class: what rules are registered for. */
  readonly target: abstract new () => object;
}

export interface EntitySet {
  readonly name: string;
  readonly type: EntityType;
  readonly description: string | undefined;
  /** Navigation path → entity set, e.g. `customerPayments/customer` → `customers`. CSDL §13.4 */
  readonly bindings: ReadonlyMap<string, string>;
  /** Of a singleton: the key of its one entity, as text by property. CSDL §13.3 */
  readonly one?: ReadonlyMap<Property, string>;
}

export interface Model {
  readonly namespace: string;
  readonly container: string;
  readonly schemaVersion: string;
  readonly entityTypes: ReadonlyMap<string, EntityType>;
  readonly complexTypes: ReadonlyMap<string, ComplexType>;
  readonly enumTypes: ReadonlyMap<string, EnumType>;
  readonly typeDefinitions: ReadonlyMap<string, TypeDefinition>;
  readonly entitySets: ReadonlyMap<string, EntitySet>;
  /** Sets of one entity, which is addressed by the name alone. */
  readonly singletons: ReadonlyMap<string, EntitySet>;
  /** Functions and actions, overloads side by side. */
  readonly operations: readonly Operation[];
}
