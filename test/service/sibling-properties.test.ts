/** Types that are not derived from one another and declare one name, each as something else: a row has what its own type says. CSDL §6.2 */
import 'reflect-metadata';
import {
  ChildEntity,
  Column,
  DataSource,
  Entity,
  JoinColumn,
  ManyToOne,
  OneToMany,
  PrimaryColumn,
  TableInheritance,
  VersionColumn,
  VirtualColumn,
} from 'typeorm';
import { ComplexType, EntityType, Property, RuleBook, sessionOptions } from '../../src/odata';
import { emptyDatabase } from '../setup/database';
import { serve, type Answer, type TestService } from '../setup/service';

@ComplexType({ name: 'Spot' })
class Spot {
  @Column({ type: 'text', nullable: true })
  street!: string | null;

  @Column({ type: 'integer', nullable: true })
  size!: number | null;
}

@ComplexType({ name: 'Chip' })
class Chip {
  @Column({ type: 'text', nullable: true })
  code!: string | null;
}

@EntityType({ name: 'Town', entitySet: 'Towns' })
@Entity('towns')
class Town {
  @PrimaryColumn({ type: 'integer' })
  id!: number;

  @Column({ type: 'text' })
  name!: string;

  @Column({ type: 'integer' })
  size!: number;

  @Column({ type: 'text', array: true, default: [] })
  tags!: string[];

  @Property({ collectionOf: Chip })
  @Column({ type: 'jsonb', default: [] })
  chips!: Chip[];
}

@EntityType({ name: 'Animal', entitySet: 'Animals' })
@Entity('animals')
@TableInheritance({ column: { type: 'varchar', name: 'kind' } })
class Animal {
  @PrimaryColumn({ type: 'integer' })
  id!: number;

  @VersionColumn({ type: 'integer' })
  revision!: number;

  @ManyToOne(() => Animal, (animal) => animal.cubs, { nullable: true })
  @JoinColumn({ name: 'mother' })
  mother!: Animal | null;

  @ManyToOne(() => Town, { nullable: false })
  @JoinColumn({ name: 'land' })
  land!: Town;

  @OneToMany(() => Animal, (animal) => animal.mother)
  cubs!: Animal[];
}

/** Each name is something else. */
@EntityType({ name: 'Cat' })
@ChildEntity('cat')
class Cat extends Animal {
  @ManyToOne(() => Town, { nullable: true })
  @JoinColumn({ name: 'cat_home' })
  catHome!: Town | null;

  @Property({ searchable: true })
  @Column({ type: 'text', nullable: true, name: 'cat_text' })
  text!: string | null;

  @Property({ enumType: { name: 'Mood', members: { Calm: 0, Wild: 1 } } })
  @Column({ type: 'smallint', nullable: true, name: 'cat_mood' })
  mood!: number | null;

  @Property({ path: 'land/tags', computed: true })
  tags!: string[];

  @Property({ path: 'land/chips', computed: true })
  items!: Chip[];

  @Property({ stream: { mediaType: 'text/plain' } })
  @Column({ type: 'bytea', nullable: true, name: 'cat_photo' })
  photo!: Buffer | null;

  @VirtualColumn({ type: 'integer', query: (alias) => `SELECT ${alias}."id" * 10` })
  score!: number;

  @Column(() => Spot, { prefix: 'cat_spot' })
  spot!: Spot;

  @ManyToOne(() => Town, { nullable: true })
  @JoinColumn({ name: 'cat_place' })
  place!: Town | null;

  @OneToMany(() => Cat, (cat) => cat.leader)
  pack!: Cat[];

  @ManyToOne(() => Cat, (cat) => cat.pack, { nullable: true })
  @JoinColumn({ name: 'leader' })
  leader!: Cat | null;

  @Property({ path: 'catHome/name', computed: true })
  label!: string | null;

  @Property({ path: 'mother/mother/id', computed: true })
  far!: number | null;
}

const names = ['text', 'mood', 'tags', 'items', 'photo', 'score', 'spot', 'place', 'pack', 'label'] as const;

/** Each name is that of a town. */
@EntityType({ name: 'Dog' })
@ChildEntity('dog')
class Dog extends Animal {
  @ManyToOne(() => Town, { nullable: true })
  @JoinColumn({ name: 'dog_home' })
  dogHome!: Town | null;

