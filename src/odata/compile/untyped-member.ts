/** A dynamic property that rows are grouped by, as a member of the answer. JSON §4.6.3, §7.1 */
import { untyped } from '../model/edm';
import type { Field } from '../plan/plan';
import { hiddenProperty } from '../plan/derived-type';
import { constant, sql, type Sql } from '../sql';
import { dynamicMember } from './dynamic';
import { compileValue, type Environment } from './expression';
import { omitsNulls, type Representation } from './representation';

/** The member behind its type, as text. Null is told, as of any property, unless the client wants none. */
export function untypedMember(
  environment: Environment,
  { name, value }: Extract<Field, { kind: 'untyped' }>,
  representation: Representation,
): Sql {
  const { source } = value.property;
  if (source.kind !== 'dynamic') throw new Error(`The type of ${name} is known`);
  const held = compileValue(environment, { ...value, property: hiddenProperty(source.column, untyped) });
  const key = constant(name, 'text');
  const nothing = omitsNulls(representation) ? sql`null` : sql`to_json(${key})::text || ':null'`;
  const found = compileValue(environment, value);
  return sql`coalesce(${dynamicMember(held, key, found, representation)}, ${nothing})`;
}
