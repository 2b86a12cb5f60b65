import fc from 'fast-check';
import type { ComplexType, EntityType, EnumType, NavigationProperty, Property } from '../../src/odata/model/model';
import { madeProperty } from '../../src/odata/model/made-property';
import type { EdmTypeName } from '../../src/odata/model/types';
import { ODataError } from '../../src/odata/error';
import { edm } from '../../src/odata/model/edm';
import { readBody, type BodyOptions } from '../../src/odata/payload/body';
import { readDelta } from '../../src/odata/payload/delta';
import { parseJson } from '../../src/odata/payload/parse-json';
import { itemsChange } from '../../src/odata/payload/item-body';
import { atOnce } from '../../src/odata/payload/turns';
import type { JsonValue } from '../../src/odata/payload/json';
import { valueSteps } from '../../src/odata/payload/value';
import { stepsOf } from '../setup/steps';

const property = (name: string, type: EdmTypeName | EnumType | ComplexType, more: Partial<Property> = {}): Property =>
  madeProperty({
    name,
    type: typeof type === 'string' ? { kind: 'primitive', name: type } : type,
    source: { kind: 'column', column: name, databaseType: 'text' },
    nullable: true,
    ...more,
  });

const byName = <T extends { readonly name: string }>(items: readonly T[]): ReadonlyMap<string, T> =>
  new Map(items.map((item) => [item.name, item]));

const blocked: EnumType = {
  kind: 'enum',
  name: 'blocked',
  isFlags: false,
  members: new Map([
    ['None', 0],
    ['All', 3],
  ]),
  databaseType: 'blocked',
  description: undefined,
};
const parts = byName([property('street', 'Edm.String', { maxLength: 5 }), property('city', 'Edm.String')]);
const address: ComplexType = { kind: 'complex', name: 'address', properties: parts, description: undefined };
const id = property('id', 'Edm.Guid', { nullable: false, computed: true });

const type: EntityType = {
  kind: 'entity',
  name: 'thing',
  description: undefined,
  properties: byName([
    id,
    property('name', 'Edm.String', { nullable: false, required: true, maxLength: 5 }),
    property('note', 'Edm.String', { maxLength: 3 }),
    property('code', 'Edm.String', { immutable: true }),
    property('line', 'Edm.Int32', { nullable: false }),
    property('large', 'Edm.Int64'),
    property('amount', 'Edm.Decimal', { nullable: false, precision: 18, scale: 5, defaultValue: '0' }),
    property('ratio', 'Edm.Double'),
    property('open', 'Edm.Boolean', { nullable: false, defaultValue: 'false' }),
    property('day', 'Edm.Date'),
    property('moment', 'Edm.DateTimeOffset', { precision: 3 }),
    property('blocked', blocked, { nullable: false, defaultValue: 'None' }),
    property('ownerId', 'Edm.Guid'),
    property('ownerNumber', 'Edm.String'),
    property('otherId', 'Edm.Guid', { nullable: false }),
    property('address', address, { source: { kind: 'complex', properties: parts } }),
    property('ownerName', 'Edm.String', { computed: true }),
  ]),
  navigations: new Map(),
  joins: new Map(),
  uniques: [],
  key: [id],
  alternateKeys: [],
  table: { schema: undefined, name: 'things' },
  defaultOrder: [],
  version: undefined,
  updatedAt: undefined,
  createdAt: undefined,
  partition: undefined,
  insertable: true,
  updatable: true,
  deletable: true,
  target: class Thing {},
};

const navigation = (name: string, collection: boolean, more: Partial<NavigationProperty> = {}): NavigationProperty => ({
  name,
  target: type,
  collection,
  nullable: true,
  containsTarget: false,
  partner: undefined,
  join: [],
  owning: !collection,
  referentialConstraints: [],
  onDelete: undefined,
  description: undefined,
  ...more,
});

const owner = navigation('owner', false, {
  referentialConstraints: [{ property: 'ownerId', referencedProperty: 'id' }],
});
const thing: EntityType = {
  ...type,
  navigations: byName([owner, navigation('parts', true), navigation('maker', false, { nullable: false })]),
};

