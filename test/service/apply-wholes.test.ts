/** $apply by the whole of something: complex values with collections, entities of which rows say much. The oracle is plain JavaScript over the same rows. */
import type { Json } from '../setup/service';
import { runTripPin } from '../setup/trip-pin/running';

const { running, get, ok } = runTripPin();
afterEach(() => expect(running().takeFailures()).toEqual([]));

/** Without control information, names in order. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !name.includes('@'))
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, one]) => [name, plain(one)]),
  );
}

const sorted = (values: readonly unknown[]): readonly unknown[] =>
  values.map(plain).sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));

/** Each value once with how often it is there. */
const counted = (values: readonly unknown[], name = 'r'): readonly unknown[] => {
  const texts = values.map((value) => JSON.stringify(plain(value)));
  return sorted(
    [...new Set(texts)].map((text) => ({
      [name]: JSON.parse(text) as unknown,
      n: texts.filter((one) => one === text).length,
    })),
  );
};

const applied = async (path: string): Promise<readonly Json[]> => (await ok(path)).value;

describe('[190, 192] groups by the whole of a complex value with collections', () => {
  type Offer = Readonly<{ price: number }>;
  type Room = Readonly<{ name: string; beds: number; tags: readonly string[]; offers: readonly Offer[] }>;
  type Hotel = Readonly<{ code: string; rooms: readonly Room[] }>;
  let hotels: readonly Hotel[];
  let rooms: readonly Room[];

  beforeAll(async () => {
    // The same rooms, otherwise written; and others in what they hold.
    await running().sql(
      `INSERT INTO hotels (code, rooms, kinds, revision) SELECT 'twin', jsonb_build_array(r || '{"rate":120.5,"stay":"PT26H"}',
         r || '{"tags":["sea"]}', jsonb_set(r, '{offers,0,price}', '99.90'), jsonb_set(r, '{offers,0,price}', '1'), r - 'seen'), '{}', 1
       FROM (SELECT rooms -> 0 AS r FROM hotels WHERE code = 'grand') AS grand`,
    );
    hotels = (await applied('Hotels')) as unknown as readonly Hotel[];
    rooms = hotels.flatMap((one) => one.rooms).map((room) => ({ ...room, stay: hours(room) }));
  });
  afterAll(() => running().sql(`DELETE FROM hotels WHERE code = 'twin'`));

  /** Durations that are the same are written in several ways. */
  const hours = (room: object): unknown => {
    const { stay } = room as Json;
    return stay === 'P1DT2H' ? 'PT26H' : stay;
  };
  const told = (values: readonly Json[], name = 'r'): readonly unknown[] =>
    sorted(
      values.map((value) => {
        const whole = value[name] as Json | null;
        return { ...value, [name]: whole && ('stay' in whole ? { ...whole, stay: hours(whole) } : whole) };
      }),
    );
  const best = ({ offers }: Room): readonly Offer[] =>
    [...offers].sort((one, other) => other.price - one.price).slice(0, 1);

  test.each<readonly [apply: string, wanted: () => readonly unknown[]]>([
    ['join(rooms as r)', () => rooms],
    ['outerjoin(rooms as r)', () => [...rooms, ...hotels.flatMap((one) => (one.rooms.length === 0 ? [null] : []))]],
    [
      'concat(join(rooms as r),join(rooms as r,filter(beds gt 1)))',
      () => [...rooms, ...rooms.filter(({ beds }) => beds > 1)],
    ],
    [
      'join(rooms as r)/compute(r as k)/groupby((k,r))/groupby((k))/compute(k as r)/groupby((r))',
      () => distinct(rooms),
    ],
    ['outerjoin(rooms as r)/groupby((r,code))/groupby((r))', () => distinct([...rooms, null])],
    [
      'join(rooms as r,addnested(offers,topcount(1,price) as best))',
      () => rooms.map((one) => ({ ...one, best: best(one) })),
    ],
    [
      'join(rooms as r,compute([seen,null] as k))',
      () => rooms.map((one) => ({ ...one, k: [(one as Json)['seen'], null] })),
    ],
    [
      'concat(join(rooms as r),join(rooms as r,compute(offers as k)))',
      () => [...rooms, ...rooms.map((one) => ({ ...one, k: one.offers }))],
    ],
    [
      'join(rooms as r,addnested(seen,compute(length(name) as l) as s))',
      () =>
        rooms.map((one) => {
          const seen = (one as Json)['seen'] as Json | null;
          return { ...one, s: seen && { ...seen, l: (seen['name'] as string | null)?.length ?? null } };
        }),
    ],
  ])('%s', async (apply, wanted) => {
    const value = await applied(`Hotels?$apply=${apply}/groupby((r),aggregate($count as n))`);
    expect(told(value)).toEqual(counted(wanted()));
  });

  const distinct = (values: readonly unknown[]): readonly unknown[] =>
    [...new Set(values.map((value) => JSON.stringify(value)))].map((text): unknown => JSON.parse(text));

  test('what is held is asked, selected, aggregated, and grouped by once more', async () => {
    const once = distinct(rooms) as readonly Room[];
    const groups = 'Hotels?$apply=outerjoin(rooms as r)/groupby((r))';
    const dear = once.filter(({ offers }) => offers.some(({ price }) => price > 90));
    expect(
      told(await applied(`${groups}&$filter=r/offers/any(o:o/price gt 90)&$select=r/name,r/offers,r/tags`)),
    ).toEqual(sorted(dear.map(({ name, offers, tags }) => ({ r: { name, offers, tags } }))));
    expect(
      await applied(
        `${groups}/aggregate(r/offers/price with sum as sum,r/offers/$count as offers,r/tags with countdistinct as tags,r/$count as n)`,
      ),
    ).toMatchObject([
      {
        sum: Number(
          once
            .flatMap(({ offers }) => offers.map(({ price }) => price))
            .reduce((a, b) => a + b, 0)
            .toFixed(2),
        ),
        offers: once.flatMap(({ offers }) => offers).length,
        tags: new Set(once.flatMap(({ tags }) => tags)).size,
        n: once.length,
      },
    ]);
    expect(sorted(await applied(`${groups}/groupby((r/name),aggregate($count as n))`))).toEqual(
      sorted([...counted(once.map(({ name }) => ({ name }))), { r: null, n: 1 }]),
    );
    expect(
      sorted(
        await applied(`${groups}/filter(r ne null)/addnested(r/offers,filter(price lt 90) as o)&$select=r/name,r/o`),
      ),
    ).toEqual(sorted(once.map(({ name, offers }) => ({ r: { name, o: offers.filter(({ price }) => price < 90) } }))));
  });

  test('the rows of such groups are kept', async () => {
    const value = await applied(
      'Hotels?$apply=join(rooms as r)/groupby((r),topcount(1,length(code)))&$select=code,r/name',
    );
    const first = distinct(rooms).map((room) => {
      const all = hotels.filter((one) =>
        one.rooms.some((own) => JSON.stringify({ ...own, stay: hours(own) }) === JSON.stringify(room)),
      );
      const [{ code } = { code: '' }] = [...all].sort((one, other) => other.code.length - one.code.length);
      return { code, r: { name: (room as Room).name } };
    });
    expect(sorted(value)).toEqual(sorted(first));
  });

  test('are aggregated with the collections within, beside groups by a part of it', async () => {
    const once = distinct(rooms) as readonly Room[];
    const beds = distinct(rooms.map((room) => room.beds)) as readonly number[];
    const items = 'j/offers/$count as o,j/offers/price with max as p,j/beds with sum as b,j/tags/$count as t';
    const path = `Hotels?$apply=join(rooms as j)/concat(groupby((j)),groupby((j/beds)),groupby((code)))/aggregate(${items})`;
    const offers = once.flatMap((room) => room.offers);
    expect(await applied(path)).toMatchObject([
      {
        o: offers.length,
        p: Math.max(...offers.map(({ price }) => price)),
        b: [...once.map((room) => room.beds), ...beds].reduce((sum, one) => sum + one, 0),
        t: once.flatMap(({ tags }) => tags).length,
      },
    ]);
  });

  test.each<readonly [levels: string, wanted: (beds: readonly number[], named: readonly object[]) => number]>([
    ['identity,groupby((r))', (beds, named) => 2 * (beds.length + named.length)],
    ['groupby((r,code)),groupby((r,code))', (beds, named) => 2 * (beds.length + named.length)],
    ['groupby((code)),groupby((r))', (beds, named) => beds.length + named.length],
  ])('are counted where some rows have only parts of what others have: %s', async (sequences, wanted) => {
    const path = `Hotels?$apply=filter(code eq 'grand')/join(rooms as r,groupby((rollup(beds,name))))/concat(${sequences})`;
    const own = hotels.find(({ code }) => code === 'grand')?.rooms ?? [];
    const named = distinct(own.map(({ beds, name }) => ({ beds, name }))) as readonly object[];
    expect(await applied(`${path}/aggregate(r/$count as n)`)).toMatchObject([
      { n: wanted(distinct(own.map(({ beds }) => beds)) as readonly number[], named) },
    ]);
  });

  test.each<readonly [apply: string, wanted: (room: Room) => readonly object[]]>([
    [
      'join(rooms as r,concat(compute(beds add 1 as p),identity))/groupby((r))',
      (room) => [{ ...room, p: room.beds + 1 }, room],
    ],
    [
      'join(rooms as r,concat(compute(1 as p),compute(2 as q)))/groupby((r))',
      (room) => [
        { ...room, p: 1 },
        { ...room, q: 2 },
      ],
    ],
    ['join(rooms as r,concat(groupby((name)),groupby((beds))))/groupby((r))', ({ name, beds }) => [{ name }, { beds }]],
    [
      'join(rooms as r,concat(compute(1 as p)/groupby((p,beds)),groupby((beds))))/groupby((r))',
      ({ beds }) => [{ p: 1, beds }, { beds }],
    ],
    ['join(rooms as r,concat(groupby((name)),identity))/groupby((r))', (room) => [{ name: room.name }, room]],
    ['join(rooms as r)/concat(groupby((r/name)),groupby((r/beds)))', ({ name, beds }) => [{ name }, { beds }]],
  ])('are values of one type where some have what others lack: %s', async (apply, wanted) => {
    const made = distinct(rooms.flatMap(wanted)) as readonly Json[];
    const names = [...new Set(made.flatMap((room) => Object.keys(room)))];
    const empty = (name: string): unknown => (name === 'tags' || name === 'offers' ? [] : null);
    const c = (room: Json): Json => Object.fromEntries(names.map((name) => [name, room[name] ?? empty(name)]));
    const all = made.map((r) => ({ r, c: c(r) }));
    const path = `Hotels?$apply=${apply}/compute(r as c)`;
    expect(told(told(await applied(path)) as readonly Json[], 'c')).toEqual(sorted(all));
    expect(sorted(await applied(`${path}/filter(c/beds gt 1)/groupby((c/beds))`))).toEqual(
      sorted(distinct(all.flatMap(({ c: { beds } }) => (Number(beds) > 1 ? [{ c: { beds } }] : [])))),
    );
    expect(await applied(`${path}/aggregate(c with countdistinct as n)`)).toMatchObject([
      { n: distinct(all.map(({ c }) => c)).length },
    ]);
  });

  test('a path to the collection itself is none to group by', async () => {
    for (const path of ['r/tags', 'r/offers', 'r/offers/price'])
      expect((await running().get(encodeURI(`Hotels?$apply=join(rooms as r)/groupby((${path}))`))).status).toBe(400);
  });
});

