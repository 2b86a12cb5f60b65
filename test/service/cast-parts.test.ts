/** What addnested adds to the parts of complex values that only rows of derived types have. The oracle is plain JavaScript over the same rows. Data Aggregation §3.4.3 */
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
} from 'typeorm';
import { ComplexType, EntityType, Property, RuleBook, sessionOptions } from '../../src/odata';
import { emptyDatabase } from '../setup/database';
import { serve, type Json, type TestService } from '../setup/service';

@ComplexType({ name: 'Town' })
class Town {
  @Column({ type: 'text', nullable: true })
  name!: string | null;

  @Column({ type: 'text', nullable: true })
  region!: string | null;
}

@ComplexType({ name: 'Desk' })
class Desk {
  @Column({ type: 'integer' })
  size!: number;
}

@ComplexType({ name: 'Place' })
class Place {
  @Column({ type: 'text', nullable: true })
  label!: string | null;

  @Column(() => Town, { prefix: 'town_' })
  town!: Town;

  @Property({ collectionOf: Desk })
  @Column({ type: 'jsonb', default: [] })
  desks!: Desk[];
}

@EntityType({ name: 'Being', entitySet: 'Beings' })
@Entity('beings')
@TableInheritance({ column: { type: 'varchar', name: 'kind' } })
class Being {
  @PrimaryColumn({ type: 'integer' })
  id!: number;

  @ManyToOne(() => Being, (being) => being.friends, { nullable: true })
  @JoinColumn({ name: 'friend' })
  friend!: Being | null;

  @OneToMany(() => Being, (being) => being.friend)
  friends!: Being[];
}

@EntityType({ name: 'Worker' })
@ChildEntity('worker')
class Worker extends Being {
  @Column(() => Place, { prefix: 'office_' })
  office!: Place;
}

@EntityType({ name: 'Boss' })
@ChildEntity('boss')
class Boss extends Worker {}

@EntityType({ name: 'Chief' })
@ChildEntity('chief')
class Chief extends Boss {}

/** The same name is something else. */
@EntityType({ name: 'Guest' })
@ChildEntity('guest')
class Guest extends Being {
  @Column(() => Town, { prefix: 'guest_' })
  office!: Town;
}

interface Office extends Json {
  readonly label: string | null;
  readonly town: { readonly name: string | null; readonly region: string | null } | null;
  readonly desks: readonly { readonly size: number }[];
}

interface Row {
  readonly id: number;
  readonly kind: 'Being' | 'worker' | 'boss' | 'chief' | 'guest';
  readonly friend: number | null;
  readonly office: Office;
}

const town = (name: string | null, region: string | null = null): Office['town'] =>
  name === null && region === null ? null : { name, region };
const office = (label: string | null, at: Office['town'], ...sizes: readonly number[]): Office => ({
  label,
  town: at,
  desks: sizes.map((size) => ({ size })),
});
const row = (id: number, kind: Row['kind'], friend: number | null, one = office(null, null)): Row => ({
  id,
  kind,
  friend,
  office: one,
});
const rows: readonly Row[] = [
  row(1, 'Being', null),
  row(2, 'worker', 1, office('hq', town('Ulm', 'BW'), 3, 5)),
  row(3, 'boss', 2, office('top', town('Bonn'), 7, 2)),
  row(4, 'boss', 3),
  row(5, 'guest', 3, office(null, town('Rome', 'IT'))),
  row(6, 'chief', 2, office('top', town('Essen', 'NW'))),
  row(7, 'chief', 6, office('top', town('Bonn'), 7, 2)),
  row(8, 'worker', 6, office('top', town('Bonn'), 7, 2)),
];
const kinds = ['Being', 'worker', 'boss', 'chief'];
const isOf = ({ kind }: Row, least: string): boolean =>
  least === '' || (kinds.includes(kind) && kinds.indexOf(kind) >= kinds.indexOf(least));

