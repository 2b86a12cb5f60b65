/** Groups of rows of several structures: values have no property, and what holds them is found in each structure. Data Aggregation §3.2.2 */
import { booleanType, untyped } from '../model/edm';
import type { NameSegment, Place } from '../url/ast';
import { present, presentWhere } from './conditions';
import { comparing, type PlanContext, type Scope } from './context';
import type { Group } from './group';
import { walkFrom } from './member-path';
import { hasPath, membersOf, variantScope } from './members';
import { callOf, isObject } from './own-functions';
import type { Bound, Range } from './plan';
import { planVariants } from './row-values';

/** The rows that a path starts at. */
interface Reached {
  readonly context: PlanContext;
  readonly scope: Scope;
  readonly range: Range;
}

/** A path into rows of several structures: what its names stand for is there where it is in the structure of the row. */
export const wrapped = (reached: Reached, names: readonly NameSegment[], group: Group): Group =>
  names.reduceRight<Group>((inner, { name, place }, index) => {
    const values = valuesAt(reached, names.slice(0, index + 1), place);
    const type = values.some(isPartOfEntity) ? 'entity' : 'object';
    return {
      kind: 'parts',
      name,
      parts: [inner],
      type,
      presence: presenceOf(reached, values, place),
      nullable: true,
      place,
    };
  }, group);

/** What a path of names leads to in each structure of the rows. */
function valuesAt({ context, scope, range }: Reached, names: readonly NameSegment[], place: Place): readonly Bound[] {
  const scopes = membersOf(scope, range).variants?.scopes ?? [];
  return scopes.map((variant) =>
    hasPath(variant, variant.current, names)
      ? walkFrom(context, comparing(variantScope(scope, variant)), variant.current, names, place)
      : { kind: 'null' },
  );
}

const isPartOfEntity = (value: Bound): boolean =>
  value.kind !== 'null' &&
  (value.type.kind === 'entity' || (value.type.kind === 'complex' && value.type.made === 'entity'));

/** True where the value of the row's structure is there, null elsewhere; undefined where it never is. */
function presenceOf({ context, scope, range }: Reached, values: readonly Bound[], place: Place): Bound | undefined {
  const { variants } = membersOf(scope, range);
  const marks = values.map((value) => {
    if (value.kind === 'null') return value;
    return value.type === untyped ? presentObject(value) : present(value);
  });
  if (!variants || marks.every(({ kind }) => kind === 'null')) return undefined;
  return planVariants(context, variants.discriminator, marks, place);
}

/** True where a dynamic value is an object, null elsewhere. */
export const presentObject = (value: Bound): Bound => presentWhere(callOf(isObject, [value], booleanType, true));
