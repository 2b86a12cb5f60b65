/** The second model for the oracle: many rows with few values, so that ties, nulls and equal values are frequent. */
import type { TestService } from '../service';
import { Dice } from './dice';
import { inOrder } from './payments';
import type { Enums, Value } from './values';
import { columns, fromText, tableOf, type Coll, type EType, type Nav, type Row, type World } from './world';

const enums: Enums = {
  PersonGender: { Male: 0, Female: 1, Unknown: 2 },
  Feature: { Feature1: 1, Feature2: 2, Feature3: 4 },
  RoomKind: { Single: 0, Double: 1, Suite: 5 },
  RoomFeature: { Bath: 1, View: 2, Balcony: 4 },
};

const tables = {
  Airline: columns('airlineCode~string name~string'),
  Person: columns(
    'userName~string firstName~string lastName~string gender~enum:PersonGender age~int favoriteFeature~flags:Feature concurrency~int joinedAt~moment changedAt~moment home/name=home_Name~string home/region=home_Region~string work/name=work_Name~string work/region=work_Region~string',
  ),
  Passport: columns('number~int issued~date'),
  Trip: columns('shareId~guid tripNumber~int budget~double startsAt~moment duration~span'),
  Everything: columns(
    'id~int day~date flag~bool byte~int signedByte~int int16~int int32~int int64~int money~dec whole~dec any~dec double~double moment~moment clock~time span~span guid~guid text~string label~string',
  ),
  Contact: columns('code~string name~string revision~int'),
  Employee: columns('salary~dec level~int badge~int office/name=office_Name~string office/region=office_Region~string'),
  Manager: columns('budget~int'),
  Supplier: columns('rating~int'),
  PlanItem: columns('id~int title~string'),
  Event: columns('place~string'),
  PublicTransportation: columns('seat~string'),
  Flight: columns('flightNumber~string'),
  Hotel: columns('code~string note~string revision~int'),
  Room: columns(
    'name~string beds~int rate~dec factor~dec serial~int area~double smoking~bool since~date cleaned~moment opens~time stay~span token~guid kind~enum:RoomKind features~flags:RoomFeature seen/name~string seen/region~string',
  ),
  Offer: columns('price~dec until~date'),
  City: columns('name~string region~string'),
  Guest: columns('code~string name~string age~int revision~int'),
  Student: columns('number~int name~string age~int revision~int'),
  Course: columns('code~string fee~dec label~string contract/text=contract_Text~string contract/sum=contract_Sum~dec'),
  Hall: columns('house~string floor~int seats~int'),
  Venue: columns(
    'code~string place/label=place_Label~string place/city/name=place_city_Name~string place/city/region=place_city_Region~string place/point/latitude=place_point_Latitude~double former/label=former_Label~string former/city/name=former_city_Name~string',
  ),
};
type Name = keyof typeof tables;

const one = (name: string, target: Name): Nav => ({ name, target, many: false });
const many = (name: string, target: Name): Nav => ({ name, target, many: true });
const items = (name: string, target: Name): Nav => ({ name, target, many: true, isComplex: true });

interface Rest {
  readonly base?: Name;
  readonly navs?: readonly Nav[];
  readonly colls?: readonly Coll[];
  readonly more?: string;
  readonly key?: readonly string[];
}
const type = (name: Name, { base, navs = [], colls = [], more = '', key }: Rest): EType => ({
  name,
  ...(base && { base }),
  props: [...tables[name], ...(more === '' ? [] : columns(more))].map(({ name: path, ty }) => ({ name: path, ty })),
  navs,
  colls,
  key: key ?? [tables[name][0]?.name ?? ''],
  order: [],
});

