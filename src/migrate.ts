/** `npm run migrate`: brings the schema of the database up to date. */
import { runCommand } from './run-command';
import { migrate } from './data-source';

void runCommand(async ({ dataSource }) => {
  const done = await migrate(dataSource);
  console.log(done.length === 0 ? 'The schema is up to date.' : `Ran ${done.join(', ')}.`);
});
