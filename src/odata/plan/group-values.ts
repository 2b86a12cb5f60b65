/** Single values that rows are grouped by, and where the paths to them have come to. Data Aggregation §3.2.3.1 */
import { odataError } from '../error';
import { booleanType, untyped } from '../model/edm';
import type { EdmType, EntityType, Property } from '../model/model';
import type { NameSegment, Place } from '../url/ast';
import { typeOf } from './coerce';
import { presentWhere } from './conditions';
import { notImplemented, placeOf, type PlanContext, type Scope } from './context';
import { heldValue } from './dynamic-property';
import type { Group } from './group';
import { valueBehind } from './member-path';
import { instanceOf, membersOf } from './members';
import { callOf, isObject } from './own-functions';
import type { Bound, Range } from './plan';

/** Where a path has come to: a variable, or an entity behind it. */
export interface Reached {
  readonly context: PlanContext;
  readonly scope: Scope;
  readonly range: Range;
  /** The navigations and casts that lead there. */
  readonly before: readonly NameSegment[];
  readonly type: EntityType;
  /** Other rows have what the path names: where it leads nowhere here, that is absent. */
  readonly isElsewhere?: boolean;
}

export const startAt = (context: PlanContext, scope: Scope, range: Range): Reached => ({
  context,
  scope,
  range,
  before: [],
  type: range.type,
});

/** Names of a path that are still to be followed. */
export type Names = readonly [NameSegment, ...NameSegment[]];

export const isNotEmpty = (names: readonly NameSegment[]): names is Names => names.length > 0;

export const valueAt = (
  { context, scope, range, before }: Reached,
  names: readonly NameSegment[],
  place: Place,
): Bound => valueBehind(context, scope, range, [...before, ...names], place);

export const isCollection = ({ name, place }: NameSegment): Error =>
  odataError(
    'TypeMismatch',
    { message: `'${name}' is a collection: only single values can be grouped by.` },
    placeOf(place),
  );

/** The names that the request has added to an entity by the whole of which rows are grouped. Throws where one is a collection. */
export function addedTo({ scope, range, before }: Reached, name: string, place: Place): readonly NameSegment[] {
  if (before.length > 0) return [];
  const { own } = membersOf(scope, range);
  for (const [added, member] of own) {
    const isMany = member.kind === 'value' ? typeOf(member.value)?.kind === 'collection' : !instanceOf(member);
    if (isMany)
      throw notImplemented(
        `Grouping by the whole of '${name}', to which the request added the collection '${added}',`,
        place,
      );
  }
  return [...own.keys()].map((added) => ({ kind: 'name', name: added, place }));
}

/** A single value; `declared` is undefined for a name that the request gave. */
export function leaf(reached: Reached, names: Names, declared: Property | undefined): Group {
  const found = valueAt(reached, names, names[0].place);
  // A part of a complex value that the request has written out.
  const value = found.kind === 'null' && declared && reached.range.type.item ? nullOf(declared.type) : found;
  const last = names.at(-1) ?? names[0];
  const { name, place } = last;
  if (value.kind === 'null')
    throw odataError('InvalidValue', { message: `'${name}' is null in every row.` }, placeOf(place));
  const { type } = value;
  if (type.kind === 'collection') throw isCollection(last);
  if (type === untyped) return untypedGroup(last, value);
  const dynamic = declared ? (declared.dynamic ?? false) : true;
  return { kind: 'value', name, value, declared, dynamic, place };
}

/** A value that tells its type itself: equal ones of one type are a group. */
const untypedGroup = ({ name, place }: NameSegment, value: Bound): Group => ({
  kind: 'value',
  name,
  value: heldValue(name, value),
  declared: undefined,
  dynamic: true,
  place,
});

/** A dynamic property, or a member of the object that it holds; `names` lead to it. */
export function dynamicGroup(reached: Reached, names: Names, rest: readonly NameSegment[]): Group {
  const last = names.at(-1) ?? names[0];
  const { name, place } = last;
  const value = valueAt(reached, names, place);
  const [next, ...further] = rest;
  if (!next) return untypedGroup(last, value);
  if (next.name.includes('.'))
    throw odataError(
      'TypeMismatch',
      { message: `Behind '${name}' no type is declared: compute what stands behind a cast, and group by that.` },
      placeOf(next.place),
    );
  const parts = [dynamicGroup(reached, [...names, next], further)];
  return { kind: 'parts', name, parts, type: 'object', presence: presentObject(value), nullable: true, place };
}

/** What an object leaves out. */
export const nullOf = (type: EdmType): Bound => ({
  kind: 'convert',
  operand: { kind: 'null' },
  type,
  nullable: true,
  mayFail: false,
});

/** True where a dynamic value is an object, null elsewhere. */
const presentObject = (value: Bound): Bound => presentWhere(callOf(isObject, [value], booleanType, true));
