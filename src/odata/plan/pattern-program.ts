/**
 * A pattern as instructions for `pattern-machine.ts`, made by PostgreSQL of the tokens that `row-pattern.ts` reads: each says what to `do` and where that leads `to`.
 * Its label is eight times the place of a token, and the step there. ECMAScript: CompilePattern, CompileSubpattern
 */
import { sql, trusted, type Sql } from '../sql';

/** Labels: where a match is complete, where a way ends, and where a match is looked for, from each place on; the pattern itself begins at its first token. */
export const FOUND = 0;
const FAILED = 1;
export const SEARCH = 2;
const FIRST = 8;

const number = (value: number): Sql => trusted(String(value));
const label = (token: Sql, step = 0): Sql => sql`(${token} * 8 + ${number(step)})`;

/** The label of what stands at a place, which a match comes to in a direction; the end of an alternative is that of its group. */
const arrival = (place: Sql, direction: Sql, groupEnd: Sql): Sql =>
  sql`(select case when n.kind = 'or' or n.kind = 'close' and ${direction} = 1 or n.kind in ('open', 'look') and ${direction} = -1 then ${label(groupEnd, 5)} else ${label(sql`n.at`)} end from t n where n.at = ${place})`;

/** Something of the innermost group, or look-around, around the token `t`. */
const around = (what: Sql, kinds: Sql): Sql =>
  sql`(select ${what} from t o where o.kind in (${kinds}) and o.at < t.at and o.closed[1] > t.at order by o.at desc limit 1)`;
const directionOf = (text: Sql): Sql => sql`case when ${text} like '(?<%' then -1 else 1 end`;

/** The groups that references are to. */
const references = sql`select at, case when text like '\\\\k%' then (select g.captures from t g where g.kind = 'open' and g.text = '(?' || substr(t.text, 3))::text else substr(text, 2) end as number
  from t where kind = 'reference'`;

/** The terms of the pattern: where each ends, and a quantifier behind it; the end of what is around it, and the directions of matching around and within. */
const terms = sql`select *, case kind when 'look' then ${directionOf(sql`text`)} else direction end as inward
  from (select *, case when case when closing is null then behind = 'times' else closed[3] = 1 end then coalesce(closing, at) + 1 end as quantifier,
      ${around(sql`o.closed[1]`, sql`'open', 'look'`)} as outer_end,
      coalesce(${around(directionOf(sql`o.text`), sql`'look'`)}, 1) as direction,
      case when kind = 'open' and text <> '(?:' and captures::text in (select number from r) then captures::text end as held
    from (select *, case when kind in ('open', 'look') then closed[1] end as closing from t where kind not in ('or', 'close', 'times')) t offset 0) t`;

/** The same with labels: of its body, of what comes behind that and behind it all, and of its alternatives, the best last. */
const labelled = sql`select *, coalesce(${label(sql`quantifier`, 1)}, next) as done,
    case when quantifier is null then ${label(sql`case direction when 1 then at else coalesce(closing, at) end`)} else ${label(sql`at`, 4)} end as body,
    (select jsonb_agg(${arrival(sql`b.at + inward`, sql`inward`, sql`closing`)} order by b.at desc) from t b
      where b.at = case inward when 1 then t.at else closing end or b.kind = 'or' and b.depth = t.depth and b.at between t.at and closing) as alternatives
  from (select *, case when outer_end is null then ${number(FOUND)}
      else ${arrival(sql`case direction when 1 then coalesce(quantifier, closing, t.at) + 1 else t.at - 1 end`, sql`direction`, sql`outer_end`)} end as next from (${terms} offset 0) t offset 0) t`;

const isNegative = sql`text like '%!'`;
const quantified = sql`from c join t q on q.at = quantifier`;
/** What a quantifier does when a match comes to it, and behind each turn. */
const turns = sql`'body', body, 'to', next, 'least', q.least, 'most', q.most, 'lazy', q.text like '_%?',
  'groups', (select coalesce(array_agg(g.held), '{}')::text from c g where g.held is not null and g.at between c.at and coalesce(c.closing, c.at))`;

/** The program of the tokens `t`. */
export const programOf = sql`(with r as materialized (${references}), c as materialized (${labelled})
  select jsonb_object_agg(label, instruction) from (
    select ${label(sql`case direction when 1 then c.at else quantifier end`)} as label, jsonb_build_object('do', 'begin', ${turns}) as instruction ${quantified}
    union all select ${label(sql`quantifier`, 1)}, jsonb_build_object('do', 'again', ${turns}) ${quantified}
    union all select body, case kind when 'character' then jsonb_build_object('do', 'set', 'set', written, 'by', direction, 'to', done)
        when 'reference' then jsonb_build_object('do', 'reference', 'group', (select number from r where r.at = c.at), 'by', direction, 'to', done)
        when 'look' then jsonb_build_object('do', 'look', 'otherwise', case when ${isNegative} then done else ${number(FAILED)} end, 'to', ${label(sql`at`, 6)})
        when 'open' then case when held is null then jsonb_build_object('do', 'choose', 'to', alternatives) else jsonb_build_object('do', 'open', 'to', ${label(sql`at`, 6)}) end
        else jsonb_build_object('do', text, 'to', done) end from c
    union all select ${label(sql`at`, 6)}, jsonb_build_object('do', 'choose', 'to', alternatives) from c where alternatives is not null
    union all select ${label(sql`closing`, 5)}, case when kind = 'look' then jsonb_build_object('do', 'found', 'to', case when ${isNegative} then ${number(FAILED)} else done end)
        when held is null then jsonb_build_object('do', 'choose', 'to', jsonb_build_array(done))
        else jsonb_build_object('do', 'close', 'group', held, 'to', done) end from c where closing is not null
    union all values (${number(FAILED)}, jsonb_build_object('do', 'fail')), (${number(SEARCH)}, jsonb_build_object('do', 'search', 'to', ${number(FIRST)}, 'further', ${number(SEARCH)}))) p)`;