  @Property({ path: 'dogHome/size', computed: true })
  far!: number | null;
}
for (const name of names) Property({ path: 'dogHome/name', computed: true })(Dog.prototype, name);

/** Each name is a complex value. */
@EntityType({ name: 'Ant' })
@ChildEntity('ant')
class Ant extends Animal {}
for (const name of names) Column(() => Chip, { prefix: `ant_${name}` })(Ant.prototype, name);

/** Each name leads to an animal. */
@EntityType({ name: 'Bee' })
@ChildEntity('bee')
class Bee extends Animal {}
/** TypeORM keeps relations of one name as one. */
const led = names.filter((name) => name !== 'place' && name !== 'pack');
for (const name of led) {
  ManyToOne(() => Animal, { nullable: true })(Bee.prototype, name);
  JoinColumn({ name: `bee_${name}` })(Bee.prototype, name);
}

/** A row of a table, or what is made of one. */
type Row = Readonly<Record<string, unknown>>;

/** A name of a derived type within a path, and what it is in each row of the type. */
interface Path {
  readonly path: string;
  readonly kind: string;
  readonly of: (row: Row) => unknown;
}

let service: TestService;
let rows: readonly Row[];
let towns: readonly Row[];

const all = [...names, 'far'];
const kinds: Readonly<Record<string, string>> = { cat: 'Cat', dog: 'Dog', ant: 'Ant', bee: 'Bee' };
const antColumn = (name: string): string => `ant${name.charAt(0).toUpperCase()}${name.slice(1)}Code`;

beforeAll(async () => {
  const database = await emptyDatabase();
  const dataSource = await new DataSource({
    type: 'postgres',
    url: database.url,
    poolSize: 2,
    entities: [Town, Animal, Cat, Dog, Ant, Bee],
    extra: { options: sessionOptions(20_000) },
  }).initialize();
  await dataSource.synchronize();
  await dataSource.query(`INSERT INTO towns (id, name, size, tags, chips) VALUES (1, 'Ulm', 5, '{t1,x}', '[{"code":"c1"}]'),
    (2, 'Bonn', 7, '{t2,x}', '[{"code":"c2"}]'), (3, 'Rome', 5, '{}', '[]')`);
  // Three of each type, of which the last has nothing.
  const bees = led.map((name, index) => [`bee_${name}`, `(n + ${index}) % 14`]);
  const ants = names.map((name) => [`"${antColumn(name)}"`, `'${name}' || n`]);
  const values = [
    ...[
      ['cat_text', `'Ulm ' || n`],
      ['cat_mood', 'n % 2'],
      ['cat_home', 'n % 3 + 1'],
      ['cat_place', '(n + 1) % 3 + 1'],
    ],
    ...[
      ['leader', '1'],
      ['cat_photo', `convert_to('p' || n, 'UTF8')`],
      ['"catSpotStreet"', `'s' || n`],
    ],
    ...[
      ['"catSpotSize"', 'nullif(n, 6)'],
      ['dog_home', 'n % 3 + 1'],
    ],
    ...[...ants, ...bees],
  ].map(([column = '', value = '']) => {
    const kind = /^"?(cat|ant|bee|dog)/.exec(column)?.[1] ?? 'cat';
    return [column, `CASE WHEN kind = '${kind}' AND n < 10 THEN ${value} END`];
  });
  await dataSource.query(`INSERT INTO animals (id, land, kind, revision, mother, ${values.map(([column]) => column).join(', ')})
    SELECT n, (n + 1) % 3 + 1, kind, 1, CASE WHEN n > 2 THEN n / 3 END, ${values.map(([, value]) => value).join(', ')}
    FROM (SELECT n, ('{Animal,cat,dog,ant,bee}'::text[])[n % 5 + 1] AS kind FROM generate_series(0, 14) n) made`);
  service = await serve({
    database,
    config: { dataSource, namespace: 'Zoo', rules: new RuleBook(), keepsRequests: false },
    callerFor: () => ({ partition: null }),
  });
  rows = await service.sql('SELECT * FROM animals ORDER BY id');
  towns = await service.sql('SELECT * FROM towns');
});
afterAll(() => service.close());

const town = (id: unknown): Row | undefined => towns.find((one) => one['id'] === id);
const animal = (id: unknown): Row | undefined => rows.find((one) => one['id'] === id);
const whole = (parts: Row): Row | null => (Object.values(parts).every((part) => part === null) ? null : parts);

