/** Types that are derived from one another: what is read and written of them, compared with the rows of their tables. */
import { describe as describeService } from '../../src/openapi/describe';
import { plain } from '../setup/aggregation';
import { withOptions, type Answer, type Json, type TestService } from '../setup/service';
import { Contact, Employee, Manager } from '../setup/trip-pin/derived-entities';
import { Person } from '../setup/trip-pin/entities';
import { runTripPin } from '../setup/trip-pin/running';
import { startTripPin } from '../setup/trip-pin/service';
import { Asset, Guest, Hotel } from '../setup/trip-pin/structured-entities';
import { OperationBook, RuleBook, sql } from '../../src/odata';

/** What the rules of employees have seen. */
const ruled: unknown[] = [];
const rules = new RuleBook().add(Employee, {
  update: (_, { code, salary }) => void ruled.push({ code, salary }),
});

const { running, get, ok, send, done } = runTripPin({ rules });

const full = { Accept: 'application/json;odata.metadata=full' };
const none = { Accept: 'application/json;odata.metadata=none' };

/** The codes of contacts by a condition in SQL. */
const codes = async (where: string, order = 'code'): Promise<readonly unknown[]> =>
  (await running().sql(`SELECT code FROM contacts WHERE ${where} ORDER BY ${order}`)).map((row) => row['code']);

const codesOf = ({ value }: Answer): readonly unknown[] => value.map(({ code }) => code);

const typeNames: Readonly<Record<string, string>> = {
  Contact: 'Contact',
  employee: 'Employee',
  manager: 'Manager',
  supplier: 'Supplier',
};

/** The members that rows of each type have beside those of Contact. */
const ownMembers: Readonly<Record<string, readonly string[]>> = {
  Contact: [],
  Employee: ['managerName', 'salary', 'level', 'badge', 'office'],
  Manager: ['managerName', 'salary', 'level', 'badge', 'office', 'budget'],
  Supplier: ['rating'],
};

const isControl = (name: string): boolean => name.includes('@');

