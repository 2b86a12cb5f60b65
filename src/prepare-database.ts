/** What happens to a database before it is served: the schema is brought up to date, and sample data loaded if it is empty. */
import type { DataSource } from 'typeorm';
import type { Config } from './config';
import { migrate } from './data-source';
import { isEmpty, NotEmptyError, seed } from './seed';

/** Migrates and, when asked to, fills an empty database; `report` hears of what was done. Several processes may do so at once. */
export async function prepareDatabase(
  dataSource: DataSource,
  tier: Config['seed'],
  report: (message: string) => void,
): Promise<void> {
  const migrations = await migrate(dataSource);
  if (migrations.length > 0) report(`Schema: ran ${migrations.join(', ')}`);
  if (tier !== 'none' && (await seedWhenEmpty(dataSource, tier))) report(`Sample data: loaded tier ${tier}`);
}

async function seedWhenEmpty(dataSource: DataSource, tier: 'S' | 'M' | 'L'): Promise<boolean> {
  if (!(await isEmpty(dataSource))) return false;
  try {
    await seed(dataSource, tier);
    return true;
  } catch (error) {
    // Another process was faster; seeding waits for it before it looks.
    if (error instanceof NotEmptyError) return false;
    throw error;
  }
}