const GUID = '0A11C0DE-0000-4000-8000-000000000042';
const rules = { references: ['ownerNumber'], inputs: [] };

function read(body: object | string, options: Partial<BodyOptions> = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return atOnce(readBody(parseJson(Buffer.from(text)), thing, { mode: 'update', version: '4.0', rules, ...options }));
}

const values = (body: object | string, options?: Partial<BodyOptions>) =>
  Object.fromEntries(read(body, options).values);

function refusal(body: object | string, options?: Partial<BodyOptions>): ODataError {
  try {
    read(body, options);
  } catch (error) {
    if (error instanceof ODataError) return error;
    throw error;
  }
  throw new Error('Nothing was refused');
}

test('[309] readBody looks for so many faults that nobody reads more', () => {
  const many = (count: number): string => `{${Array.from({ length: count }, (_, at) => `"n${at}":1`).join(',')}}`;
  expect(refusal(many(1000)).message).toMatch(/^The body has 1000 errors\. The first: .* 'n0'/);
  const most = refusal(many(100_000));
  expect(most.message).toMatch(/^The body has more than 1000 errors\. The first: .* 'n0'/);
  expect(most.details).toHaveLength(100);
});

test('[309] a long name is not repeated', () => {
  const { message, target } = refusal({ ['n'.repeat(1_000_000)]: 1 });
  expect([message.length < 1000, target?.length]).toEqual([true, 501]);
});

test('[309] the entities of a body are read in steps', () => {
  const items = Array.from({ length: 1000 }, () => ({ name: 'a' }));
  const json = parseJson(Buffer.from(JSON.stringify({ name: 'a', parts: items })));
  const steps = readBody(json, thing, { mode: 'create', version: '4.01', rules });
  let count = 0;
  while (!steps.next().done) count++;
  expect(count).toBeGreaterThan(1000);
});

test.each([
  [5000, Infinity],
  [1001, 1000],
])('[309] of faulty items of a delta %i are read', (read, most) => {
  const value = Array.from({ length: 5000 }, () => ({ name: 7 }));
  const json = parseJson(Buffer.from(JSON.stringify({ value })));
  const items = atOnce(readDelta(json, navigation('parts', true), { version: '4.01' }, most));
  expect(items).toHaveLength(read);
});

