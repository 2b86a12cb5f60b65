/** Relations of many to many: what is read, linked and unlinked, compared with the rows of the tables between. */
import fc from 'fast-check';
import type { Answer, Json } from '../setup/service';
import { named, RuleBook, sql, statement } from '../../src/odata';
import { Student } from '../setup/trip-pin/linked-entities';
import { runTripPin } from '../setup/trip-pin/running';

/** What the rules of students have found of those with the name, and of himself. */
const found: unknown[] = [];
const graduate = statement(
  sql`update students set age = coalesce(age, 0) + 100 where name = any(${named('name', 'text[]')})`,
);
const rules = new RuleBook().add(Student, {
  async create({ name = '' }, context) {
    const like = await context.list(Student, { name }, ['number', 'courses', 'mentors', 'mentees'], 10, 'number');
    found.push(like);
    if (name.startsWith('Graduate')) context.together(graduate, { name });
  },
});

const { running, ok, send, done } = runTripPin({ rules }, { 'OData-MaxVersion': '4.01' });

/** One column of a query. */
const column = async (text: string, ...values: readonly unknown[]): Promise<readonly unknown[]> =>
  (await running().sql(text, values)).map((row) => Object.values(row)[0]);

const pick = (entities: readonly Json[], name: string): readonly unknown[] => entities.map((one) => one[name]);
const behind = (entity: Json | undefined, name: string): readonly Json[] => (entity?.[name] ?? []) as readonly Json[];

/** The courses of the sample rows; tests that write have courses of their own. */
const SAMPLE = "('art', 'bio', 'o''x', 'void')";