describe('[180, 192] collections that two addnested have added to one entity by one name', () => {
  type Hotel = Readonly<{ code: string; revision: number; main: Hotel | null; branches: readonly Hotel[] }>;
  const two = (one: string, other: string): string =>
    `concat(addnested(main,addnested(branches,${one} as m) as b),addnested(main,addnested(branches,${other} as m) as b))`;
  const hotels = async (): Promise<readonly Hotel[]> =>
    (await applied('Hotels?$expand=main($expand=branches)')) as unknown as readonly Hotel[];
  const coded = ({ code }: Hotel): object => ({ code });

  test.each<readonly [one: string, other: string, rows: (branches: readonly Hotel[]) => readonly object[]]>([
    ['identity', 'top(9)', (all) => all.map(coded)],
    ["filter(code ne 'x')", 'filter(revision gt 0)', (all) => all.map(coded)],
    ['compute(1 as x)', 'compute(revision sub revision add 1 as x)', (all) => all.map(({ code }) => ({ code, x: 1 }))],
    ['groupby((revision))', 'aggregate(revision with max as revision)', () => [{ revision: 1 }]],
    [
      'addnested(branches,identity as k)',
      'addnested(branches,top(1) as k)',
      (all) => all.map(({ code }) => ({ code, k: [] })),
    ],
  ])('are the same where they have the same: %s, %s', async (one, other, rowsOf) => {
    const wanted = (await hotels()).map(({ main }) => main && { code: main.code, m: sorted(rowsOf(main.branches)) });
    const [first = {}] = wanted.flatMap((b) => (b?.m as readonly object[] | undefined) ?? []);
    const inner = 'k' in first ? '$select=code;$expand=k' : `$select=${Object.keys(first).join()}`;
    const path = `Hotels?$apply=${two(one, other)}/groupby((b),aggregate($count as n))&$expand=b($select=code;$expand=m(${inner}))`;
    const found = (await applied(path)).map(({ b, n }) => ({
      b: b && { ...(b as Json), m: sorted((b as Json)['m'] as readonly Json[]) },
      n,
    }));
    expect(sorted(found)).toEqual(counted([...wanted, ...wanted], 'b'));
  });

  test.each([
    ['identity', "filter(code ne 'inn')"],
    ['compute(1 as x)', 'compute(2 as x)'],
    ['compute(1 as x)', 'identity'],
    ['groupby((revision))', 'groupby((note))'],
    ['groupby((revision))', 'identity'],
    ['addnested(branches,identity as k)', 'addnested(main,compute(1 as y) as k)'],
  ])('contradict each other else: %s, %s', async (one, other) => {
    const answer = await running().get(encodeURI(`Hotels?$apply=${two(one, other)}/groupby((b))`));
    expect([answer.status, answer.error.code]).toEqual([400, 'InvalidValue']);
  });

  test('stand beside names that only one of them has', async () => {
    const apply = `concat(addnested(main,addnested(branches,identity as m)/compute(1 as x) as b),addnested(main,addnested(branches,top(9) as m)/compute(2 as y) as b))`;
    const value = await applied(
      `Hotels?$apply=${apply}/groupby((b),aggregate($count as n))&$expand=b($select=code,x,y;$expand=m($select=code))`,
    );
    const wanted = (await hotels()).map(
      ({ main }) => main && { code: main.code, x: 1, y: 2, m: main.branches.map(coded) },
    );
    expect(sorted(value)).toEqual(counted([...wanted, ...wanted], 'b'));
  });
});

describe('[180, 192] what is left of entities', () => {
  type Contact = Readonly<{ code: string; revision: number; friend: Contact | null }>;
  const contacts = async (): Promise<readonly Contact[]> =>
    (await applied(
      'Contacts?$select=code&$expand=friend($select=code;$expand=friend($select=code,revision;$expand=friend($select=code,revision)))',
    )) as unknown as readonly Contact[];

  test('has entities to which addnested adds, however deep they are', async () => {
    const all = await contacts();
    const distinct = counted(
      all.map(
        ({ friend }) => friend && { y: friend.friend && { code: friend.friend.code, x: friend.friend.revision } },
      ),
      'z',
    );
    const two = 'groupby((friend/friend))/addnested(friend,addnested(friend,compute(revision mul 1 as x) as y) as z)';
    const found = await applied(`Contacts?$apply=${two}&$expand=z($expand=y($select=code,x))`);
    const shown = found.map(({ z }) => z && { y: (z as Json)['y'] });
    expect(sorted(shown)).toEqual(sorted(distinct.map((group) => (group as Json)['z'])));
    const deep = new Set(all.flatMap(({ friend }) => friend?.friend?.friend ?? []).map(({ code }) => code));
    const sum = all
      .flatMap(({ friend }) => friend?.friend?.friend ?? [])
      .filter(({ code }, index, list) => list.findIndex((one) => one.code === code) === index)
      .reduce((total, { revision }) => total + revision, 0);
    expect(
      await applied(
        'Contacts?$apply=groupby((friend/friend/friend))/addnested(friend,addnested(friend,addnested(friend,compute(revision mul 1 as x) as y) as w) as z)/aggregate(z/w/y/x with sum as s,z/w/y/$count as n)',
      ),
    ).toMatchObject([{ s: sum, n: deep.size }]);
  });

  test('is grouped by with the entities within', async () => {
    const all = await contacts();
    const rows = counted(
      all.map(({ friend }) => friend && { x: 1, friend: friend.friend?.code ?? null }),
      'z',
    );
    const added = 'groupby((friend/friend,code))/addnested(friend,compute(1 as x) as z)';
    const found = await applied(`Contacts?$apply=${added}/groupby((z),aggregate($count as n))`);
    expect(
      sorted(
        found.map(({ z, n }) => {
          const { friend, x } = (z ?? {}) as Readonly<{ friend?: Json | null; x?: number }>;
          return { n, z: z && { x, friend: friend?.['code'] ?? null } };
        }),
      ),
    ).toEqual(rows);
  });

  test('leads nowhere where what a path names is gone in all rows, and on where some have it', async () => {
    const students = (await applied('Courses?$expand=students($expand=courses)')) as unknown as readonly {
      students: readonly { courses: readonly { code: string }[] }[];
    }[];
    const codes = new Set(
      students.flatMap((one) => one.students.flatMap(({ courses }) => courses.map(({ code }) => code))),
    );
    const left = 'addnested(students,groupby((name,revision)) as n)';
    const path = `Courses?$apply=concat(addnested(students,identity as n),${left})`;
    expect(await applied(`${path}/aggregate(n/courses/code with countdistinct as a)`)).toMatchObject([
      { a: codes.size },
    ]);
    for (const gone of [
      `Courses?$apply=${left}/aggregate(n/courses/code with countdistinct as a)`,
      `${path}/aggregate(n/coursen/code with countdistinct as a)`,
      'Hotels?$apply=groupby((main/main))/addnested(main,addnested(branches,identity as b) as c)',
    ])
      expect((await running().get(encodeURI(gone))).status).toBe(400);
  });

  test('has nothing to add to where only other structures have what a path leads to', async () => {
    const courses = (await applied('Students?$expand=courses')) as unknown as readonly { courses: readonly object[] }[];
    const path =
      'Students?$apply=concat(addnested(courses,identity as n),addnested(courses,groupby((code)) as n))/join(n as j,concat(identity,identity)/addnested(students,identity as m))';
    const number = courses.flatMap((one) => one.courses).length * 4;
    expect(await applied(`${path}/aggregate($count as c)`)).toMatchObject([{ c: number }]);
  });

  test('is looked for, and grouped by, behind a path in some of many structures', async () => {
    const some = 'concat(groupby((rollup(code,friend/revision))),groupby((rollup(friend/friend/friend,revision))))';
    const friends = (await contacts()).map(({ friend }) => friend);
    const left = friends.map(
      (friend) => friend && { friend: friend.friend && { friend: friend.friend.friend?.code ?? null } },
    );
    const wanted = counted([...left, ...friends.flatMap((friend) => (friend ? [{}] : []))], 'friend').map(
      (one) => (one as Json)['friend'],
    );
    const found = await applied(
      `Contacts?$apply=${some}/groupby((friend/friend))/filter(isdefined(friend))&$expand=friend($expand=friend($expand=friend($select=code)))`,
    );
    const shown = found.map(({ friend }) => {
      const { friend: second } = (friend ?? {}) as Readonly<{ friend?: Contact | null }>;
      return friend && (second === undefined ? {} : { friend: second && { friend: second.friend?.code ?? null } });
    });
    expect(sorted(shown)).toEqual(sorted(wanted));
  });

  test('is the same where it is null, be it an entity or a part of one elsewhere', async () => {
    const apply =
      'concat(groupby((revision,friend/friend)),groupby((friend/friend/code)))/aggregate(friend/$count as n)';
    const all = await contacts();
    const kinds = new Set(
      all.flatMap(({ friend }) =>
        friend
          ? [
              friend.friend ? `${friend.friend.code} whole` : 'null',
              friend.friend ? `${friend.friend.code} code` : 'null',
            ]
          : [],
      ),
    );
    expect(await applied(`Contacts?$apply=${apply}`)).toMatchObject([{ n: kinds.size }]);
  });
});

