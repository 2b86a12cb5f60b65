/** Conditions made of others while planning. */
import { booleanType, numericRank } from '../model/edm';
import { sql } from '../sql';
import { isNullable } from './coerce';
import type { FunctionDef } from './functions';
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

/** The two values, already of one type, fall into one group: as `equal`, and NaN is the same as NaN. */
export const same = (left: Bound, right: Bound): Bound =>
  isNullable(left) || isNumber(left)
    ? { kind: 'call', definition: isSame, arguments: [left, right], type: booleanType, nullable: false }
    : equal(left, right);

const isNumber = (bound: Bound): boolean => bound.kind !== 'null' && numericRank(bound.type) > 0;

const isSame: FunctionDef = {
  name: 'same',
  parameters: ['any', 'any'],
  result: 'Edm.Boolean',
  sql: ([left, right]) => sql`(${left?.sql ?? sql`null`} is not distinct from ${right?.sql ?? sql`null`})`,
};

/** The opposite; null stays null. */
export const negated = (operand: Bound): Bound => ({
  kind: 'not',
  operand,
  type: booleanType,
  nullable: isNullable(operand),
});

/** A truth known while planning. */
export const always = (value: boolean): Bound => ({ kind: 'boolean', value, type: booleanType, nullable: false });