describe('reading', () => {
  test('[43] $metadata has both sides, each the partner of the other, without foreign keys', async () => {
    const { text } = await ok('$metadata', { Accept: 'application/xml' });
    expect(text).toContain(
      '<NavigationProperty Name="students" Type="Collection(Trip.Pin.Student)" Partner="courses">',
    );
    expect(text).toContain(
      '<NavigationProperty Name="courses" Type="Collection(Trip.Pin.Course)" Partner="students"/>',
    );
    expect(text).toContain(
      '<NavigationProperty Name="mentors" Type="Collection(Trip.Pin.Student)" Partner="mentees"/>',
    );
    expect(text).toContain('<NavigationProperty Name="halls" Type="Collection(Trip.Pin.Hall)"/>');
    expect(text).toContain('<NavigationPropertyBinding Path="students" Target="Students"/>');
    expect(text).not.toContain('enrolments');
  });

  test.each([
    [
      "Courses('art')/students",
      "SELECT number FROM students JOIN enrolments ON student = number WHERE course = 'art' ORDER BY 1",
    ],
    ["Courses('void')/students", 'SELECT 1 WHERE false'],
    [
      "Courses('art')/students?$filter=age gt 20",
      "SELECT number FROM students JOIN enrolments ON student = number WHERE course = 'art' AND age > 20 ORDER BY 1",
    ],
    [
      "Courses('art')/students?$orderby=name desc",
      'SELECT number FROM students JOIN enrolments ON student = number WHERE course = \'art\' ORDER BY name COLLATE "C" DESC, 1',
    ],
    ["Courses('art')/students(2)/mentors", 'SELECT mentor FROM mentors WHERE mentee = 2 ORDER BY 1'],
    ["Courses('art')/students/2/mentees", 'SELECT mentee FROM mentors WHERE mentor = 2 ORDER BY 1'],
    [
      "Students?$filter=courses/any(c:c/code eq 'bio')",
      "SELECT student FROM enrolments WHERE course = 'bio' ORDER BY 1",
    ],
    [
      'Students?$filter=courses/all(c:c/fee gt 5)',
      'SELECT number FROM students s WHERE NOT EXISTS (SELECT 1 FROM enrolments JOIN courses ON code = course WHERE student = s.number AND NOT fee > 5) ORDER BY 1',
    ],
    [
      'Students?$filter=courses/$count ge 2',
      'SELECT number FROM students s WHERE (SELECT count(*) FROM enrolments WHERE student = s.number) >= 2 ORDER BY 1',
    ],
    [
      'Students?$filter=mentors/any(m:m/courses/any(c:c/fee gt 5))',
      'SELECT DISTINCT mentee FROM mentors JOIN enrolments ON student = mentor JOIN courses ON code = course WHERE fee > 5 ORDER BY 1',
    ],
    [
      'Students?$filter=mentees/$count($filter=age lt 30) eq 1',
      'SELECT mentor FROM mentors JOIN students ON number = mentee WHERE age < 30 GROUP BY mentor HAVING count(*) = 1 ORDER BY 1',
    ],
    [
      'Students?$orderby=courses/$count desc,number',
      'SELECT number FROM students s ORDER BY (SELECT count(*) FROM enrolments WHERE student = s.number) DESC, number',
    ],
    [
      "Courses('art')/students/$filter(age gt 20)",
      "SELECT number FROM students JOIN enrolments ON student = number WHERE course = 'art' AND age > 20 ORDER BY 1",
    ],
    [
      "Students?$filter=$root/Courses('bio')/students/$count eq 2 and number eq 1",
      "SELECT number FROM students WHERE number = 1 AND (SELECT count(*) FROM enrolments WHERE course = 'bio') = 2",
    ],
  ])('GET %s', async (path, query) => {
    const { value } = await ok(path);
    expect(pick(value, 'number')).toEqual(await column(query));
  });

  test('each read is one statement', async () => {
    running().takeStatements();
    await ok('Courses?$expand=students($expand=mentors($count=true);$filter=courses/$count gt 0),halls&$count=true');
    expect(running().takeStatements()).toHaveLength(1);
  });

  test('numbers and members by key', async () => {
    expect((await ok("Courses('art')/students/$count")).text).toBe(
      String((await column("SELECT count(*) FROM enrolments WHERE course = 'art'"))[0]),
    );
    expect((await ok("Courses('art')/students(2)")).json['name']).toBe('Bo');
    expect((await running().get("Courses('bio')/students(2)")).status).toBe(404);
    expect((await running().get("Courses('none')/students")).status).toBe(404);
    expect((await ok("Courses('bio')/halls(house='N',floor=1)")).json['seats']).toBe(20);
  });

  test('[153] $expand, to any depth, with options and a number', async () => {
    const { value } = await ok(
      'Courses?$expand=students($select=name;$orderby=name desc;$count=true;$expand=mentors($select=number)),halls($filter=seats gt 10)',
    );
    for (const course of value) {
      const names = await column(
        'SELECT name FROM students JOIN enrolments ON student = number WHERE course = $1 ORDER BY name COLLATE "C" DESC',
        course['code'],
      );
      expect(pick(behind(course, 'students'), 'name')).toEqual(names);
      expect(course['students@odata.count']).toBe(names.length);
      for (const student of behind(course, 'students'))
        expect(pick(behind(student, 'mentors'), 'number')).toEqual(
          await column(
            'SELECT mentor FROM mentors JOIN students ON number = mentee WHERE name = $1 ORDER BY 1',
            student['name'],
          ),
        );
      expect(behind(course, 'halls').map(({ house, floor }) => `${String(house)}${String(floor)}`)).toEqual(
        await column(
          'SELECT r.house || r.floor FROM halls r JOIN course_halls c ON c.house = r.house AND c.floor = r.floor WHERE course = $1 AND seats > 10 ORDER BY r.house, r.floor',
          course['code'],
        ),
      );
    }
  });

  test('expanded collections and their own come in pages, each row once', async () => {
    const expected = await column("SELECT student FROM enrolments WHERE course = 'art' ORDER BY 1");
    const pages = await running().all("Courses('art')/students?$select=number", { Prefer: 'maxpagesize=1' });
    expect(pick(pages, 'number')).toEqual(expected);
    const { json } = await ok("Courses('art')?$expand=students", { Prefer: 'maxpagesize=1' });
    const first = pick(behind(json, 'students'), 'number');
    const rest = await running().all(String(json['students@odata.nextLink']));
    expect([...first, ...pick(rest, 'number')]).toEqual(expected);
  });

  test('references, ids and links', async () => {
    const { value } = await ok("Courses('art')/students/$ref");
    expect(pick(value, '@odata.id')).toEqual(
      (await column("SELECT student FROM enrolments WHERE course = 'art' ORDER BY 1")).map(
        (number) => `Students(${String(number)})`,
      ),
    );
    const full = await ok("Courses('o''x')?$expand=students", { Accept: 'application/json;odata.metadata=full' });
    expect(full.json['students@odata.navigationLink']).toBe("Courses('o''x')/students");
    expect(behind(full.json, 'students')[0]?.['@odata.id']).toMatch(/^Students\(\d+\)$/);
    expect((await ok(String(full.json['students@odata.associationLink']))).value).toHaveLength(1);
  });

  test('[157] $levels goes along a relation of a type to itself, round circles too', async () => {
    const mentors = await running().sql('SELECT mentee, mentor FROM mentors ORDER BY 1, 2');
    const tree = (number: unknown, depth: number): object => ({
      number,
      ...(depth === 0
        ? {}
        : { mentors: mentors.filter(({ mentee }) => mentee === number).map(({ mentor }) => tree(mentor, depth - 1)) }),
    });
    const { value } = await ok('Students?$select=number&$expand=mentors($select=number;$levels=3)&$filter=number le 4');
    const plain = (one: Json): object => ({
      number: one['number'],
      ...(one['mentors'] === undefined ? {} : { mentors: behind(one, 'mentors').map(plain) }),
    });
    expect(value.map(plain)).toEqual([1, 2, 3, 4].map((number) => tree(number, 3)));
  });

  test('references and numbers within $expand', async () => {
    const { value } = await ok('Courses?$expand=students/$ref,halls/$count&$orderby=code');
    for (const course of value) {
      const numbers = await column('SELECT student FROM enrolments WHERE course = $1 ORDER BY 1', course['code']);
      expect(pick(behind(course, 'students'), '@odata.id')).toEqual(
        numbers.map((number) => `Students(${String(number)})`),
      );
      expect(course['halls@odata.count']).toBe(
        Number((await column('SELECT count(*) FROM course_halls WHERE course = $1', course['code']))[0]),
      );
    }
  });

  test('$apply over what is linked, each entity once; a collection is no group', async () => {
    const joined = await ok(
      'Courses?$apply=join(students as s)/groupby((code),aggregate(s/age with sum as ages))/orderby(code)',
    );
    expect(joined.value.map((row) => [row['code'], row['ages']])).toEqual(
      (
        await running().sql(
          'SELECT course, sum(age)::int AS ages FROM enrolments JOIN students ON number = student GROUP BY course ORDER BY course COLLATE "C"',
        )
      ).map(({ course, ages }) => [course, ages]),
    );
    const computed = await ok('Courses?$apply=compute(students/$count as n)/aggregate(n with sum as total)');
    expect(computed.value[0]?.['total']).toBe(Number((await column('SELECT count(*) FROM enrolments'))[0]));
    const aggregated = await ok('Courses?$apply=aggregate(students/age with sum as total)');
    expect(aggregated.value[0]?.['total']).toBe(
      Number((await column('SELECT sum(age) FROM students WHERE number IN (SELECT student FROM enrolments)'))[0]),
    );
    expect((await running().get('Courses?$apply=groupby((students/name))')).status).toBe(400);
    const crossed = await ok('$crossjoin(Courses,Halls)/$count');
    expect(crossed.text).toBe(String((await column('SELECT count(*) FROM courses, halls'))[0]));
  });

  test('[182] the number that $count gives is a value as any other where a method stands behind it; null is one, too', async () => {
    const [wanted] = await running()
      .sql(`SELECT max(n)::int AS most, sum(n)::int AS all, count(DISTINCT n)::int AS kinds
      FROM (SELECT (SELECT count(*) FROM enrolments e WHERE e.student = s.number) AS n FROM students s) AS counted`);
    const items = ['courses/$count with max as most', 'courses/$count with sum as all'];
    const more = [
      '$it/courses/$count with countdistinct as kinds',
      'null with sum as none',
      'null with countdistinct as zero',
    ];
    const { value } = await ok(`Students?$apply=aggregate(${[...items, ...more].join()})`);
    expect(value).toMatchObject([{ ...wanted, none: null, zero: 0 }]);
    const { value: all } = await ok('Students?$apply=topcount(2,null)&$count=true');
    expect(all).toHaveLength(2);
  });

  test('an outer join keeps those without', async () => {
    const { value } = await ok('Courses?$apply=outerjoin(students as s)/groupby((code,s/name))');
    expect(value.length).toBe(
      Number((await column('SELECT count(*) FROM courses LEFT JOIN enrolments ON course = code'))[0]),
    );
  });
});

