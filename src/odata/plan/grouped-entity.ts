/** Entities that rows were grouped by, with what the request had added to them. Data Aggregation §3.1.2, §3.2.3.1 */
import { addedEntity } from './added-members';
import { withMember } from './compute';
import type { PlanContext, Scope } from './context';
import type { GroupedEntity } from './grouped-type';
import { boundProperty } from './select';

/** The scope in which the rows of the groups lead to them. */
export const withEntities = (context: PlanContext, scope: Scope, entities: readonly GroupedEntity[]): Scope =>
  entities.reduce((before, { navigation, properties }) => {
    const { name, target } = navigation;
    const { current: of } = scope;
    const added = addedEntity(context, before, { of, navigation, type: target }, { name }, (instance) =>
      properties.reduce(
        (seen, property) => withMember(seen, property.name, { kind: 'value', value: boundProperty(of, property) }),
        instance,
      ),
    );
    return withMember(added.scope, name, added.member);
  }, scope);
