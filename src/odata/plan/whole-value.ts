/** A complex value of a row, or what is left of an entity, as one value: all that it has tells it apart, entities that it leads to, too. URL Conventions §5.1.1.1.1 */
import { booleanType, edm, numericRank, typeName, untyped } from '../model/edm';
import { rootType } from '../model/inheritance';
import type { NavigationProperty, Property } from '../model/model';
import { join, sql } from '../sql';
import { hiddenProperty } from './derived-type';
import type { FunctionDef } from './function-definition';
import { asJson, callOf, record } from './own-functions';
import type { Bound, BoundProperty } from './plan';

/** A value that a row holds as a record of its parts, values within it as records of theirs; null where there is none. */
export function wholeValue(value: BoundProperty): Bound {
  const marks = marksOf(value).map((mark) => partAt(value, mark));
  const parts = wholeParts(value);
  return marks.length === 0
    ? callOf(record, parts, value.type, false)
    : callOf(recordWhere(marks.length), [...marks, ...parts], value.type, true);
}

/** The parts as such values, by their names: where one is null it tells no more. */
export function wholeParts(value: BoundProperty): readonly Bound[] {
  const { source } = value.property;
  if (source.kind !== 'complex') return [];
  const { properties, navigations = new Map<string, NavigationProperty>() } = source;
  const entities = [...navigations.values()].map(({ name, target, join: pairs }) => ({
    name,
    whole: marked(
      rootType(target).name,
      pairs.map(({ column }) => partAt(value, hiddenProperty(column, untyped))),
    ),
  }));
  const parts = [...properties.values()].map((part) => ({
    name: part.name,
    whole: wholeOrItself(partAt(value, stored(part))),
  }));
  return [...parts, ...entities].sort(byName).map(({ whole }) => whole);
}

const partAt = (value: BoundProperty, property: Property): BoundProperty => ({
  ...value,
  property,
  type: property.type,
  nullable: true,
});

/** The same of a complex value; another one stays. What is left of an entity has its kind with it, so that it is the same wherever it is null. */
function wholeOrItself(value: BoundProperty): Bound {
  const { source } = value.property;
  if (source.kind !== 'complex') return value;
  const whole = wholeValue(value);
  return isLeftOver(value.property) ? marked(partsText(source), [callOf(asJson, [whole], untyped, true)]) : whole;
}

/** Whether no type says what it consists of. */
const isLeftOver = ({ type }: Property): boolean => type.kind === 'complex' && type.made !== undefined;

/** A key with what it is the key of, as one value; null where its first part is. */
export function marked(kind: string, key: readonly Bound[]): Bound {
  const [first] = key;
  if (!first || first.kind === 'null') return { kind: 'null' };
  const mark: Bound = { kind: 'value', slot: () => kind, type: edm('Edm.String'), nullable: false };
  return callOf(asJson, [callOf(recordWhere(1), [first, mark, ...key], untyped, true)], untyped, true);
}

/** What consists of the same has the same: the names of all that it has, with their types. */
export const partsText = ({ properties, navigations }: Parts): string =>
  [
    ...[...properties.values()].map((property) => ({ name: property.name, text: partText(property) })),
    ...[...(navigations?.values() ?? [])].map(({ name }) => ({ name, text: '()' })),
  ]
    .sort(byName)
    .map(({ name, text }) => `${name} ${text}`)
    .join();

function partText(property: Property): string {
  const { type, source } = property;
  if (source.kind === 'complex') return isLeftOver(property) ? '()' : `(${partsText(source)})`;
  return numericRank(type) > 0 ? 'number' : typeName(type);
}

/** What has parts: a type, or a complex value. */
export interface Parts {
  readonly properties: ReadonlyMap<string, Property>;
  readonly navigations?: ReadonlyMap<string, NavigationProperty>;
}

/** Members in the order of their names. */
export const byNames = <T extends { readonly name: string }>(
  members: ReadonlyMap<string, T> = new Map(),
): readonly T[] => [...members.values()].sort(byName);

type Named = Pick<Property, 'name'>;

const byName = (one: Named, other: Named): number => (one.name < other.name ? -1 : 1);

/** The first operands say whether there is a value: one of them is not null then. */
export const recordWhere = (marks: number): FunctionDef => ({
  ...record,
  sql: (operands, types) => {
    const isThere = operands.slice(0, marks).map((mark) => sql`${mark.sql} is not null`);
    return sql`(case when ${join(isThere, ' or ')} then ${record.sql(operands.slice(marks), types)} end)`;
  },
});

/** What it consists of. */
const partsOf = ({ source }: Property): readonly Property[] =>
  source.kind === 'complex'
    ? [
        ...[...source.properties.values()].map(stored),
        ...[...(source.navigations?.values() ?? [])].flatMap(({ join: pairs }) =>
          pairs.map(({ column }) => hiddenProperty(column, untyped)),
        ),
      ]
    : [];

/** A dynamic value with its type, as it is stored. */
const stored = (part: Property): Property =>
  part.source.kind === 'dynamic' ? hiddenProperty(part.source.column, untyped) : part;

/** One of these is not null where a value that may be null is there. */
const presenceOf = (property: Property): readonly Property[] =>
  property.source.kind === 'complex' && property.source.presence
    ? [hiddenProperty(property.source.presence.column, booleanType)]
    : partsOf(property).flatMap((part) => (part.source.kind === 'complex' ? presenceOf(part) : [part]));

/** The same of the value; nothing where it always is. */
function marksOf({ property, navigations, range }: BoundProperty): readonly Property[] {
  if (property.nullable) return presenceOf(property);
  const last = navigations.at(-1);
  const [key] = (last?.target ?? range.type).key;
  return key && (last ?? range.optional) ? [key] : [];
}
