/** `$all` as one statement: a page of each type's entities, put together, ordered and cut. URL Conventions §4.16 */
import { databaseType } from '../model/edm';
import type { AllBranch, AllOrder, ReadPlan } from '../plan/plan';
import { extraSlot, identifier, join, literal, param, prepare, sql, trusted, type Sql } from '../sql';
import type { After, CompiledRead } from './compiled-read';
import { whereClause } from './conditions';
import { compileCondition, type Environment } from './expression';
import { behind, type Term } from './keyset';
import { entityMembers } from './object';
import { orderBy, orderTerms, type OrderTerm } from './order';
import { LIMIT, OFFSET } from './page';
import type { Representation } from './representation';
import type { Aliases } from './aliases';
import { confinement, Source } from './source';

type AllPlan = Extract<ReadPlan, { kind: 'all' }>;

/** How many come before the page are known only when all types have been counted through: each must give as many as the page may skip. */
const REACH = sql`${LIMIT} + ${OFFSET}`;

/** Compiles a plan; `after` tells which values the page goes on behind are null, and is nothing for the first page. */
export function compileAll(
  plan: AllPlan,
  representation: Representation,
  after: After | undefined,
  aliases: Aliases,
): CompiledRead {
  const { order, branches, count } = plan;
  const pages = branches.map((branch, index) =>
    branchPage(opened(branch, aliases), { branch, index, order }, representation, after),
  );
  const columns = join([sql`"c0"`, sql`"c1"`, sql`"c2"`, ...order.map((_, index) => ordered(index))], ', ');
  const terms: readonly OrderTerm[] = [
    ...order.map(({ direction, type }, index) => ({ value: sorted(ordered(index), type), direction, nullable: true })),
    ...[sql`"c0"`, sql`"place"`].map((value) => ({ value, direction: 'asc', nullable: false }) as const),
  ];
  const page = sql`select ${columns} from (${join(pages, ' union all ')}) "r"${orderBy(terms)} limit ${LIMIT} offset ${OFFSET}`;
  return {
    statement: prepare(count ? counted(branches, aliases, page) : page),
    pieces: [{ kind: 'raw', column: 2 }],
    presence: count ? 0 : undefined,
    count: count ? 3 + order.length : undefined,
    order: [...order.map((_, index) => 3 + index), 0, 1],
  };
}

/** The page beside the number of all entities. */
function counted(branches: readonly AllBranch[], aliases: Aliases, page: Sql): Sql {
  const counts = branches.map((branch) => branchCount(opened(branch, aliases)));
  return sql`select "p".*, "n" from (select ${join(counts, ' + ')} as "n" offset 0) "h" left join lateral (${page}) "p" on true`;
}

const ordered = (index: number): Sql => identifier(`o${index}`);

/** Texts are ordered by code point. */
const sorted = (value: Sql, type: AllOrder['type']): Sql =>
  databaseType(type) === 'text' ? sql`${value} collate "C"` : value;

/** The rows of a branch. */
interface Opened {
  readonly environment: Environment;
  readonly source: Source;
  readonly clause: () => Sql;
  readonly conditions: readonly Sql[];
}

function opened({ selection: { range }, filter }: AllBranch, aliases: Aliases): Opened {
  const { source, from } = Source.of(range.type, aliases);
  const environment: Environment = { sources: new Map([[range, source]]), aliases };
  const conditions = [
    ...confinement(source),
    ...exactly(source),
    ...(filter ? [compileCondition(environment, filter)] : []),
  ];
  return { environment, source, clause: () => from.clause, conditions };
}

/** Entities of derived types have branches of their own. */
function exactly(source: Source): readonly Sql[] {
  const { inheritance } = source.type;
  if (!inheritance || inheritance.derived.length === 0) return [];
  return [sql`${source.column(inheritance.discriminator.column)} = ${literal(inheritance.value)}`];
}

const branchCount = ({ clause, conditions }: Opened): Sql =>
  sql`(select count(*) from ${clause()}${whereClause(conditions)})`;

/** A branch among the others. */
interface Numbered {
  readonly branch: AllBranch;
  readonly index: number;
  readonly order: readonly AllOrder[];
}

/** The branch's entities behind those of the pages before. */
function branchPage(
  { environment, source, clause, conditions }: Opened,
  { branch, index, order }: Numbered,
  representation: Representation,
  after: After | undefined,
): Sql {
  const terms = order.map((one, at) => termOf(environment, branch.order[at] ?? { kind: 'null' }, one));
  const keys = source.type.key.map((property) => source.value(property));
  const further = after ? [isFurther(terms, order, after, { source, keys, index })] : [];
  const where = whereClause([...conditions, ...further]);
  const own = orderBy([
    ...terms.flatMap((term) => term ?? []),
    ...keys.map((value) => ({ value, direction: 'asc', nullable: false }) as const),
  ]);
  const texts = keys.map((value) => sql`${value}::text`);
  const list = join(
    [
      sql`${trusted(String(index))} as "c0"`,
      sql`json_build_array(${join(texts, ', ')})::text as "c1"`,
      sql`${entityMembers(environment, branch, representation)} as "c2"`,
      sql`row_number() over (${own}) as "place"`,
      ...order.map(({ type }, at) => sql`${typed(terms[at]?.value, type)} as ${ordered(at)}`),
    ],
    ', ',
  );
  return sql`(select * from (select ${list} from ${clause()}${where}${own} limit ${REACH}) ${environment.aliases.next()})`;
}

/** What the branch is ordered by; nothing for a value that it has not. */
function termOf(
  environment: Environment,
  expression: AllBranch['order'][number],
  { direction }: AllOrder,
): OrderTerm | undefined {
  if (expression.kind === 'null') return undefined;
  return orderTerms(environment, [{ expression, direction }])[0];
}

const typed = (value: Sql | undefined, type: AllOrder['type']): Sql =>
  sql`(${value ?? sql`null`})::${trusted(databaseType(type))}`;

/** The row is behind the last one of the page before, whose values are bound to `k0`, `k1`, …, then the number of its branch and its key, as JSON. */
function isFurther(
  own: readonly (OrderTerm | undefined)[],
  order: readonly AllOrder[],
  after: After,
  { source, keys, index }: { readonly source: Source; readonly keys: readonly Sql[]; readonly index: number },
): Sql {
  const terms = order.map(({ type, direction }, at): Term => ({
    value: own[at]?.value ?? typed(undefined, type),
    nullable: own[at]?.nullable ?? true,
    descending: direction === 'desc',
    before: after[at] === 'value' ? param(extraSlot(`k${at}`), databaseType(type)) : undefined,
  }));
  const branch = param(extraSlot(`k${order.length}`), 'int8');
  const key = param(extraSlot(`k${order.length + 1}`), 'json');
  const before = source.type.key.map(
    ({ type }, at) => sql`((${key}) ->> ${trusted(String(at))})::${trusted(databaseType(type))}`,
  );
  const number = trusted(String(index));
  return behind(
    terms,
    sql`case when ${branch} < ${number} then true when ${branch} = ${number} then (${join(keys, ', ')}) > (${join(before, ', ')}) else false end`,
  );
}
