/** What groups have left of an entity as a value that is no property: a row, to which entities are tied, and of which a place tells whether it is there. Data Aggregation §3.2.3.1 */
import { itemType } from '../model/item-type';
import type { Place } from '../url/ast';
import type { PlanContext, Scope } from './context';
import { keyOf } from './item-keys';
import type { Bound } from './plan';
import { at, wholeOf } from './position';

/** Such a value as a row that is made of its key, beside the one that the scope speaks of; others stay. */
export function asRow(context: PlanContext, { current }: Scope, value: Bound, place: Place): Bound {
  if (value.kind === 'null' || value.kind === 'property') return value;
  if (value.type.kind !== 'complex' || value.type.made !== 'entity') return value;
  const { type } = value;
  const keys: Bound = {
    kind: 'list',
    items: [keyOf(context, value, place)],
    type: { kind: 'collection', of: type },
    nullable: false,
  };
  const made = { row: current, keys };
  return wholeOf(at({ type: itemType(type), name: type.name, optional: true, isKeyed: true, made }), place);
}
