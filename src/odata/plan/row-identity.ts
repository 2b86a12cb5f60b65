/**
 * What tells rows apart that no key does, because the request made them: they are the same where all that they have is. Keys are compared with
 * such rows only together with what they are the keys of. Data Aggregation §3.1.2
 */
import { rootType } from '../model/inheritance';
import type { EntityType } from '../model/model';
import type { Place } from '../url/ast';
import type { PlanContext, Scope } from './context';
import { membersOf, nestedNames, variantsOf } from './members';
import { rowsAsValue } from './nest';
import { keyOf, withKeys } from './item-keys';
import { asOne, callOf, rowItself, rowWhere } from './own-functions';
import { derivedType } from './derived-type';
import type { Bound, BoundProperty, Range } from './plan';
import type { Position } from './position';
import { presenceOf, rowKey } from './presence';
import { wholePart, wholeRow } from './reach-values';
import { planVariants } from './row-values';
import { isStructured, partOf } from './structured';
import { marked, partsText, wholeValue } from './whole-value';

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

/** The key of a row with what it is the key of; all that the row has where it has none. */
export function identityOf(context: PlanContext, scope: Scope, range: Range, place: Place): Bound {
  const { nested = [] } = membersOf(scope, range);
  const variants = variantsOf(scope, range);
  const key = rowKey(range);
  const given = range.type.key.length > 0 ? [] : givenTo(context, scope, range, place);
  const names = [...nestedNames(scope, range), ...given.map(({ name }) => name)].join();
  const whole = [
    ...(key.length > 0 ? key : [wholeRow(range), ...nested.map(({ made }) => rowsAsValue(context, made, place))]),
    ...given.map(({ value }) => value),
  ];
  if (!variants) return marked([kindOf(range.type), ...(names ? [names] : [])].join(' '), whole);
  const identities = variants.scopes.map((variant) => identityOf(context, variant, variant.current, place));
  return planVariants(context, variants.discriminator, identities, place);
}

/** The same of what is left of an entity, to which the request may have added something; undefined for other values. */
export function identityOfPart(context: PlanContext, scope: Scope, range: Range, place: Place): Bound | undefined {
  const { whole } = membersOf(scope, range);
  if (!whole || !isLeft(whole)) return undefined;
  const given = givenTo(context, scope, range, place);
  const text = whole.property.source.kind === 'complex' ? partsText(whole.property.source) : '';
  const names = given.map(({ name }) => name).join();
  return marked([text, ...(names ? [names] : [])].join(' '), [wholePart(whole), ...given.map(({ value }) => value)]);
}

/** Whether it is what is left of an entity. */
export const isLeft = (whole: Bound): whole is BoundProperty =>
  whole.kind === 'property' && whole.type.kind === 'complex' && whole.type.made === 'entity';

/** The values that the request gave a row, and the entities of one that has nothing else, in the order of their names. */
const givenTo = (
  context: PlanContext,
  scope: Scope,
  range: Range,
  place: Place,
): readonly { readonly name: string; readonly value: Bound }[] =>
  [...membersOf(scope, range).own]
    .flatMap(([name, member]) => {
      const isAll = range.type.columns?.length === 0 && member.kind === 'row';
      const value = isAll
        ? identityOf(context, scope, member.range, place)
        : member.kind === 'value' && valueOfMember(context, member.value, place);
      return value ? [{ name, value }] : [];
    })
    .sort((one, other) => (one.name < other.name ? -1 : 1));

/** What the request computed as one value that is never null: equal where all that it consists of is. */
export function valueOfMember(context: PlanContext, value: Bound, place: Place): Bound {
  return asOne([singleOf(context, value, place)]);
}

function singleOf(context: PlanContext, value: Bound, place: Place): Bound {
  if (value.kind === 'null' || value.type.kind !== 'complex' || !isStructured(value))
    return withKeys(context, value, place);
  return value.kind === 'property' ? wholeValue(value) : keyOf(context, value, place);
}

/**
 * What a name is in each structure of rows, in some an entity and in others what is left of one, as values that can be compared.
 * Undefined where they are of one type, and for other values.
 */
export function wholesOf(values: readonly Bound[], name: string): readonly Bound[] | undefined {
  const types = new Set(values.flatMap((value) => (value.kind === 'null' ? [] : [value.type])));
  if (types.size < 2) return undefined;
  const type = derivedType({ name, properties: [] });
  const wholes = values.map((value) => {
    if (value.kind === 'null') return value;
    const whole = value.kind === 'property' ? wholeOf(value) : undefined;
    return whole && callOf(rowItself, [whole], type, true);
  });
  return wholes.includes(undefined) ? undefined : wholes.filter((whole) => whole !== undefined);
}

function wholeOf(value: BoundProperty): Bound | undefined {
  const { type, property } = value;
  if (type.kind === 'entity' && type.key.length > 0)
    return marked(
      kindOf(type),
      type.key.map((key) => partOf(value, key)),
    );
  if (type.kind !== 'complex' || type.made === undefined || property.source.kind !== 'complex') return undefined;
  return marked(partsText(property.source), [wholePart(value)]);
}

/** What tells kinds of rows apart: entities by what their types are derived from, others by the names and types of all that they have. */
export const kindOf = (type: EntityType): string => (type.key.length > 0 ? rootType(type).name : partsText(type));
