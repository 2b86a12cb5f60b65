/** What $select leaves of values that tell their types themselves: members of objects, also behind a cast. URL Conventions §5.1.4 */
import { DYNAMIC_TYPE, untyped } from '../model/edm';
import { constant, join, sql, type Sql } from '../sql';
import { hasOwn, type Chosen, type Part } from './chosen';
import { define } from './function-definition';
import { callOf } from './own-functions';
import type { Bound } from './plan';

/** What is left of a value, which stands under its name in an object of its own. */
export const heldPart = (name: string, held: Bound, part: Part): Bound =>
  isPartly(part) && held.kind !== 'null'
    ? callOf(partOf({ others: false, named: new Map([[name, part]]) }), [held], untyped, true)
    : held;

/** Whether something is left out. */
export const isPartly = (part: Part): boolean => !hasOwn(part) && !part.others;

const textOf = (name: string): Sql => constant(name, 'text');

const partOf = (chosen: Chosen) => define('part', ['any'], 'first', (value) => left(value, chosen));

/** Of an object the members that are named, of a collection that of its objects; nothing of another value. */
function left(value: Sql, chosen: Chosen): Sql {
  const ofObject = (object: Sql): Sql => {
    const members = join(membersOf(object, chosen), ' union all ');
    return sql`(select coalesce(jsonb_object_agg("m"."k", "m"."j"), '{}') from (${members}) "m"("k", "j") where "m"."j" is not null)`;
  };
  const items = sql`(select coalesce(jsonb_agg(${ofObject(sql`"i"."v"`)} order by "i"."n"), '[]') from jsonb_array_elements("o"."v") with ordinality "i"("v", "n") where jsonb_typeof("i"."v") = 'object')`;
  return sql`(select case jsonb_typeof("o"."v") when 'object' then ${ofObject(sql`"o"."v"`)} when 'array' then ${items} end from (select ${value} as "v") "o")`;
}

/** Each with its type, and the type of the object; those behind a cast where that is the type. */
function membersOf(object: Sql, { named }: Chosen): readonly Sql[] {
  const type = textOf(DYNAMIC_TYPE);
  const member = (name: string, value: Sql): Sql => sql`select ${textOf(name)}, ${value}`;
  return [
    member(DYNAMIC_TYPE, sql`${object} -> ${type}`),
    ...[...named].flatMap(([name, part]): readonly Sql[] => {
      if (hasOwn(part)) return [];
      if (name.includes('.')) {
        const members = part.others
          ? sql`select * from jsonb_each(${object})`
          : join(membersOf(object, part), ' union all ');
        return [sql`select * from (${members}) "c"("k", "j") where ${object} ->> ${type} = ${textOf(name)}`];
      }
      const value = sql`${object} -> ${textOf(name)}`;
      return [
        member(name, part.others ? value : left(value, part)),
        member(name + DYNAMIC_TYPE, sql`${object} -> ${textOf(name + DYNAMIC_TYPE)}`),
      ];
    }),
  ];
}
