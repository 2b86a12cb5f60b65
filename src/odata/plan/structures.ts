/**
 * The structures of complex values, of which a request has made more or left less: types that declare the same, with other properties. Such a type
 * exists once in a plan, so that values of it can be told from others by it. Data Aggregation §3.1.1, §3.1.2
 */
import { booleanType, databaseType, isSameType, numericRank, promotedType } from '../model/edm';
import { placeName } from '../model/item-type';
import type { ComplexType, EdmType, Property } from '../model/model';
import type { PlanContext } from './context';
import { byName, columnProperty, nestedProperty } from './derived-type';
import type { Bound } from './plan';

/** What values have under a name; what only some of them have may be null in all. */
type Part = Pick<Property, 'type'> & Partial<Pick<Property, 'nullable'>>;

type Names = ReadonlyMap<string, Part>;

/** The type that values declare, whatever they have. */
export const declaredType = (type: ComplexType): ComplexType => type.declared ?? type;

/** The type of values of the type that have these, too, or in place of what they had. */
export const withNames = (context: PlanContext, type: ComplexType, names: Names): ComplexType =>
  structureOf(context, type, new Map([...type.properties, ...names]));

/** The type of values that have these names: all that the type declares or only some, and others. */
export function structureOf(context: PlanContext, type: ComplexType, names: Names): ComplexType {
  const declared = declaredType(type);
  const own = [...declared.properties.values()];
  const isWhole = own.every(({ name }) => names.has(name));
  const kept = own.flatMap((property, index) => {
    const part = names.get(property.name);
    return part ? [{ ...retyped(property, part), ...(!isWhole && { member: placeName(index) }) }] : [];
  });
  const added = [...names].flatMap(([name, part]) =>
    declared.properties.has(name) ? [] : [addedProperty(context, name, part.type)],
  );
  const made: ComplexType = { ...declared, properties: byName([...kept, ...added]), declared };
  const known = [declared, ...context.structures].find((one) => isSameStructure(one, made));
  if (known) return known;
  context.structures.push(made);
  return made;
}

/** A declared property of which the request has made more, or which some values lack. */
function retyped(property: Property, { type, nullable = false }: Part): Property {
  const { source } = property;
  const own = nullable ? { ...property, nullable } : property;
  if (isSameType(own.type, type)) return own;
  return source.kind === 'complex' && type.kind === 'complex'
    ? { ...own, type, source: { ...source, properties: type.properties, navigations: type.navigations ?? new Map() } }
    : { ...own, type };
}

/** A property that no type declares. What holds it calls it by a name of ours. */
function addedProperty(context: PlanContext, name: string, type: EdmType): Property {
  const member = context.columnFor(name);
  if (type.kind !== 'complex')
    return {
      ...columnProperty({ name, column: member, type, nullable: type.kind !== 'collection', dynamic: true }),
      member,
    };
  const presence = { column: member, databaseType: databaseType(booleanType) };
  const parts = { properties: [...type.properties.values()], navigations: [...(type.navigations?.values() ?? [])] };
  return { ...nestedProperty(name, parts, true, type, { presence }), dynamic: true, member };
}

/** Whether two types consist of the same. */
const isSameStructure = (one: ComplexType, other: ComplexType): boolean =>
  one === other ||
  (declaredType(one) === declaredType(other) &&
    one.properties.size === other.properties.size &&
    [...one.properties.values()].every(({ name, type, nullable }) => {
      const found = other.properties.get(name);
      return found?.nullable === nullable && isSameType(found.type, type);
    }));

/** Whether two types are of values that declare one type. */
export const isAlike = (one: EdmType | undefined, other: EdmType | undefined): boolean => {
  if (one?.kind === 'collection' && other?.kind === 'collection') return isAlike(one.of, other.of);
  return one?.kind === 'complex' && other?.kind === 'complex' && declaredType(one) === declaredType(other);
};

/** Whether a request has added to values of one of the types what those of the other have not. */
export const isOtherStructure = (one: EdmType, other: EdmType): boolean =>
  isAlike(one, other) && !isSameType(one, other);

/** Whether values of the other type have all that those of the one have. */
export const isPartOf = (one: EdmType, other: EdmType): boolean => {
  if (one.kind === 'collection' && other.kind === 'collection') return isPartOf(one.of, other.of);
  return (
    one.kind === 'complex' &&
    other.kind === 'complex' &&
    isAlike(one, other) &&
    [...one.properties.values()].every(({ name, type }) => {
      const found = other.properties.get(name)?.type;
      return found !== undefined && (isSameType(found, type) || isPartOf(type, found) || isWider(found, type));
    })
  );
};

/** The type of values that have all that values of either type have: what some lack is null, or an empty collection. Undefined where a name is of two types. */
export function commonStructure(context: PlanContext, one: EdmType, other: EdmType): EdmType | undefined {
  if (isSameType(one, other)) return one;
  if (one.kind === 'collection' && other.kind === 'collection') {
    const of = commonStructure(context, one.of, other.of);
    return of && { kind: 'collection', of };
  }
  if (one.kind !== 'complex' || other.kind !== 'complex' || !isAlike(one, other)) return undefined;
  const names = new Map<string, Part>();
  for (const { name, type } of [...one.properties.values(), ...other.properties.values()]) {
    const [own, another] = [one.properties.get(name), other.properties.get(name)];
    const common = own && another ? commonOf(context, own.type, another.type) : type;
    if (!common) return undefined;
    names.set(name, { type: common, nullable: !own || !another || own.nullable || another.nullable });
  }
  return structureOf(context, one, names);
}

const isWider = (one: EdmType, other: EdmType): boolean =>
  numericRank(other) > 0 && numericRank(one) > numericRank(other);

const commonOf = (context: PlanContext, one: EdmType, other: EdmType): EdmType | undefined =>
  numericRank(one) > 0 && numericRank(other) > 0 ? promotedType(one, other) : commonStructure(context, one, other);

/** A value as one of a type whose values have more: keys of items lack what these have not. */
export const seenAsOf = (value: Exclude<Bound, { kind: 'null' }>, type: EdmType): Bound =>
  value.kind === 'object' || type.kind !== 'collection' ? value : { ...value, type };
