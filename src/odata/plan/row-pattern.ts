/**
 * An ECMAScript pattern that a row has, as PostgreSQL's: translated by PostgreSQL itself, token by token, with the tables that serve patterns of the
 * request. What needs more than one token to be translated (properties of Unicode, back references) is not in it. URL Conventions §5.1.1.7.1
 */
import { CLASS_ATOM, TOKEN } from '../model/pattern-tokens';
import { constant, literal, sql, trusted, type Sql } from '../sql';
import {
  boundaries,
  controls,
  namedSets,
  notLineEnd,
  SYNTAX,
  writtenMembers,
  writtenSet,
  type CharacterSet,
} from './character-set';
import { BOUNDARY_SIZE, MAX_SIZE, MAX_TIMES } from './pattern-cost';

const mapped = <T, R>(of: Readonly<Record<string, T>>, key: (name: string) => string, value: (each: T) => R) =>
  Object.fromEntries(Object.entries(of).map(([name, each]) => [key(name), value(each)]));

const escape = (letter: string): string => `\\${letter}`;
const everything: CharacterSet = [[0, 0x10ffff]];

const jsonOf = (value: unknown): Sql => constant(JSON.stringify(value), 'jsonb');
const textOf = (value: string): Sql => constant(value, 'text');
const number = (value: number): Sql => trusted(String(value));

/** Tokens that always become the same. */
const fixed = jsonOf({
  ...mapped(namedSets, escape, writtenSet),
  ...boundaries,
  '.': writtenSet(notLineEnd),
  '[]': writtenSet([]),
  '[^]': writtenSet(everything),
});
/** The same within a class. */
const members = jsonOf(mapped(namedSets, escape, writtenMembers));
const points = jsonOf(mapped(controls, escape, Number));
const token = textOf(TOKEN);
const classItem = textOf(`(${CLASS_ATOM})(?:-(${CLASS_ATOM}))?`);
const syntax = textOf(SYNTAX);

/** The number that hexadecimal digits are, eight at most. */
const hexadecimal = (digits: Sql): Sql => sql`('x' || lpad(${digits}, 8, '0'))::bit(32)::int4`;

/** The code point of a character or its escape; null where it is neither. */
const codePoint = (text: Sql, isInClass: boolean): Sql => sql`case
  when length(${text}) = 1 then case when strpos(${literal(isInClass ? '\\' : '\\[]{}')}, ${text}) = 0 then ascii(${text}) end
  when ${points} ? ${text} then (${points} ->> ${text})::int4
  when ${text} ~ '^\\\\u\\{0*(10|[0-9a-fA-F])?[0-9a-fA-F]{1,4}\\}$' then ${hexadecimal(sql`right(rtrim(${text}, '}'), least(length(${text}) - 4, 6))`)}
  when ${text} ~ '^\\\\u.{4}\\\\u' then 65536 + (${hexadecimal(sql`substr(${text}, 3, 4)`)} - 55296) * 1024 + ${hexadecimal(sql`substr(${text}, 9, 4)`)} - 56320
  when ${text} ~ '^\\\\[ux][0-9a-fA-F]+$' then ${hexadecimal(sql`substr(${text}, 3)`)}
  when ${text} ~ '^\\\\c[A-Za-z]$' then ascii(substr(${text}, 3)) & 31
  when length(${text}) = 2 and strpos(${syntax}, right(${text}, 1)) > 0 then ascii(right(${text}, 1))
  ${isInClass ? sql`when ${text} = '\\b' then 8 when ${text} = '\\-' then 45` : sql``} end`;

const writtenPoint = (point: Sql): Sql => sql`'\\U' || lpad(to_hex(${point}), 8, '0')`;