const types: Record<Name, EType> = {
  Airline: type('Airline', {}),
  Person: type('Person', {
    navs: [one('bestFriend', 'Person'), many('admirers', 'Person'), one('passport', 'Passport'), many('trips', 'Trip')],
    colls: [{ name: 'emails', ty: 'string' }],
    more: 'bestFriendName~string tripCount~int',
  }),
  Passport: type('Passport', { navs: [one('holder', 'Person')] }),
  Trip: type('Trip', {
    navs: [one('owner', 'Person'), one('airline', 'Airline')],
    colls: [{ name: 'ratings', ty: 'int' }],
  }),
  Everything: type('Everything', { key: ['id', 'day'] }),
  Contact: type('Contact', {
    navs: [
      one('airline', 'Airline'),
      one('friend', 'Contact'),
      many('friends', 'Contact'),
      many('planItems', 'PlanItem'),
    ],
  }),
  Employee: type('Employee', { base: 'Contact', navs: [one('manager', 'Manager')], more: 'managerName~string' }),
  Manager: type('Manager', { base: 'Employee', navs: [many('directReports', 'Employee')] }),
  Supplier: type('Supplier', { base: 'Contact' }),
  PlanItem: type('PlanItem', {
    navs: [one('contact', 'Contact'), items('stops', 'City')],
    colls: [{ name: 'tags', ty: 'string' }],
  }),
  Event: type('Event', { base: 'PlanItem' }),
  PublicTransportation: type('PublicTransportation', { base: 'PlanItem' }),
  Flight: type('Flight', { base: 'PublicTransportation', navs: [one('flownBy', 'Airline')] }),
  Hotel: type('Hotel', {
    navs: [one('main', 'Hotel'), many('branches', 'Hotel'), items('rooms', 'Room')],
    colls: [{ name: 'kinds', ty: 'enum:RoomKind' }],
  }),
  Room: type('Room', { navs: [items('offers', 'Offer')], colls: [{ name: 'tags', ty: 'string' }], key: [] }),
  Offer: type('Offer', { key: [] }),
  City: type('City', { key: [] }),
  Guest: type('Guest', { navs: [one('host', 'Guest'), many('invited', 'Guest')] }),
  Student: type('Student', {
    navs: [many('courses', 'Course'), many('mentors', 'Student'), many('mentees', 'Student')],
  }),
  Course: type('Course', {
    navs: [many('students', 'Student'), many('halls', 'Hall')],
    colls: [{ name: 'tags', ty: 'string' }],
  }),
  Hall: type('Hall', { key: ['house', 'floor'] }),
  Venue: type('Venue', { navs: [one('annexOf', 'Venue')] }),
};

const words = [
  '',
  'a',
  'A',
  'b',
  'ab',
  "o'x",
  'ü',
  'Ü',
  '%',
  '_',
  '\\',
  '"',
  '😀',
  'a😀b',
  ' x ',
  '2020-02-29',
  '5',
  'null',
  'Zoë',
];
const days = ['2020-02-29', '2019-12-31', '2026-01-01', '1999-12-31'];
const moments = [
  '2020-02-29T23:59:59.999999Z',
  '2020-02-29T00:00:00Z',
  '2026-03-31T09:12:44.1Z',
  '1969-12-31T12:00:00Z',
];
const spans = ['P1D', 'PT0S', 'PT-36H-1.5S', 'PT24H', 'P3DT4H', 'PT0.25S'];
const clocks = ['00:00:00', '09:30:00', '23:59:59', '12:34:56'];
const guids = [
  '00000000-0000-0000-0000-000000000000',
  '12345678-9abc-def0-1234-56789abcdef0',
  'ffffffff-ffff-ffff-ffff-ffffffffffff',
];

