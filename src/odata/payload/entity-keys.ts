/** The properties by which an entity in a body is told from others and tied to them. */
import type { EntityType, NavigationProperty, Property } from '../model/model';

/** The properties of the key by which an entity is told from the others behind the same navigation. */
export const ownKey = ({ key }: EntityType, navigation: NavigationProperty | undefined): readonly Property[] =>
  key.filter(({ source }) => !isTied(source, navigation));

/** True for the foreign key to the parent. */
export const isTied = (source: Property['source'], navigation: NavigationProperty | undefined): boolean =>
  source.kind === 'column' &&
  navigation !== undefined &&
  !navigation.owning &&
  navigation.join.some(({ targetColumn }) => targetColumn === source.column);

const foreignKeysOf = new WeakMap<EntityType, ReadonlySet<string>>();

/** Names of the properties that hold a foreign key: setting them links, and a PUT may leave them out. Protocol §11.4.3 */
export function foreignKeys(type: EntityType): ReadonlySet<string> {
  const found = foreignKeysOf.get(type);
  if (found) return found;
  const constraints = [...type.navigations.values()].flatMap(({ referentialConstraints }) => referentialConstraints);
  const made = new Set(constraints.map(({ property }) => property));
  foreignKeysOf.set(type, made);
  return made;
}
