/** A complex value of a row, or what is left of an entity, as one value: all that it has tells it apart, entities that it leads to, too. URL Conventions §5.1.1.1.1 */
import { booleanType, untyped } from '../model/edm';
import type { Property } from '../model/model';
import { join, sql } from '../sql';
import { hiddenProperty } from './derived-type';
import type { FunctionDef } from './function-definition';
import { callOf, record } from './own-functions';
import type { Bound, BoundProperty } from './plan';

/** A value that a row holds as a record of its parts, values within it as records of theirs; null where there is none. */
export function wholeValue(value: BoundProperty): Bound {
  const marks = marksOf(value).map((mark) => partAt(value, mark));
  const parts = wholeParts(value);
  return marks.length === 0
    ? callOf(record, parts, value.type, false)
    : callOf(recordWhere(marks.length), [...marks, ...parts], value.type, true);
}

/** The parts as such values. */
export const wholeParts = (value: BoundProperty): readonly Bound[] =>
  partsOf(value.property).map((part) => wholeOrItself(partAt(value, part)));

const partAt = (value: BoundProperty, property: Property): BoundProperty => ({
  ...value,
  property,
  type: property.type,
  nullable: true,
});

/** The same of a complex value; another one stays. */
export const wholeOrItself = (value: BoundProperty): Bound =>
  value.property.source.kind === 'complex' ? wholeValue(value) : value;

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