let service: TestService;
beforeAll(async () => {
  const database = await emptyDatabase();
  const dataSource = await new DataSource({
    type: 'postgres',
    url: database.url,
    poolSize: 2,
    entities: [Being, Worker, Boss, Chief, Guest],
    extra: { options: sessionOptions(20_000) },
  }).initialize();
  await dataSource.synchronize();
  for (const {
    id,
    kind,
    friend,
    office: { label, town: at, desks },
  } of rows) {
    const [name, region] = [at?.name, at?.region];
    const [columns, values] =
      kind === 'guest'
        ? ['"guest_Name", "guest_Region", "office_Desks"', [name, region, '[]']]
        : ['"office_town_Name", "office_town_Region", "office_Desks"', [name, region, JSON.stringify(desks)]];
    await dataSource.query(
      `INSERT INTO beings (id, kind, friend, "office_Label", ${columns}) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
      [id, kind, friend, label, ...values],
    );
  }
  service = await serve({
    database,
    config: { dataSource, namespace: 'Firm', rules: new RuleBook(), keepsRequests: false },
    callerFor: () => ({ partition: null }),
  });
});
afterAll(() => service.close());
afterEach(() => expect(service.takeFailures()).toEqual([]));

/** Members alone, names in order. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const own = Object.entries(value).filter(([name]) => !name.includes('@') && !name.startsWith('#'));
  return Object.fromEntries(
    own.sort(([one], [other]) => (one < other ? -1 : 1)).map(([name, one]) => [name, plain(one)]),
  );
}

const sorted = (values: readonly unknown[]): readonly unknown[] =>
  values.map(plain).sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));
const distinct = (values: readonly unknown[]): readonly unknown[] =>
  [...new Set(values.map((value) => JSON.stringify(plain(value))))].map((text): unknown => JSON.parse(text));

async function read(path: string, accept = 'application/json'): Promise<readonly Json[]> {
  const answer = await service.get(encodeURI(path), { accept });
  if (answer.status !== 200) throw new Error(`${path}: ${answer.text}`);
  return answer.value;
}

/** What is added to the town of an office, and to its desks. */
const lettersOf = ({ town: at }: Office): unknown => at && { ...at, l: at.name?.length ?? null };
const largeOf = ({ desks }: Office): readonly { size: number }[] => desks.filter(({ size }) => size > 2);
const letters = (type: string): string => `addnested(${type}office/town,compute(length(name) as l) as t)`;
const large = (type: string): string => `addnested(${type}office/desks,filter(size gt 2) as d)`;
const [boss, chief, worker] = ['Firm.Boss/', 'Firm.Chief/', 'Firm.Worker/'];

/** A row in an answer, with what was added to its office. */
function entityOf(one: Row, added: (one: Row) => object = () => ({})): object {
  if (one.kind === 'Being') return { id: one.id };
  return { id: one.id, office: one.kind === 'guest' ? one.office.town : { ...one.office, ...added(one) } };
}
const ifOf = (least: string, added: (office: Office) => object) => (one: Row) =>
  isOf(one, least) ? added(one.office) : {};
const withLetters = ifOf('boss', (one) => ({ t: lettersOf(one) }));

describe('[80, 193] go out with the rows of the type', () => {
  test.each(['minimal', 'full'])('metadata=%s', async (metadata) => {
    const path = `Beings?$apply=${letters(boss)}`;
    expect(plain(await read(path, `application/json;odata.metadata=${metadata}`))).toEqual(
      plain(rows.map((one) => entityOf(one, withLetters))),
    );
    const { json } = await service.get(encodeURI(path));
    expect(String(json['@odata.context'])).toMatch(/#Beings\(\*,Firm\.Boss\/office\/t\)$/);
  });

  test.each<readonly [apply: string, added: (one: Row) => object]>([
    [large(boss), ifOf('boss', (one) => ({ d: largeOf(one) }))],
    [`${large(worker)}/${letters(boss)}`, (one) => ({ d: largeOf(one.office), ...withLetters(one) })],
    [`${letters(boss)}/${large(worker)}`, (one) => ({ d: largeOf(one.office), ...withLetters(one) })],
    [
      `${letters(chief)}/${large(boss)}/addnested(${chief}office/d,compute(size add 1 as p) as q)`,
      (one) => ({
        ...ifOf('boss', (own) => ({ d: largeOf(own) }))(one),
        ...ifOf('chief', (own) => ({ t: lettersOf(own), q: largeOf(own).map(({ size }) => ({ size, p: size + 1 })) }))(
          one,
        ),
      }),
    ],
    [
      `addnested(${boss}office/desks,compute(size add $it/id as p) as d)`,
      (one) => (isOf(one, 'boss') ? { d: one.office.desks.map(({ size }) => ({ size, p: size + one.id })) } : {}),
    ],
    [
      `addnested(${worker}office/Firm.Place/town/Firm.Town,compute(length(name) as l) as t)`,
      (one) => ({ t: lettersOf(one.office) }),
    ],
    [`${letters(boss)}/groupby((id),identity)`, withLetters],
    [`concat(filter(id lt 3)/${letters(boss)},filter(id ge 3)/${letters(boss)})`, withLetters],
    [`concat(filter(id lt 3),filter(id ge 3))/${letters(boss)}`, withLetters],
  ])('%s', async (apply, added) => {
    expect(plain(await read(`Beings?$apply=${apply}`))).toEqual(plain(rows.map((one) => entityOf(one, added))));
    const workers = rows.filter((one) => isOf(one, 'worker'));
    expect(plain(await read(`Beings/Firm.Worker?$apply=${apply.replaceAll(worker, '')}`))).toEqual(
      plain(workers.map((one) => entityOf(one, added))),
    );
  });

  test('in entities that are expanded, added and joined, and in what a cast leaves of these', async () => {
    const of = (id: number | null): readonly object[] =>
      rows.filter((one) => one.id === id).map((one) => entityOf(one, withLetters));
    const friendsOf = ({ id }: Row): readonly Row[] => rows.filter((one) => one.friend === id);
    const friends = (one: Row): readonly object[] => friendsOf(one).map((friend) => entityOf(friend, withLetters));
    expect(plain(await read(`Beings?$select=id&$expand=friends($apply=${letters(boss)})`))).toEqual(
      plain(rows.map((one) => ({ id: one.id, friends: friends(one) }))),
    );
    expect(plain(await read(`Beings?$apply=addnested(friends,${letters(boss)} as f)&$select=id,f`))).toEqual(
      plain(rows.map((one) => ({ id: one.id, f: friends(one) }))),
    );
    expect(plain(await read(`Beings?$apply=addnested(friend,${letters(boss)} as f)&$select=id,f`))).toEqual(
      plain(rows.map(({ id, friend }) => ({ id, f: of(friend)[0] ?? null }))),
    );
    const joined = (least: string): unknown =>
      plain(
        rows.flatMap((one) =>
          friendsOf(one)
            .filter((friend) => isOf(friend, least))
            .map((friend) => ({ id: one.id, f: entityOf(friend, withLetters) })),
        ),
      );
    const path = `Beings?$apply=addnested(friends,${letters(boss)} as g)`;
    expect(plain(await read(`${path}/join(g as f)&$select=id&$expand=f`))).toEqual(joined(''));
    expect(plain(await read(`${path}/join(g/Firm.Chief as f)&$select=id&$expand=f`))).toEqual(joined('chief'));
    expect(sorted(await read(`Beings?$apply=join(friends as f,${letters(boss)})/groupby((f))`))).toEqual(
      sorted(rows.filter(({ friend }) => friend !== null).map((one) => ({ f: entityOf(one, withLetters) }))),
    );
    expect(sorted(await read(`Beings?$apply=addnested(friend,${letters(boss)} as f)/groupby((f))`))).toEqual(
      sorted(distinct(rows.map(({ friend }) => ({ f: of(friend)[0] ?? null })))),
    );
    const withLarge = (one: Row): object =>
      entityOf(
        one,
        ifOf('boss', (own) => ({ d: largeOf(own) })),
      );
    expect(sorted(await read(`Beings?$apply=join(friends as f,${large(boss)})/groupby((f))`))).toEqual(
      sorted(rows.filter(({ friend }) => friend !== null).map((one) => ({ f: withLarge(one) }))),
    );
  });
});

describe('[80, 192, 193] have paths behind casts', () => {
  const bosses = rows.filter((one) => isOf(one, 'boss'));
  const length = (one: Row): number | null => one.office.town?.name?.length ?? null;

  test.each<readonly [options: string, wanted: () => readonly unknown[]]>([
    [
      `${letters(boss)}&$filter=${boss}office/t/l gt 4&$select=id`,
      () => bosses.filter((one) => (length(one) ?? 0) > 4).map(({ id }) => ({ id })),
    ],
    [
      `${letters(boss)}&$filter=${chief}office/t/l gt 3 and ${boss}office/label eq 'top'&$count=true&$top=1&$select=id`,
      () => [{ id: 6 }],
    ],
    [
      `${letters(boss)}&$filter=${worker}office/t eq null&$select=id`,
      () => rows.filter((one) => !isOf(one, 'boss') || length(one) === null).map(({ id }) => ({ id })),
    ],
    [`${large(boss)}&$filter=${boss}office/d/any(d:d/size gt 5)&$select=id`, () => [{ id: 3 }, { id: 7 }]],
    [
      `${large(worker)}&$filter=${boss}office/d/$count eq 1&$select=id,${chief}office/d`,
      () => [{ id: 3 }, { id: 7, office: { d: [{ size: 7 }] } }],
    ],
    [
      `${letters(boss)}&$orderby=${boss}office/t/l desc,id&$select=id&$top=4`,
      () => [{ id: 6 }, { id: 3 }, { id: 7 }, { id: 1 }],
    ],
    [
      `${letters(boss)}&$select=id,${boss}office($select=t;$compute=length(label) as n)`,
      () => rows.map((one) => ({ id: one.id, ...(isOf(one, 'boss') && { office: { t: lettersOf(one.office) } }) })),
    ],
    [
      `${letters(boss)}/compute(${boss}office as o)&$select=id,o`,
      () =>
        rows.map((one) => ({ id: one.id, o: isOf(one, 'boss') ? { ...one.office, t: lettersOf(one.office) } : null })),
    ],
    [
      `${letters(boss)}/compute(${worker}office as o)&$select=id,o`,
      () =>
        rows.map((one) => ({
          id: one.id,
          o: isOf(one, 'worker') ? { ...one.office, t: isOf(one, 'boss') ? lettersOf(one.office) : null } : null,
        })),
    ],
    [
      `${large(boss)}/addnested(${boss}office,compute(d/$count as n) as o)&$select=id,o`,
      () =>
        rows.map((one) => ({
          id: one.id,
          o: isOf(one, 'boss') ? { ...one.office, d: largeOf(one.office), n: largeOf(one.office).length } : null,
        })),
    ],
    [
      `concat(identity,${letters(boss)})&$filter=${boss}office/t/l gt 3&$select=id`,
      () => bosses.filter((one) => length(one)).map(({ id }) => ({ id })),
    ],
    [
      `addnested(friends,${letters(boss)} as g)/filter(g/any(x:x/${boss}office/t/l gt 4))&$select=id`,
      () => [{ id: 2 }],
    ],
    [
      `addnested(friends,${letters(boss)} as g)/filter(g/${boss}any(x:x/office/t/l gt 4))&$select=id`,
      () => [{ id: 2 }],
    ],
    [`addnested(friends,compute(id add 1 as p) as g)/filter(g/${boss}any(x:x/p gt 7))&$select=id`, () => [{ id: 6 }]],
  ])('%s', async (options, wanted) => {
    expect(plain(await read(`Beings?$apply=${options}`))).toEqual(plain(wanted()));
  });

  test.each<readonly [apply: string, wanted: (one: Row) => object]>([
    [`${letters(boss)}/groupby((${boss}office/t))`, ifOf('boss', (one) => ({ office: { t: lettersOf(one) } }))],
    [
      `${letters(boss)}/groupby((${boss}office/t/l))`,
      ifOf('boss', ({ town: at }) => ({ office: { t: at && { l: at.name?.length } } })),
    ],
    [
      `${letters(boss)}/groupby((${worker}office))`,
      (one) => (isOf(one, 'worker') ? { office: { ...one.office, ...withLetters(one) } } : {}),
    ],
    [
      `${large(chief)}/${letters(boss)}/groupby((${worker}office))`,
      (one) =>
        isOf(one, 'worker')
          ? { office: { ...one.office, ...withLetters(one), ...ifOf('chief', (own) => ({ d: largeOf(own) }))(one) } }
          : {},
    ],
    [
      `${letters(boss)}/groupby((${worker}office/label,${worker}office/t))`,
      (one) => (isOf(one, 'worker') ? { office: { label: one.office.label, ...withLetters(one) } } : {}),
    ],
  ])('groups: %s', async (apply, wanted) => {
    const groups = distinct(rows.map(wanted)).map((group) => ({
      ...(group as object),
      n: rows.filter((one) => JSON.stringify(plain(wanted(one))) === JSON.stringify(plain(group))).length,
    }));
    expect(sorted(await read(`Beings?$apply=${apply.replace(/\)$/, '')},aggregate($count as n))`))).toEqual(
      sorted(groups),
    );
  });

  test('aggregates', async () => {
    const own = (one: Row): readonly number[] => largeOf(one.office).map(({ size }) => size);
    const sum = (numbers: readonly number[]): number => numbers.reduce((before, one) => before + one, 0);
    const items = `${boss}office/t/l with sum as l,${boss}office/d/size with sum as s,${boss}office/d/$count as n,${chief}office/d/$count as c`;
    expect(await read(`Beings?$apply=${letters(boss)}/${large(boss)}/aggregate(${items})`)).toMatchObject([
      {
        l: sum(bosses.map((one) => length(one) ?? 0)),
        s: sum(bosses.flatMap(own)),
        n: bosses.flatMap(own).length,
        c: rows.filter((one) => isOf(one, 'chief')).flatMap(own).length,
      },
    ]);
    const path = `addnested(friends,${letters(boss)} as g)/aggregate(g/${boss}office/t/l with sum as l)`;
    expect(await read(`Beings?$apply=${path}`)).toMatchObject([{ l: sum(bosses.map((one) => length(one) ?? 0)) }]);
    const distinctOffices = `${letters(boss)}/aggregate(${worker}office with countdistinct as n)`;
    expect(await read(`Beings?$apply=${distinctOffices}`)).toMatchObject([
      {
        n: distinct(rows.filter((one) => isOf(one, 'worker')).map((one) => ({ ...one.office, ...withLetters(one) })))
          .length,
      },
    ]);
  });

  test('what the value has not is refused', async () => {
    for (const path of ['office/nme', 'office/Firm.Town', 'office/town/name', 'office/label'])
      expect((await service.get(`Beings?$apply=addnested(Firm.Boss/${path},identity%20as%20f)`)).status).toBe(400);
    expect(
      (await service.get(encodeURI(`Beings?$apply=${letters(boss)}&$filter=${boss}office/u eq null`))).status,
    ).toBe(400);
  });
});

describe('[80, 192, 193] collections that only rows of a type were given, and those that all were', () => {
  const bosses = rows.filter((one) => isOf(one, 'boss'));
  const workers = rows.filter((one) => isOf(one, 'worker'));
  const of = (those: readonly Row[]): readonly number[] =>
    those.flatMap((one) => largeOf(one.office).map(({ size }) => size));
  const sum = (numbers: readonly number[]): number => numbers.reduce((before, one) => before + one, 0);
  const friendsOf = ({ id }: Row): readonly Row[] => rows.filter((one) => one.friend === id);
  const given = ifOf('boss', (one) => ({ office: { d: largeOf(one) } }));
  const next = 'addnested(friends,compute(id add 1 as p) as g)';
  const nextOf = (one: Row): object => ({ g: friendsOf(one).map(({ id }) => ({ p: id + 1 })) });
  const asked = (least: string) => (one: Row) => {
    const own = isOf(one, least) && isOf(one, 'boss') ? of([one]) : [];
    return { id: one.id, n: own.length, a: own.length > 0, l: own.every((size) => size > 5) };
  };
  const asks = (path: string): string =>
    `compute(${path}/$count as n,${path}/any() as a,${path}/all(x:x/size gt 5) as l)&$select=id,n,a,l`;

  test.each<readonly [path: string, wanted: () => readonly unknown[]]>([
    [
      `Beings/Firm.Worker?$apply=${large(boss)}/aggregate(office/d/$count as n,office/d/size with sum as s)`,
      () => [{ n: of(bosses).length, s: sum(of(bosses)) }],
    ],
    [
      `Beings/Firm.Worker?$apply=concat(identity,${large(boss)})/aggregate(office/d/size with sum as s)`,
      () => [{ s: sum(of(bosses)) }],
    ],
    [
      `Beings?$apply=${large(boss)}/groupby((id),aggregate(${worker}office/d/size with sum as s))&$orderby=id`,
      () =>
        rows.map((one) => ({ id: one.id, s: bosses.includes(one) && of([one]).length > 0 ? sum(of([one])) : null })),
    ],
    [
      `Beings?$apply=addnested(friend,${large(boss)} as f)/aggregate(f/${worker}office/d/$count as n)`,
      () => [{ n: of(bosses.filter(({ id }) => rows.some(({ friend }) => friend === id))).length }],
    ],
    [
      `Beings?$apply=${next}/aggregate(${boss}g/$count as n,${boss}g/p with sum as s)`,
      () => {
        const found = bosses.flatMap(friendsOf).map(({ id }) => id + 1);
        return [{ n: found.length, s: sum(found) }];
      },
    ],
    [
      `Beings/Firm.Worker?$apply=${large(boss)}&$select=id,office/d`,
      () => workers.map((one) => ({ id: one.id, ...given(one) })),
    ],
    [
      `Beings/Firm.Worker?$apply=concat(identity,${large(boss)})&$select=id,office/d`,
      () => [...workers.map(({ id }) => ({ id })), ...workers.map((one) => ({ id: one.id, ...given(one) }))],
    ],
    [
      `Beings?$apply=${large(boss)}/addnested(${chief}office/desks,filter(size gt 5) as e)&$select=id,${worker}office/d,${worker}office/e`,
      () =>
        rows.map((one) => {
          const e = one.office.desks.filter(({ size }) => size > 5);
          return {
            id: one.id,
            ...ifOf('boss', (own) => ({ office: { d: largeOf(own), ...(isOf(one, 'chief') && { e }) } }))(one),
          };
        }),
    ],
    [
      `Beings?$apply=addnested(friends,identity as g)&$select=id,${boss}g`,
      () =>
        rows.map((one) => ({
          id: one.id,
          ...(isOf(one, 'boss') && { g: friendsOf(one).map((own) => entityOf(own)) }),
        })),
    ],
    [
      `Beings?$apply=${next}&$select=id&$expand=${boss}g($select=p)`,
      () => rows.map((one) => ({ id: one.id, ...(isOf(one, 'boss') && nextOf(one)) })),
    ],
    [
      `Beings?$apply=concat(identity,${next})&$select=id&$expand=${boss}g($select=p)`,
      () => [
        ...rows.map(({ id }) => ({ id })),
        ...rows.map((one) => ({ id: one.id, ...(isOf(one, 'boss') && nextOf(one)) })),
      ],
    ],
    [`Beings/Firm.Worker?$apply=${large(boss)}/${asks('office/d')}`, () => workers.map(asked('worker'))],
    [`Beings?$apply=${large(boss)}/${asks(`${worker}office/d`)}`, () => rows.map(asked('worker'))],
    [`Beings?$apply=${large(boss)}/${asks(`${chief}office/d`)}`, () => rows.map(asked('chief'))],
  ])('%s', async (path, wanted) => {
    expect(plain(await read(path))).toEqual(plain(wanted()));
  });

  test.each([
    '$filter=office/d/any()',
    '$orderby=office/d/$count',
    '$compute=office/d/$count as n&$select=n',
    '$select=office/d',
    `$select=${worker}office/e`,
  ])('what the type of the rows does not declare needs a cast: %s', async (options) => {
    expect((await service.get(encodeURI(`Beings?$apply=${large(boss)}&${options}`))).status).toBe(400);
    expect((await service.get(encodeURI(`Beings?$apply=${large(boss)}/aggregate(office/d/$count as n)`))).status).toBe(
      400,
    );
  });

  test('contexts tell them behind the cast', async () => {
    const context = async (options: string): Promise<string> =>
      String((await service.get(encodeURI(`Beings?$apply=${options}`))).json['@odata.context']).replace(/.*#/, '');
    expect(await context(`${next}&$select=id,${boss}g`)).toBe('Beings(id,Firm.Boss/g(*,p))');
    expect(await context(`${next}&$select=id&$expand=${boss}g($select=p)`)).toBe('Beings(id,Firm.Boss/g(p))');
    expect(await context(`${large(boss)}&$select=id,${worker}office/d`)).toBe('Beings(id,Firm.Boss/office/d)');
  });
});
