/** Conditions made of others while planning. */
import { booleanType, numericRank } from '../model/edm';
import { balancedTree } from '../url/balanced';
import { isNullable } from './coerce';
import { callOf, rowWhere, same as isSame } from './own-functions';
import type { Bound } from './plan';

/** Both are true. */
export const both = (left: Bound, right: Bound): Bound => joined('and', left, right);

/** One of the two is true. */
export const either = (left: Bound, right: Bound): Bound => joined('or', left, right);

/** One of them is true. As a tree: a thousand conditions are no deeper than ten. */
export const anyOf = (conditions: readonly Bound[]): Bound =>
  conditions.length === 0 ? always(false) : balancedTree(conditions, either);

/** All of them are true. */
export const allOf = (conditions: readonly Bound[]): Bound =>
  conditions.length === 0 ? always(true) : balancedTree(conditions, both);

/** Both, where one of them may be absent. */
export function narrowedBy(before: Bound | undefined, condition: Bound): Bound;
export function narrowedBy(before: Bound | undefined, condition: Bound | undefined): Bound | undefined;
export function narrowedBy(before: Bound | undefined, condition: Bound | undefined): Bound | undefined {
  return before && condition ? both(before, condition) : (before ?? condition);
}

const joined = (operator: 'and' | 'or', left: Bound, right: Bound): Bound => ({
  kind: 'logical',
  operator,
  left,
  right,
  type: booleanType,
  nullable: isNullable(left) || isNullable(right),
});

/** The two values, already of one type, are equal; null equals null. What is written out is never null. */
export function equal(left: Bound, right: Bound): Bound {
  if (left.kind === 'object' || right.kind === 'object') return always(false);
  const isNull = left.kind === 'null' || right.kind === 'null';
  const [one, other] = [left, right].map((side) => asSingle(isNull ? markOf(side) : side));
  if (!one || !other) throw new Error('Two values are compared');
  return { kind: 'comparison', operator: 'eq', left: one, right: other, type: booleanType, nullable: false };
}

/** In place of a row that is told by all that it has, what tells whether it is there. */
const markOf = (bound: Bound): Bound =>
  bound.kind === 'call' && bound.definition === rowWhere ? (bound.arguments[0] ?? bound) : bound;

/** In place of a complex value that is no property of a row, whether it is there: true or null. */
export function asSingle(bound: Bound): Bound {
  if (bound.kind === 'null' || bound.type.kind !== 'complex') return bound;
  if (bound.kind === 'picked') return { ...bound, value: present(bound.value), type: booleanType };
  if (bound.kind !== 'case') return bound;
  const branches = bound.branches.map(({ condition, value }) => ({ condition, value: present(value) }));
  return { ...bound, branches, type: booleanType };
}

/** The two values, already of one type, fall into one group: as `equal`, and NaN is the same as NaN. */
export const same = (left: Bound, right: Bound): Bound =>
  isNullable(left) || isNumber(left) ? callOf(isSame, [left, right], booleanType, false) : equal(left, right);

const isNumber = (bound: Bound): boolean => bound.kind !== 'null' && numericRank(bound.type) > 0;

/** The opposite; null stays null. */
export const negated = (operand: Bound): Bound => ({
  kind: 'not',
  operand,
  type: booleanType,
  nullable: isNullable(operand),
});

/** The opposite of an equality. */
export const unequal = (equality: Bound): Bound =>
  equality.kind === 'comparison' ? { ...equality, operator: 'ne' } : negated(equality);

/** True where the value is not null. */
export const isNotNull = (value: Bound): Bound => unequal(equal(value, { kind: 'null' }));

/** True where neither value is there. */
export const areNull = (one: Bound, other: Bound): Bound => negated(either(isNotNull(one), isNotNull(other)));

/** True where the value is not null, null where it is. */
export const present = (value: Bound): Bound => presentWhere(isNotNull(value));

/** True where the condition is, null elsewhere. */
export const presentWhere = (condition: Bound): Bound => whereTrue(condition, always(true));

/** A value where the condition is true, null elsewhere. */
export const whereTrue = (condition: Bound, value: Bound): Bound =>
  value.kind === 'null' ? value : { kind: 'case', branches: [{ condition, value }], type: value.type, nullable: true };

/** A truth known while planning. */
export const always = (value: boolean): Bound => ({ kind: 'boolean', value, type: booleanType, nullable: false });
