/** Writes of many entities go on in turns: between those others have theirs. The clock is one of the test, a millisecond later whenever it is asked. */
import { RuleBook } from '../../src/odata';
import { Student } from '../setup/trip-pin/linked-entities';
import { runTripPin } from '../setup/trip-pin/running';

let mockedTurns = 0;
jest.mock('node:timers/promises', () => ({
  ...jest.requireActual<object>('node:timers/promises'),
  setImmediate: () => {
    mockedTurns++;
    return new Promise<void>((resolve) => void setImmediate(resolve));
  },
}));

/** How many rules have run in each turn. */
const ran = new Map<number, number>();
const run = (): void => void ran.set(mockedTurns, (ran.get(mockedTurns) ?? 0) + 1);
const rules = new RuleBook().add(Student, { create: run, update: run, delete: run });
const { running, done } = runTripPin({ rules }, { 'OData-MaxVersion': '4.01' });

const MANY = 200;
const students = (name: string): readonly unknown[] => Array.from({ length: MANY }, (_, age) => ({ name, age }));

beforeEach(() => {
  let now = 0;
  jest.spyOn(performance, 'now').mockImplementation(() => now++);
  ran.clear();
});
afterEach(() => jest.restoreAllMocks());

test.each<readonly [what: string, method: string, path: string, body: unknown]>([
  ['a deep insert', 'POST', 'Courses', { code: 'turns', students: students('deep') }],
  ['a delta', 'PATCH', 'Students', { '@context': '#$delta', value: students('delta') }],
  ['a change of each', 'PATCH', "Students/$filter(name eq 'delta')/$each", { age: 5 }],
  ['a delta within a change', 'PATCH', "Courses('turns')", { 'students@delta': students('linked') }],
  ['the end of each', 'DELETE', "Students/$filter(name eq 'delta')/$each", undefined],
])('rules run in turns: %s', async (_, method, path, body) => {
  const before = mockedTurns;
  await done(method, path, body);
  expect([...ran.values()].reduce((sum, count) => sum + count, 0)).toBe(MANY);
  expect(Math.max(...ran.values())).toBeLessThan(10);
  expect(mockedTurns - before).toBeGreaterThan(MANY / 8);
});

test('so do links, and what they refer to is asked for together', async () => {
  const { sql, takeSent } = running();
  const rows = await sql(
    "INSERT INTO students (name, revision) SELECT 'free', 1 FROM generate_series(1, $1) RETURNING number",
    [MANY],
  );
  const ids = rows.map(({ number }) => `Students(${String(number)})`);
  await sql("INSERT INTO courses (code) VALUES ('refs'), ('links')");
  const link = { '@context': '#Courses/$link', source: "Courses('links')", relationship: 'students' };
  for (const [method, path, body] of [
    ['POST', 'Courses', { code: 'bound', 'students@bind': ids }],
    ['PUT', "Courses('refs')/students/$ref", { value: ids.map((id) => ({ '@id': id })) }],
    ['PATCH', 'Courses', { '@context': '#$delta', value: ids.map((target) => ({ ...link, target })) }],
  ] as const) {
    const before = mockedTurns;
    takeSent();
    await done(method, path, body);
    expect(mockedTurns - before).toBeGreaterThan(MANY / 4);
    expect(takeSent()).toBeLessThan(20);
  }
  const linked =
    "SELECT course, count(*)::int FROM enrolments WHERE course IN ('bound', 'links', 'refs') GROUP BY 1 ORDER BY 1";
  expect((await sql(linked)).map(({ count }) => count)).toEqual([MANY, MANY, MANY]);
});

test('each of many references is told of by itself, and those that say the same are one', async () => {
  const { sql, send } = running();
  const rows = await sql(
    "INSERT INTO students (name, revision) SELECT 'x', 1 FROM generate_series(1, 8) RETURNING number",
  );
  const ids = rows.map(({ number }) => `Students(${String(number)})`);
  await sql("INSERT INTO courses (code) VALUES ('told')");
  const refused = await send(
    'PATCH',
    'Courses',
    { 'Content-Type': 'application/json' },
    JSON.stringify({
      '@context': '#$delta',
      value: [...ids, 'Students(0)', ...ids, 'Students(-1)'].map((target) => ({
        ...{ '@context': '#Courses/$link', source: "Courses('told')", relationship: 'students', target },
      })),
    }),
  );
  expect(refused.status).toBe(400);
  expect(refused.text).toMatch(/'Students\(0\)'.*'Students\(-1\)'/);
  for (const id of ids) expect(refused.text).not.toContain(`'${id}'`);
  const value = [...ids, ...ids.toReversed()].map((id) => ({ '@id': id }));
  await done('PUT', "Courses('told')/students/$ref", { value });
  expect(await sql("SELECT count(*)::int FROM enrolments WHERE course = 'told'")).toEqual([{ count: ids.length }]);
});

test('numbers that the database draws are asked for as one statement', async () => {
  const { takeSent } = running();
  takeSent();
  await done('POST', 'Courses', { code: 'drawn', students: students('drawn') });
  expect(takeSent()).toBeLessThan(20);
  const drawn = "SELECT age FROM students WHERE name = 'drawn' ORDER BY number";
  expect((await running().sql(drawn)).map(({ age }) => age)).toEqual(Array.from({ length: MANY }, (_, age) => age));
});

test('so are rows by keys of several properties', async () => {
  const { sql, takeSent } = running();
  const floors = Array.from({ length: MANY }, (_, floor) => floor);
  await sql("INSERT INTO halls (house, floor, seats) SELECT 'many', floor, 1 FROM unnest($1::int[]) floor", [floors]);
  await sql("INSERT INTO courses (code) VALUES ('keyed')");
  takeSent();
  const halls = floors.filter((floor) => floor % 2 === 0).map((floor) => ({ house: 'many', floor }));
  await done('PATCH', "Courses('keyed')", { halls });
  expect(takeSent()).toBeLessThan(20);
});