describe('[309] readBody: values', () => {
  it.each([
    ['{"name":"æøåß😀"}', { name: 'æøåß😀' }],
    ['{"line":-2147483648}', { line: -2147483648 }],
    ['{"line":1.0}', { line: 1 }],
    ['{"line":2e3}', { line: 2000 }],
    ['{"large":9223372036854775807}', { large: '9223372036854775807' }],
    ['{"large":"-9223372036854775808"}', { large: '-9223372036854775808' }],
    ['{"amount":9999999999999.99999}', { amount: '9999999999999.99999' }],
    ['{"amount":"1.50000"}', { amount: '1.5' }],
    ['{"amount":1e-5}', { amount: '0.00001' }],
    ['{"ratio":"-INF"}', { ratio: '-Infinity' }],
    ['{"open":true}', { open: true }],
    ['{"day":"2024-02-29"}', { day: '2024-02-29' }],
    ['{"moment":"2026-03-31T23:30:00.120+02:00"}', { moment: '2026-03-31T21:30:00.12Z' }],
    ['{"moment":"2026-03-31T23:30Z"}', { moment: '2026-03-31T23:30:00Z' }],
    ['{"blocked":"All"}', { blocked: 'All' }],
    ['{"blocked":3}', { blocked: 'All' }],
    [`{"ownerId":"${GUID}"}`, { ownerId: GUID.toLowerCase() }],
    ['{"note":null}', { note: null }],
    ['{"note":""}', { note: '' }],
  ])('%s', (body, expected) => expect(values(body)).toEqual(expected));

  it.each<[string, string, string]>([
    ['{"name":"123456"}', 'name', "The length of 'name' is 6, but it must not be more than 5 characters."],
    ['{"name":5}', 'name', 'The value of "name" must be a string, not 5.'],
    ['{"name":null}', 'name', 'The value of "name" must not be null.'],
    ['{"line":2147483648}', 'line', 'The value of "line" must be between -2147483648 and 2147483647.'],
    ['{"line":1.5}', 'line', 'The value of "line" must be a whole number, not 1.5.'],
    ['{"line":"1"}', 'line', 'The value of "line" must be a whole number, not "1".'],
    [
      '{"large":9223372036854775808}',
      'large',
      'The value of "large" must be between -9223372036854775808 and 9223372036854775807.',
    ],
    ['{"amount":0.000001}', 'amount', 'The value of "amount" must have at most 5 decimals; it is not rounded.'],
    [
      '{"amount":10000000000000}',
      'amount',
      'The value of "amount" must have at most 13 digits before the decimal point.',
    ],
    ['{"amount":"1,5"}', 'amount', 'The value of "amount" must be a number, not "1,5".'],
    ['{"amount":true}', 'amount', 'The value of "amount" must be a number, not true.'],
    ['{"amount":[1]}', 'amount', 'The value of "amount" must be a number, not an array.'],
    ['{"ratio":1e400}', 'ratio', 'The value of "ratio" is outside the range of Edm.Double.'],
    ['{"ratio":-2.5e-400}', 'ratio', 'The value of "ratio" is outside the range of Edm.Double.'],
    ['{"open":"true"}', 'open', 'The value of "open" must be true or false, not "true".'],
    ['{"day":"0000-01-01"}', 'day', 'The value of "day" must be a string of the form of Edm.Date, not "0000-01-01".'],
    ['{"day":"2026-02-30"}', 'day', 'The value of "day" must be a string of the form of Edm.Date, not "2026-02-30".'],
    [
      '{"day":"2026-02-03T00:00:00Z"}',
      'day',
      'The value of "day" must be a string of the form of Edm.Date, not "2026-02-03T00:00:00Z".',
    ],
    [
      '{"moment":"2026-03-31T23:30:00.1234Z"}',
      'moment',
      'The value of "moment" must be a string of the form of Edm.DateTimeOffset, not "2026-03-31T23:30:00.1234Z".',
    ],
    [
      '{"moment":"2026-03-31T23:30:00"}',
      'moment',
      'The value of "moment" must be a string of the form of Edm.DateTimeOffset, not "2026-03-31T23:30:00".',
    ],
    ['{"blocked":"Everything"}', 'blocked', "'Everything' is not a value of blocked. It must be one of: None, All."],
    ['{"blocked":"None,All"}', 'blocked', "'None,All' is not a value of blocked. It must be one of: None, All."],
    ['{"ownerId":"nope"}', 'ownerId', "'nope' is not a Guid."],
    ['{"otherId":""}', 'otherId', "'' is not a Guid."],
    ['{"nmae":"x"}', 'nmae', "The type 'thing' has no property 'nmae'. Did you mean 'name'?"],
    [
      '{"address":{"steet":"x"}}',
      'address/steet',
      "The type 'address' has no property 'steet'. Did you mean 'street'?",
    ],
    [
      '{"address":{"street":"123456"}}',
      'address/street',
      "The length of 'address/street' is 6, but it must not be more than 5 characters.",
    ],
    ['{"address":"x"}', 'address', 'The value of "address" must be an object or null.'],
  ])('refuses %s', (body, target, message) => expect(refusal(body)).toMatchObject({ status: 400, target, message }));

  it('[326] names all errors at once', () => {
    const error = refusal({ name: 'much too long', line: 'x', nope: 1 });
    expect(error.message).toMatch(/^The body has 3 errors. The first: The length of 'name'/);
    expect(error.code).toBe('Application_StringExceededLength');
    expect(error.details.map(({ code, target }) => [code, target])).toEqual([
      ['Application_StringExceededLength', 'name'],
      ['TypeMismatch', 'line'],
      ['UnknownProperty', 'nope'],
    ]);
  });

  it('lets empty values clear references and dates, and nothing else', () => {
    const empty = { ownerId: '00000000-0000-0000-0000-000000000000', ownerNumber: '', day: '0001-01-01', note: '' };
    expect(values(empty)).toEqual({ ownerId: null, ownerNumber: null, day: null, note: '' });
    expect(values({ ownerId: '', day: '', moment: '0001-01-01T00:00:00Z' })).toEqual({
      ownerId: null,
      day: null,
      moment: null,
    });
  });

  it('ignores keys, computed properties and annotations, whatever they hold', () => {
    expect(values({ id: 5, ownerName: [], '@my.term': {}, 'name@my.term': 1, '@odata.context': 'x' })).toEqual({});
  });

  it('keeps what becomes of items of an immutable collection apart, and says nothing where none is meant', () => {
    const marks: Property = { ...property('marks', 'Edm.String'), type: { kind: 'collection', of: edm('Edm.String') } };
    const changeOf = (immutable: boolean, items: readonly string[]): unknown => {
      const found = { ...marks, immutable };
      const owner: EntityType = { ...type, properties: new Map([...type.properties, ['marks', found]]) };
      const each = { ordinal: undefined, condition: undefined };
      const place = { path: ['marks'], property: found, items: each, part: undefined };
      const { items: write } = itemsChange(owner, { method: 'DELETE', value: null, index: -1 }, place, []);
      return (
        write &&
        atOnce(write.changeOf({ value: () => valueSteps(items, { ...found, path: 'marks' }), dynamic: null }, []))
      );
    };
    expect(changeOf(false, ['a'])).toEqual({ values: new Map([['marks', []]]) });
    expect(changeOf(true, ['a'])).toEqual({ fixed: new Map([['marks', []]]) });
    expect(changeOf(true, [])).toBeUndefined();
  });

  it('lets others have their turn while many items or a long text of bytes are read', () => {
    const marks = { ...property('marks', 'Edm.Int64'), type: { kind: 'collection', of: edm('Edm.Int64') } } as const;
    const owner: EntityType = {
      ...type,
      properties: new Map([
        ['marks', marks],
        ['bytes', property('bytes', 'Edm.Binary')],
      ]),
    };
    const items = Array.from({ length: 100_000 }, (_, at) => String(at));
    const json = new Map<string, JsonValue>([
      ['marks', items],
      ['bytes', 'AAAA'.repeat(200_000)],
    ]);
    const [change, count] = stepsOf(readBody(json, owner, { mode: 'update', version: '4.01' }));
    expect(change.values.get('marks')).toEqual(items);
    expect(count).toBeGreaterThan(100);
  });

  it('keeps immutable properties of an update apart', () => {
    expect([...read({ code: 'x' }).fixed]).toEqual([['code', 'x']]);
    expect(values({ name: 'a', code: 'x' }, { mode: 'create' })).toMatchObject({ code: 'x' });
  });

  it('takes a computed property that the rules ask for, on create only', () => {
    const asked = { inputs: ['ownerName'] };
    expect(values({ name: 'a', ownerName: 'x' }, { mode: 'create', rules: asked })).toMatchObject({ ownerName: 'x' });
    expect(values({ ownerName: 'x' }, { rules: asked })).toEqual({});
  });
});

