/** The engine over the second model: tables made by TypeORM in a database of its own, rows that are the same in every run. */
import 'reflect-metadata';
import { DataSource } from 'typeorm';
import { RuleBook, sessionOptions } from '../../../src/odata';
import { emptyDatabase } from '../database';
import { serve, type TestService, type TestSettings } from '../service';
import { singletons, tripPin } from './model';
import { insertRows } from './rows';

/** Starts the service of the second model on a free loopback port; no payment has a part in it. */
export async function startTripPin(given: TestSettings & { rules?: RuleBook } = {}): Promise<TestService> {
  const { poolSize = 4, statementTimeout = 20_000, rules = new RuleBook(), ...settings } = given;
  const database = await emptyDatabase();
  const dataSource = await new DataSource({
    type: 'postgres',
    url: database.url,
    poolSize,
    entities: [...tripPin],
    extra: { options: sessionOptions(statementTimeout) },
  }).initialize();
  await dataSource.query('CREATE SCHEMA geo');
  await dataSource.synchronize();
  await insertRows(dataSource);
  return serve({
    database,
    config: { dataSource, namespace: 'Trip.Pin', rules, singletons, keepsRequests: false, ...settings },
    callerFor: () => ({ partition: null }),
  });
}