/** The value of a property of a row; undefined where its type has none of the name. */
function valueOf(row: Row, name: string): unknown {
  const home = town(row['cat_home'] ?? row['dog_home']);
  const land = town(row['land']);
  if (row['kind'] === 'dog') return home?.[name === 'far' ? 'size' : 'name'] ?? null;
  if (row['kind'] === 'ant') return name === 'far' ? undefined : whole({ code: row[antColumn(name)] });
  if (row['kind'] !== 'cat') return undefined;
  const values: Row = {
    text: row['cat_text'],
    mood: row['cat_mood'] === null ? null : row['cat_mood'] === 0 ? 'Calm' : 'Wild',
    tags: land?.['tags'],
    items: land?.['chips'],
    score: Number(row['id']) * 10,
    spot: whole({ street: row['catSpotStreet'], size: row['catSpotSize'] }),
    label: home?.['name'] ?? null,
    far: animal(animal(row['mother'])?.['mother'])?.['id'] ?? null,
  };
  return values[name];
}

/** What a row is in answers, with these of its members. */
function entityOf(row: Row, members: readonly string[] = ['id', 'revision', ...all]): Row {
  const type = kinds[String(row['kind'])];
  const values = members.map((name) => [name, all.includes(name) ? valueOf(row, name) : row[name]] as const);
  return Object.fromEntries<unknown>([
    ...(type ? [['@odata.type', `#Zoo.${type}`] as const] : []),
    ...values.filter(([, value]) => value !== undefined),
  ]);
}

