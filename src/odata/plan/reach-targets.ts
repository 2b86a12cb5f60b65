/** What names lead to from rows, also of several structures. Data Aggregation §3.1.3 */
import { complexItems } from '../model/edm';
import { itemsNavigation } from '../model/item-type';
import type { EntityType, NavigationProperty } from '../model/model';
import type { NameSegment } from '../url/ast';
import type { Scope } from './context';
import { instanceOf, membersOf, variantsOf, type Member } from './members';
import type { Range } from './plan';
import { typeOfPart } from './reach-values';
import { complexSource, type ComplexSource } from './structured';

/** What a name leads to in rows of several structures; nothing in others. */
export function targetsIn(scope: Scope, range: Range, name: string): readonly (EntityType | 'many')[] {
  const variants = variantsOf(scope, range);
  if (!variants || range.type.properties.has(name)) return [];
  return [...new Set(variants.scopes.flatMap((variant) => leadsTo(variant, variant.current, name)))];
}

/** The types of rows that a name leads to; nothing where it is a value. */
function leadsTo(scope: Scope, range: Range, name: string): readonly (EntityType | 'many')[] {
  const { own } = membersOf(scope, range);
  const member = own.get(name);
  const instance = instanceOf(member);
  if (instance) return [instance.type];
  if (member) return member.kind !== 'value' || isMembersValue(member) ? ['many'] : [];
  const navigation = range.type.navigations.get(name);
  if (navigation) return [navigation.collection ? 'many' : navigation.target];
  if (itemsOf(range.type, name)) return ['many'];
  const part = typeOfPart(range.type, name);
  return part ? [part] : targetsIn(scope, range, name);
}

/** Whether some of the structures have under the name what the request made: its names are those of its variable. */
export function isMadeIn(scope: Scope, range: Range, name: string): boolean {
  if (membersOf(scope, range).own.has(name)) return true;
  return variantsOf(scope, range)?.scopes.some((variant) => isMadeIn(variant, variant.current, name)) === true;
}

/** Whether the names lead through a complex value to items of a collection, or through a computed one to an entity, in some of the structures. */
export function leadsToItems(scope: Scope, range: Range, names: readonly NameSegment[]): boolean {
  const [first, ...rest] = names;
  const member = first && membersOf(scope, range).own.get(first.name);
  const source = first && complexAt(range.type, member, first.name);
  if (source) return holdsItems(source, rest) || (member !== undefined && leadsToEntity(source, rest));
  return variantsOf(scope, range)?.scopes.some((variant) => leadsToItems(variant, variant.current, names)) === true;
}

export const itemsOf = ({ properties }: EntityType, name: string): NavigationProperty | undefined => {
  const property = properties.get(name);
  return property && itemsNavigation(property);
};

/** Whether it is a collection of complex values that the request computed. */
export const isMembersValue = (member: Member): boolean => member.kind === 'value' && member.value.kind === 'members';

export const isCollectionOf = (type: EntityType, name: string): boolean =>
  type.navigations.get(name)?.collection === true || itemsOf(type, name) !== undefined;

/** A complex value of the row, by its parts; undefined where a name leads to something else. */
export function complexAt(type: EntityType, member: Member | undefined, name: string): ComplexSource | undefined {
  if (member) return member.kind === 'value' ? complexSource(member.value) : undefined;
  const property = type.properties.get(name);
  return property?.source.kind === 'complex' ? property.source : undefined;
}

/** Whether a path leads through what is left of an entity to one that it leads to. */
export function leadsToEntity(
  { properties, navigations }: ComplexSource,
  [first, ...rest]: readonly NameSegment[],
): boolean {
  const source = first && properties.get(first.name)?.source;
  return (
    first !== undefined &&
    (navigations?.has(first.name) === true || (source?.kind === 'complex' && leadsToEntity(source, rest)))
  );
}

/** Whether a path leads to items of a collection among its parts. */
export function holdsItems({ properties }: ComplexSource, [first, ...rest]: readonly NameSegment[]): boolean {
  const part = first && properties.get(first.name);
  if (!part) return false;
  return complexItems(part) !== undefined || (part.source.kind === 'complex' && holdsItems(part.source, rest));
}
