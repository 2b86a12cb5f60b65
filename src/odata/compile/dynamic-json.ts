/** The JSON of values whose types nothing declares: what is kept of the types within goes out as the client reads it. JSON §3.1, §3.2, §4.6.3, §7.5 */
import { DYNAMIC_TYPE } from '../model/edm';
import { literal, sql, type Sql } from '../sql';
import type { Representation } from './representation';

/** The name of a type as control information. A client of 4.01 has no mark before the primitive ones of the standard. JSON §4.6.3 */
export const marked = (name: Sql, { prefix }: Representation): Sql =>
  prefix === '@odata.'
    ? sql`('#' || (${name}))`
    : sql`((case when (${name}) ~ '[.(]' then '#' else '' end) || (${name}))`;

/** The JSON of a value of the type that is known of it: as it is stored, unless something within tells its type. What JavaScript would round is a text where the client asks for it. */
export function valueJson(known: Sql, value: Sql, representation: Representation): Sql {
  const { ieee754 } = representation;
  // Within a text the quote would stand behind a backslash.
  const tells = sql`"u"."j"::text like ${literal(`%${DYNAMIC_TYPE}": "%`)}`;
  const isOther = ieee754 ? sql`(${tells} or "u"."t" in ('Collection(Int64)', 'Collection(Decimal)'))` : tells;
  const single = scalarJson(sql`"u"."j"`, sql`"u"."t"`, representation);
  return sql`(select case when jsonb_typeof("u"."j") in ('array', 'object') and ${isOther} then ${treeJson(representation)} else ${single} end from (select ${value} as "j", ${known} as "t") "u")`;
}

/** A value that is no array and no object. */
const scalarJson = (value: Sql, type: Sql, { ieee754 }: Representation): Sql =>
  ieee754
    ? sql`(case when ${type} in ('Int64', 'Decimal') and jsonb_typeof(${value}) = 'number' then to_json(${value} #>> '{}')::text else ${value}::text end)`
    : sql`${value}::text`;

/**
 * The value member by member, each behind its place `p`: what opens it, and what closes it behind the last one. `t` is its type where it is known, `q` whether
 * what it stands in tells it: members of an object of a declared type, and items of a collection of one.
 */
function treeJson(representation: Representation): Sql {
  const { metadata, prefix } = representation;
  const isValue = sql`"e"."k" not like '%@%'`;
  const ofOwn = sql`("e"."k" = ${literal(DYNAMIC_TYPE)} or "n"."t" is null)`;
  const shown =
    metadata === 'full' ? sql`true` : metadata === 'none' ? isValue : sql`(${isValue} or (not "n"."q" and ${ofOwn}))`;
  const members = sql`select row_number() over (order by split_part("e"."k", '@', 1) collate "C", ${isValue}), "e"."k", "e"."j", coalesce("n"."j" ->> ("e"."k" || ${literal(DYNAMIC_TYPE)}), "e"."j" ->> ${literal(DYNAMIC_TYPE)}) from jsonb_each(case when jsonb_typeof("n"."j") = 'object' then "n"."j" end) "e"("k", "j") where ${shown}`;
  const items = sql`select "e"."n", null, "e"."j", coalesce(substring("n"."t" from '^Collection\\((.*)\\)$'), "e"."j" ->> ${literal(DYNAMIC_TYPE)}) from jsonb_array_elements(case when jsonb_typeof("n"."j") = 'array' then "n"."j" end) with ordinality "e"("j", "n")`;
  const first = sql`select '{}'::int8[], null::text, "u"."j", coalesce("u"."t", "u"."j" ->> ${literal(DYNAMIC_TYPE)}), false`;
  const next = sql`select "n"."p" || "c"."n", "c"."k", "c"."j", "c"."t", "n"."q" or "n"."t" is not null from "n" cross join lateral (${members} union all ${items}) "c"("n", "k", "j", "t")`;
  const name = sql`to_json(replace("n"."k", ${literal(DYNAMIC_TYPE)}, ${literal(`${prefix}type`)}))::text || ':'`;
  const value = sql`case when "n"."k" like '%@%' then to_json(${marked(sql`"n"."j" #>> '{}'`, representation)})::text else case jsonb_typeof("n"."j") when 'object' then '{' when 'array' then '[' else ${scalarJson(sql`"n"."j"`, sql`"n"."t"`, representation)} end end`;
  const opening = sql`select "n"."p", case when "n"."p"[cardinality("n"."p")] > 1 then ',' else '' end || coalesce(${name}, '') || ${value} from "n"`;
  const closing = sql`select "n"."p" || 9223372036854775807, case jsonb_typeof("n"."j") when 'object' then '}' else ']' end from "n" where jsonb_typeof("n"."j") in ('object', 'array')`;
  return sql`(with recursive "n"("p", "k", "j", "t", "q") as (${first} union all ${next}) select string_agg("s"."s", '' order by "s"."p") from (${opening} union all ${closing}) "s"("p", "s"))`;
}