describe('[80, 190] rows that say something of one entity by different names', () => {
  type Contact = Readonly<{
    code: string;
    revision: number;
    friend: Readonly<{ code: string; revision: number }> | null;
  }>;
  type Told = Readonly<{ row: Contact; x?: number; y?: number }>;
  let told: readonly Told[];
  /** What the rows of each friend tell together. */
  let groups: readonly { readonly c: Json | null; readonly rows: readonly Told[] }[];
  const two =
    "concat(addnested(friend,compute(revision mul 2 as x) as c),filter(code ne 'gus')/addnested(friend,compute(revision add 1 as y) as c))";
  const expanded = '$expand=c($select=code,x,y)';

  beforeAll(async () => {
    const all = (await applied(
      'Contacts?$select=code,revision&$expand=friend($select=code,revision)',
    )) as unknown as readonly Contact[];
    told = [
      ...all.map((row) => ({ row, ...(row.friend && { x: row.friend.revision * 2 }) })),
      ...all
        .filter(({ code }) => code !== 'gus')
        .map((row) => ({ row, ...(row.friend && { y: row.friend.revision + 1 }) })),
    ];
    groups = [...new Set(told.map(({ row }) => row.friend?.code))].map((code) => {
      const rows = told.filter(({ row }) => row.friend?.code === code);
      const names = Object.assign({}, ...rows.map(({ row: _, ...given }) => given)) as Json;
      return { rows, c: code === undefined ? null : { code, ...names } };
    });
  });

  const largest = (rows: readonly Told[]): readonly Told[] =>
    [...rows].sort((one, other) => other.row.revision - one.row.revision);

  test('are kept with what all rows of the group say', async () => {
    const kept = groups.flatMap(({ rows, c }) =>
      rows.filter(({ row }) => row.revision > 1).map(({ row: { code } }) => ({ code, c })),
    );
    const path = `Contacts?$apply=${two}/groupby((c),filter(revision gt 1))`;
    expect(sorted(await applied(`${path}&$select=code&${expanded}`))).toEqual(sorted(kept));
    expect(await applied(`${path}/aggregate(c/x with sum as x,c/y with sum as y)`)).toMatchObject([
      Object.fromEntries(
        ['x', 'y'].map((name) => [
          name,
          [...new Map(kept.map(({ c }) => [c?.['code'], c?.[name]])).values()].reduce<number>(
            (sum, one) => sum + Number(one ?? 0),
            0,
          ),
        ]),
      ),
    ]);
    const first = groups.map(({ rows, c }) => ({ c, revision: largest(rows)[0]?.row.revision }));
    const top = `Contacts?$apply=${two}/groupby((c),topcount(1,revision))&$select=revision&${expanded}`;
    expect(sorted(await applied(top))).toEqual(sorted(first));
  });

  test('see, in the transformations of the group, only what they say themselves', async () => {
    const own = groups.flatMap(({ rows, c }) =>
      rows.filter(({ x }) => x !== undefined && x > 2).map(({ row: { code } }) => ({ code, c })),
    );
    const path = `Contacts?$apply=${two}/groupby((c),filter(c/x gt 2))&$select=code&${expanded}`;
    expect(sorted(await applied(path))).toEqual(sorted(own));
  });

  test('are grouped once more, beside an aggregate, and aggregated from it', async () => {
    const again = groups.flatMap(({ rows, c }) =>
      (
        counted(
          rows.map(({ row }) => row.revision),
          'revision',
        ) as readonly Json[]
      ).map((group) => ({ ...group, c })),
    );
    const path = `Contacts?$apply=${two}/groupby((c),groupby((revision),aggregate($count as n)))&${expanded}`;
    expect(sorted(await applied(path))).toEqual(sorted(again));
    const both = `Contacts?$apply=${two}/groupby((c),concat(filter(revision gt 1),aggregate($count as n)))&$select=code,n&${expanded}`;
    const wanted = groups.flatMap(({ rows, c }) => [
      ...rows.filter(({ row }) => row.revision > 1).map(({ row: { code } }) => ({ code, c })),
      { n: rows.length, c },
    ]);
    expect(sorted(await applied(both))).toEqual(sorted(wanted));
    const sums = groups.map(({ rows }) => rows.reduce((sum, { row }) => sum + row.revision, 0));
    const from = `Contacts?$apply=${two}/aggregate(revision with sum from c with max as m,revision with sum from c with min as l)`;
    expect(await applied(from)).toMatchObject([{ m: Math.max(...sums), l: Math.min(...sums) }]);
    const outer = `Contacts?$apply=${two}/groupby((revision),aggregate($count from c with max as m))`;
    const most = [...new Set(told.map(({ row }) => row.revision))].map((revision) => ({
      revision,
      m: Math.max(...groups.map(({ rows }) => rows.filter(({ row }) => row.revision === revision).length)),
    }));
    expect(sorted(await applied(outer))).toEqual(sorted(most));
  });
});

describe('[80, 190] groups by such an entity, around and within others', () => {
  type Contact = Readonly<{
    code: string;
    revision: number;
    friend: Readonly<{ code: string; revision: number }> | null;
  }>;
  type Counted = Readonly<{ c: object | null; n: number }>;
  const say = (one: string, other: string): string =>
    `concat(addnested(friend,compute(${one}) as c),addnested(friend,compute(${other}) as c))`;
  const contacts = async (): Promise<readonly Contact[]> =>
    (await applied(
      'Contacts?$select=code,revision&$expand=friend($select=code,revision)',
    )) as unknown as readonly Contact[];
  const groupsOf = <T>(rows: readonly T[], keyOf: (row: T) => string): readonly (readonly T[])[] =>
    [...new Set(rows.map(keyOf))].map((key) => rows.filter((row) => keyOf(row) === key));
  const expanded = '$expand=c($select=code,x,y)';

  test('which is grouped by once more by a name that only some rows say', async () => {
    const groups = groupsOf(await contacts(), ({ friend }) => friend?.code ?? '').map((rows): Counted => {
      const friend = rows[0]?.friend;
      return { c: friend ? { code: friend.code, x: 1, y: friend.revision } : null, n: 2 * rows.length };
    });
    const path = `Contacts?$apply=${say('1 as x', 'revision mul 1 as y')}/groupby((c)`;
    const whole = await applied(`${path},groupby((c),aggregate($count as n)))&${expanded}`);
    expect(sorted(whole)).toEqual(sorted(groups));
    const halves = groups.flatMap((one) => (one.c ? [one, one].map(({ c, n }) => ({ c, n: n / 2 })) : [one]));
    const parts = await applied(`${path},groupby((c/x),aggregate($count as n)))&${expanded}`);
    expect(sorted(parts)).toEqual(sorted(halves));
  });

  test('of which rows of other groups say something else', async () => {
    const all = await contacts();
    const wanted = groupsOf(all, ({ friend }) => friend?.code ?? '').flatMap((rows): readonly Counted[] => {
      const code = rows[0]?.friend?.code;
      return code === undefined
        ? [{ c: null, n: 2 * rows.length }]
        : [1, 2].map((x) => ({ c: { code, x }, n: rows.length }));
    });
    const path = `Contacts?$apply=${say('1 as x', '2 as x')}/groupby((c/x),groupby((c),aggregate($count as n)))`;
    expect(sorted(await applied(`${path}&$expand=c($select=code,x)`))).toEqual(sorted(wanted));
    const together = await running().get(encodeURI(`Contacts?$apply=${say('1 as x', '2 as x')}/groupby((c))`));
    expect(together.status).toBe(400);
  });

  test('which is a part of what is left of another one', async () => {
    const said = (await contacts()).flatMap((row) =>
      row.friend ? [{ ...row, x: 1 }, ...(row.revision > 1 ? [] : [{ ...row, y: 2 }])] : [],
    );
    const groups = groupsOf(said, ({ revision, friend }) => `${String(revision)} ${friend?.code ?? ''}`);
    const wanted = groups.flatMap((rows) => {
      const c = Object.assign(
        {},
        ...rows.map(({ code: _, revision: __, friend, ...names }) => ({ code: friend?.code, ...names })),
      ) as Json;
      return rows.map(({ code, friend }) => ({ code: friend?.code, i: { code, c } }));
    });
    const two =
      'concat(addnested(friend,compute(1 as x) as c),filter(revision le 1)/addnested(friend,compute(2 as y) as c))';
    const path = `Contacts?$apply=join(friends as i,${two})/groupby((i/revision,i/c),filter(revision gt 0))`;
    expect(sorted(await applied(`${path}&$select=code&$expand=i($select=code;${expanded})`))).toEqual(sorted(wanted));
    const again = groups.flatMap((rows) =>
      groupsOf(rows, (row) => String('x' in row)).map((some) => ({ n: some.length })),
    );
    const counts = `Contacts?$apply=join(friends as i,${two})/groupby((i/revision,i/c),groupby((i/c/x),aggregate($count as n)))&$select=n`;
    expect(sorted(await applied(counts))).toEqual(sorted(again));
  });
});

describe('[187, 193] a complex value that a join gave an entity', () => {
  const add = (code: string, rooms: string): Promise<unknown> =>
    running().sql(
      `INSERT INTO hotels (code, rooms, kinds, main, revision) SELECT '${code}', ${rooms}, '{}', 'inn', 1
       FROM (SELECT rooms -> 0 AS r, rooms -> 2 AS s FROM hotels WHERE code = 'grand') AS grand`,
    );
  afterEach(() => running().sql(`DELETE FROM hotels WHERE code IN ('twins', 'mixed')`));
  const sum = 'aggregate(j/r/beds with sum as s,j/r/$count as n,j/r/offers/$count as o,j/$count as k)';

  test.each([
    'join(branches as j,join(rooms as r))',
    'concat(identity,identity)/join(branches as j,join(rooms as r))',
    'concat(join(branches as j,join(rooms as r)),join(branches as j,outerjoin(rooms as r)/filter(r ne null)))',
    'addnested(branches,join(rooms as r) as j)',
  ])('is there once for the entity: %s', async (apply) => {
    await add('twins', 'jsonb_build_array(s, s)');
    expect(await applied(`Hotels?$apply=${apply}/${sum}`)).toMatchObject([{ s: 4, n: 2, o: 1, k: 2 }]);
  });

  test.each(['join(branches as j,join(rooms as r))', 'addnested(branches,join(rooms as r) as j)'])(
    'contradicts another one of it: %s',
    async (apply) => {
      await add('mixed', 'jsonb_build_array(r, s)');
      const answer = await running().get(encodeURI(`Hotels?$apply=${apply}/${sum}`));
      expect([answer.status, answer.error.code]).toEqual([400, 'InvalidValue']);
    },
  );
});