/** Members alone, without what is told of them; the type of an entity stays. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const isTold = (name: string): boolean => name.includes('@') || name.startsWith('#');
  const isType = (name: string, told: unknown): boolean =>
    name === '@odata.type' && told !== '#Zoo.Animal' && told !== '#Zoo.Spot' && told !== '#Zoo.Chip';
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, one]) => (isTold(name) && !isType(name, one) ? [] : [[name, plain(one)]])),
  );
}

async function read(path: string, headers: Record<string, string> = {}): Promise<unknown> {
  const answer = await service.get(encodeURI(path).replaceAll("'", '%27'), headers);
  return answer.status === 200 ? plain(answer.json['value'] ?? answer.json) : answer.text;
}

const chipsOf = (row: Row): readonly Row[] => (town(row['land'])?.['chips'] ?? []) as readonly Row[];
const cubsOf = (row: Row): readonly Row[] => rows.filter((cub) => cub['mother'] === row['id']);

test.each(['minimal', 'full'])(
  '[80] what rows of all types have is that of their own types: metadata=%s',
  async (metadata) => {
    const accept = `application/json;odata.metadata=${metadata}`;
    const entity = (row: Row): Row => entityOf(row);
    const ofId = (id: unknown): Row | null => rows.filter((row) => row['id'] === id).map(entity)[0] ?? null;
    expect(await read('Animals', { accept })).toEqual(rows.map(entity));
    expect(await read('Animals?$expand=cubs,mother', { accept })).toEqual(
      rows.map((row) => ({ ...entity(row), cubs: cubsOf(row).map(entity), mother: ofId(row['mother']) })),
    );
    expect(await read('Animals?$select=id&$expand=cubs($expand=mother($expand=cubs))', { accept })).toEqual(
      rows.map((row) => ({
        ...entityOf(row, ['id']),
        cubs: cubsOf(row).map((cub) => ({ ...entity(cub), mother: { ...entity(row), cubs: cubsOf(row).map(entity) } })),
      })),
    );
    expect(await read('Animals?$apply=concat(identity,identity)', { accept })).toEqual([...rows, ...rows].map(entity));
    for (const row of rows) expect(await read(`Animals(${Number(row['id'])})`, { accept })).toEqual(entity(row));
  },
);

test.each([
  { name: 'label', types: ['cat', 'dog'], isOneType: true },
  { name: 'far', types: ['cat', 'dog'], isOneType: true },
  { name: 'score', types: ['dog', 'cat'], isOneType: false },
])('[80, 188] groupby has one name for $name of $types, whatever its types', async ({ name, types, isOneType }) => {
  const paths = types.map((kind) => `Zoo.${kinds[kind]}/${name}`).join();
  // Rows of other types lack the name, which is not null there.
  const groups = new Map<string, number>();
  for (const row of rows) {
    const group = JSON.stringify(types.includes(String(row['kind'])) ? { [name]: valueOf(row, name) } : {});
    groups.set(group, (groups.get(group) ?? 0) + 1);
  }
  const path = `Animals?$apply=groupby((${paths}),aggregate($count as n))`;
  const found = await read(path, { accept: 'application/json;odata.metadata=none' });
  expect(new Set(Array.isArray(found) ? found.map((group) => JSON.stringify(group)) : [found])).toEqual(
    new Set(Array.from(groups, ([group, n]) => JSON.stringify({ ...JSON.parse(group), n }))),
  );
  const others = await service.get(encodeURI(`${path}/filter(${name} ne null)/aggregate($count as n)`));
  expect(others.status === 200 ? others.value[0]?.['n'] : others.status).toBe(isOneType ? groups.size - 2 : 400);
});

test.each([
  "addnested(Zoo.Cat/items,filter(code ne 'c1') as g)",
  "addnested(Zoo.Cat/items,filter(code ne 'c1') as g)/groupby((id),identity)",
  "addnested(Zoo.Cat/items,identity as h,filter(code ne 'c1') as g)&$select=id,g",
  "addnested(Zoo.Cat/items,identity as g)&$select=id,g($filter=code ne 'c1')",
  "addnested(Zoo.Cat/items,filter(code ne 'c1') as g)&$select=id,Zoo.Cat/g",
])(
  '[80, 193] a collection of complex values that addnested gave behind a cast goes out with rows of that type: %s',
  async (apply) => {
    const others = (row: Row): Row =>
      row['kind'] === 'cat' ? { g: chipsOf(row).filter(({ code }) => code !== 'c1') } : {};
    const isSelected = apply.includes('$select');
    const added = (row: Row): Row => ({ ...(isSelected ? entityOf(row, ['id']) : entityOf(row)), ...others(row) });
    expect(await read(`Animals?$apply=${apply}`)).toEqual(rows.map(added));
    const { json } = await service.get(encodeURI(`Animals?$apply=${apply}`));
    expect(json['@odata.context']).toMatch(isSelected ? /#Animals\(id,Zoo\.Cat\/g\)$/ : /#Animals\(\*,Zoo\.Cat\/g\)$/);
    // What a row has not is asked as a collection without members.
    const counted = await read(`Animals?$apply=${apply.split('&')[0]}&$compute=g/$count as n&$select=id,n`);
    const isAll = apply.includes('identity as g');
    expect(counted).toEqual(
      rows.map((row) => ({
        ...entityOf(row, ['id']),
        n: row['kind'] === 'cat' ? chipsOf(row).filter(({ code }) => isAll || code !== 'c1').length : 0,
      })),
    );
  },
);

// Data Aggregation §3.2.3.1: a projection has what the row's own type has of the paths. §3.1.2: those are the same that have the same names and values.
test.each([
  { name: 'text', own: ['cat', 'dog'] },
  { name: 'label', own: ['cat', 'dog'] },
  { name: 'spot', own: ['cat', 'ant'] },
  { name: 'spot', own: ['ant', 'cat', 'dog'] },
  { name: 'mood', own: ['cat', 'dog', 'ant'] },
  { name: 'score', own: ['cat', 'dog', 'ant'] },
])('[80, 188] rows of $own that have the same $name are one group, whatever their types', async ({ name, own }) => {
  const plainOf = (row: Row): Row => (own.includes(String(row['kind'])) ? { [name]: valueOf(row, name) } : {});
  const motherOf = (row: Row): Row => {
    const mother = animal(row['mother']);
    return { mother: mother ? plainOf(mother) : null };
  };
  for (const [before, projected] of [
    ['', plainOf],
    ['mother/', motherOf],
  ] as const) {
    const groups = new Map<string, number>();
    for (const key of rows.map((row) => JSON.stringify(projected(row)))) groups.set(key, (groups.get(key) ?? 0) + 1);
    const paths = own.map((kind) => `${before}Zoo.${kinds[kind]}/${name}`).join();
    const { value } = await service.get(encodeURI(`Animals?$apply=groupby((${paths}),aggregate($count as n))`));
    const found = value.map((group) => {
      const { n, ...shown } = plain(group) as Row;
      return [JSON.stringify(shown, (key, one: unknown) => (key.endsWith('@odata.type') ? undefined : one)), n];
    });
    expect([paths, found.sort()]).toEqual([paths, [...groups].sort()]);
  }
});

/** All groups of some of the types that have a name. */
function someOf(name: string): readonly (readonly string[])[] {
  const having = Object.keys(kinds).filter(
    (kind) =>
      (kind !== 'bee' || led.some((one) => one === name)) && (name !== 'far' || kind === 'cat' || kind === 'dog'),
  );
  return having
    .reduce<readonly (readonly string[])[]>((some, kind) => [...some, ...some.map((one) => [...one, kind])], [[]])
    .slice(1);
}

