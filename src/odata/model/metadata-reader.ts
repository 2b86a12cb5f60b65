/** TypeORM's metadata of entity classes without a database: what tests, tools and documents need. */
import { DataSource, type DataSourceOptions } from 'typeorm';
import type { ModelOptions } from './build-model';

/** A data source that is never initialised; TypeORM builds metadata in a protected method only. */
class UnconnectedDataSource extends DataSource {
  build = (): Promise<void> => this.buildMetadatas();
}

/** Builds the metadata of the classes, named by the strategy, as `buildModel` takes it. Connects to nothing. */
export async function readMetadata(
  entities: readonly (abstract new () => object)[],
  namingStrategy?: DataSourceOptions['namingStrategy'],
): Promise<ModelOptions['dataSource']> {
  const source = new UnconnectedDataSource({
    type: 'postgres',
    entities: [...entities],
    ...(namingStrategy ? { namingStrategy } : {}),
  });
  await source.build();
  return source;
}