/** A class; null where it is none. */
const writtenClass = (text: Sql): Sql => sql`(select case when bool_and(i.members is not null) then
    '[' || case when starts_with(${text}, '[^') then '^' else '' end || string_agg(i.members, '') || ']' end
  from (select case when item[2] is null then coalesce(${members} ->> item[1], ${writtenPoint(sql`low`)})
      when low <= high then ${writtenPoint(sql`low`)} || '-' || ${writtenPoint(sql`high`)} end as members
    from regexp_matches(substr(left(${text}, -1), case when starts_with(${text}, '[^') then 3 else 2 end), ${classItem}, 'g') item,
      lateral (select ${codePoint(sql`item[1]`, true)} as low, ${codePoint(sql`item[2]`, true)} as high) n) i)`;

/** What is written for a character, or a class; null where it is none. */
const character = (text: Sql): Sql =>
  sql`coalesce(${fixed} ->> ${text}, case when ${text} like '[_%' then ${writtenClass(text)} else ${writtenPoint(codePoint(text, false))} end)`;

/** What kind of token it is: `look` opens a group that cannot be repeated, `property` is one of Unicode. */
const kind = (text: Sql): Sql => sql`case
  when ${text} in ('|', '^', '$', '\\b', '\\B') then 'other'
  when ${text} in ('(', '(?:') or ${text} ~ '^\\(\\?<[A-Za-z_$][A-Za-z0-9_$]*>$' then 'open'
  when ${text} in ('(?=', '(?!', '(?<=', '(?<!') then 'look'
  when ${text} = ')' then 'close'
  when ${text} ~ '^(?:[*+?]|\\{.+)' then 'times'
  when ${text} ~ '^\\\\(?:[1-9]|k<)' then 'reference'
  when ${text} ~ '^(?:\\[(?:[^\\\\]|\\\\[^pP])*)?\\\\[pP]\\{' then 'property'
  else 'character' end`;

/** The tokens, with what each becomes, and between which numbers a quantifier repeats. */
const tokens = (pattern: Sql): Sql => sql`select at, kind, text,
    case kind when 'character' then ${character(sql`text`)}
      when 'times' then case when length(text) < 3 then left(text, 1) else rtrim(text, '?') end
      else coalesce(${fixed} ->> text, text) end as written,
    case kind when 'times' then nullif(split_part(trim(text, '{}?+*'), ',', 1), '')::numeric end as least,
    case kind when 'times' then nullif(split_part(trim(text, '{}?+*'), ',', 2), '')::numeric end as most
  from (select at, token[1] as text, ${kind(sql`token[1]`)} as kind
    from regexp_matches(${pattern}, ${token}, 'g') with ordinality m(token, at) offset 0) k`;

/**
 * The same with the depth of each, which an opening shares with its closing, how often what is in front of a quantifier is written out, and the groups
 * that capture so far.
 */
const nested = (
  pattern: Sql,
): Sql => sql`select *, lag(kind) over ordered as before, lead(kind, 1, '') over ordered as behind,
    lead(greatest(1, least(coalesce(most, least, 1), 1000))::int4, 1, 1) over ordered as repeated,
    sum(case when kind in ('open', 'look') then 1 when kind = 'close' then -1 else 0 end) over ordered + case kind when 'close' then 1 else 0 end as depth,
    count(*) filter (where kind = 'open' and text <> '(?:') over ordered as captures
  from (${tokens(pattern)}) t window ordered as (order by at)`;

/** The same with what belongs to the other end of a group: whether it is a look-around, where it ends, and how often it is written out. */
const paired = (pattern: Sql): Sql => sql`select *,
    max(at * 2 + case kind when 'look' then 1 else 0 end) filter (where kind in ('open', 'look')) over back % 2 as is_look,
    coalesce(min(array[at, repeated, case behind when 'times' then 1 else 0 end]) filter (where kind = 'close') over ahead, '{0,1,1}') as closed
  from (${nested(pattern)}) t
  window back as (partition by depth order by at), ahead as (partition by depth order by at desc)`;

/**
 * The same with how often each is written out because of what is around it. Back references are to groups that every way leads through once: those
 * within no other, without a quantifier, of a pattern without a choice at its top. PostgreSQL numbers them, as no others capture.
 */
