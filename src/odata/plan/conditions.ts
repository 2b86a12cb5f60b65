/** Conditions made of others while planning. */
import { booleanType } from '../model/edm';
import { isNullable } from './coerce';
import type { Bound } from './plan';

/** Both are true. */
export const both = (left: Bound, right: Bound): Bound => joined('and', left, right);

/** One of the two is true. */
export const either = (left: Bound, right: Bound): Bound => joined('or', left, right);

/** Both, where the first may be absent. */
export const narrowedBy = (before: Bound | undefined, condition: Bound): Bound =>
  before ? both(before, condition) : condition;

const joined = (operator: 'and' | 'or', left: Bound, right: Bound): Bound => ({
  kind: 'logical',
  operator,
  left,
  right,
  type: booleanType,
  nullable: isNullable(left) || isNullable(right),
});

/** The two values, already of one type, are equal; null equals null. */
export const equal = (left: Bound, right: Bound): Bound => ({
  kind: 'comparison',
  operator: 'eq',
  left,
  right,
  type: booleanType,
  nullable: false,
});

/** The opposite; null stays null. */
export const negated = (operand: Bound): Bound => ({
  kind: 'not',
  operand,
  type: booleanType,
  nullable: isNullable(operand),
});

/** A truth known while planning. */
export const always = (value: boolean): Bound => ({ kind: 'boolean', value, type: booleanType, nullable: false });