describe('readBody: modes', () => {
  it('asks a create for what is required', () => {
    expect(refusal({}, { mode: 'create' })).toMatchObject({
      code: 'BadRequest_RequiredParamNotProvided',
      message: 'A "name" must be provided.',
      target: 'name',
    });
  });

  it('does not name a required property twice', () => {
    expect(refusal({ name: 5 }, { mode: 'create' })).toMatchObject({ target: 'name', details: [] });
  });

  it('fills what a PUT left out, except foreign keys and what goes with them', () => {
    expect(values({ name: 'a', line: 1 }, { mode: 'replace' })).toEqual({
      name: 'a',
      note: null,
      line: 1,
      large: null,
      amount: '0',
      ratio: null,
      open: false,
      day: null,
      moment: null,
      blocked: 'None',
      'address/street': null,
      'address/city': null,
    });
    expect(refusal({}, { mode: 'replace' })).toMatchObject({ target: 'name' });
  });

  it('merges, replaces and clears complex values', () => {
    expect(values({ address: { city: 'Aarhus' } })).toEqual({ 'address/city': 'Aarhus' });
    expect(values({ name: 'a', address: { city: 'Aarhus' } }, { mode: 'replace' })).toMatchObject({
      'address/city': 'Aarhus',
      'address/street': null,
    });
    expect(values({ address: null })).toEqual({ 'address/street': null, 'address/city': null });
  });
});

