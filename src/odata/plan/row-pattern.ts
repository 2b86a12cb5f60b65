/**
 * An ECMAScript pattern that a row has, as PostgreSQL's: translated by PostgreSQL itself, token by token, with the tables that serve patterns of the
 * request. What PostgreSQL cannot say becomes a program, also for patterns of the request. URL Conventions §5.1.1.7.1
 */
import { CLASS_ATOM, TOKEN } from '../model/pattern-tokens';
import { constant, literal, sql, trusted, type Sql } from '../sql';
import {
  controls,
  namedSets,
  notLineEnd,
  plainBoundaries,
  SYNTAX,
  writtenMembers,
  writtenSet,
  type CharacterSet,
} from './character-set';
import { MAX_ARCS, MAX_TIMES } from './pattern-cost';
import { programMatches, tooComplexHere } from './pattern-machine';
import { programOf } from './pattern-program';
import { properties } from './unicode-properties';

const mapped = <T, R>(of: Readonly<Record<string, T>>, key: (name: string) => string, value: (each: T) => R) =>
  Object.fromEntries(Object.entries(of).map(([name, each]) => [key(name), value(each)]));

const escape = (letter: string): string => `\\${letter}`;
const everything: CharacterSet = [[0, 0x10ffff]];
/** More repetitions than a text has places. */
const MANY = 2 ** 31 - 2;

const jsonOf = (value: unknown): Sql => constant(JSON.stringify(value), 'jsonb');
const textOf = (value: string): Sql => constant(value, 'text');
const number = (value: number): Sql => trusted(String(value));

/** Tokens that always become the same. */
const fixed = jsonOf({
  ...mapped(namedSets, escape, writtenSet),
  ...plainBoundaries,
  '.': writtenSet(notLineEnd),
  '[]': writtenSet([]),
  '[^]': writtenSet(everything),
});
/** The same within a class. */
const members = jsonOf(mapped(namedSets, escape, (set) => writtenMembers(set)));
const points = jsonOf(mapped(controls, escape, Number));
const token = textOf(TOKEN);
const classAtom = textOf(CLASS_ATOM);
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

/** What stands between the brackets of a class for a property of Unicode; null where there is none of the name. Read once, where a pattern has one. */
const property = (text: Sql): Sql =>
  sql`(select string_agg(case part.ordinality when 1 then part.value else p.all -> part.value ->> 0 end, '')
    from (select (select ${textOf(properties)}::jsonb) as all, replace(substr(rtrim(${text}, '}'), 4), '/', '?') as text offset 0) p,
      lateral (select left(p.text, strpos(p.text, '=') - 1) as prefix, substr(p.text, strpos(p.text, '=') + 1) as name) n,
      lateral (select coalesce(p.all ->> ('/' || n.name), n.name) as name) s,
      jsonb_array_elements_text(case when strpos(p.text, '=') = 0 then coalesce(p.all -> s.name, p.all -> ('gc=' || s.name))
        else p.all -> (coalesce(p.all ->> ('/' || prefix), prefix) || '=' || s.name) end) with ordinality part)`;
