/**
 * What tells rows apart that no key does, because the request made them: they are the same where all that they have is. Keys are compared with
 * such rows only together with what they are the keys of. Data Aggregation §3.1.2
 */
import { untyped } from '../model/edm';
import { rootType } from '../model/inheritance';
import type { EntityType } from '../model/model';
import type { NameSegment, Place } from '../url/ast';
import type { PlanContext, Scope } from './context';
import { madeOf } from './made-rows';
import { instanceOf, isComplex, membersOf, variantsOf, type Member } from './members';
import { rowsAsValue } from './nest';
import { keyOf, withKeys } from './item-keys';
import { asJson, asOne, callOf, rowItself, rowWhere } from './own-functions';
import { derivedType } from './derived-type';
import type { Bound, BoundProperty, Range } from './plan';
import type { Position } from './position';
import { presenceOf, rowKey } from './presence';
import { partsOfRow } from './reach-values';
import { planMember } from './row-paths';
import { planVariants } from './row-values';
import { complexSource, leadsToEntities, partOf } from './structured';
import {
  inNames,
  isLeftOver,
  marked,
  marksOf,
  partText,
  partsText,
  partsWithin,
  recordOf,
  textOf,
  typeText,
  type WholePart,
} from './whole-value';

/** A row without a key as a value that equals those of the same rows; null where it is missing. Undefined for what has a key or another value. */
export function wholeRowAt(
  context: PlanContext,
  scope: Scope,
  { range, navigations, isCollection, type }: Position,
  place: Place,
): Bound | undefined {
  const isRow = !isCollection && navigations.length === 0 && type.key.length === 0 && !type.item && !type.whole;
  if (!isRow || membersOf(scope, range).crossed) return undefined;
  const presence = presenceOf(range);
  const nullable = presence !== undefined;
  const identity = identityOf(context, scope, range, place);
  return presence
    ? callOf(rowWhere, [presence, identity], type, nullable)
    : callOf(rowItself, [identity], type, nullable);
}

/** What is left of an entity that leads to others, with what the request gave it, as such a value: no value of its type has entities. */
export function leftRowAt(
  context: PlanContext,
  scope: Scope,
  { range, navigations, isCollection, type }: Position,
  place: Place,
): Bound | undefined {
  const { own, whole, held } = membersOf(scope, range);
  if (held || isCollection || navigations.length > 0 || !whole || ![...own].some(([, { kind }]) => kind !== 'added'))
    return undefined;
  const entities = complexSource(whole)?.navigations?.size ?? 0;
  const identity = entities > 0 ? identityOfPart(context, scope, range, place) : undefined;
  return identity && callOf(rowItself, [identity], derivedType({ name: type.name, properties: [] }), true);
}

/** The key of a row with what it is the key of; all that the row has where it has none, whether its type says so or the request gave it. */
export function identityOf(context: PlanContext, scope: Scope, range: Range, place: Place): Bound {
  const variants = variantsOf(scope, range);
  if (variants) {
    const identities = variants.scopes.map((variant) => identityOf(context, variant, variant.current, place));
    return planVariants(context, variants.discriminator, identities, place);
  }
  const key = rowKey(range);
  const given = range.type.key.length > 0 ? [] : givenTo(context, scope, range, place);
  const presence = presenceOf(range);
  if (key.length === 0)
    return identityBy([...partsOfRow(range, keyed(context, place)), ...given], presence ? [presence] : []);
  const names = given.map(({ name }) => name).join();
  return marked([kindOf(range.type), ...(names ? [names] : [])].join(' '), [
    ...key,
    ...given.map(({ whole }) => whole),
  ]);
}

/** The same of what is left of an entity, to which the request may have added something; undefined for other values. */
export function identityOfPart(context: PlanContext, scope: Scope, range: Range, place: Place): Bound | undefined {
  const { whole } = membersOf(scope, range);
  if (!whole || !isLeft(whole)) return undefined;
  const given = givenTo(context, scope, range, place);
  return identityBy([...partsWithin(whole, keyed(context, place)), ...given], marksOf(whole));
}

/** Of two parts of one name the latter is what the request gave. One of the marks is not null where there is something. */
function identityBy(all: readonly WholePart[], marks: readonly Bound[]): Bound {
  const parts = [...new Map(all.map((part) => [part.name, part])).values()].sort(inNames);
  const whole = recordOf(
    marks,
    parts.map((part) => part.whole),
  );
  return marked(textOf(parts), [callOf(asJson, [whole], untyped, marks.length > 0)]);
}

/** Whether it is what is left of an entity. */
export const isLeft = (whole: Bound): whole is BoundProperty =>
  whole.kind === 'property' && whole.type.kind === 'complex' && whole.type.made === 'entity';

/** What the request gave a row, as parts. */
function givenTo(context: PlanContext, scope: Scope, range: Range, place: Place): readonly WholePart[] {
  const { own, nested = [] } = membersOf(scope, range);
  return [
    ...nested.map(({ field: { name }, made }) => ({ name, text: '[]', whole: rowsAsValue(context, made, place) })),
    ...Array.from(own, (one) => ({ name: one[0], ...givenPart(context, scope, range, one, place) })),
  ];
}

