/** `npm run api-keys`: makes, lists and withdraws the keys that open the service. docs/authentication.md */
import { companyFinder } from '../current-company';
import { migrate } from '../data-source';
import type { Database } from '../database';
import { runCommand } from '../run-command';
import { startCommand, UsageError } from '../usage-error';
import { addKey, listKeys, removeKey } from './api-keys';
import { keyCommand, USAGE, type AddCommand, type KeyCommand } from './key-command';

async function companyIdOf({ dataSource }: Database, { company }: AddCommand): Promise<string | null> {
  if (company === undefined) return null;
  const found = await companyFinder(dataSource)(company);
  if (found === undefined) throw new UsageError(`There is no company '${company}'.`);
  return found;
}

async function add(database: Database, command: AddCommand): Promise<void> {
  const { dataSource } = database;
  const { name, readOnly, days } = command;
  const companyId = await companyIdOf(database, command);
  if ((await listKeys(dataSource)).some((key) => key.name === name))
    throw new UsageError(`There is a key '${name}' already. Remove it first, or choose another name.`);
  const expiresAt = days === undefined ? null : new Date(Date.now() + days * 86_400_000);
  console.log(await addKey(dataSource, { name, companyId, readOnly, expiresAt }));
  console.error('This is the only time that the key is shown.');
}

async function list({ dataSource }: Database): Promise<void> {
  for (const { name, company, readOnly, expiresAt } of await listKeys(dataSource)) {
    const end = expiresAt === null ? 'for ever' : `until ${expiresAt.toISOString()}`;
    console.log([name, company?.name ?? 'all companies', readOnly ? 'read' : 'read and write', end].join('\t'));
  }
}

async function remove({ dataSource }: Database, name: string): Promise<void> {
  if (!(await removeKey(dataSource, name))) throw new UsageError(`There is no key '${name}'.`);
  console.log(`The key '${name}' opens nothing any more.`);
}

function run(command: KeyCommand): Promise<void> {
  return runCommand(async (database) => {
    await migrate(database.dataSource);
    try {
      if (command.kind === 'add') await add(database, command);
      else if (command.kind === 'list') await list(database);
      else await remove(database, command.name);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      console.error(error.message);
      process.exitCode = 1;
    }
  });
}

startCommand(() => run(keyCommand(process.argv.slice(2))), USAGE);
