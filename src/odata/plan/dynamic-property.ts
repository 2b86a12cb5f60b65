/** Properties that a type does not declare, because it is open: each row has those that it was given. Protocol §11.2.5.1, CSDL §6.4 */
import { odataError } from '../error';
import { DYNAMIC_TYPE, edm, untyped } from '../model/edm';
import { declares } from '../model/inheritance';
import { madeProperty } from '../model/made-property';
import type { EntityType, Property } from '../model/model';
import { isIdentifier } from '../url';
import type { Slot } from '../sql';
import type { NameSegment, PathSegment } from '../url/ast';
import { untypedItems } from './coerce';
import { placeOf, type PlanContext, type Scope } from './context';
import { membersOf } from './members';
import { callOf, collectionType, held, heldWithType, itemAt, memberNamed, typeOfItems } from './own-functions';
import type { Bound, Field, Range } from './plan';
import { untypedCast } from './untyped-cast';
import { planValues } from './values';

/** The property of the name; undefined where the type is not open, or where no row can have it. Where a row lacks it, it is null. */
export function dynamicProperty(type: EntityType, name: string): Property | undefined {
  const { dynamic } = type;
  if (!dynamic || !isIdentifier(name) || declares(type, name)) return undefined;
  const source = { kind: 'dynamic', column: dynamic.column, member: () => name } as const;
  return madeProperty({ name, type: untyped, source, nullable: true });
}

/** The member that a path of names leads to behind it. */
export function dynamicPart(property: Property, path: readonly string[]): Property {
  const { source, name: first } = property;
  const name = path.at(-1);
  if (source.kind !== 'dynamic' || name === undefined) return property;
  const within = [first, ...path.slice(0, -1)];
  return { ...property, name, source: { ...source, within, member: () => name } };
}

/** What goes out of them: all, or those that $select names. A computed property of the same name stands in their place. */
export function dynamicFields(
  scope: Scope,
  range: Range,
  { others, named }: { readonly others: boolean; readonly named: ReadonlyMap<string, unknown> },
): readonly Field[] {
  if (!range.type.dynamic) return [];
  const { own } = membersOf(scope, range);
  const { properties, navigations, streams } = range.type;
  const except = [properties, navigations, streams, own].flatMap((names) => [...(names?.keys() ?? [])]);
  if (others) return [{ kind: 'dynamic', names: undefined, except }];
  const names = [...named.keys()].filter((name) => !except.includes(name));
  return names.length === 0 ? [] : [{ kind: 'dynamic', names, except: [] }];
}

/** What a path says of a value that tells its type itself: of members of objects, and of items of collections. */
export function walkDynamic(
  context: PlanContext,
  scope: Scope,
  value: Bound,
  [next, ...rest]: readonly PathSegment[],
): Bound {
  if (!next) return value;
  if (next.kind === 'name') {
    const cast = untypedCast(context, value, next);
    return walkDynamic(context, scope, cast?.value ?? memberOf(value, next), rest);
  }
  return planValues(context, scope, untypedItems(value), [next, ...rest]) ?? value;
}

/** The member of an object; null where it has none of the name, or the value is no object. */
export function memberOf(value: Bound, { name, arguments: given, place }: NameSegment): Bound {
  if (given ?? !isIdentifier(name))
    throw odataError(
      'SyntaxError',
      { message: `'${name.slice(0, 60)}' is no name of a member of an object.` },
      placeOf(place),
    );
  return callOf(memberNamed, [value, textOf(name)], untyped, true);
}

const textOf = (name: string): Bound => ({
  kind: 'value',
  slot: () => name,
  type: edm('Edm.String'),
  nullable: false,
});

/** The value under a name with what is told of its type: one for all values that are equal and of one type, null for null. */
export function heldValue(name: string, value: Bound): Bound {
  if (value.kind === 'null') return value;
  if (value.kind === 'case')
    return {
      ...value,
      branches: value.branches.map((branch) => ({ ...branch, value: heldValue(name, branch.value) })),
    };
  if (value.kind === 'picked') return { ...value, value: heldValue(name, value.value) };
  const given = [value, textOf(name)];
  const type = typeHeld(value);
  return type ? callOf(heldWithType, [...given, type], untyped, true) : callOf(held, given, untyped, true);
}

/** The value of a part, with its type where nothing else tells that. */
export const typedPart = ({ name }: Property, value: Bound): Bound =>
  value.kind !== 'null' && value.type === untyped ? heldValue(name, value) : value;

/** What is kept of the type of a dynamic property, of some of its items, or of one; undefined where JSON alone tells it. */
export function typeHeld(value: Bound): Bound | undefined {
  if (value.kind === 'call' && value.definition === itemAt) {
    const [items] = value.arguments;
    const type = items && typeHeld(items);
    return type && callOf(typeOfItems, [type], untyped, true);
  }
  if (value.kind === 'convert') return value.type.kind === 'collection' ? typeHeld(value.operand) : undefined;
  if (value.kind === 'gathered' && value.value.kind === 'element' && 'values' in value.collection) {
    const { values } = value.collection;
    const type = typeHeld(values);
    return type && callOf(collectionType, [type], untyped, true);
  }
  if (value.kind === 'call' && value.definition === memberNamed) {
    const [object, name] = value.arguments;
    return object && name?.kind === 'value'
      ? { ...value, arguments: [object, { ...name, slot: typeNameOf(name.slot) }] }
      : undefined;
  }
  if (value.kind !== 'property' || value.property.source.kind !== 'dynamic') return undefined;
  const { source } = value.property;
  return { ...value, property: { ...value.property, source: { ...source, member: typeNameOf(source.member) } } };
}

/** What a type is kept under. */
const typeNameOf =
  (name: Slot): Slot =>
  (bindings) =>
    `${String(name(bindings))}${DYNAMIC_TYPE}`;
