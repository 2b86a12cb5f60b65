/** Groups as they come out: properties of a type made for them, and the values that they have then. Data Aggregation §3.2.3.1 */
import { booleanType, columnsOf, complexItems, databaseType, untyped } from '../model/edm';
import { madeNavigation } from '../model/made-navigation';
import type { ColumnReference, NavigationProperty, Property } from '../model/model';
import { isNullable, typeOf } from './coerce';
import type { PlanContext } from './context';
import { byName, columnProperty, dynamicColumn, hiddenProperty, nestedProperty, type Parts } from './derived-type';
import { isHidden, isNull, withIts, type Group, type Hidden, type RowGroup } from './group';
import type { Again } from './members';
import type { Bound, Range } from './plan';
import { boundProperty } from './select';
import { structureOf } from './structures';

/** The groups as properties and navigation properties of the rows that come out, their columns in the order of `keysOf`. */
interface GroupedType extends Parts {
  readonly keys: readonly string[];
  readonly hidden: readonly ColumnReference[];
  /** The columns of groups that no client sees, by their names. */
  readonly unseen: ReadonlyMap<string, string>;
  readonly members: GroupedMembers;
}

/** Groups to which the request has added something: no type can have them. */
export interface GroupedMembers {
  readonly entities: readonly GroupedEntity[];
  readonly values: readonly GroupedValue[];
  /** Collections of complex values that the request has added: a column that no client sees holds the keys. */
  readonly held: readonly Property[];
}

/** An entity as a group, and what was added to it: columns of the row that no client sees. */
export interface GroupedEntity extends GroupedMembers {
  readonly navigation: NavigationProperty;
  readonly properties: readonly Property[];
  /** How collections are made of it again, and the row that has a say in them. */
  readonly made: ReadonlyMap<string, Pick<Again, 'to'> & { readonly it: GroupedEntity | GroupedValue | undefined }>;
}

type Entity = Extract<Group, { kind: 'entity' }>;

/** What has such entities among its parts. */
export interface GroupedValue extends GroupedMembers {
  readonly property: Property;
}

interface GroupedParts extends Parts {
  readonly members: GroupedMembers;
}

/** Gives each key a column. */
export function groupedType(context: PlanContext, groups: readonly Group[]): GroupedType {
  const columns = new Columns(context);
  return { ...columns.structure(groups), keys: columns.keys, hidden: columns.hidden, unseen: columns.unseen };
}

/** The columns of groups. */
class Columns {
  readonly keys: string[] = [];
  readonly hidden: ColumnReference[] = [];
  readonly unseen = new Map<string, string>();

  constructor(private readonly context: PlanContext) {}

  /** What is part of a value that may be null may be missing, too. */
  structure(parts: readonly Group[], isOptional = false): GroupedParts {
    const values: GroupedValue[] = [];
    const navigations: NavigationProperty[] = [];
    const entities: GroupedEntity[] = [];
    const held: Property[] = [];
    for (const group of parts)
      if (isHidden(group)) this.hide(group);
      else if (isHeld(group)) held.push(castsIn(group, valueProperty(group, this.next())));
      else if (group.kind !== 'entity') values.push(this.value(group, isOptional));
      else if (group.added.length + group.made.size > 0) entities.push(this.entity(group, isOptional));
      else navigations.push(this.navigation(group, isOptional));
    const properties = values.map(({ property }) => property);
    this.hidden.push(...held.flatMap(columnsOf));
    const withMembers = values.filter((one) => one.entities.length + one.values.length + one.held.length > 0);
    return { properties, navigations, members: { entities, values: withMembers, held } };
  }

  private next(): string {
    const name = this.context.nextColumn();
    this.keys.push(name);
    return name;
  }

  private value(group: Exclude<Group, { kind: 'entity' }>, isOptional: boolean): GroupedValue {
    if (group.kind === 'value') return { property: castsIn(group, valueProperty(group, this.next())), ...none };
    const { members, properties, navigations } = this.structure(group.parts, isOptional || group.nullable);
    const added = members.entities.map(({ navigation: one }) => one);
    const parts = { properties, navigations: [...navigations, ...added] };
    const presence = group.presence && { column: this.next(), databaseType: databaseType(booleanType) };
    const type =
      typeof group.type === 'string' ? group.type : structureOf(this.context, group.type, byName(properties));
    const nested = nestedProperty(group.name, parts, group.nullable, type, { presence, entity: group.entity });
    const property = castsIn(group, nested);
    return { property: group.dynamic === true ? { ...property, dynamic: true } : property, ...members };
  }

  private navigation(group: Entity, isOptional: boolean): NavigationProperty {
    const columns = group.key.map(({ property: { type } }) => ({
      column: this.next(),
      databaseType: databaseType(type),
    }));
    this.hidden.push(...columns);
    const kept = keptNavigation(
      { ...group, nullable: isOptional || group.nullable },
      columns.map(({ column }) => column),
    );
    return castsIn(group, kept);
  }

  private entity(group: Entity, isOptional: boolean): GroupedEntity {
    const kept = this.navigation(group, isOptional);
    const { properties, navigations, members } = this.structure(group.added, true);
    this.hidden.push(...properties.flatMap(columnsOf));
    const plain = navigations.map((one) => ({ navigation: one, properties: [], made: new Map(), ...none }));
    const made = [...group.made].map(([name, { to, it }]) => [name, { to, it: it && this.row(it) }] as const);
    return {
      navigation: kept,
      properties,
      made: new Map(made),
      ...members,
      entities: [...plain, ...members.entities],
    };
  }

