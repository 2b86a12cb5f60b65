/** Examples that work when tried: keys of entities that are there, and options over their properties. */
import {
  type Description,
  isParameter,
  type Json,
  membersOf,
  methods,
  objectOf,
  type Operation,
  type Parameter,
  type PathItem,
  pathParameters,
  schemaOfBody,
} from './description';

/** Reads a path of the service; undefined when there is nothing. */
export type Read = (url: string) => Promise<Json | undefined>;

/** A path up to each of its keys, e.g. `/a({id})/b({id_1})` → [`/a`, `({id})`], [`/a({id})/b`, `({id_1})`]. */
function keysOf(path: string): readonly (readonly [before: string, key: string])[] {
  return [...path.matchAll(/\([^)]*\{[^)]*\)/g)].map((match) => [path.slice(0, match.index), match[0]]);
}

/** The key properties in a template, by the names of their parameters: `({id_1})` has none of its own, `(a={a},b={b})` two. */
function partsOf(key: string): readonly (readonly [property: string | undefined, parameter: string])[] {
  return key
    .slice(1, -1)
    .split(',')
    .map((part) => {
      const [, property, parameter = ''] = /^(?:(\w+)=)?'?\{(\w+)\}'?$/.exec(part) ?? [];
      return [property, parameter];
    });
}

/** Fills the parameters of a path that are known. */
export const fill = (path: string, values: ReadonlyMap<string, string>): string =>
  path.replace(/\{(\w+)\}/g, (template, name: string) => values.get(name) ?? template);

const FILTER = '/$filter';
/** The key at the end of a path. */
const KEY = /\([^()]*\)$/;

class Samples {
  readonly #rows = new Map<string, Promise<Json | undefined>>();

  constructor(
    readonly read: Read,
    readonly containedIn: (collection: string) => string | undefined,
  ) {}

  /** An entity of a collection; one that has something below it, where that is possible. */
  row(template: string, url: string): Promise<Json | undefined> {
    const known = this.#rows.get(url);
    if (known) return known;
    const making = (async () => {
      const inner = this.containedIn(template);
      const filled =
        inner === undefined ? undefined : await this.#first(`${url}?$top=1&$filter=${encodeURIComponent(inner)}`);
      return filled ?? this.#first(`${url}?$top=1`);
    })();
    this.#rows.set(url, making);
    return making;
  }

  async #first(url: string): Promise<Json | undefined> {
    const rows = (await this.read(url))?.['value'];
    return Array.isArray(rows) && rows.length > 0 ? objectOf(rows[0]) : undefined;
  }

  /** The values of the parameters of a path, as far as there are entities. */
  async valuesOf(path: string): Promise<ReadonlyMap<string, string>> {
    const values = new Map<string, string>();
    for (const [before, key] of keysOf(path)) {
      // A condition stands where a key does: `/customers/$filter({filter_expression})`.
      const isCondition = before.endsWith(FILTER);
      const collection = isCondition ? before.slice(0, -FILTER.length) : before;
      const url = fill(collection, values);
      if (url.includes('{')) break;
      const row = await this.row(collection, url);
      const condition = filterExample(row);
      if (row === undefined || (isCondition && condition === undefined)) break;
      if (isCondition) for (const [, parameter] of partsOf(key)) values.set(parameter, condition ?? '');
      else
        for (const [property, parameter] of partsOf(key)) {
          const value = row[property ?? parameter.replace(/_\d+$/, '')];
          if (typeof value === 'string' || typeof value === 'number') values.set(parameter, String(value));
        }
    }
    return values;
  }
}

/** The collections that are contained in the entities of another, told by the paths themselves: `/a({id})/b` with GET and POST is in `/a`. */
function containment({ paths }: Description): (collection: string) => string | undefined {
  const children = (collection: string): readonly string[] => {
    const prefix = Object.keys(paths).find(
      (path) => path.startsWith(`${collection}(`) && /\)$/.test(path) && !path.slice(collection.length).includes('/'),
    );
    if (prefix === undefined) return [];
    return Object.keys(paths).filter(
      (path) =>
        path.startsWith(`${prefix}/`) &&
        /^\/\w+$/.test(path.slice(prefix.length)) &&
        paths[path]?.get &&
        paths[path].post,
    );
  };
  return (collection) => {
    const [child] = children(collection);
    if (child === undefined) return undefined;
    const name = child.slice(child.lastIndexOf('/') + 1);
    const [grandchild] = children(child);
    return grandchild === undefined
      ? `${name}/any()`
      : `${name}/any(x:x/${grandchild.slice(grandchild.lastIndexOf('/') + 1)}/any())`;
  };
}

