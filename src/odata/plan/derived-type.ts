/**
 * Types made while planning, for rows that come from a query and not from a table: a group of $apply, a row of a function's result. Their
 * properties are columns of that query (`columns` names them all), so that $filter, $orderby, $select, $count, $expand and paging work on them as
 * on entities. Whoever has such rows: make the type with `derivedType` out of `columnProperty` and `nestedProperty`, make a Range of it, and
 * let a node of `Rows` (plan/rows.ts) describe the query that yields the columns; compile/rows.ts opens it. Rows of such a type have no key, no ETag and no id.
 */
import { columnsOf, databaseType, declaredType, isPrimitive, qualifiedTypeName, untyped } from '../model/edm';
import { madeEntityType } from '../model/made-entity-type';
import { madeProperty } from '../model/made-property';
import type { ColumnReference, ComplexType, EdmType, EntityType, NavigationProperty, Property } from '../model/model';

/** Properties and navigation properties, of rows or of a value within them. */
export interface Parts {
  readonly properties: readonly Property[];
  readonly navigations: readonly NavigationProperty[];
}

/** What a type of such rows consists of. */
interface DerivedType extends Partial<Parts> {
  /** For messages. */
  readonly name: string;
  readonly properties: readonly Property[];
  /** Columns that no property shows: keys of navigations. */
  readonly hidden?: readonly ColumnReference[];
}

/** A type whose rows come from a query. */
export function derivedType({ name, properties, navigations = [], hidden = [] }: DerivedType): EntityType {
  const named = byName(navigations);
  return madeEntityType({
    name,
    properties: byName(properties),
    navigations: named,
    joins: named,
    columns: [...properties.flatMap(columnsOf), ...hidden],
  });
}

/** Members by their names. */
export const byName = <T extends { readonly name: string }>(members: readonly T[]): ReadonlyMap<string, T> =>
  new Map(members.map((member) => [member.name, member] as const));

/** A column of a query. */
export interface Column {
  readonly name: string;
  readonly column: string;
  readonly type: EdmType;
  readonly nullable: boolean;
  readonly dynamic: boolean;
}

/** A property whose value is a column of the query. `like` is the declared property that it repeats. */
export const columnProperty = ({ name, column, type, nullable, dynamic }: Column, like?: Property): Property =>
  madeProperty({
    ...(like?.maxLength === undefined ? {} : { maxLength: like.maxLength }),
    ...(like?.aggregatedBy === undefined ? {} : { aggregatedBy: like.aggregatedBy }),
    computed: like?.computed ?? true,
    defaultValue: like?.defaultValue,
    name,
    type,
    nullable,
    dynamic,
    searchable: like?.searchable ?? false,
    source: { kind: 'column', column, databaseType: databaseType(type) },
  });

/** A dynamic property: an object in the column holds its value and type, as the column of an open type does. */
export const dynamicColumn = (name: string, column: string): Property =>
  madeProperty({ name, type: untyped, nullable: true, source: { kind: 'dynamic', column, member: () => name } });

/** A column that no client sees. */
export const hiddenProperty = (column: string, type: EdmType): Property =>
  columnProperty({ name: column, column, type, nullable: true, dynamic: true });

/** A property whose parts are columns: a complex value, or what is left of something else that has parts. */
export function nestedProperty(
  name: string,
  { properties: parts, navigations }: Parts,
  nullable: boolean,
  type: ComplexType | NonNullable<ComplexType['made']>,
  {
    presence,
    entity,
  }: { readonly presence?: ColumnReference | undefined; readonly entity?: EntityType | undefined } = {},
): Property {
  const properties = byName(parts);
  const named = byName(navigations);
  const left = { kind: 'complex', name, properties, navigations: named, description: undefined, entity } as const;
  return madeProperty({
    computed: true,
    name,
    type: typeof type === 'string' ? { ...left, made: type } : type,
    nullable,
    source: {
      kind: 'complex',
      properties,
      navigations: named,
      ...(presence && { presence }),
      ...(entity && { entity }),
    },
  });
}

/** A type that is not the one a client takes a JSON value for goes out beside a dynamic property's value. JSON §4.6.3 */
export const typeOnTheWire = (type: EdmType, namespace: string): string | undefined => {
  const isPlain =
    isPrimitive(type, 'Edm.String') || isPrimitive(type, 'Edm.Boolean') || isPrimitive(type, 'Edm.Double');
  const isUntyped = (type.kind === 'collection' ? type.of : type).kind === 'untyped';
  const declared = declaredType(type);
  return isPlain || isUntyped || !declared
    ? undefined
    : `#${qualifiedTypeName(namespace, declared).replace('Edm.', '')}`;
};