describe('[192, 194] what nest makes of complex values is a part of values', () => {
  type Room = Readonly<{ name: string; beds: number; kind: string | null }>;
  const named = (rooms: readonly Room[]): readonly object[] => rooms.map(({ name }) => ({ name }));
  const byBeds = (rooms: readonly Room[]): readonly (readonly Room[])[] =>
    [...new Set(rooms.map(({ beds }) => beds))].sort().map((beds) => rooms.filter((room) => room.beds === beds));

  test.each<readonly [sequence: string, select: string, wanted: (rooms: readonly Room[]) => readonly object[]]>([
    ['nest(identity as n)', 'n($select=name)', (rooms) => [{ n: named(rooms) }]],
    [
      'nest(filter(beds gt 1) as n,topcount(1,beds) as m)',
      'n($select=name),m($select=beds)',
      (rooms) => [
        {
          n: named(rooms.filter(({ beds }) => beds > 1)),
          m: rooms.length === 0 ? [] : [{ beds: Math.max(...rooms.map(({ beds }) => beds)) }],
        },
      ],
    ],
    [
      'groupby((beds),nest(identity as n))',
      'beds,n($select=name)',
      (rooms) => byBeds(rooms).map((all) => ({ beds: all[0]?.beds, n: named(all) })),
    ],
    [
      'groupby((beds),nest(aggregate($count as c) as n))',
      '*',
      (rooms) => byBeds(rooms).map((all) => ({ beds: all[0]?.beds, n: [{ c: all.length }] })),
    ],
  ])('%s', async (sequence, select, wanted) => {
    const hotels = (await applied('Hotels?$select=code,rooms')) as unknown as readonly {
      code: string;
      rooms: readonly Room[];
    }[];
    const path = `Hotels?$apply=addnested(rooms,${sequence} as f)/compute(f as x)&$select=code,x($select=${select})`;
    expect(sorted(await applied(path))).toEqual(sorted(hotels.map(({ code, rooms }) => ({ code, x: wanted(rooms) }))));
    const joined = `Hotels?$apply=join(rooms as r,${sequence})/compute(r as x)&$select=code,x($select=${select})`;
    expect(sorted(await applied(joined))).toEqual(
      sorted(hotels.flatMap(({ code, rooms }) => wanted(rooms).map((x) => ({ code, x })))),
    );
  });

  test('which is asked and aggregated', async () => {
    const hotels = (await applied('Hotels?$select=rooms')) as unknown as readonly { rooms: readonly Room[] }[];
    const large = hotels.filter(({ rooms }) => rooms.some(({ beds }) => beds > 2));
    const path = 'Hotels?$apply=addnested(rooms,nest(identity as n) as f)/compute(f as x)';
    expect(
      await applied(`${path}/filter(x/any(y:y/n/any(z:z/beds gt 2)))/aggregate(x/n/beds with sum as s,$count as c)`),
    ).toMatchObject([
      { s: large.flatMap(({ rooms }) => rooms).reduce((sum, { beds }) => sum + beds, 0), c: large.length },
    ]);
  });
});

describe('[180, 192] collections of an entity in which the row that leads to it has a say', () => {
  type Contact = Readonly<{ code: string; revision: number; friend: Contact | null; friends: readonly Contact[] }>;
  type Named = Readonly<Record<string, unknown>>;
  const coded = (all: readonly Contact[]): readonly Named[] => all.map(({ code }) => ({ code }));
  const given = (all: readonly Contact[], k: number | undefined): readonly Named[] =>
    all.map(({ code }) => ({ code, k: k ?? null }));
  let rows: readonly Contact[];

  test.each<
    readonly [sequence: string, keys: string, rowsOf: (friends: readonly Contact[], it: Contact) => readonly Named[]]
  >([
    [
      'filter(revision ge $it/revision)',
      'code,',
      (all, it) => coded(all.filter(({ revision }) => revision >= it.revision)),
    ],
    [
      'filter(revision ge $it/revision)',
      'revision,',
      (all, it) => coded(all.filter(({ revision }) => revision >= it.revision)),
    ],
    ['filter(code ne $it/code)', 'code,', (all, it) => coded(all.filter(({ code }) => code !== it.code))],
    ['filter(revision ge 0 mul $it/revision)', '', coded],
    ['compute($it/revision sub $it/revision as k)', '', (all) => coded(all).map((one) => ({ ...one, k: 0 }))],
    ['compute($it/revision as k)', 'revision,', (all, it) => coded(all).map((one) => ({ ...one, k: it.revision }))],
    [
      'filter(code ne $it/friend/friend/code)',
      'code,',
      (all, it) => coded(all.filter(({ code }) => code !== it.friend?.friend?.code)),
    ],
  ])('%s, by %sb', async (sequence, keys, rowsOf) => {
    const all = (await applied(
      'Contacts?$select=code,revision&$expand=friend($select=code;$expand=friend($select=code),friends($select=code,revision))',
    )) as unknown as readonly Contact[];
    const [key] = keys.split(',');
    const wanted = all.map((it) => ({
      ...(key === 'code' ? { code: it.code } : key === 'revision' ? { revision: it.revision } : {}),
      b: it.friend && { code: it.friend.code, m: sorted(rowsOf(it.friend.friends, it)) },
    }));
    const select = sequence.startsWith('compute') ? 'code,k' : 'code';
    const path = `Contacts?$apply=addnested(friend,addnested(friends,${sequence} as m) as b)/groupby((${keys}b)`;
    const expand = `$expand=b($select=code;$expand=m($select=${select}))`;
    const shown = (rows: readonly Json[]): readonly unknown[] =>
      sorted(
        rows.map(({ b, ...row }) => ({
          ...row,
          b: b && { ...(b as Json), m: sorted((b as Json)['m'] as readonly unknown[]) },
        })),
      );
    const distinct = counted(wanted, 'row').map((one) => ({
      ...((one as Json)['row'] as Json),
      n: (one as Json)['n'],
    }));
    expect(shown(await applied(`${path},aggregate($count as n))&${expand}`))).toEqual(sorted(distinct));
    // The groups are grouped once more, and asked.
    const again = await applied(`${path})/groupby((${keys}b),aggregate($count as n))/filter(b/m/any())&${expand}`);
    const some = distinct.filter(
      (one) => (((one as Json)['b'] as Json | null)?.['m'] as readonly unknown[] | undefined)?.length,
    );
    expect(shown(again)).toEqual(sorted(some.map((one) => ({ ...one, n: 1 }))));
  });

  test.each<
    readonly [
      before: string,
      sequence: string,
      keys: string,
      rowsOf: (friends: readonly Contact[], it: Contact) => readonly Named[],
    ]
  >([
    [
      'compute(revision add length(code) as x)',
      'filter(revision add 3 ge $it/x)',
      'code,x,',
      (all, it) => coded(all.filter(({ revision }) => revision + 3 >= it.revision + it.code.length)),
    ],
    ['compute(length(code) as x)', 'compute($it/x as k)', 'x,', (all, it) => given(all, it.code.length)],
    ['compute(1 as x)', 'compute($it/x as k)', '', (all) => given(all, 1)],
    [
      'compute(length(code) as x)/compute(x add 1 as y)',
      'compute($it/y as k)',
      'code,',
      (all, it) => given(all, it.code.length + 1),
    ],
    [
      'concat(compute(length(code) as x),filter(false))',
      'compute($it/x as k)',
      'x,',
      (all, it) => given(all, it.code.length),
    ],
    ['groupby((code,friend),aggregate($count as x))', 'compute($it/x as k)', 'code,x,', (all) => given(all, 1)],
    [
      'groupby((code,friend))',
      'filter(code ne $it/code)',
      'code,',
      (all, it) => coded(all.filter(({ code }) => code !== it.code)),
    ],
    [
      'groupby((code,friend))/compute(length(code) as x)',
      'compute($it/x add length($it/code) as k)',
      'code,',
      (all, it) => given(all, 2 * it.code.length),
    ],
    [
      'addnested(friends,identity as x)',
      'compute($it/x/$count as k)',
      'code,',
      (all, it) => given(all, rows.filter(({ friend }) => friend?.code === it.code).length),
    ],
    [
      'addnested(friend,compute(length(code) as l) as x)',
      'compute($it/x/l as k)',
      'code,',
      (all, it) => given(all, it.friend?.code.length),
    ],
    [
      'addnested(friend,addnested(friends,filter(code ne $it/code) as y) as x)',
      'compute($it/x/y/$count as k)',
      'code,',
      (all, it) => given(all, it.friend?.friends.filter(({ code }) => code !== it.code).length),
    ],
  ])(
    'of a row that is no entity, or has been given something: %s, %s, by %sb',
    async (before, sequence, keys, rowsOf) => {
      rows = (await applied(
        'Contacts?$select=code,revision&$expand=friend($select=code;$expand=friends($select=code,revision))',
      )) as unknown as readonly Contact[];
      const path = `Contacts?$apply=${before}/addnested(friend,addnested(friends,${sequence} as m) as b)`;
      const select = sequence.startsWith('compute') ? 'code,k' : 'code';
      const expand = `$expand=b($select=code;$expand=m($select=${select}))`;
      const shown = (found: readonly Json[]): readonly unknown[] =>
        sorted(
          found.map(({ b, code }) => {
            const m = b && sorted((b as Json)['m'] as readonly unknown[]);
            return { ...(keys.includes('code') && { code }), b: b && { code: (b as Json)['code'], m } };
          }),
        );
      const wanted = rows.map((it) => ({
        code: it.code,
        x: it.code.length,
        b: it.friend && { code: it.friend.code, m: sorted(rowsOf(it.friend.friends, it)) },
      }));
      const [key] = keys.split(',');
      const distinct = [...new Set(shown(wanted).map((one) => JSON.stringify(one)))].map((one): unknown =>
        JSON.parse(one),
      );
      for (const further of ['', `/groupby((${keys}b))`, `/concat(identity,filter(false))/groupby((${keys}b))`])
        expect({ further, found: shown(await applied(`${path}/groupby((${keys}b))${further}&${expand}`)) }).toEqual({
          further,
          found:
            key === 'x'
              ? shown([...new Map(wanted.map((one) => [`${one.x} ${one.b?.code}`, one])).values()])
              : sorted(distinct),
        });
      const kept = wanted.filter(({ b }) => b?.m.length);
      if (key === 'code')
        expect(shown(await applied(`${path}/groupby((${keys}b))/filter(b/m/any())&${expand}`))).toEqual(shown(kept));
    },
  );

  test('contradict each other where they have something else', async () => {
    for (const sequence of [
      'addnested(main,addnested(branches,filter(code ne $it/code) as m) as b)',
      'compute(code as x)/addnested(main,addnested(branches,filter(code ne $it/x) as m) as b)',
      'groupby((code,main))/addnested(main,addnested(branches,filter(code ne $it/code) as m) as b)',
    ])
      expect((await running().get(encodeURI(`Hotels?$apply=${sequence}/groupby((b))`))).error.message).toContain(
        'Rows lead to one entity with different',
      );
  });
});

