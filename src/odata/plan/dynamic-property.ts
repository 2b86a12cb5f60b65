/** Properties that a type does not declare, because it is open: each row has those that it was given. Protocol §11.2.5.1, CSDL §6.4 */
import { odataError } from '../error';
import { booleanType, DYNAMIC_TYPE, edm, untyped } from '../model/edm';
import { declares } from '../model/inheritance';
import { madeProperty } from '../model/made-property';
import type { EntityType, Property } from '../model/model';
import { VALUE } from '../model/row-type';
import { isIdentifier } from '../url';
import { textIn, type Slot } from '../sql';
import type { NameSegment, PathSegment } from '../url/ast';
import { untypedItems } from './coerce';
import { annotationOfComputed, annotationOfType } from './annotation-value';
import { always, whereTrue } from './conditions';
import type { Chosen } from './chosen';
import { placeOf, type PlanContext, type Scope } from './context';
import { heldPart, isPartly } from './dynamic-part';
import { membersOf } from './members';
import {
  callOf,
  collectionType,
  held,
  heldWithType,
  isObject,
  itemAt,
  memberNamed,
  membersAlong,
  typeOfItems,
} from './own-functions';
import type { Bound, Field, Range } from './plan';
import { at, propertyOf } from './position';
import { untypedCast } from './untyped-cast';
import { walkValue } from './value-path';
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
export function dynamicFields(scope: Scope, range: Range, { others, named }: Chosen): readonly Field[] {
  if (!range.type.dynamic) return [];
  const { own } = membersOf(scope, range);
  const { properties, navigations, streams } = range.type;
  const except = [properties, navigations, streams, own].flatMap((names) =>
    Array.from<readonly [string, unknown], string>(names ?? [], ([name]) => name),
  );
  if (others) return [{ kind: 'dynamic', names: undefined, except }];
  const all = [...named].filter(([name]) => isIdentifier(name) && !except.includes(name));
  const names = all.flatMap(([name, part]) => (isPartly(part) ? [] : [name]));
  const parts = all.flatMap(([name, part]): readonly Field[] => {
    const property = isPartly(part) ? dynamicProperty(range.type, name) : undefined;
    if (!property) return [];
    return [{ kind: 'untyped', name, value: heldPart(name, heldValue(name, propertyOf(at(range), property)), part) }];
  });
  return [...(names.length === 0 ? [] : [{ kind: 'dynamic', names, except: [] } as const]), ...parts];
}

/** What a path says of a value that tells its type itself: of members of objects, and of items of collections. */
export function walkDynamic(
  context: PlanContext,
  scope: Scope,
  value: Bound,
  [next, ...rest]: readonly PathSegment[],
): Bound {
  if (!next) return value;
  if (next.kind === 'annotation' && value.kind !== 'null')
    return walkValue(context, scope, annotationOfComputed(value, next), rest);
  if (next.kind === 'name') {
    const cast = untypedCast(context, value, next);
    const [said, ...further] = rest;
    if (cast && said?.kind === 'annotation') {
      const told = annotationOfType(context, cast.type, said);
      return walkValue(context, scope, whereTrue(cast.isThere, told), further);
    }
    return walkDynamic(context, scope, cast?.value ?? memberOf(value, next), rest);
  }
  return planValues(context, scope, untypedItems(value), [next, ...rest]) ?? value;
}

/**
 * The same of one that stands alone in the answer. An object does so as itself, all else as the member `value` of one: that name is the object's
 * member, or the value. JSON §12
 */
export function walkAlone(context: PlanContext, scope: Scope, value: Bound, segments: readonly PathSegment[]): Bound {
  const [first, ...rest] = segments;
  if (first?.kind !== 'name' || first.name !== VALUE || first.arguments)
    return walkDynamic(context, scope, value, segments);
  const branches = [
    { condition: callOf(isObject, [value], booleanType, true), value: memberOf(value, first) },
    { condition: always(true), value },
  ];
  return walkDynamic(context, scope, { kind: 'case', branches, type: untyped, nullable: true }, rest);
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

/** The same value, its path followed through all items of the collections that it comes through. Data Aggregation §3.1.3 */
export function throughItems(value: Bound): Bound {
  if (value.kind !== 'call' || value.type !== untyped) return value;
  const [object, name, ...others] = value.arguments;
  if (!object) return value;
  const whole = throughItems(object);
  if (value.definition !== memberNamed || name?.kind !== 'value')
    return { ...value, arguments: [whole, ...(name ? [name] : []), ...others] };
  const slot: Slot = (bindings) => `$[*]."${textIn(name.slot, bindings)}"[*]`;
  return { ...value, definition: membersAlong, arguments: [whole, { ...name, slot }] };
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
    `${textIn(name, bindings)}${DYNAMIC_TYPE}`;
