/**
 * Collections of complex values, which one `jsonb` column holds. An item is a row to the planner and the compiler: its members are columns of
 * the query that opens the array (compile/item-rows.ts), so that options, lambdas and paths work on items as on entities.
 */
import { madeEntityType } from './made-entity-type';
import { madeNavigation } from './made-navigation';
import { madeProperty } from './made-property';
import { columnsOf, complexItems, databaseType } from './edm';
import type { ColumnReference, ComplexType, EntityType, NavigationProperty, Property } from './model';

/** The column with the place of an item in its collection, from 1. No property has such a name. */
export const PLACE = '#';

/** The column with the ordinal of an item of keys, which may be null and have no place then. */
export const ORDINAL = '##';

const types = new WeakMap<ComplexType, EntityType>();

/** The type of the rows that items are. It has no key: items can be equal. */
export function itemType(type: ComplexType): EntityType {
  const found = types.get(type);
  if (found) return found;
  const properties = membersOf(type.properties, '');
  const { name, description } = type;
  const navigations = navigationsOf(type.navigations, '');
  const source = { kind: 'complex', properties, navigations, ...(type.entity && { entity: type.entity }) } as const;
  const item = madeProperty({ name, type, source, nullable: false });
  const made = madeEntityType({ name, description, properties, navigations, item });
  types.set(type, made);
  return made;
}

/** The columns of the rows that items are; those of keys have ordinals, too. */
export const itemColumns = (type: EntityType, areKeyed = false): readonly ColumnReference[] => [
  ...(areKeyed ? [PLACE, ORDINAL] : [PLACE]).map((column) => ({ column, databaseType: 'int8' })),
  ...[...type.properties.values(), ...linksWithin(type)].flatMap(columnsOf),
];

const membersOf = (properties: ReadonlyMap<string, Property>, path: string): ReadonlyMap<string, Property> =>
  new Map([...properties].map(([name, property]) => [name, memberAt(property, path + memberName(property))]));

/** The name of a member in columns, and in objects that hold items. */
export const memberName = ({ name, member }: Property): string => member ?? name;

/** The name in keys of a part that a type declares: there it stands at its place. */
export const placeName = (index: number): string => `f${index + 1}`;

type Navigations = ReadonlyMap<string, NavigationProperty>;

/** The columns that tie entities to a value which leads to them, as members of its key. No property has such a name. */
export const linksOf = (navigations: Navigations = new Map()): readonly Property[] =>
  [...navigations.values()].flatMap(({ name: to, join, target }) =>
    join.flatMap(({ column, targetColumn }, index) => {
      const isTied = ({ source }: Property): boolean => source.kind === 'column' && source.column === targetColumn;
      const type = [...target.properties.values()].find(isTied)?.type;
      if (!type) throw new Error(`${to} leads to no property ${targetColumn}`);
      const source = { kind: 'column', column, databaseType: databaseType(type) } as const;
      const name = `${to}/${index}`;
      return madeProperty({ name, member: name, type, nullable: true, source });
    }),
  );

/** The same of values within, too. */
const linksWithin = ({
  properties,
  navigations,
}: Pick<EntityType, 'properties' | 'navigations'>): readonly Property[] => [
  ...linksOf(navigations),
  ...[...properties.values()].flatMap(({ source }) =>
    source.kind === 'complex' ? linksWithin({ navigations: new Map(), ...source }) : [],
  ),
];

/** What leads from an item, or from a value within it, to entities. */
const navigationsOf = (navigations: Navigations = new Map(), path: string): Navigations =>
  new Map(
    [...navigations].map(([name, navigation]) => {
      const join = navigation.join.map((tie, index) => ({ ...tie, column: `${path}${name}/${index}` }));
      return [name, { ...navigation, join }];
    }),
  );

/** A member as a column, or as the columns of its parts; that one which says whether it is there has its name. */
function memberAt(property: Property, column: string): Property {
  const { name, type, source, nullable } = property;
  if (type.kind === 'untyped') return { ...property, source: { kind: 'dynamic', column, member: () => name } };
  if (source.kind !== 'complex')
    return { ...property, source: { kind: 'column', column, databaseType: databaseType(type) } };
  const presence = nullable ? { presence: { column, databaseType: 'boolean' } } : {};
  return {
    ...property,
    source: {
      ...source,
      properties: membersOf(source.properties, `${column}/`),
      navigations: navigationsOf(source.navigations, `${column}/`),
      ...presence,
    },
  };
}

/** A navigation to the items of a collection. */
export type ItemsNavigation = NavigationProperty & { readonly items: Property };

const navigations = new WeakMap<Property, ItemsNavigation>();

/** What leads from a row to the items of its collection of complex values; undefined where the property is none. The same for the same property. */
export function itemsNavigation(property: Property): ItemsNavigation | undefined {
  const found = navigations.get(property);
  if (found) return found;
  const type = complexItems(property);
  if (!type) return undefined;
  const target = itemType(type);
  const { name } = property;
  const made = Object.freeze({
    ...madeNavigation({ name, target, collection: true, nullable: false }),
    items: property,
  });
  navigations.set(property, made);
  return made;
}
