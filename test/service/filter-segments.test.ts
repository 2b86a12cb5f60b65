/** `/$filter` segments behind one another that speak of what those before them leave, compared with JavaScript over the rows. URL Conventions §4.12 */
import { startService, type Answer, type Json, type TestService } from '../setup/service';
import { runTripPin } from '../setup/trip-pin/running';

/** A condition, and whether it holds for one of the members that are left. */
type Condition<T> = readonly [text: string, holds: (member: T, all: readonly T[]) => boolean];

/** As many conditions as the issue wants and more, in an order that begins elsewhere each time. */
const many = <T>(conditions: readonly Condition<T>[], from: number, count = 24): readonly Condition<T>[] =>
  Array.from({ length: count }, (_, index) => conditions.at((from + index * 5) % conditions.length)).flatMap((one) =>
    one ? [one] : [],
  );

const left = <T>(members: readonly T[], conditions: readonly Condition<T>[]): readonly T[] =>
  conditions.reduce((all, [, holds]) => all.filter((member) => holds(member, all)), members);

const segments = <T>(conditions: readonly Condition<T>[]): string =>
  conditions.map(([text]) => `/$filter(${text})`).join('');

const starts = [0, 1, 2, 3, 4, 5, 6] as const;

/** Conditions on rows by a number of theirs and a text. */
const ofRows = (number: string, text: string): readonly Condition<Json>[] => {
  const of = (row: Json): number => Number(row[number]);
  return [
    [`${number} gt $these/aggregate(${number} with min)`, (row, all) => of(row) > Math.min(...all.map(of))],
    ['$these/$count gt 2', (_, all) => all.length > 2],
    [`${text} ne 'x'`, () => true],
    [
      `${number} lt $these/aggregate(${number} with max) or $these/$count lt 4`,
      (row, all) => of(row) < Math.max(...all.map(of)) || all.length < 4,
    ],
    [
      `$these/$count($filter=${number} ge 0) mul 2 ge $these/$count`,
      (_, all) => all.filter((row) => of(row) >= 0).length * 2 >= all.length,
    ],
    [`not endswith(${text},'7') or $these/$count gt 9`, (row, all) => !/7$/.test(String(row[text])) || all.length > 9],
    ['$these/$count ne 1', (_, all) => all.length !== 1],
  ];
};