const measured = (pattern: Sql): Sql => sql`select *, lag(is_look) over ordered as look_before,
    exp(least(sum(case when kind in ('open', 'look') then ln(closed[2]) when kind = 'close' then - ln(repeated) else 0 end) over ordered, 99)) * repeated as times,
    count(*) filter (where kind = 'reference') over () as referring,
    kind = 'open' and text <> '(?:' and depth = 1 and closed[3] = 0 and not bool_or(text = '|' and depth = 0) over () as is_held
  from (${paired(pattern)}) t window ordered as (order by at)`;

const numbered = (pattern: Sql): Sql =>
  sql`select *, count(*) filter (where is_held) over (order by at) as number from (${measured(pattern)}) t`;

/** The text of a back reference that stands behind its group and in no other; null elsewhere. */
const reference = sql`case when depth = 0 then (select '\\' || g.number from t g where g.is_held and g.closed[1] < t.at
    and case when t.text like '\\\\k%' then g.text = '(?' || substr(t.text, 3) else g.captures = substr(t.text, 2)::numeric end) end`;

const written = sql`case when kind = 'reference' then ${reference} when kind = 'open' then case when is_held and referring > 0 then '(' else '(?:' end else written end`;

/** The end of a pattern that PostgreSQL refuses: SQLSTATE 2201B, too complex. A row has to be read before that. */
const tooComplex = (pattern: Sql): Sql => sql`('' ~ (right(${pattern}, 0) || '('))::text`;
const isName = sql`kind = 'open' and text like '(?<%'`;

/** Of the tokens as `t`: the pattern is not valid. */
const isWrong = sql`bool_or(kind = 'character' and written is null
    or depth < case kind when 'close' then 1 else 0 end
    or kind = 'times' and (coalesce(before, '') not in ('character', 'property', 'reference', 'close') or before = 'close' and look_before = 1 or least > most)
    or kind = 'reference' and case when text like '\\\\k%' then not exists (select from t g where g.text = '(?' || substr(t.text, 3)) else substr(text, 2)::numeric > (select max(captures) from t) end)
  or count(*) filter (where kind in ('open', 'look')) <> count(*) filter (where kind = 'close')
  or count(text) filter (where ${isName}) <> count(distinct text) filter (where ${isName})`;

/** Of the tokens as `t`: the pattern could take long, or has what only one of the request may have. */
const isCostly = sql`bool_or(kind = 'property' or kind = 'times' and greatest(least, most) > ${number(MAX_TIMES)} or kind = 'reference' and ${reference} is null)
  or sum(times * case when text in ('\\b', '\\B') then ${number(BOUNDARY_SIZE)} else 1 end) filter (where kind in ('character', 'other'))
    * (1 + coalesce(sum(times) filter (where kind = 'reference'), 0)) > ${number(MAX_SIZE)}
  or max(referring) > 0 and count(distinct number) filter (where kind = 'times' and depth > 0 and text ~ '^[*+]|,\\}') > 1`;

/**
 * The pattern for `~`, null where the row has none, or one that is not valid: of it the function is null. Fails for a row whose pattern is longer than
 * `maxLength` characters, too costly, or one with what only patterns of the request may have.
 */
export const rowPattern = (pattern: Sql, maxLength: number): Sql => {
  const own = sql`p.pattern`;
  return sql`(select case
    when translate(${own}, ${syntax}, '') = ${own} and length(${own}) <= ${number(maxLength)} then ${own}
    when length(${own}) > ${number(maxLength)} then ${tooComplex(own)}
    when ${own} is not null then (with t as materialized (${numbered(own)})
      select case when ${isWrong} then null when ${isCostly} then ${tooComplex(own)}
        else case when max(referring) > 0 and not bool_or(kind = 'character' and depth = 0 and behind <> 'times') then '^.*?' else '' end || string_agg(${written}, '' order by at) end from t)
    end from (select (${pattern}) collate "C" as pattern offset 0) p) collate "C"`;
};
