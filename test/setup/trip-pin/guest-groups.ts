/** A second opinion on groupby over rows of an open type: the projections of the standard, taken literally. Data Aggregation §3.2.3.1 */
import type { Json, TestService } from '../service';

/** A guest as the tables hold it. */
export interface Guest {
  readonly code: string;
  readonly age: number | null;
  readonly extra: Json;
  readonly host: Guest | null;
}

/** All guests by plain SQL. */
export async function guestsOf(service: TestService): Promise<readonly Guest[]> {
  const rows = await service.sql('SELECT code, age, extra, host FROM guests');
  const found = new Map<unknown, Guest>();
  const guest = (code: unknown): Guest | null => {
    const row = rows.find((one) => one['code'] === code);
    if (!row) return null;
    const known = found.get(code);
    if (known) return known;
    const { age, extra } = row as unknown as Guest;
    const made: Guest = { code: String(code), age, extra, host: guest(row['host']) };
    found.set(code, made);
    return made;
  };
  return rows.flatMap(({ code }) => guest(code) ?? []);
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const namesAt = (paths: readonly string[], at: string): readonly string[] => [
  ...new Set(paths.flatMap((path) => (path.startsWith(at) ? [path.slice(at.length).split('/')[0] ?? ''] : []))),
];

/** What a group shows of a row: of each path its value, of an entity that it leads to the code. */
export function projected(guest: Guest, paths: readonly string[], at = ''): Json {
  return Object.assign(
    {},
    ...namesAt(paths, at).map((name): Json => {
      const isWhole = paths.includes(at + name);
      if (name === 'host') {
        const { host } = guest;
        return { host: host && (isWhole ? `entity ${host.code}` : projected(host, paths, `${at}host/`)) };
      }
      if (name === 'code' || name === 'age') return { [name]: guest[name] };
      const value = guest.extra[name] ?? null;
      if (!isWhole) return { [name]: isObject(value) ? partsOf(value, paths, `${at}${name}/`) : null };
      const type = guest.extra[`${name}@type`];
      return {
        ...(value === null || type === undefined ? {} : { [`${name}@odata.type`]: `#${type as string}` }),
        [name]: value,
      };
    }),
  ) as Json;
}

const partsOf = (object: Json, paths: readonly string[], at: string): Json =>
  Object.fromEntries(
    namesAt(paths, at).map((name) => {
      const value = object[name] ?? null;
      if (paths.includes(at + name)) return [name, value];
      return [name, isObject(value) ? partsOf(value, paths, `${at}${name}/`) : null];
    }),
  );

/** The text of a value, the same for the same members in any order. */
export const textOf = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) =>
    isObject(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner,
  );

/** The rows that a projection makes the same. */
export function groupsOf(guests: readonly Guest[], paths: readonly string[]): readonly (readonly Guest[])[] {
  const found = new Map<string, Guest[]>();
  for (const guest of guests) {
    const key = textOf(projected(guest, paths));
    found.set(key, [...(found.get(key) ?? []), guest]);
  }
  return [...found.values()];
}

/** A row of an answer as the projections have it: entities by their codes, and of what the request computed no type. */
export function shown(value: unknown, computed: readonly string[] = ['n']): unknown {
  if (!isObject(value)) return value;
  if (value['@odata.etag'] !== undefined) return `entity ${String(value['code'])}`;
  const told = Object.entries(value).filter(
    ([name]) => !name.startsWith('@') && !computed.includes(name.replace('@odata.type', '')),
  );
  return Object.fromEntries([
    ...told.map(([name, item]) => [name, shown(item, computed)] as const),
    ...computed.flatMap((name) => (name in value ? [[name, value[name]] as const] : [])),
  ]);
}

/** Rows whose order does not matter. */
export const sortedTexts = (rows: readonly unknown[]): readonly string[] => rows.map(textOf).sort();