const isProperty = (text: Sql, letter: string): Sql => sql`starts_with(${text}, ${literal(`\\${letter}{`)})`;

/** A class; null where it is none. What has not a property is a class of its own. */
const writtenClass = (text: Sql): Sql => sql`(select case when bool_and(i.members is not null) then
    case when starts_with(${text}, '[^') then '(?:(?!' else '(?:' end || concat_ws('|', '[' || string_agg(i.members, '') filter (where not i.is_negated) || ']', string_agg('[^' || i.members || ']', '|') filter (where i.is_negated)) || case when starts_with(${text}, '[^') then ').)' else ')' end end
  from (select ${isProperty(sql`item[1]`, 'P')} and item[2] is null as is_negated, case when item[2] is null then case when ${isProperty(sql`lower(item[1])`, 'p')} then ${property(sql`item[1]`)} else coalesce(${members} ->> item[1], ${writtenPoint(sql`low`)}) end
      when low <= high then ${writtenPoint(sql`low`)} || '-' || ${writtenPoint(sql`high`)} end as members
    from regexp_matches(substr(left(${text}, -1), case when starts_with(${text}, '[^') then 3 else 2 end), ${classItem}, 'g') item,
      lateral (select ${codePoint(sql`item[1]`, true)} as low, ${codePoint(sql`item[2]`, true)} as high) n) i)`;

/** What is written for a character, or a class; null where it is none. */
const character = (text: Sql): Sql =>
  sql`coalesce(${fixed} ->> ${text}, case when ${text} like '[_%' then ${writtenClass(text)}
    when ${isProperty(sql`lower(${text})`, 'p')} then '[' || case when ${isProperty(text, 'P')} then '^' else '' end || ${property(text)} || ']' else ${writtenPoint(codePoint(text, false))} end)`;

/** Escapes in the name of a group stand for their characters; what is none is left, which no name may have. */
const withoutEscapes = (
  text: Sql,
): Sql => sql`case when ${text} ~ '^(?:\\(\\?<(?![=!])|\\\\k<).*\\\\u' then left(${text}, 3) || (select string_agg(case when atom[1] like '\\\\u%' and (point between 1 and 55295 or point between 57344 and 1114111) then chr(point) else atom[1] end, '' order by at)
  from regexp_matches(substr(${text}, 4), ${classAtom}, 'g') with ordinality a(atom, at), lateral (select case when atom[1] like '\\\\u%' then ${codePoint(sql`atom[1]`, true)} end as point) p) else ${text} end`;

/** What kind of token it is: `look` opens a group that cannot be repeated. */
const kind = (text: Sql): Sql => sql`case
  when ${text} = '|' then 'or'
  when ${text} in ('^', '$', '\\b', '\\B') then 'assertion'
  when ${text} in ('(', '(?:') or ${text} ~ '^\\(\\?<[A-Za-z_$][A-Za-z0-9_$]*>$' then 'open'
  when ${text} ~ '^\\(\\?<[^=!]' then case when ${text} ~ ('^\\(\\?<[$_' || ${property(sql`'\\p{ID_Start}'`)} || '][$\\u200c\\u200d' || ${property(sql`'\\p{ID_Continue}'`)} || ']*>$') then 'open' else 'character' end
  when ${text} in ('(?=', '(?!', '(?<=', '(?<!') then 'look'
  when ${text} = ')' then 'close'
  when ${text} ~ '^(?:[*+?]|\\{.+)' then 'times'
  when ${text} ~ '^\\\\(?:[1-9]|k<)' then 'reference'
  else 'character' end`;

/** The number of a quantifier in front of its comma, or behind it; null where it has none. */
const times = (part: number): Sql =>
  sql`least(nullif(split_part(trim(text, '{}?'), ',', ${number(part)}), '')::numeric, ${number(MANY)})::int4`;

/** The tokens, with what each becomes, and between which numbers a quantifier repeats; the most is null where there is no end. */
const tokens = (pattern: Sql): Sql => sql`select at, kind, text,
    case kind when 'character' then ${character(sql`text`)}
      when 'times' then case when length(text) < 3 then left(text, 1) else rtrim(text, '?') end
      else coalesce(${fixed} ->> text, text) end as written,
    case when kind = 'times' then case left(text, 1) when '+' then 1 when '{' then ${times(1)} else 0 end end as least,
    case when kind = 'times' then case left(text, 1) when '?' then 1 when '{' then case when strpos(text, ',') > 0 then ${times(2)} else ${times(1)} end end end as most
  from (select at, text, ${kind(sql`text`)} as kind
    from (select at, ${withoutEscapes(sql`token[1]`)} as text from regexp_matches('(?:' || ${pattern} || ')', ${token}, 'g') with ordinality m(token, at) offset 0) n offset 0) k`;

/**
 * The same with the depth of each, which an opening shares with its closing, how often what is in front of a quantifier is written out, and the groups
 * that capture so far.
 */
const nested = (
  pattern: Sql,
): Sql => sql`select *, lag(kind) over ordered as before, lead(kind, 1, '') over ordered as behind,
    lead(greatest(1, least(coalesce(most, least, 1), 1000)), 1, 1) over ordered as repeated,
    sum(case when kind in ('open', 'look') then 1 when kind = 'close' then -1 else 0 end) over ordered + case kind when 'close' then 1 else 0 end as depth,
    count(*) filter (where kind = 'open' and text <> '(?:') over ordered as captures
  from (${tokens(pattern)}) t window ordered as (order by at)`;

/** The same with what belongs to the other end of a group: whether it is a look-around, where it ends, and how often it is written out. */
const paired = (pattern: Sql): Sql => sql`select *,
    max(at * 2 + case kind when 'look' then 1 else 0 end) filter (where kind in ('open', 'look')) over back % 2 as is_look,
    coalesce(min(array[at, repeated, case behind when 'times' then 1 else 0 end]) filter (where kind = 'close') over ahead, '{0,1,1}') as closed
  from (${nested(pattern)}) t
  window back as (partition by depth order by at), ahead as (partition by depth order by at desc)`;

/** The same with how often each is written out because of what is around it. */
const measured = (pattern: Sql): Sql => sql`select *, lag(is_look) over ordered as look_before,
    exp(least(sum(case when kind in ('open', 'look') then ln(closed[2]) when kind = 'close' then - ln(repeated) else 0 end) over ordered, 99)) * repeated as times
  from (${paired(pattern)}) t window ordered as (order by at)`;

const isName = sql`kind = 'open' and text like '(?<%'`;

/** Of the tokens as `t`: the pattern is not valid. */
const isWrong = sql`bool_or(kind = 'character' and written is null
    or before is not null and behind <> '' and depth < case kind when 'close' then 2 else 1 end
    or kind = 'times' and (coalesce(before, '') not in ('character', 'reference', 'close') or before = 'close' and look_before = 1 or least > most)
    or kind = 'reference' and case when text like '\\\\k%' then not exists (select from t g where g.text = '(?' || substr(t.text, 3)) else substr(text, 2)::numeric > (select max(captures) from t) end)
  or count(*) filter (where kind in ('open', 'look')) <> count(*) filter (where kind = 'close')
  or count(text) filter (where ${isName}) <> count(distinct text) filter (where ${isName})`;

/** Whether an arc for the token is one for each sort of characters that the pattern tells. */
const isOfSorts = sql`kind = 'reference' or written ~ '^[[(.]'`;
/** Ways go two by two here, at the end of a turn, or where one begins that may be left out. */
const isChoice = sql`kind in ('or', 'reference') or kind = 'times' and most is distinct from least`;
/** In a group that is repeated without end, ways past assertions go in all combinations. */
const isLoop = sql`kind = 'times' and most is null and before = 'close'`;
/**
 * Of the tokens as `t`: it is large when it is written out. No more arcs lead from a character than there are choices, and each assertion may double them, wherever it
 * stands: `pattern-cost.ts` knows better, but has a tree.
 */
const isLarge = sql`(bool_or(kind = 'times' and greatest(least, most) > ${number(MAX_TIMES)})
  or coalesce(sum(times * case when ${isOfSorts} then (select count(distinct written) from t) else 1 end) filter (where kind in ('character', 'reference')), 1)
    * (1 + coalesce(sum(times) filter (where ${isChoice}), 0))
    * exp(least(coalesce(sum(times) filter (where kind in ('assertion', 'look')), 0), 99) * ln(case when bool_or(${isLoop}) then 4 else 2 end)) > ${number(MAX_ARCS)})`;
const translated = sql`string_agg(case kind when 'open' then '(?:' when 'reference' then '(?:.*)' else written end, '' order by at)`;

/**
 * The pattern as JSON: a text for `~`, or a program with such a text for what must match, too. Null where the row has none, or one that is not valid: of it the function
 * is null. Fails for a row whose pattern is longer than `maxLength` characters.
 */
export const rowPattern = (pattern: Sql, maxLength: number): Sql => {
  const own = sql`p.pattern`;
  return sql`(select case
    when length(${own}) > ${number(maxLength)} then to_jsonb(${tooComplexHere(sql`right(${own}, 0)`)})
    when translate(${own}, ${syntax}, '') = ${own} then to_jsonb(${own})
    when ${own} is not null then (with t as materialized (${measured(own)})
      select case when ${isWrong} then null
        when not ${isLarge} and not bool_or(kind = 'reference') then to_jsonb(${translated})
        else ${programOf} || jsonb_build_object('needs', case when ${isLarge} or bool_or(kind = 'look' and text like '%!') then '' else ${translated} end) end from t)
    end from (select (${pattern}) collate "C" as pattern offset 0) p)`;
};

/** A text matches what such JSON says. */
export const matchesRow = (
  text: Sql,
  pattern: Sql,
): Sql => sql`(select case jsonb_typeof(pattern) when 'string' then "text" ~ (pattern #>> '{}') when 'object' then case when "text" ~ coalesce(pattern ->> 'needs', '') then ${programMatches} when "text" is not null then false end end
  from (select (${text}) as "text", (${pattern}) as pattern offset 0) v)`;
