/** $metadata taken at its word: what it says is offered works, what works is said, set by set. Vocabularies Core and Capabilities */
import { startService, withOptions, type Answer, type Json, type TestService } from '../setup/service';

let service: TestService;
let schema: Json;
let container: Json;
let sets: readonly EntitySet[];

/** A set as $metadata describes it. */
interface EntitySet {
  readonly name: string;
  readonly annotations: Json;
  readonly type: Json;
  readonly first: Json;
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const objectAt = (value: Json | undefined, name: string): Json => {
  const found = value?.[name];
  return isObject(found) ? found : {};
};
const listAt = (value: Json, name: string): string[] => (value[name] ?? []) as string[];

/** Annotations of a member, whether they stand beside it (`name@Term`) or in it (`@Term`). */
const annotationsIn = (value: Json): Json =>
  Object.fromEntries(
    Object.entries(value).flatMap(([name, item]) => (name.startsWith('@') ? [[name.slice(1), item]] : [])),
  );

beforeAll(async () => {
  service = await startService();
  const metadata = (await service.get('$metadata?$format=json')).json;
  schema = metadata['Microsoft.NAV'] as Json;
  container = objectAt(schema, 'Container');
  const entries = Object.entries(container).filter(
    (entry): entry is [string, Json] => isObject(entry[1]) && entry[1]['$Collection'] === true,
  );
  sets = await Promise.all(
    entries.map(async ([name, set]) => ({
      name,
      annotations: annotationsIn(set),
      type: objectAt(schema, String(set['$Type']).replace('Microsoft.NAV.', '')),
      first: (await service.get(`${name}?$top=1`)).value[0] ?? {},
    })),
  );
});
afterAll(() => service.close());

const asked = (set: EntitySet, term: string): unknown => set.annotations[`Capabilities.${term}`];
const restriction = (set: EntitySet, term: string): Json => objectAt(set.annotations, `Capabilities.${term}`);
const get = (path: string, options: Readonly<Record<string, string>> = {}): Promise<Answer> =>
  service.get(Object.keys(options).length === 0 ? path : withOptions(path, options));

/** Refused is what the client is told about; anything else is a failure of its own. */
const outcome = (status: number): string | number =>
  status < 300 ? 'offered' : [400, 404, 405, 501].includes(status) ? 'refused' : status;

/** 200 where something is said to be offered, else a refusal. */
async function expectOffered(
  said: unknown,
  path: string,
  options: Readonly<Record<string, string>> = {},
): Promise<void> {
  const { status } = await get(path, options);
  expect([path, options, outcome(status)]).toEqual([path, options, said === true ? 'offered' : 'refused']);
}

const properties = ({ type }: EntitySet): readonly (readonly [string, Json])[] =>
  Object.entries(type).filter(
    (entry): entry is [string, Json] =>
      isObject(entry[1]) &&
      entry[1]['$Kind'] !== 'NavigationProperty' &&
      !entry[0].includes('@') &&
      !entry[0].startsWith('$'),
  );
const navigations = ({ type }: EntitySet): readonly string[] =>
  Object.entries(type).flatMap(([name, member]) =>
    isObject(member) && member['$Kind'] === 'NavigationProperty' ? [name] : [],
  );

describe('reading', () => {
  test('[53, 348, 353] keys, $top, $skip, $count, $search and $compute of every set', async () => {
    for (const set of sets) {
      const { name, first } = set;
      expect(Object.keys(first).length).toBeGreaterThan(2);
      await expectOffered(asked(set, 'IndexableByKey'), `${name}(${String(first['id'])})`);
      await expectOffered(asked(set, 'TopSupported'), name, { $top: '1' });
      await expectOffered(asked(set, 'SkipSupported'), name, { $skip: '1' });
      await expectOffered(asked(set, 'ComputeSupported'), name, { $compute: '1 as one', $select: 'one' });
      await expectOffered(restriction(set, 'CountRestrictions')['Countable'], name, { $count: 'true' });
      await expectOffered(restriction(set, 'CountRestrictions')['Countable'], `${name}/$count`);
      await expectOffered(restriction(set, 'SearchRestrictions')['Searchable'], name, { $search: 'x' });
      await expectOffered(objectAt(container, '@Capabilities.SelectSupport')['Supported'], name, { $select: 'id' });
      const tracked = await service.get(name, { Prefer: 'track-changes' });
      expect([name, tracked.headers['preference-applied']?.includes('track-changes') ?? false]).toEqual([
        name,
        restriction(set, 'ChangeTracking')['Supported'],
      ]);
      const applied = set.annotations['Aggregation.ApplySupported'] !== undefined;
      await expectOffered(applied, name, { $apply: 'aggregate($count as n)' });
    }
  });

  test('[53, 348] $filter and $orderby on every property, $expand on every navigation', async () => {
    for (const set of sets) {
      const filter = restriction(set, 'FilterRestrictions');
      const sort = restriction(set, 'SortRestrictions');
      const expand = restriction(set, 'ExpandRestrictions');
      for (const [property] of properties(set)) {
        const [unfilterable, unsortable] = [
          listAt(filter, 'NonFilterableProperties').includes(property),
          listAt(sort, 'NonSortableProperties').includes(property),
        ];
        await expectOffered(filter['Filterable'] === true && !unfilterable, set.name, {
          $filter: `${property} eq null`,
        });
        await expectOffered(sort['Sortable'] === true && !unsortable, set.name, { $orderby: property });
      }
      for (const navigation of navigations(set)) {
        const refused = listAt(expand, 'NonExpandableProperties').includes(navigation);
        await expectOffered(expand['Expandable'] === true && !refused, set.name, { $expand: navigation, $top: '1' });
      }
    }
  });

  test('[178, 348] $expand nests as deep as is said, and no deeper', async () => {
    const customers = sets.find(({ name }) => name === 'customers');
    const depth = Number(customers && restriction(customers, 'ExpandRestrictions')['MaxLevels']);
    const nested = (levels: number): string => {
      let expand = '';
      for (let level = levels; level > 0; level--) {
        const navigation = level % 2 === 1 ? 'salesInvoices' : 'customer';
        expand = expand === '' ? navigation : `${navigation}($expand=${expand})`;
      }
      return expand;
    };
    await expectOffered(true, 'customers', { $top: '1', $expand: nested(depth) });
    await expectOffered(false, 'customers', { $top: '1', $expand: nested(depth + 1) });
    for (const set of sets)
      for (const navigation of navigations(set)) {
        await expectOffered(true, set.name, { $top: '1', $expand: `${navigation}($levels=${depth})` });
        await expectOffered(false, set.name, { $top: '1', $expand: `${navigation}($levels=${depth + 1})` });
      }
  });

  test('[61, 70] alternate keys lead to the entity, and to that only', async () => {
    const declared = Object.values(schema).flatMap((type) => (isObject(type) ? [type] : []));
    let keys = 0;
    for (const set of sets) {
      const alternates = (set.type['@Core.AlternateKeys'] ?? []) as readonly { readonly Key: readonly Json[] }[];
      for (const { Key } of alternates) {
        const parts = Key.map((part) => {
          const name = String(part['Name']);
          const value = set.first[name];
          return `${name}=${typeof value === 'string' ? `'${encodeURIComponent(value.replaceAll("'", "''"))}'` : String(value)}`;
        });
        expect((await get(`${set.name}(${parts.join(',')})`)).json['id']).toBe(set.first['id']);
        keys += 1;
      }
    }
    expect(declared.length).toBeGreaterThan(5);
    expect(keys).toBeGreaterThanOrEqual(4);
  });
});

describe('writing', () => {
  const nobody = '00000000-0000-0000-0000-000000000001';
  const json = { 'Content-Type': 'application/json' };
  const forced = { ...json, 'If-Match': '*' };

  test('[53, 349] POST, PATCH, PUT and DELETE of every set', async () => {
    for (const set of sets) {
      const { name } = set;
      const insert = restriction(set, 'InsertRestrictions');
      const update = restriction(set, 'UpdateRestrictions');
      const posted = await service.send('POST', name, json, '{"unknownProperty":1}');
      expect([name, 'POST', posted.status]).toEqual([name, 'POST', insert['Insertable'] === true ? 400 : 405]);
      const methods = update['Updatable'] === true ? String(update['UpdateMethod']).split(',') : [];
      for (const method of ['PATCH', 'PUT']) {
        const { status } = await service.send(method, `${name}(${nobody})`, forced, '{}');
        // A PUT may miss what is required before it misses the entity.
        expect([name, method, status === 405]).toEqual([name, method, !methods.includes(method)]);
        expect(status).toBeGreaterThanOrEqual(400);
        expect(status).toBeLessThan(500);
      }
      const deleted = await service.send('DELETE', `${name}(${nobody})`, { 'If-Match': '*' });
      const deletable = restriction(set, 'DeleteRestrictions')['Deletable'] === true;
      expect([name, 'DELETE', deleted.status]).toEqual([name, 'DELETE', deletable ? 404 : 405]);
      expect([name, posted.headers['allow']]).toEqual([
        name,
        insert['Insertable'] === true ? undefined : expect.stringContaining('GET'),
      ]);
    }
  });

  test('[349] members of a filtered collection, and collections as a whole', async () => {
    for (const set of sets) {
      const each = `${set.name}/$filter(false)/$each`;
      const update = restriction(set, 'UpdateRestrictions');
      const patched = await service.send('PATCH', each, forced, '{}');
      expect([each, patched.status < 300]).toEqual([each, update['FilterSegmentSupported'] === true]);
      const removed = await service.send('DELETE', each, { 'If-Match': '*' });
      expect([each, removed.status < 300]).toEqual([
        each,
        restriction(set, 'DeleteRestrictions')['FilterSegmentSupported'] === true,
      ]);
      const body = JSON.stringify({ '@context': '#$delta', value: [] });
      const delta = await service.send('PATCH', set.name, { ...forced, 'OData-Version': '4.01' }, body);
      expect([set.name, 'delta', delta.status < 300]).toEqual([
        set.name,
        'delta',
        update['DeltaUpdateSupported'] === true,
      ]);
    }
  });

  test('[349, 355] what is required is missed, what is computed is ignored', async () => {
    for (const set of sets) {
      const insert = restriction(set, 'InsertRestrictions');
      if (insert['Insertable'] !== true) continue;
      for (const property of listAt(insert, 'RequiredProperties')) {
        const { status, text } = await service.send('POST', set.name, json, '{}');
        expect([set.name, property, status]).toEqual([set.name, property, 400]);
        expect(text).toContain('"target"');
      }
    }
    const computed = properties(sets.find(({ name }) => name === 'customers') ?? sets[0] ?? never())
      .filter(([, property]) => property['@Core.Computed'] === true)
      .map(([name]) => name);
    expect(computed).toEqual(expect.arrayContaining(['id', 'balance', 'lastModifiedDateTime']));
    const sent = { displayName: 'Computed', id: nobody, balance: 7, lastModifiedDateTime: '2001-01-01T00:00:00Z' };
    const { status, json: made } = await service.send('POST', 'customers', json, JSON.stringify(sent));
    expect(status).toBe(201);
    for (const name of computed) expect([name, made[name]]).not.toEqual([name, sent[name as keyof typeof sent] ?? '?']);
  });
  const never = (): never => {
    throw new Error('There are sets');
  };

  test('[58, 254, 355] sets with optimistic concurrency return ETags, others none', async () => {
    for (const { name, annotations, first } of sets) {
      const declared = annotations['Core.OptimisticConcurrency'];
      expect([name, declared !== undefined]).toEqual([name, first['@odata.etag'] !== undefined]);
    }
  });

  test('[350] contained collections have their own restrictions', async () => {
    const journals = sets.find(({ name }) => name === 'customerPaymentJournals') ?? never();
    const restricted = (restriction(journals, 'NavigationRestrictions')['RestrictedProperties'] ?? []) as Json[];
    const journal = String(journals.first['id']);
    const payments = restricted.find(({ NavigationProperty: path }) => path === 'customerPayments');
    expect(restricted.map(({ NavigationProperty: path }) => path)).toContain('customerPayments/dimensionLines');
    const base = `customerPaymentJournals(${journal})/customerPayments`;
    const posted = await service.send('POST', base, json, '{"unknownProperty":1}');
    expect(posted.status).toBe(objectAt(payments, 'InsertRestrictions')['Insertable'] === true ? 400 : 405);
    const deleted = await service.send('DELETE', `${base}(${nobody})`, { 'If-Match': '*' });
    expect(deleted.status).toBe(objectAt(payments, 'DeleteRestrictions')['Deletable'] === true ? 404 : 405);
    await expectOffered(objectAt(payments, 'SearchRestrictions')['Searchable'], base, { $search: 'x' });
  });
});

describe('the service as a whole', () => {
  const said = (term: string): unknown => container[`@Capabilities.${term}`];

  test('[32, 52, 54, 353] versions, formats and documents', async () => {
    expect(container['@Core.ODataVersions']).toBe('4.0 4.01');
    expect(said('ConformanceLevel')).toBe('Advanced');
    for (const format of said('SupportedFormats') as string[]) {
      const { status, headers } = await service.get('customers?$top=1', { Accept: format });
      const wanted = format.split(';').filter((part) => !part.endsWith('=false'));
      expect([format, status]).toEqual([format, 200]);
      for (const part of wanted) expect(headers['content-type']).toContain(part);
    }
    for (const format of said('SupportedMetadataFormats') as string[]) {
      const { headers } = await service.get('$metadata', { Accept: format });
      expect(headers['content-type']).toContain(format);
    }
  });

  test('[71, 84, 86, 353] segments that are said to be offered are', async () => {
    const [set] = sets;
    await expectOffered(said('KeyAsSegmentSupported'), `${set?.name ?? ''}/${String(set?.first['id'])}`);
    await expectOffered(said('CrossJoinSupported'), '$crossjoin(customers,dimensions)', { $top: '1' });
    const query = await service.send('POST', 'customers/$query', { 'Content-Type': 'text/plain' }, '$top=1');
    expect(query.status === 200).toBe(said('QuerySegmentSupported'));
  });

  test('[352] $batch in the formats that are said to be read', async () => {
    const support = objectAt(container, '@Capabilities.BatchSupport');
    expect(said('BatchSupported')).toBe(support['Supported']);
    const formats = listAt(support, 'SupportedFormats');
    const bodies: Readonly<Record<string, readonly [string, string]>> = {
      'application/json': ['application/json', '{"requests":[{"id":"1","method":"get","url":"customers?$top=1"}]}'],
      'multipart/mixed': [
        'multipart/mixed;boundary=b',
        '--b\r\nContent-Type: application/http\r\n\r\nGET customers?$top=1 HTTP/1.1\r\n\r\n\r\n--b--\r\n',
      ],
    };
    for (const [format, [type, body]] of Object.entries(bodies)) {
      const { status } = await service.send('POST', '$batch', { 'Content-Type': type }, body);
      expect([format, status === 200]).toEqual([format, formats.includes(format)]);
    }
  });

  test('[351] deep insert', async () => {
    const { Supported } = objectAt(container, '@Capabilities.DeepInsertSupport');
    const body = JSON.stringify({ code: 'DEEP', customerPayments: [{ amount: -1 }] });
    const { status } = await service.send(
      'POST',
      'customerPaymentJournals',
      { 'Content-Type': 'application/json' },
      body,
    );
    expect(status).toBe(Supported === true ? 201 : 501);
  });

  /** One condition for each function and operator of the standard. URL Conventions §5.1.1 */
  const samples: Readonly<Record<string, string>> = {
    eq: "number eq 'x'",
    ne: "number ne 'x'",
    gt: 'balance gt 1',
    ge: 'balance ge 1',
    lt: 'balance lt 1',
    le: 'balance le 1',
    in: "number in ('x','y')",
    and: 'true and taxLiable',
    or: 'false or taxLiable',
    not: 'not taxLiable',
    any: 'salesInvoices/any()',
    all: "salesInvoices/all(i:i/number ne '')",
    add: 'balance add 1 gt 1',
    sub: 'balance sub 1 gt 1',
    mul: 'balance mul 1 gt 1',
    div: 'balance div 2 gt 1',
    divby: 'balance divby 2 gt 1',
    mod: 'balance mod 2 gt 1',
    concat: "concat(number,'x') eq 'x'",
    contains: "contains(number,'x')",
    endswith: "endswith(number,'x')",
    indexof: "indexof(number,'x') eq 0",
    length: 'length(number) gt 1',
    matchesPattern: "matchesPattern(number,'^x')",
    startswith: "startswith(number,'x')",
    substring: "substring(number,1) eq 'x'",
    tolower: "tolower(number) eq 'x'",
    toupper: "toupper(number) eq 'x'",
    trim: "trim(number) eq 'x'",
    year: 'year(lastModifiedDateTime) eq 1',
    month: 'month(lastModifiedDateTime) eq 1',
    day: 'day(lastModifiedDateTime) eq 1',
    hour: 'hour(lastModifiedDateTime) eq 1',
    minute: 'minute(lastModifiedDateTime) eq 1',
    second: 'second(lastModifiedDateTime) eq 1',
    fractionalseconds: 'fractionalseconds(lastModifiedDateTime) gt 0',
    date: 'date(lastModifiedDateTime) gt 2020-01-01',
    time: 'time(lastModifiedDateTime) gt 10:00',
    now: 'lastModifiedDateTime lt now()',
    mindatetime: 'lastModifiedDateTime gt mindatetime()',
    maxdatetime: 'lastModifiedDateTime lt maxdatetime()',
    totaloffsetminutes: 'totaloffsetminutes(lastModifiedDateTime) eq 0',
    totalseconds: "totalseconds(duration'PT1S') eq 1",
    round: 'round(balance) gt 1',
    floor: 'floor(balance) gt 1',
    ceiling: 'ceiling(balance) gt 1',
    case: 'case(taxLiable:true,true:false)',
    cast: "cast(balance,Edm.String) eq 'x'",
    isof: 'isof(balance,Edm.Decimal)',
    isdefined: 'isdefined(number)',
    hassubset: "hassubset(['a'],['a'])",
    hassubsequence: "hassubsequence(['a'],['a'])",
    'geo.distance': "geo.distance(geography'POINT(1 1)',geography'POINT(1 1)') gt 1",
    'geo.intersects': "geo.intersects(geography'POINT(1 1)',geography'POLYGON((1 1,1 2,2 2,1 1))')",
    'geo.length': "geo.length(geography'LINESTRING(1 1,2 2)') gt 1",
  };

  test('[53, 353] functions and operators that are named are evaluated, others are 501 or 400', async () => {
    const named = said('FilterFunctions') as string[];
    // Flags are compared with has only, and no enumeration here has any.
    expect(named.filter((name) => name !== 'has' && samples[name] === undefined)).toEqual([]);
    for (const [name, filter] of Object.entries(samples)) {
      const { status } = await get('customers', { $filter: filter });
      expect([name, filter, outcome(status)]).toEqual([name, filter, named.includes(name) ? 'offered' : 'refused']);
    }
  });
});
