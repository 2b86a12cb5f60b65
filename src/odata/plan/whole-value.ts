/** A complex value of a row, or what is left of an entity, as one value: all that it has tells it apart, entities that it leads to, too. URL Conventions §5.1.1.1.1 */
import { booleanType, edm, numericRank, typeName, untyped } from '../model/edm';
import { rootType } from '../model/inheritance';
import type { EdmType, NavigationProperty, Property } from '../model/model';
import { join, sql } from '../sql';
import { hiddenProperty } from './derived-type';
import type { FunctionDef } from './function-definition';
import { asJson, callOf, record } from './own-functions';
import type { Bound, BoundProperty } from './plan';

/** A value that a row holds as a record of its parts, values within it as records of theirs; null where there is none. */
export const wholeValue = (value: BoundProperty): Bound =>
  recordOf(
    marksOf(value),
    partsWithin(value).map(({ whole }) => whole),
    value.type,
  );

/** Values as one, null where all marks are; where there are none it is always there. */
export const recordOf = (marks: readonly Bound[], values: readonly Bound[], type: EdmType = untyped): Bound =>
  marks.length === 0
    ? callOf(record, values, type, false)
    : callOf(recordWhere(marks.length), [...marks, ...values], type, true);

/** A name of what tells a value or a row apart: what has the same names has the same texts of them, and is the same where `whole` is. */
export interface WholePart {
  readonly name: string;
  readonly text: string;
  readonly whole: Bound;
}

/** The parts as such values, or as what `wholeOf` makes of them, by their names: where one is null it tells no more. */
export function partsWithin(value: BoundProperty, wholeOf = wholeOrItself): readonly WholePart[] {
  const { source } = value.property;
  if (source.kind !== 'complex') return [];
  const { properties, navigations = new Map<string, NavigationProperty>() } = source;
  const entities = [...navigations.values()].map(({ name, target, join: pairs }) => ({
    name,
    text: '()',
    whole: marked(
      rootType(target).name,
      pairs.map(({ column }) => partAt(value, hiddenProperty(column, untyped))),
    ),
  }));
  const parts = [...properties.values()].map((part) => ({
    name: part.name,
    text: partText(part),
    whole: wholeOf(partAt(value, stored(part))),
  }));
  return [...parts, ...entities].sort(inNames);
}

const partAt = (value: BoundProperty, property: Property): BoundProperty => ({
  ...value,
  property,
  type: property.type,
  nullable: true,
});

/** A complex value as such a record; another one stays. What is left of an entity has its kind with it, so that it is the same wherever it is null. */
function wholeOrItself(value: BoundProperty): Bound {
  const { source } = value.property;
  if (source.kind !== 'complex') return value;
  const whole = wholeValue(value);
  return isLeftOver(value.property) ? marked(partsText(source), [callOf(asJson, [whole], untyped, true)]) : whole;
}

/** Whether no type says what it consists of. */
export const isLeftOver = ({ type }: Pick<Property, 'type'>): boolean =>
  type.kind === 'complex' && type.made !== undefined;

/** A key with what it is the key of, as one value; null where its first part is. */
export function marked(kind: string, key: readonly Bound[]): Bound {
  const [first] = key;
  if (!first || first.kind === 'null') return { kind: 'null' };
  const mark: Bound = { kind: 'value', slot: () => kind, type: edm('Edm.String'), nullable: false };
  return callOf(asJson, [callOf(recordWhere(1), [first, mark, ...key], untyped, true)], untyped, true);
}

/** What consists of the same has the same: the names of all that it has, with their types. */
export const partsText = ({ properties, navigations }: Parts): string =>
  textOf([
    ...[...properties.values()].map((property) => ({ name: property.name, text: partText(property) })),
    ...[...(navigations?.values() ?? [])].map(({ name }) => ({ name, text: '()' })),
  ]);

/** The same of such names. */
export const textOf = (parts: readonly Pick<WholePart, 'name' | 'text'>[]): string =>
  [...parts]
    .sort(inNames)
    .map(({ name, text }) => `${name} ${text}`)
    .join();

/** The text of a name by what it stands for. */
export const partText = (property: Pick<Property, 'type' | 'source'>): string =>
  property.source.kind !== 'complex'
    ? typeText(property.type)
    : isLeftOver(property)
      ? '()'
      : `(${partsText(property.source)})`;

export const typeText = (type: EdmType): string => (numericRank(type) > 0 ? 'number' : typeName(type));

/** What has parts: a type, or a complex value. */
export interface Parts {
  readonly properties: ReadonlyMap<string, Property>;
  readonly navigations?: ReadonlyMap<string, NavigationProperty>;
}

type Named = Pick<Property, 'name'>;

export const inNames = (one: Named, other: Named): number => (one.name < other.name ? -1 : 1);

/** The first operands say whether there is a value: one of them is not null then. */
const recordWhere = (marks: number): FunctionDef => ({
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

/** The same in the row that has the value; none where it always is there. */
export function marksOf(value: BoundProperty): readonly Bound[] {
  const { property, navigations, range } = value;
  if (property.nullable) return presenceOf(property).map((mark) => partAt(value, mark));
  const last = navigations.at(-1);
  const [key] = (last?.target ?? range.type).key;
  return key && (last ?? range.optional) ? [partAt(value, key)] : [];
}