describe('reading', () => {
  test('[80, 299, 323] a set holds entities of all types derived from its own, each with its own properties and its type', async () => {
    const rows = await running().sql('SELECT code, kind, salary, level, budget, rating FROM contacts ORDER BY name');
    const { value } = await ok('Contacts');
    expect(value).toHaveLength(rows.length);
    rows.forEach((row, index) => {
      const entity = value[index] ?? {};
      const type = typeNames[String(row['kind'])] ?? '';
      expect(entity['code']).toBe(row['code']);
      expect(entity['@odata.type']).toBe(type === 'Contact' ? undefined : `#Trip.Pin.${type}`);
      expect(Object.keys(entity).filter((name) => !isControl(name))).toEqual([
        ...['code', 'name', 'revision'],
        ...(ownMembers[type] ?? []),
      ]);
      if (type === 'Employee' || type === 'Manager')
        expect([entity['salary'], entity['level']]).toEqual([Number(row['salary']), row['level']]);
      if (type === 'Supplier') expect(entity['rating']).toBe(row['rating']);
    });
  });

  test('[300] a large statement is made, too: all relations of all types, twice, with all that metadata=full tells', async () => {
    const plain = (value: unknown): unknown =>
      JSON.parse(JSON.stringify(value), function (this: unknown, name: string, inner: unknown) {
        return isControl(name) ? undefined : inner;
      });
    const path = 'Contacts?$expand=*($levels=2)';
    expect(plain((await ok(path, full)).value)).toEqual(plain((await ok(path)).value));
  });

  test('[300, 301] all types are told under metadata=full, none under metadata=none', async () => {
    const { value } = await ok('Contacts', full);
    const rows = await running().sql('SELECT kind FROM contacts ORDER BY name');
    expect(value.map((entity) => entity['@odata.type'])).toEqual(
      rows.map(({ kind }) => `#Trip.Pin.${typeNames[String(kind)] ?? ''}`),
    );
    expect((await ok('Contacts', none)).text).not.toContain('@odata.type');
  });

  test('[80, 316] links of derived entities go through their type and lead to them', async () => {
    const { value } = await ok("Contacts?$filter=code eq 'boss'", full);
    const [boss = {}] = value;
    expect(boss['@odata.id']).toBe("Contacts('boss')");
    expect(boss['@odata.editLink']).toBe("Contacts('boss')/Trip.Pin.Manager");
    const links = Object.entries(boss).filter(([name]) => name.endsWith('navigationLink'));
    expect(links.map(([name]) => name.split('@')[0])).toEqual(
      expect.arrayContaining(['airline', 'directReports', 'manager']),
    );
    for (const [, link] of links) expect([200, 204]).toContain((await get(String(link))).status);
    expect((await ok(String(boss['@odata.editLink']))).json['code']).toBe('boss');
  });

  test.each([
    ['Contacts/Trip.Pin.Employee', "kind IN ('employee', 'manager')"],
    ['Contacts/Trip.Pin.Manager', "kind = 'manager'"],
    ['Contacts/Trip.Pin.Contact', 'true'],
    ['Contacts/Trip.Pin.Employee/Trip.Pin.Manager', "kind = 'manager'"],
    ['Suppliers', "kind = 'supplier'"],
    ['Contacts/Trip.Pin.Employee?$filter=salary gt 3000', 'salary > 3000'],
    ["Contacts/$filter(name gt 'C')/Trip.Pin.Manager", "kind = 'manager' AND name > 'C'"],
    ['Contacts/Trip.Pin.Employee/$filter(salary lt 8000)/Trip.Pin.Manager', "kind = 'manager' AND salary < 8000"],
    ["Contacts('ann')/friends/Trip.Pin.Employee", "friend = 'ann' AND kind IN ('employee', 'manager')"],
    ["Contacts('boss')/Trip.Pin.Manager/directReports", "manager = 'boss'"],
    ["Contacts/Trip.Pin.Manager('chief')/directReports", "manager = 'chief'"],
    ['$all/Trip.Pin.Employee', "kind IN ('employee', 'manager')"],
  ])('[80] %s', async (path, where) => {
    const expected = await codes(where);
    expect(codesOf(await ok(`${path}${path.includes('?') ? '&' : '?'}$orderby=code`))).toEqual(expected);
    if (!path.includes('?')) expect((await ok(`${path}/$count`)).text).toBe(String(expected.length));
  });

  /** Entities of all types, each with its type in place of its control information. */
  const everything = async (options = ''): Promise<readonly Json[]> => {
    const found = await running().all(encodeURI(`$all${options}`), { Prefer: 'maxpagesize=9' });
    return found.map((row) => ({
      ...Object.fromEntries(Object.entries(row).filter(([name]) => !isControl(name))),
      type: String(row['@odata.type']).replace('#Trip.Pin.', ''),
    }));
  };
  const staff = ['Employee', 'Manager'];
  const typeIn = (row: Json, types: readonly string[]): boolean => types.includes(String(row['type']));

  test('[85] $all has every entity once, as one of its type in the set that it is at home in', async () => {
    const document = (await ok('')).value.filter(({ kind }) => kind === 'EntitySet').map(({ name }) => String(name));
    const ids = new Set<string>();
    for (const set of document) {
      const rows = await running().all(set, full);
      for (const row of rows)
        if (set !== 'Contacts' || row['@odata.type'] !== '#Trip.Pin.Supplier') ids.add(String(row['@odata.id']));
    }
    const all = await running().all('$all', { ...full, Prefer: 'maxpagesize=20' });
    expect(all.map((row) => String(row['@odata.id'])).sort()).toEqual([...ids].sort());
    const contexts = new Map(
      all.map((row) => [row['@odata.type'], String(row['@odata.context']).replace(/^.*#/, '')] as const),
    );
    expect(contexts.get('#Trip.Pin.Contact')).toBe('Contacts/$entity');
    expect(contexts.get('#Trip.Pin.Manager')).toBe('Contacts/Trip.Pin.Manager/$entity');
    expect(contexts.get('#Trip.Pin.Supplier')).toBe('Suppliers/$entity');
    expect((await ok('$all/Trip.Pin.Supplier')).json['@odata.context']).toMatch(/#Suppliers$/);
  });

  test.each<[$filter: string, holds: (row: Json) => boolean]>([
    ['salary gt 3000', (row) => Number(row['salary'] ?? 0) > 3000],
    ['not (level gt 8)', (row) => !(Number(row['level'] ?? 0) > 8)],
    [
      "Trip.Pin.Contact/name gt 'C'",
      (row) =>
        'revision' in row &&
        'name' in row &&
        String(row['name']) > 'C' &&
        typeIn(row, ['Contact', 'Supplier', ...staff]),
    ],
    [
      'Trip.Pin.Employee/level gt 2 or rating ge 0',
      (row) => (typeIn(row, staff) && Number(row['level']) > 2) || (row['rating'] ?? null) !== null,
    ],
    ['isof(Trip.Pin.Employee)', (row) => typeIn(row, staff)],
    ['isof(Trip.Pin.Contact) and not isof(Trip.Pin.Employee)', (row) => typeIn(row, ['Contact', 'Supplier'])],
    ['isof(Trip.Pin.Contact) and salary eq null', (row) => typeIn(row, ['Contact', 'Supplier'])],
    ["office/region eq 'ID'", (row) => ((row['office'] ?? {}) as Json)['region'] === 'ID'],
    ['isdefined(budget)', (row) => typeIn(row, ['Manager'])],
    [
      "length(name) gt 10 and contains(name,'a')",
      (row) => typeof row['name'] === 'string' && row['name'].length > 10 && row['name'].includes('a'),
    ],
    ['age gt 30', (row) => Number(row['age'] ?? 0) > 30],
    ["emails/any(e:contains(e,'@'))", (row) => ((row['emails'] ?? []) as string[]).some((one) => one.includes('@'))],
    ["@Core.Description eq 'Whom one knows.'", (row) => typeIn(row, ['Contact'])],
  ])('[80, 85] $all?$filter=%s', async ($filter, holds) => {
    const wanted = (await everything()).filter(holds);
    expect(wanted.length).toBeGreaterThan(0);
    expect(await everything(`?$filter=${$filter}`)).toEqual(wanted);
  });

  test('[80, 85] $all?$orderby over types, $select and $expand of what derived types have', async () => {
    const all = await everything();
    const least = (one: unknown, other: unknown): number => {
      const [left, right] = [one ?? -Infinity, other ?? -Infinity].map(Number);
      return left === right ? 0 : Number(left) < Number(right) ? -1 : 1;
    };
    expect(await everything('?$orderby=age desc,salary')).toEqual(
      [...all].sort((one, other) => least(other['age'], one['age']) || least(one['salary'], other['salary'])),
    );
    const shown = await everything(
      '?$select=code,Trip.Pin.Employee/salary,Trip.Pin.Contact/name&$filter=isof(Trip.Pin.Contact)',
    );
    expect(shown).toEqual(
      all
        .filter((row) => typeIn(row, ['Contact', 'Supplier', ...staff]))
        .map(({ code, name, salary, type }) => ({ code, name, type, ...(typeIn({ type }, staff) && { salary }) })),
    );
    const expanded = await everything(
      '?$expand=Trip.Pin.Manager/directReports($select=code)&$filter=isof(Trip.Pin.Contact)&$select=code',
    );
    const reports = await running().sql('SELECT code, manager FROM contacts WHERE manager IS NOT NULL ORDER BY code');
    for (const { code, type, directReports } of expanded)
      expect([code, ((directReports ?? null) as Json[] | null)?.map((one) => one['code']).sort()]).toEqual([
        code,
        type === 'Manager' ? reports.filter((one) => one['manager'] === code).map((one) => one['code']) : undefined,
      ]);
  });

  test.each([
    ['$filter=Trip.Pin.Contact/salary eq 1', "The type 'Contact' has no property 'salary'."],
    ['$select=Trip.Pin.Contact/salary', "The type 'Contact' has no property 'salary'."],
    ['$select=Trip.Pin.Person/salary', "The type 'Person' has no property 'salary'."],
    ['$filter=Trip.Pin.Event/place eq null', "has no property 'Trip.Pin.Event'"],
    ['$orderby=place', "Of entities of the type 'Venue': $orderby needs values that have an order."],
  ])('[80, 85] $all?%s is refused', async (options, message) => {
    const answer = await get(`$all?${options}`);
    expect([answer.status, answer.error.message]).toEqual([400, expect.stringContaining(message)]);
  });

  test('[85, 186] $all?$apply=…, where a type is open, and types are derived from one another', async () => {
    const all = await everything();
    const employed = all.filter((row) => typeIn(row, staff));
    const path =
      '$all?$apply=filter(isof(Trip.Pin.Contact))/compute(Trip.Pin.Employee/level as l)/groupby((l),aggregate($count as n))';
    expect((await ok(path)).value.map((row) => [row['l'], row['n']])).toEqual([
      [null, all.filter((row) => typeIn(row, ['Contact', 'Supplier'])).length],
      ...employed.map((row) => [row['level'], 1]).sort(([one], [other]) => Number(one) - Number(other)),
    ]);
    expect((await ok('$all?$apply=aggregate($count as n)')).value[0]?.['n']).toBe(all.length);
    const shown = await running().all(encodeURI('$all?$apply=filter(isof(Trip.Pin.Contact))'), {
      Prefer: 'maxpagesize=3',
    });
    expect(shown.map((row) => [row['@odata.type'], row['@odata.context'], row['code']])).toEqual(
      all
        .filter((row) => typeIn(row, ['Contact', 'Supplier', ...staff]))
        .map(({ type, code }) => [
          `#Trip.Pin.${String(type)}`,
          type === 'Supplier'
            ? '#Suppliers/$entity'
            : `#Contacts${type === 'Contact' ? '' : `/Trip.Pin.${String(type)}`}/$entity`,
          code,
        ]),
    );
    // What a type declares, and what open types may have of the same name, are groups of their own; null is one, which open types have, and absence another.
    const isOpen = (row: Json): boolean => typeIn(row, ['Asset', 'Vehicle', 'Club', 'Guest']);
    for (const name of ['salary', 'level', 'note']) {
      const groups = await ok(`$all?$apply=groupby((${name}),aggregate($count as n))`);
      const counts = new Map<unknown, number>();
      for (const row of all) {
        const value = row[name] ?? (isOpen(row) || name in row ? null : undefined);
        counts.set(value, (counts.get(value) ?? 0) + 1);
      }
      const shown = (pairs: Iterable<readonly [unknown, unknown]>): readonly string[] =>
        [...pairs].map(([value, n]) => JSON.stringify({ value, n })).sort();
      expect(shown(groups.value.map((row) => [row[name], row['n']] as const))).toEqual(shown(counts));
    }
    // Entities are of the types that theirs are derived from, too.
    const people = all.filter((row) => typeIn(row, ['Contact', 'Supplier', ...staff]));
    const [counted] = (
      await ok(
        '$all?$apply=aggregate(Trip.Pin.Contact/$count as n,Trip.Pin.Contact/revision with sum as r,Trip.Pin.Employee/salary with sum as s,Trip.Pin.Employee/$count as e)',
      )
    ).value;
    const sum = (rows: readonly Json[], name: string): number =>
      Math.round(rows.reduce((before, row) => before + Number(row[name]), 0) * 100) / 100;
    expect([counted?.['n'], counted?.['r'], counted?.['s'], counted?.['e']]).toEqual([
      people.length,
      sum(people, 'revision'),
      sum(employed, 'salary'),
      employed.length,
    ]);
    const levels = await ok('$all?$apply=groupby((Trip.Pin.Employee/level),aggregate($count as n))&$orderby=level');
    expect(levels.value.map((row) => [row['level'], row['n']])).toEqual([
      // Rows of other types have no such property.
      [undefined, all.filter((row) => !typeIn(row, staff)).length],
      ...employed.map((row) => [row['level'], 1]).sort(([one], [other]) => Number(one) - Number(other)),
    ]);
    expect((await get('$all?$apply=groupby((Trip.Pin.Contact/salary))')).status).toBe(400);
    const mixed = await get('$all?$apply=aggregate(salary with sum as s)');
    expect([mixed.status, mixed.error.message]).toEqual([400, expect.stringContaining('Name a type before it.')]);
  });

  /** What may be asked of groups; `PATH` is one behind a cast to a type that they are of. */
  const asked = [
    '&$orderby=PATH',
    '&$select=PATH',
    '&$filter=PATH gt 1',
    '&$compute=PATH add 1 as one',
    '/filter(PATH gt 1)',
    '/filter(isdefined(PATH))',
    '/aggregate(PATH with sum as s)',
    '/groupby((PATH))',
  ];
  const groupsOf = (path: string): readonly string[] => [
    `groupby((${path}))`,
    `concat(groupby((${path})),aggregate($count as n))`,
  ];
  test.each(asked)(
    '[80] groups, and what they have left of entities, have no types of other namespaces: %s',
    async (options) => {
      for (const before of ['', 'friend/'])
        for (const groups of groupsOf(`${before}Trip.Pin.Employee/level`)) {
          const path = (namespace: string): string =>
            `Contacts?$apply=${groups}${options.replace('PATH', `${before}${namespace}.Employee/level`)}`;
          await ok(path('Trip.Pin'));
          for (const namespace of ['Foo', 'Trip', 'Pin', 'Trip.Pin.Trip.Pin']) {
            const wrong = await get(path(namespace));
            expect([path(namespace), wrong.status]).toEqual([path(namespace), 400]);
          }
        }
    },
  );

  test.each([
    'friend/Trip.Pin.Employee/manager',
    'friend/manager',
    'friend/Trip.Pin.Contact/Trip.Pin.Employee/manager',
    'friend($select=manager)',
    'friend($select=Trip.Pin.Employee/manager)',
  ])('[80] an entity within what groups have left of another one is selected: %s', async (select) => {
    const rows = await running().sql(`SELECT DISTINCT friend.kind, friend.name, friend.manager
      FROM contacts LEFT JOIN contacts friend ON friend.code = contacts.friend`);
    const isEmployed = ({ kind }: Json): boolean => kind === 'employee' || kind === 'manager';
    const { value } = await ok(
      `Contacts?$apply=groupby((friend/name,friend/Trip.Pin.Employee/manager))&$select=${select}`,
    );
    // What is not an employee has no manager, which is not null.
    const managers = value.map(({ friend }) => {
      const { name, manager } = (friend ?? {}) as Json;
      return [name, manager === undefined ? 'none' : ((manager as Json | null)?.['code'] ?? null)];
    });
    expect(managers.sort()).toEqual(rows.map((row) => [undefined, isEmployed(row) ? row['manager'] : 'none']).sort());
    const behind = await get('Contacts?$apply=groupby((friend/Trip.Pin.Employee/manager))&$select=friend/manager/name');
    expect([behind.status, behind.error.code]).toEqual([400, 'SyntaxError']);
  });

  test.each<
    readonly [form: string, headers: Readonly<Record<string, string>>, prefix: string | undefined, hasIds: boolean]
  >([
    ['by default', {}, '@odata.', true],
    ['metadata=full', { Accept: 'application/json;odata.metadata=full' }, '@odata.', true],
    ['metadata=none', none, undefined, false],
    ['4.01', { Accept: 'application/json;metadata=minimal', 'OData-MaxVersion': '4.01' }, '@', false],
    ['omit-values=nulls', { Prefer: 'omit-values=nulls' }, '@odata.', true],
  ])(
    '[80, 198, 299] groups, and what they have left of entities, tell their type and that they have no id: %s',
    async (form, headers, prefix, hasIds) => {
      /** An entity without an id, of a type that is derived from the declared one or of that. */
      const made = (type: string | undefined, properties: Json): Json => ({
        ...(prefix !== undefined && type !== undefined && { [`${prefix}type`]: `#Trip.Pin.${type}` }),
        ...(prefix !== undefined && hasIds && { [`${prefix}id`]: null }),
        ...properties,
      });
      const isOmitted = form.startsWith('omit');
      const without = (row: Json): Json =>
        Object.fromEntries(Object.entries(row).filter(([, one]) => !isOmitted || one !== null));
      const isStaff = (kind: unknown): boolean => kind === 'employee' || kind === 'manager';
      const contacts = await running().sql('SELECT code, kind, level, budget, rating, friend, manager FROM contacts');
      const friendOf = ({ friend }: Json): Json | undefined => contacts.find(({ code }) => code === friend);
      const distinct = (rows: readonly Json[]): readonly string[] =>
        [...new Set(rows.map((row) => JSON.stringify(row)))].sort();
      const byLevel = (row: Json | undefined): Json | null => {
        if (!row) return null;
        return isStaff(row['kind']) ? made('Employee', without({ level: row['level'] })) : made(undefined, {});
      };
      const beside = (row: Json, name: string, one: Json | null): Json =>
        made(undefined, { ...row, ...without({ [name]: one }) });
      const typed: Readonly<Record<string, (row: Json) => Json>> = {
        'Trip.Pin.Employee/level,Trip.Pin.Supplier/rating': (row) =>
          row['kind'] === 'supplier' ? made('Supplier', without({ rating: row['rating'] })) : (byLevel(row) ?? {}),
        'Trip.Pin.Employee/level,Trip.Pin.Manager/budget': (row) =>
          row['kind'] === 'manager'
            ? made('Manager', without({ level: row['level'], budget: row['budget'] && Number(row['budget']) }))
            : (byLevel(row) ?? {}),
        'friend/Trip.Pin.Employee/level': (row) => beside({}, 'friend', byLevel(friendOf(row))),
        'friend/Trip.Pin.Supplier/rating,friend/code': (row) => {
          const friend = friendOf(row);
          const type = friend?.['kind'] === 'supplier' ? 'Supplier' : undefined;
          const left = friend && { ...(type && without({ rating: friend['rating'] })), code: friend['code'] };
          return beside({}, 'friend', left ? made(type, left) : null);
        },
      };
      const bare = (row: unknown): unknown =>
        typeof row !== 'object' || row === null
          ? row
          : Object.fromEntries(
              Object.entries(row).flatMap(([name, one]) => (/^.+@odata.type$/.test(name) ? [] : [[name, bare(one)]])),
            );
      for (const [paths, expected] of Object.entries(typed)) {
        const { value } = await ok(`Contacts?$apply=groupby((${paths}))`, headers);
        expect([paths, distinct(value.map((row) => bare(row) as Json))]).toEqual([
          paths,
          distinct(contacts.map(expected)),
        ]);
        const within = await ok(`Contacts?$expand=friends($apply=groupby((${paths})))&$select=code`, headers);
        for (const { code, friends } of within.value)
          expect([paths, code, distinct((friends as Json[]).map((row) => bare(row) as Json))]).toEqual([
            paths,
            code,
            distinct(contacts.filter(({ friend }) => friend === code).map(expected)),
          ]);
      }
    },
  );

  test.each<readonly [form: string, headers: Readonly<Record<string, string>>, prefix: string | undefined]>([
    ['by default', {}, '@odata.'],
    ['metadata=full', { Accept: 'application/json;odata.metadata=full' }, '@odata.'],
    ['metadata=none', none, undefined],
    ['4.01', { Accept: 'application/json;metadata=full', 'OData-MaxVersion': '4.01' }, '@'],
    ['omit-values=nulls', { Prefer: 'omit-values=nulls' }, '@odata.'],
  ])('[80, 198, 299] and so do items that these are, of a type of the model: %s', async (_, headers, prefix) => {
    const groups = [
      ['Contacts', 'groupby((friend/Trip.Pin.Employee/level,friend/airline))', 'friend', 'Contact'],
      ['Contacts', 'join(friends as c)/groupby((c/Trip.Pin.Employee/level))', 'c', 'Contact'],
      ['Guests', 'groupby((host/name))', 'host', 'Guest'],
      ['Guests', 'groupby((stuff/name))', 'stuff', undefined],
    ] as const;
    for (const [set, apply, name, type] of groups) {
      const { value } = await ok(`${set}?$apply=${apply}/compute([${name}] as l)`, headers);
      for (const { [name]: left = null, l, [`l${prefix}type`]: told } of value)
        expect([apply, l, told]).toEqual([
          apply,
          [left],
          prefix === undefined || type === undefined ? undefined : `#Collection(Trip.Pin.${type})`,
        ]);
    }
  });

  test('[80, 190] such items are cast to the types that they are of', async () => {
    const rows = 'Contacts?$apply=groupby((friend/Trip.Pin.Employee/level,friend/airline))/compute([friend] as l)';
    const levels = async (condition: string): Promise<readonly unknown[]> =>
      (await ok(`${rows}/filter(${condition})&$select=l`)).value.flatMap(({ l }) =>
        (l as Json[]).map((one) => one['level']),
      );
    expect(await levels('l/any(x:x/Trip.Pin.Employee/level gt 3)')).toEqual([7, 9]);
    expect(await levels('l/any(x:x/Trip.Pin.Manager/level gt 3)')).toEqual([]);
    expect((await get(`${rows}/filter(l/any(x:x/Foo.Employee/level gt 3))`)).status).toBe(400);
    const { value } = await ok(`${rows}/aggregate(l/Trip.Pin.Employee/level with sum as s)`);
    expect(value.map(({ s }) => s)).toEqual([19]);
  });

  test.each([
    ['groupby((Trip.Pin.Employee/level))', '', 'level', 'c'],
    ['groupby((friend/Trip.Pin.Employee/level))', 'friend,', 'friend', 'f'],
    ['groupby((friend/Trip.Pin.Employee/level))/compute(friend as e)', 'e,', 'friend', 'f'],
    [
      'concat(groupby((friend/Trip.Pin.Employee/level)),groupby((code)))/filter(friend ne null)',
      'friend,',
      'friend',
      'f',
    ],
  ])(
    '[136] isof asks for the types of groups, and of what they have left of entities: %s',
    async (apply, operand, name, of) => {
      const isStaff = (row: string): string => `${row}.kind IN ('employee', 'manager')`;
      const groups = await running().sql(
        `SELECT DISTINCT CASE WHEN ${of}.code IS NULL THEN 'none' WHEN ${isStaff(of)} THEN 'staff' || coalesce(${of}.level, 0) ELSE 'other' END AS kind
       FROM contacts c LEFT JOIN contacts f ON f.code = c.friend`,
      );
      const kinds = groups.map(({ kind }) => String(kind));
      for (const [type, count] of [
        ['Trip.Pin.Employee', kinds.filter((kind) => kind.startsWith('staff')).length],
        ['Trip.Pin.Contact', kinds.filter((kind) => kind !== 'none').length],
        ['Trip.Pin.Manager', 0],
        ['Trip.Pin.Airline', 0],
      ] as const) {
        const { value } = await ok(`Contacts?$apply=${apply}&$filter=isof(${operand}${type})`);
        expect([type, value.length]).toEqual([type, count]);
        expect(value.every((row) => type === 'Trip.Pin.Contact' || name in row)).toBe(true);
      }
    },
  );

  test('[80, 190] what only groups have is null behind a cast that they are not of, and that other structures are of', async () => {
    const groups = 'groupby((revision),aggregate($count as a1))';
    for (const rows of [groups, `concat(${groups},identity)`, `concat(identity,${groups})`]) {
      const aggregated = await ok(
        `Contacts?$apply=${rows}/aggregate(Trip.Pin.Manager/a1 with sum as a2,Trip.Pin.Manager/a1 with countdistinct as a3)`,
      );
      expect(aggregated.value).toMatchObject([{ a2: null, a3: 0 }]);
    }
    const wrong = await get(`Contacts?$apply=concat(${groups},identity)/aggregate(Trip.Pin.Manager/a9 with sum as a2)`);
    expect([wrong.status, wrong.error.code]).toEqual([400, 'UnknownProperty']);
  });

  // Rows of several structures are of their types, too.
  test.each([
    ['filter(isof(Trip.Pin.Employee))', "kind IN ('employee', 'manager')"],
    ['filter(not isof($it,Trip.Pin.Manager))', "kind <> 'manager'"],
    ['filter(cast(Trip.Pin.Supplier) ne null)', "kind = 'supplier'"],
    ['filter(Trip.Pin.Employee/salary gt 3000)', "kind IN ('employee', 'manager') AND salary > 3000"],
    [
      "filter($it/Trip.Pin.Employee/office/region eq 'ID')",
      "kind IN ('employee', 'manager') AND \"office_Region\" = 'ID'",
    ],
    ['filter(Trip.Pin.Manager/directReports/$count gt 0)', 'code IN (SELECT manager FROM contacts)'],
  ])('[80] concat(identity,identity)/%s', async (transformation, where) => {
    const expected = await codes(where);
    expect(expected.length).toBeGreaterThan(0);
    for (const further of ['', '/concat(identity,filter(false))']) {
      const found = codesOf(
        await ok(`Contacts?$apply=concat(identity,identity)${further}/${transformation}&$select=code`),
      );
      expect([...found].sort()).toEqual(expected.flatMap((code) => [code, code]));
    }
  });

  test('[80, 186] dynamic properties behind concat are those of the rows', async () => {
    const guests = (await ok("Guests?$filter=nick eq 'bob'&$select=code")).value.map(({ code }) => code);
    expect(guests).toEqual(['bob']);
    const twice = await ok("Guests?$apply=concat(identity,identity)&$filter=nick eq 'bob'&$select=code");
    expect(codesOf(twice)).toEqual(['bob', 'bob']);
    // Where other rows are known to have the name, too.
    for (const [other, condition] of [
      ['groupby((nick))', "nick eq 'bob'"],
      ["aggregate($count as n)/compute('bob' as nick)", "nick eq 'bob'"],
      ['aggregate($count as n)/compute(180.5 as height)', 'height gt 180'],
    ]) {
      const alone = await ok(`Guests?$filter=${condition}&$select=code`);
      for (const list of [`identity,${other}`, `${other},identity`]) {
        const { value } = await ok(`Guests?$apply=concat(${list})&$filter=${condition}&$select=code`);
        expect([list, value.length]).toEqual([list, alone.value.length + 1]);
        expect(value.flatMap(({ code }) => code ?? [])).toEqual(codesOf(alone));
        const name = condition?.split(' ')[0] ?? '';
        const defined = await ok(`Guests?$apply=concat(${list})/filter(isdefined(${name}))&$select=code`);
        expect(defined.value.flatMap(({ code }) => code ?? [])).toEqual(
          codesOf(await ok(`Guests?$filter=isdefined(${name})&$select=code`)),
        );
      }
    }
    const ordered = await ok('Guests?$apply=concat(aggregate($count as n),identity)&$orderby=nick desc&$select=code');
    expect(codesOf(ordered).filter((code) => code !== undefined)).toEqual(
      codesOf(await ok('Guests?$orderby=nick desc&$select=code')),
    );
  });

  test.each([
    ["Contacts/Trip.Pin.Employee('dora')", "Contacts('dora')/Trip.Pin.Employee"],
    ["Contacts('dora')/Trip.Pin.Employee", 'Contacts/Trip.Pin.Employee(badge=3)'],
    ['Contacts/Trip.Pin.Employee/dora', "Contacts('dora')"],
  ])('[80] %s and %s are one entity', async (one, other) => {
    const [left, right] = [await ok(one), await ok(other)];
    expect(left.json['code']).toBe('dora');
    expect(left.json).toMatchObject({ salary: 3000, code: right.json['code'] });
  });

  test.each([
    "Contacts('ann')/Trip.Pin.Employee",
    "Contacts/Trip.Pin.Supplier('dora')",
    "Contacts('ann')/Trip.Pin.Employee/salary",
    "Contacts('boss')/salary",
    "Contacts('ann')/directReports",
    'Contacts/Trip.Pin.Airline',
    'Contacts/Trip.Pin.Nobody',
  ])('[80, 18] nothing is at %s', async (path) => {
    expect((await get(path)).status).toBe(404);
  });

  test('[80] properties and navigations behind a cast', async () => {
    expect((await ok("Contacts('boss')/Trip.Pin.Employee/salary")).json['value']).toBe(9000.5);
    expect((await ok("Contacts('boss')/Trip.Pin.Employee/salary/$value")).text).toBe('9000.5');
    expect((await ok("Contacts('dora')/Trip.Pin.Employee/manager/directReports")).value).toHaveLength(2);
    expect((await ok("Contacts('chief')/friend/Trip.Pin.Manager")).json['code']).toBe('boss');
    expect((await get("Contacts('boss')/friend/Trip.Pin.Manager")).status).toBe(204);
  });

  test.each([
    ['Contacts', '#Contacts'],
    ['Contacts/Trip.Pin.Employee', '#Contacts/Trip.Pin.Employee'],
    ["Contacts('ann')", '#Contacts/$entity'],
    ["Contacts('boss')", '#Contacts/Trip.Pin.Manager/$entity'],
    ["Contacts('boss')/Trip.Pin.Employee", '#Contacts/Trip.Pin.Manager/$entity'],
    ["Contacts('boss')/Trip.Pin.Manager/directReports", '#Contacts/Trip.Pin.Employee'],
    ["Contacts('boss')/Trip.Pin.Employee/salary", "#Contacts/Trip.Pin.Employee('boss')/salary"],
    ["Contacts('ann')/planItems/Trip.Pin.Flight", "#Contacts('ann')/planItems/Trip.Pin.Flight"],
    ["Contacts('ann')/planItems(2)", "#Contacts('ann')/planItems/Trip.Pin.Flight/$entity"],
    [
      'Contacts?$select=name,Trip.Pin.Employee/salary&$expand=Trip.Pin.Manager/directReports($select=level)',
      '#Contacts(name,Trip.Pin.Employee/salary,Trip.Pin.Manager/directReports(level))',
    ],
    [
      'Contacts?$select=code&$expand=planItems/Trip.Pin.Flight($select=title,flightNumber)',
      '#Contacts(code,planItems(title,Trip.Pin.Flight/flightNumber))',
    ],
    [
      'Contacts?$expand=friend/Trip.Pin.Manager($compute=level add 1 as next;$select=office/name,next;$expand=directReports($select=level))',
      '#Contacts(friend(Trip.Pin.Manager/office/name,next,Trip.Pin.Manager/directReports(level)))',
    ],
    ['Students?$expand=mentees($expand=mentees($select=name);$levels=1)', '#Students(mentees(mentees(name)))'],
    ['Students?$expand=mentees($select=name;$levels=2)', '#Students(mentees+(name))'],
    [
      'Contacts?$expand=friend/Trip.Pin.Employee($select=code,Trip.Pin.Manager/budget)',
      '#Contacts(friend(code,Trip.Pin.Manager/budget))',
    ],
  ])('[80, 314] the context of %s', async (path, fragment) => {
    expect(String((await ok(path)).json['@odata.context'])).toMatch(/\$metadata#/);
    expect(String((await ok(path)).json['@odata.context']).split('$metadata')[1]).toBe(fragment);
  });

  test('[38, 80] nothing is of an abstract type itself', async () => {
    const { value } = await ok("Contacts('ann')/planItems?$orderby=id");
    expect(value.map((item) => item['@odata.type'])).toEqual(['#Trip.Pin.Event', '#Trip.Pin.Flight']);
    const { value: moved } = await ok("Contacts('ann')/planItems/Trip.Pin.PublicTransportation");
    expect(moved.map((item) => [item['@odata.type'], item['flightNumber']])).toEqual([['#Trip.Pin.Flight', 'AA26']]);
  });
});

describe('query options', () => {
  test.each([
    ['Trip.Pin.Employee/salary gt 3000', 'salary > 3000'],
    ['Trip.Pin.Employee/salary eq null', "kind IN ('Contact', 'supplier')"],
    ['Trip.Pin.Employee/level ge 3', "kind IN ('employee', 'manager') AND level >= 3"],
    ['Trip.Pin.Employee/level eq null', "kind IN ('Contact', 'supplier')"],
    ["Trip.Pin.Employee/name gt 'B'", "kind IN ('employee', 'manager') AND name > 'B'"],
    ["Trip.Pin.Contact/name gt 'B'", "name > 'B'"],
    ["Trip.Pin.Employee/office/name eq 'Ulm'", '"office_Name" = \'Ulm\''],
    ["Trip.Pin.Employee/manager/name eq 'Chief'", "manager = 'chief'"],
    ["Trip.Pin.Employee/managerName eq 'Chief'", "manager = 'chief'"],
    ['friend/Trip.Pin.Employee/salary gt 5000', 'friend IN (SELECT code FROM contacts WHERE salary > 5000)'],
    ['Trip.Pin.Manager/directReports/any()', 'code IN (SELECT manager FROM contacts)'],
    ['Trip.Pin.Manager/directReports/any(d:d/salary lt 3000)', "code = 'chief'"],
    ['Trip.Pin.Manager/directReports/$count eq 2', "code = 'chief'"],
    ['friends/any(f:f/Trip.Pin.Supplier/rating eq null)', 'code IN (SELECT friend FROM contacts)'],
    ['friends/any(f:f/Trip.Pin.Employee/salary gt 5000)', "code IN ('ann', 'boss')"],
    ['friends/Trip.Pin.Employee/any(f:f/salary le 3000)', "code IN ('ann', 'dora')"],
    ['friends/Trip.Pin.Employee/$count eq 2', "code = 'ann'"],
    ['friends/$filter(isof(Trip.Pin.Manager))/$count eq 1', "code IN ('ann', 'boss')"],
    ['isof(Trip.Pin.Employee)', "kind IN ('employee', 'manager')"],
    ['not isof(Trip.Pin.Employee)', "kind IN ('Contact', 'supplier')"],
    ['isof(Trip.Pin.Contact)', 'true'],
    ['isof(Trip.Pin.Airline)', 'false'],
    ['isof($it,Trip.Pin.Supplier)', "kind = 'supplier'"],
    ['isof(friend,Trip.Pin.Manager)', "friend IN ('boss', 'chief')"],
    ['isof(friend,Trip.Pin.Contact)', 'friend IS NOT NULL'],
    ['friends/any(f:isof(f,Trip.Pin.Supplier))', "code = 'chief'"],
    ['cast(friend,Trip.Pin.Employee) ne null', "friend IN ('boss', 'chief', 'dora')"],
    ['cast(Trip.Pin.Supplier) eq null', "kind <> 'supplier'"],
    ["isof($root/Contacts('boss'),Trip.Pin.Employee)", 'true'],
    ["isof($root/Contacts('boss'),Trip.Pin.Contact)", 'true'],
    ["isof($root/Contacts('boss'),Trip.Pin.Supplier)", 'false'],
    ["isof($root/Contacts('nobody'),Trip.Pin.Contact)", 'false'],
    ["cast($root/Contacts('ann'),Trip.Pin.Employee) eq null", 'true'],
    ['isof($root/Head,Trip.Pin.Manager)', 'true'],
    ["isof(friends/$filter(isof(Trip.Pin.Manager))('chief'),Trip.Pin.Employee)", "code = 'boss'"],
    ['isof(cast(friend,Trip.Pin.Employee),Trip.Pin.Manager)', "friend IN ('boss', 'chief')"],
    ['isof($it/Trip.Pin.Contact,Trip.Pin.Employee)', "kind IN ('employee', 'manager')"],
    ["isof('x',Trip.Pin.Contact) or isof(null,Trip.Pin.Contact)", 'false'],
    ['isof(friends,Trip.Pin.Contact)', 'false'],
    ['cast(friends,Trip.Pin.Employee) eq null', 'true'],
    ['isof(friend/friends,Collection(Trip.Pin.Contact))', 'friend IS NOT NULL'],
    [
      'isof(friend/friends,Collection(Trip.Pin.Employee))',
      "friend IS NOT NULL AND friend NOT IN (SELECT friend FROM contacts WHERE friend IS NOT NULL AND kind NOT IN ('employee', 'manager'))",
    ],
    ["friends/Trip.Pin.Manager('boss')/level eq 9", "code = 'ann'"],
    ["friends/Trip.Pin.Manager('chief') ne null", "code = 'boss'"],
    ["$root/Contacts/Trip.Pin.Manager('boss') eq $it", "code = 'boss'"],
    ["$root/Contacts/Trip.Pin.Manager('boss')/friends/$count eq 1", 'true'],
    ["$root/Contacts/Trip.Pin.Manager('dora') ne null or friends/Trip.Pin.Manager('dora') ne null", 'false'],
    ['$root/Contacts/Trip.Pin.Employee(badge=3) eq $it', "code = 'dora'"],
    ['isdefined(Trip.Pin.Employee/salary)', "kind IN ('employee', 'manager')"],
    ['isdefined(Trip.Pin.Manager/name)', "kind = 'manager'"],
    ['isdefined(Trip.Pin.Contact/name)', 'true'],
    [
      'isdefined(friend/Trip.Pin.Employee/name)',
      "friend IN (SELECT code FROM contacts WHERE kind IN ('employee', 'manager'))",
    ],
  ])('[80, 136] $filter=%s', async (filter, where) => {
    expect(codesOf(await ok(`Contacts?$filter=${filter}&$orderby=code&$select=code`))).toEqual(await codes(where));
    expect((await ok(`Contacts/$count?$filter=${filter}`)).text).toBe(String((await codes(where)).length));
  });

  /** What isdefined says of each row is what JavaScript says of the row as it goes out: what is missing has no properties. */
  const has = (row: unknown, [first = '', ...rest]: readonly string[]): boolean => {
    if (typeof row !== 'object' || row === null || !(first in row)) return false;
    return rest.length === 0 || has((row as Json)[first], rest);
  };

  test.each<readonly [rows: string, paths: Readonly<Record<string, string>>]>([
    [
      'Contacts?$expand=friend($expand=friend)',
      {
        name: 'name',
        friend: 'friend',
        'friend/name': 'friend/name',
        'friend/friend/code': 'friend/friend/code',
        'friend/Trip.Pin.Employee/name': 'friend/salary',
        'friend/Trip.Pin.Employee/office/name': 'friend/office/name',
        'Trip.Pin.Employee/office': 'office',
        'Trip.Pin.Employee/office/name': 'office/name',
        'Trip.Pin.Manager/budget': 'budget',
        'Trip.Pin.Manager/name': 'budget',
      },
    ],
    [
      'People?$expand=bestFriend',
      {
        home: 'home',
        'home/name': 'home/name',
        'bestFriend/home': 'bestFriend/home',
        'bestFriend/home/name': 'bestFriend/home/name',
      },
    ],
    [
      'Guests?$expand=host($expand=host)',
      {
        height: 'height',
        nick: 'nick',
        'host/height': 'host/height',
        'host/host/nick': 'host/host/nick',
        'host/name': 'host/name',
      },
    ],
    [
      'Contacts?$apply=outerjoin(friends as f)&$expand=f',
      { f: 'f', 'f/name': 'f/name', 'f/Trip.Pin.Employee/level': 'f/level' },
    ],
    ['Contacts?$apply=addnested(friend,compute(revision as r) as f)', { f: 'f', 'f/name': 'f/name', 'f/r': 'f/r' }],
    [
      'Contacts?$apply=groupby((friend/friend/name))',
      {
        name: 'name',
        friend: 'friend',
        'friend/code': 'friend/code',
        'friend/friend': 'friend/friend',
        'friend/friend/name': 'friend/friend/name',
        'friend/friend/code': 'friend/friend/code',
      },
    ],
    ['Contacts?$apply=groupby((friend))', { friend: 'friend', 'friend/name': 'friend/name', name: 'name' }],
    ['People?$apply=groupby((home/name))', { home: 'home', 'home/name': 'home/name', 'home/region': 'home/region' }],
    [
      'Contacts?$apply=groupby((Trip.Pin.Employee/office/name,Trip.Pin.Manager/budget))',
      {
        'Trip.Pin.Employee/office': 'office',
        'Trip.Pin.Employee/office/name': 'office/name',
        'Trip.Pin.Employee/office/region': 'office/region',
        'Trip.Pin.Employee/level': 'level',
        'Trip.Pin.Manager/budget': 'budget',
        'Trip.Pin.Supplier/rating': 'rating',
      },
    ],
    [
      'Contacts?$apply=aggregate($count as n)',
      { n: 'n', name: 'name', 'friend/name': 'name', 'Trip.Pin.Employee/level': 'level' },
    ],
  ])('[80, 195] isdefined in %s', async (rows, paths) => {
    const { value } = await ok(rows);
    for (const [path, shown] of Object.entries(paths)) {
      const compute = `isdefined(${path}) as x`;
      const computed = rows.includes('$apply')
        ? rows.replace(/\$apply=([^&]*)/, `$apply=$1/compute(${compute})`)
        : `${rows}&$compute=${compute}`;
      const plain = (row: Json): string =>
        JSON.stringify({ ...row, x: undefined }, (name, one: unknown) => (isControl(name) ? undefined : one));
      const told = new Map((await ok(computed)).value.map((row) => [plain(row), row['x']]));
      expect([path, value.map((row) => told.get(plain(row)))]).toEqual([
        path,
        value.map((row) => has(row, shown.split('/'))),
      ]);
    }
  });

  test.each<readonly [groups: string, options: string, sql: string]>([
    [
      'Trip.Pin.Employee/level',
      '$filter=Trip.Pin.Employee/level gt 2',
      'SELECT DISTINCT level FROM staff WHERE level > 2',
    ],
    [
      'name,Trip.Pin.Employee/level',
      '$orderby=Trip.Pin.Employee/level desc,name&$select=Trip.Pin.Employee/level,name&$top=3',
      'SELECT name, level FROM staff ORDER BY level DESC, name LIMIT 3',
    ],
    [
      'Trip.Pin.Employee/level',
      '$filter=Trip.Pin.Employee/salary eq null and isdefined(Trip.Pin.Employee/level)',
      'SELECT DISTINCT level FROM staff',
    ],
    [
      'Trip.Pin.Manager/budget,Trip.Pin.Employee/level',
      '$filter=Trip.Pin.Manager/level gt 1&$select=Trip.Pin.Employee/level',
      "SELECT DISTINCT level FROM staff WHERE kind = 'manager'",
    ],
    [
      'Trip.Pin.Employee/office/name',
      "$filter=Trip.Pin.Employee/office/name eq 'Ulm'",
      'SELECT \'{"name":"Ulm"}\'::jsonb AS office',
    ],
    ['name', '$filter=Trip.Pin.Employee/level eq 3', 'SELECT 1 WHERE false'],
    [
      'friend/name',
      "$filter=friend/code eq null and friend/name eq 'Ann'",
      'SELECT \'{"name":"Ann"}\'::jsonb AS friend',
    ],
    [
      'name,Trip.Pin.Employee/level),aggregate($count as n))/groupby((Trip.Pin.Employee/level',
      '$filter=isdefined(Trip.Pin.Employee/level)',
      'SELECT DISTINCT level FROM staff',
    ],
    [
      'name,Trip.Pin.Employee/level))/groupby((Trip.Pin.Employee/name',
      '$filter=name ne null',
      'SELECT DISTINCT name FROM staff',
    ],
    [
      'name,Trip.Pin.Employee/level))/aggregate(Trip.Pin.Employee/level with sum as s)',
      '$count=true',
      'SELECT sum(level)::int AS s FROM staff',
    ],
    // Of the type behind which they are named, whatever type declares the name.
    [
      'Trip.Pin.Manager/level',
      '$filter=Trip.Pin.Manager/level gt 1&$select=Trip.Pin.Manager/level',
      "SELECT DISTINCT level FROM staff WHERE kind = 'manager'",
    ],
    ['Trip.Pin.Employee/level', '$filter=Trip.Pin.Manager/level gt 1', 'SELECT 1 WHERE false'],
    [
      'Trip.Pin.Employee/name',
      '$filter=Trip.Pin.Employee/name ne null and isdefined(Trip.Pin.Employee/name)',
      'SELECT DISTINCT name FROM staff',
    ],
    [
      'Trip.Pin.Manager/level))/groupby((Trip.Pin.Employee/level',
      '$filter=Trip.Pin.Manager/level gt 1',
      "SELECT DISTINCT level FROM staff WHERE kind = 'manager'",
    ],
    [
      'revision,Trip.Pin.Employee/level),aggregate($count as n))/aggregate(Trip.Pin.Employee/n with sum as s)',
      '$count=true',
      'SELECT count(*)::int AS s FROM staff',
    ],
    [
      'revision),aggregate($count as n',
      '$filter=Trip.Pin.Employee/n eq null and revision gt 1',
      'SELECT revision, count(*)::int AS n FROM contacts WHERE revision > 1 GROUP BY 1',
    ],
    [
      'revision),aggregate($count as n))/concat(identity,filter(n gt 99',
      '$filter=Trip.Pin.Employee/n eq null and revision gt 1',
      'SELECT revision, count(*)::int AS n FROM contacts WHERE revision > 1 GROUP BY 1',
    ],
    // What is left of entities is of types as well.
    ...[
      '$filter=friend/Trip.Pin.Employee/level gt 2',
      '$filter=friend/Trip.Pin.Employee/level gt 2&$select=friend/Trip.Pin.Employee/level',
      '$filter=friend/Trip.Pin.Employee/level gt 2&$expand=friend($select=Trip.Pin.Employee/level)',
      '$orderby=friend/Trip.Pin.Employee/level desc&$top=3',
      '$filter=isdefined(friend/Trip.Pin.Employee/level) and not isdefined(friend/Trip.Pin.Manager/level)',
      '$filter=friend/Trip.Pin.Employee/level gt 2 and friend/Trip.Pin.Manager/level eq null',
    ].map(
      (options) =>
        [
          'friend/Trip.Pin.Employee/level',
          options,
          "SELECT DISTINCT jsonb_build_object('level', f.level) AS friend FROM contacts c JOIN staff f ON f.code = c.friend",
        ] as const,
    ),
    [
      'friend/Trip.Pin.Employee/level))/groupby((friend/Trip.Pin.Employee/level',
      '$filter=friend/Trip.Pin.Employee/level gt 2',
      "SELECT DISTINCT jsonb_build_object('level', f.level) AS friend FROM contacts c JOIN staff f ON f.code = c.friend",
    ],
    [
      'friend/Trip.Pin.Employee/level))/aggregate(friend/Trip.Pin.Employee/level with sum as s)',
      '$count=true',
      'SELECT sum(DISTINCT f.level)::int AS s FROM contacts c JOIN staff f ON f.code = c.friend',
    ],
    [
      'Trip.Pin.Employee/manager/Trip.Pin.Manager/revision',
      '$filter=Trip.Pin.Employee/manager/Trip.Pin.Manager/revision gt 1',
      "SELECT DISTINCT jsonb_build_object('revision', m.revision) AS manager FROM staff c JOIN contacts m ON m.code = c.manager WHERE m.revision > 1",
    ],
    [
      'friend/Trip.Pin.Employee/manager/revision',
      '$filter=friend/Trip.Pin.Employee/manager/revision gt 1',
      "SELECT DISTINCT jsonb_build_object('manager', jsonb_build_object('revision', m.revision)) AS friend FROM contacts c JOIN staff f ON f.code = c.friend JOIN contacts m ON m.code = f.manager WHERE m.revision > 1",
    ],
  ])('[80, 190] rows grouped by %s are of the types that they have something of: %s', async (groups, options, sql) => {
    const path = `Contacts?$apply=groupby((${groups}${groups.endsWith(' as s)') ? '' : '))'}&${options}`;
    const wanted = await running().sql(
      `WITH staff AS (SELECT * FROM contacts WHERE kind IN ('employee', 'manager')) ${sql}`,
    );
    const texts = (rows: readonly Json[]): readonly string[] =>
      rows
        .map((row) =>
          JSON.stringify(
            Object.entries(plain(row) as Json)
              .sort(([one], [other]) => (one < other ? -1 : 1))
              .map(([name, one]) => [name, typeof one === 'object' ? one : JSON.stringify(one)]),
          ),
        )
        .sort();
    expect(texts((await ok(path)).value)).toEqual(texts(wanted));
  });

  test('[80, 193] what a request gave all rows, asked behind a cast', async () => {
    const isStaff = "kind IN ('employee', 'manager')";
    const given =
      'compute(revision add 1 as f)/addnested(friend,compute(revision as f) as g)/addnested(friends,identity as h)';
    const ofStaff = async (value: string): Promise<unknown> =>
      (await running().sql(`SELECT ${value} AS x FROM contacts c WHERE ${isStaff} ORDER BY code`)).map(({ x }) =>
        x === null ? null : Number(x),
      );
    const friend = '(SELECT revision FROM contacts f WHERE f.code = c.friend)';
    for (const [path, value] of [
      ['f', 'revision + 1'],
      ['g/f', friend],
      ['friends/$count', '(SELECT count(*) FROM contacts f WHERE f.friend = c.code)'],
      ['h/$count', '(SELECT count(*) FROM contacts f WHERE f.friend = c.code)'],
    ]) {
      const computed = `Contacts?$apply=${given}/compute(Trip.Pin.Employee/${path} as x)&$orderby=code&$select=code,x`;
      const { value: all } = await ok(computed);
      const staff = await codes(isStaff);
      const [own, others] = [true, false].map((is) => all.filter(({ code }) => staff.includes(code) === is));
      expect(own?.map(({ x }) => x)).toEqual(await ofStaff(`${value}`));
      expect(new Set(others?.map(({ x }) => x ?? null))).toEqual(new Set([path?.endsWith('$count') ? 0 : null]));
    }
    for (const apply of [given, `concat(${given},identity)`])
      expect(codesOf(await ok(`Contacts?$apply=${apply}&$filter=Trip.Pin.Employee/f gt 2&$orderby=code`))).toEqual(
        await codes(`${isStaff} AND revision > 1`),
      );
    const defined = `Contacts?$apply=concat(${given},identity)&$filter=isdefined(Trip.Pin.Employee/f)&$orderby=code`;
    expect(codesOf(await ok(defined))).toEqual(await codes(isStaff));
    const grouped = await ok(
      `Contacts?$apply=${given}/groupby((Trip.Pin.Employee/f,Trip.Pin.Employee/g/f),aggregate($count as n))`,
    );
    const groups = await running().sql(
      `SELECT CASE WHEN ${isStaff} THEN revision + 1 END AS f, CASE WHEN ${isStaff} THEN ${friend} END AS g, count(*) AS n, ${isStaff} AS staff FROM contacts c GROUP BY 1, 2, 4`,
    );
    const unordered = (rows: readonly unknown[]): readonly string[] => rows.map((row) => JSON.stringify(row)).sort();
    expect(
      unordered(grouped.value.map(({ f, g, n }) => [f ?? null, (g as Json | undefined)?.['f'] ?? null, n])),
    ).toEqual(unordered(groups.map(({ f, g, n }) => [f, g, n].map((one) => (one === null ? null : Number(one))))));
    const { value } = await ok(`Contacts?$apply=${given}/aggregate(Trip.Pin.Employee/f with sum as s)`);
    const [sums] = await running().sql(`SELECT sum(revision + 1) AS s FROM contacts WHERE ${isStaff}`);
    expect(value[0]?.['s']).toBe(Number(sums?.['s']));
  });

  test.each([
    ['isof($these,Trip.Pin.Contact)', 6],
    ["isdefined($root/Contacts('boss')/name)", 11],
    ['isdefined($these/$count)', 11],
    ["friends/Trip.Pin.Manager('boss')/any()", 34],
    ["$root/Contacts/Trip.Pin.Manager('boss')/$count eq 1", 41],
    ["Trip.Pin.Employee('boss')/level gt 3", 1],
    ["isof($it/Trip.Pin.Contact('boss'),Trip.Pin.Manager)", 10],
    ["Trip.Pin.Employee/office/Trip.Pin.City('x')/name eq 'Boise'", 26],
  ])('[80] %s is refused', async (filter, position) => {
    const { status, error } = await get(`Contacts?$filter=${filter}`);
    expect({ status, target: error.target }).toEqual({ status: 400, target: '$filter' });
    expect(error.message).toContain(`(at position ${position} of $filter)`);
  });

  test('[80] $orderby and paging by a property of some', async () => {
    const order = 'Trip.Pin.Employee/salary desc,code';
    const expected = await codes('true', 'salary DESC NULLS LAST, code');
    expect(codesOf(await ok(`Contacts?$orderby=${order}`))).toEqual(expected);
    const found: unknown[] = [];
    let next: string | undefined = `Contacts?$orderby=${encodeURIComponent(order)}`;
    while (next !== undefined) {
      const answer: Answer = await running().get(next, { Prefer: 'maxpagesize=2' });
      found.push(...codesOf(answer));
      const link: unknown = answer.json['@odata.nextLink'];
      next = typeof link === 'string' ? link : undefined;
    }
    expect(found).toEqual(expected);
  });

  test('[80, 147] $select of properties that some have', async () => {
    const { value } = await ok(
      'Contacts?$select=code,Trip.Pin.Employee/salary,Trip.Pin.Supplier/rating,Trip.Pin.Supplier/name',
    );
    const shown = value.map((entity) => Object.keys(entity).filter((name) => !isControl(name)));
    const kinds = (await running().sql('SELECT kind FROM contacts ORDER BY name')).map(({ kind }) => String(kind));
    expect(shown).toEqual(
      kinds.map((kind) =>
        kind === 'Contact' ? ['code'] : kind === 'supplier' ? ['code', 'name', 'rating'] : ['code', 'salary'],
      ),
    );
  });

  test('[155] $expand behind a cast, and of those of a type', async () => {
    const { value } = await ok(
      'Contacts?$select=code&$expand=Trip.Pin.Manager/directReports($select=code;$orderby=code),friends/Trip.Pin.Employee($select=level;$orderby=code)',
    );
    const itemsOf = (items: unknown): readonly Json[] => (Array.isArray(items) ? (items as readonly Json[]) : []);
    for (const { code, directReports, friends } of value) {
      const [kind] = await running().sql('SELECT kind FROM contacts WHERE code = $1', [String(code)]);
      expect(directReports !== undefined).toBe(kind?.['kind'] === 'manager');
      expect(itemsOf(directReports).map((one) => one['code'])).toEqual(await codes(`manager = '${String(code)}'`));
      const levels = await running().sql(
        "SELECT level FROM contacts WHERE friend = $1 AND kind IN ('employee', 'manager') ORDER BY code",
        [String(code)],
      );
      expect(itemsOf(friends).map(({ level }) => level)).toEqual(levels.map(({ level }) => level));
      expect(JSON.stringify(friends)).not.toContain('name');
    }
  });

  test('[155, 178] each type has what is nested in it: too deep, and too much of it, is refused', async () => {
    const nested = (depth: number): string => `friend${depth > 1 ? `($expand=${nested(depth - 1)})` : ''}`;
    const refused = async (expand: string): Promise<unknown> => {
      const { status, error } = await get(`Contacts?$select=code&$expand=${expand}`);
      return [status, error.code, error.target];
    };
    expect((await get(`Contacts?$select=code&$expand=${nested(10)}`)).status).toBe(200);
    expect(await refused(nested(11))).toEqual([400, 'ExpandedTooDeeply', '$expand']);
    expect(await refused('*($levels=10)')).toEqual([400, 'TooManyParts', '$expand']);
    const added = (depth: number): string =>
      depth === 0 ? 'identity' : `addnested(friend,${added(depth - 1)} as f${depth})`;
    expect((await get(`Contacts?$apply=${added(10)}`)).status).toBe(200);
    const tooDeep = await get(`Contacts?$apply=${added(11)}`);
    expect([tooDeep.status, tooDeep.error.code]).toEqual([400, 'ExpandedTooDeeply']);
  });

  test('[155, 159] expanded collections of derived types go on by links through the cast', async () => {
    const { value } = await ok(
      "Contacts?$filter=code eq 'chief'&$expand=Trip.Pin.Manager/directReports($select=code)",
      {
        Prefer: 'maxpagesize=1',
      },
    );
    const link = String(value[0]?.['directReports@odata.nextLink']);
    expect(link).toContain("Contacts('chief')/Trip.Pin.Manager/directReports?");
    expect(codesOf(await running().get(link))).toEqual(['emil']);
  });

  test('[155] nested through casts', async () => {
    const { json } = await ok(
      "Contacts('boss')/Trip.Pin.Manager?$select=code&$expand=directReports($select=code;$expand=Trip.Pin.Manager/directReports($select=code;$orderby=code))",
    );
    expect(
      JSON.parse(JSON.stringify(json['directReports'], (name, one: unknown) => (isControl(name) ? undefined : one))),
    ).toEqual([{ code: 'chief', directReports: [{ code: 'dora' }, { code: 'emil' }] }]);
  });

  test('[80] what $apply leaves as it is keeps its type', async () => {
    const { value } = await ok('Contacts?$apply=filter(Trip.Pin.Employee/salary gt 3000)&$orderby=code');
    expect(value.map((one) => [one['code'], one['@odata.type'], one['salary']])).toEqual([
      ['boss', '#Trip.Pin.Manager', 9000.5],
      ['chief', '#Trip.Pin.Manager', 7000],
    ]);
    const total = await ok('Contacts?$apply=aggregate(Trip.Pin.Employee/salary with sum as total)');
    expect(total.value[0]?.['total']).toBe(22000.49);
  });

  // JSON §4.5.3: a value that does not tell its type stands behind it, and null does not.
  test.each(['minimal', 'full'])('[323] null has its type beside it on every level: metadata=%s', async (metadata) => {
    const compute = 'Trip.Pin.Employee/badge mul 2 as i,Trip.Pin.Employee/office/name as t,null as n';
    const row = `$compute=${compute}&$select=Trip.Pin.Employee/badge,i,t,n`;
    const nested = row.replaceAll('&', ';');
    const told = {
      ...(metadata === 'full' && { 'badge@odata.type': '#Int32' }),
      ...{ badge: null, 'i@odata.type': '#Int64', i: null, t: null, n: null },
    };
    const paths: readonly (readonly [path: string, rowIn: (json: Json) => unknown])[] = [
      [`Contacts('emil')/Trip.Pin.Employee?${row}`, (json) => json],
      [`Contacts?$filter=code eq 'emil'&${row}`, ({ value }) => (value as readonly Json[])[0]],
      [`Contacts('dora')?$expand=friends(${nested})`, ({ friends }) => (friends as readonly Json[])[0]],
      [
        `Contacts?$filter=code eq 'dora'&$expand=friends(${nested})`,
        ({ value }) => ((value as readonly Json[])[0]?.['friends'] as readonly Json[])[0],
      ],
      [
        `Contacts('emil')?$expand=friend($expand=friends(${nested}))`,
        ({ friend }) => ((friend as Json)['friends'] as readonly Json[])[0],
      ],
    ];
    for (const [path, rowIn] of paths) {
      const { json } = await ok(path, { Accept: `application/json;odata.metadata=${metadata}` });
      expect(rowIn(json)).toMatchObject(told);
    }
  });

  const employed = "kind IN ('employee','manager')";

  test.each([
    ['friend/Trip.Pin.Employee/salary', 'friend($select=Trip.Pin.Employee/salary)'],
    ['friend/Trip.Pin.Employee/salary,friend/name', 'friend($select=Trip.Pin.Employee/salary,name)'],
    ['friend/Trip.Pin.Employee/office/name', 'friend($select=Trip.Pin.Employee/office/name)'],
    [
      'friend/Trip.Pin.Employee/manager/name',
      'friend($select=Trip.Pin.Employee/manager;$expand=Trip.Pin.Employee/manager($select=name))',
    ],
    [
      'friend/Trip.Pin.Employee/manager/Trip.Pin.Manager/budget',
      'friend($select=Trip.Pin.Employee/manager;$expand=Trip.Pin.Employee/manager($select=budget))',
    ],
  ])('[80, 190] rows that a groupby keeps go out with what they are grouped by: %s', async (path, expanded) => {
    const plain = await ok(`Contacts?$expand=${expanded}&$orderby=code`);
    expect((await ok(`Contacts?$apply=groupby((${path}),identity)&$orderby=code`)).value).toEqual(plain.value);
  });

  describe('[80, 190] groups by what is behind casts, which rows of other types lack', () => {
    const lineages: Readonly<Record<string, readonly string[]>> = {
      Contact: ['Contact'],
      employee: ['Contact', 'Employee'],
      manager: ['Contact', 'Employee', 'Manager'],
      supplier: ['Contact', 'Supplier'],
    };
    /** What a row has of a path; undefined where it lacks it. */
    const projected = (row: Json, [first = '', ...rest]: readonly string[]): Json => {
      if (first.includes('.'))
        return lineages[String(row['kind'])]?.includes(first.replace('Trip.Pin.', '')) ? projected(row, rest) : {};
      const value = row[first] as Json | null;
      return { [first]: rest.length === 0 || value === null ? value : projected(value, rest) };
    };
    const together = (one: Json, other: Json): Json => {
      const names = [...new Set([...Object.keys(one), ...Object.keys(other)])].sort();
      const both = (name: string): unknown => {
        const [left, right] = [one[name], other[name]];
        const isBoth = typeof left === 'object' && left !== null && typeof right === 'object' && right !== null;
        return isBoth ? together(left as Json, right as Json) : left === undefined ? right : left;
      };
      return Object.fromEntries(names.map((name) => [name, both(name)]));
    };
    const contacts = async (): Promise<readonly Json[]> => {
      const rows = await running().sql('SELECT * FROM contacts ORDER BY code');
      const known = new Map<unknown, Record<string, unknown>>(rows.map((row) => [row['code'], { ...row }]));
      for (const row of known.values()) {
        row['friend'] = known.get(row['friend']) ?? null;
        const office = { name: row['office_Name'], region: row['office_Region'] };
        row['office'] = office.name === null && office.region === null ? null : office;
      }
      return [...known.values()];
    };

    test.each([
      [['Trip.Pin.Employee/level']],
      [['Trip.Pin.Supplier/rating']],
      [['Trip.Pin.Manager/badge', 'Trip.Pin.Employee/badge']],
      [['Trip.Pin.Employee/office']],
      [['Trip.Pin.Manager/office/name', 'Trip.Pin.Employee/office/region']],
      [['Trip.Pin.Employee/office/name', 'Trip.Pin.Manager/office']],
      [['Trip.Pin.Supplier/name', 'Trip.Pin.Employee/name']],
      [['Trip.Pin.Employee/Trip.Pin.Manager/badge', 'Trip.Pin.Employee/level', 'Trip.Pin.Supplier/rating']],
      [['friend/Trip.Pin.Employee/level']],
      [['friend/code', 'friend/Trip.Pin.Employee/level', 'friend/Trip.Pin.Employee/office/name']],
      [['friend/friend/Trip.Pin.Manager/level', 'friend/Trip.Pin.Employee/level', 'Trip.Pin.Employee/level']],
      // As many as there are types, however many paths.
      [
        ['level', 'badge', 'office/name', 'office/region', 'name', 'code', 'revision']
          .map((name) => `Trip.Pin.Employee/${name}`)
          .concat('Trip.Pin.Manager/budget', 'Trip.Pin.Supplier/rating'),
      ],
    ])('%j', async (paths) => {
      const found = new Map<string, Json & { n: number }>();
      for (const row of await contacts()) {
        const has = paths.map((path) => projected(row, path.split('/'))).reduce(together, {});
        const key = JSON.stringify(has);
        found.set(key, { ...has, n: (found.get(key)?.n ?? 0) + 1 });
      }
      const path = `Contacts?$apply=groupby((${paths.join()}),aggregate($count as n))`;
      const { value } = await ok(path, { ...none, Accept: `${none.Accept};IEEE754Compatible=true` });
      const shown = value.map((row) => ({ ...row, n: Number(row['n']) }));
      const text = (row: unknown): string => JSON.stringify(together(row as Json, {}));
      expect(shown.map(text).sort()).toEqual([...found.values()].map(text).sort());
      expect((await ok(`${path}&$count=true&$top=1`)).json['@odata.count']).toBe(found.size);
      const kept = await ok(`Contacts?$apply=groupby((${paths.join()}),topcount(1,revision))/aggregate($count as n)`);
      expect(kept.value[0]?.['n']).toBe(found.size);
    });
  });

  test('[80] what is grouped behind a cast takes the other options', async () => {
    const apply =
      'groupby((Trip.Pin.Employee/level,Trip.Pin.Employee/manager/code),aggregate(Trip.Pin.Employee/salary with sum as total))';
    const { value } = await ok(
      `Contacts?$apply=${apply}&$filter=level ne null&$orderby=total desc,level&$select=level,total,manager`,
      none,
    );
    const rows = await running().sql(
      `SELECT c.level, m.code AS manager, sum(c.salary)::float8 AS total FROM contacts c LEFT JOIN contacts m ON m.code = c.manager
       WHERE c.${employed} GROUP BY c.level, m.code ORDER BY 3 DESC, 1`,
    );
    expect(rows.length).toBeGreaterThan(1);
    expect(value).toEqual(
      rows.map(({ level, manager, total }) => ({ level, manager: manager === null ? null : { code: manager }, total })),
    );
  });

  const joinedFriends = 'contacts c LEFT JOIN contacts f ON f.friend = c.code';
  const bestFriends = 'contacts c JOIN contacts f ON f.code = c.friend';

  test.each([
    ['Trip.Pin.Employee/$count', `SELECT count(*) FROM contacts WHERE ${employed}`],
    ['Trip.Pin.Employee with countdistinct', `SELECT count(*) FROM contacts WHERE ${employed}`],
    ['Trip.Pin.Manager/directReports/$count', 'SELECT count(*) FROM contacts WHERE manager IS NOT NULL'],
    ['friends/Trip.Pin.Employee/$count', `SELECT count(f.code) FROM ${joinedFriends} AND f.${employed}`],
    ['friends/Trip.Pin.Employee with countdistinct', `SELECT count(f.code) FROM ${joinedFriends} AND f.${employed}`],
    ['friends/Trip.Pin.Employee/salary with sum', `SELECT sum(f.salary) FROM ${joinedFriends}`],
    ['friends/Trip.Pin.Employee/manager/$count', `SELECT count(DISTINCT f.manager) FROM ${joinedFriends}`],
    ['friend/Trip.Pin.Employee/$count', `SELECT count(DISTINCT f.code) FROM ${bestFriends} AND f.${employed}`],
    [
      'friend/Trip.Pin.Manager/directReports/$count',
      `SELECT count(DISTINCT r.code) FROM ${bestFriends} JOIN contacts r ON r.manager = f.code`,
    ],
  ])('[80] aggregate(%s as n) counts those of the type', async (item, statement) => {
    const [wanted] = await running().sql(statement);
    const plain = await ok(`Contacts?$apply=aggregate(${item} as n)`);
    expect(String(plain.value[0]?.['n'])).toBe(String(Number(Object.values(wanted ?? {})[0])));
    const grouped = await ok(`Contacts?$apply=groupby((code),aggregate(${item} as n))/aggregate(n with max as n)`);
    expect(Number(grouped.value[0]?.['n'])).toBeLessThanOrEqual(Number(plain.value[0]?.['n']));
  });

  test.each([
    ['outerjoin(friends as f)', 'f/$count', `SELECT count(f.code) FROM ${joinedFriends}`],
    ['outerjoin(friends as f)', 'f with countdistinct', `SELECT count(f.code) FROM ${joinedFriends}`],
    [
      'outerjoin(friends as f)',
      'f/Trip.Pin.Employee/$count',
      `SELECT count(f.code) FROM ${joinedFriends} AND f.${employed}`,
    ],
    ['outerjoin(friends as f)', 'f/revision with sum', `SELECT sum(f.revision) FROM ${joinedFriends}`],
    ['aggregate($count as k)', 'friend/$count', `SELECT count(DISTINCT friend) FROM contacts`],
    [
      'identity',
      'friend/revision with sum',
      `SELECT sum(revision) FROM contacts WHERE code IN (SELECT friend FROM contacts)`,
    ],
  ])(
    '[80] concat(identity,%s)/aggregate(%s as n): an entity counts once, whatever structures lead to it',
    async (other, item, statement) => {
      const [wanted] = await running().sql(statement);
      for (const sequences of [`identity,${other}`, `${other},identity`]) {
        const { value } = await ok(`Contacts?$apply=concat(${sequences})/aggregate(${item} as n)`);
        expect(String(value[0]?.['n'])).toBe(String(Object.values(wanted ?? {})[0]));
      }
    },
  );

  const parts = 'groupby((friend/code,friend/revision))';

  test.each([
    [
      `Contacts?$apply=concat(identity,${parts})/aggregate(friend/revision with max as n)`,
      'SELECT max(f.revision) FROM contacts c JOIN contacts f ON f.code = c.friend',
    ],
    [
      `Contacts?$apply=concat(${parts},${parts})/aggregate(friend/code with countdistinct as n)`,
      'SELECT count(DISTINCT friend) FROM contacts',
    ],
    [
      'Hotels?$apply=concat(identity,outerjoin(rooms as r))/aggregate(r/beds with sum as n)',
      `SELECT sum((r ->> 'beds')::int) FROM hotels, jsonb_array_elements(rooms) r`,
    ],
  ])(
    '[80] %s: what is the same however often it is there, and items, need no entity to tell them apart',
    async (path, statement) => {
      const [wanted] = await running().sql(statement);
      expect(String((await ok(path)).value[0]?.['n'])).toBe(String(Object.values(wanted ?? {})[0]));
    },
  );

  const partsOfFriends = 'SELECT DISTINCT f.code, f.revision FROM contacts c JOIN contacts f ON f.code = c.friend';
  const notes = `SELECT DISTINCT b.note, count(*) AS m FROM hotels b WHERE b.main IS NOT NULL GROUP BY b.main, b.note`;

  test.each<[path: string, statement: string]>([
    // What is left of an entity is another thing than the entity; the same is left of the same in all structures.
    [
      `Contacts?$apply=concat(identity,${parts})/aggregate(friend/revision with sum as n)`,
      `SELECT (SELECT sum(revision) FROM contacts WHERE code IN (SELECT friend FROM contacts)) + (SELECT sum(revision) FROM (${partsOfFriends}) p)`,
    ],
    [
      `Contacts?$apply=concat(${parts},${parts})/aggregate(friend/$count as n)`,
      `SELECT count(*) FROM (${partsOfFriends}) p`,
    ],
    [
      `Contacts?$apply=concat(${parts},groupby((friend/revision,friend/code)))/aggregate(friend/revision with sum as n)`,
      `SELECT sum(revision) FROM (${partsOfFriends}) p`,
    ],
    [
      `Contacts?$apply=concat(identity,${parts})/aggregate(friend with countdistinct as n)`,
      `SELECT count(DISTINCT friend) + (SELECT count(*) FROM (${partsOfFriends}) p) FROM contacts`,
    ],
    [
      'Hotels?$apply=concat(identity,outerjoin(rooms as r))/aggregate(r/$count as n)',
      'SELECT sum(jsonb_array_length(rooms)) FROM hotels',
    ],
    [
      'Hotels?$apply=concat(identity,identity)/aggregate(rooms/beds with sum as n)',
      `SELECT 2 * sum((r ->> 'beds')::int) FROM hotels, jsonb_array_elements(rooms) r`,
    ],
    [
      'Hotels?$apply=concat(identity,groupby((main)))/aggregate(main/rooms/beds with sum as n)',
      `SELECT sum((r ->> 'beds')::int) FROM hotels, jsonb_array_elements(rooms) r WHERE code IN (SELECT main FROM hotels)`,
    ],
    [
      'Hotels?$apply=concat(identity,outerjoin(branches as r,groupby((note),aggregate($count as m))))/aggregate(r/m with sum as n)',
      `SELECT sum(m) FROM (${notes}) n`,
    ],
    [
      'Hotels?$apply=concat(outerjoin(rooms as r),outerjoin(branches as r))/aggregate(r/$count as n)',
      'SELECT sum(jsonb_array_length(rooms)) + (SELECT count(*) FROM hotels WHERE main IS NOT NULL) FROM hotels',
    ],
    // Collections behind some of the structures.
    [
      'Contacts?$apply=concat(identity,outerjoin(friends as f))/aggregate(friends/$count as n)',
      'SELECT count(friend) FROM contacts',
    ],
    [
      'Contacts?$apply=concat(identity,outerjoin(friends as f))/aggregate(friends/revision with sum as n)',
      'SELECT sum(revision) FROM contacts WHERE friend IS NOT NULL',
    ],
    [
      'Contacts?$apply=concat(identity,outerjoin(friends as f))/aggregate(f/friends/$count as n)',
      'SELECT count(*) FROM contacts c JOIN contacts f ON f.code = c.friend WHERE f.friend IS NOT NULL',
    ],
    [
      'Contacts?$apply=concat(groupby((name)),groupby((friend)))/aggregate(friend/friends/revision with sum as n)',
      'SELECT sum(revision) FROM contacts WHERE friend IS NOT NULL',
    ],
    [
      'Contacts?$apply=concat(identity,groupby((name)))/groupby((name),aggregate(friends/revision with sum as r))/aggregate(r with max as n)',
      'SELECT max(r) FROM (SELECT sum(revision) AS r FROM contacts GROUP BY friend HAVING friend IS NOT NULL) g',
    ],
    // The rows themselves, as they are or as those of a derived type.
    [
      'Contacts?$apply=concat(identity,filter(revision gt 1))/aggregate(Trip.Pin.Contact with countdistinct as n)',
      'SELECT count(*) FROM contacts',
    ],
    [
      'Contacts?$apply=concat(identity,groupby((name)))/aggregate(Trip.Pin.Contact/$count as n)',
      'SELECT 2 * count(*) FROM contacts',
    ],
    [
      'Contacts?$apply=concat(groupby((name,revision)),groupby((revision,name)))/aggregate(Trip.Pin.Contact with countdistinct as n)',
      'SELECT count(*) FROM (SELECT DISTINCT name, revision FROM contacts) g',
    ],
    [
      'Contacts?$apply=concat(groupby((revision)),groupby((name)))/aggregate(Trip.Pin.Contact with countdistinct as n)',
      'SELECT count(DISTINCT revision) + count(DISTINCT name) FROM contacts',
    ],
    [
      'Contacts?$apply=concat(identity,groupby((name)))/aggregate(Trip.Pin.Employee/salary with sum as n)',
      `SELECT sum(salary) FROM contacts WHERE ${employed}`,
    ],
    [
      'Contacts?$apply=concat(identity,groupby((name)))/aggregate(Trip.Pin.Employee/$count as n)',
      `SELECT count(*) FROM contacts WHERE ${employed}`,
    ],
    [
      'Contacts?$apply=concat(concat(identity,groupby((name))),identity)/groupby((Trip.Pin.Employee/level),aggregate(Trip.Pin.Employee/salary with sum as s))/aggregate(s with max as n)',
      `SELECT max(s)::float8 FROM (SELECT 2 * sum(salary) AS s FROM contacts WHERE ${employed} GROUP BY level) g`,
    ],
    [
      'Contacts?$apply=concat(identity,groupby((friend)))/aggregate(friend/Trip.Pin.Manager/directReports/$count as n)',
      'SELECT count(*) FROM contacts WHERE manager IN (SELECT friend FROM contacts)',
    ],
    // What some of them have of an entity only.
    [
      'Hotels?$apply=concat(identity,groupby((main/note)))/aggregate(main/revision with sum as n)',
      'SELECT sum(revision) FROM hotels WHERE code IN (SELECT main FROM hotels)',
    ],
    [
      "Hotels?$apply=concat(identity,groupby((main/note)))/filter(main/code eq 'grand' or main/note eq 'Grand')/aggregate($count as n)",
      'SELECT count(main) + count(DISTINCT main) FROM hotels',
    ],
    [
      'Hotels?$apply=concat(identity,groupby((main/note)))/filter(main eq main and main ne null)/aggregate($count as n)',
      'SELECT count(main) + count(DISTINCT main) FROM hotels',
    ],
    // What nest makes is the same where it has the same rows.
    [
      'Hotels?$apply=outerjoin(branches as r,nest(identity as x))/aggregate(r with countdistinct as n)',
      `SELECT count(DISTINCT x) FROM (SELECT coalesce(string_agg(b.code, ' ' ORDER BY b.code), '') AS x FROM hotels h LEFT JOIN hotels b ON b.main = h.code GROUP BY h.code) g`,
    ],
    [
      'Contacts?$apply=outerjoin(friends as f,groupby((revision),nest(groupby((revision)) as x)))/aggregate(f with countdistinct as n)',
      'SELECT count(DISTINCT revision) FROM contacts WHERE friend IS NOT NULL',
    ],
    [
      'Contacts?$apply=outerjoin(friends as f,groupby((revision),nest(groupby((name)) as x)))/aggregate(f/$count as n)',
      `SELECT count(DISTINCT x) FROM (SELECT string_agg(name, ' ' ORDER BY name) AS x FROM contacts WHERE friend IS NOT NULL GROUP BY friend, revision) g`,
    ],
    [
      'Contacts?$apply=outerjoin(friends as f,nest(aggregate($count as c) as x))/outerjoin(friends as g,nest(aggregate($count as c) as x))/filter(f eq g)/aggregate($count as n)',
      'SELECT count(*) FROM contacts',
    ],
    // What addnested has made, in some of them or in all.
    [
      'Contacts?$apply=concat(addnested(friends,filter(revision gt 1) as f),identity)/aggregate(f/$count as n)',
      'SELECT count(*) FROM contacts WHERE friend IS NOT NULL AND revision > 1',
    ],
    [
      'Contacts?$apply=addnested(friends,filter(revision gt 1) as f)/concat(identity,identity)/aggregate(f/revision with sum as n)',
      'SELECT sum(revision) FROM contacts WHERE friend IS NOT NULL AND revision > 1',
    ],
    [
      'Contacts?$apply=concat(addnested(friend,compute(revision mul 2 as x) as f),identity)/aggregate(f/x with max as n)',
      'SELECT max(2 * f.revision) FROM contacts c JOIN contacts f ON f.code = c.friend',
    ],
    [
      'Contacts?$apply=concat(addnested(friend,identity as f),addnested(friends,identity as f))/aggregate(f/revision with sum as n)',
      'SELECT sum(revision) FROM contacts WHERE friend IS NOT NULL OR code IN (SELECT friend FROM contacts)',
    ],
    [
      'Contacts?$apply=concat(addnested(friend,identity as f),identity)/groupby((f))/aggregate($count as n)',
      // No friend, and none in the other structure.
      'SELECT count(DISTINCT friend) + 2 FROM contacts',
    ],
    // What is left of an entity is the same where it is null within, whatever would be there.
    [
      'Contacts?$apply=concat(groupby((friend/friend/code)),groupby((friend/friend/revision)))/aggregate(friend/$count as n)',
      `SELECT count(*) FROM (
         SELECT to_json(g.code)::text FROM contacts c JOIN contacts f ON f.code = c.friend LEFT JOIN contacts g ON g.code = f.friend UNION
         SELECT to_json(g.revision)::text FROM contacts c JOIN contacts f ON f.code = c.friend LEFT JOIN contacts g ON g.code = f.friend) x`,
    ],
    [
      'Contacts?$apply=concat(groupby((friend/friend/code)),groupby((friend/friend/revision)))/addnested(friend,compute(1 as x) as c)/aggregate(c/$count as n)',
      `SELECT count(*) FROM (
         SELECT to_json(g.code)::text FROM contacts c JOIN contacts f ON f.code = c.friend LEFT JOIN contacts g ON g.code = f.friend UNION
         SELECT to_json(g.revision)::text FROM contacts c JOIN contacts f ON f.code = c.friend LEFT JOIN contacts g ON g.code = f.friend) x`,
    ],
    // What only rows of one structure have, the others lack behind a join, too, of whatever variable they are.
    [
      'Hotels?$apply=concat(compute(1 as x),identity)/join(branches as j)/aggregate(x with sum as n)',
      'SELECT count(*) FROM hotels WHERE main IS NOT NULL',
    ],
    [
      'Hotels?$apply=concat(compute(1 as x)/addnested(branches,identity as f),identity)/outerjoin(f as j)/filter(isdefined(x))/aggregate($count as n)',
      'SELECT count(*) FROM hotels h LEFT JOIN hotels b ON b.main = h.code',
    ],
    [
      'Contacts?$apply=concat(addnested(friends,groupby((name),aggregate($count as m)) as f),identity)/aggregate(f/m with sum as n)',
      'SELECT count(*) FROM contacts WHERE friend IS NOT NULL',
    ],
    [
      'Hotels?$apply=addnested(rooms,filter(beds gt 1) as r)/concat(identity,identity)/aggregate(r/beds with sum as n)',
      `SELECT 2 * sum((r ->> 'beds')::int) FROM hotels, jsonb_array_elements(rooms) r WHERE (r ->> 'beds')::int > 1`,
    ],
    [
      'Hotels?$apply=concat(addnested(rooms,filter(beds gt 1) as r),addnested(rooms,identity as r))/aggregate(r/beds with sum as n)',
      `SELECT sum((r ->> 'beds')::int) + sum((r ->> 'beds')::int) FILTER (WHERE (r ->> 'beds')::int > 1) FROM hotels, jsonb_array_elements(rooms) r`,
    ],
    [
      'Hotels?$apply=addnested(main,addnested(rooms,filter(beds gt 1) as r) as m)/concat(identity,identity)/aggregate(m/r/beds with sum as n)',
      `SELECT sum((r ->> 'beds')::int) FROM hotels, jsonb_array_elements(rooms) r WHERE code IN (SELECT main FROM hotels) AND (r ->> 'beds')::int > 1`,
    ],
    [
      'Hotels?$apply=concat(addnested(main,addnested(rooms,filter(beds gt 1) as r) as m),identity)/aggregate(m/r/$count as n)',
      `SELECT count(*) FROM hotels, jsonb_array_elements(rooms) r WHERE code IN (SELECT main FROM hotels) AND (r ->> 'beds')::int > 1`,
    ],
    // What is computed of it before the structures part is the same in all of them; one of them alone may have it.
    [
      'Contacts?$apply=addnested(friends,compute(revision mul 2 as x) as f)/concat(identity,identity)/aggregate(f/x with sum as n)',
      'SELECT sum(2 * revision) FROM contacts WHERE friend IS NOT NULL',
    ],
    [
      'Contacts?$apply=concat(addnested(friend,compute(revision mul 2 as x) as f),identity)/aggregate(f/x with sum as n)',
      'SELECT sum(2 * revision) FROM contacts WHERE code IN (SELECT friend FROM contacts)',
    ],
    // What is computed of it in each structure by itself has one value where all come to the same, or lead to others.
    [
      'Contacts?$apply=concat(addnested(friend,compute(revision mul 2 as x) as f),addnested(friend,compute(revision add revision as x) as f))/aggregate(f/x with sum as n)',
      'SELECT sum(2 * revision) FROM contacts WHERE code IN (SELECT friend FROM contacts)',
    ],
    [
      'Contacts?$apply=concat(filter(revision eq 1)/addnested(friend,compute(revision mul 2 as x) as f),filter(revision eq 2)/addnested(friend,compute(revision mul 3 as x) as f))/aggregate(f/x with sum as n)',
      'SELECT sum(x) FROM (SELECT DISTINCT f.code, f.revision * (c.revision + 1) AS x FROM contacts c JOIN contacts f ON f.code = c.friend WHERE c.revision < 3) y',
    ],
    [
      'Contacts?$apply=concat(addnested(friend,compute(revision as x) as f),addnested(friend,compute(1 as y) as f))/aggregate(f/x with sum as n)',
      'SELECT sum(revision) FROM contacts WHERE code IN (SELECT friend FROM contacts)',
    ],
    [
      'Contacts?$apply=concat(addnested(friend,compute([revision,1] as x) as f),addnested(friend,compute([revision,1] as x) as f))/aggregate(f/x with sum as n)',
      'SELECT sum(revision + 1) FROM contacts WHERE code IN (SELECT friend FROM contacts)',
    ],
    [
      'Contacts?$apply=addnested(friend,compute(length($it/code) as x) as f)/groupby((code),aggregate(f/x with sum as s))/aggregate(s with sum as n)',
      'SELECT sum(length(code)) FROM contacts WHERE friend IS NOT NULL',
    ],
    [
      'Contacts?$apply=addnested(friend,compute(length($it/code) as x) as f)/aggregate(f/x mul 1 with sum as n)',
      'SELECT sum(length(code)) FROM contacts WHERE friend IS NOT NULL',
    ],
    [
      'Courses?$apply=addnested(students,compute(age sub $it/fee add $it/fee as x) as s)/aggregate(s/x with sum as n)',
      'SELECT sum(age) FROM students WHERE number IN (SELECT student FROM enrolments)',
    ],
    [
      'Hotels?$apply=concat(addnested(branches,groupby((note))/compute(1 as x) as b),addnested(branches,groupby((note))/compute(2 as x) as b))/aggregate(b/x with sum as n)',
      'SELECT 3 * count(DISTINCT coalesce(note, chr(1))) FROM hotels WHERE main IS NOT NULL',
    ],
    // Behind a join the structures are those of its own sequence.
    [
      'Courses?$apply=join(students as s,concat(identity,identity))/aggregate(s/age with sum as n)',
      'SELECT sum(age) FROM students WHERE number IN (SELECT student FROM enrolments)',
    ],
    [
      'Courses?$apply=join(students as s,concat(identity,groupby((age))))/aggregate(s/age with sum as n)',
      'SELECT 2 * sum(age) FROM students WHERE number IN (SELECT student FROM enrolments)',
    ],
    [
      'Courses?$apply=concat(concat(join(students as s),identity),join(students as s,concat(identity,identity)))/aggregate(s/age with sum as n)',
      'SELECT sum(age) FROM students WHERE number IN (SELECT student FROM enrolments)',
    ],
    [
      'Courses?$apply=concat(join(students as s),join(students as s,concat(identity,filter(age gt 20))))/aggregate(s with countdistinct as n)',
      'SELECT count(DISTINCT student) FROM enrolments',
    ],
    [
      'Courses?$apply=join(students as s,concat(compute(1 as x),compute(age as y)))/aggregate(s/x with sum as x,s/y with sum as y)/compute(x mul 1000 add y as n)',
      'SELECT 1000 * count(*) + sum(age) FROM students WHERE number IN (SELECT student FROM enrolments)',
    ],
    // What is left of an entity is told by all that it has, what was added to it included.
    [
      'Contacts?$apply=groupby((friend/revision,revision))/addnested(friend,compute(revision mul 2 as x) as f)/aggregate(f/x with sum as n)',
      'SELECT sum(2 * r) FROM (SELECT DISTINCT f.revision AS r FROM contacts c JOIN contacts f ON f.code = c.friend) x',
    ],
    [
      'Contacts?$apply=groupby((friend/revision,revision))/addnested(friend,compute($it/revision as x) as f)/concat(identity,identity)/aggregate(f/x with sum as n)',
      'SELECT sum(x) FROM (SELECT DISTINCT f.revision, c.revision AS x FROM contacts c JOIN contacts f ON f.code = c.friend) y',
    ],
    // What is made of the items of an entity is there once for it.
    [
      'Hotels?$apply=addnested(main,addnested(rooms,groupby((beds),aggregate($count as n)) as g) as h)/concat(identity,identity)/aggregate(h/g/n with sum as n)',
      'SELECT sum(jsonb_array_length(rooms)) FROM hotels WHERE code IN (SELECT main FROM hotels)',
    ],
    [
      'Hotels?$apply=concat(addnested(main,addnested(rooms,groupby((beds),aggregate($count as n)) as g) as h),addnested(main,addnested(rooms,groupby((beds),aggregate($count as n)) as g) as h))/aggregate(h/g/n with sum as n)',
      'SELECT sum(jsonb_array_length(rooms)) FROM hotels WHERE code IN (SELECT main FROM hotels)',
    ],
    [
      'Hotels?$apply=concat(addnested(main,addnested(rooms,compute(1 as t) as r) as m),addnested(main,addnested(rooms,compute(2 sub 1 as t) as r) as m))/aggregate(m/r/t with sum as n)',
      'SELECT sum(jsonb_array_length(rooms)) FROM hotels WHERE code IN (SELECT main FROM hotels)',
    ],
    [
      'Hotels?$apply=concat(addnested(main,compute(rooms/$filter(beds gt 1) as q) as m),addnested(main,compute(rooms/$filter(not (beds le 1)) as q) as m))/aggregate(m/q/beds with sum as n)',
      `SELECT sum((r ->> 'beds')::int) FROM hotels, jsonb_array_elements(rooms) r WHERE code IN (SELECT main FROM hotels) AND (r ->> 'beds')::int > 1`,
    ],
    [
      'Hotels?$apply=addnested(main,addnested(rooms,compute(beds mul 2 as t) as r) as m)/concat(identity,identity)/aggregate(m/r/t with sum as n)',
      `SELECT sum(2 * (r ->> 'beds')::int) FROM hotels, jsonb_array_elements(rooms) r WHERE code IN (SELECT main FROM hotels)`,
    ],
    [
      'Hotels?$apply=addnested(main,compute(rooms/$filter(beds gt 1) as q) as m)/concat(identity,identity)/aggregate(m/q/beds with sum as n)',
      `SELECT sum((r ->> 'beds')::int) FROM hotels, jsonb_array_elements(rooms) r WHERE code IN (SELECT main FROM hotels) AND (r ->> 'beds')::int > 1`,
    ],
    [
      'Hotels?$apply=concat(addnested(rooms,compute(beds mul 2 as t) as r),addnested(rooms,compute(beds mul 3 as t) as r))/aggregate(r/t with sum as n)',
      `SELECT sum(5 * (r ->> 'beds')::int) FROM hotels, jsonb_array_elements(rooms) r`,
    ],
    // What only some of the structures have of something that all have is null in the others.
    [
      'Hotels?$apply=concat(join(rooms as r,compute(beds mul 2 as o)),join(rooms as r))/aggregate(r/o with sum as n)',
      `SELECT sum(2 * (r ->> 'beds')::int) FROM hotels, jsonb_array_elements(rooms) r`,
    ],
    [
      'Hotels?$apply=concat(join(rooms as r,compute(beds mul 2 as o)),join(rooms as r))/filter(r/o eq null)/aggregate(r/beds with sum as n)',
      `SELECT sum((r ->> 'beds')::int) FROM hotels, jsonb_array_elements(rooms) r`,
    ],
    [
      'Hotels?$apply=concat(join(rooms as r,compute(beds mul 2 as o)),join(rooms as r))/groupby((r/o))/aggregate($count as n)',
      `SELECT 1 + count(DISTINCT r ->> 'beds') FROM hotels, jsonb_array_elements(rooms) r`,
    ],
    [
      'Contacts?$apply=concat(addnested(friend,compute(revision as x) as f),addnested(friend,identity as f))/filter(f/x gt 1)/aggregate($count as n)',
      'SELECT count(*) FROM contacts c JOIN contacts f ON f.code = c.friend WHERE f.revision > 1',
    ],
    [
      'Contacts?$apply=concat(addnested(friend,compute(revision as x) as f),addnested(friend,identity as f))/aggregate(f/x with sum as n)',
      'SELECT sum(revision) FROM contacts WHERE code IN (SELECT friend FROM contacts)',
    ],
    // Groups that no client sees.
    [
      'Hotels?$apply=concat(identity,groupby((main/note)))/aggregate(revision with sum from main with max as n)',
      'SELECT max(r) FROM (SELECT sum(revision) AS r FROM hotels GROUP BY main) g',
    ],
    [
      'Hotels?$apply=concat(identity,groupby((main/note)))/groupby((main),aggregate($count as n))/aggregate(main/note with countdistinct as n)',
      'SELECT count(DISTINCT m.note) FROM hotels c JOIN hotels m ON m.code = c.main',
    ],
    [
      'Contacts?$apply=groupby((name),concat(aggregate($count as k),aggregate(revision with sum as k))/aggregate(k with sum as s))/aggregate(s with max as n)',
      'SELECT max(s) FROM (SELECT count(*) + sum(revision) AS s FROM contacts GROUP BY name) g',
    ],
  ])('[80, 188, 190] in rows of several structures %s is what all of them lead to', async (path, statement) => {
    const [wanted] = await running().sql(statement);
    const { value } = await ok(path);
    expect(value.map(({ n }) => String(n))).toEqual([String(Object.values(wanted ?? {})[0])]);
  });

  /** What a group shows of an entity, of what is left of one, or of none; 'absent' where it has no such property. */
  const told = (value: unknown): unknown => {
    if (value === undefined) return 'absent';
    const { code, 'm@odata.type': _, ...left } = (value ?? {}) as Json;
    return value === null ? null : code === undefined ? left : { code };
  };
  const sorted = (rows: readonly unknown[]): readonly string[] => rows.map((row) => JSON.stringify(row)).sort();

  test.each<[path: string, of: string, statement: string]>([
    [
      'Hotels?$apply=concat(identity,groupby((main/note)))/groupby((main),aggregate($count as n))',
      'main',
      `SELECT to_json(g) AS of, count(*)::int AS n FROM (
         SELECT CASE WHEN main IS NOT NULL THEN jsonb_build_object('code', main) END AS g FROM hotels UNION ALL
         SELECT DISTINCT CASE WHEN m.code IS NOT NULL THEN jsonb_build_object('note', m.note) END FROM hotels c LEFT JOIN hotels m ON m.code = c.main) r GROUP BY g`,
    ],
    [
      'Hotels?$apply=concat(groupby((main/note)),identity,groupby((main)))/groupby((main),aggregate($count as n))',
      'main',
      `SELECT to_json(g) AS of, count(*)::int AS n FROM (
         SELECT CASE WHEN main IS NOT NULL THEN jsonb_build_object('code', main) END AS g FROM hotels UNION ALL
         SELECT DISTINCT CASE WHEN main IS NOT NULL THEN jsonb_build_object('code', main) END FROM hotels UNION ALL
         SELECT DISTINCT CASE WHEN m.code IS NOT NULL THEN jsonb_build_object('note', m.note) END FROM hotels c LEFT JOIN hotels m ON m.code = c.main) r GROUP BY g`,
    ],
    [
      'Hotels?$apply=concat(identity,outerjoin(branches as r,groupby((note),aggregate($count as m))))/groupby((r),aggregate($count as n))',
      'r',
      `SELECT to_json(g) AS of, count(*)::int AS n FROM (
         SELECT '"absent"'::jsonb AS g FROM hotels UNION ALL
         SELECT CASE WHEN b.m IS NOT NULL THEN jsonb_build_object('note', b.note, 'm', b.m) END FROM hotels h
         LEFT JOIN LATERAL (SELECT note, count(*) AS m FROM hotels b WHERE b.main = h.code GROUP BY note) b ON true) r GROUP BY g`,
    ],
    [
      'Contacts?$apply=concat(outerjoin(friends as f),outerjoin(friends/Trip.Pin.Employee as f))/groupby((f),aggregate($count as n))',
      'f',
      `SELECT CASE WHEN f IS NOT NULL THEN json_build_object('code', f) END AS of, count(*)::int AS n FROM (
         SELECT f.code AS f FROM ${joinedFriends} UNION ALL SELECT f.code FROM ${joinedFriends} AND f.${employed}) r GROUP BY f`,
    ],
    [
      'Contacts?$apply=outerjoin(friends as f,concat(identity,groupby((name))))/groupby((f),aggregate($count as n))',
      'f',
      `SELECT to_json(g) AS of, count(*)::int AS n FROM contacts c LEFT JOIN LATERAL (
         SELECT jsonb_build_object('code', code) AS g FROM contacts f WHERE f.friend = c.code UNION ALL
         SELECT DISTINCT jsonb_build_object('name', name) FROM contacts f WHERE f.friend = c.code) f ON true GROUP BY g`,
    ],
    [
      'People?$apply=concat(groupby((gender)),groupby((home)),groupby((home/name)))/groupby((home),aggregate($count as n))',
      'home',
      `SELECT to_json(g) AS of, count(*)::int AS n FROM (
         SELECT DISTINCT '"absent"'::jsonb AS g, gender FROM people UNION ALL
         SELECT DISTINCT CASE WHEN coalesce("home_Name", "home_Region") IS NOT NULL THEN jsonb_build_object('name', "home_Name", 'region', "home_Region") END, 0 FROM people UNION ALL
         SELECT DISTINCT CASE WHEN coalesce("home_Name", "home_Region") IS NOT NULL THEN jsonb_build_object('name', "home_Name") END, 0 FROM people) r GROUP BY g`,
    ],
  ])(
    '[80, 190] %s: groups of what is an entity in some rows and a part of one in others',
    async (path, of, statement) => {
      const wanted = await running().sql(statement);
      const { value, json } = await ok(`${path}&$count=true`);
      const shown = (rows: readonly Json[]): readonly string[] =>
        sorted(rows.map(({ n, ...row }) => [plain(told(row[of])), n]).map(([whole, n]) => [ordered(whole), n]));
      expect(shown(value)).toEqual(sorted(wanted.map((row) => [ordered(row['of']), row['n']])));
      expect(json['@odata.count']).toBe(wanted.length);
      expect(await running().all(encodeURI(path), { Prefer: 'maxpagesize=1' })).toEqual(value);
      const largest = await ok(`${path}&$orderby=n desc&$top=1&$select=n`, none);
      expect(largest.value).toEqual([{ n: Math.max(...wanted.map(({ n }) => Number(n))) }]);
      const missing = await ok(`${path}&$filter=${of} eq null&$select=n`, none);
      const isNull = ({ of: value }: Json): boolean => value === null || value === 'absent';
      expect(sorted(missing.value)).toEqual(sorted(wanted.filter(isNull).map(({ n }) => ({ n }))));
      const defined = await ok(`${path}&$filter=${of} eq null and isdefined(${of})&$select=n`, none);
      expect(defined.value).toEqual(wanted.filter((row) => row['of'] === null).map(({ n }) => ({ n })));
    },
  );

  /** With its members by name. */
  const ordered = (value: unknown): unknown =>
    typeof value !== 'object' || value === null
      ? value
      : Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));

  test('[80, 190] such groups go out, are expanded and told of as what they are', async () => {
    const groups = 'Hotels?$apply=concat(identity,groupby((main/note)))/groupby((main),aggregate($count as n))';
    const shown = await ok(`${groups}&$expand=main($select=code)&$orderby=main/code,main/note`, {
      Accept: 'application/json;odata.metadata=full',
    });
    expect(String(shown.json['@odata.context']).split('#')[1]).toBe('Hotels(n)');
    const count = { 'n@odata.type': '#Decimal' };
    expect(shown.value).toMatchObject([
      { main: null, n: 2, ...count },
      { main: { note: 'Grand' }, n: 1, ...count },
      { main: { '@odata.type': '#Trip.Pin.Hotel', '@odata.id': "Hotels('grand')", code: 'grand' }, n: 2, ...count },
    ]);
    const again = await ok(`${groups}/groupby((main/note),aggregate(n with sum as n))&$orderby=n`, none);
    expect(again.value).toEqual([
      { main: null, n: 2 },
      { main: { note: 'Grand' }, n: 3 },
    ]);
    const kept = await ok(
      'Hotels?$apply=concat(identity,groupby((main/note)))/groupby((main),topcount(1,length(code)))&$expand=main($select=code)&$select=code,main',
      none,
    );
    expect(kept.value).toEqual([
      { code: 'grand', main: null },
      { code: 'void', main: { code: 'grand' } },
      { main: { note: 'Grand' } },
    ]);
  });

  describe('[80, 190] groups by the whole of an entity', () => {
    type Names = Readonly<Record<string, unknown>>;
    /** Rows that lead to an entity, with what they say of it. */
    const groupsOf = (rows: readonly (readonly [code: unknown, names: Names])[]): readonly unknown[] => {
      const found = new Map<unknown, { c: Names | null; n: number }>();
      for (const [code, names] of rows) {
        const { c, n } = found.get(code) ?? { c: null, n: 0 };
        found.set(code, { c: code === null ? null : { code, ...c, ...names }, n: n + 1 });
      }
      return sorted([...found.values()].map(({ c, n }) => ({ c: named(c), n })));
    };
    const named = (value: unknown): unknown =>
      typeof value === 'object' && value !== null
        ? Object.fromEntries(
            Object.entries(value)
              .filter(([name]) => !name.includes('@'))
              .sort(([one], [other]) => (one < other ? -1 : 1))
              .map(([name, one]) => [name, named(one)]),
          )
        : value;
    const friendly = async (where = 'true'): Promise<readonly Json[]> =>
      await running().sql(
        `SELECT c.code, c.friend, f.revision, f.friend AS further FROM contacts c LEFT JOIN contacts f ON f.code = c.friend WHERE ${where}`,
      );

    test('bring together what rows say of it by different names', async () => {
      const apply =
        "concat(addnested(friend,compute(revision mul 2 as x) as c),filter(code ge 'd')/addnested(friend,compute(revision add 1 as y)/addnested(friend,compute(1 as z) as f) as c))/groupby((c),aggregate($count as n))";
      const path = `Contacts?$apply=${apply}&$expand=c($select=code,x,y;$expand=f($select=code,z))`;
      const some = await friendly("c.code >= 'd'");
      const wanted = groupsOf([
        ...(await friendly()).map(({ friend, revision }) => [friend, { x: 2 * Number(revision) }] as const),
        ...some.map(({ friend, revision, further }) => {
          const f = further === null ? null : { code: further, z: 1 };
          return [friend, { y: Number(revision) + 1, f }] as const;
        }),
      ]);
      const { value, json } = await ok(`${path}&$count=true`);
      const shown = (rows: readonly Json[]): readonly unknown[] => sorted(rows.map(({ c, n }) => ({ c: named(c), n })));
      expect(shown(value)).toEqual(wanted);
      expect(json['@odata.count']).toBe(wanted.length);
      expect(await running().all(encodeURI(path), { Prefer: 'maxpagesize=1' })).toEqual(value);
      const told = new Set(some.map(({ friend }) => friend));
      const both = [...new Set((await friendly()).map(({ friend }) => friend))].filter(
        (code) => code !== null && told.has(code),
      );
      expect(
        sorted((await ok(`${path}&$filter=isdefined(c/x) and c/y ne null`)).value.map(({ c }) => (c as Json)['code'])),
      ).toEqual(sorted(both));
      const [again] = (
        await ok(`Contacts?$apply=${apply}/aggregate(c/y with sum as s,c/f/z with sum as t,$count as n)`)
      ).value;
      const friends = new Map(some.map(({ friend, revision }) => [friend, friend === null ? 0 : Number(revision) + 1]));
      const furthers = new Set(some.flatMap(({ further }) => further ?? []));
      expect(again).toMatchObject({
        s: [...friends.values()].reduce((a, b) => a + b, 0),
        t: furthers.size,
        n: wanted.length,
      });
    });

    // What rows say of an entity that several lead to; the friend of ann has two others.
    test.each([
      ['addnested(friend,compute($it/revision as x) as c)/groupby((c))', 400],
      ["filter(code ne 'boss')/addnested(friend,compute($it/revision as x) as c)/groupby((c))", 200],
      ['addnested(friend,compute($it/revision as x) as c)/groupby((revision,c))', 200],
      ['addnested(friend,compute($it/revision as x) as c)/groupby((rollup(revision,c)))', 200],
      ['addnested(friend,compute($it/revision as x) as c)/groupby((rollup(c,revision)))', 400],
      ['addnested(friend,compute($it/revision as x) as c)/groupby((c),filter(revision gt 1))', 400],
      [
        "filter(code ne 'boss')/addnested(friend,compute($it/revision as x) as c)/groupby((c),filter(revision gt 1))",
        200,
      ],
      ['addnested(friend,compute(case(false:1) as x) as c)/groupby((c))', 200],
      ['addnested(friend,compute(case($it/revision gt 1:1) as x) as c)/groupby((c))', 400],
      ['concat(addnested(friend,compute(1 as x) as c),addnested(friend,compute(2 as x) as c))/groupby((c))', 400],
      ['concat(addnested(friend,compute(1 as x) as c),addnested(friend,compute(1.0 as x) as c))/groupby((c))', 200],
      [`concat(addnested(friend,compute(1 as x) as c),addnested(friend,compute('1' as x) as c))/groupby((c))`, 400],
      [
        `concat(filter(code eq 'gus')/addnested(friend,compute(1 as x) as c),filter(code eq 'boss')/addnested(friend,compute('1' as x) as c))/groupby((c))`,
        200,
      ],
      [
        'concat(addnested(friend,compute(1 as x) as c),addnested(friend,compute(2 as x) as c))/groupby((c/x,c/code))',
        200,
      ],
      // Within one another, and beside something else.
      [
        'concat(addnested(friend,addnested(friend,compute(1 as x) as f) as c),addnested(friend,addnested(friend,compute(2 as x) as f) as c))/groupby((c))',
        400,
      ],
      ['join(friends as j,addnested(friend,compute($it/revision as x) as c))/groupby((j/code,j/c))', 200],
      ['join(friends as j,addnested(friend,compute(code as x) as c))/groupby((j/c))', 200],
      [
        'concat(addnested(friend,identity as c),addnested(friend,compute(1 as x) as c))/groupby((c),topcount(1,revision))',
        200,
      ],
      [
        'concat(addnested(friend,identity as c),addnested(friend,compute(1 as x) as c))/groupby((c),groupby((revision)))',
        200,
      ],
      [
        'concat(addnested(friend,identity as c),addnested(friend,compute(1 as x) as c))/aggregate(revision with sum from c with max as m)',
        200,
      ],
      [
        'concat(addnested(friend,identity as c),addnested(friend,compute(1 as x) as c))/groupby((c),groupby((c/x)))',
        200,
      ],
      [
        'concat(addnested(friend,compute(1 as x) as c),addnested(friend,compute(2 as x) as c))/groupby((c),topcount(1,revision))',
        400,
      ],
      [
        'concat(addnested(friend,compute(1 as x) as c),addnested(friend,compute(2 as x) as c))/aggregate(revision with sum from c with max as m)',
        400,
      ],
      // Collections that have something else.
      [
        'concat(addnested(friend,addnested(friends,filter(revision gt 1) as f) as c),addnested(friend,addnested(friends,filter(revision gt 2) as f) as c))/groupby((c))',
        400,
      ],
      [
        'addnested(friend,addnested(friends,filter(revision gt 1) as f) as c)/concat(identity,identity)/groupby((c))',
        200,
      ],
    ])('refuse what contradicts itself: %s: %i', async (apply, status) => {
      const { status: found, error } = await get(`Contacts?$apply=${apply}`);
      running().takeFailures();
      expect(found).toBe(status);
      if (status === 400)
        expect(error.message).toContain('Rows lead to one entity with different computed values of it');
    });
  });

  test('[80, 190] rows without a key are the same where all that they have is', async () => {
    const trips = await running().sql(
      'SELECT p."userName" AS name, t."tripNumber" AS number FROM people p LEFT JOIN trips t ON t.owner = p."userName"',
    );
    const numbers = (name: unknown): readonly unknown[] => {
      const own = trips.flatMap((row) => (row['name'] === name ? [row['number']] : []));
      return [...new Set(own)];
    };
    const pairs = [...new Set(trips.map(({ name }) => name))].flatMap((name) =>
      numbers(name).flatMap((one) => numbers(name).map((other) => [one, other] as const)),
    );
    const both = 'outerjoin(trips as t,groupby((tripNumber)))/outerjoin(trips as s,groupby((tripNumber)))';
    const cases: readonly (readonly [string, (pair: readonly [unknown, unknown]) => boolean])[] = [
      ['t eq s', ([t, s]) => t === s],
      ['t ne s', ([t, s]) => t !== s],
      ['t in [s,null]', ([t, s]) => t === s || t === null],
      ['t eq null', ([t]) => t === null],
      ['case(t eq s:t,true:null) eq s', ([t, s]) => t === s],
      ['not (t eq t)', () => false],
    ];
    for (const [condition, holds] of cases) {
      const { value } = await ok(`People?$apply=${both}/filter(${condition})/aggregate($count as n)`);
      expect([condition, value[0]?.['n']]).toEqual([condition, pairs.filter(holds).length]);
    }
    const { value } = await ok('People?$apply=groupby((gender))&$filter=$it eq $it and $it ne null');
    expect(value).toHaveLength(3);
    // Of several structures: the same only where they have the same one.
    const mixed = await ok(
      'People?$apply=outerjoin(trips as t,groupby((tripNumber)))/outerjoin(trips as s,concat(identity,groupby((tripNumber))))/filter(t eq s)/aggregate($count as n)',
    );
    expect(mixed.value[0]?.['n']).toBe(pairs.filter(([t, s]) => t === s).length);
    for (const refused of ['t eq bestFriend', 't gt s', 't eq $it'])
      expect((await get(`People?$apply=${both}/filter(${refused})`)).status).toBe(400);
  });

  test.each([
    ['Trip.Pin.Employee/name,name', 'name'],
    ['name,Trip.Pin.Employee/name', 'name'],
    ['Trip.Pin.Employee/level,Trip.Pin.Manager/level', 'Trip.Pin.Employee/level'],
    ['Trip.Pin.Manager/level,Trip.Pin.Employee/level', 'Trip.Pin.Employee/level'],
    ['Trip.Pin.Employee/Trip.Pin.Manager/level,Trip.Pin.Manager/level', 'Trip.Pin.Manager/level'],
    ['friend/code,friend/Trip.Pin.Employee/code', 'friend/code'],
    ['Trip.Pin.Manager/office/name,Trip.Pin.Employee/office', 'Trip.Pin.Employee/office'],
    ['Trip.Pin.Manager/airline/name,airline', 'airline'],
  ])('[80] groupby((%s)) says no more than groupby((%s))', async (paths, less) => {
    const [found, wanted] = await Promise.all(
      [paths, less].map((some) => ok(`Contacts?$apply=groupby((${some}),aggregate($count as n))`, none)),
    );
    expect(wanted?.value.length).toBeGreaterThan(1);
    expect(found?.value).toEqual(wanted?.value);
  });

  test.each([
    ['$filter=salary gt 1', 400],
    ['$filter=Trip.Pin.Airline/name eq null', 400],
    ['$select=salary', 400],
    ['$select=Trip.Pin.Airline/name', 400],
    ['$select=Trip.Pin.Employee/rating', 400],
    ['$expand=directReports', 400],
    ['$expand=Trip.Pin.Employee/directReports', 400],
    ['$orderby=Trip.Pin.Manager/directReports', 400],
    ['$apply=groupby((Trip.Pin.Employee))', 400],
    ['$apply=groupby((Trip.Pin.Employee/directReports))', 400],
    ['$apply=groupby((friend/Trip.Pin.Employee/rating))', 400],
  ])('[80] %s is refused', async (option, status) => {
    expect((await get(`Contacts?${option}`)).status).toBe(status);
  });
});

describe('joins and what addnested adds, behind casts', () => {
  /** A path of $apply, the member of a row that counts, and the rows in SQL: codes with what they lead to. */
  test.each([
    [
      'join(planItems/Trip.Pin.Flight as f)&$expand=f($select=flightNumber)',
      `SELECT c.code, jsonb_build_object('flightNumber', "flightNumber") f FROM contacts c JOIN plan_items ON contact = code AND type = 'Flight' ORDER BY c.name, id`,
    ],
    [
      'outerjoin(planItems/Trip.Pin.Flight as f)&$expand=f($select=flightNumber)',
      `SELECT c.code, CASE WHEN id IS NOT NULL THEN jsonb_build_object('flightNumber', "flightNumber") END f FROM contacts c LEFT JOIN plan_items ON contact = code AND type = 'Flight' ORDER BY c.name, id`,
    ],
    [
      'outerjoin(friends/Trip.Pin.Employee as f,filter(level gt 2)/groupby((level)))&$expand=f',
      `SELECT c.code, CASE WHEN f.level IS NOT NULL THEN jsonb_build_object('level', f.level) END f FROM contacts c LEFT JOIN contacts f ON f.friend = c.code AND f.kind IN ('employee', 'manager') AND f.level > 2 ORDER BY c.name, f.level`,
    ],
    [
      'addnested(friends/Trip.Pin.Employee,identity as f)&$expand=f($select=level)',
      `SELECT c.code, (SELECT coalesce(jsonb_agg(jsonb_build_object('level', f.level) ORDER BY f.name), '[]') FROM contacts f WHERE f.friend = c.code AND f.kind IN ('employee', 'manager')) f FROM contacts c ORDER BY c.name`,
    ],
    [
      'addnested(Trip.Pin.Employee/manager,compute(level add 1 as next) as f)&$expand=f($select=next)',
      `SELECT c.code, CASE WHEN f.code IS NOT NULL THEN jsonb_build_object('next', f.level + 1) END f FROM contacts c LEFT JOIN contacts f ON f.code = c.manager ORDER BY c.name`,
    ],
    [
      'addnested(friend/Trip.Pin.Employee,identity as f)&$expand=f($select=level)',
      `SELECT c.code, CASE WHEN f.code IS NOT NULL THEN jsonb_build_object('level', f.level) END f FROM contacts c LEFT JOIN contacts f ON f.code = c.friend AND f.kind IN ('employee', 'manager') ORDER BY c.name`,
    ],
    [
      // Names that addnested gives, in expressions and groups.
      `addnested(friends/Trip.Pin.Employee,compute(level add 1 as next) as f)/filter(f/any(x:x/next gt 9 and isof(x,Trip.Pin.Manager)))&$expand=f($select=next)`,
      `SELECT 'ann' code, jsonb_build_array(jsonb_build_object('next', 10), jsonb_build_object('next', 4)) f`,
    ],
    [
      'addnested(friends,filter(revision lt 5) as f)/filter(f/Trip.Pin.Employee/$count gt f/Trip.Pin.Manager/$count and f/Trip.Pin.Employee/any(x:x/level lt 4))&$expand=f($select=code)',
      `SELECT c.code, (SELECT jsonb_agg(jsonb_build_object('code', f.code) ORDER BY f.name) FROM contacts f WHERE f.friend = c.code) f FROM contacts c WHERE EXISTS (SELECT FROM contacts f WHERE f.friend = c.code AND f.kind = 'employee') ORDER BY c.name`,
    ],
    [
      'addnested(friends,filter(revision lt 5) as g)/compute(g/Trip.Pin.Employee/aggregate(level with sum) as f)',
      `SELECT c.code, (SELECT sum(level)::int FROM contacts f WHERE f.friend = c.code AND f.kind IN ('employee', 'manager')) f FROM contacts c ORDER BY c.name`,
    ],
    [
      'addnested(friend/Trip.Pin.Employee,compute(level add 1 as next) as f)/filter(f/next gt 5 or f/office/name eq null)/orderby(f/next desc,code)&$expand=f($select=next)',
      `SELECT c.code, CASE WHEN f.code IS NOT NULL THEN jsonb_build_object('next', f.level + 1) END f FROM contacts c LEFT JOIN contacts f ON f.code = c.friend AND f.kind IN ('employee', 'manager') ORDER BY f.level DESC NULLS LAST, c.code`,
    ],
    [
      'addnested(Trip.Pin.Employee/manager,identity as m)/filter(m/budget ne null and m/directReports/$count gt 0)/addnested(m,compute(level add 1 as next) as f)&$expand=f($select=next)',
      `SELECT code, jsonb_build_object('next', 10) f FROM contacts WHERE manager = 'boss'`,
    ],
    [
      'addnested(planItems/Trip.Pin.Flight,filter(seat ne null or true) as f)/filter(f/any(x:x/flownBy/name eq null or x/flightNumber eq $it/planItems/Trip.Pin.Flight/aggregate(flightNumber with max)))&$expand=f($select=flightNumber)',
      `SELECT contact code, jsonb_build_array(jsonb_build_object('flightNumber', "flightNumber")) f FROM plan_items WHERE type = 'Flight' ORDER BY 1`,
    ],
    // Rows of several structures.
    [
      'concat(identity,groupby((revision)))/outerjoin(friends/Trip.Pin.Employee as f,filter(level gt 2))&$expand=f($select=level)',
      `(SELECT c.code, CASE WHEN f.code IS NOT NULL THEN jsonb_build_object('level', f.level) END f FROM contacts c LEFT JOIN contacts f ON f.friend = c.code AND f.level > 2 AND f.kind IN ('employee', 'manager') ORDER BY c.name, f.code) UNION ALL SELECT NULL, NULL FROM contacts GROUP BY revision`,
    ],
    [
      'concat(identity,outerjoin(friends as g)/filter(g/code eq null))/addnested(friends,aggregate($count as n) as f)&$expand=f',
      `SELECT c.code, jsonb_build_array(jsonb_build_object('n', (SELECT count(*) FROM contacts f WHERE f.friend = c.code))) f FROM contacts c, generate_series(1, 2) u WHERE u = 1 OR NOT EXISTS (SELECT FROM contacts f WHERE f.friend = c.code) ORDER BY u, c.name`,
    ],
    [
      'concat(identity,top(2))/addnested(Trip.Pin.Manager/directReports,filter(level lt 5) as f)/filter(f/any())&$expand=f($select=code)',
      `SELECT 'chief' code, jsonb_build_array(jsonb_build_object('code', 'dora'), jsonb_build_object('code', 'emil')) f`,
    ],
    [
      'addnested(Trip.Pin.Employee/office,compute(length(name) as l) as f)',
      `SELECT c.code, CASE WHEN num_nonnulls("office_Name", "office_Region") > 0 THEN jsonb_build_object('name', "office_Name", 'region', "office_Region", 'l', length("office_Name")) END f FROM contacts c ORDER BY c.name`,
    ],
    [
      `compute(friends('boss')/Trip.Pin.Employee/office as o)/addnested(o,compute(length(name) as l) as f)/filter(f/l gt 1 or f eq null)`,
      `SELECT code, CASE code WHEN 'ann' THEN '{"name":"Boise","region":"ID","l":5}'::jsonb END f FROM contacts ORDER BY name`,
    ],
    // Casts of what addnested has made.
    [
      'addnested(friends,filter(revision lt 5) as g)/join(g/Trip.Pin.Employee as f)&$expand=f($select=level)',
      `SELECT c.code, jsonb_build_object('level', f.level) f FROM contacts c JOIN contacts f ON f.friend = c.code AND f.revision < 5 AND f.kind IN ('employee', 'manager') ORDER BY c.name, f.code`,
    ],
    [
      'addnested(friends,compute(length(name) as l) as g)/outerjoin(g/Trip.Pin.Employee as f,compute(l add level as sum))&$expand=f($select=level,l,sum)',
      `SELECT c.code, CASE WHEN f.code IS NOT NULL THEN jsonb_build_object('level', f.level, 'l', length(f.name), 'sum', length(f.name) + f.level) END f FROM contacts c LEFT JOIN contacts f ON f.friend = c.code AND f.kind IN ('employee', 'manager') ORDER BY c.name, f.code`,
    ],
    [
      'addnested(friends,orderby(code desc)/top(2) as g)/addnested(g/Trip.Pin.Manager,compute(level add 1 as next) as f)&$expand=f($select=next,budget)',
      `SELECT c.code, (SELECT coalesce(jsonb_agg(jsonb_build_object('next', f.level + 1, 'budget', f.budget) ORDER BY f.code DESC), '[]') FROM (SELECT * FROM contacts f WHERE f.friend = c.code ORDER BY f.code DESC LIMIT 2) f WHERE f.kind = 'manager') f FROM contacts c ORDER BY c.name`,
    ],
    [
      'addnested(friends,filter(revision lt 5) as g)/addnested(g/Trip.Pin.Employee,groupby((level),aggregate($count as n)) as f)/filter(f/any(x:x/level gt 3) or g/$count eq 0)&$expand=f',
      `SELECT c.code, (SELECT coalesce(jsonb_agg(jsonb_build_object('level', level, 'n', n) ORDER BY level), '[]') FROM (SELECT f.level, count(*) n FROM contacts f WHERE f.friend = c.code AND f.kind IN ('employee', 'manager') GROUP BY 1) g) f FROM contacts c WHERE EXISTS (SELECT FROM contacts f WHERE f.friend = c.code AND f.kind IN ('employee', 'manager') AND level > 3) OR NOT EXISTS (SELECT FROM contacts f WHERE f.friend = c.code) ORDER BY c.name`,
    ],
    [
      'addnested(friends,identity as g)/concat(identity,groupby((revision)))/outerjoin(g/Trip.Pin.Contact as f,filter(revision lt 5))&$expand=f($select=code)',
      `(SELECT c.code, CASE WHEN f.code IS NOT NULL THEN jsonb_build_object('code', f.code) END f FROM contacts c LEFT JOIN contacts f ON f.friend = c.code ORDER BY c.name, f.code) UNION ALL SELECT NULL, NULL FROM contacts GROUP BY revision`,
    ],
    [
      'concat(addnested(friends,filter(revision lt 5) as g),identity)/outerjoin(g/Trip.Pin.Employee as f)/filter(f/level gt 3)/orderby(f/level,code)&$expand=f($select=level)',
      `SELECT c.code, jsonb_build_object('level', f.level) f FROM contacts c JOIN contacts f ON f.friend = c.code AND f.kind IN ('employee', 'manager') AND f.level > 3 ORDER BY f.level, c.code`,
    ],
  ])('[80, 192, 193] %s', async (apply, sql) => {
    const { value } = await ok(`Contacts?$apply=${apply}&$select=code${apply.includes('$expand') ? '' : ',f'}`);
    const plainly = (part: unknown): unknown =>
      JSON.parse(
        JSON.stringify(part, (name, one: unknown) =>
          isControl(name) || (name === 'code' && one === null) ? undefined : one,
        ),
      );
    expect(plainly(value)).toEqual(plainly(await running().sql(sql)));
  });

  test.each([
    ['', '$select=code&$expand=f($select=code)', 'code,Trip.Pin.Manager/f(code)'],
    ['', '$select=code,f&$expand=f($select=code)', 'code,Trip.Pin.Manager/f(code)'],
    ['', '$select=code,Trip.Pin.Manager/f&$expand=Trip.Pin.Manager/f($select=code)', 'code,Trip.Pin.Manager/f(code)'],
    ['', '$select=code,f', 'code,Trip.Pin.Manager/f()'],
    ['', '', 'Trip.Pin.Manager/f()'],
    ['concat(identity,filter(false))/', '$select=code&$expand=f($select=code)', undefined],
  ])(
    '[192] only rows of the type have a collection that is added behind a cast: %s %s',
    async (before, options, list) => {
      const added = 'addnested(Trip.Pin.Manager/directReports,filter(level lt 5) as f)';
      const { value, json } = await ok(`Contacts?$apply=${before}${added}${options ? `&${options}` : ''}`);
      const codes = (of: unknown): unknown =>
        Array.isArray(of) ? of.map((one: Readonly<Record<string, unknown>>) => one['code']) : of;
      expect(value.map((one) => [one['code'], codes(one['f'])])).toEqual(
        await running()
          .sql(
            `SELECT c.code, CASE WHEN kind = 'manager' THEN ARRAY(SELECT f.code FROM contacts f WHERE f.manager = c.code AND f.level < 5 ORDER BY f.name) END f FROM contacts c ORDER BY c.name`,
          )
          .then((rows) => rows.map(({ code, f }) => [code, f ?? undefined])),
      );
      if (list) expect(json['@odata.context']).toContain(`#Contacts(${list})`);
    },
  );

  test.each([
    ['aggregate(Trip.Pin.Employee/salary with sum as s)', 'salary'],
    ['aggregate(Trip.Pin.Employee/revision with sum as s)', 'revision'],
    ['aggregate(Trip.Pin.Employee/manager/name with max as s)', 'manager'],
    ['aggregate(Trip.Pin.Manager/directReports/$count as s)', 'directReports'],
    ['groupby((Trip.Pin.Employee/salary))', 'salary'],
  ])('[180] groupby((name,Trip.Pin.Manager/budget))/%s has nothing to begin with', async (behind, name) => {
    const { status, error } = await get(`Contacts?$apply=groupby((name,Trip.Pin.Manager/budget))/${behind}`);
    expect([status, error.message]).toEqual([400, expect.stringContaining(`'${name}' has been aggregated away`)]);
  });

  test('[193, 300] types are told by the context, or where there is none by each', async () => {
    const first = async (apply: string, headers: Record<string, string> = {}): Promise<unknown> =>
      (await get(`Contacts?$apply=${apply}&$select=code&$filter=code eq 'ann'&$top=1`, headers)).value[0]?.['f'];
    expect(await first('join(friends/Trip.Pin.Employee as f)&$expand=f($select=level)')).toEqual({
      '@odata.context': '#Contacts/Trip.Pin.Employee(level)/$entity',
      '@odata.type': '#Trip.Pin.Manager',
      '@odata.id': `Contacts('boss')`,
      '@odata.etag': expect.any(String) as unknown,
      level: 9,
    });
    const flight = { '@odata.type': '#Trip.Pin.Flight', '@odata.id': `Contacts('ann')/planItems(2)` };
    const seat = `&$expand=f($select=seat)`;
    expect(await first(`join(planItems/Trip.Pin.Flight as f)${seat}`)).toEqual({ ...flight, seat: '4A' });
    expect(await first(`addnested(planItems/Trip.Pin.Flight,identity as f)${seat}`)).toEqual([
      { ...flight, seat: '4A' },
    ]);
    expect(await first(`join(planItems/Trip.Pin.Flight as f)${seat}`, full)).toEqual({
      ...flight,
      '@odata.editLink': `Contacts('ann')/planItems(2)/Trip.Pin.Flight`,
      seat: '4A',
    });
    expect(await first(`join(planItems/Trip.Pin.Flight as f)&$expand=f/$ref`)).toEqual({
      '@odata.id': `Contacts('ann')/planItems(2)`,
    });
    expect(await first(`join(planItems/Trip.Pin.Flight as f)${seat}`, none)).toEqual({ seat: '4A' });
    // The same of what addnested has made.
    const level = '&$expand=f($select=level)';
    for (const headers of [{}, full, none])
      for (const adds of ['join', 'outerjoin', 'addnested'] as const) {
        const path = (from: string): string =>
          `${adds}(${from}/Trip.Pin.Employee${adds === 'addnested' ? ',identity' : ''} as f)${level}`;
        expect(await first(`addnested(friends,identity as g)/${path('g')}`, headers)).toEqual(
          await first(path('friends'), headers),
        );
      }
    const contextOfMany = async (apply: string): Promise<unknown> =>
      (await get(`Contacts?$apply=${apply}${level}`)).value[0]?.['f@odata.context'];
    expect(
      await contextOfMany('addnested(friends,identity as g)/addnested(g/Trip.Pin.Employee,identity as f)'),
    ).toEqual('#Contacts/Trip.Pin.Employee(level)');
  });
});

describe('$levels along the relations of a hierarchy, as deep as $metadata says', () => {
  interface Person {
    readonly code: string;
    readonly kind: string;
    readonly name: string;
    readonly salary: string | null;
    readonly rating: number | null;
    readonly friend: string | null;
    readonly manager: string | null;
  }
  let people: readonly Person[];
  let maxLevels: number;

  /** Friends and managers in circles, so that no level is the last one. */
  beforeAll(async () => {
    await running().sql(
      "UPDATE contacts SET friend = 'gus' WHERE code = 'ann'; UPDATE contacts SET manager = 'chief' WHERE code = 'boss'",
    );
    people = (await running().sql('SELECT * FROM contacts ORDER BY code')) as unknown as readonly Person[];
    maxLevels = Number(/"MaxLevels":(\d+)/.exec((await ok('$metadata?$format=json')).text)?.[1]);
  });
  afterAll(() =>
    running().sql(
      "UPDATE contacts SET friend = NULL WHERE code = 'ann'; UPDATE contacts SET manager = NULL WHERE code = 'boss'",
    ),
  );

  const isEmployee = ({ kind }: Person): boolean => kind === 'employee' || kind === 'manager';
  const isManager = ({ kind }: Person): boolean => kind === 'manager';
  const anyone = (): boolean => true;
  const at = (code: string | null): Person | undefined => people.find((one) => one.code === code);
  const friendsOf = ({ code }: Person): readonly Person[] => people.filter(({ friend }) => friend === code);

  /** A person as one whose context tells a type, with further members. */
  const json = (person: Person, told: string, more: Json = {}): Json => {
    const type = typeNames[person.kind] ?? '';
    return {
      ...(type === told ? {} : { '@odata.type': `#Trip.Pin.${type}` }),
      code: person.code,
      name: person.name,
      ...(isEmployee(person) && { salary: Number(person.salary) }),
      ...(person.kind === 'supplier' && { rating: person.rating }),
      ...more,
    };
  };

  /** What a navigation adds to those that have it. */
  type Way = (person: Person, levels: number) => Json;
  const along =
    (
      name: string,
      has: (person: Person) => boolean,
      told: string,
      to: (person: Person) => Person | undefined | readonly Person[],
    ): Way =>
    (person, levels) => {
      if (levels === 0 || !has(person)) return {};
      const found = to(person);
      const inner = (one: Person): Json => json(one, told, along(name, has, told, to)(one, levels - 1));
      return { [name]: Array.isArray(found) ? found.map(inner) : found ? inner(found as Person) : null };
    };
  const friend = along('friend', anyone, 'Contact', (one) => at(one.friend));
  const friends = along('friends', anyone, 'Contact', friendsOf);

  const ways: readonly (readonly [options: (levels: number) => string, Way])[] = [
    [(n) => `friend($levels=${n})`, friend],
    [(n) => `friends($levels=${n};$orderby=code)`, friends],
    [
      (n) => `friends/Trip.Pin.Employee($levels=${n};$orderby=code)`,
      along('friends', anyone, 'Contact', (one) => friendsOf(one).filter(isEmployee)),
    ],
    [
      (n) => `Trip.Pin.Employee/manager($levels=${n})`,
      along('manager', isEmployee, 'Manager', (one) => at(one.manager)),
    ],
    [
      (n) => `Trip.Pin.Manager/directReports($levels=${n};$orderby=code)`,
      along('directReports', isManager, 'Employee', ({ code }) => people.filter(({ manager }) => manager === code)),
    ],
    [
      (n) => `friend($levels=${n}),friends($levels=${n};$orderby=code)`,
      (one, n) => ({ ...friend(one, n), ...friends(one, n) }),
    ],
    [
      (n) => `friends($orderby=code${n > 1 ? `;$expand=friend($levels=${n - 1})` : ''})`,
      (one, n) => ({ friends: friendsOf(one).map((inner) => json(inner, 'Contact', friend(inner, n - 1))) }),
    ],
    [
      (n) => `friend${n > 1 ? `($expand=friends($levels=${n - 1};$orderby=code))` : ''}`,
      (one, n) => {
        const inner = at(one.friend);
        return { friend: inner ? json(inner, 'Contact', friends(inner, n - 1)) : null };
      },
    ],
  ];

  const whole = ['@odata.type', 'code', 'name', 'salary', 'rating', 'friend', 'friends', 'manager', 'directReports'];
  const untyped = whole.slice(1);
  /** Members of those names, and no others. */
  const only = (value: unknown, names: readonly string[] = whole): unknown =>
    JSON.parse(JSON.stringify(value, [...names]));

  const sets: readonly (readonly [path: string, told: string, (person: Person) => boolean])[] = [
    ['Contacts', 'Contact', anyone],
    ['Contacts/Trip.Pin.Employee', 'Employee', isEmployee],
    ['Contacts/Trip.Pin.Manager', 'Manager', isManager],
    ['Suppliers', 'Supplier', ({ kind }) => kind === 'supplier'],
  ];

  /** An answer with what stands behind its links to further pages. */
  async function complete(value: unknown): Promise<unknown> {
    if (Array.isArray(value)) return Promise.all(value.map(complete));
    if (typeof value !== 'object' || value === null) return value;
    const found: Record<string, unknown> = {};
    for (const [name, part] of Object.entries(value)) {
      const link = (value as Json)[`${name}@odata.nextLink`];
      const rest = typeof link === 'string' ? await running().all(link) : [];
      if (!name.endsWith('@odata.nextLink'))
        found[name] = await complete(Array.isArray(part) ? [...(part as Json[]), ...rest] : part);
    }
    return found;
  }

  test.each([
    'friend($expand=airline,friends($orderby=code desc;$levels=3))',
    'airline,friend($expand=friend,airline,planItems,friends($orderby=code;$levels=2))',
    'friends($expand=planItems,friends($orderby=name desc;$expand=friend;$levels=3),airline)',
    'Trip.Pin.Manager/directReports($expand=friends,Trip.Pin.Manager/directReports($expand=airline;$levels=2),friend)',
    'friend($expand=friend,friends($select=code;$expand=airline,planItems;$levels=3))',
    'friends($select=code;$orderby=code;$levels=max)',
    'friends($select=code;$orderby=code;$expand=friend($select=code;$expand=airline),planItems;$levels=max)',
    'friend($select=code;$expand=friends($select=code;$levels=max)),friends($select=code;$expand=friend($select=code;$levels=max))',
    'friends($select=code;$expand=*($levels=max))',
    '*($levels=max)',
  ])('[155, 157] pages of one at each level of %s', async (options) => {
    const { value } = await ok(`Contacts?$expand=${options}`);
    const pages = await running().all(encodeURI(`Contacts?$expand=${options}`), { Prefer: 'odata.maxpagesize=1' });
    expect(await complete(pages)).toEqual(value);
  });

  test.each([
    ['friend($expand=airline;$levels=max)', 'friend($expand=airline;$levels=9)'],
    [
      'friends($orderby=code;$expand=planItems,friend($select=code;$expand=airline);$levels=max)',
      'friends($orderby=code;$expand=planItems,friend($select=code;$expand=airline);$levels=8)',
    ],
    [
      'friend($select=code;$expand=friends($orderby=code;$select=code;$levels=2);$levels=max)',
      'friend($select=code;$expand=friends($orderby=code;$select=code;$levels=2);$levels=8)',
    ],
    ['friend($select=code;$expand=*;$levels=max)', 'friend($select=code;$expand=*;$levels=9)'],
  ])('[157] %s leaves room for what is expanded within', async (max, levels) => {
    const { value } = await ok(`Contacts?$orderby=code&$expand=${max}`);
    expect(value).toEqual((await ok(`Contacts?$orderby=code&$expand=${levels}`)).value);
  });

  test.each(ways.map(([options, way]) => [options(9), options, way] as const))(
    '[155, 157] %s',
    async (_, options, way) => {
      expect(maxLevels).toBe(10);
      for (let levels = 1; levels <= maxLevels; levels++) {
        const expected = people.map((one) => json(one, 'Contact', way(one, levels)));
        const { value } = await ok(`Contacts?$orderby=code&$expand=${options(levels)}`);
        expect(only(value)).toEqual(expected);
      }
    },
  );

  test.each(ways.slice(0, 2).flatMap((way) => sets.map((set) => [way[0](9), set[0], way, set] as const)))(
    '[155, 157] %s of %s',
    async (_, __, [options, way], [path, told, has]) => {
      const expected = people.filter(has).map((one) => json(one, told, way(one, maxLevels)));
      expect(only((await ok(`${path}?$orderby=code&$expand=${options(maxLevels)}`)).value)).toEqual(expected);
      for (const one of people.filter(has)) {
        const { json: alone } = await ok(`${path}('${one.code}')?$expand=${options(maxLevels)}`);
        expect(only(alone, untyped)).toEqual(only(json(one, told, way(one, maxLevels)), untyped));
      }
    },
  );

  test.each(ways.map(([options, way]) => [options(9), options, way] as const))(
    '[155, 300] %s in other formats, and of rows that are made of rows',
    async (_, options, way) => {
      const expected = people.map((one) => json(one, 'Contact', way(one, maxLevels)));
      const path = `Contacts?$orderby=code&$expand=${options(maxLevels)}`;
      expect(only((await ok(path, full)).value, untyped)).toEqual(only(expected, untyped));
      expect(only((await ok(path, none)).value)).toEqual(only(expected, untyped));
      const noNulls = JSON.parse(JSON.stringify(expected), (__, value: unknown) => value ?? undefined) as unknown;
      expect(only((await ok(path, { Prefer: 'omit-values=nulls' })).value)).toEqual(noNulls);
      const twice = await ok(`Contacts?$apply=concat(identity,identity)&$orderby=code&$expand=${options(maxLevels)}`);
      expect(only(twice.value)).toEqual(expected.flatMap((one) => [one, one]));
      const crossed = await ok(
        `$crossjoin(Contacts,Clubs)?$orderby=Contacts/code,Clubs/name&$expand=Contacts($expand=${options(maxLevels - 1)})`,
      );
      const inner = people.map((one) => json(one, 'Contact', way(one, maxLevels - 1)));
      expect(only(crossed.value.map(({ Contacts }) => Contacts))).toEqual(inner.flatMap((one) => [one, one]));
    },
  );

  test('[155, 159] what follows of a nested collection is found by its link', async () => {
    const complete = async (entity: Json): Promise<Json> => {
      if (entity['friends'] === undefined) return entity;
      const found: Json[] = [];
      for (let page = entity, name = 'friends'; ; name = 'value') {
        for (const one of page[name] as readonly Json[]) found.push(await complete(one));
        const next = page[name === 'value' ? '@odata.nextLink' : 'friends@odata.nextLink'];
        if (typeof next !== 'string') break;
        page = (await running().get(next, { Prefer: 'maxpagesize=1' })).json;
      }
      return { ...entity, friends: found };
    };
    const { value } = await ok('Contacts?$orderby=code&$expand=friends($levels=4;$orderby=code)', {
      Prefer: 'maxpagesize=1',
    });
    expect(value).toHaveLength(1);
    const [ann = {}] = value;
    const [first] = people;
    expect(only(await complete(ann))).toEqual(first && json(first, 'Contact', friends(first, 4)));
  });

  test('[155] numbers and references, of all and of some, beside a star', async () => {
    const id = ({ code }: Person): Json => ({ '@odata.id': `Contacts('${code}')` });
    const told = (person: Person): Json => {
      const boss = at(person.friend);
      return {
        code: person.code,
        'friends@odata.count': friendsOf(person).length,
        friend: boss ? id(boss) : null,
        ...(isEmployee(person) && { manager: person.manager === null ? null : { code: person.manager } }),
        ...(isManager(person) && {
          directReports: people.filter(({ manager }) => manager === person.code).map(id),
        }),
      };
    };
    const expand =
      'friends/$count,friend/$ref,Trip.Pin.Employee/manager($select=code),Trip.Pin.Manager/directReports/$ref($orderby=code)';
    const names = ['code', 'friends@odata.count', 'friend', '@odata.id', 'manager', 'directReports'];
    const expected = people.map(told);
    const { value } = await ok(`Contacts?$orderby=code&$select=code&$expand=${expand}`);
    expect(only(value, names)).toEqual(expected);
    const nested = await ok(
      `Contacts?$orderby=code&$select=code&$expand=friends($orderby=code;$select=code;$expand=${expand})`,
    );
    expect(nested.value.map((one) => only(one['friends'], names))).toEqual(
      people.map((one) => friendsOf(one).map(told)),
    );
    const starred = await ok('Contacts?$orderby=code&$select=code&$expand=Trip.Pin.Employee/friend($select=code),*');
    expect(starred.value.map((one) => only(one['friend'], ['code', 'name']))).toEqual(
      people.map((one) => {
        const found = at(one.friend);
        if (!found) return null;
        return { code: found.code, ...(!isEmployee(one) && { name: found.name }) };
      }),
    );
  });

  test('[155, 209] the answer to a write', async () => {
    const made = await done('POST', `Contacts?$expand=friend($levels=${maxLevels})`, {
      ...{ '@odata.type': '#Trip.Pin.Supplier', code: 'zoe', name: 'Zoe', 'friend@odata.bind': "Contacts('gus')" },
    });
    const gus = at('gus');
    expect(only(made.json['friend'])).toEqual(gus && json(gus, 'Contact', friend(gus, maxLevels - 1)));
    await running().sql("DELETE FROM contacts WHERE code = 'zoe'");
  });

  test('[155, 178] a star with all levels ends where it comes back to the hierarchy', async () => {
    const { value } = await ok('Contacts?$orderby=code&$expand=*($levels=max)');
    for (const one of value) {
      expect(
        Object.keys(one).filter((name) => ['friend', 'friends', 'manager', 'directReports'].includes(name)),
      ).toEqual([]);
      expect(one).toMatchObject({ planItems: expect.any(Array) as unknown });
      expect(one).toHaveProperty('airline');
    }
  });
});

describe('what all types of a hierarchy have, with options of its own', () => {
  interface Stop {
    readonly name: string | null;
    readonly region: string | null;
  }
  interface Item {
    readonly id: number;
    readonly title: string;
    readonly type: string;
    readonly contact: string;
    readonly tags: readonly string[];
    readonly stops: readonly Stop[];
  }
  let items: readonly Item[];

  beforeAll(async () => {
    await running().sql(
      `UPDATE plan_items SET tags = ARRAY['c', 'a', 'b', id::text], stops = jsonb_build_array(
         jsonb_build_object('name', 'Ulm', 'region', id::text), jsonb_build_object('name', 'Bonn', 'region', null), jsonb_build_object('name', title))`,
    );
    items = (await running().sql('SELECT * FROM plan_items ORDER BY id')) as unknown as readonly Item[];
  });
  afterAll(() => running().sql("UPDATE plan_items SET tags = '{}', stops = '[]'"));

  const descending = (values: readonly string[]): readonly string[] => [...values].sort().reverse();
  const isFlight = ({ type }: Item): boolean => type === 'Flight';

  test.each<readonly [options: readonly string[], (item: Item) => Json]>([
    [
      ["$select=id,tags($filter=$this ge 'a';$orderby=$this desc;$count=true)"],
      ({ id, tags }) => {
        const left = descending(tags.filter((tag) => tag >= 'a'));
        return { id, 'tags@odata.count': left.length, tags: left };
      },
    ],
    [
      ["$select=id,stops($filter=name ne 'Bonn';$orderby=name desc;$select=name;$count=true)"],
      ({ id, stops }) => {
        const left = descending(stops.map(({ name }) => name ?? '').filter((name) => name !== 'Bonn'));
        return { id, 'stops@odata.count': left.length, stops: left.map((name) => ({ name })) };
      },
    ],
    [
      ['$compute=length(title) as long,concat(title,title) as twice', '$select=id,long,twice'],
      ({ id, title }) => ({ id, long: title.length, twice: title + title }),
    ],
    [
      ['$select=id,Trip.Pin.PublicTransportation/tags($top=2)'],
      (item) => ({ id: item.id, ...(isFlight(item) && { tags: item.tags.slice(0, 2) }) }),
    ],
    [
      ['$select=id,tags,Trip.Pin.Flight/stops($compute=toupper(name) as loud;$select=loud)'],
      (item) => ({
        ...{ id: item.id, tags: item.tags },
        ...(isFlight(item) && { stops: item.stops.map(({ name }) => ({ loud: name?.toUpperCase() })) }),
      }),
    ],
    [
      ['$select=id,stops'],
      ({ id, stops }) => ({ id, stops: stops.map(({ name, region = null }) => ({ name, region })) }),
    ],
    [
      ['$compute=contact/friends/$count as friends', '$select=id,friends', '$expand=contact($select=code)'],
      ({ id, contact }) => ({ id, friends: { ann: 2, dora: 1 }[contact], contact: { code: contact } }),
    ],
  ])('[147, 155] %j', async (options, expected) => {
    const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value), (_, one: unknown) => one) as unknown;
    const bare = (value: unknown): unknown =>
      JSON.parse(
        JSON.stringify(value, (name, one: unknown) =>
          isControl(name) && !name.endsWith('@odata.count') ? undefined : one,
        ),
      );
    const { value } = await ok(
      `Contacts?$orderby=code&$select=code&$expand=planItems($orderby=id;${options.join(';')})`,
    );
    for (const { code, planItems } of value) {
      const own = items.filter(({ contact }) => contact === code);
      expect(bare(planItems)).toEqual(plain(own.map(expected)));
      const alone = await ok(`Contacts('${String(code)}')/planItems?$orderby=id&${options.join('&')}`);
      expect(bare(alone.value)).toEqual(plain(own.map(expected)));
    }
    const nothing = await ok(
      `Contacts?$orderby=code&$select=code&$expand=planItems($orderby=id;${options.join(';')})`,
      { Prefer: 'omit-values=nulls' },
    );
    const left = (given: unknown): unknown => JSON.parse(JSON.stringify(given), (_, one: unknown) => one ?? undefined);
    expect(left(bare(nothing.value))).toEqual(left(bare(value)));
  });

  test('[147] a complex value of some types', async () => {
    const { value } = await ok(
      'Contacts?$orderby=code&$select=code,Trip.Pin.Employee/office($compute=toupper(name) as loud;$select=loud,name)',
    );
    const rows = await running().sql('SELECT code, kind, "office_Name" AS name FROM contacts ORDER BY code');
    expect(value.map(({ code, office }) => ({ code, office }))).toEqual(
      rows.map(({ code, kind, name }) => {
        const isEmployee = kind === 'employee' || kind === 'manager';
        const loud = typeof name === 'string' ? name.toUpperCase() : null;
        return { code, office: isEmployee ? (name === null ? null : { name, loud }) : undefined };
      }),
    );
  });

  test('[147, 155] what only some types are asked for is computed of no others: it may fail there', async () => {
    const rows = await running().sql('SELECT code, kind, name FROM contacts ORDER BY code');
    const quotient = ({ name }: Json): number => Math.trunc(1 / (String(name).length - 3)) || 0;
    const isOneOf = ({ kind }: Json, ...kinds: readonly string[]): boolean => kinds.includes(String(kind));
    expect(rows.some(({ name }) => String(name).length === 3)).toBe(true);
    for (const [options, kinds] of [
      ['$select=code,Trip.Pin.Employee/q', ['employee', 'manager']],
      ['$select=code,Trip.Pin.Manager/q,Trip.Pin.Employee/level', ['manager']],
    ] as const) {
      const { value } = await ok(`Contacts?$orderby=code&$compute=1 div (length(name) sub 3) as q&${options}`);
      expect(value.map(({ code, q }) => [code, q])).toEqual(
        rows.map((row) => [row['code'], isOneOf(row, ...kinds) ? quotient(row) : undefined]),
      );
    }
    const counts = '$expand=Trip.Pin.Manager/directReports($filter=1 div (length($it/name) sub 3) gt -1)';
    const { value } = await ok(`Contacts?$orderby=code&$select=code&${counts}`);
    expect(value.map(({ code, directReports }) => [code, Array.isArray(directReports)])).toEqual(
      rows.map((row) => [row['code'], isOneOf(row, 'manager')]),
    );
  });

  test('[147] behind a cast, of rows that are not all entities', async () => {
    const rows = await running().sql(
      `SELECT code, kind, "office_Name" AS name, (SELECT count(*)::int FROM contacts AS one WHERE one.manager = contacts.code) AS reports
       FROM contacts ORDER BY code`,
    );
    const { value } = await ok(
      'Contacts?$apply=concat(identity,aggregate($count as n))&$select=n,Trip.Pin.Contact/code,Trip.Pin.Employee/office($select=name)&$expand=Trip.Pin.Manager/directReports/$count',
    );
    expect(value.map((row) => [row['code'], row['office'], row['directReports@odata.count'], row['n']])).toEqual([
      ...rows.map(({ code, kind, name, reports }) => {
        const isEmployee = kind === 'employee' || kind === 'manager';
        const office = name === null ? null : { name };
        return [code, isEmployee ? office : undefined, kind === 'manager' ? reports : undefined, undefined];
      }),
      [undefined, undefined, undefined, rows.length],
    ]);
    const twice = await ok(
      'Contacts?$apply=concat(concat(identity,aggregate($count as n)),aggregate($count as m))&$select=n,m,Trip.Pin.Contact/code',
    );
    expect(twice.value.map((row) => row['code'] ?? row['n'] ?? row['m'])).toEqual([
      ...rows.map(({ code }) => code),
      ...[rows.length, rows.length],
    ]);
    for (const name of ['Trip.Pin.Airline/name', 'Trip.Pin.Employee/nope', 'Trip.Pin.Contact', 'nope'])
      expect((await get(`Contacts?$apply=concat(identity,aggregate($count as n))&$select=n,${name}`)).status).toBe(400);
  });

  test('[155] is asked once for each row, not once for each type', async () => {
    running().takeStatements();
    await ok(
      "Contacts('ann')/planItems?$compute=contact/friends/$count as n&$select=tags($filter=$this gt 'a'),stops($top=1),n",
    );
    const [{ text = '' } = {}] = running().takeStatements();
    expect(text.match(/select count\(\*\) from "contacts"/g)).toHaveLength(1);
    expect(text.match(/"tags"/g)).toHaveLength(1);
    expect(text.match(/"stops"/g)).toHaveLength(1);
  });
});

describe('singletons', () => {
  test('[2, 342] stand in the service document and in the metadata', async () => {
    const { value } = await ok('');
    expect(value.filter(({ kind }) => kind === 'Singleton')).toEqual([
      { name: 'Me', kind: 'Singleton', url: 'Me' },
      { name: 'Head', kind: 'Singleton', url: 'Head' },
    ]);
    const { text } = await ok('$metadata');
    expect(text).toContain('<Singleton Name="Me" Type="Trip.Pin.Person">');
    const [, me = ''] = text.split('<Singleton Name="Me"');
    expect(me).toContain('<NavigationPropertyBinding Path="bestFriend" Target="People"/>');
  });

  test.each([
    ['Me', '#Me', "People('russellwhyte')"],
    ['Me?$select=lastName', '#Me(lastName)', "People('russellwhyte')?$select=lastName"],
    ['Me/firstName', '#Me/firstName', "People('russellwhyte')/firstName"],
    ['Me/home', '#Me/home', "People('russellwhyte')/home"],
    ['Me/trips', '#Me/trips', "People('russellwhyte')/trips"],
    ['Me/admirers', '#People', "People('russellwhyte')/admirers"],
    [
      'Me?$expand=admirers($count=true),passport',
      '#Me',
      "People('russellwhyte')?$expand=admirers($count=true),passport",
    ],
    ['Head', '#Head', "Contacts('boss')"],
    ['Head/directReports', '#Contacts/Trip.Pin.Employee', "Contacts('boss')/Trip.Pin.Manager/directReports"],
  ])('[342, 314] %s has the context %s and the content of %s', async (path, fragment, other) => {
    const { json } = await ok(path);
    expect(String(json['@odata.context']).split('$metadata')[1]).toBe(fragment);
    expect(withoutNames(json)).toEqual(withoutNames((await ok(other)).json));
  });

  const naming = ['@odata.context', '@odata.type', '@odata.id'];
  const withoutNames = (entity: Json): object =>
    Object.fromEntries(Object.entries(entity).filter(([name]) => !naming.includes(name)));

  test('[342, 300] its id is its name, and so begin those of what it contains', async () => {
    const { json } = await ok('Me', full);
    expect(json).toMatchObject({
      '@odata.id': 'Me',
      '@odata.editLink': 'Me',
      'trips@odata.navigationLink': 'Me/trips',
    });
    const { value } = await ok('Me/trips?$orderby=tripNumber', full);
    const [trip] = value;
    expect(String(trip?.['@odata.id'])).toBe(`Me/trips(${String(trip?.['shareId'])})`);
    expect((await ok(String(trip?.['@odata.id']))).json['shareId']).toBe(trip?.['shareId']);
    expect((await ok('$entity?$id=Me')).json['userName']).toBe('russellwhyte');
  });

  test('[342] in expressions', async () => {
    const { value } = await ok('People?$filter=age lt $root/Me/age&$select=userName&$orderby=userName');
    const rows = await running().sql(
      'SELECT "userName" AS name FROM people WHERE age < (SELECT age FROM people WHERE "userName" = \'russellwhyte\') ORDER BY 1',
    );
    expect(value.map(({ userName }) => userName)).toEqual(rows.map(({ name }) => name));
  });

  test('[342, 17] can be changed, and neither made nor deleted', async () => {
    const before = await ok('Me');
    const tag = String(before.headers['etag']);
    expect((await send('PATCH', 'Me', { lastName: 'W.' }, { 'If-Match': 'W/"77"' })).status).toBe(412);
    const changed = await done('PATCH', 'Me', { lastName: 'W.' }, { 'If-Match': tag });
    expect(changed.json).toMatchObject({ lastName: 'W.', userName: 'russellwhyte' });
    expect(String(changed.json['@odata.context'])).toMatch(/#Me$/);
    await done('PUT', 'Me/lastName', { value: 'Whyte' });
    expect((await ok("People('russellwhyte')")).json['lastName']).toBe('Whyte');
    for (const [method, body] of [
      ['POST', {}],
      ['DELETE', undefined],
    ] as const) {
      const answer = await send(method, 'Me', body);
      expect([answer.status, answer.headers['allow']]).toEqual([405, 'GET, HEAD, PATCH, PUT']);
    }
    expect((await get("Me('russellwhyte')")).status).toBe(400);
    expect((await get('Me/$count')).status).toBe(404);
  });

  test('[342] a link may name it', async () => {
    await done('PATCH', "People('mirsking')", { 'bestFriend@odata.bind': 'Me' });
    expect(await running().sql('SELECT best_friend AS friend FROM people WHERE "userName" = \'mirsking\'')).toEqual([
      { friend: 'russellwhyte' },
    ]);
    await done('DELETE', "People('mirsking')/bestFriend/$ref");
  });
});

describe('writing', () => {
  const row = async (code: string): Promise<Record<string, unknown>> =>
    (await running().sql('SELECT * FROM contacts WHERE code = $1', [code]))[0] ?? {};

  test('[80] the type of a new entity stands in its body or in the URL', async () => {
    const made = await done('POST', 'Contacts', {
      '@odata.type': '#Trip.Pin.Employee',
      code: 'n1',
      name: 'New',
      salary: 1.5,
    });
    expect(made.status).toBe(201);
    expect(made.json).toMatchObject({ '@odata.type': '#Trip.Pin.Employee', salary: 1.5, level: 3 });
    expect(made.headers['location']).toMatch(/\/Contacts\('n1'\)$/);
    expect(await row('n1')).toMatchObject({ kind: 'employee', salary: '1.50', level: 3 });
    await done('POST', 'Contacts/Trip.Pin.Manager', { code: 'n2', name: 'New', salary: 2, budget: 7 });
    expect(await row('n2')).toMatchObject({ kind: 'manager', budget: '7' });
    await done('POST', 'Suppliers', { code: 'n3', name: 'New', rating: 1 });
    expect(await row('n3')).toMatchObject({ kind: 'supplier', rating: 1 });
    await done('POST', 'Contacts', { code: 'n4', name: 'New' });
    expect(await row('n4')).toMatchObject({ kind: 'Contact' });
    for (const code of ['n1', 'n2', 'n4']) await done('DELETE', `Contacts('${code}')`);
    await running().sql("DELETE FROM contacts WHERE code = 'n3'");
  });

  test.each([
    ['Contacts', { '@odata.type': '#Trip.Pin.Nobody' }],
    ['Contacts', { '@odata.type': '#Trip.Pin.Airline' }],
    ['Contacts', { '@odata.type': '#Other.Employee', salary: 1 }],
    ['Contacts', { '@odata.type': 7 }],
    ['Contacts/Trip.Pin.Employee', { '@odata.type': '#Trip.Pin.Contact', salary: 1 }],
    ['Contacts', { salary: 1 }],
    ['Contacts', { '@odata.type': '#Trip.Pin.Employee' }],
    ['Contacts', { '@odata.type': '#Trip.Pin.Employee', salary: 1, rating: 2 }],
  ])('[80] POST %s with %j is refused', async (path, more) => {
    const answer = await send('POST', path, { code: 'bad', name: 'Bad', ...more });
    expect([answer.status, running().takeFailures()]).toEqual([400, []]);
    expect(await row('bad')).toEqual({});
  });

  test('[38] an abstract type has no entities, so its body must name another', async () => {
    const refused = await send('POST', "Contacts('ann')/planItems", { title: 'What?' });
    expect(refused.status).toBe(400);
    expect(refused.text).toContain("'Flight' or 'Event'");
    const made = await done('POST', "Contacts('ann')/planItems", {
      '@odata.type': '#Trip.Pin.Flight',
      title: 'Back',
      flightNumber: 'X1',
      'flownBy@odata.bind': "Airlines('MU')",
    });
    const id = String(made.json['id']);
    expect(await running().sql('SELECT type, flown_by FROM plan_items WHERE id = $1', [id])).toEqual([
      { type: 'Flight', flown_by: 'MU' },
    ]);
    await done('DELETE', `Contacts('ann')/planItems(${id})`);
  });

  test('[80, 211] a deep insert makes entities of several types', async () => {
    const made = await done('POST', 'Contacts', {
      '@odata.type': '#Trip.Pin.Manager',
      code: 'deep',
      name: 'Deep',
      salary: 5,
      directReports: [
        { code: 'deep1', name: 'One', salary: 4 },
        { '@odata.type': '#Trip.Pin.Manager', code: 'deep2', name: 'Two', salary: 3, budget: 1 },
      ],
      planItems: [{ '@odata.type': '#Trip.Pin.Event', title: 'Party', place: 'Here' }],
    });
    expect(made.json).toMatchObject({
      directReports: [{ code: 'deep1' }, { code: 'deep2', '@odata.type': '#Trip.Pin.Manager' }],
      planItems: [{ title: 'Party', place: 'Here', '@odata.type': '#Trip.Pin.Event' }],
    });
    expect(await running().sql("SELECT code, kind FROM contacts WHERE manager = 'deep' ORDER BY code")).toEqual([
      { code: 'deep1', kind: 'employee' },
      { code: 'deep2', kind: 'manager' },
    ]);
    for (const code of ['deep1', 'deep2', 'deep']) await done('DELETE', `Contacts('${code}')`);
  });

  test('[80, 220, 222] an update speaks of the type that its URL or its body names', async () => {
    await done('PATCH', "Contacts('emil')/Trip.Pin.Employee", { level: 5 });
    await done('PATCH', "Contacts('emil')", { '@odata.type': '#Trip.Pin.Employee', badge: 77 });
    await done('PATCH', "Contacts('emil')", { name: 'Emilia' });
    await done('PATCH', "Contacts('emil')/Trip.Pin.Employee/office", { name: 'Bonn' });
    await done('PUT', "Contacts('emil')/Trip.Pin.Employee/salary", { value: 3001 });
    expect(await row('emil')).toMatchObject({
      ...{ level: 5, badge: 77, name: 'Emilia', office_Name: 'Bonn', salary: '3001.00', kind: 'employee', revision: 7 },
    });
    const replaced = await done('PUT', "Contacts('emil')/Trip.Pin.Employee", {
      name: 'Emil',
      salary: 2999.99,
      level: 2,
    });
    expect(replaced.json).toMatchObject({ badge: null, office: null });
  });

  test.each([
    ['PATCH', "Contacts('emil')", { level: 1 }, 400],
    ['PATCH', "Contacts('emil')", { '@odata.type': '#Trip.Pin.Supplier', rating: 1 }, 400],
    ['PATCH', "Contacts('emil')", { '@odata.type': '#Trip.Pin.Manager', budget: 1 }, 400],
    ['PUT', "Contacts('emil')", { name: 'Emil' }, 400],
    ['PATCH', "Contacts('emil')/Trip.Pin.Manager", { budget: 1 }, 404],
    ['DELETE', "Contacts('emil')/Trip.Pin.Manager", undefined, 404],
    ['DELETE', "Contacts('fritz')", undefined, 405],
    ['PATCH', "Contacts('emil')/Trip.Pin.Employee", { 'manager@odata.bind': "Contacts('ann')" }, 400],
    ['PATCH', "Contacts('emil')/Trip.Pin.Employee", { 'manager@odata.bind': "Contacts('dora')" }, 400],
    ['PATCH', "Contacts('emil')/Trip.Pin.Employee", { 'manager@odata.bind': "Airlines('AA')" }, 400],
  ])('[80] %s %s with %j is refused', async (method, path, body, status) => {
    const before = await row('emil');
    const answer = await send(method, path, body);
    expect([answer.status, running().takeFailures()]).toEqual([status, []]);
    expect(await row('emil')).toEqual(before);
  });

  test('[80, 247] links lead to entities of the type that they want', async () => {
    await done('PATCH', "Contacts('emil')/Trip.Pin.Employee", { 'manager@odata.bind': "Contacts('boss')" });
    expect(await row('emil')).toMatchObject({ manager: 'boss' });
    await done('PUT', "Contacts('emil')/Trip.Pin.Employee/manager/$ref", {
      '@odata.id': "Contacts/Trip.Pin.Manager('chief')",
    });
    expect(await row('emil')).toMatchObject({ manager: 'chief' });
    await done('POST', "Contacts('boss')/Trip.Pin.Manager/directReports/$ref", { '@odata.id': "Contacts('emil')" });
    expect(await row('emil')).toMatchObject({ manager: 'boss' });
    await done('DELETE', "Contacts('emil')/Trip.Pin.Employee/manager/$ref");
    expect(await row('emil')).toMatchObject({ manager: null });
    await done('PATCH', "Contacts('emil')/Trip.Pin.Employee", { 'manager@odata.bind': "Contacts('chief')" });
  });

  test('[80, 231, 241, 248] who is only linked or unlinked is judged by the rules of his own type', async () => {
    const emil = "Contacts('emil')";
    const link = (kind: string): Json => ({
      '@context': `#Contacts/${kind}`,
      ...{ source: "Contacts('host')", relationship: 'friends', target: emil },
    });
    const removed = { '@removed': { reason: 'changed' }, '@id': emil };
    const ways: readonly (readonly [method: string, path: string, body: unknown, friend: string | null])[] = [
      ['POST', "Contacts('host')/friends/$ref", { '@id': emil }, 'host'],
      ['DELETE', `Contacts('host')/friends/$ref?$id=${emil}`, undefined, null],
      ['PUT', "Contacts('host')/friends/$ref", { value: [{ '@id': emil }] }, 'host'],
      ['PATCH', "Contacts('host')", { friends: [] }, null],
      ['POST', 'Contacts', { code: 'linker', name: 'Linker', 'friends@bind': [emil] }, 'linker'],
      ['PATCH', "Contacts('linker')", { 'friends@delta': [removed] }, null],
      ['PATCH', 'Contacts', { value: [link('$link')] }, 'host'],
      ['PATCH', 'Contacts', { value: [link('$deletedLink')] }, null],
    ];
    const { salary } = await row('emil');
    await done('POST', 'Contacts', { code: 'host', name: 'Host' });
    for (const [method, path, body, friend] of ways) {
      ruled.length = 0;
      await done(method, path, body, { 'OData-Version': '4.01', 'OData-MaxVersion': '4.01' });
      expect([method, path, (await row('emil'))['friend'], ruled]).toEqual([
        ...[method, path, friend],
        [{ code: 'emil', salary }],
      ]);
    }
    for (const code of ['host', 'linker']) await done('DELETE', `Contacts('${code}')`);
  });

  test('[80, 241] a link may say which type has its relationship', async () => {
    const v401 = { 'OData-Version': '4.01', 'OData-MaxVersion': '4.01' };
    const { manager } = await row('emil');
    const of = (relationship: string, source = "Contacts('boss')"): object => ({
      value: [{ '@context': '#Contacts/$link', source, relationship, target: "Contacts('emil')" }],
    });
    for (const path of ['Trip.Pin.Manager/directReports', 'directReports']) {
      await running().sql("UPDATE contacts SET manager = NULL WHERE code = 'emil'");
      await done('PATCH', 'Contacts', of(path), v401);
      expect(await row('emil')).toMatchObject({ manager: 'boss' });
    }
    for (const [path, source] of [
      ['Trip.Pin.Supplier/directReports', undefined],
      ['directReports', "Contacts('ann')"],
    ] as const) {
      const refused = await send('PATCH', 'Contacts', of(path, source), v401);
      expect([refused.status, refused.error.target]).toEqual([400, 'value/0/relationship']);
    }
    await running().sql('UPDATE contacts SET manager = $1 WHERE code = $2', [manager, 'emil']);
  });

  test('[80] who is of a type whose entities are not deleted stays, whatever the type of his set says', async () => {
    const v401 = { 'OData-Version': '4.01', 'OData-MaxVersion': '4.01' };
    const gone = { '@removed': { reason: 'deleted' }, '@id': "Contacts('fritz')" };
    const before = await row('fritz');
    const delta = await send('PATCH', 'Contacts', { value: [gone] }, v401);
    const each = await send('DELETE', "Contacts/$filter(code eq 'fritz')/$each");
    expect([delta.status, delta.error.target, each.status]).toEqual([400, 'value/0', 405]);
    expect(await row('fritz')).toEqual(before);
  });

  test.each([
    ['DELETE', "Contacts('ann')/friends/Trip.Pin.Manager/$ref", undefined],
    ['DELETE', "Contacts('ann')/friends/Trip.Pin.Manager/$ref?$id=Contacts('dora')", undefined],
    ['PUT', "Contacts('ann')/friends/Trip.Pin.Manager/$ref", { value: [] }],
    ['POST', "Contacts('ann')/friends/Trip.Pin.Manager/$ref", { '@odata.id': "Contacts('fritz')" }],
    ['PUT', "Contacts('gus')/friend/Trip.Pin.Manager/$ref", { '@odata.id': "Contacts('fritz')" }],
    ['DELETE', "Contacts('dora')/friend/Trip.Pin.Manager/$ref", undefined],
  ])('[80] links of one type among others cannot be written: %s %s', async (method, path, body) => {
    const links = () => running().sql('SELECT code, friend FROM contacts ORDER BY code');
    const before = await links();
    const { status, headers } = await send(method, path, body);
    expect([status, headers['allow']]).toEqual([405, 'GET, HEAD']);
    expect(await links()).toEqual(before);
  });

  test('[80] the link to one that a key picks behind a cast is ended, if it is of the type', async () => {
    const friends = () => running().sql("SELECT code FROM contacts WHERE friend = 'ann' ORDER BY code");
    const before = await friends();
    expect((await send('DELETE', "Contacts('ann')/friends/Trip.Pin.Manager('dora')/$ref")).status).toBe(404);
    expect(await friends()).toEqual(before);
    await done('DELETE', "Contacts('ann')/friends/Trip.Pin.Manager('boss')/$ref");
    expect(await friends()).toEqual(before.filter(({ code }) => code !== 'boss'));
    await done('POST', "Contacts('ann')/friends/$ref", { '@odata.id': "Contacts('boss')" });
    expect(await friends()).toEqual(before);
  });

  test('[80] each member of a cast collection', async () => {
    await done(
      'PATCH',
      'Contacts/Trip.Pin.Employee/$filter(salary lt 3500)/$each',
      { level: 8 },
      { 'OData-Version': '4.01' },
    );
    expect(await codes('level = 8')).toEqual(['dora', 'emil']);
    await running().sql("UPDATE contacts SET level = CASE code WHEN 'dora' THEN 3 ELSE 2 END WHERE level = 8");
  });
});

describe('operations of a base type', () => {
  const operations = new OperationBook()
    .function('peers', { binding: Contact, returns: [Contact], definition: { path: 'friends' } })
    .function('follows', { binding: Contact, returns: Contact, definition: { path: 'friend' } })
    .function('boss', { binding: Employee, returns: Manager, definition: { path: 'manager' } })
    .function('head', { binding: Contact, returns: Manager, definition: { path: 'Trip.Pin.Employee/manager' } })
    .function('staff', {
      binding: Manager,
      returns: [Manager],
      definition: { path: 'directReports/Trip.Pin.Manager/$filter(level gt 0)' },
    })
    .function('first', { binding: [Contact], returns: [Contact], definition: { path: "$filter(code lt 'e')" } })
    .function('employed', { binding: Contact, returns: Employee, definition: { path: 'Trip.Pin.Employee' } })
    .function('self', { binding: Person, returns: Person, definition: { path: '' } })
    .function('closest', { binding: Person, returns: Person, definition: { path: 'bestFriend' } })
    .function('fans', { binding: Person, returns: [Person], definition: { path: 'admirers' } })
    .function('mainHouse', { binding: Hotel, returns: Hotel, definition: { path: 'main' } })
    .function('houses', { binding: Hotel, returns: [Hotel], definition: { path: 'branches' } })
    .function('hostOf', { binding: Guest, returns: Guest, definition: { path: 'host' } })
    .function('itself', { binding: Guest, returns: Guest, definition: { path: '' } })
    .function('guests', { binding: Guest, returns: [Guest], definition: { path: 'invited' } })
    .function('its', { binding: Asset, returns: Asset, definition: { path: '' } })
    .function('grade', { binding: Contact, returns: 'Edm.Int32', definition: { rows: () => sql`select 0 as value` } })
    .function('grade', {
      binding: Employee,
      returns: 'Edm.Int32',
      definition: { rows: ({ bound }) => sql`select ${bound('level')} + 10 as value` },
    })
    .function('tier', { binding: Contact, returns: 'Edm.Int32', definition: { rows: () => sql`select 1 as value` } })
    .function('tier', { returns: 'Edm.Int32', definition: { rows: () => sql`select 2 as value` } })
    .action('greet', {
      binding: Contact,
      returns: 'Edm.String',
      run: ({ bound }) => `Hello ${String(bound['name'])}`,
    });
  let service: TestService;
  beforeAll(async () => {
    service = await startTripPin({ operations });
  });
  afterAll(() => service.close());

  test('[289] are those of the types derived from it; what a derived type has of the name comes first. CSDL §12.6', async () => {
    const rows = await service.sql('SELECT code, name, kind, level FROM contacts ORDER BY code');
    const isEmployee = (kind: unknown): boolean => ['employee', 'manager'].includes(String(kind));
    expect(rows.filter(({ kind }) => isEmployee(kind)).length).toBeGreaterThan(1);
    for (const { code, name, kind, level } of rows) {
      const cast = isEmployee(kind) ? '/Trip.Pin.Employee' : '';
      const path = `Contacts('${String(code)}')${cast}`;
      expect((await service.get(`${path}/grade()/$value`)).text).toBe(
        isEmployee(kind) ? String(Number(level) + 10) : '0',
      );
      expect((await service.get(`${path}/Trip.Pin.peers()`)).value).toEqual(
        (await service.get(`${path}/friends`)).value,
      );
      const greeted = await service.send('POST', `${path}/greet`, { 'If-Match': '*' });
      expect(greeted.json['value']).toBe(`Hello ${String(name)}`);
    }
    const employees = (await service.get('Contacts/Trip.Pin.Employee')).value.map(({ code }) => code);
    expect((await service.get('Contacts/Trip.Pin.Employee/first()')).value.map(({ code }) => code)).toEqual(
      employees.filter((code) => String(code) < 'e'),
    );
    const filtered = await service.get(
      withOptions('Contacts/Trip.Pin.Employee', { $filter: 'grade() gt 12 and peers()/$count ge 0', $select: 'code' }),
    );
    expect(filtered.value.map(({ code }) => code)).toEqual(
      rows.filter(({ kind, level }) => isEmployee(kind) && Number(level) > 2).map(({ code }) => code),
    );
    // What is bound to the row, by its base too, comes before what is bound to nothing.
    // A name with nothing before it is that of a function that is bound to nothing.
    for (const $filter of ['$it/tier() eq 1 and tier() eq 2', '$this/Trip.Pin.tier() eq 1 and Trip.Pin.tier() ne 1']) {
      const tiers = await service.get(withOptions('Contacts/Trip.Pin.Employee', { $filter, $select: 'code' }));
      expect(tiers.value.map(({ code }) => code)).toEqual(employees);
    }
    // Behind /$each, of those that a cast or a filter leaves.
    const grades = await service.get('Contacts/Trip.Pin.Employee/$filter(level%20gt%201)/$each/grade()');
    expect(grades.value).toEqual(
      rows
        .filter(({ kind, level }) => isEmployee(kind) && Number(level) > 1)
        .map(({ level }) => ({ value: Number(level) + 10 })),
    );
    expect((await service.get('Contacts/$each/grade()')).value).toEqual(rows.map(() => ({ value: 0 })));
    const peers = await service.get('Contacts/$each/Trip.Pin.peers()');
    const friends = (await service.get('Contacts?$expand=friends')).value.map(({ friends: value }) => value);
    expect(peers.value.map(({ value }) => value)).toEqual(friends);
    expect(friends.some((list) => (list as Json[]).some((one) => '@odata.type' in one))).toBe(true);
    const shown = async (path: string): Promise<unknown[]> => {
      const { json, value } = await service.get(path);
      return [String(json['@odata.context']).split('#')[1], value];
    };
    const expanded = async (path: string, name: string): Promise<readonly unknown[]> =>
      (await service.get(`${path}?$expand=${name}`)).value.map((one) => one[name] ?? null);
    const follows = await expanded('Contacts', 'friend');
    expect(new Set(follows.map((one) => one && String((one as Json)['@odata.type']))).size).toBeGreaterThan(2);
    expect(await shown('Contacts/$each/follows()')).toEqual(['Contacts', follows]);
    const seen = follows as readonly (Json | null)[];
    const employed = seen.map((one) =>
      /Employee|Manager/.test(String(one?.['@odata.type'])) ? (one?.['code'] ?? null) : null,
    );
    expect([employed.includes(null), employed.some((code) => code !== null)]).toEqual([true, true]);
    const [cast, members] = await shown('Contacts/$each/follows()/Trip.Pin.Employee');
    expect([cast, (members as (Json | null)[]).map((one) => one?.['code'] ?? null)]).toEqual([
      'Contacts/Trip.Pin.Employee',
      employed,
    ]);
    const codes = (all: readonly unknown[]): unknown[] => all.map((code) => (code === null ? null : { value: code }));
    expect(await shown('Contacts/$each/follows()/Trip.Pin.Employee/code')).toEqual([
      'Collection(Edm.String)',
      codes(employed),
    ]);
    expect(await shown('Contacts/$each/follows()/follows()/code')).toEqual([
      'Collection(Edm.String)',
      codes(seen.map((one) => (one && seen[rows.findIndex(({ code }) => code === one['code'])]?.['code']) ?? null)),
    ]);
    expect((await service.get('Contacts/$each/follows()/name?$filter=value%20ne%20null')).value).toEqual(
      seen.flatMap((one) => (one ? [{ value: one['name'] }] : [])),
    );
    const known = await service.get('Contacts/$each/Trip.Pin.peers()/Trip.Pin.Employee');
    const befriended = await service.get('Contacts?$expand=friends');
    expect(known.value.map(({ value }) => (value as Json[]).map(({ code }) => code))).toEqual(
      befriended.value.map((one) =>
        (one['friends'] as Json[])
          .filter((friend) => /Employee|Manager/.test(String(friend['@odata.type'])))
          .map(({ code }) => code),
      ),
    );
    const untyped = (all: readonly unknown[]): unknown[] =>
      all.map((one) => one && Object.fromEntries(Object.entries(one).filter(([name]) => name !== '@odata.type')));
    const bosses = untyped(await expanded('Contacts/Trip.Pin.Employee', 'manager'));
    expect([bosses.includes(null), bosses.some((one) => one !== null)]).toEqual([true, true]);
    const [context, told1] = await shown('Contacts/Trip.Pin.Employee/$each/boss()');
    expect([context, untyped(told1 as Json[])]).toEqual(['Contacts/Trip.Pin.Manager', bosses]);
    const heads = rows.flatMap(({ kind }, index) => (isEmployee(kind) ? [index] : []));
    const [, all] = await shown('Contacts/$each/head()');
    expect(untyped(all as Json[])).toEqual(rows.map((_, index) => bosses[heads.indexOf(index)] ?? null));
    const sorted = await service.get(
      'Contacts/$each/follows()?$filter=code%20ne%20null&$orderby=name%20desc,code&$select=code',
    );
    const byName = (follows.filter((one) => one !== null) as Json[]).sort((a, b) =>
      String(a['name']) === String(b['name'])
        ? String(a['code']) < String(b['code'])
          ? -1
          : 1
        : String(a['name']) < String(b['name'])
          ? 1
          : -1,
    );
    expect(sorted.value.map(({ code }) => code)).toEqual(byName.map(({ code }) => code));
    const staff = await service.get('Contacts/Trip.Pin.Manager/$each/staff()');
    const managers = rows.filter(({ kind }) => kind === 'manager');
    const own = await service.sql('SELECT code, manager FROM contacts WHERE kind = $1 AND level > 0 ORDER BY code', [
      'manager',
    ]);
    expect(staff.value.map(({ value }) => (value as Json[]).map(({ code }) => code))).toEqual(
      managers.map(({ code }) => own.filter((one) => one['manager'] === code).map((one) => one['code'])),
    );
    const told = await service.get('Contacts/Trip.Pin.Manager?$top=1&$select=code,greet', full);
    expect(Object.keys(told.value[0] ?? {}).filter((key) => key.startsWith('#'))).toEqual(['#Trip.Pin.greet']);
  });

  test('[290] behind /$each: dynamic properties of open types, and members of the objects that they are', async () => {
    const home = { city: 'Oslo', area: { size: 12, open: true }, tags: ['a', null] };
    await service.sql(
      `INSERT INTO guests (code, name, extra, revision, host) VALUES ('eva', 'Eva', '${JSON.stringify({ home, empty: {}, gone: null })}', 1, NULL), ('finn', 'Finn', '{}', 1, 'eva'), ('gus', 'Gus', '{"home":"none"}', 1, 'finn')`,
    );
    const rows = await service.sql('SELECT code, host, extra FROM guests ORDER BY code');
    type Row = (typeof rows)[number];
    const isObject = (value: unknown): value is Json =>
      typeof value === 'object' && value !== null && !Array.isArray(value);
    const hostOf = ({ host }: Row): Row | undefined => rows.find(({ code }) => code === host);
    const said = (row: Row | undefined, path: string): unknown =>
      path.split('/').reduce<unknown>((value, name) => (isObject(value) ? value[name] : undefined), row?.['extra']);
    const typed = (row: Row | undefined, path: string): Json | null => {
      const value = said(row, path);
      if (value === undefined || value === null) return null;
      if (isObject(value)) return value;
      const type = said(row, `${path}@type`);
      return typeof type === 'string' ? { '@odata.type': `#${type}`, value } : { value };
    };
    const number = (value: Json | null): number => (typeof value?.['value'] === 'number' ? value['value'] : -Infinity);
    const paths = [
      'height',
      'born',
      'nick',
      'vip',
      'tags',
      'scores',
      'home',
      'home/city',
      'home/area',
      'home/area/size',
    ];
    try {
      for (const path of [...paths, 'home/tags', 'home/city/x', 'empty', 'gone', 'nothing', 'points']) {
        const own = await service.get(`Guests/$each/itself()/${path}`);
        const result = await service.get(`Guests/$each/hostOf()/${path}`);
        expect([path, result.status, String(result.json['@odata.context']).split('#')[1]]).toEqual([
          path,
          200,
          'Collection(Edm.Untyped)',
        ]);
        expect([path, own.value]).toEqual([path, rows.map((row) => typed(row, path))]);
        expect([path, result.value]).toEqual([path, rows.map((row) => typed(hostOf(row), path))]);
        const there = await service.get(
          withOptions(`Guests/$each/hostOf()/${path}`, { $filter: '$it ne null', $count: 'true' }),
        );
        const wanted = rows.map((row) => typed(hostOf(row), path)).filter((value) => value !== null);
        expect([path, there.value, there.json['@odata.count']]).toEqual([path, wanted, wanted.length]);
        expect((await service.get(`Guests/$each/hostOf()/${path}/$count`)).text).toBe(String(rows.length));
        const nested = await service.get(`Guests/$each/guests()/$each/itself()/${path}`);
        expect([path, nested.value]).toEqual([
          path,
          rows.map(({ code }) => ({
            value: rows.filter(({ host }) => host === code).map((row) => typed(row, path)),
          })),
        ]);
        const told = await service.get(`Guests/$each/hostOf()/${path}`, full);
        expect([path, told.value.map((one) => one && one['value'])]).toEqual([
          path,
          rows.map((row) => typed(hostOf(row), path)).map((one) => one && one['value']),
        ]);
      }
      const sorted = await service.get(
        withOptions('Guests/$each/itself()/height', { $orderby: '$it desc', $filter: '$it gt 1', $top: '2' }),
      );
      expect(sorted.value).toEqual(
        rows
          .map((row) => typed(row, 'height'))
          .filter((value) => number(value) > 1)
          .sort((a, b) => number(b) - number(a)),
      );
      const cities = await service.get(
        withOptions('Guests/$each/hostOf()/home', { $filter: "$it/city eq 'Oslo' and $this/area/size gt 11" }),
      );
      expect(cities.value).toEqual([home]);
      const sizes = await service.get(withOptions('Guests/$each/hostOf()/home/area', { $filter: '$it/size gt 11' }));
      expect(sizes.value).toEqual([home.area]);
      for (const $filter of ['$it/any(s:s gt 2)', '$this/$count eq 2', 'value/$count eq 2'])
        expect((await service.get(withOptions('Guests/$each/itself()/scores', { $filter }))).value).toEqual([
          { value: [1, 2.5] },
        ]);
      const $filter = "$it/any(h:h/city eq 'Oslo' and h/area/size eq 12)";
      const within = await service.get(withOptions('Guests/$each/guests()/$each/itself()/home', { $filter }));
      expect(within.value).toEqual(
        rows
          .map(({ code }) => rows.filter(({ host }) => host === code).map((row) => typed(row, 'home')))
          .filter((all) => all.some((one) => one?.['city'] === 'Oslo'))
          .map((value) => ({ value })),
      );
      const exact = await service.get('Guests/$each/itself()/points', {
        Accept: 'application/json;odata.metadata=none;IEEE754Compatible=true',
      });
      expect(exact.value).toEqual(
        rows.map(({ code }) =>
          code === 'ann' ? { value: '9007199254740993' } : code === 'cleo' ? { value: 5 } : null,
        ),
      );
      const pages: unknown[] = [];
      let next: string | undefined = withOptions('Guests/$each/hostOf()/height', { $orderby: 'value' });
      while (next !== undefined) {
        const page: Answer = await service.get(next, { Prefer: 'maxpagesize=2' });
        expect(page.value.length).toBeLessThan(3);
        pages.push(...page.value);
        const link = page.json['@odata.nextLink'];
        next = typeof link === 'string' ? link.slice(service.root.length) : undefined;
      }
      const whole = await service.get(withOptions('Guests/$each/hostOf()/height', { $orderby: 'value' }));
      expect(pages).toEqual(whole.value);
      const weights = await service.get('Assets/$each/its()/color');
      expect(weights.value).toEqual([null, { value: 'red' }]);
      const vehicles = await service.get('Assets/$each/its()/Trip.Pin.Vehicle/weight');
      expect(vehicles.value).toEqual([null, { value: 7 }]);
      const further = await service.get('Guests/$each/hostOf()/host/nick');
      expect(further.value).toEqual(rows.map((row) => typed(hostOf(hostOf(row) ?? {}), 'nick')));
      const texts = withOptions('Guests/$each/itself()/height', {
        $filter: 'isof($it,Edm.String) or cast($it,Edm.Int32) eq 90 or $it eq 180.5',
      });
      expect((await service.get(texts)).value).toEqual(
        rows.map((row) => typed(row, 'height')).filter((value) => value !== null),
      );
      // The name is that of what goes out: of an object its member, of all else the value itself.
      await service.sql(
        `INSERT INTO guests (code, name, extra, revision) VALUES
           ('hal', 'Hal', '{"mix":{"value":{"value":2},"x":1}}', 1), ('ida', 'Ida', '{"mix":2}', 1), ('jim', 'Jim', '{"mix":{"x":2}}', 1)`,
      );
      const mixes = async (options: Readonly<Record<string, string>>): Promise<unknown> =>
        (await service.get(withOptions('Guests/$each/itself()/mix', options))).value;
      const [hal, ida, jim] = [{ value: { value: 2 }, x: 1 }, { value: 2 }, { x: 2 }];
      expect(await mixes({ $filter: '$it ne null' })).toEqual([hal, ida, jim]);
      expect(await mixes({ $filter: '$it/value ne null' })).toEqual([hal, ida]);
      expect(await mixes({ $filter: 'value eq 2' })).toEqual([ida]);
      expect(await mixes({ $filter: 'value/value eq 2 and $it/x eq 1' })).toEqual([hal]);
      expect(await mixes({ $filter: '$it ne null', $orderby: '$this/x desc' })).toEqual([jim, hal, ida]);
    } finally {
      await service.sql("DELETE FROM guests WHERE code IN ('gus', 'finn', 'hal', 'ida', 'jim')");
      await service.sql("DELETE FROM guests WHERE code = 'eva'");
    }
  });

  test('[290] behind /$each: the row itself, properties of several values, and each of what each member has', async () => {
    const people = await service.all('People');
    const hotels = await service.all('Hotels');
    const contacts = await service.sql('SELECT code, kind, friend FROM contacts ORDER BY code');
    const friends = await service.sql(
      'SELECT "userName" AS name, best_friend AS friend FROM people ORDER BY "userName"',
    );
    const friendOf = (name: unknown): Json | undefined =>
      people.find(({ userName }) => userName === friends.find((one) => one['name'] === name)?.['friend']);
    const fansOf = (name: unknown): readonly Json[] =>
      people.filter(({ userName }) => friends.some((one) => one['name'] === userName && one['friend'] === name));
    const mainOf = await service.sql('SELECT code, main FROM hotels ORDER BY code');
    const main = ({ code }: Json): Json | undefined =>
      hotels.find((one) => one['code'] === mainOf.find((row) => row['code'] === code)?.['main']);
    const listOf = (row: Json | undefined, name: string): readonly unknown[] => (row?.[name] ?? []) as unknown[];
    const employed = (kind: unknown): boolean => ['employee', 'manager'].includes(String(kind));
    const coded = ({ code, kind }: Json): Json | null => (employed(kind) ? { value: code } : null);
    const emails = people.map((row) => listOf(row, 'emails'));
    const named = (row: Json | undefined): Json | null => (row ? { value: row['userName'] } : null);
    expect([emails.some(({ length }) => length > 1), emails.some(({ length }) => length === 0)]).toEqual([true, true]);
    const cases: readonly (readonly [path: string, expected: readonly unknown[], type: string])[] = [
      ['People/$each/self()/emails', emails, 'Collection(Edm.String)'],
      [
        'People/$each/closest()/emails',
        people.map((row) => listOf(friendOf(row['userName']), 'emails')),
        'Collection(Edm.String)',
      ],
      [
        "People/$each/self()/emails/$filter(contains($it,'R') or $it eq '')?$filter=$it/$count gt 1",
        emails
          .map((all) => all.filter((one) => String(one).includes('R') || one === ''))
          .filter(({ length }) => length > 1),
        'Collection(Edm.String)',
      ],
      [
        'People/$each/self()/emails?$filter=$it/any(x:$it/any(y:y gt x))&$orderby=$it/$count desc',
        emails.filter(({ length }) => length > 1).sort((a, b) => b.length - a.length),
        'Collection(Edm.String)',
      ],
      [
        'People/$each/fans()/$each/closest()/userName',
        people.map(({ userName }) => fansOf(userName).map(() => ({ value: userName }))),
        'Collection(Edm.String)',
      ],
      [
        'People/$each/fans()/$each/fans()/$each/self()/userName',
        people.map(({ userName }) => fansOf(userName).map((fan) => fansOf(fan['userName']).map(named))),
        'Collection(Collection(Edm.String))',
      ],
      [
        'Hotels/$each/mainHouse()/kinds',
        hotels.map((row) => listOf(main(row), 'kinds')),
        'Collection(Trip.Pin.RoomKind)',
      ],
      ['Hotels/$each/mainHouse()/rooms', hotels.map((row) => listOf(main(row), 'rooms')), 'Collection(Trip.Pin.Room)'],
      [
        'Hotels/$each/houses()/$each/mainHouse()/rooms/$filter(beds gt 2)',
        hotels.map((row) =>
          hotels
            .filter((one) => main(one) === row)
            .map(() => (listOf(row, 'rooms') as Json[]).filter(({ beds }) => Number(beds) > 2)),
        ),
        'Collection(Collection(Trip.Pin.Room))',
      ],
      ['Contacts/$each/employed()/code', contacts.map(coded), 'Edm.String'],
      [
        'Contacts/$each/Trip.Pin.peers()/$each/employed()/code',
        contacts.map(({ code }) => contacts.filter(({ friend }) => friend === code).map(coded)),
        'Collection(Edm.String)',
      ],
    ];
    for (const [path, expected, type] of cases) {
      const { status, json } = await service.get(encodeURI(path));
      expect([path, status, String(json['@odata.context']).split('#')[1]]).toEqual([path, 200, `Collection(${type})`]);
      expect([path, listed(json)]).toEqual([path, expected]);
    }
    function listed({ value }: Json): readonly unknown[] {
      return (value as (Json | null)[]).map((one) => (Array.isArray(one?.['value']) ? listed(one) : one));
    }
    const ids = await service.get('Contacts/$each/employed()/$ref');
    expect(ids.value.map((one) => one && one['@odata.id'])).toEqual(
      contacts.map(({ code, kind }) => (employed(kind) ? `Contacts('${String(code)}')` : null)),
    );
    // A definition that casts to a base of what it is called for leaves that as it is.
    const managers = contacts.filter(({ kind }) => kind === 'manager').map(({ code }) => code);
    const bosses = await service.get('Contacts/Trip.Pin.Manager/$each/employed()/code');
    expect([managers.length > 1, bosses.value.map((one) => one['value'])]).toEqual([true, managers]);
    const filter = { $filter: "employed()/code eq 'boss'", $select: 'code' };
    expect((await service.get(withOptions('Contacts/Trip.Pin.Manager', filter))).value.map(({ code }) => code)).toEqual(
      ['boss'],
    );
    expect((await service.get("Contacts('boss')/Trip.Pin.Manager/employed()")).json['code']).toBe('boss');
    // What stands alone in an object is told of by the object, at every depth; a member that is called so is not.
    const ages = await service.get(
      "People/$filter(userName eq 'russellwhyte')/$each/fans()/$each/closest()/age".replaceAll(' ', '%20'),
      full,
    );
    const age = people.find(({ userName }) => userName === 'russellwhyte')?.['age'];
    expect(ages.value).toEqual([
      { value: fansOf('russellwhyte').map(() => ({ '@odata.type': '#Int64', value: age })) },
    ]);
    const summed = await service.get('People?$apply=aggregate(tripCount%20with%20max%20as%20value)');
    expect(summed.value).toEqual([
      {
        '@odata.id': null,
        'value@odata.type': '#Int64',
        value: Math.max(...people.map((row) => Number(row['tripCount']))),
      },
    ]);
    const computed = await service.get('People?$compute=emails%20as%20value&$select=value', full);
    expect(computed.value.map((row) => [row['@odata.type'], row['value@odata.type'], row['value']])).toEqual(
      emails.map((all) => ['#Trip.Pin.Person', '#Collection(String)', all]),
    );
    const typed = await service.get('Hotels/$each/mainHouse()/kinds?$top=1', full);
    expect(typed.value).toEqual([{ '@odata.type': '#Collection(Trip.Pin.RoomKind)', value: [] }]);
    for (const [path, status] of [
      ['Guests/$each/hostOf()/tags/0', 404],
      ['Guests/$each/hostOf()/tags/$each', 404],
      ['Guests/$each/hostOf()/height?$select=value', 400],
      ['Guests/$each/hostOf()/height?$compute=value as x', 400],
      ['Guests/$each/hostOf()/height?$apply=aggregate($count as n)', 400],
      ['Guests/$each/hostOf()/height/$ref', 404],
      ['Guests/$each/hostOf()/x()', 404],
      ['People/$each/self()/emails/$each', 404],
      ['People/$each/self()/emails/0', 404],
      ['People/$each/self()/emails/$filter($it/x eq 1)', 400],
      ['People/$each/self()/emails?$filter=$it/userName eq 1', 400],
      ['People/$each/self()/emails?$select=value', 400],
      ["People/$each/self()('x')", 400],
      ['Hotels/$each/mainHouse()/rooms/$each/name', 404],
    ] as const)
      expect([path, (await service.get(encodeURI(path))).status]).toEqual([path, status]);
    // A text is no key here: what was mistyped would be one.
    for (const [path, hint] of [
      ['Contacts/$each/Trip.Pin.peers()/nmae', "Did you mean 'name'?"],
      ['Contacts/$each/Trip.Pin.peers()/frist/code', "Did you mean 'first'?"],
      ['Contacts/$each/Trip.Pin.peers()/ann', ''],
      ['People/$each/fans()/$each/fans()/userNam', "Did you mean 'userName'?"],
    ] as const) {
      const { status, error } = await service.get(path);
      expect([path, status, error.target]).toEqual([
        path,
        404,
        `path/${path.includes('frist') ? 3 : path.split('/').length - 1}`,
      ]);
      expect(error.message).toContain(hint);
    }
    const dora = await service.get("Contacts/$each/Trip.Pin.peers()('dora')/code");
    expect(dora.value).toEqual(contacts.map(({ code }) => (code === 'ann' ? { value: 'dora' } : null)));
    expect((await service.get('Contacts/ann/friends/dora/code')).json['value']).toBe('dora');
  });
});

it('OpenAPI says of each type, derived and contained ones, too, what a create is refused without; a stream it can be without', async () => {
  const { components } = describeService((await ok('$metadata?$format=json')).json, '.', 'Trip Pin');
  const [person] = (await ok('People?$top=1')).value;
  for (const [collection, name] of [
    ['Contacts', 'Contact'],
    ['Contacts', 'Employee'],
    ['Contacts', 'Manager'],
    ['Suppliers', 'Supplier'],
    ['Albums', 'Album'],
    [`People('${String(person?.['userName'])}')/trips`, 'Trip'],
  ] as const) {
    const { error } = await send('POST', collection, { '@odata.type': `#Trip.Pin.${name}` });
    const { details = [error] } = error as { readonly details?: readonly { readonly target?: string }[] };
    expect([name, components.schemas[`Trip.Pin.${name}-create`]?.['required']]).toEqual([
      name,
      details.map(({ target }) => target),
    ]);
  }
});
