/** The DataSource of TypeORM's command line (npm run migration:generate): that of the settings, closed with its embedded server. */
import type { DataSource } from 'typeorm';
import { loadConfig } from './config';
import { openDatabase } from './database';

/** TypeORM awaits what this file exports, uses it, and destroys it. */
export const dataSource: Promise<DataSource> = openForCommandLine();

async function openForCommandLine(): Promise<DataSource> {
  const { dataSource: source, close } = await openDatabase(loadConfig());
  const destroy = source.destroy.bind(source);
  source.destroy = async () => {
    source.destroy = destroy;
    await close();
  };
  return source;
}
