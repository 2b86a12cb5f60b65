/** Rows of the second model as instances: entities that lead to others of their set, to items, and to many from both sides. */
import type { TestService } from '../service';
import { Instance, type Shape, type Value } from './instances';

interface Root {
  readonly path: string;
  readonly shape: Shape;
  readonly rows: readonly Instance[];
}

const number = { kind: 'number' } as const;
const text = { kind: 'text' } as const;

const contacts: Shape = {
  code: text,
  revision: number,
  friend: { kind: 'entity', of: () => contacts },
  friends: { kind: 'entities', of: () => contacts },
  'Trip.Pin.Employee': { kind: 'cast', of: () => employees },
  'Trip.Pin.Manager': { kind: 'cast', of: () => managers },
};
/** What those of derived types have beside that. */
const employees: Shape = { level: number, manager: { kind: 'entity', of: () => bosses } };
const managers: Shape = { directReports: { kind: 'entities', of: () => staff } };
const { 'Trip.Pin.Employee': _, 'Trip.Pin.Manager': cast = number, ...common } = contacts;
const staff: Shape = { ...common, 'Trip.Pin.Manager': cast, ...employees };
const bosses: Shape = { ...common, ...employees, ...managers };
const offers: Shape = { price: number };
const rooms: Shape = { beds: number, name: text, offers: { kind: 'items', of: () => offers } };
/** What else a room has, as a text: a name that no path has. */
const REST = '#';
const hotels: Shape = {
  code: text,
  note: text,
  revision: number,
  main: { kind: 'entity', of: () => hotels },
  branches: { kind: 'entities', of: () => hotels },
  rooms: { kind: 'items', of: () => rooms },
};
const students: Shape = { name: text, age: number, revision: number, courses: { kind: 'entities', of: () => courses } };
const courses: Shape = { code: text, students: { kind: 'entities', of: () => students } };

const value = (one: unknown): Value => (typeof one === 'number' || typeof one === 'string' ? one : null);

const roomOf = ({ beds, name, offers: own, ...rest }: Readonly<Record<string, unknown>>): Instance =>
  new Instance(
    undefined,
    {},
    {
      beds: value(beds),
      name: value(name),
      offers: (Array.isArray(own) ? (own as readonly Record<string, unknown>[]) : []).map(
        ({ price, ...more }) => new Instance(undefined, {}, { price: value(price), [REST]: JSON.stringify(more) }),
      ),
      [REST]: JSON.stringify(rest),
    },
  );

/** What a contact has as one of its type. */
const typedOf = (
  { kind, level, manager }: Readonly<Record<string, unknown>>,
  of: (code: unknown) => Value,
  reports: () => Value,
): Readonly<Record<string, () => Value>> => ({
  ...((kind === 'employee' || kind === 'manager') && { level: () => value(level), manager: () => of(manager) }),
  ...(kind === 'manager' && { directReports: reports }),
});

export async function structuresOf(service: Pick<TestService, 'sql'>): Promise<readonly Root[]> {
  const tree = async (table: string, names: readonly string[], up: string, down: string): Promise<Instance[]> => {
    const stored = await service.sql(`SELECT * FROM ${table} ORDER BY code`);
    const made = new Map<unknown, Instance>();
    for (const row of stored) {
      const items = Array.isArray(row['rooms']) ? (row['rooms'] as readonly Record<string, unknown>[]) : [];
      const inner = items.map(roomOf);
      const parent = up === 'main' ? row['main'] : row['friend'];
      made.set(
        row['code'],
        new Instance(`${table} ${String(row['code'])}`, {
          ...Object.fromEntries(names.map((name) => [name, () => value(row[name])])),
          [up]: () => made.get(parent) ?? null,
          ...typedOf(
            row,
            (code) => made.get(code) ?? null,
            () =>
              stored.filter((other) => other['manager'] === row['code']).flatMap(({ code }) => made.get(code) ?? []),
          ),
          [down]: () => stored.filter((other) => other[up] === row['code']).flatMap(({ code }) => made.get(code) ?? []),
          ...(table === 'hotels' && { rooms: () => inner }),
        }),
      );
    }
    return [...made.values()];
  };
  const enrolments = await service.sql('SELECT course, student FROM enrolments');
  const ofStudents = new Map<unknown, Instance>();
  const ofCourses = new Map<unknown, Instance>();
  for (const row of await service.sql('SELECT * FROM students ORDER BY number'))
    ofStudents.set(
      row['number'],
      new Instance(`students ${String(row['number'])}`, {
        ...Object.fromEntries(['name', 'age', 'revision'].map((name) => [name, () => value(row[name])])),
        courses: () =>
          enrolments
            .filter(({ student }) => student === row['number'])
            .flatMap(({ course }) => ofCourses.get(course) ?? []),
      }),
    );
  for (const { code } of await service.sql('SELECT code FROM courses ORDER BY code'))
    ofCourses.set(
      code,
      new Instance(`courses ${String(code)}`, {
        code: () => value(code),
        students: () =>
          enrolments.filter(({ course }) => course === code).flatMap(({ student }) => ofStudents.get(student) ?? []),
      }),
    );
  return [
    { path: 'Contacts', shape: contacts, rows: await tree('contacts', ['code', 'revision'], 'friend', 'friends') },
    { path: 'Hotels', shape: hotels, rows: await tree('hotels', ['code', 'note', 'revision'], 'main', 'branches') },
    { path: 'Courses', shape: courses, rows: [...ofCourses.values()] },
    { path: 'Students', shape: students, rows: [...ofStudents.values()] },
  ];
}
