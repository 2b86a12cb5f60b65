/** What an entity that the request made tells of itself: it has no id, and may be of a derived type. Protocol §4.3, JSON §4.5.3 */
import { qualifiedTypeName } from '../model/edm';
import { isOfType } from '../model/inheritance';
import type { PlanContext } from './context';
import { castsOf, type GroupType } from './group-type';
import type { Field } from './plan';

/** `group` is undefined where nothing is known of its type. */
export function transientField({ model }: PlanContext, group: GroupType | undefined): Field {
  // What several types may have does not tell which one it is.
  const names = group?.names.filter(({ ofOthers }) => !ofOthers) ?? [];
  const known = group ? castsOf({ ...group, names }).flatMap((casts) => (casts.length === 1 ? casts : [])) : [];
  const type = known.find((one) => known.every((other) => isOfType(one, other)));
  const isDerived = type !== undefined && type !== group?.declared;
  return { kind: 'transient', ...(isDerived && { cast: qualifiedTypeName(model.namespace, type) }) };
}