describe('joins through a table between, compared with SQL', () => {
  const mentee = `(SELECT s.* FROM mentors JOIN students s ON s.number = mentee WHERE mentor = p.number) m`;
  const heights = `guests g LEFT JOIN LATERAL (SELECT DISTINCT nullif(extra->'height', 'null') h, true t FROM guests WHERE host = g.code) x ON true`;
  const fees = `(SELECT DISTINCT fee FROM courses JOIN enrolments ON course = code WHERE student = m.number) g`;
  test.each([
    [
      'Students?$apply=outerjoin(mentees as m,groupby((age),aggregate($count as n)))&$select=name&$expand=m',
      `SELECT p.name, CASE WHEN g.n IS NOT NULL THEN jsonb_build_object('age', g.age, 'n', g.n) END m FROM students p LEFT JOIN LATERAL (SELECT age, count(*) n FROM ${mentee} GROUP BY age) g ON true ORDER BY p.number, g.age`,
    ],
    [
      'Students?$apply=outerjoin(mentees as m,aggregate(age with sum as s)/filter(s gt 25))&$select=name&$expand=m',
      `SELECT p.name, CASE WHEN s > 25 THEN jsonb_build_object('s', s) END m FROM students p, LATERAL (SELECT sum(age) s FROM ${mentee}) g ORDER BY p.number`,
    ],
    [
      'Students?$apply=outerjoin(mentees as m,groupby((age)))/filter(m eq null or m/age lt 20)&$select=name&$expand=m',
      `SELECT p.name, CASE WHEN g.n IS NOT NULL THEN jsonb_build_object('age', g.age) END m FROM students p LEFT JOIN LATERAL (SELECT age, count(*) n FROM ${mentee} GROUP BY age) g ON true WHERE g.n IS NULL OR g.age < 20 ORDER BY p.number, g.age`,
    ],
    [
      'Students?$apply=outerjoin(mentees as m,join(courses as c,groupby((fee))))&$select=name&$expand=m($select=name;$expand=c)',
      `SELECT p.name, CASE WHEN m.number IS NOT NULL THEN jsonb_build_object('name', m.name, 'c', jsonb_build_object('fee', m.fee)) END m FROM students p LEFT JOIN LATERAL (SELECT m.*, g.fee FROM ${mentee} JOIN LATERAL ${fees} ON true) m ON true ORDER BY p.number, m.number, m.fee`,
    ],
    [
      'Students?$apply=outerjoin(mentees as m,outerjoin(courses as c,groupby((fee))))/groupby((m/c/fee),aggregate($count as n))',
      `SELECT CASE WHEN there THEN jsonb_build_object('c', CASE WHEN inside THEN jsonb_build_object('fee', fee) END) END m, count(*) n FROM (SELECT m.number IS NOT NULL there, g.fee IS NOT NULL inside, g.fee FROM students p LEFT JOIN LATERAL (SELECT * FROM ${mentee}) m ON true LEFT JOIN LATERAL ${fees} ON true) x GROUP BY there, inside, fee ORDER BY fee NULLS FIRST, inside, there`,
    ],
    [
      'Students?$apply=outerjoin(mentees as m,groupby((age)))/aggregate(m/$count as n,$count as all,m/age with sum as s)',
      // Several occurrences of one transient entity count once. Data Aggregation §3.2.1.1
      `SELECT count(DISTINCT g.age) n, count(*) "all", sum(DISTINCT g.age) s FROM students p LEFT JOIN LATERAL (SELECT DISTINCT age FROM ${mentee}) g ON true`,
    ],
    [
      'Students?$apply=outerjoin(mentees as m,groupby((age),aggregate($count as n)))/aggregate(m with countdistinct as d,m/$count as n,m/n with sum as s)',
      `SELECT count(*) d, count(*) n, sum(c) s FROM (SELECT DISTINCT g.age, g.c FROM students p, LATERAL (SELECT age, count(*) c FROM ${mentee} GROUP BY age) g) x`,
    ],
    [
      'Students?$apply=outerjoin(mentees as m,groupby((age)))/groupby((m),aggregate($count as n))',
      `SELECT CASE WHEN g.n IS NOT NULL THEN jsonb_build_object('age', g.age) END m, count(*) n FROM students p LEFT JOIN LATERAL (SELECT age, count(*) n FROM ${mentee} GROUP BY age) g ON true GROUP BY g.n IS NOT NULL, g.age ORDER BY g.age NULLS FIRST`,
    ],
    [
      'Guests?$apply=outerjoin(invited as i,groupby((height)))/groupby((i),aggregate($count as n))',
      `SELECT CASE WHEN x.t THEN jsonb_build_object('height', h) END i, count(*) n FROM ${heights} GROUP BY t, h ORDER BY t NULLS FIRST, h NULLS FIRST`,
    ],
    [
      'Guests?$apply=outerjoin(invited as i,groupby((height)))/aggregate(i with countdistinct as d,i/$count as n,i/height with countdistinct as h,$count as all)',
      `SELECT count(DISTINCT coalesce(h, 'null')) FILTER (WHERE t) d, count(DISTINCT coalesce(h, 'null')) FILTER (WHERE t) n, count(DISTINCT h) h, count(*) "all" FROM ${heights}`,
    ],
    [
      'Students?$apply=outerjoin(mentees as m)/groupby((name),aggregate(m/$count as n,$count as all))&$orderby=name',
      `SELECT p.name, count(m.number) n, count(*) "all" FROM students p LEFT JOIN LATERAL (SELECT * FROM ${mentee}) m ON true GROUP BY p.number ORDER BY 1`,
    ],
  ])('[193] %s', async (path, sql) => {
    const answer = await ok(path);
    const plainly = (value: unknown): unknown =>
      JSON.parse(
        JSON.stringify(value, (name, part: unknown) =>
          name.includes('@') ? undefined : typeof part === 'string' && /^[\d.]+$/.test(part) ? Number(part) : part,
        ),
      ) as unknown;
    expect(plainly(answer.value)).toEqual(plainly(await running().sql(sql)));
    const [first = ''] = path.split('&');
    expect((await ok(first.replace('?', '/$count?'))).text).toBe(String(answer.value.length));
  });
});

