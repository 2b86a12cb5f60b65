/** Collections written out in the request: `["a","b"]`, `('a','b')`. URL Conventions §5.1.1.14.2 */
import { odataError } from '../error';
import { edm, numericRank, untyped } from '../model/edm';
import type { ComplexType, EdmType } from '../model/model';
import type { Expression, ListExpression, Place } from '../url/ast';
import { convert, describe, typeOf } from './coerce';
import { placeOf, type PlanContext, type Scope } from './context';
import { planExpression, planLiteral } from './expression';
import { followAlias } from './followed-alias';
import { keysOfList } from './item-keys';
import { MEMBERS_OF_PART } from './limits';
import type { Bound } from './plan';
import { commonStructure, isAlike, isPartOf, seenAsOf } from './structures';
import { itemsAs } from './untyped-items';
import { objectAt } from './structured';

export type List = Extract<Bound, { kind: 'list' }>;

/** The list that an expression is, itself or behind an alias; undefined when it is none. Objects in it are of the type `of`, of complex values beside it. */
export function planList(context: PlanContext, scope: Scope, node: Expression, of?: ComplexType): List | undefined {
  if (node.kind === 'list') {
    checkLength(context, node);
    const written = node.items.map((item) => objectAt(context, scope, item) ?? planMember(context, scope, item));
    const ofKeys = keysOfList(context, written, of, node.place);
    if (ofKeys) return ofKeys;
    const items = written.flatMap((item) => ('node' in item ? [] : [item]));
    for (const item of items) if (typeOf(item)?.kind === 'collection') throw noMember(item, node.place);
    const type = commonType(context, items) ?? edm('Edm.String');
    return listOf(
      items.map((item, index) => itemAs(context, item, type, node.items[index]?.place ?? node.place)),
      type,
    );
  }
  if (node.kind !== 'alias') return undefined;
  const value = context.alias(node.name, scope.options);
  return value && planList(context, followAlias(context, scope, node), value, of);
}

/** A member of a list; literals are counted with the list. */
export function planMember(context: PlanContext, scope: Scope, item: Expression): Bound {
  if (item.kind === 'null') return { kind: 'null' };
  return item.kind === 'literal' ? planLiteral(context, item) : planExpression(context, scope, item);
}

/** Counts a list, and refuses one that is longer than the service allows. */
export function checkLength(context: PlanContext, { items, place }: ListExpression): void {
  const { listLength: limit } = context.limits;
  if (items.length > limit) throw odataError('ListTooLong', { limit }, placeOf(place));
  context.count(place, Math.floor(items.length / MEMBERS_OF_PART));
}

const listOf = (items: readonly Bound[], of: EdmType): List => ({
  kind: 'list',
  items,
  type: { kind: 'collection', of },
  nullable: false,
});

/** The widest of the numbers, else the first type. */
const commonType = (context: PlanContext, items: readonly Bound[]): EdmType | undefined =>
  items.reduce<EdmType | undefined>((common, item) => wider(context, common, typeOf(item)), undefined);

/** Whole numbers of any size become Int64, so that their arrays can be compared. Complex values have all names that one of them has. */
function wider(context: PlanContext, left: EdmType | undefined, right: EdmType | undefined): EdmType | undefined {
  if (!left || !right) return left ?? right;
  if (isAlike(left, right)) return commonStructure(context, left, right) ?? left;
  if (numericRank(left) === 0 || numericRank(right) === 0) return left;
  const widest = numericRank(right) > numericRank(left) ? right : left;
  return numericRank(widest) < numericRank(edm('Edm.Int64')) ? edm('Edm.Int64') : widest;
}

/** A list without a value in it, which is of any type. */
const isEmpty = (operand: Bound): boolean =>
  operand.kind === 'list' && operand.items.every(({ kind }) => kind === 'null');

/** The operands, those that are collections with one type of members. What is read from the database decides, lists follow; without a value last. */
export function withOneElementType(context: PlanContext, operands: readonly Bound[], place: Place): readonly Bound[] {
  const collections = operands.flatMap((operand) => {
    const type = typeOf(operand);
    return type?.kind === 'collection' ? [{ operand, of: type.of }] : [];
  });
  if (collections.length === 0) return operands;
  const [first, ...rest] = [
    ...collections.filter(({ operand }) => operand.kind !== 'list'),
    ...collections.filter(({ operand }) => operand.kind === 'list' && !isEmpty(operand)),
    ...collections.filter(({ operand }) => isEmpty(operand)),
  ];
  const common = rest.reduce<EdmType | undefined>(
    (before, next) => wider(context, before, next.of),
    wider(context, first?.of, first?.of),
  );
  // Beside what tells its types itself numbers are of any type.
  const isOpen = operands.some((operand) => typeOf(operand) === untyped);
  const of = isOpen && common && numericRank(common) > 0 ? wider(context, common, edm('Edm.Decimal')) : common;
  return operands.map((operand) => (of ? membersAs(context, operand, of, place) : operand));
}

function membersAs(context: PlanContext, operand: Bound, of: EdmType, place: Place): Bound {
  if (operand.kind === 'list')
    return listOf(
      operand.items.map((item) => itemAs(context, item, of, place)),
      of,
    );
  const type = typeOf(operand);
  if (type === untyped) return itemsAs(context, operand, of, place);
  if (operand.kind === 'null' || type?.kind !== 'collection' || type.of === of) return operand;
  if (isPartOf(type.of, of)) return seenAsOf(operand, { kind: 'collection', of });
  if (numericRank(type.of) === 0 || numericRank(of) === 0)
    throw odataError(
      'TypeMismatch',
      { message: `The members of ${describe(operand)} are of another type.` },
      placeOf(place),
    );
  return { kind: 'convert', operand, type: { kind: 'collection', of }, nullable: operand.nullable, mayFail: false };
}

function itemAs(context: PlanContext, item: Bound, of: EdmType, place: Place): Bound {
  const converted = convert(context, item, of);
  if (converted) return converted;
  throw noMember(item, place);
}

const noMember = (item: Bound, place: Place): Error =>
  odataError('TypeMismatch', { message: `${describe(item)} is no member of such a collection.` }, placeOf(place));
