/** Rows that no table holds, in the shape of an entity type: query options work on them as on any other. */
import type { ValueDeclaration } from './declare-operation';
import { databaseType } from './edm';
import { madeEntityType } from './made-entity-type';
import { madeProperty } from './made-property';
import type { EdmType, EntityType, Facets, Property } from './model';
import { primitiveTypes, type EdmTypeName } from './types';

/** The facets of a declared value. */
export const facetsOf = ({ nullable = false, maxLength, precision, scale }: ValueDeclaration): Facets => ({
  nullable,
  ...(maxLength === undefined ? {} : { maxLength }),
  ...(precision === undefined ? {} : { precision }),
  ...(scale === undefined ? {} : { scale }),
});

/** A property of a result: the column of the derived table has its name. */
export const resultProperty = (name: string, declared: ValueDeclaration, type: EdmType): Property =>
  madeProperty({
    ...facetsOf(declared),
    ...(declared.measure === undefined ? {} : { measure: declared.measure }),
    name,
    type,
    source: { kind: 'column', column: name, databaseType: databaseType(type) },
    computed: true,
    searchable: true,
    description: declared.description,
  });

/** The one property of rows that are primitive values. */
export const VALUE = 'value';

/** The column that is true in rows that stand for a null. No property has such a name. */
export const NULL = '@null';

/** What rows without a key have as one more column: true where the row is there, null where it is missing. No property has such a name. */
export const ROW = '@row';

/** The rows of a function as a type that no document shows. */
export function rowType(
  result: Exclude<EdmType, EntityType>,
  key: readonly string[],
  order: readonly string[],
): EntityType {
  const properties =
    result.kind === 'complex'
      ? result.properties
      : new Map([[VALUE, resultProperty(VALUE, { type: nameOf(result), nullable: true }, result)]]);
  const named = (name: string): readonly Property[] => {
    const found = properties.get(name);
    return found ? [found] : [];
  };
  const whole =
    result.kind === 'complex'
      ? madeProperty({ name: result.name, type: result, source: { kind: 'complex', properties }, nullable: false })
      : properties.get(VALUE);
  return madeEntityType({
    name: result.kind === 'collection' ? VALUE : result.name,
    properties,
    ...(whole && { whole }),
    uniques: [key],
    key: key.flatMap(named),
    defaultOrder: (order.length > 0 ? order : key).flatMap((item) =>
      named(item.replace(/^-/, '')).map(
        (property) => ({ property, direction: item.startsWith('-') ? 'desc' : 'asc' }) as const,
      ),
    ),
  });
}

const nameOf = (type: EdmType): EdmTypeName =>
  type.kind === 'primitive' && type.name in primitiveTypes ? type.name : 'Edm.String';
