/**
 * Whether a text has a match of a pattern that PostgreSQL's regular expressions cannot say. The statement itself goes through the instructions that
 * `pattern-program.ts` makes of it, all ways at once, and takes each state once. ECMAScript: RegExpBuiltinExec, Matcher
 */
import { join, literal, sql, trusted, type Sql } from '../sql';
import { FOUND, SEARCH } from './pattern-program';

/** The states that the search for one match may take; eight that wait in one count as another. */
const MAX_STATES = 50_000;

const next = sql`i -> 'to'`;
const by = sql`(i ->> 'by')::int4`;
const least = sql`(i ->> 'least')::int4`;
const most = sql`(i ->> 'most')::int4`;

/** The numbers that are on top of the frames. */
const upper = sql`(frames ->> -1)::int4`;
const lower = sql`(frames ->> -2)::int4`;
const withoutUpper = sql`(frames - -1)`;
const withoutBoth = sql`(frames - -1 - -1)`;

const behind = sql`substr("text", at + 1, 1)`;
const before = sql`substr("text", at, 1)`;
const isOfWord = (character: Sql): Sql => sql`(${character} ~ '[A-Za-z0-9_]')`;
const between = (one: Sql, other: Sql): Sql => sql`substr("text", least(${one}, ${other}) + 1, abs(${one} - ${other}))`;
/** What a back reference is to; a group without a match is the empty text. */
const content = sql`coalesce(held ->> (i ->> 'group'), '')`;
const behindContent = sql`at + ${by} * length(${content})`;

/** A state: an instruction, the place in the text, numbers of the groups, quantifiers and look-arounds that are open, and what groups hold. */
const state = ({ label = next, at = sql`at`, frames = sql`frames`, held = sql`held` }): Sql =>
  sql`jsonb_build_array(${label}, ${at}, ${frames}, ${held})`;
const only = (parts: Parameters<typeof state>[0] = {}): Sql => sql`jsonb_build_array(${state(parts)})`;
const onlyIf = (condition: Sql, at?: Sql): Sql => sql`case when ${condition} then ${only(at && { at })} else '[]' end`;

/** One more turn, or none. A quantifier has the number of its turns, of which one more than the least is as good as many, and where the last one began. */
function turns(count: Sql, outer: Sql): Sql {
  const begun = sql`jsonb_build_array(least(${count} + 1, coalesce(${most}, ${least} + 1)), at)`;
  const turn = state({
    label: sql`i -> 'body'`,
    frames: sql`${outer} || ${begun}`,
    held: sql`held - (i ->> 'groups')::text[]`,
  });
  const end = state({ frames: outer });
  return sql`case when ${count} < ${least} then jsonb_build_array(${turn}) when ${count} >= ${most} then jsonb_build_array(${end})
    when (i -> 'lazy')::bool then jsonb_build_array(${turn}, ${end}) else jsonb_build_array(${end}, ${turn}) end`;
}

/** The states that an instruction leads to, the best one last. */
const ways: Readonly<Record<string, Sql>> = {
  set: onlyIf(sql`case when ${by} = 1 then ${behind} else ${before} end ~ (i ->> 'set')`, sql`at + ${by}`),
  begin: turns(sql`0`, sql`frames`),
  again: sql`case when ${lower} > ${least} and ${upper} = at then '[]' else ${turns(lower, withoutBoth)} end`,
  choose: sql`(select jsonb_agg(${state({ label: sql`label` })}) from jsonb_array_elements(${next}) n(label))`,
  open: only({ frames: sql`frames || to_jsonb(at)` }),
  close: only({
    frames: withoutUpper,
    held: sql`held || jsonb_build_object(i ->> 'group', ${between(sql`at`, upper)})`,
  }),
  reference: onlyIf(sql`${between(sql`at`, behindContent)} = ${content}`, behindContent),
  search: sql`case when at < length("text") then jsonb_build_array(${state({ label: sql`i -> 'further'`, at: sql`at + 1` })}) else '[]' end || ${only()}`,
  '^': onlyIf(sql`at = 0`),
  $: onlyIf(sql`at = length("text")`),
  '\\b': onlyIf(sql`${isOfWord(before)} <> ${isOfWord(behind)}`),
  '\\B': onlyIf(sql`${isOfWord(before)} = ${isOfWord(behind)}`),
  look: only({ frames: sql`frames || jsonb_build_array(cardinality(waiting), at)` }),
  found: only({ at: upper, frames: withoutBoth }),
  fail: sql`'[]'`,
};

/** The states that wait until all others have failed. Only one way goes on within a look-around, and behind it the others are forgotten. */
const waiting = sql`case operation when 'look' then waiting || ${state({ label: sql`i -> 'otherwise'` })}
  when 'found' then waiting[:${lower}] else waiting end`;

const number = (value: number): Sql => trusted(String(value));

/** The end of a pattern that PostgreSQL refuses: SQLSTATE 2201B, too complex. A row has to be read before that, for its `nothing`, the empty text. */
export const tooComplexHere = (nothing: Sql): Sql => sql`('' ~ (${nothing} || '('))`;

const isFound = sql`state ->> 0 = ${literal(String(FOUND))}`;

/** The program `pattern` has a match in `"text"`. Fails where that takes too long to find out. */
export const programMatches = sql`(with recursive run(state, waiting) as (
    select jsonb_build_array(${number(SEARCH)}, 0, jsonb_build_array(), jsonb_build_object()), '{}'::jsonb[]
    union
    select n.* from run,
      lateral (select pattern -> (state ->> 0) as i, (state ->> 1)::int4 as at, state -> 2 as frames, state -> 3 as held offset 0) s,
      lateral (select i ->> 'do' as operation offset 0) o,
      lateral (select case operation ${join(
        Object.entries(ways).map(([name, way]) => sql`when ${literal(name)} then ${way}`),
        ' ',
      )} end as ways, ${waiting} as waiting offset 0) e,
      lateral (select jsonb_array_elements(ways), e.waiting where e.waiting = '{}' union all
        select a.waiting[cardinality(a.waiting)], trim_array(a.waiting, 1) from (select e.waiting || array(select jsonb_array_elements(ways)) as waiting offset 0) a where e.waiting <> '{}') n)
  select coalesce((select case when ${isFound} then true else ${tooComplexHere(sql`repeat('', count::int4)`)} end
    from (select state, sum(1 + cardinality(waiting) / 8) over (rows unbounded preceding) as count from run) r where ${isFound} or count > ${number(MAX_STATES)} limit 1), false))`;