test.each(all)('[80] %s is selected by the types that it is behind', async (name) => {
  for (const some of someOf(name)) {
    const select = ['id', ...some.map((kind) => `Zoo.${kinds[kind]}/${name}`)].join();
    const entity = (row: Row): Row => entityOf(row, ['id', ...(some.includes(String(row['kind'])) ? [name] : [])]);
    expect([select, await read(`Animals?$select=${select}`)]).toEqual([select, rows.map(entity)]);
    expect([select, await read(`Animals?$select=id&$expand=cubs($select=${select})`)]).toEqual([
      select,
      rows.map((row) => ({ ...entityOf(row, ['id']), cubs: cubsOf(row).map(entity) })),
    ]);
  }
  expect((await service.get(`Animals?$select=${name}`)).error.code).toBe('UnknownProperty');
  for (const row of rows) {
    const value = valueOf(row, name);
    if (value === undefined) continue;
    const path = `Animals(${Number(row['id'])})/Zoo.${kinds[String(row['kind'])]}/${name}`;
    const answer = await service.get(path);
    expect([path, answer.status, plain(answer.json['value'] ?? answer.json)]).toEqual([
      path,
      value === null ? 204 : 200,
      value ?? {},
    ]);
  }
});

/** What expressions may say of a name of each type. */
function pathsOf(name: string): readonly Path[] {
  const cat: Readonly<Record<string, readonly (readonly [string, (row: Row) => unknown])[]>> = {
    spot: [
      ['/street', (row) => row['catSpotStreet']],
      ['/size', (row) => row['catSpotSize']],
    ],
    place: [['/name', (row) => town(row['cat_place'])?.['name'] ?? null]],
    tags: [['/$count', (row) => town(row['land'])?.['tags']]],
    items: [['/$count', (row) => town(row['land'])?.['chips']]],
    pack: [['/$count', (row) => rows.filter(({ leader }) => leader === row['id'])]],
    photo: [],
  };
  const ofCats = cat[name] ?? [['', (row: Row) => valueOf(row, name)] as const];
  const ledTo = (row: Row): Row | undefined => animal(row[`bee_${name}`]);
  const paths: readonly Path[] = [
    ...ofCats.map(([rest, of]) => ({ path: `Zoo.Cat/${name}${rest}`, kind: 'cat', of })),
    { path: `Zoo.Dog/${name}`, kind: 'dog', of: (row) => valueOf(row, name) },
    ...(name === 'far' ? [] : [{ path: `Zoo.Ant/${name}/code`, kind: 'ant', of: (row: Row) => row[antColumn(name)] }]),
    ...(led.some((one) => one === name)
      ? [
          { path: `Zoo.Bee/${name}/id`, kind: 'bee', of: (row: Row) => ledTo(row)?.['id'] },
          {
            path: `Zoo.Bee/${name}/Zoo.Dog/${name}`,
            kind: 'bee',
            of: (row: Row) => [ledTo(row)].map((led) => (led?.['kind'] === 'dog' ? valueOf(led, name) : null))[0],
          },
        ]
      : []),
  ];
  return paths.map(({ path, kind, of }) => ({
    path,
    kind,
    of: (row) => {
      const value = row['kind'] === kind ? (of(row) ?? null) : null;
      if (!path.endsWith('$count')) return value;
      return Array.isArray(value) ? value.length : 0;
    },
  }));
}

/** Nulls come first. */
function compared(left: unknown, right: unknown): number {
  if (left === right) return 0;
  if (left === null || right === null) return left === null ? -1 : 1;
  return (typeof left === 'number' ? left < Number(right) : quoted(left) < quoted(right)) ? -1 : 1;
}

const quoted = (value: unknown): string => (typeof value === 'string' ? `'${value}'` : String(value));