  private row(group: RowGroup): GroupedEntity | GroupedValue {
    if (group.kind === 'entity') return this.entity(group, true);
    const found = this.value(group, true);
    this.hidden.push(...columnsOf(found.property));
    return found;
  }

  private hide({ name, value: of }: Hidden): void {
    const column = this.next();
    this.unseen.set(name, column);
    this.hidden.push({ column, databaseType: databaseType(typeOf(of) ?? booleanType) });
  }
}

const castsIn = <T extends object>({ casts, ofOthers }: Group, kept: T): T =>
  casts ? { ...kept, casts, ...(ofOthers && { ofOthers }) } : kept;

const none: GroupedMembers = { entities: [], values: [], held: [] };

/** A collection of complex values that no type declares, by the keys. */
const isHeld = (group: Group): group is Extract<Group, { kind: 'value' }> =>
  group.kind === 'value' && !group.declared && complexItems({ type: typeOf(group.value) ?? untyped }) !== undefined;

function valueProperty(group: Extract<Group, { kind: 'value' }>, column: string): Property {
  const { name, value, declared, dynamic } = group;
  if (value.kind === 'null') throw new Error(`The group ${name} has a value`);
  if (value.type === untyped) return dynamicColumn(name, column);
  const property = columnProperty({ name, column, type: value.type, nullable: isNullable(value), dynamic }, declared);
  return isNull(group) ? { ...property, isNull: true } : property;
}

function keptNavigation({ name, target, key, nullable }: Entity, columns: readonly string[]): NavigationProperty {
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
  const keyAgain = ({ key }: Entity): Entity['key'] => key.map(({ property }) => ({ property, value: next() }));
  const again = (group: Group): Group => {
    if (group.kind === 'value') {
      const value = next();
      return isNull(group) ? group : { ...group, value };
    }
    if (group.kind === 'entity') {
      const [key, added] = [keyAgain(group), group.added.map(again)];
      return { ...group, key, added, made: withIts(group, again) };
    }
    const parts = group.parts.map(again);
    return { ...group, parts, presence: group.presence && next() };
  };
  return groups.map(again);
}

/** The values of the groups in the rows that came out, in the order of `keysOf`. */
export const groupValues = (
  range: Range,
  groups: readonly Group[],
  { members, unseen }: Pick<GroupedType, 'members' | 'unseen'>,
): readonly Bound[] => valuesIn(range, { ...range.type, members, unseen }, groups);

/** The key of an entity to which a navigation property of the rows leads. */
const keyIn = (range: Range, { key }: Entity, navigation: NavigationProperty | undefined): readonly Bound[] =>
  key.map(({ property }, index) => {
    const { join = [], nullable = true } = navigation ?? {};
    return boundProperty(range, { ...hiddenProperty(join[index]?.column ?? '', property.type), nullable });
  });

/** Where groups are found in the rows that came out. */
interface Found {
  readonly properties?: ReadonlyMap<string, Property>;
  readonly navigations?: ReadonlyMap<string, NavigationProperty>;
  readonly members?: GroupedMembers | undefined;
  readonly unseen?: ReadonlyMap<string, string>;
}

/** The same of a row that has a say in what is made of an entity. */
function rowIn(range: Range, group: RowGroup, found: GroupedEntity | GroupedValue | undefined): readonly Bound[] {
  if (!found) return [];
  if ('navigation' in found) return valuesIn(range, { members: { ...none, entities: [found] } }, [group]);
  const { property, ...members } = found;
  const properties = new Map([[property.name, property]]);
  return valuesIn(range, { properties, members: { ...none, values: [{ property, ...members }] } }, [group]);
}

/** The same of the groups that are parts of a value within them. */
function valuesIn(
  range: Range,
  { properties, navigations, members = none, unseen }: Found,
  groups: readonly Group[],
): readonly Bound[] {
  return groups.flatMap((group): readonly Bound[] => {
    if (isHidden(group)) {
      const type = typeOf(group.value) ?? booleanType;
      return [boundProperty(range, hiddenProperty(unseen?.get(group.name) ?? '', type))];
    }
    if (group.kind === 'entity') {
      const entity = members.entities.find(({ navigation: { name } }) => name === group.name);
      const key = keyIn(range, group, entity?.navigation ?? navigations?.get(group.name));
      if (!entity) return key;
      const own = new Map(entity.properties.map((property) => [property.name, property] as const));
      const its = [...group.made].flatMap(([name, { it }]) => (it ? rowIn(range, it, entity.made.get(name)?.it) : []));
      return [...key, ...valuesIn(range, { properties: own, members: entity }, group.added), ...its];
    }
    const property = properties?.get(group.name) ?? members.held.find(({ name }) => name === group.name);
    if (!property) throw new Error(`The rows have no ${group.name}`);
    const { source } = property;
    if (source.kind === 'dynamic') return [boundProperty(range, hiddenProperty(source.column, untyped))];
    if (source.kind !== 'complex' || group.kind === 'value') return [boundProperty(range, property)];
    const { presence } = source;
    return [
      ...valuesIn(range, { ...source, members: members.values.find((one) => one.property === property) }, group.parts),
      ...(presence ? [boundProperty(range, hiddenProperty(presence.column, booleanType))] : []),
    ];
  });
}