/** A collection of entities is told by all its rows, complex values by all their parts, an entity by its key, and an instance without one by all that it has in turn. */
function givenPart(
  context: PlanContext,
  scope: Scope,
  range: Range,
  [name, member]: readonly [string, Member],
  place: Place,
): Omit<WholePart, 'name'> {
  if (member.kind === 'value') return valuePart(context, member.value, place);
  const instance = instanceOf(member);
  if (!instance && !isComplex(member)) return { text: '[]', whole: rowsAsValue(context, madeOf(member), place) };
  const left = instance && identityOfPart(context, scope, instance, place);
  if (instance && (left ?? !isComplex(member)))
    return { text: '()', whole: left ?? identityOf(context, scope, instance, place) };
  const inner: Scope = { ...scope, current: range, variables: new Map() };
  return valuePart(
    context,
    planMember(context, inner, range, { kind: 'name', name, place }, []) ?? { kind: 'null' },
    place,
  );
}

function valuePart(context: PlanContext, value: Bound, place: Place): Omit<WholePart, 'name'> {
  if (value.kind === 'null') return { text: '', whole: value };
  const source = value.type.kind === 'complex' ? complexSource(value) : undefined;
  if (!source) return { text: typeText(value.type), whole: withKeys(context, value, place) };
  if (value.kind === 'property') return { text: partText(value.property), whole: keyed(context, place)(value) };
  return { text: `(${partsText(source)})`, whole: keyOf(context, value, place) };
}

/** A value of a row by its key, however it is written; what is left of an entity by all that it has in turn. */
const keyed =
  (context: PlanContext, place: Place) =>
  (value: BoundProperty): Bound => {
    const { source } = value.property;
    if (source.kind !== 'complex') return value;
    if (!isLeftOver(value.property)) return keyOf(context, value, place);
    return marked(partsText(source), [keyOfLeft(context, value, place)]);
  };

/** All that is left of an entity as one value. */
export function keyOfLeft(context: PlanContext, value: Bound, place: Place): Bound {
  if (value.kind !== 'property') throw new Error('What is left of an entity is a property of the row');
  const parts = partsWithin(value, keyed(context, place)).map(({ whole }) => whole);
  return callOf(asJson, [recordOf(marksOf(value), parts)], untyped, value.nullable);
}

/** What the request computed as one value that is never null: equal where all that it consists of is. */
export function valueOfMember(context: PlanContext, value: Bound, place: Place): Bound {
  return asOne([valuePart(context, value, place).whole]);
}

/**
 * What a name is in each structure of rows, in some an entity and in others what is left of one, as values that can be compared.
 * Undefined where they are of one type and lead to no entities, and for other values.
 */
export function wholesOf(
  context: PlanContext,
  values: readonly Bound[],
  { name, place }: NameSegment,
): readonly Bound[] | undefined {
  const types = new Set(values.flatMap((value) => (value.kind === 'null' ? [] : [value.type])));
  if (types.size < 2 && !values.some(leadsToEntities)) return undefined;
  const type = wholeType(context, name);
  const wholes = values.map((value) => {
    const whole = wholeOf(context, value, place);
    return whole?.kind === 'null' ? whole : whole && callOf(rowItself, [whole], type, true);
  });
  return wholes.includes(undefined) ? undefined : wholes.filter((whole) => whole !== undefined);
}

const wholeTypes = new WeakMap<PlanContext, Map<string, EntityType>>();

/** The type of such values: those of one name are compared, and chosen from. */
function wholeType(context: PlanContext, name: string): EntityType {
  const known = wholeTypes.get(context) ?? new Map<string, EntityType>();
  wholeTypes.set(context, known);
  const type = known.get(name) ?? derivedType({ name, properties: [] });
  known.set(name, type);
  return type;
}

function wholeOf(context: PlanContext, value: Bound, place: Place): Bound | undefined {
  switch (value.kind) {
    case 'call':
      return value.definition === rowItself ? value.arguments[0] : undefined;
    case 'case': {
      const branches = value.branches.flatMap(({ condition, value: of }) => {
        const whole = wholeOf(context, of, place);
        return whole ? [{ condition, value: whole }] : [];
      });
      return branches.length === value.branches.length ? { ...value, branches, type: untyped } : undefined;
    }
    case 'null':
      return value;
    case 'object': {
      if (value.type.made !== 'entity') return undefined;
      const parts = value.parts.map(({ property, value: of }) => ({
        name: property.name,
        ...valuePart(context, of, place),
      }));
      return identityBy(parts, []);
    }
    case 'property':
      return wholeOfProperty(context, value, place);
    default:
      return undefined;
  }
}

function wholeOfProperty(context: PlanContext, value: BoundProperty, place: Place): Bound | undefined {
  const { type, property } = value;
  if (type.kind === 'entity' && type.key.length > 0)
    return marked(
      kindOf(type),
      type.key.map((key) => partOf(value, key)),
    );
  if (type.kind !== 'complex' || type.made === undefined || property.source.kind !== 'complex') return undefined;
  return marked(partsText(property.source), [keyOfLeft(context, value, place)]);
}

/** What tells kinds of rows apart: entities by what their types are derived from, others by the names and types of all that they have. */
export const kindOf = (type: EntityType): string => (type.key.length > 0 ? rootType(type).name : partsText(type));