describe('links', () => {
  const enrolled = (course: string): Promise<readonly unknown[]> =>
    column('SELECT student FROM enrolments WHERE course = $1 ORDER BY 1', course);
  const ref = (number: number): Json => ({ '@id': `Students(${number})` });
  const state = async (): Promise<unknown> => [
    await running().sql('SELECT * FROM enrolments ORDER BY 1, 2'),
    await running().sql('SELECT * FROM mentors ORDER BY 1, 2'),
    await running().sql('SELECT * FROM course_halls ORDER BY 1, 2, 3'),
    await running().sql('SELECT * FROM students ORDER BY 1'),
    await running().sql('SELECT * FROM courses ORDER BY 1'),
  ];

  beforeEach(async () => {
    await running().sql('DELETE FROM courses WHERE code NOT IN ' + SAMPLE);
    await running().sql('DELETE FROM students WHERE number > 4');
    await running().sql("INSERT INTO courses (code) VALUES ('new')");
    await running().sql("INSERT INTO enrolments (course, student) VALUES ('new', 1), ('new', 2), ('new', 3)");
  });

  test.each<readonly [method: string, path: string, body: unknown, left: readonly number[]]>([
    ['POST', "Courses('new')/students/$ref", ref(4), [1, 2, 3, 4]],
    ['POST', "Courses('new')/students/$ref", ref(1), [1, 2, 3]],
    ['POST', 'Students(4)/courses/$ref', { '@odata.id': "Courses('new')" }, [1, 2, 3, 4]],
    ['DELETE', "Courses('new')/students/$ref?$id=Students(2)", undefined, [1, 3]],
    ['DELETE', "Courses('new')/students(2)/$ref", undefined, [1, 3]],
    ['DELETE', "Students(2)/courses('new')/$ref", undefined, [1, 3]],
    ['DELETE', "Courses('new')/students/$ref", undefined, []],
    ['PUT', "Courses('new')/students/$ref", { value: [ref(2), ref(4)] }, [2, 4]],
    ['PATCH', "Courses('new')", { students: [{ number: 4 }, ref(1)] }, [1, 4]],
    ['PATCH', "Courses('new')", { students: [] }, []],
    ['PATCH', "Courses('new')", { 'students@odata.bind': ['Students(4)'] }, [1, 2, 3, 4]],
    ['PATCH', "Courses('new')", { 'students@delta': [{ '@removed': {}, number: 1 }, ref(4)] }, [2, 3, 4]],
    [
      'PATCH',
      "Courses('new')",
      { 'students@delta': [{ '@removed': {}, '@id': 'Students(1)' }, { number: 4 }] },
      [2, 3, 4],
    ],
    [
      'PATCH',
      "Courses('new')/students",
      { value: [{ '@removed': { reason: 'changed' }, number: 3 }, { number: 4 }] },
      [1, 2, 4],
    ],
    ['PUT', "Courses('new')", { students: [ref(3)] }, [3]],
  ])('[226, 249, 250, 251] %s %s %j', async (method, path, body, left) => {
    const students = await running().sql('SELECT * FROM students ORDER BY 1');
    await done(method, path, body);
    expect(await enrolled('new')).toEqual(left);
    expect(await running().sql('SELECT * FROM students ORDER BY 1')).toEqual(students);
    expect(await column(`SELECT count(*)::int FROM enrolments WHERE course IN ${SAMPLE}`)).toEqual([6]);
  });

  test('a delta of a set adds and ends links', async () => {
    await done('PATCH', 'Courses', {
      value: [
        { '@context': '#Courses/$link', source: "Courses('new')", relationship: 'students', target: 'Students(4)' },
        {
          '@context': '#Courses/$deletedLink',
          source: "Courses('new')",
          relationship: 'students',
          target: 'Students(1)',
        },
      ],
    });
    expect(await enrolled('new')).toEqual([2, 3, 4]);
  });

  test('[226, 241] of what one delta says of the same link the last counts; a link that is not there then cannot be ended', async () => {
    const said = fc.record({ student: fc.integer({ min: 1, max: 4 }), isAdded: fc.boolean() });
    const links = (steps: readonly { student: number; isAdded: boolean }[]): readonly Json[] =>
      steps.map(({ student, isAdded }) => ({
        '@context': `#Courses/$${isAdded ? 'link' : 'deletedLink'}`,
        ...{ source: "Courses('new')", relationship: 'students', target: `Students(${student})` },
      }));
    const members = (steps: readonly { student: number; isAdded: boolean }[]): readonly Json[] =>
      steps.map(({ student, isAdded }) => (isAdded ? ref(student) : { '@removed': {}, number: student }));
    await fc.assert(
      fc.asyncProperty(fc.array(said, { minLength: 1, maxLength: 7 }), fc.nat(2), async (steps, way) => {
        await running().sql("DELETE FROM enrolments WHERE course = 'new'");
        await running().sql("INSERT INTO enrolments (course, student) VALUES ('new', 1), ('new', 2)");
        const expected = new Set([1, 2]);
        const isPossible = steps.every(({ student, isAdded }) =>
          isAdded ? expected.add(student) : expected.delete(student),
        );
        const answer =
          way === 0
            ? await send('PATCH', 'Courses', { value: links(steps) })
            : way === 1
              ? await send('PATCH', "Courses('new')", { 'students@delta': members(steps) })
              : await send('PATCH', "Courses('new')/students", { value: members(steps) });
        expect([steps, way, answer.status < 300]).toEqual([steps, way, isPossible]);
        expect([steps, way, await enrolled('new')]).toEqual([steps, way, isPossible ? [...expected].sort() : [1, 2]]);
      }),
      { seed: 20261126, numRuns: 120 },
    );
  });

  test('[226, 241] an entity of a delta and a link beside it that say of the same link what cannot both be are refused', async () => {
    const link = (isAdded: boolean): Json => ({
      '@context': `#Courses/$${isAdded ? 'link' : 'deletedLink'}`,
      ...{ source: "Courses('new')", relationship: 'students', target: 'Students(1)' },
    });
    const course = (isAdded: boolean): Json => ({
      code: 'new',
      'students@delta': [isAdded ? ref(1) : { '@removed': {}, number: 1 }],
    });
    for (const first of [true, false])
      for (const value of [
        [course(first), link(!first)],
        [link(!first), course(first)],
      ]) {
        await running().sql("DELETE FROM enrolments WHERE course = 'new'");
        await running().sql("INSERT INTO enrolments (course, student) VALUES ('new', 1)");
        const { status } = await send('PATCH', 'Courses', { value });
        expect([value, status, await enrolled('new')]).toEqual([value, 400, [1]]);
      }
  });

  test.each<readonly [method: string, path: string, body: unknown, status: number]>([
    ['POST', "Courses('new')/students/$ref", ref(99), 400],
    ['POST', "Courses('new')/students/$ref", { '@id': "Courses('art')" }, 400],
    ['DELETE', "Courses('new')/students/$ref?$id=Students(4)", undefined, 404],
    ['DELETE', "Courses('new')/students(4)/$ref", undefined, 404],
    ['POST', "Courses('none')/students/$ref", ref(1), 404],
    ['PUT', "Courses('new')/students/$ref", { value: [ref(2), ref(99)] }, 400],
    ['PATCH', "Courses('new')", { 'students@delta': [{ '@removed': {}, number: 4 }] }, 400],
    ['PATCH', "Courses('new')/students", { value: [{ '@removed': {}, number: 4 }] }, 400],
    ['PATCH', "Courses('new')", { students: [{ number: 99 }] }, 400],
    ['POST', 'Courses', { code: 'x', halls: [{ house: 'N', floor: 9, seats: 1 }] }, 400],
    ['POST', 'Courses', { code: 'x', 'students@odata.bind': ['Students(99)'] }, 400],
    [
      'PATCH',
      'Courses',
      {
        value: [
          {
            '@context': '#Courses/$deletedLink',
            source: "Courses('new')",
            relationship: 'students',
            target: 'Students(4)',
          },
        ],
      },
      400,
    ],
  ])('%s %s %j is refused and changes nothing', async (method, path, body, status) => {
    const before = await state();
    const answer = await send(method, path, body);
    expect([answer.status, running().takeFailures()]).toEqual([status, []]);
    expect(await state()).toEqual(before);
  });

  test('[211, 225] a deep insert makes both sides and what ties them, from either side', async () => {
    const made = await done('POST', 'Courses', {
      code: 'deep',
      'students@odata.bind': ['Students(1)'],
      students: [{ name: 'Nina', mentors: [{ name: 'Mo' }, ref(2)] }, ref(3)],
      'halls@odata.bind': ["Halls(house='S',floor=2)"],
    });
    expect(made.status).toBe(201);
    const names = "SELECT name FROM students JOIN enrolments ON student = number WHERE course = 'deep' ORDER BY 1";
    expect(await column(names)).toEqual(['Ann', 'Cy', 'Nina']);
    expect(pick(behind(made.json, 'students'), 'name')).toEqual(['Ann', 'Cy', 'Nina']);
    expect(
      await column(
        "SELECT t.name FROM mentors JOIN students s ON s.number = mentee JOIN students t ON t.number = mentor WHERE s.name = 'Nina' ORDER BY 1",
      ),
    ).toEqual(['Bo', 'Mo']);
    expect(await column("SELECT house || floor FROM course_halls WHERE course = 'deep'")).toEqual(['S2']);
    await done('POST', 'Students', {
      name: 'Olaf',
      courses: [{ code: 'deeper', fee: 3 }, { '@id': "Courses('deep')" }],
    });
    expect(
      await column("SELECT course FROM enrolments JOIN students ON number = student WHERE name = 'Olaf' ORDER BY 1"),
    ).toEqual(['deep', 'deeper']);
  });

  test('a POST to the collection makes an entity and links it', async () => {
    const { json, headers } = await done('POST', "Courses('new')/students", { name: 'Pia' });
    expect(headers['location']).toBe(`${running().root}Students(${String(json['number'])})`);
    expect(await enrolled('new')).toEqual([1, 2, 3, json['number']]);
    expect((await send('POST', "Courses('none')/students", { name: 'Lost' })).status).toBe(404);
    expect(await column("SELECT 1 FROM students WHERE name = 'Lost'")).toEqual([]);
  });

  test('[231] members change, are made and end with the body that names them', async () => {
    const { json } = await done('POST', "Courses('new')/students", { name: 'Gone' });
    await done('PATCH', "Courses('new')", {
      'students@delta': [
        { '@removed': { reason: 'deleted' }, number: json['number'] },
        { number: 1, age: 77 },
        { number: 4, age: 78 },
        { name: 'Quin' },
      ],
    });
    expect(await column("SELECT 1 FROM students WHERE name = 'Gone'")).toEqual([]);
    expect(await column('SELECT age FROM students WHERE number IN (1, 4) ORDER BY number')).toEqual([77, 78]);
    expect(
      await column("SELECT name FROM students JOIN enrolments ON student = number WHERE course = 'new' ORDER BY 1"),
    ).toEqual(['Ann', 'Bo', 'Cy', 'Di', 'Quin']);
    await running().sql('UPDATE students SET age = 15 + number * 4');
  });

  test('dynamic properties beside an id are written, whether the link is new or not', async () => {
    for (const size of [1, 2]) {
      await done('PATCH', "Clubs('go')", { 'partners@delta': [{ '@id': "Clubs('chess')", size }] });
      expect(await column("SELECT more FROM clubs WHERE name = 'chess'")).toEqual([{ size }]);
      expect(await column('SELECT partner FROM partners')).toEqual(['chess']);
    }
  });

  test('links end with either entity, and the other one stays', async () => {
    const { json } = await done('POST', "Courses('new')/students", { name: 'Rex' });
    await done('DELETE', "Courses('new')");
    expect(await enrolled('new')).toEqual([]);
    expect(await column('SELECT name FROM students WHERE number = $1', json['number'])).toEqual(['Rex']);
  });

  test('each member of the collection is changed, and no other entity', async () => {
    await running().sql('UPDATE students SET age = 50');
    await done('PATCH', "Courses('new')/students/$filter(number lt 3)/$each", { age: 51 });
    expect(await column('SELECT number FROM students WHERE age = 51 ORDER BY 1')).toEqual([1, 2]);
    await running().sql('UPDATE students SET age = 15 + number * 4');
  });

  test('any sequence of links and ends of links, from both sides, leaves what sets would hold', async () => {
    const student = fc.integer({ min: 1, max: 4 });
    const step = fc.oneof(
      fc.record({ kind: fc.constantFrom('post', 'post from there', 'delete', 'delete from there'), student }),
      fc.record({ kind: fc.constantFrom('put', 'patch', 'bind'), students: fc.subarray([1, 2, 3, 4]) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        await done('PUT', "Courses('new')/students/$ref", { value: [] });
        const expected = new Set<number>();
        for (const one of steps) {
          if ('students' in one) {
            if (one.kind !== 'bind') expected.clear();
            for (const number of one.students) expected.add(number);
            if (one.kind === 'put') await done('PUT', "Courses('new')/students/$ref", { value: one.students.map(ref) });
            else if (one.kind === 'patch') await done('PATCH', "Courses('new')", { students: one.students.map(ref) });
            else
              await done('PATCH', "Courses('new')", {
                'students@odata.bind': one.students.map((n) => `Students(${n})`),
              });
            continue;
          }
          const here = "Courses('new')/students";
          const there = `Students(${one.student})/courses`;
          if (one.kind === 'post') await done('POST', `${here}/$ref`, ref(one.student));
          else if (one.kind === 'post from there') await done('POST', `${there}/$ref`, { '@id': "Courses('new')" });
          else {
            const path = one.kind === 'delete' ? `${here}(${one.student})/$ref` : `${there}('new')/$ref`;
            expect((await send('DELETE', path)).status).toBe(expected.has(one.student) ? 204 : 404);
          }
          if (one.kind.startsWith('post')) expected.add(one.student);
          else expected.delete(one.student);
        }
        expect(await enrolled('new')).toEqual([...expected].sort());
      }),
      { numRuns: 15, seed: 250 },
    );
  });

  test.each([4, 6])('%i ids with a filter link what the filter leaves', async (count) => {
    const ids = Array.from({ length: count }, (_, place) => {
      const number = (place % 3) + 1;
      return { '@id': `Students/$filter(number in (${number},9) and courses/$count ge 0)(${number})` };
    });
    await done('PUT', "Courses('new')/students/$ref", { value: ids });
    expect(await enrolled('new')).toEqual([1, 2, 3]);
    const other = { '@id': 'Students/$filter(number in (1,9))(2)' };
    const refused = await send('PUT', "Courses('new')/students/$ref", { value: [...ids, other] });
    expect(refused.status).toBe(400);
    expect(refused.text).toContain('(2)');
  });

  test('many links are one statement, whatever their number', async () => {
    await done('PUT', "Courses('new')/students/$ref", { value: [] });
    running().takeRoundTrips();
    await done('PUT', "Courses('new')/students/$ref", { value: [1, 2, 3, 4].map(ref) });
    expect(running().takeRoundTrips()).toBeLessThanOrEqual(3);
    expect(await enrolled('new')).toEqual([1, 2, 3, 4]);
  });
});

