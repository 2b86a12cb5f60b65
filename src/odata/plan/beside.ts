/**
 * Names of a row among rows of other types: what one of those has and this one has not leads nowhere, as a navigation does that leads to no
 * entity. URL Conventions §4.16, §5.1.1.15
 */
import { qualifiedTypeName } from '../model/edm';
import { isOfType, lineage } from '../model/inheritance';
import type { EntityType, Model } from '../model/model';
import type { NameSegment, PathSegment } from '../url/ast';
import { always } from './conditions';
import type { PlanContext, Scope } from './context';
import { dynamicProperty } from './dynamic-property';
import { walk } from './member-path';
import { hasName, membersOf, withMembers } from './members';
import { isOperation } from './operation-fields';
import type { Bound } from './plan';
import { unknownProperty, type Position } from './position';
import { wholeNumber } from './row-values';
import { localName } from './type-names';

/** What a path says where its row is cast to a type that it is derived from, or has nothing of the name; undefined where it has. */
export function planBeside(
  context: PlanContext,
  scope: Scope,
  position: Position,
  segment: NameSegment,
  rest: readonly PathSegment[],
): Bound | undefined {
  const { range, type, navigations } = position;
  const { beside } = membersOf(scope, range);
  if (!beside || navigations.length > 0 || type !== range.type) return undefined;
  const { model } = context;
  if (hasMember(context, type, segment) || hasName(scope, range, segment.name)) return undefined;
  const seen = segment.arguments ? undefined : typeNamed(model, segment.name);
  if (seen && lineage(type).includes(seen))
    return walk(context, alone(scope, position), { ...position, type: seen }, rest, segment.place);
  if (beside.some((one) => (seen ? isOfType(one, seen) : hasMember(context, one, segment)))) return nowhere(rest);
  if (segment.arguments) return undefined;
  throw unknownAmong(context, beside, segment);
}

/** The error for a name that no row of some types has. */
export const unknownAmong = ({ model }: PlanContext, types: readonly EntityType[], segment: NameSegment): Error =>
  unknownProperty(
    { name: 'Edm.EntityType' },
    segment,
    types.flatMap((type) => [
      ...type.properties.keys(),
      ...type.navigations.keys(),
      ...lineage(type).map((seen) => qualifiedTypeName(model.namespace, seen)),
    ]),
  );

/** The scope behind a cast of the row: there the type alone tells what it has. */
export const alone = (scope: Scope, { range }: Position): Scope =>
  membersOf(scope, range).beside ? withMembers(scope, range, { beside: undefined }) : scope;

/** The entity type of a qualified name. */
const typeNamed = ({ namespace, entityTypes }: Model, name: string): EntityType | undefined =>
  name.includes('.') ? entityTypes.get(localName(namespace, name) ?? '') : undefined;

/** Whether entities of a type have what the segment names: an operation, a property, a stream, a navigation property. */
const hasMember = ({ model }: PlanContext, type: EntityType, { name, arguments: given }: NameSegment): boolean =>
  given && isOperation(model, type, name) ? true : isMember(type, name);

/** The same without operations, which a name alone does not call. */
export const isMember = (type: EntityType, name: string): boolean =>
  type.properties.has(name) ||
  type.navigations.has(name) ||
  type.streams?.has(name) === true ||
  dynamicProperty(type, name) !== undefined;

/** What segments say of nothing: a collection without members, or no value. */
function nowhere(segments: readonly PathSegment[]): Bound {
  switch (segments.at(-1)?.kind) {
    case 'any':
      return always(false);
    case 'all':
      return always(true);
    case '$count':
      return wholeNumber(0);
    default:
      return { kind: 'null' };
  }
}
