/** Types that are not derived from one another and declare one name: a row has what its own type says. Data Aggregation §3.2.3.1 */
import 'reflect-metadata';
import {
  ChildEntity,
  Column,
  DataSource,
  Entity,
  JoinColumn,
  ManyToOne,
  PrimaryColumn,
  TableInheritance,
} from 'typeorm';
import { EntityType, Property, RuleBook, sessionOptions } from '../../src/odata';
import { emptyDatabase } from '../setup/database';
import { serve, type Json, type TestService } from '../setup/service';

@EntityType({ name: 'Town', entitySet: 'Towns' })
@Entity('towns')
class Town {
  @PrimaryColumn({ type: 'integer' })
  id!: number;

  @Column({ type: 'text' })
  name!: string;

  @Column({ type: 'integer' })
  size!: number;
}

@EntityType({ name: 'Animal', entitySet: 'Animals' })
@Entity('animals')
@TableInheritance({ column: { type: 'varchar', name: 'kind' } })
class Animal {
  @PrimaryColumn({ type: 'integer' })
  id!: number;
}

@EntityType({ name: 'Cat' })
@ChildEntity('cat')
class Cat extends Animal {
  @ManyToOne(() => Town, { nullable: true })
  @JoinColumn({ name: 'cat_home' })
  catHome!: Town | null;

  @Property({ path: 'catHome/name' })
  label!: string | null;
}

@EntityType({ name: 'Dog' })
@ChildEntity('dog')
class Dog extends Animal {
  @ManyToOne(() => Town, { nullable: true })
  @JoinColumn({ name: 'dog_home' })
  dogHome!: Town | null;

  @Property({ path: 'dogHome/name' })
  label!: string | null;
}

@EntityType({ name: 'Ant' })
@ChildEntity('ant')
class Ant extends Animal {
  @ManyToOne(() => Town, { nullable: true })
  @JoinColumn({ name: 'ant_home' })
  antHome!: Town | null;

  @Property({ path: 'antHome/size' })
  label!: number | null;
}

let service: TestService;

beforeAll(async () => {
  const database = await emptyDatabase();
  const dataSource = await new DataSource({
    type: 'postgres',
    url: database.url,
    poolSize: 2,
    entities: [Town, Animal, Cat, Dog, Ant],
    extra: { options: sessionOptions(20_000) },
  }).initialize();
  await dataSource.synchronize();
  await dataSource.query(`INSERT INTO towns (id, name, size) VALUES (1, 'Ulm', 5), (2, 'Bonn', 7), (3, 'Rome', 5)`);
  await dataSource.query(
    `INSERT INTO animals (id, kind, cat_home, dog_home, ant_home) VALUES (1, 'cat', 1, NULL, NULL), (2, 'cat', 2, NULL, NULL), (3, 'dog', NULL, 1, NULL),
       (4, 'dog', NULL, NULL, NULL), (5, 'ant', NULL, NULL, 1), (6, 'Animal', NULL, NULL, NULL), (7, 'ant', NULL, NULL, 2), (8, 'ant', NULL, NULL, 3)`,
  );
  service = await serve({
    database,
    config: { dataSource, namespace: 'Zoo', rules: new RuleBook(), keepsRequests: false },
    callerFor: () => ({ partition: null }),
  });
});
afterAll(() => service.close());

const towns =
  'animals a LEFT JOIN towns c ON c.id = cat_home LEFT JOIN towns d ON d.id = dog_home LEFT JOIN towns t ON t.id = ant_home';

test.each([
  ['Zoo.Cat/label,Zoo.Dog/label', 'to_json(coalesce(c.name, d.name))'],
  ['Zoo.Cat/label,Zoo.Ant/label', 'coalesce(to_json(c.name), to_json(t.size))'],
  ['Zoo.Ant/label,Zoo.Cat/label,Zoo.Dog/label', 'coalesce(to_json(coalesce(c.name, d.name)), to_json(t.size))'],
])('[80, 188] groupby((%s)) has one name for them, whatever their types', async (paths, label) => {
  const rows = await service.sql(
    `SELECT label::json, count(*)::int AS n FROM (SELECT (${label})::text AS label FROM ${towns}) r GROUP BY label::text`,
  );
  const path = `Animals?$apply=groupby((${paths}),aggregate($count%20as%20n))`;
  const { value } = await service.get(path, { accept: 'application/json;odata.metadata=none' });
  const texts = (given: readonly Json[]): readonly string[] =>
    given.map(({ label, n }) => JSON.stringify([label, n])).sort();
  expect(texts(value)).toEqual(texts(rows));
  const found = await service.get(
    `${path}/filter(label%20ne%20null)/aggregate($count%20as%20n)`.replaceAll(' ', '%20'),
  );
  expect(found.status === 200 ? found.value[0]?.['n'] : found.status).toBe(
    paths.includes('Ant') ? 400 : rows.filter((row) => row['label'] !== null).length,
  );
});
