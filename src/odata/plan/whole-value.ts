/** A complex value of a row, or what is left of an entity, as one value: all that it has tells it apart, entities that it leads to, too. URL Conventions §5.1.1.1.1 */
import { booleanType, untyped } from '../model/edm';
import type { Property } from '../model/model';
import { join, sql } from '../sql';
import { hiddenProperty } from './derived-type';
import type { FunctionDef } from './function-definition';
import { callOf, record } from './own-functions';
import type { Bound, BoundProperty } from './plan';

/** A value that a row holds as a record of its parts; null where there is none. */
export function wholeValue(value: BoundProperty): Bound {
  const of = (properties: readonly Property[]): readonly Bound[] =>
    properties.map((property) => ({ ...value, property, type: property.type, nullable: true }));
  const marks = of(marksOf(value));
  const parts = of(partsOf(value.property));
  return marks.length === 0
    ? callOf(record, parts, value.type, false)
    : callOf(recordWhere(marks.length), [...marks, ...parts], value.type, true);
}

/** The first operands say whether there is a value: one of them is not null then. */
export const recordWhere = (marks: number): FunctionDef => ({
  ...record,
  sql: (operands, types) => {
    const isThere = operands.slice(0, marks).map((mark) => sql`${mark.sql} is not null`);
    return sql`(case when ${join(isThere, ' or ')} then ${record.sql(operands.slice(marks), types)} end)`;
  },
});

/** The single values and collections that it consists of, and of values within it whether they are there. */
const partsOf = ({ source }: Property): readonly Property[] =>
  source.kind === 'complex'
    ? [
        ...[...source.properties.values()].flatMap((part) =>
          part.source.kind === 'complex' ? [...partsOf(part), ...presenceOf(part)] : [stored(part)],
        ),
        ...[...(source.navigations?.values() ?? [])].flatMap(({ join: pairs }) =>
          pairs.map(({ column }) => hiddenProperty(column, untyped)),
        ),
      ]
    : [];

/** A dynamic value with its type, as it is stored. */
const stored = (part: Property): Property =>
  part.source.kind === 'dynamic' ? hiddenProperty(part.source.column, untyped) : part;

const presenceOf = ({ source }: Property): readonly Property[] => {
  if (source.kind !== 'complex' || !source.presence) return [];
  return [hiddenProperty(source.presence.column, booleanType)];
};

/** One of these is not null where the value is there; nothing where it always is. */
function marksOf({ property, navigations, range }: BoundProperty): readonly Property[] {
  if (property.nullable) {
    const presence = presenceOf(property);
    return presence.length > 0 ? presence : partsOf(property);
  }
  const last = navigations.at(-1);
  const [key] = (last?.target ?? range.type).key;
  return key && (last ?? range.optional) ? [key] : [];
}
