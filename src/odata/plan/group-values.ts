/** Single values that rows are grouped by, and where the paths to them have come to. Data Aggregation §3.2.3.1 */
import { odataError } from '../error';
import { booleanType, edm, untyped } from '../model/edm';
import type { EdmType, EntityType, Property } from '../model/model';
import type { NameSegment, Place } from '../url/ast';
import { isNullable, typeOf } from './coerce';
import { isNotNull, presentWhere, whereTrue } from './conditions';
import { notImplemented, placeOf, type PlanContext, type Scope } from './context';
import { heldValue } from './dynamic-property';
import type { Group, MadeAgain } from './group';
import { withKeys } from './item-keys';
import { planOperand, valueBehind } from './member-path';
import { madeOf } from './made-rows';
import { instanceOf, membersOf, onlyOf, type Again, type Member } from './members';
import { asJson, callOf, isObject } from './own-functions';
import type { Bound, Range } from './plan';
import { presenceOf } from './presence';
import { contentOfRows } from './same-rows';
import { storedOf } from './stored-items';

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
  /** Collections that the entity alone decides, or that and the row that `$it` stands for: they tell nothing apart. */
  readonly made: ReadonlyMap<string, Omit<MadeAgain, 'it'> & Pick<Again, 'it'>>;
}

/** `only`: those of these names. */
export function addedTo(reached: Reached, name: string, place: Place, only?: readonly string[]): Added {
  const { scope, range, before } = reached;
  const whole: Whole = { name, mark: presenceOf(range) };
  const names: NameSegment[] = [];
  const collections: Group[] = [];
  const made = new Map<string, Omit<MadeAgain, 'it'> & Pick<Again, 'it'>>();
  for (const [own, member] of before.length > 0 ? [] : membersOf(scope, range).own) {
    const segment: NameSegment = { kind: 'name', name: own, place };
    if (only?.includes(own) === false) continue;
    if (member.kind === 'added' && member.again)
      made.set(own, { ...member.again, content: () => contentOfRows(reached.context, madeOf(member), place) });
    else if (instanceOf(member) ?? !isMany(member)) names.push(segment);
    else collections.push(collectionGroup(reached, [segment], whole));
  }
  return { names, collections, made };
}

const isMany = (member: Member): boolean => member.kind !== 'value' || typeOf(member.value)?.kind === 'collection';

/** Whether a name of a variable stands for a collection of values. */
export function isCollectionOf({ scope, range }: Reached, name: string): boolean {
  const member = membersOf(scope, range).own.get(name);
  if (!member) return range.type.properties.get(name)?.type.kind === 'collection';
  return instanceOf(member) === undefined && isMany(member);
}

/** The whole that rows are grouped by: `mark` is null where it is missing, if it may be. */
export interface Whole {
  readonly name: string;
  readonly mark: Bound | undefined;
}

/**
 * A collection of values, a part of such a whole, as one value that is null where the whole is missing. Complex values are held by their keys,
 * those that a type declares as they are stored.
 */
export function collectionGroup(
  { context, scope, range, before }: Reached,
  names: Names,
  whole: Whole,
  declared?: Property,
): Group {
  const { name, place } = names.at(-1) ?? names[0];
  const at: Scope = { ...scope, current: range, variables: new Map() };
  const found = planOperand(context, at, { kind: 'path', segments: [...before, ...names], place });
  const keys = withKeys(context, found, place);
  const type = typeOf(keys);
  if (keys.kind === 'null' || type?.kind !== 'collection' || type.of.kind === 'entity')
    throw notImplemented(
      `Grouping by the whole of '${whole.name}', to which the request added the collection '${name}' in each row,`,
      place,
    );
  const items = type.of.kind === 'complex' ? (declared ? storedOf(type.of) : asJson) : undefined;
  const value = items ? callOf(items, [keys], type, isNullable(keys)) : keys;
  const held = whole.mark ? whereTrue(isNotNull(whole.mark), value) : value;
  const only = onlyOf(membersOf(scope, range).own.get(name));
  return { kind: 'value', name, value: held, declared, dynamic: !declared, place, ...(only && { casts: [only] }) };
}

/** A single value; `declared` is undefined for a name that the request gave. */
export function leaf(reached: Reached, names: Names, declared: Property | undefined): Group {
  const found = valueAt(reached, names, names[0].place);
  // What is null by what it says has no type of its own.
  const value = found.kind === 'null' ? nullOf(declared?.type ?? edm('Edm.String')) : found;
  const last = names.at(-1) ?? names[0];
  const { name, place } = last;
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