describe('patterns and type definitions', () => {
  const full = { Accept: 'application/json;odata.metadata=full' };

  test('[48, 59] $metadata has them, as XML and as JSON', async () => {
    const { text } = await ok('$metadata', { Accept: 'application/xml' });
    expect(text).toContain(
      '<TypeDefinition Name="Money" UnderlyingType="Edm.Decimal" Precision="9" Scale="2"><Annotation Term="Core.Description" String="An amount of money."/></TypeDefinition>',
    );
    expect(text).toContain('<TypeDefinition Name="Tag" UnderlyingType="Edm.String" MaxLength="10"/>');
    expect(text).toContain('<Property Name="fee" Type="Trip.Pin.Money" Nullable="false" DefaultValue="0"/>');
    expect(text).toMatch(/<Property Name="tags" Type="Collection\(Trip.Pin.Tag\)" Nullable="false">/);
    expect(text).toContain('<Annotation Term="Validation.Pattern" String="^[A-Z]{2}-\\d+$"/>');
    const json = (await ok('$metadata?$format=json')).json['Trip.Pin'] as Record<string, Record<string, unknown>>;
    expect(json['Money']).toEqual({
      $Kind: 'TypeDefinition',
      $UnderlyingType: 'Edm.Decimal',
      $Precision: 9,
      $Scale: 2,
      '@Core.Description': 'An amount of money.',
    });
    expect(json['Course']?.['fee']).toEqual({ $Type: 'Trip.Pin.Money', $DefaultValue: 0 });
    expect(json['Course']?.['label']).toMatchObject({ '@Validation.Pattern': '^[A-Z]{2}-\\d+$', $MaxLength: 12 });
  });

  test('[300] values of a type definition are told to be of it under metadata=full, at every level', async () => {
    const { json } = await ok("Students(1)?$expand=courses($filter=code eq 'art')", full);
    expect(behind(json, 'courses')[0]).toMatchObject({
      'fee@odata.type': '#Trip.Pin.Money',
      fee: 10,
      'tags@odata.type': '#Collection(Trip.Pin.Tag)',
    });
    expect((await ok("Courses('art')", full)).json).toMatchObject({ 'fee@odata.type': '#Trip.Pin.Money', fee: 10 });
    expect((await ok("Courses('art')")).text).not.toContain('Money');
  });

  test('they compare and calculate as what they stand for', async () => {
    const { value } = await ok('Courses?$filter=fee add 1 gt 6.5 and isof(fee,Trip.Pin.Money)&$orderby=fee');
    expect(pick(value, 'code')).toEqual(await column('SELECT code FROM courses WHERE fee + 1 > 6.5 ORDER BY fee'));
    const same = await ok('Courses?$filter=cast(fee,Trip.Pin.Money) eq 5.5');
    expect(pick(same.value, 'code')).toEqual(['bio']);
    const sum = await ok('Courses?$apply=aggregate(fee with sum as total)');
    expect(sum.value[0]?.['total']).toBe(Number((await column('SELECT sum(fee) FROM courses'))[0]));
    const codes = await column('SELECT code FROM courses ORDER BY code');
    for (const [filter, found] of [
      ['isof(tags,Collection(Trip.Pin.Tag))', codes],
      ['isof(fee,Trip.Pin.Money)', codes],
      ['isof(tags,Trip.Pin.Tag)', []],
      ['isof(fee,Collection(Trip.Pin.Money))', []],
      ['isof(tags,Collection(Trip.Pin.Money))', []],
      ['isof(code,Trip.Pin.Money)', []],
      ['isof(contract,Trip.Pin.Money)', []],
      ['isof(Trip.Pin.Money)', []],
      ['cast(Trip.Pin.Money) eq null', codes],
      ['cast(contract,Trip.Pin.Money) eq null', codes],
      ['tags/any(t:isof(t,Trip.Pin.Money))', []],
    ] as const)
      expect([filter, pick((await ok(`Courses?$filter=${filter}&$orderby=code`)).value, 'code')]).toEqual([
        filter,
        found,
      ]);
    for (const [filter, status] of [
      ['isof(code,Trip.Pin.Nothing)', 400],
      ["fee eq Trip.Pin.Money'5'", 400],
    ] as const)
      expect([filter, (await running().get(encodeURI(`Courses?$filter=${filter}`))).status]).toEqual([filter, status]);
  });

  test('[134] cast rounds to the facets of a type definition, and is null where they do not hold the value', async () => {
    /** Half away from zero, by the digits of a number written without an exponent. */
    const money = (text: string): number | null => {
      const [whole = '', decimals = ''] = text.replace('-', '').split('.');
      const cents = (BigInt(`${whole}${decimals.padEnd(3, '0').slice(0, 3)}`) + 5n) / 10n;
      if (cents >= 1_000_000_000n) return null;
      return (Number(cents) / 100) * (text.startsWith('-') ? -1 : 1);
    };
    const numbers = [
      '0',
      '7',
      '1.004',
      '1.005',
      '-1.005',
      '12.345678',
      '9999999.99',
      '9999999.994',
      '9999999.995',
      '10000000',
      '-10000000',
    ];
    const texts = ['', 'x', '1234567890', '12345678901', 'ü'.repeat(10), 'ü'.repeat(11), "it''s 10 ch"];
    const items = [
      ...numbers.map((number) => [number, 'Money', money(number)] as const),
      ...numbers.map((number) => [`'${number}'`, 'Money', money(number)] as const),
      ...texts.map((text) => {
        const value = text.replaceAll("''", "'");
        return [`'${text}'`, 'Tag', Array.from(value).length <= 10 ? value : null] as const;
      }),
      ...numbers.map((number) => [number, 'Tag', number.length <= 10 ? number : null] as const),
      ['2020-02-29', 'Money', null],
      ['2020-02-29', 'Tag', '2020-02-29'],
      ['null', 'Money', null],
      ["'x'", 'Money', null],
    ] as const;
    const compute = items.map(([text, type], index) => `cast(${text},Trip.Pin.${type}) as v${index}`).join();
    const { value } = await ok(`Courses?$top=1&$compute=${compute}`);
    items.forEach(([text, type, wanted], index) =>
      expect([text, type, value[0]?.[`v${index}`]]).toEqual([text, type, wanted]),
    );
    const { value: rows } = await ok(
      'Courses?$compute=cast(fee mul 333333.337,Trip.Pin.Money) as m,cast(fee,Trip.Pin.Tag) as t',
    );
    for (const { fee, m, t } of rows)
      expect([m, t]).toEqual([money((Number(fee) * 333333.337).toFixed(6)), String(fee)]);
  });

  test.each<readonly [body: Json, target: string | undefined]>([
    [{ label: 'AB-12' }, undefined],
    [{ label: null }, undefined],
    [{ tags: ['one', 'two'] }, undefined],
    [{ fee: '12.50' }, undefined],
    [{ 'fee@odata.type': '#Trip.Pin.Money', fee: 3 }, undefined],
    [{ contract: { text: 'a x b', sum: 1 } }, undefined],
    [{ label: 'ab-12' }, 'label'],
    [{ label: 'AB-12\n' }, 'label'],
    [{ label: '' }, 'label'],
    [{ tags: ['one', 'two words'] }, 'tags/1'],
    [{ tags: ['longer than 10'] }, 'tags/0'],
    [{ fee: 1.234 }, 'fee'],
    [{ contract: { text: 'abc' } }, 'contract/text'],
  ])('PATCH of %j', async (body, target) => {
    const answer = await send('PATCH', "Courses('void')", body);
    expect([answer.status, answer.error.target]).toEqual([target === undefined ? 200 : 400, target]);
  });

  test('a raw value and a further item match, too', async () => {
    const put = (text: string): Promise<Answer> =>
      running().send('PUT', "Courses('void')/label/$value", { 'Content-Type': 'text/plain', 'If-Match': '*' }, text);
    expect((await put('ZZ-9')).status).toBe(204);
    expect((await put('zz-9')).status).toBe(400);
    expect((await send('POST', "Courses('void')/tags", { value: 'not one' })).status).toBe(400);
    expect((await send('POST', "Courses('void')/tags", { value: 'one' })).status).toBe(204);
    expect(await column("SELECT label || array_to_string(tags, ',') FROM courses WHERE code = 'void'")).toEqual([
      'ZZ-9one,two,one',
    ]);
  });
});

