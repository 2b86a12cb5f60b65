/** Groups in columns of a variable of their own, for rows that have them as no properties. Data Aggregation §3.2.3.1 */
import { booleanType } from '../model/edm';
import { typeOf } from './coerce';
import type { PlanContext } from './context';
import { derivedType, hiddenProperty } from './derived-type';
import { keysOf, type Group } from './group';
import { groupedType, type GroupedMembers } from './grouped-type';
import type { Range } from './plan';
import type { Column } from './rows';

interface GroupsInColumns {
  readonly range: Range;
  readonly columns: readonly Column[];
  /** All groups but single values. */
  readonly all: GroupedMembers;
  /** Those to which the request has added something. */
  readonly members: GroupedMembers;
}

/** The columns, and the groups as members of the rows. */
export function inColumns(context: PlanContext, groups: readonly Group[]): GroupsInColumns {
  const { keys, hidden, properties, navigations, members } = groupedType(context, groups);
  const values = keysOf(groups);
  const columns = keys.map((column, index) => {
    const value = values[index] ?? { kind: 'null' as const };
    return { property: hiddenProperty(column, typeOf(value) ?? booleanType), value };
  });
  const range: Range = { type: derivedType({ name: '', properties, navigations, hidden }), name: '' };
  const none: GroupedMembers = { entities: [], values: [], held: [] };
  const entities = navigations.map((navigation) => ({ navigation, properties: [], made: new Map(), ...none }));
  const plain = properties.flatMap((property) =>
    property.source.kind !== 'complex' || members.values.some((one) => one.property === property)
      ? []
      : [{ property, ...none }],
  );
  const all = { ...members, entities: [...entities, ...members.entities], values: [...plain, ...members.values] };
  return { range, columns, all, members };
}
