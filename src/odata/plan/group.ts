/** What rows are grouped by. Data Aggregation §3.2.3.1 */
import type { ComplexType, EntityType, Property } from '../model/model';
import type { Path, Place } from '../url/ast';
import { always } from './conditions';
import type { Again } from './members';
import type { Bound } from './plan';

/** What is left of a related entity, or of an object that is the value of a dynamic property. */
export type Untyped = NonNullable<ComplexType['made']>;

/** A collection that was added to an entity, all that its rows have as one value, and the row that `$it` stands for where that has a say in it. */
export interface MadeAgain extends Pick<Again, 'origin' | 'to'> {
  readonly content: () => Bound;
  readonly it: RowGroup | undefined;
}

/** A row: an entity, or what has parts. */
export type RowGroup = Exclude<Group, { kind: 'value' }>;

type EntityGroup = Extract<Group, { kind: 'entity' }>;

/** A key of the groups, by the name that it has in the rows; entities and complex values have parts. */
export type Group = (
  | {
      readonly kind: 'value';
      readonly name: string;
      readonly value: Bound;
      readonly declared: Property | undefined;
      readonly dynamic: boolean;
      /** No client sees it. */
      readonly hidden?: true;
    }
  | {
      readonly kind: 'parts';
      readonly name: string;
      readonly parts: readonly Group[];
      /** The type of a complex value; what else it is that has parts where none says so. */
      readonly type: ComplexType | Untyped;
      /** Null where there is no such entity. */
      readonly presence: Bound | undefined;
      readonly nullable: boolean;
      /** A computed value: its type goes out with it. */
      readonly dynamic?: boolean;
      /** The entity that it is left of is of this type, as far as paths say. */
      readonly entity?: EntityType | undefined;
    }
  /** An entity: it goes out whole, with what the request has added to it. */
  | {
      readonly kind: 'entity';
      readonly name: string;
      readonly target: EntityType;
      readonly key: readonly { readonly property: Property; readonly value: Bound }[];
      readonly added: readonly Group[];
      /** Collections among that which the entity alone decides. */
      readonly made: ReadonlyMap<string, MadeAgain>;
      /** The entity alone does not decide what was added to it: rows may say different things of one. */
      readonly isUneven: boolean;
      readonly nullable: boolean;
    }
) & {
  /** Where its path stands in the request. */
  readonly place: Place;
  /** The types behind which paths name it; undefined where some do without a cast. */
  readonly casts?: readonly EntityType[] | undefined;
  /** Where it is null, rows of other types have the name as another thing. */
  readonly ofOthers?: true;
  /** The paths of the request that lead to it and its parts. */
  readonly paths?: readonly Path[];
};

/** A group of the rows in which a value is the same, such as a condition: no client sees it. No other group has the number; names of requests have no space. */
export const hiddenGroup = (number: string, value: Bound, place: Place): Group => ({
  kind: 'value',
  name: ` ${number}`,
  value,
  declared: undefined,
  dynamic: true,
  hidden: true,
  place,
});

export type Hidden = Extract<Group, { kind: 'value' }> & { readonly hidden: true };

export const isHidden = (group: Group): group is Hidden => group.kind === 'value' && group.hidden === true;

/** Whether it is null by what the request says: it tells nothing apart, and stays that in the rows that come out. */
export const isNull = (group: Group): boolean =>
  group.kind === 'value' && group.value.kind === 'convert' && group.value.operand.kind === 'null';

/** The rows that have a say in collections of an entity. */
export const itsOf = ({ made }: EntityGroup): readonly RowGroup[] => [...made.values()].flatMap(({ it }) => it ?? []);

/** A group that is a row. */
export const asRow = (group: Group | undefined): RowGroup | undefined => (group?.kind === 'value' ? undefined : group);

/** What is made of an entity once more, with the rows that have a say in it as others. */
export const withIts = ({ made }: EntityGroup, change: (it: RowGroup) => Group): EntityGroup['made'] =>
  new Map(Array.from(made, ([name, { it, ...again }]) => [name, { ...again, it: it && asRow(change(it)) }]));

/** The values that tell groups apart. */
export function keysOf(groups: readonly Group[]): readonly Bound[] {
  return groups.flatMap((group): readonly Bound[] => {
    if (group.kind === 'value') return [group.value];
    if (group.kind === 'entity')
      return [...group.key.map(({ value }) => value), ...keysOf(group.added), ...keysOf(itsOf(group))];
    return [...keysOf(group.parts), ...(group.presence ? [group.presence] : [])];
  });
}

/** Not null wherever its parent is there. */
export function isCertain(group: Group): boolean {
  if (group.kind === 'value') return group.declared?.nullable === false && group.declared.type.kind !== 'collection';
  if (group.kind === 'entity') return !group.nullable;
  return !group.nullable && (group.presence === undefined || group.parts.some(isCertain));
}

/** A value that is null only where what has these parts is missing; undefined where there is none. */
export function certainValue(parts: readonly Group[]): Bound | undefined {
  for (const part of parts) {
    if (!isCertain(part)) continue;
    const [first] = part.kind === 'parts' ? [certainValue(part.parts)] : keysOf([part]);
    if (first) return first;
  }
  return undefined;
}

/** What tells whether something is there that has these parts, unless one of them does: `mark` where it may be missing; what lacks all parts is told by that. */
export const presenceBeside = (parts: readonly Group[], mark: Bound | undefined): Bound | undefined =>
  parts.some(isCertain) ? undefined : (mark ?? (parts.length === 0 ? always(true) : undefined));