/** Each with the next one. */
const pairs = (name: string): readonly (readonly [Path, Path])[] => {
  const paths = pathsOf(name);
  return paths.map((one, index) => [one, paths[(index + 1) % paths.length] ?? one]);
};

test.each(all)(
  '[80] %s in conditions, orders, computed properties and groups is that of the type before it',
  async (name) => {
    for (const [one, other] of pairs(name)) {
      const values = [one, other].map(({ of }) => rows.map(of).find((value) => value !== null && value !== 0) ?? null);
      const isFound = (row: Row): boolean => one.of(row) === values[0] || other.of(row) === values[1];
      const filter = `${one.path} eq ${quoted(values[0])} or ${other.path} eq ${quoted(values[1])}`;
      expect([filter, await read(`Animals?$filter=${filter}`)]).toEqual([
        filter,
        rows.filter(isFound).map((row) => entityOf(row)),
      ]);
      expect([filter, await read(`Animals?$select=id&$expand=cubs($filter=${filter})`)]).toEqual([
        filter,
        rows.map((row) => ({
          ...entityOf(row, ['id']),
          cubs: cubsOf(row)
            .filter(isFound)
            .map((cub) => entityOf(cub)),
        })),
      ]);
      expect([filter, (await service.get(encodeURI(`Animals/$count?$filter=${filter}`))).text]).toEqual([
        filter,
        String(rows.filter(isFound).length),
      ]);
      const order = `${one.path} desc,${other.path}`;
      const sorted = rows.toSorted(
        (left, right) =>
          compared(one.of(right), one.of(left)) ||
          compared(other.of(left), other.of(right)) ||
          Number(left['id']) - Number(right['id']),
      );
      const pages = await service.all(encodeURI(`Animals?$orderby=${order}`), { prefer: 'maxpagesize=4' });
      expect([order, plain(pages)]).toEqual([order, sorted.map((row) => entityOf(row))]);
      const compute = `${one.path} as one,${other.path} as two`;
      expect([compute, await read(`Animals?$compute=${compute}&$select=id,one,two`)]).toEqual([
        compute,
        rows.map((row) => ({ ...entityOf(row, ['id']), one: one.of(row), two: other.of(row) })),
      ]);
      const counts = new Map<string, number>();
      for (const key of rows.map((row) => JSON.stringify([one.of(row), other.of(row)])))
        counts.set(key, (counts.get(key) ?? 0) + 1);
      const { value } = await service.get(
        encodeURI(`Animals?$apply=compute(${compute})/groupby((one,two),aggregate($count as n))`),
      );
      expect([
        compute,
        value.map((group) => [JSON.stringify([group['one'], group['two']]), group['n']]).sort(),
      ]).toEqual([compute, [...counts].sort()]);
    }
  },
);

test('[80] what a name of one type leads to is expanded, where others have something else of the name', async () => {
  const ofId = (id: unknown): Row | null =>
    rows.filter((row) => row['id'] === id).map((row) => entityOf(row))[0] ?? null;
  const expanded: readonly (readonly [name: string, kind: string, of: (row: Row) => unknown])[] = [
    ...led.map((name) => [name, 'bee', (row: Row): unknown => ofId(row[`bee_${name}`])] as const),
    ['place', 'cat', (row) => [town(row['cat_place'])].map((one) => one ?? null)[0]],
    [
      'pack',
      'cat',
      (row) =>
        rows
          .filter(({ leader }) => leader === row['id'])
          .map((one) => ({ ...entityOf(one), '@odata.type': undefined })),
    ],
    ['photo', 'cat', (row) => (Buffer.isBuffer(row['cat_photo']) ? row['cat_photo'].toString() : null)],
  ];
  for (const [name, kind, of] of expanded) {
    const item = `Zoo.${kinds[kind]}/${name}`;
    const others = (row: Row): readonly string[] => (['dog', 'ant'].includes(String(row['kind'])) ? [name] : []);
    const expand = `$select=id,Zoo.Dog/${name},Zoo.Ant/${name}&$expand=${item}`;
    const entity = (row: Row, whole: Row): Row => (row['kind'] === kind ? { ...whole, [name]: of(row) } : whole);
    expect([item, await read(`Animals?$expand=${item}`)]).toEqual([
      item,
      rows.map((row) => entity(row, entityOf(row))),
    ]);
    expect([item, await read(`Animals?${expand}`)]).toEqual([
      item,
      rows.map((row) => entity(row, entityOf(row, ['id', ...others(row)]))),
    ]);
    expect([item, await read(`Animals?$select=id&$expand=cubs(${expand.replace('&', ';')})`)]).toEqual([
      item,
      rows.map((row) => ({
        ...entityOf(row, ['id']),
        cubs: cubsOf(row).map((cub) => entity(cub, entityOf(cub, ['id', ...others(cub)]))),
      })),
    ]);
  }
});