/** Puts other rows into the tables. */
async function fill({ sql }: TestService, dice: Dice): Promise<void> {
  const maybe = <T>(of: readonly T[]): T | null => (dice.chance(0.3) ? null : dice.pick(of));
  const list = <T>(of: readonly T[]): T[] => Array.from({ length: dice.below(4) }, () => dice.pick(of));
  const int = (low: number, high: number): number => low + dice.below(high - low + 1);
  const insert = async (table: string, values: Readonly<Record<string, unknown>>): Promise<void> => {
    const names = Object.keys(values);
    await sql(
      `INSERT INTO ${table} (${names.map((name) => `"${name}"`).join(',')}) VALUES (${names.map((_, i) => `$${i + 1}`).join(',')})`,
      Object.values(values),
    );
  };
  await sql(
    `TRUNCATE airlines, people, passports, trips, everything, contacts, plan_items, hotels, guests, students, courses, enrolments, mentors, halls, course_halls, venues CASCADE`,
  );
  const airlines = ['AA', 'FM', 'MU', "O'R", 'ü', 'zz'];
  for (const [i, airlineCode] of airlines.entries())
    await insert('airlines', { airlineCode, name: `${words[i + 3] ?? ''}${i}` });
  const people = Array.from({ length: 24 }, (_, i) => `p${i}${i % 5 === 0 ? "'ü" : ''}`);
  for (const [i, userName] of people.entries())
    await insert('people', {
      userName,
      firstName: dice.pick(words),
      lastName: maybe(words),
      gender: int(0, 2),
      age: maybe([0, 1, -5, 31, 9007199254740993n, 40]),
      emails: list(words),
      favoriteFeature: int(0, 7),
      concurrency: int(1, 4),
      joinedAt: dice.pick(moments),
      changedAt: dice.pick(moments).replace('.999999', '.999'),
      home_Name: maybe(words),
      home_Region: maybe(words),
      work_Name: maybe(words),
      work_Region: maybe(words),
      best_friend: i === 0 ? null : maybe(people.slice(0, i)),
    });
  for (const [i, holder] of people.entries())
    if (i % 3 !== 0) await insert('passports', { number: 100 + i, issued: dice.pick(days), holder });
  for (const owner of people)
    for (let tripNumber = 1, size = dice.below(5); tripNumber <= size; tripNumber += 1)
      await insert('trips', {
        shareId: `${int(10000000, 99999999)}-0000-4000-8000-00000000000${tripNumber}`,
        owner,
        tripNumber,
        budget: maybe([0, 0.5, 3000, 'NaN', 'Infinity', 2.25]),
        startsAt: dice.pick(moments),
        duration: maybe(spans),
        ratings: list([-1, 0, 3, 5, 2147483647]),
        airline: maybe(airlines),
      });
  for (let id = 1; id <= 30; id += 1)
    await insert('everything', {
      id: id % 2 === 0 ? id : -id,
      day: dice.pick(days),
      flag: dice.chance(0.5),
      byte: dice.pick([0, 1, 7, 255]),
      signedByte: maybe([-128, 0, 1, 127]),
      int16: maybe([-32768, 0, 2, 32767]),
      int32: maybe([-2147483648, -7, 0, 3, 2147483647]),
      int64: maybe(['-9223372036854775808', '-1', '0', '5', '9223372036854775807']),
      money: dice.pick(['0', '1.50', '-9999999.99', '0.01', '2.5', '-2.5']),
      whole: maybe([-999999999, 0, 3, 4]),
      any: maybe(['0.1', '-1e-9', '12345678901234567890.5', '100', '2.50']),
      single: maybe([0.5, 'NaN', '-Infinity', 0]),
      double: maybe([0, 0.1, -2.5, 1e15, 'NaN', 'Infinity', '-Infinity', 1e-7, 0.5, 3]),
      moment: dice.pick(moments),
      clock: maybe(clocks),
      span: maybe(spans),
      bytes: maybe(['\\x', '\\x00ff']),
      guid: maybe(guids),
      text: dice.pick(words),
      label: maybe(words),
    });
  const contacts = Array.from({ length: 24 }, (_, i) => ({
    code: `c${i}`,
    kind: i < 2 ? 'manager' : dice.pick(['Contact', 'employee', 'employee', 'manager', 'supplier']),
  }));
  for (const [i, { code, kind }] of contacts.entries()) {
    const works = kind === 'employee' || kind === 'manager';
    const above = contacts.slice(0, i).flatMap((other) => (other.kind === 'manager' ? [other.code] : []));
    await insert('contacts', {
      code,
      kind,
      name: dice.pick(words),
      revision: int(1, 3),
      airline: maybe(airlines),
      friend: i === 0 ? null : maybe(contacts.slice(0, i).map((other) => other.code)),
      salary: works ? dice.pick([3000, 2999.99, 0.5, 3000]) : null,
      level: works ? int(1, 4) : 3,
      badge: works ? maybe([i]) : null,
      office_Name: works ? maybe(words) : null,
      office_Region: works ? maybe(words) : null,
      manager: works && above.length > 0 ? maybe(above) : null,
      budget: kind === 'manager' ? maybe([0, 5, 9007199254740993n]) : null,
      rating: kind === 'supplier' ? maybe([1, 5]) : null,
    });
  }
  for (let id = 1; id <= 40; id += 1) {
    const kind = dice.pick(['Event', 'Flight']);
    await insert('plan_items', {
      id,
      title: dice.pick(words),
      tags: list(words),
      stops: JSON.stringify(list([{ name: 'Ulm', region: 'BW' }, { name: null, region: 'x' }, { name: 'ü' }])),
      contact: dice.pick(contacts).code,
      type: kind,
      place: kind === 'Event' ? maybe(words) : null,
      seat: kind === 'Flight' ? maybe(['4A', '4B']) : null,
      flightNumber: kind === 'Flight' ? dice.pick(words) : null,
      flown_by: kind === 'Flight' ? maybe(airlines) : null,
    });
  }
  const room = (): object => ({
    name: dice.pick(words),
    beds: int(0, 4),
    rate: maybe([0, 80, 80.5, 120.125]),
    factor: maybe([0.1, -3]),
    serial: maybe([0, 5, -7]),
    area: maybe([25.5, 'NaN', 0, 1e3]),
    smoking: maybe([true, false]),
    since: maybe(days),
    cleaned: maybe(['2026-03-31T09:12:44.103Z', '2020-02-29T00:00:00Z']),
    opens: maybe(clocks),
    stay: maybe(['P1DT2H', 'PT0S', 'PT26H']),
    token: maybe(guids),
    kind: maybe([0, 1, 5]),
    features: int(0, 7),
    tags: list(words),
    ...(dice.chance(0.7) && { seen: { name: maybe(words), region: maybe(words) } }),
    offers: list([{ price: 0.5 }, { price: 2, until: '2020-02-29' }, { price: 80, until: null }]),
  });
  for (let i = 0; i < 20; i += 1)
    await insert('hotels', {
      code: `h${100 + i}`,
      rooms: JSON.stringify(Array.from({ length: dice.below(5) }, room)),
      kinds: list([0, 1, 5]),
      note: maybe(words),
      revision: int(1, 3),
      main: i === 0 ? null : maybe(Array.from({ length: i }, (_, j) => `h${100 + j}`)),
    });
  for (let i = 0; i < 24; i += 1)
    await insert('guests', {
      code: `g${100 + i}`,
      name: dice.pick(words),
      age: maybe([0, 1, 7, 80]),
      extra: '{}',
      revision: 1,
      host: i === 0 ? null : maybe(Array.from({ length: i }, (_, j) => `g${100 + j}`)),
    });
  for (let number = 1; number <= 16; number += 1)
    await insert('students', { number, name: dice.pick(words), age: maybe([19, 23, 27]), revision: int(1, 2) });
  const courses = ['art', 'bio', "o'x", 'void', 'ü', 'zoo'];
  const halls = [
    ['N', 1],
    ['N', 2],
    ['S', 2],
  ] as const;
  for (const [house, floor] of halls) await insert('halls', { house, floor, seats: int(1, 30) });
  for (const code of courses) {
    await insert('courses', {
      code,
      fee: dice.pick([10, 5.5, 0]),
      label: maybe(['AB-1', 'CD-22']),
      tags: list(['x', 'y', 'ü']),
      contract_Text: maybe(['x', 'xx']),
      contract_Sum: maybe([1.5, 0]),
    });
    for (let student = 1; student <= 16; student += 1)
      if (code !== 'void' && dice.chance(0.3)) await insert('enrolments', { course: code, student });
    for (const [house, floor] of halls)
      if (dice.chance(0.5)) await insert('course_halls', { course: code, house, floor });
  }
  for (let i = 1; i <= 16; i += 1)
    for (let j = 1; j <= 16; j += 1) if (dice.chance(0.1)) await insert('mentors', { mentee: i, mentor: j });
  for (let i = 0; i < 14; i += 1)
    await insert('venues', {
      code: `v${10 + i}`,
      place_Label: dice.pick(words),
      place_city_Name: maybe(words),
      place_city_Region: maybe(words),
      place_point_Latitude: dice.pick([0, 48.5, -10]),
      place_point_Longitude: 0.5,
      former_Label: maybe(words),
      former_city_Name: maybe(words),
      former_city_Region: null,
      annex_of: i === 0 ? null : maybe(Array.from({ length: i }, (_, j) => `v${10 + j}`)),
    });
}

