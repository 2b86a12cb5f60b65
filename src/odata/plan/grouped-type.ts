/** Groups as they come out: properties of a type made for them, and the values that they have then. Data Aggregation §3.2.3.1 */
import { booleanType, databaseType } from '../model/edm';
import { madeNavigation } from '../model/made-navigation';
import type { ColumnReference, NavigationProperty, Property } from '../model/model';
import { isNullable } from './coerce';
import { notImplemented, type PlanContext } from './context';
import { columnProperty, hiddenProperty, nestedProperty } from './derived-type';
import type { Group } from './group';
import type { Bound, Range } from './plan';
import { boundProperty } from './select';

/** The groups as properties and navigation properties of the rows that come out, their columns in the order of `keysOf`. */
interface GroupedType {
  readonly properties: readonly Property[];
  readonly navigations: readonly NavigationProperty[];
  readonly keys: readonly string[];
  readonly hidden: readonly ColumnReference[];
}

/** Gives each key a column. */
export function groupedType(context: PlanContext, groups: readonly Group[]): GroupedType {
  const keys: string[] = [];
  const next = (): string => {
    const name = context.nextColumn();
    keys.push(name);
    return name;
  };
  const property = (group: Exclude<Group, { kind: 'entity' }>): Property => {
    if (group.kind === 'value') return valueProperty(group, next());
    const parts = group.parts.map((part) => {
      if (part.kind === 'entity')
        throw notImplemented(`Grouping by the whole of '${group.name}/${part.name}'`, part.place);
      return property(part);
    });
    const presence = group.presence && { column: next(), databaseType: databaseType(booleanType) };
    const nested = nestedProperty(group.name, parts, group.nullable, group.type, presence);
    return group.dynamic === true ? { ...nested, dynamic: true } : nested;
  };
  const properties: Property[] = [];
  const navigations: NavigationProperty[] = [];
  const hidden: ColumnReference[] = [];
  for (const group of groups) {
    if (group.kind !== 'entity') {
      properties.push(property(group));
      continue;
    }
    const columns = group.key.map(({ property: { type } }) => ({ column: next(), databaseType: databaseType(type) }));
    hidden.push(...columns);
    navigations.push(
      keptNavigation(
        group,
        columns.map(({ column }) => column),
      ),
    );
  }
  return { properties, navigations, keys, hidden };
}

function valueProperty(
  { name, value, declared, dynamic }: Extract<Group, { kind: 'value' }>,
  column: string,
): Property {
  if (value.kind === 'null') throw new Error(`The group ${name} has a value`);
  return columnProperty({ name, column, type: value.type, nullable: isNullable(value), dynamic }, declared);
}

function keptNavigation(
  { name, target, key, nullable }: Extract<Group, { kind: 'entity' }>,
  columns: readonly string[],
): NavigationProperty {
  return madeNavigation({
    name,
    target,
    collection: false,
    nullable,
    join: key.flatMap(({ property: { source } }, index) =>
      source.kind === 'column' ? [{ column: columns[index] ?? '', targetColumn: source.column }] : [],
    ),
    owning: true,
  });
}

/** The groups again, their values now those of the rows that came out; `values` in the order of `keysOf`. */
export function regrouped(groups: readonly Group[], values: readonly Bound[]): readonly Group[] {
  const left = [...values];
  const next = (): Bound => left.shift() ?? { kind: 'null' };
  const again = (group: Group): Group => {
    if (group.kind === 'value') return { ...group, value: next() };
    if (group.kind === 'entity')
      return { ...group, key: group.key.map(({ property }) => ({ property, value: next() })) };
    const parts = group.parts.map(again);
    return { ...group, parts, presence: group.presence && next() };
  };
  return groups.map(again);
}

/** The values of the groups in the rows that came out, in the order of `keysOf`. */
export function groupValues(range: Range, groups: readonly Group[]): readonly Bound[] {
  const ofProperty = (property: Property): readonly Bound[] => {
    if (property.source.kind !== 'complex') return [boundProperty(range, property)];
    const { properties, presence } = property.source;
    return [
      ...[...properties.values()].flatMap(ofProperty),
      ...(presence ? [boundProperty(range, hiddenProperty(presence.column, booleanType))] : []),
    ];
  };
  return groups.flatMap((group) => {
    if (group.kind !== 'entity') {
      const property = range.type.properties.get(group.name);
      return property ? ofProperty(property) : [];
    }
    const { join = [] } = range.type.navigations.get(group.name) ?? {};
    return group.key.map(({ property }, index) =>
      boundProperty(range, { ...hiddenProperty(join[index]?.column ?? '', property.type), nullable: group.nullable }),
    );
  });
}
