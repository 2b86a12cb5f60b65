/** Functions and actions in the Model. CSDL §12 */
import type { FunctionDeclaration, NamedOperation, RowSource } from './declare-operation';
import { isOfType } from './inheritance';
import type { EdmType, EntitySet, EntityType, Facets } from './model';
import type { Sql } from '../sql';

/** A parameter beside the binding parameter. CSDL §12.9 */
export interface Parameter extends Facets {
  readonly name: string;
  readonly type: EdmType;
  readonly optional: boolean;
  /** As EDM text. */
  readonly defaultValue: string | undefined;
  readonly description: string | undefined;
}

/** What an operation returns. CSDL §12.8 */
export interface ReturnType {
  readonly type: EdmType;
  readonly nullable: boolean;
}

/** How the result of a function is found. */
export type FunctionDefinition =
  /** A path of the URL grammar, with the parameters as aliases. */
  | { readonly kind: 'path'; readonly path: string }
  /** Rows of a derived table; `type` gives its columns as properties, so that query options work on them. */
  | {
      readonly kind: 'rows';
      readonly type: EntityType;
      readonly sql: (source: RowSource) => Sql;
      /** The PostgreSQL type of the caller's partition. */
      readonly partitionType: string;
    };

/** What an operation is bound to. CSDL §12.6 */
interface Binding {
  readonly type: EntityType;
  readonly collection: boolean;
  /** A collection as a whole: a part of one is none of it. */
  readonly isWhole: boolean;
}

interface OperationBase {
  readonly name: string;
  readonly binding: Binding | undefined;
  readonly parameters: readonly Parameter[];
  readonly returns: ReturnType | undefined;
  /** The set of the entities that it returns, when they are in one. */
  readonly entitySet: EntitySet | undefined;
  /** From the binding parameter to what is returned. CSDL §12.6 */
  readonly entitySetPath: string | undefined;
  readonly description: string | undefined;
  readonly declaration: NamedOperation['declaration'];
}

/** CSDL §12.4 */
export interface FunctionOperation extends OperationBase {
  readonly kind: 'function';
  readonly returns: ReturnType;
  readonly definition: FunctionDefinition;
  readonly declaration: FunctionDeclaration;
}

/** CSDL §12.2 */
export interface ActionOperation extends OperationBase {
  readonly kind: 'action';
}

export type Operation = FunctionOperation | ActionOperation;

/** Whether an operation can be called on an entity, or a collection, of a type: what is bound to a type is bound to those derived from it. CSDL §12.6 */
export const isBoundTo = ({ binding }: Operation, type: EntityType, collection: boolean): boolean =>
  binding !== undefined && binding.collection === collection && isOfType(type, binding.type);

/** The binding parameter's name in $metadata; clients do not write it. */
export const BINDING_PARAMETER = 'bindingParameter';
