/** `$all` as one statement: a page of each set, ordered by key, put together and cut. URL Conventions §4.16 */
import { databaseType } from '../model/edm';
import type { AllBranch, ReadPlan } from '../plan/plan';
import { extraSlot, join, param, prepare, sql, trusted, type Sql } from '../sql';
import { compileCondition, type Environment } from './expression';
import { entityMembers } from './object';
import type { CompiledRead } from './compiled-read';
import { whereClause } from './conditions';
import { LIMIT, OFFSET } from './page';
import type { Representation } from './representation';
import { Aliases, confinement, Source } from './source';

type AllPlan = Extract<ReadPlan, { kind: 'all' }>;

/** How many come before the page are known only when all sets have been counted through: each must give as many as the page may skip. */
const REACH = sql`${LIMIT} + ${OFFSET}`;
/** The number of the set and the key (as JSON) of the last entity of the page before. */
const SET = param(extraSlot('k0'), 'int8');
const KEY = param(extraSlot('k1'), 'json');

/** Compiles a plan; `isFirst` for the first page. */
export function compileAll(plan: AllPlan, representation: Representation, isFirst: boolean): CompiledRead {
  const aliases = new Aliases();
  const pages = plan.branches.map((branch, index) => branchPage(branch, index, aliases, representation, isFirst));
  const rows = sql`(${join(pages, ' union all ')}) "r"`;
  const page = sql`select "c0", "c1", "c2" from ${rows} order by "c0", "o" limit ${LIMIT} offset ${OFFSET}`;
  const count = sql`select ${join(
    plan.branches.map((branch) => branchCount(branch, aliases)),
    ' + ',
  )} as "n"`;
  const statement = plan.count
    ? sql`select "p".*, "n" as "c3" from (${count} offset 0) "h" left join lateral (${page}) "p" on true`
    : page;
  return {
    statement: prepare(statement),
    pieces: [{ kind: 'raw', column: 2 }],
    presence: plan.count ? 0 : undefined,
    count: plan.count ? 3 : undefined,
    order: [0, 1],
  };
}

function opened(
  { set: { type }, selection, filter }: AllBranch,
  aliases: Aliases,
): {
  environment: Environment;
  source: Source;
  clause: () => Sql;
  conditions: readonly Sql[];
} {
  const { source, from } = Source.of(type, aliases);
  const environment: Environment = { sources: new Map([[selection.range, source]]), aliases };
  const conditions = [...confinement(source), ...(filter ? [compileCondition(environment, filter)] : [])];
  return { environment, source, clause: () => from.clause, conditions };
}

function branchCount(branch: AllBranch, aliases: Aliases): Sql {
  const { clause, conditions } = opened(branch, aliases);
  return sql`(select count(*) from ${clause()}${whereClause(conditions)})`;
}

/** The set's entities behind those before: none of sets that the pages before have finished. */
function branchPage(
  branch: AllBranch,
  index: number,
  aliases: Aliases,
  representation: Representation,
  isFirst: boolean,
): Sql {
  const { environment, source, clause, conditions } = opened(branch, aliases);
  const { key } = branch.set.type;
  const values = key.map((property) => source.value(property));
  const number = trusted(String(index));
  const before = key.map(({ type }, at) => sql`((${KEY}) ->> ${trusted(String(at))})::${trusted(databaseType(type))}`);
  const behind = isFirst
    ? []
    : [
        sql`case when ${SET} < ${number} then true when ${SET} = ${number} then (${join(values, ', ')}) > (${join(before, ', ')}) else false end`,
      ];
  const texts = values.map((value) => sql`${value}::text`);
  const members = entityMembers(environment, branch, representation);
  const order = aliases.next();
  const list = join(
    [
      sql`${number} as "c0"`,
      sql`json_build_array(${join(texts, ', ')})::text as "c1"`,
      sql`${members} as "c2"`,
      sql`row_number() over (order by ${join(values, ', ')}) as "o"`,
    ],
    ', ',
  );
  return sql`(select * from (select ${list} from ${clause()}${whereClause([...conditions, ...behind])} order by ${join(values, ', ')} limit ${REACH}) ${order})`;
}
