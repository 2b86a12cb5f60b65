/** Both models, built without a database. */
import 'reflect-metadata';
import { entities } from '../../../entities';
import { operations } from '../../../src/domain';
import { NAMESPACE } from '../../../src/namespace';
import { SnakeCaseNamingStrategy } from '../../../src/naming-strategy';
import { buildModel } from '../../../src/odata/model/build-model';
import { readMetadata } from '../../../src/odata/model/metadata-reader';
import type { Model } from '../../../src/odata/model/model';
import { singletons, tripPin } from '../../setup/trip-pin/model';

/** The model of the service. */
export const paymentsModel = async (): Promise<Model> =>
  buildModel({
    dataSource: await readMetadata(entities, new SnakeCaseNamingStrategy()),
    namespace: NAMESPACE,
    operations: operations.declarations,
  });

/** The model of the fixture. */
export const tripPinModel = async (): Promise<Model> =>
  buildModel({
    dataSource: await readMetadata(tripPin),
    singletons,
    namespace: 'Trip.Pin',
    container: 'DefaultContainer',
    schemaVersion: '2026-11',
  });

/** A member that must be there. */
export function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('It is missing');
  return value;
}
