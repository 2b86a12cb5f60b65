/** `npm run sql -- "<relative URL>"`: what a read request is parsed, planned and compiled to, and how PostgreSQL runs it. */
import { inspect } from 'node:util';
import { currentCompany } from './current-company';
import type { Config } from './config';
import type { Database } from './database';
import { operations } from './domain';
import { NAMESPACE } from './namespace';
import { ODataError } from './odata';
import { buildModel } from './odata/model/build-model';
import { explainRead, type Explanation } from './odata/service/explain';
import { prepareDatabase } from './prepare-database';
import { runCommand } from './run-command';
import { readArguments, startCommand, UsageError } from './usage-error';

const USAGE = 'Usage: npm run sql -- "customers?$filter=startswith(number,\'C0\')&$top=3"';

/** The text behind the service root, with characters that a shell user types but a URL does not hold encoded. */
const targetOf = (text: string): string => encodeURI(text.replace(/^\/?(v1\.0\/)?/, '')).replaceAll('%25', '%');

async function explain(database: Database, config: Config, target: string): Promise<void> {
  const { dataSource } = database;
  const model = buildModel({ dataSource, namespace: NAMESPACE, operations: operations.declarations });
  const explanation = explainRead(model, config, target, await currentCompany(dataSource)());
  print(explanation);
  const { statement, values } = explanation;
  const lines: readonly { 'QUERY PLAN': string }[] = await dataSource.query(
    `EXPLAIN (ANALYZE, BUFFERS) ${statement.text}`,
    [...values],
  );
  section('EXPLAIN', lines.map((line) => line['QUERY PLAN']).join('\n'));
}

function print({ ast, plan, statement, values }: Explanation): void {
  section('Ast', inspect(ast, { depth: null, colors: process.stdout.isTTY }));
  section('Plan', inspect(plan, { depth: null, colors: process.stdout.isTTY }));
  section('SQL', statement.text);
  section(
    'Parameters',
    values.map((value, index) => `$${index + 1} = ${inspect(value, { maxStringLength: 1000 })}`).join('\n'),
  );
}

const section = (title: string, text: string): void => console.log(`\n── ${title}\n${text}`);

function givenTarget(): string {
  const [target, another] = readArguments({ allowPositionals: true }).positionals;
  if (target === undefined) throw new UsageError('Name the URL of a request.');
  if (another !== undefined) throw new UsageError(`'${another}' is one URL too many; put a URL with blanks in quotes.`);
  return targetOf(target);
}

startCommand(() => {
  const target = givenTarget();
  return runCommand(async (database, config) => {
    try {
      await prepareDatabase(database.dataSource, config.seed, console.error);
      await explain(database, config, target);
    } catch (error) {
      if (!(error instanceof ODataError)) throw error;
      console.error(`${error.status} ${error.code}: ${error.message}`);
      process.exitCode = 1;
    }
  });
}, USAGE);