describe('rows', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startService();
  });
  afterAll(() => service.close());
  afterEach(() => expect(service.takeFailures()).toEqual([]));
  const ok = async (path: string): Promise<Answer> => {
    const answer = await service.get(encodeURI(path));
    if (answer.status !== 200) throw new Error(`${path}: ${answer.text} ${service.takeFailures().join()}`);
    return answer;
  };

  const collections: readonly (readonly [path: string, number: string, text: string])[] = [
    ['customers', 'balance', 'number'],
    ["customers(number='C00001')/salesInvoices", 'remainingAmount', 'number'],
    ['agedReceivables(asOf=2024-03-31)', 'balanceDue', 'customerNumber'],
    ["customers(number='C00001')/openInvoices()", 'remainingAmount', 'number'],
  ];

  test.each(collections)('%s', async (path, number, text) => {
    const all = (await ok(path)).value;
    const conditions = ofRows(number, text);
    const names = (rows: readonly Json[]): readonly unknown[] => rows.map((row) => row[text]);
    for (const from of starts) {
      const given = many(conditions, from);
      const found = left(all, given);
      const behind = `${path}${segments(given)}`;
      expect([behind, names((await ok(behind)).value)]).toEqual([behind, names(found)]);
      expect((await ok(`${behind}/$count`)).text).toBe(String(found.length));
      expect(names((await ok(`${behind}?$filter=$these/$count eq ${found.length}`)).value)).toEqual(names(found));
      const page = await ok(`${behind}?$orderby=${number} desc,${text}&$skip=1&$top=3&$count=true`);
      expect(page.json['@odata.count']).toBe(found.length);
      const sorted = found.toSorted(
        (one, other) =>
          Number(other[number]) - Number(one[number]) || (String(one[text]) < String(other[text]) ? -1 : 1),
      );
      expect(names(page.value)).toEqual(names(sorted.slice(1, 4)));
    }
  });

  test('of customers, in other places', async () => {
    const all = (await ok('customers?$select=id,number,balance')).value;
    const numbers = (rows: readonly Json[]): readonly unknown[] => rows.map((row) => row['number']);
    for (const from of starts) {
      const given = many(ofRows('balance', 'number'), from);
      const found = left(all, given);
      const behind = segments(given);
      expect(numbers((await ok(`customers?$filter=$root/customers${behind}/any(c:c/id eq $it/id)`)).value)).toEqual(
        numbers(found),
      );
      const transformations = given.map(([text]) => `filter(${text})`).join('/');
      expect(numbers((await ok(`customers?$apply=${transformations}`)).value)).toEqual(numbers(found));
      const asked = await service.send(
        'POST',
        encodeURI(`customers${behind}/$query`),
        { 'Content-Type': 'text/plain' },
        '$select=number',
      );
      expect([asked.status, numbers(asked.value)]).toEqual([200, numbers(found)]);
      for (const { id, number } of all.slice(0, 3)) {
        const isLeft = found.some((row) => row['id'] === id);
        const one = await service.get(encodeURI(`customers${behind}(${String(id)})`));
        expect([one.status, one.json['number']]).toEqual(isLeft ? [200, number] : [404, undefined]);
        const further = await service.get(encodeURI(`customers${behind}(${String(id)})/salesInvoices/$count`));
        const count = await ok(`customers(${String(id)})/salesInvoices/$count`);
        expect([further.status, further.text.length > 9 ? '' : further.text]).toEqual(
          isLeft ? [200, count.text] : [404, ''],
        );
      }
    }
  });

  test.each(collections.slice(0, 3))(
    'page by page, and with the ETags that they have: %s',
    async (path, number, text) => {
      const given = many(ofRows(number, text), 2, 6);
      const found = left((await ok(path)).value, given);
      const behind = `${path}${segments(given)}`;
      const asked = encodeURI(`${behind}?$orderby=${number} desc&$count=true`);
      const paged = await service.all(asked, { Prefer: 'maxpagesize=2' });
      const texts = (rows: readonly Json[]): readonly string[] => rows.map((row) => String(row[text])).sort();
      expect(found.length).toBeGreaterThan(2);
      expect(texts(paged)).toEqual(texts(found));
      expect(paged.map((row) => Number(row[number]))).toEqual(
        found.map((row) => Number(row[number])).sort((one, other) => other - one),
      );
      const tag = found[0]?.['@odata.etag'];
      if (typeof tag !== 'string') return;
      const one = await service.get(encodeURI(`${behind}(${String(found[0]?.['id'])})`));
      expect([one.headers.etag, one.json['@odata.etag']]).toEqual([tag, tag]);
      const again = await service.get(encodeURI(`${behind}(${String(found[0]?.['id'])})`), {
        'If-None-Match': tag,
      });
      expect(again.status).toBe(304);
    },
  );

  test('what transformations leave of all', async () => {
    const all = (await ok('customers?$select=number,balance&$orderby=balance desc,number')).value;
    const halves = (rows: readonly Json[], times: number): readonly Json[] =>
      times === 0 ? rows : halves(rows.slice(0, Math.floor(rows.length / 2) + 3), times - 1);
    for (const times of [1, 2, 20]) {
      const sequence = Array.from({ length: times }, () => 'topcount($these/$count div 2 add 3,balance)').join('/');
      const { value } = await ok(`customers?$apply=${sequence}&$select=balance`);
      const found = halves(all, times).map((row) => Number(row['balance']));
      expect(value.map((row) => Number(row['balance'])).toSorted((one, other) => other - one)).toEqual(found);
    }
    const sequence = Array.from({ length: 4 }, () => 'orderby($these/$count mul balance desc,number)/top(9)/skip(1)');
    const { value } = await ok(`customers?$apply=${sequence.join('/')}&$select=number`);
    expect(value.map((row) => row['number'])).toEqual(all.slice(4, 9).map((row) => row['number']));
  });
});

