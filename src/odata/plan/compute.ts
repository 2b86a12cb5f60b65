/** Computed properties: of $compute and of the transformation compute. URL Conventions §5.1.10, Data Aggregation §3.4.2 */
import { odataError } from '../error';
import type { ComputeItem, Place } from '../url/ast';
import { notImplemented, placeOf, type PlanContext, type Scope } from './context';
import { planExpression } from './expression';
import { hasName, membersOf, withMembers, type Member } from './members';
import { checkSize } from './size';

/** The scope in which a row has the computed properties too; each sees the ones before it. */
export const planComputed = (context: PlanContext, scope: Scope, items: readonly ComputeItem[]): Scope =>
  items.reduce((before, { expression, as, place }) => {
    checkAlias(before, as, place);
    const value = planExpression(context, before, expression);
    if (value.kind !== 'null' && value.type.kind !== 'primitive' && value.type.kind !== 'enum')
      throw notImplemented(`A computed property that is not primitive ('${as}')`, place);
    checkSize(as, value, place);
    return withMember(before, as, { kind: 'value', value });
  }, scope);

/** The scope in which a row has one name more. */
export const withMember = (scope: Scope, name: string, member: Member): Scope =>
  withMembers(scope, scope.current, { own: new Map(membersOf(scope, scope.current).own).set(name, member) });

/** An alias must differ from all names that a row has, and from those that its type declares. Data Aggregation §3.1.1 */
export function checkAlias(scope: Scope, name: string, place: Place): void {
  const { declared } = membersOf(scope, scope.current);
  const isTaken =
    hasName(scope, scope.current, name) || (declared && hasName(scope, { type: declared, name: '' }, name));
  if (isTaken)
    throw odataError(
      'InvalidValue',
      { message: `'${scope.current.type.name}' has a property '${name}' already: choose another alias.` },
      placeOf(place),
    );
}
