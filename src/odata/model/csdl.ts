/**
 * The metadata document as a tree: made from the Model once, written as XML or JSON by two writers that know syntax only, so that
 * both always say the same. Elements of later versions (operations, singletons, derived types) become further members here.
 */
import type { Capabilities } from './capabilities';
import type { EdmTypeName } from './types';

/** A version of the protocol that the document is written for. */
export type CsdlVersion = '4.0' | '4.01';

/** What decides the text of a metadata document beside the Model. */
export interface CsdlOptions {
  /** The highest version that the client understands: `4.0` holds nothing that is new in 4.01. */
  readonly version?: CsdlVersion;
  readonly capabilities?: Capabilities;
  /** Which annotations go out; all without. Protocol §8.2.8.4 */
  readonly includes?: (term: string, qualifier?: string) => boolean;
}

/** The value of an annotation: a constant, or what each instance has where a `Path` leads. CSDL §14.3, §14.4 */
export type CsdlExpression =
  | string
  | number
  | boolean
  | { readonly kind: 'enum'; readonly type: string; readonly members: readonly string[] }
  | { readonly kind: 'path'; readonly of: 'Path' | 'PropertyPath' | 'NavigationPropertyPath'; readonly path: string }
  | { readonly kind: 'collection'; readonly items: readonly CsdlExpression[] }
  | {
      readonly kind: 'record';
      /** Named where it is not the type that the term declares, but derived from it. CSDL §14.4.12 */
      readonly type?: string | undefined;
      readonly members: Readonly<Record<string, CsdlExpression>>;
    };

/** A term, qualified by the alias of its vocabulary, with its value. CSDL §14.2 */
export interface CsdlAnnotation {
  readonly term: string;
  /** Tells several values of one term apart. CSDL §14.2.1 */
  readonly qualifier?: string;
  readonly value: CsdlExpression;
}

interface Annotated {
  readonly annotations: readonly CsdlAnnotation[];
}

interface Named extends Annotated {
  readonly name: string;
}

/** A type in use, with its facets. CSDL §7.1, §7.2 */
export interface CsdlTypeReference {
  /** Qualified. */
  readonly type: string;
  readonly collection: boolean;
  /** Not stated for collections of entities, which hold no null. §7.2.1, §12.8 */
  readonly nullable?: boolean;
  readonly maxLength?: number;
  readonly precision?: number;
  readonly scale?: number | 'variable';
}

/** CSDL §7 */
export interface CsdlProperty extends Named, CsdlTypeReference {
  readonly kind: 'Property';
  readonly defaultValue?: { readonly text: string; readonly type: EdmTypeName | 'enum' };
}

/** CSDL §8 */
export interface CsdlNavigation extends Named {
  readonly kind: 'NavigationProperty';
  readonly type: string;
  readonly collection: boolean;
  /** Stated for single-valued navigations only. §8.2 */
  readonly nullable?: boolean;
  readonly partner?: string;
  readonly containsTarget: boolean;
  readonly constraints: readonly { readonly property: string; readonly referencedProperty: string }[];
  readonly onDelete?: string;
}

/** CSDL §6, §9 */
export interface CsdlStructuredType extends Named {
  readonly kind: 'EntityType' | 'ComplexType';
  /** Qualified. CSDL §6.2 */
  readonly baseType?: string;
  readonly isAbstract?: boolean;
  /** CSDL §6.4, §9.3 */
  readonly isOpen?: boolean;
  /** A media entity. CSDL §6.5 */
  readonly hasStream?: boolean;
  /** Empty for complex types, and for types that have it from their base type. */
  readonly key: readonly string[];
  readonly members: readonly (CsdlProperty | CsdlNavigation)[];
}

/** CSDL §10 */
export interface CsdlEnumType extends Named {
  readonly kind: 'EnumType';
  readonly isFlags: boolean;
  readonly underlyingType: 'Edm.Int32' | 'Edm.Int64';
  readonly members: ReadonlyMap<string, number>;
}

/** CSDL §11 */
export interface CsdlTypeDefinition extends Named, Pick<CsdlTypeReference, 'maxLength' | 'precision' | 'scale'> {
  readonly kind: 'TypeDefinition';
  readonly underlyingType: EdmTypeName;
}

/** CSDL §13.2, §13.3 */
interface CsdlEntitySet extends Named {
  readonly kind: 'EntitySet' | 'Singleton';
  readonly type: string;
  readonly bindings: ReadonlyMap<string, string>;
}

/** CSDL §12.9 */
export interface CsdlParameter extends Named, CsdlTypeReference {}

/** CSDL §12.1, §12.3 */
export interface CsdlOperation extends Named {
  readonly kind: 'Function' | 'Action';
  readonly isBound: boolean;
  readonly isComposable: boolean;
  readonly entitySetPath?: string;
  /** The binding parameter first. */
  readonly parameters: readonly CsdlParameter[];
  readonly returns?: CsdlTypeReference;
}

/** CSDL §13.5, §13.6 */
export interface CsdlImport extends Named {
  readonly kind: 'FunctionImport' | 'ActionImport';
  /** Qualified. */
  readonly operation: string;
  readonly entitySet?: string;
  readonly includeInServiceDocument: boolean;
}

/** CSDL §13 */
export interface CsdlContainer extends Named {
  readonly kind: 'EntityContainer';
  readonly children: readonly CsdlEntitySet[];
  readonly imports: readonly CsdlImport[];
}

/** A vocabulary. CSDL §4.1, §4.2 */
export interface CsdlReference {
  /** Without its ending, which is `.xml` or `.json`. */
  readonly uri: string;
  readonly namespace: string;
  readonly alias: string;
}

/** The whole document: one schema. CSDL §4, §5 */
export interface CsdlDocument extends Annotated {
  readonly version: CsdlVersion;
  readonly references: readonly CsdlReference[];
  readonly namespace: string;
  readonly children: readonly (CsdlStructuredType | CsdlEnumType | CsdlTypeDefinition)[];
  readonly operations: readonly CsdlOperation[];
  readonly container: CsdlContainer;
}
