/**
 * The plans of each family of statements: PostgreSQL may choose a generic one after five executions, and it must not be a bad choice.
 * -- --tier L [--only name] [--show]: custom and generic plan side by side, what PostgreSQL chooses itself, and what planning costs.
 */
import { parseArgs } from 'node:util';
import { Client } from 'pg';
import { NAMESPACE } from '../src/namespace';
import { currentCompany } from '../src/current-company';
import type { After } from '../src/odata/compile/compiled-read';
import { compileRead } from '../src/odata/compile/read';
import { negotiateFormat } from '../src/odata/http/negotiate';
import { parsePreferences } from '../src/odata/http/preferences';
import { buildModel } from '../src/odata/model/build-model';
import type { Model } from '../src/odata/model/model';
import { parameterText } from '../src/odata/service/array-text';
import { negotiatedRepresentation } from '../src/odata/service/negotiated';
import { bindRead, magnitudeOf } from '../src/odata/service/bound-read';
import type { Continuation } from '../src/odata/service/next-link';
import { Plans } from '../src/odata/service/planned';
import type { SqlValue } from '../src/odata/sql';
import { splitUrl } from '../src/odata/url';
import { reportFailure } from '../src/run-command';
import { openBenchDatabase, sampleOf } from './database';
import { median } from './load';
import { familiesOn, type Family } from './plan-families';

const { values: options } = parseArgs({
  options: {
    tier: { type: 'string', default: 'L' },
    only: { type: 'string' },
    show: { type: 'boolean', default: false },
  },
});

/** More than the five after which PostgreSQL decides. */
const EXECUTIONS = 16;
const SETTINGS = { defaultPageSize: 1000, maxPageSize: 20_000, expandPageSize: 1000, requireIfMatch: true };

interface Statement {
  readonly text: string;
  readonly values: readonly SqlValue[];
}

async function main(): Promise<void> {
  const database = await openBenchDatabase(options.tier === 'M' ? 'M' : 'L');
  const client = new Client({ connectionString: database.url, options: '-c TimeZone=UTC -c statement_timeout=60000' });
  await client.connect();
  try {
    const model = buildModel({ dataSource: database.dataSource, namespace: NAMESPACE });
    const company = await currentCompany(database.dataSource)();
    const families = familiesOn(await sampleOf(database)).filter(
      ({ name }) => options.only === undefined || name.includes(options.only),
    );
    console.log(
      cells(['', 'custom ms', 'generic ms', 'planning ms', 'chosen', 'chosen ms', 'est. custom', 'est. generic']),
    );
    for (const family of families) await study(client, family, statementOf(model, company, family));
  } finally {
    await client.end();
    await database.close();
  }
}

const cells = ([first = '', ...others]: readonly string[]): string =>
  first.padEnd(44) + others.map((text) => text.padStart(13)).join('');

/** What the service would send for a target, on its way through a collection where the family says so. */
function statementOf(model: Model, company: string, { target, after, headers }: Family): Statement {
  const { planned, shape } = new Plans(model).read(splitUrl(target));
  const preferences = parsePreferences(headers ?? {});
  const format = negotiateFormat(undefined, undefined, planned.plan.kind === 'count' ? 'text' : 'data', '4.0');
  const representation = negotiatedRepresentation(model, format, preferences);
  const continuation: Continuation | undefined = after && {
    values: after,
    remaining: undefined,
    pageSize: undefined,
  };
  const nulls: After | undefined = after?.map((value) => (value === null ? 'null' : 'value'));
  const { literals } = shape;
  const negotiated = { caller: { partition: company }, preferences };
  const { bindings } = bindRead(SETTINGS, planned.plan, negotiated, { literals, continuation });
  const { statement } = compileRead(planned.plan, representation, { after: nulls, magnitude: magnitudeOf(bindings) });
  return { text: statement.text, values: statement.slots.map((slot) => slot(bindings)) };
}

async function study(client: Client, { name }: Family, statement: Statement): Promise<void> {
  try {
    const custom = await explain(client, statement, 'force_custom_plan');
    const generic = await explain(client, statement, 'force_generic_plan');
    const chosen = await choice(client, statement);
    const warning =
      generic.time > 2 * custom.time + 1
        ? '  <-- generic'
        : chosen.time > 2 * Math.min(custom.time + custom.planning, generic.time) + 1
          ? '  <-- choice'
          : '';
    console.log(
      cells([
        name,
        custom.time.toFixed(2),
        generic.time.toFixed(2),
        custom.planning.toFixed(2),
        chosen.plan,
        chosen.time.toFixed(2),
        custom.cost.toFixed(0),
        generic.cost.toFixed(0),
      ]) + warning,
    );
    if (options.show)
      console.log(
        `${statement.text}\n${statement.values.map(String).join(' | ')}\n-- custom\n${custom.text}\n-- generic\n${generic.text}\n`,
      );
  } catch (error) {
    console.log(`${name}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

interface Explained {
  readonly time: number;
  readonly planning: number;
  readonly cost: number;
  readonly text: string;
}

let statements = 0;

/** Prepares, executes and forgets. */
async function prepared<T>(
  client: Client,
  { text, values }: Statement,
  work: (execute: string) => Promise<T>,
): Promise<T> {
  const name = `study_${(statements += 1)}`;
  await client.query(`PREPARE ${name} AS ${text}`);
  const list = values.map((value) => (value === null ? 'NULL' : client.escapeLiteral(parameterText(value))));
  try {
    return await work(`EXECUTE ${name}${list.length > 0 ? `(${list.join(', ')})` : ''}`);
  } finally {
    await client.query(`DEALLOCATE ${name}`);
  }
}

function explain(client: Client, statement: Statement, mode: string): Promise<Explained> {
  return prepared(client, statement, async (execute) => {
    await client.query(`SET plan_cache_mode = ${mode}`);
    const times: number[] = [];
    const plannings: number[] = [];
    let text = '';
    for (let turn = 0; turn < 4; turn++) {
      const { rows } = await client.query<{ 'QUERY PLAN': string }>(`EXPLAIN (ANALYZE, BUFFERS) ${execute}`);
      text = rows.map((row) => row['QUERY PLAN']).join('\n');
      times.push(Number(/Execution Time: ([\d.]+)/.exec(text)?.[1]));
      plannings.push(Number(/Planning Time: ([\d.]+)/.exec(text)?.[1]));
      if ((times.at(-1) ?? 0) > 3000) break;
    }
    const cost = Number(/cost=[\d.]+\.\.([\d.]+)/.exec(text)?.[1]);
    await client.query('RESET plan_cache_mode');
    return { time: median(times), planning: median(plannings), cost, text };
  });
}

/** What PostgreSQL takes after its trials, and how long the last executions took with all their planning. */
function choice(client: Client, statement: Statement): Promise<{ plan: string; time: number }> {
  return prepared(client, statement, async (execute) => {
    const times: number[] = [];
    for (let turn = 0; turn < EXECUTIONS; turn++) {
      const started = performance.now();
      await client.query(execute);
      times.push(performance.now() - started);
      if ((times.at(-1) ?? 0) > 5000 && turn > 6) break;
    }
    const { rows } = await client.query<{ generic: string; custom: string }>(
      `SELECT generic_plans AS generic, custom_plans AS custom FROM pg_prepared_statements WHERE name = 'study_${statements}'`,
    );
    const plan = Number(rows[0]?.generic) > 0 ? 'generic' : 'custom';
    return { plan, time: median(times.slice(-8)) };
  });
}

main().catch(reportFailure);
