/** A value that tells its type itself, as a member of the answer. JSON §4.6.3, §7.1 */
import type { Field } from '../plan/plan';
import { constant, sql, type Sql } from '../sql';
import { dynamicMember } from './dynamic';
import { valueJson } from './dynamic-json';
import { compileValue, type Environment } from './expression';
import { omitsNulls, type Representation } from './representation';
import { writtenOnce } from './written-once';

/** The member behind its type, as text; an object that stands alone is its members. Null is told, as of any property, unless the client wants none. */
export function untypedMember(
  environment: Environment,
  { name, value, isAlone }: Extract<Field, { kind: 'untyped' }>,
  representation: Representation,
): Sql {
  const key = constant(name, 'text');
  const nothing = omitsNulls(representation) ? sql`null` : sql`to_json(${key})::text || ':null'`;
  return writtenOnce(environment, [compileValue(environment, value)], ([held = sql`null`]) => {
    const found = sql`nullif(${held} -> ${key}, 'null')`;
    const member = sql`coalesce(${dynamicMember(held, key, found, representation, isAlone)}, ${nothing})`;
    if (!isAlone) return member;
    const members = sql`nullif(substring(${valueJson(sql`null`, found, representation)} from '^.(.*).$'), '')`;
    return sql`(case when jsonb_typeof(${found}) = 'object' then ${members} else ${member} end)`;
  });
}
