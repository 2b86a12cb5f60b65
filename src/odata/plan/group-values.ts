/** Single values that rows are grouped by, and where the paths to them have come to. Data Aggregation §3.2.3.1 */
import { odataError } from '../error';
import { booleanType, untyped } from '../model/edm';
import type { EdmType, EntityType, Property } from '../model/model';
import type { NameSegment, Place } from '../url/ast';
import { typeOf } from './coerce';
import { isNotNull, presentWhere } from './conditions';
import { notImplemented, placeOf, type PlanContext, type Scope } from './context';
import { heldValue } from './dynamic-property';
import type { Group } from './group';
import { withKeys } from './item-keys';
import { planOperand, valueBehind } from './member-path';
import { instanceOf, membersOf, type Again, type Member } from './members';
import { callOf, isObject } from './own-functions';
import type { Bound, Range } from './plan';
import { presenceOf } from './presence';
import { where } from './untyped-items';

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

/** What the request has added to an entity by the whole of which rows are grouped. */
interface Added {
  /** Single values and instances. */
  readonly names: readonly NameSegment[];
  /** Collections of values. */
  readonly collections: readonly Group[];
  /** Collections that the entity alone decides: they tell nothing apart. */
  readonly made: ReadonlyMap<string, Again>;
}

export function addedTo(reached: Reached, entity: string, place: Place): Added {
  const { scope, range, before } = reached;
  const names: NameSegment[] = [];
  const collections: Group[] = [];
  const made = new Map<string, Again>();
  for (const [name, member] of before.length > 0 ? [] : membersOf(scope, range).own) {
    const segment: NameSegment = { kind: 'name', name, place };
    if (member.kind === 'added' && member.again) made.set(name, member.again);
    else if (instanceOf(member) ?? !isMany(member)) names.push(segment);
    else collections.push(collectionGroup(reached, segment, entity));
  }
  return { names, collections, made };
}

const isMany = (member: Member): boolean => member.kind !== 'value' || typeOf(member.value)?.kind === 'collection';

/** A collection of values as one value; complex ones by their keys. */
function collectionGroup({ context, scope, range }: Reached, segment: NameSegment, entity: string): Group {
  const { name, place } = segment;
  const at: Scope = { ...scope, current: range, variables: new Map() };
  const found = planOperand(context, at, { kind: 'path', segments: [segment], place });
  const value = withKeys(context, found, place);
  const of = value.kind !== 'null' && value.type.kind === 'collection' ? value.type.of : untyped;
  if (of === untyped || of.kind === 'entity')
    throw notImplemented(
      `Grouping by the whole of '${entity}', to which the request added the collection '${name}' in each row,`,
      place,
    );
  const mark = presenceOf(range);
  const held = mark && value.kind !== 'null' ? where(isNotNull(mark), value, value.type) : value;
  return { kind: 'value', name, value: held, declared: undefined, dynamic: true, place };
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

/** A dynamic property, or a member of the object that it holds; `names` lead to it, `casts` see it as one of a type. */
export function dynamicGroup(
  reached: Reached,
  names: Names,
  rest: readonly NameSegment[],
  casts: readonly NameSegment[] = [],
): Group {
  const last = names.at(-1) ?? names[0];
  const { name, place } = last;
  const [next, ...further] = rest;
  if (!next) return untypedGroup(last, valueAt(reached, [...names, ...casts], place));
  if (next.name.includes('.')) return dynamicGroup(reached, names, further, [...casts, next]);
  const parts = [dynamicGroup(reached, [...names, ...casts, next], further)];
  // What is of another type is an object all the same.
  const presence = presentObject(valueAt(reached, names, place));
  return { kind: 'parts', name, parts, type: 'object', presence, nullable: true, place };
}

/** What an object leaves out. */
export const nullOf = (type: EdmType): Extract<Bound, { kind: 'convert' }> => ({
  kind: 'convert',
  operand: { kind: 'null' },
  type,
  nullable: true,
  mayFail: false,
});

/** True where a dynamic value is an object, null elsewhere. */
const presentObject = (value: Bound): Bound => presentWhere(callOf(isObject, [value], booleanType, true));
