/** case: one of several values, which agree on a type. URL Conventions §5.1.1.11 */
import { odataError } from '../error';
import { edm, numericRank, promotedType, untyped } from '../model/edm';
import type { EdmType } from '../model/model';
import type { Place } from '../url/ast';
import { convert, describe, described, typeOf } from './coerce';
import { placeOf, type PlanContext } from './context';
import type { Bound } from './plan';
import { commonStructure, isAlike } from './structures';

/** The value of the first condition that is true, null when none is; the values must have one type. A message calls them as `whose` has it. */
export function caseOf(
  context: PlanContext,
  branches: readonly { readonly condition: Bound; readonly value: Bound }[],
  place: Place,
  whose = 'The values of a case',
): Bound {
  const values = branches.map(({ value }) => value);
  // A text may stand for a value of the type that the others have.
  const told = commonOf(
    context,
    values.filter((value) => !isText(value)),
  );
  const common = told && told !== untyped ? told : commonOf(context, values);
  if (!common) return { kind: 'null' };
  const isOpen = branches.some(({ value }) => typeOf(value) === untyped);
  const decimal = edm('Edm.Decimal');
  const type = isOpen && numericRank(common) > 0 && numericRank(common) < numericRank(decimal) ? decimal : common;
  const agreed = branches.map(({ condition, value }) => {
    const converted = convert(context, value, type);
    if (!converted)
      throw odataError(
        'TypeMismatch',
        { message: `${whose} must have one type, but ${describe(value)} is no ${described(type)}.` },
        placeOf(place),
      );
    return { condition, value: converted };
  });
  return { kind: 'case', branches: agreed, type, nullable: true };
}

const isText = (value: Bound): boolean => value.kind === 'value' && value.literal?.type === 'string';

const commonOf = (context: PlanContext, values: readonly Bound[]): EdmType | undefined =>
  values.reduce<EdmType | undefined>(
    (before, value) =>
      before === untyped && typeOf(value) ? typeOf(value) : commonType(context, before, typeOf(value)),
    undefined,
  );

const commonType = (
  context: PlanContext,
  left: EdmType | undefined,
  right: EdmType | undefined,
): EdmType | undefined => {
  if (!left || !right) return left ?? right;
  if (isAlike(left, right)) return commonStructure(context, left, right) ?? left;
  return promotedType(left, right);
};
