/**
 * How a domain declares functions and actions. Types are named by the classes that the model is made of; brackets mean a collection, so that
 * `returns: [SalesInvoice]` reads as in TypeScript. CSDL §12
 */
import type { Sql } from '../sql';
import type { Measure } from './model';
import type { EdmTypeName } from './types';

type EntityClass = abstract new () => object;

/** One of them, or in brackets a collection. */
export type OneOrMany<T> = T | readonly [T];

/** A value with its facets. */
export interface ValueDeclaration {
  /** A primitive type, or an enumeration that a property of an entity has. */
  readonly type: EdmTypeName | { readonly name: string };
  readonly nullable?: boolean;
  readonly maxLength?: number;
  readonly precision?: number;
  readonly scale?: number;
  readonly measure?: Measure;
  readonly description?: string;
}

/** A parameter beside the binding parameter. CSDL §12.9 */
export interface ParameterDeclaration extends ValueDeclaration {
  readonly collection?: boolean;
  /** May be left out; it has its default then, or null. Core.OptionalParameter */
  readonly optional?: boolean;
  /** As EDM text. */
  readonly default?: string;
}

/** A complex type that operations return: properties by name. */
export interface ComplexDeclaration {
  readonly kind: 'complex';
  readonly name: string;
  readonly description: string;
  readonly properties: Readonly<Record<string, ValueDeclaration>>;
}

/** Declares a complex type that operations return. */
export const complexType = (
  name: string,
  description: string,
  properties: ComplexDeclaration['properties'],
): ComplexDeclaration => Object.freeze({ kind: 'complex', name, description, properties });

/** What functions and actions have in common. */
export interface OperationDeclaration {
  /** What it is bound to; without it the operation is imported by the container under its own name. CSDL §12.6, §13.5 */
  readonly binding?: OneOrMany<EntityClass>;
  readonly parameters?: Readonly<Record<string, ParameterDeclaration>>;
  readonly returns?: OneOrMany<EntityClass | ComplexDeclaration> | EdmTypeName;
  /** An action is done to the members of the collection that it is bound to, and to nothing else: only such one can be asked of a part of a collection. URL Conventions §4.12 */
  readonly ofMembers?: true;
  /** Where returned entities are found from the bound one: `customerPayments`, or empty for itself. Functions say it by their path. CSDL §12.7 */
  readonly entitySetPath?: string;
  readonly description?: string;
}

/** What the rows of a function may refer to. */
export interface RowSource {
  /** The values of the parameters; null when left out without a default. */
  readonly parameters: Readonly<Record<string, Sql>>;
  /** The caller's partition. */
  readonly partition: Sql;
  /** A column of the entity that the function is bound to. */
  readonly bound: (column: string) => Sql;
}

/** A function: a question without side effects. CSDL §12.4 */
export interface FunctionDeclaration extends OperationDeclaration {
  readonly returns: NonNullable<OperationDeclaration['returns']>;
  readonly definition:
    | {
        /**
         * A path in the grammar of URLs, from the entity it is bound to or else from the service root, that leads to the result:
         * `salesInvoices/$filter(status eq 'Open')`. Parameters are aliases: `@asOf`. Whatever works on the path works on the function.
         */
        readonly path: string;
      }
    | {
        /** A SELECT with a column for each property of the complex type, or one column `value`. Its text depends on no value. */
        readonly rows: (source: RowSource) => Sql;
        /** Properties that tell the rows apart. */
        readonly key?: readonly string[];
        /** Their order when the client asks for none; `-name` for descending. */
        readonly order?: readonly string[];
      };
}

/** A declaration with its name, as the model takes it. */
export interface NamedOperation {
  readonly kind: 'function' | 'action';
  readonly name: string;
  readonly declaration: OperationDeclaration | FunctionDeclaration;
}
