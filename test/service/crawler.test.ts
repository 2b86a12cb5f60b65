/** From the service document along every link: each leads somewhere, and what stands there is as $metadata declares it. */
import { startService, type Answer, type Json, type TestService } from '../setup/service';

let service: TestService;
let schema: Json;

beforeAll(async () => {
  service = await startService({ expandPageSize: 3 });
  const metadata = (await service.get('$metadata?$format=json')).json;
  schema = metadata['Microsoft.NAV'] as Json;
});
afterAll(() => service.close());

const full = { Accept: 'application/json;odata.metadata=full' };
/** Pages, links of one form and all links that are followed at most. */
const PER_FORM = 2;
const guid = /[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}/g;
const formOf = (url: string): string => url.replace(guid, '*').replace(/\$skiptoken=.*/, '$skiptoken');

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Every link of a payload, relative ones against the context around them. JSON §4.3 */
function linksOf(value: unknown, base: string): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => linksOf(item, base));
  if (!isObject(value)) return [];
  const context = typeof value['@odata.context'] === 'string' ? value['@odata.context'] : base;
  return Object.entries(value).flatMap(([name, member]) => {
    if (/@odata\.(?:\w+Link|id)$/.test(name) && typeof member === 'string') return [new URL(member, context).href];
    return linksOf(member, context);
  });
}

/** The resource that a fragment speaks of, without its list and `/$entity`. Protocol §10 */
function resourceOf(context: string): string | undefined {
  const [root = '', fragment] = context.split('$metadata');
  if (!fragment || fragment === '#$ref' || fragment.startsWith('#Collection(')) return undefined;
  let path = decodeURIComponent(fragment.slice(1)).replace(/\/\$entity$/, '');
  for (let before = ''; before !== path;) {
    before = path;
    path = path.replace(/\((?![^()]*[\da-f]{8}-)[^()]*\)(?=[^/]*$)/, '');
  }
  return root + encodeURI(path);
}

// ---- declared types

const strings = new Map<string, RegExp>([
  ['Edm.Guid', /^[\da-f]{8}-([\da-f]{4}-){3}[\da-f]{12}$/],
  ['Edm.Date', /^\d{4}-\d\d-\d\d$/],
  ['Edm.DateTimeOffset', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,12})?Z$/],
]);

function problemsOf(object: Json, typeName: string, path: string): string[] {
  const type = schema[typeName];
  if (!isObject(type)) return [`${path}: no type ${typeName}`];
  return Object.entries(object).flatMap(([name, value]) => {
    if (name.includes('@') || name.startsWith('#')) return [];
    const declared = type[name];
    if (!isObject(declared)) return [`${path}/${name} is not declared`];
    return problemsOfValue(value, declared, `${path}/${name}`);
  });
}

function problemsOfValue(value: unknown, declared: Json, path: string): string[] {
  const name = typeof declared['$Type'] === 'string' ? declared['$Type'] : 'Edm.String';
  if (declared['$Collection'] === true)
    return Array.isArray(value)
      ? value.flatMap((item, index) => problemsOfValue(item, { ...declared, $Collection: false }, `${path}[${index}]`))
      : [`${path} is no array`];
  if (value === null) return declared['$Nullable'] === true ? [] : [`${path} is null`];
  const own = /^Microsoft\.NAV\.(\w+)$/.exec(name)?.[1];
  if (own === undefined)
    return isPrimitive(value, name, declared) ? [] : [`${path}: ${JSON.stringify(value)} is no ${name}`];
  const type = schema[own];
  if (isObject(type) && type['$Kind'] === 'EnumType')
    return typeof value === 'string' && typeof type[value] === 'number'
      ? []
      : [`${path}: no member ${JSON.stringify(value)}`];
  return isObject(value) ? (isReference(value) ? [] : problemsOf(value, own, path)) : [`${path} is no object`];
}

const isReference = (value: Json): boolean => Object.keys(value).every((name) => name.startsWith('@'));

function isPrimitive(value: unknown, name: string, { $MaxLength: most }: Json): boolean {
  const form = strings.get(name);
  if (form) return typeof value === 'string' && form.test(value);
  if (name === 'Edm.Boolean') return typeof value === 'boolean';
  if (name === 'Edm.Decimal') return typeof value === 'number';
  if (name === 'Edm.Int32') return Number.isInteger(value);
  return name === 'Edm.String' && typeof value === 'string' && [...value].length <= Number(most ?? Infinity);
}

const typeNamed = (text: unknown): string | undefined =>
  typeof text === 'string' ? /^#Microsoft\.NAV\.(\w+)$/.exec(text)?.[1] : undefined;

/** Entities of an answer, checked against the type that they name. */
function check(value: unknown, path: string): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => check(item, path));
  if (!isObject(value)) return [];
  const type = typeNamed(value['@odata.type']);
  if (type !== undefined) return problemsOf(value, type, path);
  return Object.values(value).flatMap((member) => check(member, path));
}

/** Links left to follow, a few of each form. */
class Frontier {
  private readonly seen = new Set<string>();
  private readonly forms = new Map<string, number>();
  private readonly waiting: string[] = [];

  add(urls: readonly string[]): void {
    for (const url of urls) {
      const count = this.forms.get(formOf(url)) ?? 0;
      if (this.seen.has(url) || count >= PER_FORM) continue;
      this.seen.add(url);
      this.forms.set(formOf(url), count + 1);
      this.waiting.push(url);
    }
  }

  next = (): string | undefined => this.waiting.shift();

  get formsFollowed(): readonly string[] {
    return [...this.forms.keys()];
  }
}

test('[2, 22, 41, 55, 64, 300, 314, 316] every link of every payload leads to what $metadata declares', async () => {
  const frontier = new Frontier();
  const document = await service.get('', full);
  const context = String(document.json['@odata.context']);
  const urls = document.value.map(({ url }) => new URL(String(url), context).href);
  expect(urls.length).toBeGreaterThan(5);
  frontier.add(urls);
  frontier.add(urls.map((url) => `${url}?$expand=*`));
  const problems: string[] = [];
  let followed = 0;
  for (let url = frontier.next(); url !== undefined; url = frontier.next()) {
    const answer: Answer = await service.get(url, { ...full, Prefer: 'maxpagesize=4' });
    followed += 1;
    if (answer.status === 204) continue;
    if (answer.status !== 200) {
      problems.push(`${url}: ${answer.status} ${answer.text.slice(0, 200)}`);
      continue;
    }
    problems.push(...check(answer.json, url));
    frontier.add(linksOf(answer.json, url));
    const resource = resourceOf(String(answer.json['@odata.context']));
    if (resource !== undefined) frontier.add([resource]);
  }
  expect([...problems, ...service.takeFailures()]).toEqual([]);
  expect(followed).toBeGreaterThan(100);
  const forms = frontier.formsFollowed.map((form) => form.replace(service.root, ''));
  for (const form of [
    'customers(*)',
    'customers(*)/salesInvoices/$ref',
    'customerPaymentJournals(*)/customerPayments(*)/dimensionLines(*)',
    'companies(*)/customers(*)/salesInvoices',
    'companies(*)/customerPaymentJournals(*)/customerPayments(*)',
    'customerPaymentJournals(*)/customerPayments?$skiptoken',
    'customers?$expand=*&$skiptoken',
  ])
    expect(forms).toContain(form);
});

test('[41] every row of every set is as declared, whatever its values', async () => {
  for (const { url } of (await service.get('')).value) {
    const rows = await service.all(`${String(url)}?$expand=*`, full);
    expect(rows.length).toBeGreaterThan(0);
    expect(check(rows, String(url))).toEqual([]);
  }
});