/** An option's example, from what the mapping lists as possible and from the entity that was found. */
function optionExample({ name, schema }: Parameter, row: Json | undefined): unknown {
  const items = objectOf(schema?.['items'])['enum'];
  const choices = Array.isArray(items) ? items.map(String) : [];
  switch (name) {
    case '$filter':
      return filterExample(row);
    case '$orderby':
      return choices.filter((choice) => choice.endsWith(' desc') && !choice.startsWith('id')).slice(0, 1);
    case '$select':
      return choices.slice(0, 3);
    case '$expand':
      // The first is often the entity that holds these, which a reader has seen already.
      return choices.filter((choice) => choice !== '*').slice(-1);
    default:
      return undefined;
  }
}

/** A condition that the entity itself meets. */
function filterExample(row: Json | undefined): string | undefined {
  for (const [name, value] of Object.entries(row ?? {})) {
    if (name.includes('@') || /^\w*id$/i.test(name)) continue;
    if (typeof value === 'string' && !/^\d{4}-/.test(value) && value.length < 30)
      return `${name} eq '${value.replaceAll("'", "''")}'`;
    if (typeof value === 'number') return `${name} le ${String(value)}`;
  }
  return undefined;
}

/** Puts examples into a description, reading the entities they name. */
export async function addExamples(description: Description, read: Read): Promise<void> {
  const samples = new Samples(read, containment(description));
  for (const [path, item] of Object.entries(description.paths)) {
    const values = new Map(await samples.valuesOf(path));
    const parameters = pathParameters(item);
    for (const parameter of parameters) {
      // What is no key is asked of people; of them a date can be given for any.
      if (!values.has(parameter.name) && parameter.schema?.['format'] === 'date') values.set(parameter.name, today());
      const value = values.get(parameter.name);
      if (value !== undefined) parameter.example = value;
    }
    if (!parameters.every(({ name }) => values.has(name))) continue;
    const url = fill(path, values);
    if (item.get) await addOptionExamples(item.get, url, read);
    if (item.post) await addArguments(item.post, description, samples);
    if (!path.includes(FILTER))
      await addReferences(item, path.replace(KEY, ''), url.replace(KEY, ''), description, samples);
  }
}

const today = (): string => new Date().toISOString().slice(0, 10);

/** A body names the entities that each of its kind belongs to: those of one that is there. A PUT keeps what that one has. */
async function addReferences(
  item: PathItem,
  collection: string,
  url: string,
  { components }: Description,
  samples: Samples,
): Promise<void> {
  for (const method of methods) {
    const operation = item[method];
    const body = operation?.requestBody?.content['application/json'];
    const name = operation && schemaOfBody(operation);
    if (!body?.example || name === undefined) continue;
    const example = objectOf(body.example);
    const row = (await samples.row(collection, url)) ?? {};
    const known = membersOf(components.schemas[name]).filter(
      ([member, { type, format }]) =>
        typeof row[member] === 'string' &&
        ((method === 'put' && member in example) || (type === 'string' && format === 'uuid')),
    );
    body.example = { ...example, ...Object.fromEntries(known.map(([member]) => [member, row[member]])) };
  }
}

/** A parameter of an action names an entity of the collection that it is called after: `invoiceId` one of `/salesInvoices`. */
async function addArguments({ requestBody }: Operation, { paths }: Description, samples: Samples): Promise<void> {
  const body = requestBody?.content['application/json'];
  if (!body || body.example !== undefined) return;
  const given: Record<string, unknown> = {};
  for (const [name, { format }] of membersOf(body.schema)) {
    const ending = name.toLowerCase().replace(/id$/, 's');
    const collection = Object.keys(paths).find((path) => /^\/\w+$/.test(path) && path.toLowerCase().endsWith(ending));
    if (format === 'uuid' && collection) given[name] = (await samples.row(collection, collection))?.['id'];
  }
  if (Object.keys(given).length > 0) body.example = given;
}

async function addOptionExamples(operation: Operation, url: string, read: Read): Promise<void> {
  const parameters = (operation.parameters ?? []).filter(isParameter).filter(({ in: place }) => place === 'query');
  if (parameters.length === 0) return;
  const answer = parameters.some(({ name }) => name === '$filter') ? await read(`${url}?$top=1`) : undefined;
  const rows = answer?.['value'];
  for (const parameter of parameters) {
    const example = optionExample(parameter, Array.isArray(rows) ? objectOf(rows[0]) : undefined);
    if (example !== undefined && !(Array.isArray(example) && example.length === 0)) parameter.example = example;
  }
}
