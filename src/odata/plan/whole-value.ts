/** A complex value as one value, equal to another where all their parts are. URL Conventions §5.1.1.1.1 */
import { booleanType } from '../model/edm';
import type { Property } from '../model/model';
import { join, sql } from '../sql';
import { hiddenProperty } from './derived-type';
import type { FunctionDef } from './function-definition';
import type { Bound, BoundProperty } from './plan';

/** The value as a record of its parts; null where there is none. */
export function wholeValue(value: BoundProperty): Bound {
  const of = (properties: readonly Property[]): readonly Bound[] =>
    properties.map((property) => ({ ...value, property, type: property.type, nullable: true }));
  const marks = of(marksOf(value));
  return {
    kind: 'call',
    definition: marks.length === 0 ? recordOf : recordWhere(marks.length),
    arguments: [...marks, ...of(partsOf(value.property))],
    type: value.type,
    nullable: marks.length > 0,
  };
}

const recordOf: FunctionDef = {
  name: 'record',
  parameters: [],
  result: 'first',
  sql: (parts) =>
    sql`row(${join(
      parts.map((part) => part.sql),
      ', ',
    )})`,
};

/** The first operands say whether there is a value: one of them is not null then. */
const recordWhere = (marks: number): FunctionDef => ({
  ...recordOf,
  sql: (operands, types) => {
    const isThere = operands.slice(0, marks).map((mark) => sql`${mark.sql} is not null`);
    return sql`(case when ${join(isThere, ' or ')} then ${recordOf.sql(operands.slice(marks), types)} end)`;
  },
});

/** The single values and collections that it consists of, and of values within it whether they are there. */
const partsOf = ({ source }: Property): readonly Property[] =>
  source.kind === 'complex'
    ? [...source.properties.values()].flatMap((part) =>
        part.source.kind === 'complex' ? [...partsOf(part), ...presenceOf(part)] : [part],
      )
    : [];

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
