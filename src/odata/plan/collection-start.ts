/** Where a transformation along a collection begins: at what a name of the rows leads to. Data Aggregation §3.4.3, §3.5.1 */
import { complexItems } from '../model/edm';
import { itemsNavigation } from '../model/item-type';
import type { EdmType, EntityType, NavigationProperty, Property } from '../model/model';
import type { NameSegment, Place } from '../url/ast';
import { amongOthers } from './added';
import { itemScope } from './complex-items';
import { anyOf, equal, narrowedBy } from './conditions';
import type { PlanContext, Scope } from './context';
import { asItem, rangeBehind } from './identity';
import {
  hasName,
  membersOf,
  madeScope,
  variantsOf,
  withMembers,
  type MadeRows,
  type Member,
  type Missing,
  type Variants,
} from './members';
import { keysIn, opened } from './item-keys';
import { itemsOf } from './members-operand';
import type { Bound, BoundCollection, BoundMembers, Range } from './plan';
import { anew, seenAsType } from './position';
import { wholeNumber } from './row-values';
import { rowsWhere } from './rows';
import { partsOf, type Structured } from './structured';
import { ownAs } from './typed-members';

/** A collection of entities or of complex values. */
interface CollectionStart {
  /** The type of its members. */
  readonly target: EntityType;
  /** The type of a collection of complex values. */
  readonly type: EdmType | undefined;
  /** What it is of: two of one row are the same where that is. */
  readonly of: object;
  /** Only rows of some structures have it. */
  readonly isPartial?: true;
  /** Its members by a variable of the name, each time another one. `cast` is what a path casts them to. */
  readonly rows: (name: string, missing?: Missing, cast?: EntityType) => MadeRows;
}

/** The collection that a name leads to from a variable: several in rows of several structures, undefined where it leads to none. */
export function startAt(
  context: PlanContext,
  scope: Scope,
  segment: NameSegment,
  of: Range = scope.current,
): CollectionStart | 'several' | undefined {
  const { own, whole } = membersOf(scope, of);
  const member = own.get(segment.name);
  if (member) return ofMember(context, { ...scope, current: of }, segment, member);
  const variants = variantsOf(scope, of);
  if (variants) return ofStructures(context, segment, variants);
  if (whole) {
    const part = partsOf(whole)?.get(segment.name);
    const items = part && itemsOfPart(context, whole, part, segment.place);
    return items?.kind === 'members' ? ofValue(scope, items, of) : undefined;
  }
  const property = of.type.properties.get(segment.name);
  const navigation = of.type.navigations.get(segment.name) ?? (property && itemsNavigation(property));
  return navigation?.collection ? ofNavigation(context, scope, navigation, of) : undefined;
}

/** The collection that a part of a complex value is, be the value a property of the row or not. */
function itemsOfPart(context: PlanContext, whole: Structured, part: Property, place: Place): Bound | undefined {
  if (!complexItems(part)) return undefined;
  return itemsOf(whole, part, place) ?? opened(context, keysIn(context, whole, part, place), place);
}

const ofNavigation = (
  context: PlanContext,
  scope: Scope,
  navigation: NavigationProperty,
  of: Range,
): CollectionStart => ({
  target: navigation.target,
  type: navigation.items?.type,
  of,
  rows: (name, missing, type = navigation.target) => {
    const range: Range = {
      ...rangeBehind(context.model, of, navigation),
      type,
      name,
      ...missing,
      ...asItem(navigation),
    };
    return startOf(scope, { from: of, navigations: [navigation], range });
  },
});

const startOf = (scope: Scope, joined: BoundCollection): MadeRows => ({
  scope: itemScope(scope, joined.range),
  rows: { kind: 'base', range: joined.range },
  order: [],
  groups: [],
  joined,
});

const ofValue = (scope: Scope, { collection, type }: BoundMembers, of: object): CollectionStart => ({
  target: collection.range.type,
  type,
  of,
  rows: (name, missing) => {
    const joined = anew(collection);
    // Items of keys may be null, be the row there or not.
    const optional = collection.keys && { optional: true };
    return startOf(scope, { ...joined, range: { ...joined.range, name, ...missing, ...optional } });
  },
});

/** What addnested has made, or a computed collection of complex values. */
function ofMember(
  context: PlanContext,
  scope: Scope,
  { name }: NameSegment,
  member: Member,
): CollectionStart | undefined {
  if (member.kind === 'value') {
    if (member.value.kind !== 'members') return undefined;
    return ofValue(scope, member.value, member);
  }
  if (member.kind === 'row' || member.behind.kind === 'one') return undefined;
  const { rows } = member.behind;
  const { joined, scope: made } = rows();
  const { item } = joined.range.type;
  return {
    target: made.current.type,
    type: item && { kind: 'collection', of: item.type },
    of: member,
    rows: (_, missing, cast) => {
      const made = rows(missing);
      return castRows({ ...made, scope: amongOthers(context, scope, name, madeScope(scope, made.scope)) }, cast);
    },
  };
}

/** Those of rows that are of a type, as rows of it: what the request gave them they keep. */
function castRows(made: MadeRows, type: EntityType | undefined): MadeRows {
  const { scope, rows } = made;
  const { current } = scope;
  if (!type || type === current.type) return made;
  const { range, condition } = seenAsType(current, type);
  const members = membersOf(scope, current);
  return {
    ...made,
    scope: { ...withMembers(scope, range, { ...members, own: ownAs(members.own, type) }), current: range },
    rows: rowsWhere(rows, condition),
  };
}

/** In rows of several structures those that have the collection have it from one variable, which the others are without. */
function ofStructures(
  context: PlanContext,
  segment: NameSegment,
  { discriminator, scopes }: Variants,
): CollectionStart | 'several' | undefined {
  const having = scopes.filter((variant) => hasName(variant, variant.current, segment.name));
  const [first, ...others] = having.map((variant) => startAt(context, variant, segment));
  if (!first || first === 'several') return first;
  if (!others.every((other) => typeof other === 'object' && other.of === first.of)) return 'several';
  if (having.length === scopes.length || isDeclared(having, segment.name)) return first;
  // Rows of other structures may be of the same variable.
  const isHaving = anyOf(having.map((variant) => equal(discriminator, wholeNumber(scopes.indexOf(variant)))));
  const rows: CollectionStart['rows'] = (...of) => {
    const made = first.rows(...of);
    return { ...made, joined: { ...made.joined, filter: narrowedBy(made.joined.filter, isHaving) } };
  };
  return { ...first, rows, of: having, isPartial: true };
}

/** Types have the name: rows of other structures have no entity of these types. */
const isDeclared = (scopes: readonly Scope[], name: string): boolean =>
  scopes.every((scope) => {
    const { own } = membersOf(scope, scope.current);
    const variants = variantsOf(scope, scope.current);
    if (variants && !own.has(name))
      return isDeclared(
        variants.scopes.filter((one) => hasName(one, one.current, name)),
        name,
      );
    return !own.has(name);
  });