describe('items, derived types, writes', () => {
  const { running, ok, get, done } = runTripPin();
  afterEach(() => expect(running().takeFailures()).toEqual([]));

  const ofValues: readonly Condition<unknown>[] = [
    ['$these/$count gt 1', (_, all) => all.length > 1],
    ["$this ne 'Double' or $these/$count gt 3", (kind, all) => kind !== 'Double' || all.length > 3],
    ['$these/$count lt 9 and $these/$count ge 0', (_, all) => all.length < 9],
    ["$these/$count($filter=$this eq 'Suite') ge 1", (_, all) => all.includes('Suite')],
  ];

  test('[146] of hotels', async () => {
    const hotels = (await ok('Hotels')).value;
    for (const from of starts) {
      const rooms = many(ofRows('beds', 'name'), from);
      const kinds = many(ofValues, from);
      for (const hotel of hotels) {
        const at = `Hotels('${String(hotel['code'])}')`;
        const few = left(hotel['rooms'] as readonly Json[], rooms);
        const inRooms = `${at}/rooms${segments(rooms)}`;
        expect([inRooms, (await ok(inRooms)).value.map(({ name }) => name)]).toEqual([
          inRooms,
          few.map(({ name }) => name),
        ]);
        expect((await ok(`${inRooms}/$count`)).text).toBe(String(few.length));
        const last = await get(`${inRooms}/-1/name`);
        expect([last.status, last.json['value']]).toEqual(
          few.length > 0 ? [200, few.at(-1)?.['name']] : [404, undefined],
        );
        const some = left(hotel['kinds'] as readonly unknown[], kinds);
        const inKinds = `${at}/kinds${segments(kinds)}`;
        expect([inKinds, (await ok(inKinds)).json['value']]).toEqual([inKinds, some]);
        expect((await ok(`${inKinds}/$count`)).text).toBe(String(some.length));
      }
      const codes = async (filter: string): Promise<readonly unknown[]> =>
        (await ok(`Hotels?$filter=${filter}&$select=code`)).value.map(({ code }) => code);
      const having = (name: string, conditions: readonly Condition<never>[]): readonly unknown[] =>
        hotels.filter((hotel) => left(hotel[name] as readonly never[], conditions).length > 0).map(({ code }) => code);
      expect(await codes(`rooms${segments(rooms)}/any()`)).toEqual(having('rooms', rooms));
      expect(await codes(`kinds${segments(kinds)}/$count gt 0`)).toEqual(having('kinds', kinds));
    }
  });

  test('a type between them narrows what is left', async () => {
    const all = (await ok('Contacts')).value;
    const isEmployee = (row: Json): boolean => /Employee|Manager/.test(String(row['@odata.type']));
    const codes = (rows: readonly Json[]): readonly unknown[] => rows.map(({ code }) => code);
    const fewer: Condition<Json> = ['$these/$count ge 2', (_, these) => these.length >= 2];
    const notFirst: Condition<Json> = ["code ne 'x' and $these/$count gt 1", (_, these) => these.length > 1];
    const before = left(all, [fewer, notFirst, fewer]);
    const employees = before.filter(isEmployee);
    const n = employees.length;
    const path = `Contacts${segments([fewer, notFirst, fewer])}/Trip.Pin.Employee`;
    expect(n).toBeGreaterThan(0);
    expect(n).toBeLessThan(before.length);
    expect(codes((await ok(path)).value)).toEqual(codes(employees));
    const exactly = `/$filter($these/$count eq ${n})/$filter($these/$count eq ${n} and level ge 0)`;
    expect(codes((await ok(`${path}${exactly}/$filter($these/$count lt 99)`)).value)).toEqual(codes(employees));
    expect(codes((await ok(`${path}/$filter($these/$count ne ${n})`)).value)).toEqual([]);
    const within = `$root/${path}${exactly}/any(e:e/code eq $it/code)`;
    expect(codes((await ok(`Contacts?$filter=${within}`)).value)).toEqual(codes(employees));
  });

  test('each of what is left is written', async () => {
    const hotels = (await ok('Hotels')).value;
    const given = many<Json>(
      [
        ['$these/$count gt 1', (_, all) => all.length > 1],
        ["code ne 'void' or $these/$count gt 2", (row, all) => row['code'] !== 'void' || all.length > 2],
        ['$these/$count lt 3 or rooms/$count gt 0', (row, all) => all.length < 3 || (row['rooms'] as []).length > 0],
      ],
      1,
    );
    await done('PATCH', `Hotels${segments(given)}/$each`, { note: 'left' });
    const written = (await ok("Hotels?$filter=note eq 'left'")).value.map(({ code }) => code);
    expect(written).toEqual(left(hotels, given).map(({ code }) => code));
    expect(written.length).toBeGreaterThan(0);
  });
});
