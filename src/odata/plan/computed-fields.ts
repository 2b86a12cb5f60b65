/** What goes out of computed properties: single values, collections of them, complex values. URL Conventions §5.1.10 */
import { complexItems, untyped } from '../model/edm';
import type { Place, QueryOptions } from '../url/ast';
import type { Bound, BoundProperty, Field } from './plan';
import { typeOf } from './coerce';
import { hasOwn, isWhole, partChosen, type Chosen, type Part } from './chosen';
import { asSingle } from './conditions';
import { computedItemsField } from './complex-items';
import { planValueSelection, speakingOfValue, type ValueSelection } from './complex-value';
import type { PlanContext, Scope } from './context';
import { heldPart } from './dynamic-part';
import { heldValue } from './dynamic-property';
import { keysIn, opened } from './item-keys';
import { computedField } from './member-fields';
import { isOfRows, membersOf, type Member, type Members } from './members';
import { itemsField, propertyField } from './property-field';
import { annotationFields } from './selected-annotations';
import { valueOnce } from './shared-fields';
import { partOf, partsOf, type Structured } from './structured';

/** The members for those that are chosen. */
export const computedFields = (context: PlanContext, scope: Scope, chosen: Chosen): readonly Field[] =>
  [...membersOf(scope, scope.current).own].flatMap(([name, member]) => {
    const part = partChosen(chosen, name);
    return member.kind !== 'value' || part === undefined || !isOfRows(member, scope.current.type)
      ? []
      : [
          valueOnce(scope, member, part, (seen) => {
            const found = isWhole(part) ? singles.get(member) : undefined;
            if (found?.name === name) return found;
            const field = fieldOf(context, seen, { name, value: member.value, dynamic: true }, part);
            if (field.kind === 'computed' && isWhole(part)) singles.set(member, field);
            return field;
          }),
        ];
  });

/** The members for single values that go out as they are: all structures that rows have share that of what was computed for all of them. */
const singles = new WeakMap<Member, Extract<Field, { kind: 'computed' }>>();

interface Named {
  readonly name: string;
  readonly value: Bound;
  /** No type declares it, so that its own goes out where a client would not guess it. */
  readonly dynamic: boolean;
}

/** The member for a value that the request has made, or an annotation. */
export function fieldOf(context: PlanContext, scope: Scope, { name, value, dynamic }: Named, part: Part): Field {
  if (isUntyped(value) && !hasOwn(part))
    return { kind: 'untyped', name, value: heldPart(name, heldValue(name, value), part) };
  if (value.kind === 'members') {
    const { typeName, ...items } = computedItemsField(context, scope, name, value, hasOwn(part) ? part.own : {});
    return { ...items, typeName: dynamic ? typeName : undefined };
  }
  const { typeName, ...single } = computedField(context, name, value);
  const told = { typeName: dynamic ? typeName : undefined };
  if (value.kind === 'null' || value.type.kind !== 'complex')
    return hasOwn(part) ? { ...itemsField(context, scope, name, value, part.own), ...told } : { ...single, ...told };
  const { type } = value;
  if (value.kind === 'object')
    return { kind: 'complex', name, type, nullable: false, ...selected(context, scope, name, value, part), dynamic };
  if (value.kind === 'picked' || value.kind === 'case') {
    const parts = selected(context, scope, name, value, part);
    return { kind: 'complex', name, type, nullable: true, ...parts, presence: asSingle(value), dynamic };
  }
  if (value.kind !== 'property') throw new Error(`The complex value ${name} has no parts`);
  const field = propertyField(context, scope, value.property, part, value);
  return field.kind === 'complex' ? { ...field, name, dynamic } : field;
}

/** A value that tells its type itself, or items of one. */
const isUntyped = (value: Bound): boolean => {
  const type = typeOf(value);
  return (type?.kind === 'collection' ? type.of : type) === untyped;
};

/** What is left of a value that is no property of the row, and what is added to it. */
function selected(
  context: PlanContext,
  scope: Scope,
  name: string,
  whole: Structured,
  part: Part,
): Pick<ValueSelection, 'fields'> & Partial<ValueSelection> {
  if (!hasOwn(part)) return { fields: partFields(context, scope, whole, part) };
  const inner = speakingOfValue({ ...scope, options: part.own }, name, whole);
  return planValueSelection(context, inner, part.own, (chosen) => partFields(context, scope, whole, chosen));
}

/** The member for a complex value that is no property, to which something was added. `scope` speaks of it. */
export function valueField(
  context: PlanContext,
  scope: Scope,
  name: string,
  whole: Exclude<Structured, BoundProperty>,
  options: QueryOptions,
): Extract<Field, { kind: 'complex' }> {
  const { type } = whole;
  if (type.kind !== 'complex') throw new Error(`${name} is no complex value`);
  const { own } = membersOf(scope, scope.current);
  const parts = planValueSelection(context, scope, options, (chosen) => partFields(context, scope, whole, chosen, own));
  const nullable = whole.kind !== 'object';
  return { kind: 'complex', name, type, nullable, ...parts, ...(nullable && { presence: asSingle(whole) }) };
}

/** Where what goes out is counted. */
const inSelect: Place = { source: '$select', at: 0 };

/** The parts of such a value but those whose names something else has. */
const partFields = (
  context: PlanContext,
  scope: Scope,
  whole: Structured,
  chosen: Chosen,
  others?: Members['own'],
): readonly Field[] => [
  ...(whole.type.kind === 'complex' ? annotationFields(context, scope, whole.type, chosen) : []),
  ...[...(partsOf(whole)?.values() ?? [])].flatMap((property) => {
    const part = partChosen(chosen, property.name);
    if (part === undefined || others?.has(property.name)) return [];
    const value = complexItems(property)
      ? opened(context, keysIn(context, whole, property, inSelect), inSelect)
      : partOf(whole, property);
    return [fieldOf(context, scope, { name: property.name, value, dynamic: property.dynamic === true }, part)];
  }),
];