type Made = Row & Record<string, unknown>;
type Json = Readonly<Record<string, unknown>>;
const raw = (row: Row, column: string): unknown => (row['$row'] as Json)[column];

/** An object of a collection as a row: what is left out is null. */
function itemOf(name: Name, json: Json): Row {
  const made: Record<string, unknown> = { $type: name };
  for (const { name: path, ty } of tables[name]) {
    const value = path
      .split('/')
      .reduce<unknown>((at, part) => (at === null || at === undefined ? null : (at as Json)[part]), json);
    const text = typeof value === 'string' ? value : JSON.stringify(value ?? null);
    made[path] = fromText(ty, value === null || value === undefined ? null : text);
  }
  if (name === 'Room')
    Object.assign(made, {
      tags: json['tags'] ?? [],
      offers: ((json['offers'] ?? []) as Json[]).map((offer) => itemOf('Offer', offer)),
    });
  return made as Row;
}

/** Fills the tables and reads them. */
export async function tripPinWorld(service: TestService, seed: number): Promise<World> {
  await fill(service, new Dice(seed));
  const isOf = (each: string, name: Name): boolean =>
    each === name || (types[each as Name].base !== undefined && isOf(types[each as Name].base ?? '', name));
  const base = (name: Name): Name[] => (Object.keys(types) as Name[]).filter((each) => isOf(each, name));
  const load = async (table: string, name: Name, kinds?: Readonly<Record<string, Name>>, column = 'kind') => {
    const found = base(name).flatMap((each) => tables[each]);
    const rows = await tableOf(service, table, found, enums, (row) => kinds?.[String(row[column])] ?? name);
    return inOrder(rows as Made[], types[name]);
  };
  const of = (rows: readonly Made[], name: string, value: unknown): Made | null =>
    value === null ? null : (rows.find((row) => row[name] === value) ?? null);
  const array = async (table: string, key: string, column: string, ty: Coll['ty']): Promise<Map<string, Value[]>> => {
    const found = await service.sql(
      `SELECT t."${key}"::text AS key, array_to_json(t."${column}"::text[]) AS list FROM ${table} t`,
    );
    return new Map(
      found.map(({ key: name, list }) => [String(name), (list as string[]).map((text) => fromText(ty, text))]),
    );
  };
  const link = (rows: readonly Made[], name: string, column: string, others: readonly Made[], key: string): void => {
    for (const row of rows) row[name] = of(others, key, raw(row, column));
  };
  const back = (rows: readonly Made[], name: string, others: readonly Made[], nav: string): void => {
    for (const row of rows) row[name] = others.filter((other) => other[nav] === row);
  };
  const airlines = await load('airlines', 'Airline');
  const people = await load('people', 'Person');
  const passports = await load('passports', 'Passport');
  const trips = await load('trips', 'Trip');
  const emails = await array('people', 'userName', 'emails', 'string');
  const ratings = await array('trips', 'shareId', 'ratings', 'int');
  link(people, 'bestFriend', 'best_friend', people, 'userName');
  back(people, 'admirers', people, 'bestFriend');
  link(passports, 'holder', 'holder', people, 'userName');
  link(trips, 'owner', 'owner', people, 'userName');
  link(trips, 'airline', 'airline', airlines, 'airlineCode');
  back(people, 'trips', trips, 'owner');
  for (const trip of trips) trip['ratings'] = ratings.get(String(trip['shareId']));
  for (const person of people) {
    const friend = person['bestFriend'] as Made | null;
    Object.assign(person, {
      passport: passports.find(({ holder }) => holder === person) ?? null,
      emails: emails.get(String(person['userName'])),
      bestFriendName: friend?.['firstName'] ?? null,
      tripCount: fromText('int', String((person['trips'] as Made[]).length)),
    });
  }
  const everything = await load('everything', 'Everything');
  const kinds = { Contact: 'Contact', employee: 'Employee', manager: 'Manager', supplier: 'Supplier' } as const;
  const contacts = await load('contacts', 'Contact', kinds);
  const planItems = await load('plan_items', 'PlanItem', { Event: 'Event', Flight: 'Flight' }, 'type');
  const tags = await array('plan_items', 'id', 'tags', 'string');
  link(contacts, 'airline', 'airline', airlines, 'airlineCode');
  link(contacts, 'friend', 'friend', contacts, 'code');
  link(contacts, 'manager', 'manager', contacts, 'code');
  link(planItems, 'contact', 'contact', contacts, 'code');
  link(planItems, 'flownBy', 'flown_by', airlines, 'airlineCode');
  back(contacts, 'friends', contacts, 'friend');
  back(contacts, 'directReports', contacts, 'manager');
  back(contacts, 'planItems', planItems, 'contact');
  for (const contact of contacts) contact['managerName'] = (contact['manager'] as Made | null)?.['name'] ?? null;
  for (const item of planItems) {
    item['tags'] = tags.get(String(raw(item, 'id')));
    item['stops'] = (JSON.parse(String(raw(item, 'stops'))) as Json[]).map((json) => itemOf('City', json));
  }
  const hotels = await load('hotels', 'Hotel');
  const hotelKinds = await array('hotels', 'code', 'kinds', 'enum:RoomKind');
  link(hotels, 'main', 'main', hotels, 'code');
  back(hotels, 'branches', hotels, 'main');
  for (const hotel of hotels) {
    hotel['kinds'] = hotelKinds.get(String(hotel['code']));
    hotel['rooms'] = (JSON.parse(String(raw(hotel, 'rooms'))) as Json[]).map((json) => itemOf('Room', json));
  }
  const guests = await load('guests', 'Guest');
  link(guests, 'host', 'host', guests, 'code');
  back(guests, 'invited', guests, 'host');
  const students = await load('students', 'Student');
  const courses = await load('courses', 'Course');
  const halls = await load('halls', 'Hall');
  const courseTags = await array('courses', 'code', 'tags', 'string');
  const pairs = async (table: string, left: string, right: string): Promise<Set<string>> =>
    new Set(
      (await service.sql(`SELECT ${left} || '|' || ${right} AS pair FROM ${table}`)).map(({ pair }) => String(pair)),
    );
  const enrolled = await pairs('enrolments', 'course', 'student');
  const mentors = await pairs('mentors', 'mentee', 'mentor');
  const inHalls = await pairs('course_halls', 'course', `house || '/' || floor`);
  const number = (row: Made): string => String(raw(row, 'number'));
  for (const student of students)
    Object.assign(student, {
      courses: courses.filter(({ code }) => enrolled.has(`${String(code)}|${number(student)}`)),
      mentors: students.filter((other) => mentors.has(`${number(student)}|${number(other)}`)),
      mentees: students.filter((other) => mentors.has(`${number(other)}|${number(student)}`)),
    });
  for (const course of courses)
    Object.assign(course, {
      students: students.filter((student) => enrolled.has(`${String(course['code'])}|${number(student)}`)),
      halls: halls.filter((hall) =>
        inHalls.has(`${String(course['code'])}|${String(raw(hall, 'house'))}/${String(raw(hall, 'floor'))}`),
      ),
      tags: courseTags.get(String(course['code'])),
    });
  const venues = await load('venues', 'Venue');
  link(venues, 'annexOf', 'annex_of', venues, 'code');
  return {
    namespace: 'Trip.Pin',
    enums,
    types,
    roots: [
      { path: 'People', type: 'Person', rows: people },
      { path: 'Passports', type: 'Passport', rows: passports },
      { path: 'Everythings', type: 'Everything', rows: everything },
      { path: 'Contacts', type: 'Contact', rows: contacts },
      {
        path: 'Contacts/Trip.Pin.Employee',
        type: 'Employee',
        rows: contacts.filter((row) => isOf(row.$type, 'Employee')),
      },
      { path: 'Hotels', type: 'Hotel', rows: hotels },
      { path: 'Guests', type: 'Guest', rows: guests },
      { path: 'Students', type: 'Student', rows: students },
      { path: 'Courses', type: 'Course', rows: courses },
      { path: 'Venues', type: 'Venue', rows: venues },
    ],
  };
}
