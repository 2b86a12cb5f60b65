/** The engine over the second model: tables made by TypeORM in a database of its own, rows that are the same in every run. */
import 'reflect-metadata';
import { DataSource } from 'typeorm';
import { changesSchema, finerHorizon, track } from '../../../src/migrations/tracked-changes';
import { RuleBook, sessionOptions } from '../../../src/odata';
import { buildModel } from '../../../src/odata/model/build-model';
import { changeSource } from '../../../src/odata/model/tracking';
import { trackedTypes } from '../../../src/odata/service/kept-changes';
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
  await trackChanges(dataSource);
  return serve({
    database,
    config: { dataSource, namespace: 'Trip.Pin', rules, singletons, keepsRequests: false, ...settings },
    callerFor: () => ({ partition: null }),
  });
}

/** What a migration does for tables that are tracked. */
async function trackChanges(dataSource: DataSource): Promise<void> {
  const types = trackedTypes(buildModel({ dataSource, namespace: 'Trip.Pin', singletons }));
  const triggers = types.flatMap((type) =>
    track(
      changeSource(type),
      (type.changes ?? []).map(({ column }) => column),
    ),
  );
  for (const statement of [...changesSchema, ...finerHorizon, ...triggers]) await dataSource.query(statement);
}