describe('[80, 192] instances without a key are the same where they have the same names with the same values', () => {
  interface Student {
    readonly age: number;
    readonly revision: number;
    readonly courses: readonly { readonly code: string }[];
  }
  const ages = ({ students }: { students: readonly Student[] }): readonly unknown[] =>
    counted(students.map(({ age, revision }) => ({ age, revision })));
  const courses = ({ students }: { students: readonly Student[] }): readonly unknown[] =>
    counted(students.flatMap((one) => one.courses.map(({ code }) => code)));

  const ofAges = 'join(students as j,groupby((age,revision),aggregate($count as n))/compute(age mul 2 as x))';
  const ofCourses = 'join(students as j,join(courses as c)/groupby((c),aggregate($count as n)))';
  const nested = (name: string): string => `addnested(j,addnested(c,identity as ${name}) as k)`;

  test.each<readonly [apply: string, path: string, times: number, of: typeof ages]>([
    [`${ofAges}/concat(identity,groupby((j)))`, 'j/n', 1, ages],
    [`${ofAges}/concat(groupby((j))/groupby((j)),addnested(j,identity as k)/groupby((j,k)),identity)`, 'j/n', 1, ages],
    [`${ofAges}/concat(addnested(j,compute(1 as y) as k),addnested(j,compute(1 as z) as k))`, 'k/n', 2, ages],
    [`${ofCourses}/concat(identity,groupby((j)))`, 'j/n', 1, courses],
    [`${ofCourses}/concat(${nested('a')},${nested('a')})`, 'k/n', 1, courses],
    [`${ofCourses}/concat(${nested('a')},${nested('b')})`, 'k/n', 2, courses],
    [`${ofCourses}/concat(${nested('a')},${nested('a')}/groupby((k)),${nested('b')}/groupby((k)))`, 'k/n', 2, courses],
  ])('%s/aggregate(%s)', async (apply, path, times, of) => {
    const all = (await applied('Courses?$expand=students($expand=courses)')) as unknown as readonly {
      students: readonly Student[];
    }[];
    const once = new Set(all.flatMap((one) => of(one).map((row) => JSON.stringify(row))));
    const sum = [...once].reduce((before, row) => before + (JSON.parse(row) as { n: number }).n, 0);
    expect(await applied(`Courses?$apply=${apply}/aggregate(${path} with sum as s)`)).toMatchObject([
      { s: times * sum },
    ]);
  });

  test('complex values among what they have are told by their keys, to which something was added as others', async () => {
    await running().sql("UPDATE hotels SET main = 'inn' WHERE code = 'grand'");
    const all = await applied('Hotels?$expand=branches');
    const roomsOf = (one: Json): readonly unknown[] => one['rooms'] as readonly unknown[];
    const branches = all.map((one) => one['branches'] as readonly Json[]);
    const once = new Set(branches.flatMap((some) => counted(some.flatMap(roomsOf)).map((row) => JSON.stringify(row))))
      .size;
    const path = 'Hotels?$apply=join(branches as j,join(rooms as r)/groupby((r),aggregate($count as n))';
    for (const more of [
      'compute(r as k)',
      'compute(r/offers as k)/addnested(k,topcount(1,price) as m)',
      'compute(r/seen as k)/addnested(k,compute(1 as o) as m)',
      'addnested(r,compute(1 as o) as k)',
    ])
      expect({
        more,
        found: await applied(`${path}/${more})/concat(identity,groupby((j)))/aggregate(j/$count as n)`),
      }).toMatchObject({ more, found: [{ n: once }] });
    await running().sql("UPDATE hotels SET main = NULL WHERE code = 'grand'");
  });
});

describe('[187, 190] rows that groups keep tell what they are grouped by', () => {
  type Kept = Readonly<{ row: Json; told: Json }>;
  type Sequence = (rows: readonly Kept[]) => readonly Kept[];
  const within = 'airline,friend,Trip.Pin.Employee/manager($expand=airline)';
  const whole = `airline,friend($expand=${within}),Trip.Pin.Employee/manager($expand=${within})`;
  const types: Readonly<Record<string, readonly string[]>> = {
    Contact: ['Contact', 'Employee', 'Manager', 'Supplier'],
    Employee: ['Employee', 'Manager'],
    Manager: ['Manager'],
    Supplier: ['Supplier'],
  };
  const navigations = ['airline', 'friend', 'manager'];
  let contacts: readonly Json[];
  beforeAll(async () => {
    contacts = (await ok(`Contacts?$expand=${whole}`, { Accept: 'application/json;odata.metadata=full' })).value;
  });

  const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null;
  const isOf = (row: Json, cast: string): boolean =>
    types[cast.replace('Trip.Pin.', '')]?.includes(String(row['@odata.type']).replace('#Trip.Pin.', '')) === true;
  const some = (row: Json, isWanted: (name: string) => boolean): Json =>
    Object.fromEntries(Object.entries(row).filter(([name]) => isWanted(name)));
  const structural = (row: Json): Json => some(row, (name) => !navigations.includes(name));
  const related = (row: Json): Json => some(row, (name) => navigations.includes(name));

  /** What a row has of what it is grouped by: nothing of what it would have as one of another type. */
  const projected = (row: Json, paths: readonly (readonly string[])[]): Json => {
    const behind = new Map<string, readonly (readonly string[])[]>();
    for (const path of paths) {
      const start = path.findIndex((name) => !name.includes('.'));
      const name = path[start] ?? '';
      if (path.slice(0, start).every((cast) => isOf(row, cast)))
        behind.set(name, [...(behind.get(name) ?? []), path.slice(start + 1)]);
    }
    return Object.fromEntries(
      [...behind].map(([name, rests]) => {
        const value = row[name];
        if (!isObject(value)) return [name, value];
        return [name, rests.some((rest) => rest.length === 0) ? structural(value) : projected(value, rests)];
      }),
    );
  };
  const both = (one: Json, other: Json): Json =>
    Object.fromEntries(
      [...new Set([...Object.keys(one), ...Object.keys(other)])].map((name) => {
        const [own, another] = [one[name], other[name]];
        return [name, isObject(own) && isObject(another) ? both(own, another) : name in other ? another : own];
      }),
    );

  const groupby =
    (paths: readonly string[], then: Sequence): Sequence =>
    (rows) => {
      const of = ({ row }: Kept): Json =>
        projected(
          row,
          paths.map((path) => path.split('/')),
        );
      const keys = new Set(rows.map((one) => JSON.stringify(of(one))));
      return [...keys].flatMap((key) =>
        then(rows.filter((one) => JSON.stringify(of(one)) === key)).map((one) => ({
          ...one,
          told: both(one.told, of(one)),
        })),
      );
    };
  const concat =
    (...sequences: readonly Sequence[]): Sequence =>
    (rows) =>
      sequences.flatMap((sequence) => sequence(rows));
  const top: Sequence = (rows) =>
    [...rows]
      .sort(
        ({ row: one }, { row: other }) =>
          Number(other['revision']) - Number(one['revision']) || (String(one['code']) < String(other['code']) ? 1 : -1),
      )
      .slice(0, 1);
  const first: Sequence = (rows) => rows.filter(({ row }) => row['revision'] === 1);
  const all: Sequence = (rows) => rows;
  const compute =
    (name: string, value: unknown): Sequence =>
    (rows) =>
      rows.map(({ row, told }) => ({ row: { ...row, [name]: value }, told }));
  const given = (): readonly Kept[] => contacts.map((row) => ({ row, told: {} }));
  const told = (rows: readonly Kept[]): readonly unknown[] =>
    sorted(rows.map((one) => ({ ...structural(one.row), ...related(one.told) })));

  const [employee, manager] = ['Trip.Pin.Employee', 'Trip.Pin.Manager'];
  test.each<readonly [apply: string, wanted: Sequence]>([
    ...[
      ['airline/name'],
      ['friend/code'],
      [`${employee}/manager/code`],
      [`${employee}/manager`],
      [`${employee}/salary`],
      [`${employee}/office/name`],
      [`${employee}/manager/airline/name`],
      [`${employee}/manager/airline/name`, `${employee}/manager/code`],
      [`${employee}/manager/airline`],
      [`${employee}/manager/office/name`],
      [`${employee}/${manager}/manager/code`],
      [`${manager}/manager/code`, `${employee}/manager/name`],
      [`${employee}/manager/name`, `${manager}/manager/code`],
      [`${employee}/manager`, `${manager}/manager/airline/name`],
      [`${employee}/manager/code`, 'airline/name'],
      [`${employee}/manager/code`, 'Trip.Pin.Supplier/rating'],
      [`friend/${employee}/manager/code`],
      [`friend/${employee}/${manager}/budget`],
      [`friend/${employee}/salary`, `friend/${manager}/budget`],
      [`friend/${employee}/manager/airline/name`],
      [`Trip.Pin.Contact/airline/name`],
    ].flatMap((paths): readonly (readonly [string, Sequence])[] => [
      [`groupby((${paths.join()}),topcount(1,revision))`, groupby(paths, top)],
      [`groupby((${paths.join()}),filter(revision eq 1))`, groupby(paths, first)],
      [
        `groupby((${paths.join()}),concat(topcount(1,revision),filter(revision eq 1)))`,
        groupby(paths, concat(top, first)),
      ],
      [`concat(identity,identity)/groupby((${paths.join()}),topcount(1,revision))`, groupby(paths, top)],
    ]),
    [
      `groupby((airline/name),groupby((${employee}/manager/code),topcount(1,revision)))`,
      groupby(['airline/name'], groupby([`${employee}/manager/code`], top)),
    ],
    [
      `groupby((${employee}/manager/code),groupby((${manager}/manager/name,friend/code),topcount(1,revision)))`,
      groupby([`${employee}/manager/code`], groupby([`${manager}/manager/name`, 'friend/code'], top)),
    ],
    [
      `groupby((${manager}/manager/name),groupby((${employee}/manager/code),topcount(1,revision)))`,
      groupby([`${manager}/manager/name`], groupby([`${employee}/manager/code`], top)),
    ],
    [
      `groupby((rollup(friend/code,${employee}/manager/code)),topcount(1,revision))`,
      concat(groupby(['friend/code', `${employee}/manager/code`], top), groupby(['friend/code'], top)),
    ],
    [
      `groupby((rollup($all,${employee}/manager/code,${employee}/manager/airline/name)),topcount(1,revision))`,
      concat(
        groupby([`${employee}/manager/code`, `${employee}/manager/airline/name`], top),
        groupby([`${employee}/manager/code`], top),
        top,
      ),
    ],
    [
      `groupby((rollup($all,airline/name)),groupby((${employee}/manager/code),filter(revision eq 1)))`,
      concat(
        groupby(['airline/name'], groupby([`${employee}/manager/code`], first)),
        groupby([`${employee}/manager/code`], first),
      ),
    ],
    [
      `groupby((${employee}/manager/code),compute(1 as x)/concat(topcount(1,revision),compute(2 as y)/filter(revision eq 1)))`,
      groupby([`${employee}/manager/code`], (rows) =>
        concat(top, (ones) => compute('y', 2)(first(ones)))(compute('x', 1)(rows)),
      ),
    ],
    [
      `concat(compute(1 as x),compute(1 as y))/groupby((${employee}/manager/code),filter(revision eq 1))`,
      groupby(
        [`${employee}/manager/code`],
        concat(
          (rows) => compute('x', 1)(first(rows)),
          (rows) => compute('y', 1)(first(rows)),
        ),
      ),
    ],
    [
      `concat(groupby((${employee}/manager/code),filter(revision eq 1)),groupby((friend/code),topcount(1,revision)))`,
      concat(groupby([`${employee}/manager/code`], first), groupby(['friend/code'], top)),
    ],
    [
      `groupby((${employee}/manager/code),filter(revision eq 1))/groupby((airline/name),topcount(1,revision))`,
      (rows) => groupby(['airline/name'], top)(groupby([`${employee}/manager/code`], first)(rows)),
    ],
    [
      `groupby((${employee}/manager/code),groupby((airline/name),concat(identity,topcount(1,revision))))`,
      groupby([`${employee}/manager/code`], groupby(['airline/name'], concat(all, top))),
    ],
  ])('%s', async (apply, wanted) => {
    expect(sorted(await applied(`Contacts?$apply=${apply}`))).toEqual(told(wanted(given())));
  });

  const apply = `groupby((${employee}/manager/code),topcount(1,revision))`;
  const groups = (rows: readonly Json[] = contacts): readonly Kept[] =>
    groupby([`${employee}/manager/code`], top)(rows.map((row) => ({ row, told: {} })));
  const chosen =
    (...names: readonly string[]) =>
    ({ row, told }: Kept): Json =>
      some({ ...structural(row), ...told }, (name) => names.includes(name));

  test.each<readonly [options: string, (one: Kept) => Json]>([
    ['$select=code', chosen('code')],
    [`$select=code,${employee}/salary`, chosen('code', 'salary')],
    [`$select=code,${employee}/manager`, chosen('code', 'manager')],
    [`$select=code,${employee}/manager&$orderby=${employee}/manager/code desc`, chosen('code', 'manager')],
    ['$select=code&$expand=airline', (one) => ({ ...chosen('code')(one), airline: one.row['airline'] })],
    [
      `$select=code&$expand=${employee}/manager($select=name)`,
      ({ row, told }) => ({
        code: row['code'],
        ...('manager' in told && { manager: row['manager'] && { name: (row['manager'] as Json)['name'] } }),
      }),
    ],
  ])('as far as %s leaves it', async (options, shown) => {
    expect(sorted(await applied(`Contacts?$apply=${apply}&${options}`))).toEqual(sorted(groups().map(shown)));
  });

  test('within $expand, with all control information, and behind a cast of the resource', async () => {
    const friends = await applied(`Contacts?$select=code&$expand=friends($apply=${apply})`);
    const wanted = contacts.map(({ code }) => ({
      code,
      friends: told(groups(contacts.filter(({ friend }) => (friend as Json | null)?.['code'] === code))),
    }));
    expect(sorted(friends.map((one) => ({ ...one, friends: sorted(one['friends'] as readonly Json[]) })))).toEqual(
      sorted(wanted),
    );
    const full = await ok(`Contacts?$apply=${apply}`, { Accept: 'application/json;odata.metadata=full' });
    expect(sorted(full.value)).toEqual(told(groups()));
    const staff = contacts.filter((row) => isOf(row, employee));
    const path = `Contacts/${employee}?$apply=groupby((manager/code),topcount(1,revision))`;
    expect(sorted(await applied(path))).toEqual(told(groups(staff)));
  });
});

