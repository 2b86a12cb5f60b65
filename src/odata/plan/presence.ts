/** What tells rows of a variable apart, and whether one is there at all: the far side of an outer join may be missing. Data Aggregation §3.5.1 */
import { booleanType } from '../model/edm';
import { ROW } from '../model/row-type';
import { isNotNull, negated, whereTrue } from './conditions';
import type { PlanContext, Scope } from './context';
import { derivedType, hiddenProperty } from './derived-type';
import { ordinalProperty, placeProperty } from './ordinals';
import { membersOf, withMembers, type Member } from './members';
import type { Bound, BoundProperty, Range } from './plan';
import { boundProperty } from './select';

/** What tells the rows of a variable apart; nothing for those that the request made. */
export const rowKey = (range: Range): readonly BoundProperty[] =>
  (range.type.item ? [range.isKeyed ? ordinalProperty : placeProperty] : range.type.key).map((property) =>
    boundProperty(range, property),
  );

/** What is null where the row of a variable is missing; undefined where it never is. */
export function presenceOf(range: Range): BoundProperty | undefined {
  if (!range.optional || range.there) return range.there;
  const items = range.type.item ? range : range.ofItems;
  const [key] = items ? [boundProperty(items, placeProperty)] : rowKey(range);
  return key ?? range.presence;
}

/** True where the row of a variable is missing, be there a key or a mark that tells it or not. */
export const isMissing = (range: Range): Bound =>
  negated(isNotNull(presenceOf(range) ?? boundProperty(range, wholeRow)));

/** Null where the row is missing; a row of nulls is one. */
const wholeRow = hiddenProperty(ROW, booleanType);

/** The same for rows that come of those of a variable. */
export const missingWith = ({ optional, presence }: Range): Pick<Range, 'optional' | 'presence'> => ({
  ...(optional !== undefined && { optional }),
  ...(presence && { presence }),
});

/** A mark beside the rows of an outer join: null where there is none. */
export function presenceMark(context: PlanContext, name: string): BoundProperty {
  const property = hiddenProperty(context.nextColumn(), booleanType);
  const hidden = property.source.kind === 'column' ? [property.source] : [];
  return boundProperty({ type: derivedType({ name, properties: [], hidden }), name, optional: true }, property);
}

/** The scope in which what a variable has of the request is seen from outside: where its row is missing there is none of it. */
export function whereThere(scope: Scope, range: Range): Scope {
  const { own, whole } = membersOf(scope, range);
  const mark = whole ?? presenceOf(range);
  if (!mark || (whole && !whole.nullable)) return scope;
  const start = whole?.kind === 'property' ? whole.range : range;
  const seen = [...own].map(([name, member]) => [name, ofPresent(member, isNotNull(mark), start)] as const);
  return withMembers(scope, range, { own: new Map(seen) });
}

/** Properties of the row are null where it is missing; other values may be something there. */
function ofPresent(member: Member, condition: Bound, start: Range): Member {
  if (member.kind !== 'value' || member.value.kind === 'null' || member.value.kind === 'members') return member;
  const { value } = member;
  if (value.kind === 'property' && value.range === start) return member;
  return { kind: 'value', value: whereTrue(condition, value) };
}
