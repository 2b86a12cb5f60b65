/** Small questions about types that planning asks everywhere. */
import type { ColumnReference, ComplexType, EdmType, NavigationProperty, Property, TypeDefinition } from './model';
import { primitiveType, type EdmTypeName } from './types';

const primitives = new Map<EdmTypeName, EdmType>();

/** The one object of a primitive type. */
export function edm(name: EdmTypeName): EdmType {
  const found = primitives.get(name);
  if (found) return found;
  const made: EdmType = { kind: 'primitive', name };
  primitives.set(name, made);
  return made;
}

export const booleanType = edm('Edm.Boolean');

/** The type of values that tell their types themselves. */
export const untyped: EdmType = { kind: 'untyped', name: 'Edm.Untyped' };

/** Behind the name of a dynamic property: what its type is called where it is kept. */
export const DYNAMIC_TYPE = '@type';

/** Position in numeric promotion, 0 for what is no number. URL Conventions §5.1.1.18 */
export const numericRank = (type: EdmType): number => (type.kind === 'primitive' ? primitiveType(type.name).rank : 0);

/** The one of two types that numbers of both are promoted to: Int16 for Byte and SByte; the first one where they are no numbers. URL Conventions §5.1.1.18 */
export const promotedType = (left: EdmType, right: EdmType): EdmType => {
  if (numericRank(left) === numericRank(right))
    return left === right || numericRank(left) === 0 ? left : edm('Edm.Int16');
  return numericRank(right) > numericRank(left) ? right : left;
};

export const isPrimitive = (type: EdmType, name: EdmTypeName): boolean =>
  type.kind === 'primitive' && type.name === name;

/** Types are objects that exist once each, but for those of collections. */
export const isSameType = (left: EdmType, right: EdmType): boolean =>
  left === right || (left.kind === 'collection' && right.kind === 'collection' && isSameType(left.of, right.of));

/** The property may be null; where it is a collection its items may be, it never is. CSDL §7.2.1 */
export const isNullValue = ({ type, nullable }: Pick<Property, 'type' | 'nullable'>): boolean =>
  nullable && type.kind !== 'collection';

/** The type of the items where the property is a collection of complex values. */
export const complexItems = (property: Pick<Property, 'type'> | undefined): ComplexType | undefined =>
  property?.type.kind === 'collection' && property.type.of.kind === 'complex' ? property.type.of : undefined;

/** The columns of the target that have one value in all that a navigation leads to from one row. */
export const tiedColumns = ({ join }: NavigationProperty): readonly string[] =>
  join.map(({ targetColumn }) => targetColumn);

/** True where columns of its own tie what a navigation leads to: it is a small part of the table, which all of a partition is not. */
export const isNarrow = ({ join, target: { partition } }: NavigationProperty): boolean =>
  join.length > 0 && join.every(({ targetColumn }) => targetColumn !== partition?.column);

/** A number that may be none, or infinite. */
export const isFloating = (type: EdmType): boolean =>
  isPrimitive(type, 'Edm.Double') || isPrimitive(type, 'Edm.Single');

/** The columns that a property's value consists of. */
export function columnsOf({ source }: Property): readonly ColumnReference[] {
  if (source.kind === 'column') return [{ column: source.column, databaseType: source.databaseType }];
  if (source.kind === 'dynamic') return [{ column: source.column, databaseType: databaseType(untyped) }];
  if (source.kind !== 'complex') return [];
  return [...[...source.properties.values()].flatMap(columnsOf), ...(source.presence ? [source.presence] : [])];
}

/** The default that $metadata declares: not of what the service sets, which nobody could rely on. */
export const declaredDefault = ({ defaultValue, computed, type }: Property): string | undefined =>
  !computed && (type.kind === 'primitive' || type.kind === 'enum') ? defaultValue : undefined;

/** The name of a type as messages and metadata write it. */
export function typeName(type: EdmType): string {
  return type.kind === 'collection' ? `Collection(${typeName(type.of)})` : type.name;
}

/** The name of a type as context URLs and annotations write it: that of the definition, where values are declared with one. */
export function qualifiedTypeName(namespace: string, type: EdmType, definition?: Pick<TypeDefinition, 'name'>): string {
  if (type.kind === 'collection') return `Collection(${qualifiedTypeName(namespace, type.of, definition)})`;
  if (definition) return `${namespace}.${definition.name}`;
  if (type.kind === 'primitive' || type.kind === 'untyped') return type.name;
  return `${(type.kind === 'enum' ? type.namespace : undefined) ?? namespace}.${type.name}`;
}

/** The type of the model that values are of: what a request has left of entities is of theirs, and of an object of none. */
export function declaredType(type: EdmType): EdmType | undefined {
  if (type.kind === 'entity') return type.item ? declaredType(type.item.type) : type.columns ? undefined : type;
  if (type.kind === 'complex') return type.made ? type.entity && declaredType(type.entity) : type;
  if (type.kind !== 'collection') return type;
  const of = declaredType(type.of);
  return of && { kind: 'collection', of };
}

/** The PostgreSQL type that values of a type are cast to. */
export function databaseType(type: EdmType): string {
  if (type.kind === 'primitive') return primitiveType(type.name).sql;
  if (type.kind === 'enum')
    return type.databaseType === undefined
      ? 'int8'
      : type.databaseType
          .split('.')
          .map((part) => `"${part}"`)
          .join('.');
  if (type.kind === 'untyped') return 'jsonb';
  if (type.kind === 'collection') return type.of.kind === 'complex' ? 'jsonb' : `${databaseType(type.of)}[]`;
  if (type.kind === 'complex') return 'record';
  throw new Error(`Values of ${typeName(type)} are not passed as parameters`);
}