describe('[180] what rows of one structure say of an entity contradicts what others say, wherever these lead further', () => {
  const [first, further] = ['compute(1 as x)', 'compute(2 as x)/addnested(rooms,identity as p)'];
  const of = (...sequences: readonly string[]): string =>
    `Hotels?$apply=concat(${sequences.map((one) => `addnested(main,${one} as c)`).join()})/aggregate`;

  test.each([
    '(c/p/name with countdistinct as n)',
    '(c/p/$count as n)',
    '(c/p/beds with max as n,c/revision with sum as s)',
  ])('%s', async (aggregate) => {
    for (const all of [
      [first, further],
      [further, first],
    ])
      expect((await running().get(encodeURI(of(...all) + aggregate))).status).toBe(400);
    const [same] = await applied(of(first, further.replace('2', '1')) + aggregate);
    const [alone] = await applied(of(further, further) + aggregate);
    expect(plain(same)).toEqual(plain(alone));
  });
});

describe('[80, 187, 189, 193] what is null by what the request says has no type, behind any path', () => {
  type Contact = Readonly<{
    code: string;
    revision: number;
    friend: Readonly<{ code: string; friend: Json | null }> | null;
  }>;
  let contacts: readonly Contact[];
  beforeAll(async () => {
    contacts = (await applied(
      'Contacts?$expand=friend($select=code;$expand=friend($select=code))&$select=code,revision',
    )) as unknown as readonly Contact[];
  });
  const alone = (): number => contacts.filter(({ friend }) => !friend).length;
  const inCompany = (): readonly Contact[] => contacts.filter(({ friend }) => friend);
  const friends = (): readonly string[] => [...new Set(inCompany().map(({ friend }) => friend?.code ?? ''))];
  const having = (code: string): number => inCompany().filter(({ friend }) => friend?.code === code).length;

  const given = (one: string, other: string): string =>
    `concat(addnested(friend,compute(${one}) as n),addnested(friend,compute(${other}) as n))`;
  const nullInSome = given('revision mul 1 as y', 'null as x');
  const threeGroups = (values: Json): readonly Json[] => [
    { n: null, k: alone(), ...values },
    { n: {}, k: inCompany().length, ...values },
    { n: { x: null }, k: inCompany().length, ...values },
  ];

  test.each<readonly [apply: string, options: string, wanted: () => readonly Json[]]>([
    [
      `${nullInSome}/groupby((code,n/x))/groupby((n/x),aggregate($count as k,n/x with sum as s))`,
      '',
      () => threeGroups({ s: null }),
    ],
    [
      `${nullInSome}/groupby((code,n/x))/groupby((n/x),aggregate($count as k,n/x mul 2 with max as s))`,
      '',
      () => threeGroups({ s: null }),
    ],
    [
      `${nullInSome}/groupby((code,n/x))/compute(n/x add 1 as z)/groupby((n/x,z),aggregate($count as k))`,
      '',
      () => threeGroups({ z: null }),
    ],
    [`${nullInSome}/groupby((n))/filter(n/x gt 1)/aggregate($count as k)`, '', () => [{ k: 0 }]],
    [
      `${nullInSome}/groupby((n/x))/concat(filter(n/x gt 1),filter(n/x eq null))/aggregate($count as k)`,
      '',
      () => [{ k: 3 }],
    ],
    [
      `join(friends as j,compute(null as x)/concat(identity,groupby((revision))))/groupby((j/x),aggregate(j/x with average as a,j/x mul 1 with sum as s))/aggregate(j/x with max as m,a with sum as s)`,
      '',
      () => [{ m: null, s: null }],
    ],
    [
      `${given('revision mul 1 as y', 'null as x')}/groupby((n))/groupby((n/x),aggregate(n/x with min as s))`,
      '',
      () => [
        { n: null, s: null },
        { n: { x: null }, s: null },
      ],
    ],
    // The number is null wherever the friend has none.
    [
      `filter(friend/friend eq null)/${given('friend/revision mul 1 as x', 'null as x')}/groupby((n),aggregate($count as k))`,
      '&$expand=n($select=code,x)',
      () => [
        { n: null, k: 2 * alone() },
        ...friends()
          .filter((code) => inCompany().some(({ friend }) => friend?.code === code && !friend.friend))
          .map((code) => ({ n: { code, x: null }, k: 2 * having(code) })),
      ],
    ],
    [
      `${given('1 as x', '2 as y')}/groupby((n/x),groupby((n),aggregate($count as k)))`,
      '&$expand=n($select=code,x,y)',
      () => [
        { n: null, k: 2 * alone() },
        ...friends().flatMap((code) => [
          { n: { code, x: 1 }, k: having(code) },
          { n: { code, y: 2 }, k: having(code) },
        ]),
      ],
    ],
  ])('%s', async (apply, options, wanted) => {
    expect(sorted(await applied(`Contacts?$apply=${apply}${options}`))).toEqual(sorted(wanted()));
  });

  test('and contradicts what is there', async () => {
    const path = `Contacts?$apply=filter(friend/friend ne null)/${given('friend/revision mul 1 as x', 'null as x')}`;
    expect((await running().get(encodeURI(`${path}/groupby((n))`))).status).toBe(400);
  });
});

describe('[180, 190, 192] complex values to which items were added that tell their types themselves are values', () => {
  const place = 'compute({"@type":"Trip.Pin.City","name":"x"} as c)';
  const path = `Guests?$apply=${place}/addnested(c,compute([$it/nick,$it/height] as d) as f)`;
  let guests: readonly Json[];
  beforeAll(async () => {
    guests = await applied('Guests');
  });
  const dOf = (guest: Json): readonly unknown[] => [guest['nick'] ?? null, guest['height'] ?? null];
  const f = (guest: Json): Json => ({ name: 'x', region: null, d: dOf(guest) });

  test.each<readonly [further: string, wanted: (guest: Json) => Json | undefined]>([
    ['compute(f as x)', (guest) => ({ x: f(guest) })],
    ['compute([f] as x)', (guest) => ({ x: [f(guest)] })],
    ['compute([f,null,c] as x)', (guest) => ({ x: [f(guest), null, { name: 'x', region: null, d: [] }] })],
    ["compute(case(code eq 'bob':f) as x)", (guest) => ({ x: guest['code'] === 'bob' ? f(guest) : null })],
    [
      "compute(case(code eq 'bob':f) as x)/filter(x eq f)",
      (guest) => (guest['code'] === 'bob' ? { x: f(guest) } : undefined),
    ],
    ['compute(f as x)/filter(x/d/any(z:z eq 90))', (guest) => (dOf(guest).includes(90) ? { x: f(guest) } : undefined)],
    [
      "compute([f] as x)/filter(x/any(y:y/d/any(z:z eq 'bob')))",
      (guest) => (dOf(guest).includes('bob') ? { x: [f(guest)] } : undefined),
    ],
    ['groupby((code,f))/compute(f as x)', (guest) => ({ x: f(guest) })],
    ['concat(identity,filter(false))/compute(f as x)', (guest) => ({ x: f(guest) })],
  ])('%s', async (further, wanted) => {
    const found = guests.flatMap((guest) => {
      const one = wanted(guest);
      return one ? [{ code: guest['code'], ...one }] : [];
    });
    for (const accept of ['minimal', 'full']) {
      const answer = await running().get(encodeURI(`${path}/${further}&$select=code,x&$orderby=code`), {
        accept: `application/json;odata.metadata=${accept}`,
      });
      expect(answer.status === 200 ? plain(answer.value) : answer.text).toEqual(plain(found));
    }
  });

  test('are grouped by, grouped once more, counted and asked', async () => {
    const groups = counted(guests.map(f), 'f');
    for (const further of ['', '/groupby((f,n))', '/compute(f as g)/groupby((g,n))/compute(g as f)/groupby((f,n))'])
      expect(sorted(await applied(`${path}/groupby((f),aggregate($count as n))${further}`))).toEqual(groups);
    expect(await applied(`${path}/aggregate(f with countdistinct as n,f/d with countdistinct as d)`)).toMatchObject([
      { n: groups.length, d: new Set(guests.flatMap(dOf).filter((one) => one !== null)).size },
    ]);
    const hosts = `Guests?$apply=addnested(host,compute([nick,height] as d) as h)/groupby((h),aggregate($count as n))`;
    const wanted = (await applied('Guests?$expand=host')).map(({ host }) => {
      const one = host as Json | null;
      return one && { code: one['code'], d: dOf(one) };
    });
    expect(sorted(await applied(`${hosts}&$expand=h($select=code,d)`))).toEqual(counted(wanted, 'h'));
  });
});