it.each([
  ['Halls/N/1', 200, { house: 'N', floor: 1, seats: 20 }],
  ['Halls/S/2/seats', 200, { value: 30 }],
  ['Halls/N/2/$ref', 200, { '@odata.id': "Halls(house='N',floor=2)" }],
  ["Courses('art')/halls/S/2", 200, { house: 'S', floor: 2 }],
  ['Courses/art/halls/N/2', 404, {}],
  ['Halls/N/9', 404, {}],
  ['Halls/N', 400, {}],
  ['Halls/N/seats', 400, {}],
  ['Halls/1/N', 400, {}],
  ['Halls/N/$count', 404, {}],
] as const)(
  '[71] a key of two parts is two segments, in the order of $metadata: %s is %s',
  async (path, status, body) => {
    const answer = await running().get(path, { 'OData-MaxVersion': '4.01' });
    expect([answer.status, answer.text]).toEqual([status, expect.stringMatching(/./)]);
    expect(answer.json).toMatchObject(body);
  },
);

describe('rules', () => {
  test('ask a lookup whether anything is behind a relation to many, in whichever table the link is', async () => {
    const students = await running().sql('SELECT DISTINCT name FROM students ORDER BY name');
    for (const { name } of students) {
      const rows = await running().sql(
        `SELECT number, EXISTS (SELECT FROM enrolments WHERE student = number) AS courses FROM students
         WHERE name = $1 ORDER BY number LIMIT 10`,
        [name],
      );
      found.length = 0;
      await done('POST', 'Students', { name });
      // The request writes a student: whether one is behind these is not known yet.
      expect(found).toEqual([rows.map((row) => ({ ...row, mentors: null, mentees: null }))]);
    }
  });

  test('know nothing yet of relations of what the request itself writes', async () => {
    found.length = 0;
    const value = [{ name: 'Twin' }, { name: 'Twin' }];
    await done('PATCH', 'Students', { value }, { 'OData-Version': '4.01' });
    const numbers = await column("SELECT number FROM students WHERE name = 'Twin' ORDER BY number");
    const unknown = { courses: null, mentors: null, mentees: null };
    expect(found).toEqual([[], [{ number: numbers[0], ...unknown }]]);
  });

  test('have a statement run once behind all writes of a request, with what each of them says', async () => {
    const value = [
      { name: 'Graduate A' },
      { name: 'Other', age: 1 },
      { name: 'Graduate B', age: 7 },
      { name: 'Graduate B' },
    ];
    await done('PATCH', 'Students', { value }, { 'OData-Version': '4.01' });
    const rows = await running().sql(
      "SELECT name, age FROM students WHERE name LIKE 'Graduate%' OR name = 'Other' ORDER BY number",
    );
    expect(rows).toEqual([
      { name: 'Graduate A', age: 100 },
      { name: 'Other', age: 1 },
      { name: 'Graduate B', age: 107 },
      { name: 'Graduate B', age: 100 },
    ]);
    const refused = await send(
      'PATCH',
      'Students',
      { value: [{ name: 'Graduate A' }, { name: 'x', age: 'x' }] },
      { 'OData-Version': '4.01' },
    );
    expect(refused.status).toBe(400);
    expect(await column("SELECT age FROM students WHERE name = 'Graduate A'")).toEqual([100]);
  });
});