describe('readBody: links', () => {
  it.each([
    ['{"owner@odata.bind":"things(1)"}'],
    ['{"owner":{"@odata.id":"things(1)"}}'],
    ['{"owner":{"@id":"things(1)"}}'],
  ])('%s sets a navigation', (body) => expect([...read(body).bindings]).toEqual([[owner, 'things(1)']]));

  it('clears a nullable navigation, and no other', () => {
    expect([...read({ 'owner@odata.bind': null }).bindings]).toEqual([[owner, null]]);
    expect([...read({ owner: null }).bindings]).toEqual([[owner, null]]);
    expect(refusal({ maker: null })).toMatchObject({ code: 'InvalidBody', target: 'maker' });
  });

  it.each<[object, Partial<BodyOptions>, number, string]>([
    [{ 'ovner@odata.bind': 'x' }, {}, 400, 'ovner@odata.bind'],
    [{ 'owner@odata.bind': 5 }, {}, 400, 'owner@odata.bind'],
    [{ 'parts@odata.bind': 'x' }, {}, 400, 'parts@odata.bind'],
    [{ 'parts@odata.bind': [5] }, {}, 400, 'parts@odata.bind'],
    [{ owner: { name: 'x' } }, {}, 400, 'owner'],
    [{ parts: [{ name: 'x' }] }, {}, 400, 'parts'],
    [{ name: 'a', parts: [5] }, { mode: 'create' }, 400, 'parts/0'],
    [{ name: 'a', parts: [{ name: 'a' }, { name: 7 }] }, { mode: 'create' }, 400, 'parts/1/name'],
    [{ name: 'a', parts: [{ '@removed': {}, name: 'a' }] }, { mode: 'create' }, 400, 'parts/0/@removed'],
    [{ 'parts@delta': [] }, {}, 400, 'parts@delta'],
    [{ name: 'a', 'parts@delta': [] }, { mode: 'replace', version: '4.01' }, 400, 'parts@delta'],
    [{ 'parts@delta': [{ '@removed': 5 }] }, { version: '4.01' }, 400, 'parts@delta/0/@removed'],
    [{ 'owner@odata.bind': 'things(1)', owner: { name: 'a' } }, { version: '4.01' }, 400, 'owner'],
    [{ owner: [] }, {}, 400, 'owner'],
    [{ '@odata.type': '#Some.other' }, {}, 400, '@odata.type'],
  ])('refuses %j', (body, options, status, target) => expect(refusal(body, options)).toMatchObject({ status, target }));

  it('takes an empty collection on create for what it is', () => {
    expect(values({ name: 'a', parts: [], '@odata.type': '#Some.thing' }, { mode: 'create' })).toEqual({ name: 'a' });
  });

  it('keeps the ETag of a 4.01 update', () => {
    expect(read({ '@etag': 'W/"1"' }, { version: '4.01' }).etag).toBe('W/"1"');
    expect(read({ '@odata.etag': 'W/"1"' }, { version: '4.01' }).etag).toBe('W/"1"');
    expect(read({ '@odata.etag': 'W/"1"' }).etag).toBeUndefined();
  });
});

it('never fails with anything but an error for the client', () => {
  const name = fc.constantFrom(...type.properties.keys(), 'owner', 'parts', 'owner@odata.bind', 'nope');
  const value = fc.oneof(fc.jsonValue(), fc.double(), fc.string(), fc.constant(GUID), fc.constant('2026-01-01'));
  const modes = fc.constantFrom<BodyOptions['mode']>('create', 'update', 'replace');
  fc.assert(
    fc.property(fc.dictionary(name, value), modes, (body, mode) => {
      try {
        read(body, { mode });
      } catch (error) {
        expect(error).toBeInstanceOf(ODataError);
      }
    }),
    { numRuns: 500, seed: 5 },
  );
});