test.each([
  '$compute=id as label',
  '$compute=id as label&$select=label',
  '$compute=id as photo',
  '$expand=cubs($compute=id as label)',
  '$apply=compute(id as label)',
  '$apply=addnested(cubs,filter(id gt 1) as label)',
  '$apply=join(cubs as label)',
])('[80, 162] %s is refused: some of the entities have the name', async (options) => {
  const { status, error } = await service.get(encodeURI(`Animals?${options}`));
  expect([status, error.code, error.target]).toEqual([
    400,
    'InvalidValue',
    /\$(apply|expand|compute)/.exec(options)?.[0],
  ]);
});

/** What is sent, and what the row has then beside its id, its kind and its country. */
const written: readonly (readonly [type: string, body: Row, row: Row])[] = [
  [
    'Cat',
    { text: 'new', mood: 'Wild', label: 'x', score: 3, spot: { street: 's' }, place: { '@id': 'Towns(3)' } },
    { cat_text: 'new', cat_mood: 1, catSpotStreet: 's', cat_place: 3 },
  ],
  ['Dog', { dogHome: { '@id': 'Towns(2)' }, text: 'x', spot: 'x', place: 'x', photo: 'x' }, { dog_home: 2 }],
  [
    'Ant',
    Object.fromEntries(names.map((name) => [name, { code: name }])),
    Object.fromEntries(names.map((name) => [antColumn(name), name])),
  ],
  [
    'Bee',
    Object.fromEntries(led.map((name) => [name, { '@id': 'Animals(2)' }])),
    Object.fromEntries(led.map((name) => [`bee_${name}`, 2])),
  ],
];

test.each(written)('[80] a %s is written with what its own type has of each name', async (type, body, row) => {
  const headers = { 'content-type': 'application/json', prefer: 'return=representation', 'if-match': '*' };
  const send = (method: string, path: string, sent: Row): Promise<Answer> =>
    service.send(method, path, headers, JSON.stringify(sent));
  const stored = async (id: number): Promise<Row> => {
    const [found = {}] = await service.sql(`SELECT * FROM animals WHERE id = ${id}`);
    return Object.fromEntries(
      Object.entries(found).filter(
        ([name, value]) => value !== null && !['id', 'kind', 'land', 'revision', 'mother'].includes(name),
      ),
    );
  };
  const required = { '@odata.type': `#Zoo.${type}`, land: { '@id': 'Towns(1)' } };
  const { 'if-match': _, ...creating } = headers;
  const made = await service.send('POST', 'Animals', creating, JSON.stringify({ ...required, id: 100, ...body }));
  expect([made.status, plain(made.json)]).toEqual([
    201,
    plain(entityOf((await service.sql('SELECT * FROM animals WHERE id = 100'))[0] ?? {})),
  ]);
  expect(await stored(100)).toEqual(row);
  // The same by changing one without anything, and within another entity.
  expect(
    (
      await service.send(
        'POST',
        'Animals',
        creating,
        JSON.stringify({ id: 101, ...required, cubs: [{ ...required, id: 102, ...body }] }),
      )
    ).status,
  ).toBe(201);
  expect([await stored(101), await stored(102)]).toEqual([{}, row]);
  const changed = await send('PATCH', 'Animals(101)', { '@odata.type': `#Zoo.${type}`, ...body });
  expect([changed.status, await stored(101)]).toEqual([200, row]);
  const etag = String(changed.headers.etag);
  expect((await service.send('PATCH', 'Animals(101)', { ...headers, 'if-match': etag }, '{}')).status).toBe(200);
  expect(
    (await service.send('PATCH', `Animals(101)/Zoo.${type}`, { ...headers, 'if-match': 'W/"1"' }, JSON.stringify(body)))
      .status,
  ).toBe(412);
  for (const id of [102, 101, 100]) expect((await service.send('DELETE', `Animals(${id})`, headers)).status).toBe(204);
});
