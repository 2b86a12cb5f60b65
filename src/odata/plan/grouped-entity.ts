/** Entities that rows were grouped by, with what the request had added to them. Data Aggregation §3.1.2, §3.2.3.1 */
import { addedEntity } from './added-members';
import { withMember } from './compute';
import type { PlanContext, Scope } from './context';
import type { GroupedEntity } from './grouped-type';
import type { Range } from './plan';
import { boundProperty } from './select';

/** The scope in which the rows of the groups lead to them. */
export const withEntities = (context: PlanContext, scope: Scope, entities: readonly GroupedEntity[]): Scope =>
  entities.reduce((before, entity) => withEntity(context, before, scope.current, entity), scope);

/** The scope in which a row, or an entity of its group, leads to an entity; the columns of the row `of` tell which. */
function withEntity(context: PlanContext, scope: Scope, of: Range, grouped: GroupedEntity): Scope {
  const { navigation, properties, entities } = grouped;
  const { name, target } = navigation;
  const added = addedEntity(context, scope, { of, navigation, type: target }, { name }, (instance) => {
    const seen = properties.reduce(
      (before, property) => withMember(before, property.name, { kind: 'value', value: boundProperty(of, property) }),
      instance,
    );
    return entities.reduce((before, entity) => withEntity(context, before, of, entity), seen);
  });
  return withMember(added.scope, name, added.member);
}