describe('[180, 192] an entity that contradicts itself is refused, whatever becomes of the rows that say so', () => {
  beforeAll(() =>
    running().sql(
      `INSERT INTO hotels (code, rooms, kinds, main, revision)
       VALUES ('one', '[]', '{}', 'grand', 7), ('two', '[]', '{}', 'inn', 1)`,
    ),
  );
  afterAll(() => running().sql(`DELETE FROM hotels WHERE code IN ('one', 'two')`));

  // Of the hotel 'grand' the rows say 1 and 7, of 'inn' 1 alone.
  const said = 'concat(addnested(main,compute(1 as x) as m),addnested(main,compute($it/revision as x) as m))';
  const bases = [
    `${said}/groupby((m))`,
    `${said}/groupby((m),filter(revision gt 0))`,
    `${said}/aggregate(m/x with max as most)`,
    `${said}/groupby((main/code),aggregate(m/x with max as most,branches/revision with max as b))`,
    `join(branches as b,${said}/groupby((m))/filter(false))`,
    `concat(identity,${said}/groupby((m))/top(0))`,
  ];
  const behind: readonly string[] = [
    '/filter(false)',
    '/compute(null as z)/filter(z gt 1)',
    "/filter(main/code eq 'inn')",
    '/top(0)',
    '/orderby(main/code)/top(1)',
    '/filter($these/$count gt 1000)',
    '/aggregate($count as n)/filter(n gt 1000)',
    '/filter(false)/aggregate($count as n)',
    '/concat(filter(false),aggregate($count as n))/filter(n gt 0)',
    '/nest(filter(false) as y)',
    '&$filter=false',
    '&$top=0',
    '&$top=1',
    '&$skip=1000',
    '&$filter=false&$top=0&$count=true',
  ];
  const around: readonly ((base: string) => string)[] = [
    (base) => `Hotels/$count?$apply=${base}&$filter=false`,
    (base) => `Hotels?$apply=concat(aggregate($count as k),${base})/filter(k gt 0)`,
    (base) => `Hotels?$apply=concat(aggregate($count as k),${base})/top(1)`,
    (base) => `Hotels?$apply=groupby((revision),${base}/aggregate($count as n))/filter(revision gt 1000)`,
    (base) => `Hotels?$expand=branches($apply=${base}/filter(false))`,
    (base) => `Hotels?$expand=branches($apply=${base};$filter=false)`,
    (base) => `Hotels?$expand=branches($apply=${base};$top=0)`,
  ];
  const refused = async (path: string): Promise<readonly string[]> => {
    const { status, error } = await running().get(encodeURI(path));
    return status === 400 && error.message.includes('lead to one entity') ? [] : [path];
  };
  const each = async (paths: readonly string[]): Promise<readonly string[]> =>
    (await Promise.all(paths.map(refused))).flat();

  test.each(bases)('%s', async (base) => {
    // Within the groups of one revision, and below one hotel, no branch contradicts another.
    const paths = [...behind.map((rest) => `Hotels?$apply=${base}${rest}`), ...around.map((of) => of(base))];
    expect(await each(paths)).toEqual([]);
  });

  test.each(behind)('and what does not is answered: …%s', async (rest) => {
    const same = said.replace('$it/revision', '$it/revision mul 0 add 1');
    await ok(`Hotels?$apply=${same}/groupby((m),filter(revision gt 0))${rest}`);
  });
});

describe('[180, 192, 193] what is left of an entity, with what the request gave it, is told by the entities to which it leads, too', () => {
  const added = 'addnested(main,compute(1 as x) as n)';
  const grouped = 'groupby((main/revision,main/main))';
  const rolled = 'groupby((rollup(main/revision,main/main)))';
  // Two hotels with the same revision, which lead to others.
  beforeAll(() =>
    running().sql(
      `INSERT INTO hotels (code, rooms, kinds, main, revision) VALUES ('m1', '[]', '{}', 'grand', 7), ('m2', '[]', '{}', 'inn', 7),
         ('a', '[]', '{}', 'm1', 1), ('b', '[]', '{}', 'm2', 1)`,
    ),
  );
  afterAll(() => running().sql(`DELETE FROM hotels WHERE code IN ('m1', 'm2', 'a', 'b')`));

  test.each([grouped, rolled])('as it is without that: %s', async (groups) => {
    const [wanted] = await applied(`Hotels?$apply=${groups}/aggregate(main with countdistinct as k)`);
    for (const rows of [added, `${added}/concat(identity,identity)`, `concat(${added},${added})`]) {
      const [found] = await applied(`Hotels?$apply=${groups}/${rows}/aggregate(n with countdistinct as k)`);
      expect([rows, plain(found)]).toEqual([rows, plain(wanted)]);
    }
    const nulls = await applied(`Hotels?$apply=${groups}/compute(main eq null as isNull)&$select=isNull`);
    const others = await applied(`Hotels?$apply=${groups}/${added}/compute(n eq null as isNull)&$select=isNull`);
    expect(sorted(others)).toEqual(sorted(nulls));
  });

  test('and as a value it has these', async () => {
    const rows = await applied(
      `Hotels?$apply=${grouped}/addnested(main,compute(1 as x) as n)/compute(n as y)&$expand=n`,
    );
    expect(rows.map(({ y }) => plain(y))).toEqual(rows.map(({ n }) => plain(n)));
    expect(rows.map(({ y }) => plain(y))).toContainEqual({
      revision: 7,
      x: 1,
      main: expect.objectContaining({ code: 'inn' }) as unknown,
    });
    const equal = (one: string, other: string): string =>
      `Hotels?$apply=${grouped}/addnested(main,compute(1 as x) as n,identity as o)/filter(main ne null and ${one} eq ${other})/aggregate($count as k)`;
    const all = rows.filter(({ y }) => y !== null).length;
    for (const [one, other, count] of [
      ['n', 'n', all],
      ['o', 'main', all],
      ['n', 'main', 0],
      ['n', 'o', 0],
    ] as const)
      expect([one, other, plain((await applied(equal(one, other)))[0])]).toEqual([one, other, { k: count }]);
  });

  test('of several structures, in each row what it has', async () => {
    const rows = `${added}/concat(identity,aggregate($count as z))/compute(main as y,n as v)`;
    const found = await applied(`Hotels?$apply=${grouped}/${rows}&$expand=n`);
    expect(found.map(({ y, v }) => plain([y, v]))).toEqual(found.map(({ main = null, n = null }) => plain([main, n])));
  });

  test('in groups of rows of which some lack it', async () => {
    const path = (inner: string): string =>
      `Hotels?$apply=${rolled}/concat(addnested(main,${inner} as n),addnested(main,compute(1 as x) as n))/groupby((n/n))`;
    const rows = await applied(path('addnested(main,compute(1 as x) as n)'));
    const alone = await applied(
      `Hotels?$apply=${rolled}/addnested(main,addnested(main,compute(1 as x) as n) as n)/groupby((n/n))`,
    );
    // Where the second one is alone, its rows lack it as others do.
    expect(alone.map(plain)).toContainEqual({ n: {} });
    expect(sorted(rows)).toEqual(sorted(alone));
  });
});

describe('[80, 180, 189] what groups have left of an entity, with entities within it, is a value', () => {
  type Node = Readonly<{ number: number; code: string | null; name: string }>;
  type Left = Readonly<{ code: string | null; superordinate: Node | null }> | null;
  type Case = readonly [value: string, of: (one: Left) => unknown, alias: string];
  const groups = 'groupby((division/code,division/superordinate))';
  const isUS = (one: Left): boolean => one?.code === 'US';
  const values: readonly Case[] = [
    ['division', (one) => one, ''],
    ['case(true:division)', (one) => one, ''],
    ["case(division/code eq 'US':division)", (one) => (isUS(one) ? one : null), ''],
    ["case(division/code eq 'US':null,true:division)", (one) => (isUS(one) ? null : one), ''],
    ['case(division/code eq null:division,true:division)', (one) => one, ''],
    ['[division]', (one) => [one], ''],
    ['@l', (one) => [one], '&@l=[division]'],
    ['@l', (one) => one, '&@l=case(true:division)'],
    ['concat([division],[null,division])', (one) => [one, null, one], ''],
    ["case(division/code eq 'US':[division],true:[null])", (one) => [isUS(one) ? one : null], ''],
  ];
  const single = values.filter(([, of]) => !Array.isArray(of(null)));
  let lefts: readonly Left[];
  let nodes: readonly (Node & Readonly<{ deals: readonly Readonly<{ amount: number | null }>[] }>)[];
  beforeAll(async () => {
    lefts = (await applied(`Deals?$apply=${groups}`)).map(({ division }) => plain(division) as Left);
    nodes = (await applied('Divisions?$expand=deals')) as unknown as typeof nodes;
    expect(lefts).toEqual(expect.arrayContaining([null, expect.objectContaining({ code: null })]));
  });
  const path = (value: string, behind: string, alias = ''): string =>
    `Deals?$apply=${groups}/compute(${value} as v)${behind}${alias}`;
  const items = (value: unknown): readonly Left[] => (Array.isArray(value) ? value : [value]) as readonly Left[];
  const superiors = (of: Case[1]): readonly Node[] => {
    const all = lefts.flatMap((left) => items(of(left)).flatMap((one) => one?.superordinate ?? []));
    return [...new Map(all.map((one) => [one.number, one])).values()];
  };

  test.each(values)('that goes out with these: %s', async (value, of, alias) => {
    const rows = await applied(path(value, '&$select=v', alias));
    expect(sorted(rows)).toEqual(sorted(lefts.map((left) => ({ v: of(left) }))));
    const within = rows.flatMap(({ v }) => items(v).flatMap((one) => one?.superordinate ?? []));
    for (const one of within) expect(one).toMatchObject({ '@odata.context': '#Divisions/$entity' });
    const chosen = await applied(path(value, '&$select=v/superordinate', alias));
    const partOf = (one: Left): unknown => one && { superordinate: one.superordinate };
    const parts = lefts
      .map((left) => of(left))
      .map((one) => (Array.isArray(one) ? items(one).map(partOf) : partOf(one as Left)));
    expect(sorted(chosen)).toEqual(sorted(parts.map((v) => ({ v }))));
  });

  const conditions: readonly (readonly [condition: string, of: (one: Left, division: Left) => boolean])[] = [
    ["v/superordinate/name eq 'US'", (one) => one?.superordinate?.name === 'US'],
    ['v eq division', (one, division) => JSON.stringify(one) === JSON.stringify(division)],
    ['v eq null', (one) => one === null],
    ['v/superordinate eq null', (one) => one === null],
    ['isdefined(v/superordinate/name)', (one) => one !== null],
    [
      'v/superordinate/deals/any(d:d/amount gt 5)',
      (one) =>
        nodes.some(
          ({ number, deals }) =>
            number === one?.superordinate?.number && deals.some(({ amount }) => Number(amount) > 5),
        ),
    ],
  ];
  test.each(conditions)('that is asked: %s', async (condition, holds) => {
    for (const [value, of, alias] of values) {
      const isOne = single.some((one) => one[0] === value && one[2] === alias);
      const kept = lefts.filter((left) => items(of(left)).some((one) => holds(one, left)));
      const asked = isOne ? condition : `v/any(x:${condition.replaceAll(/\bv\b/g, 'x')})`;
      const rows = await applied(path(value, `&$filter=${asked}&$select=v`, alias));
      expect([value, sorted(rows)]).toEqual([value, sorted(kept.map((left) => ({ v: of(left) })))]);
    }
  });

  test.each(values)('that is aggregated, each entity once: %s', async (value, of, alias) => {
    const all = superiors(of);
    const amounts = nodes
      .filter(({ number }) => all.some((one) => one.number === number))
      .flatMap(({ deals }) => deals.map(({ amount }) => Number(amount)));
    const aggregated =
      'v/superordinate/number with sum as a,v/superordinate with countdistinct as b,v/superordinate/deals/amount with sum as c';
    const rows = await applied(path(value, `/aggregate(${aggregated},v with countdistinct as d)`, alias));
    const others = new Set(lefts.flatMap((left) => items(of(left)).flatMap((one) => (one ? JSON.stringify(one) : []))));
    const sum = (numbers: readonly number[]): number => numbers.reduce((before, one) => before + one, 0);
    // Of no values the sum is null.
    const c = amounts.length > 0 ? sum(amounts) : null;
    expect(rows.map(plain)).toEqual([{ a: sum(all.map(({ number }) => number)), b: all.length, c, d: others.size }]);
  });

  test.each(single)('that is grouped by: %s', async (value, of, alias) => {
    for (const before of ['', 'concat(identity,identity)/'])
      expect([
        before,
        sorted(await applied(path(value, `/${before}groupby((v),aggregate($count as n))`, alias))),
      ]).toEqual([
        before,
        counted(
          [...lefts, ...(before ? lefts : [])].map((left) => of(left)),
          'v',
        ),
      ]);
  });

  test.each([
    'concat(identity,groupby((division/superordinate)))',
    'concat(identity,groupby((division/superordinate/name)))',
    'concat(identity,aggregate($count as n))',
    'concat(compute(1 as n),compute(2 as n)/groupby((division/code)))',
  ])('in rows of several structures: %s', async (made) => {
    const rows = await applied(`Deals?$apply=${groups}/${made}`);
    // A case chooses no list there (400).
    for (const [value, of, alias] of values.filter(([value]) => !value.includes(':[division]'))) {
      const found = await applied(`Deals?$apply=${groups}/${made}/compute(${value} as v)&$select=v${alias}`);
      const wanted = rows.map(({ division = null }) => ({ v: of(plain(division) as Left) }));
      expect([value, sorted(found)]).toEqual([value, sorted(wanted)]);
    }
  });

  test('within $expand, with $compute, and in lists of lists of operators', async () => {
    const expanded = async (value: string): Promise<unknown> =>
      (
        await applied(
          `Products?$expand=deals($apply=${groups}/compute(${value} as v);$filter=v/superordinate/number le 2)`,
        )
      ).map(plain);
    expect(await expanded('case(true:division)')).toEqual(await expanded('division'));
    const computed = await applied(
      `Deals?$apply=${groups}&$compute=case(true:division) as v,[division] as w&$select=v,w`,
    );
    expect(sorted(computed)).toEqual(sorted(lefts.map((left) => ({ v: left, w: [left] }))));
    const others = await applied(
      `Deals?$apply=${groups}/compute([division] as v)/filter(hassubset(v,[division]) and division in v)/aggregate($count as n)`,
    );
    expect(others.map(plain)).toEqual([{ n: lefts.length }]);
    const cast = "v/Trip.Pin.Division/superordinate/Trip.Pin.Division/code eq 'US'";
    expect(sorted(await applied(path('case(true:division)', `&$filter=${cast}&$select=v`)))).toEqual(
      sorted(lefts.filter((one) => one?.superordinate?.code === 'US').map((v) => ({ v }))),
    );
  });
});

describe('[80] what groups have left of an entity has, as a value, what the request added within it', () => {
  const groups = 'groupby((division/superordinate))';
  const left =
    'Deals?$apply=groupby((division/superordinate))/addnested(division,addnested(superordinate,compute(number mul 2 as x) as s) as n)';
  const part = `Deals?$apply=${groups}/addnested(division/superordinate,compute(number mul 2 as x) as s)`;
  type Node = Readonly<{ number: number }>;
  let superiors: readonly (Node | null)[];
  beforeAll(async () => {
    superiors = (await applied(`Deals?$apply=${groups}`)).map(({ division }) => {
      const found = plain(division) as Readonly<{ superordinate: Node }> | null;
      return found && found.superordinate;
    });
    expect(superiors.filter((one) => one !== null).length).toBeGreaterThan(1);
  });
  const withAdded = (one: Node | null): unknown => one && { superordinate: one, s: { ...one, x: one.number * 2 } };

  test.each([
    [`${part}/compute(division as v)`],
    [`${part}/compute(case(true:division) as v)`],
    [`${part}/addnested(division,identity as m)/compute(m as v)`],
    [`${part}/groupby((division))/compute(division as v)`],
    [`${part}/groupby((division),filter(true))/compute(division as v)`],
    [`${left}/compute(n as v)`],
    [`${left}/groupby((n))/compute(n as v)`],
    [`${left}/groupby((n))/groupby((n))/compute(n as v)`],
  ])('%s', async (path) => {
    expect(sorted(await applied(`${path}&$select=v`))).toEqual(sorted(superiors.map((one) => ({ v: withAdded(one) }))));
  });

  test('of two that were added one after the other', async () => {
    const path = `${part}/addnested(division/superordinate,compute(number mul 3 as y) as t)/compute(division as v)&$select=v`;
    const wanted = superiors.map((one) => ({
      v: one && { ...(withAdded(one) as object), t: { ...one, y: one.number * 3 } },
    }));
    expect(sorted(await applied(path))).toEqual(sorted(wanted));
  });

  // No value has collections of entities: it is refused before it loses them.
  const collections = 'addnested(deals,filter(id gt 3) as d)/compute(1 as x)';
  test.each([
    [`addnested(division/superordinate,${collections} as s)/compute(division as v)`],
    [`addnested(division/superordinate,${collections} as s)/groupby((division))/compute([division] as v)`],
    [`addnested(division,addnested(superordinate,${collections} as s) as n)/compute(n as v)`],
    [`addnested(division,addnested(superordinate,${collections} as s) as n)/groupby((n))/compute(n as v)`],
  ])('collections of entities are refused: %s', async (behind) => {
    expect((await get(`Deals?$apply=${groups}/${behind}`)).status).toBe(501);
  });
});

describe('[190] a collection of complex values that only rows of a type have', () => {
  const added = "join(planItems as i,addnested(Trip.Pin.Flight/stops,filter(name ne 'Bonn') as g))";
  type Item = Readonly<{ id: number; type: string; stops: readonly Readonly<{ name: string }>[] }>;
  let items: readonly Item[];
  beforeAll(async () => {
    await running().sql(
      `UPDATE plan_items SET stops = jsonb_build_array('{"name":"Bonn"}'::jsonb, jsonb_build_object('name', title))`,
    );
    items = (await running().sql('SELECT * FROM plan_items')) as unknown as readonly Item[];
  });
  afterAll(() => running().sql(`UPDATE plan_items SET stops = '[]'`));

  test.each(['groupby((i))', 'groupby((name,i))/groupby((i))', 'groupby((i))/groupby((i))'])(
    'they alone have it in groups by the whole: %s',
    async (grouped) => {
      const rows = (await applied(`Contacts?$apply=${added}/${grouped}&$expand=i($select=id,g)`)) as readonly Readonly<{
        i: Json;
      }>[];
      const wanted = items.map(({ id, type, stops }) => ({
        id,
        ...(type === 'Flight' && {
          g: stops.filter(({ name }) => name !== 'Bonn').map(({ name }) => ({ name, region: null })),
        }),
      }));
      expect(sorted(rows.map(({ i }) => i))).toEqual(sorted(wanted));
    },
  );
});

describe('[199] representations that come together have what each of them expands', () => {
  type Node = Readonly<{ number: number; code: string; name: string; superordinate: number | null }>;
  const ancestors = 'ancestors($root/Divisions,Organization,code,identity,keep start)';
  const byName = 'groupby((superordinate/name),identity)';

  test.each<readonly [copies: string, names: readonly (keyof Node)[], given: object]>([
    [`identity,${byName}`, ['name'], {}],
    [`${byName},identity`, ['name'], {}],
    [`compute(1 as x),${byName}`, ['name'], { x: 1 }],
    [`compute(1 as x),${byName}/compute(2 as y)`, ['name'], { x: 1, y: 2 }],
    [`groupby((superordinate/code),identity),${byName}`, ['code', 'name'], {}],
    [
      `groupby((superordinate/code),identity)/compute(1 as x),${byName}/compute(2 as y)`,
      ['code', 'name'],
      { x: 1, y: 2 },
    ],
  ])('%s', async (copies, names, given) => {
    const nodes = (await running().sql('SELECT * FROM divisions WHERE number <= 3')) as unknown as readonly Node[];
    const rows = await applied(`Divisions?$apply=filter(number le 3)/concat(${copies})/${ancestors}`);
    const wanted = nodes.map(({ number, superordinate }) => {
      const above = nodes.find((one) => one.number === superordinate);
      return {
        number,
        ...given,
        superordinate: above ? Object.fromEntries(names.map((name) => [name, above[name]])) : null,
      };
    });
    const told = ['number', 'superordinate', ...Object.keys(given)];
    const found = rows.map((row) => Object.fromEntries(Object.entries(row).filter(([name]) => told.includes(name))));
    expect(sorted(found)).toEqual(sorted(wanted));
  });
});
