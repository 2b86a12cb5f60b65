import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Ajv from 'ajv';
import { XMLParser } from 'fast-xml-parser';
import { xml2json } from 'odata-csdl';
import { offered } from '../../../src/odata/model/capabilities';
import { csdlJson, type JsonObject } from '../../../src/odata/model/csdl-json';
import { csdlXml } from '../../../src/odata/model/csdl-xml';
import type { Model } from '../../../src/odata/model/model';
import { paymentsModel, present, tripPinModel } from '../support/models';

const models: Record<string, Model> = {};

beforeAll(async () => {
  models['payments'] = await paymentsModel();
  models['trips'] = await tripPinModel();
});

const versions = ['4.0', '4.01'] as const;
const documents = ['payments', 'trips'].flatMap((name) => versions.map((version) => [name, version] as const));
const modelOf = (name: string): Model => present(models[name]);
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

/** The member at the end of a path of names. */
const at = (document: JsonObject, ...path: readonly string[]): unknown =>
  path.reduce<unknown>((value, name) => (value as JsonObject)[name], document);

test('[48, 38] derived types name their base type and have its key from it', () => {
  const document = csdlJson(modelOf('trips'));
  const type = (name: string): unknown => at(document, 'Trip.Pin', name);
  expect(type('Employee')).toMatchObject({ $Kind: 'EntityType', $BaseType: 'Trip.Pin.Contact' });
  expect(type('Manager')).toMatchObject({ $BaseType: 'Trip.Pin.Employee', budget: { $Type: 'Edm.Int64' } });
  expect(Object.keys(type('Manager') as object).sort()).toEqual(['$BaseType', '$Kind', 'budget', 'directReports']);
  expect(type('Contact')).toMatchObject({ $Key: ['code'] });
  expect(type('PlanItem')).toMatchObject({ $Abstract: true, $Key: ['id'] });
  expect(type('PublicTransportation')).toMatchObject({ $Abstract: true, $BaseType: 'Trip.Pin.PlanItem' });
  expect(csdlXml(modelOf('trips'))).toContain(
    '<EntityType Name="PublicTransportation" BaseType="Trip.Pin.PlanItem" Abstract="true">',
  );
});

test('[44] bindings of navigations of derived types go through a cast', () => {
  expect([...present(modelOf('trips').entitySets.get('Contacts')).bindings]).toEqual([
    ['airline', 'Airlines'],
    ['friend', 'Contacts'],
    ['friends', 'Contacts'],
    ['planItems/contact', 'Contacts'],
    ['planItems/Trip.Pin.Flight/flownBy', 'Airlines'],
    ['Trip.Pin.Manager/directReports', 'Contacts'],
    ['Trip.Pin.Employee/manager', 'Contacts'],
  ]);
});

describe.each(documents)('%s, OData %s', (name, version) => {
  test("[63] OASIS's own conversion of the XML gives the JSON", () => {
    const messages: object[] = [];
    const model = modelOf(name);
    expect(xml2json(csdlXml(model, { version }), { strict: true, messages })).toEqual(
      plain(csdlJson(model, { version })),
    );
    expect(messages).toEqual([]);
  });

  test('[32] the JSON fits the schema of OASIS', () => {
    const folder = dirname(require.resolve('odata-csdl/package.json'));
    const schema = JSON.parse(readFileSync(join(folder, 'schemas', 'csdl.schema.json'), 'utf8')) as object;
    const ajv = new Ajv({ strict: false, validateFormats: false });
    const isValid = ajv.validate(schema, csdlJson(modelOf(name), { version }));
    expect([isValid, ajv.errorsText()]).toEqual([true, 'No errors']);
  });

  test('[33] says its version, and nothing else differs', () => {
    const model = modelOf(name);
    expect(csdlXml(model, { version })).toContain(`Version="${version}"`);
    expect(csdlJson(model, { version })).toEqual({ ...csdlJson(model), $Version: version });
  });

  test('[34, 36, 37] has one container, and every name resolves', () => {
    const model = modelOf(name);
    const parser = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: '', preserveOrder: false });
    const parsed = JSON.stringify(parser.parse(csdlXml(model, { version })));
    expect(parsed.match(/"EntityContainer":/g)).toHaveLength(1);
    const { namespace } = model;
    const { entityTypes, complexTypes, enumTypes, typeDefinitions } = model;
    const declared = [entityTypes, complexTypes, enumTypes, typeDefinitions].flatMap((types) => [...types.keys()]);
    const used = [...parsed.matchAll(/"(?:Type|EntityType)":"(?:Collection\()?([^")]+)/g)].map(
      ([, used]) => used ?? '',
    );
    const unknown = used.filter(
      (type) => !type.startsWith('Edm.') && !declared.some((own) => type === `${namespace}.${own}`),
    );
    expect(unknown).toEqual([]);
    const terms = [...parsed.matchAll(/"Term":"(\w+)\./g)].map(([, alias]) => alias);
    expect([...new Set(terms)].filter((alias) => !parsed.includes(`"Alias":"${alias}"`))).toEqual([]);
  });

  test('no annotation stands twice', () => {
    const text = csdlXml(modelOf(name), { version });
    const parser = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: '' });
    const repeated: string[] = [];
    const visit = (node: unknown): void => {
      if (Array.isArray(node)) return node.forEach(visit);
      if (typeof node !== 'object' || node === null) return;
      const annotations = (node as Record<string, unknown>)['Annotation'];
      const terms = Array.isArray(annotations)
        ? annotations.map((item: { Term: string; Qualifier?: string }) => `${item.Term}#${item.Qualifier ?? ''}`)
        : [];
      repeated.push(...terms.filter((term, index) => terms.indexOf(term) !== index));
      Object.values(node).forEach(visit);
    };
    visit(parser.parse(text));
    expect(repeated).toEqual([]);
  });

  test('collections of entities say nothing of null', () => {
    const elements = csdlXml(modelOf(name), { version }).match(/<NavigationProperty [^>]*>/g) ?? [];
    expect(elements.filter((element) => element.includes('"Collection(') && element.includes('Nullable'))).toEqual([]);
    expect(elements.filter((element) => !element.includes('"Collection(') && !element.includes('Nullable'))).toEqual(
      [],
    );
  });
});

describe('[40] properties', () => {
  const property = (model: string, ...path: readonly string[]) =>
    at(csdlJson(modelOf(model)), modelOf(model).namespace, ...path);

  test.each([
    ['payments', 'customerPayment', 'amount', { $Type: 'Edm.Decimal', $Precision: 18, $Scale: 5, $DefaultValue: 0 }],
    ['payments', 'customerPayment', 'lastModifiedDateTime', { $Type: 'Edm.DateTimeOffset', $Precision: 3 }],
    ['payments', 'customerPayment', 'journalId', { $Type: 'Edm.Guid', '@Core.Computed': true }],
    ['payments', 'customerPayment', 'lineNumber', { $Type: 'Edm.Int32', '@Core.ComputedDefaultValue': true }],
    ['payments', 'customerPayment', 'comment', { $MaxLength: 250, $Nullable: true }],
    ['payments', 'dimensionLine', 'code', { '@Core.Immutable': true }],
    ['payments', 'customer', 'address', { $Type: 'Microsoft.NAV.postalAddress', $Nullable: true }],
    ['payments', 'salesInvoice', 'status', { $Type: 'Microsoft.NAV.salesInvoiceStatus', $DefaultValue: 'Draft' }],
    ['trips', 'Everything', 'any', { $Type: 'Edm.Decimal', $Nullable: true }],
    ['trips', 'Everything', 'text', { $MaxLength: 40, $DefaultValue: 'a "b" <c> & d' }],
    ['trips', 'Everything', 'flag', { $Type: 'Edm.Boolean', $DefaultValue: true }],
    ['trips', 'Everything', 'clock', { $Type: 'Edm.TimeOfDay', $Precision: 0, $Nullable: true }],
    ['trips', 'Person', 'emails', { $Collection: true }],
    ['trips', 'Airline', 'name', { $DefaultValue: '' }],
    ['trips', 'Person', 'gender', { $Type: 'Trip.Pin.PersonGender', $DefaultValue: 'Unknown' }],
    ['trips', 'Person', 'favoriteFeature', { $Type: 'Trip.Pin.Feature', $DefaultValue: 'Feature1,Feature3' }],
  ])('%s: %s.%s', (model, type, name, expected) => {
    expect(property(model, type, name)).toMatchObject(expected);
  });

  test('keys are never changed, so nothing is said of it', () => {
    expect(property('payments', 'dimensionLine', 'id')).not.toHaveProperty('@Core.Immutable');
  });

  test('the default of what the service sets is not told', () => {
    expect(property('payments', 'salesInvoice', 'remainingAmount')).not.toHaveProperty('$DefaultValue');
  });

  test('[60] everything of the service has a description', () => {
    const missing = [...modelOf('payments').entityTypes.keys()].flatMap((type) => {
      const found = property('payments', type) as JsonObject;
      const members = Object.entries(found).filter(([name]) => !name.startsWith('$') && !name.startsWith('@'));
      return [['', found] as const, ...members]
        .filter(([, element]) => !('@Core.Description' in (element as JsonObject)))
        .map(([name]) => `${type}/${name}`);
    });
    expect(missing).toEqual([]);
  });
});

describe('alternate keys are told where they are unique', () => {
  const keys = (model: string, ...path: readonly string[]): unknown =>
    at(csdlJson(modelOf(model)), modelOf(model).namespace, ...path, '@Core.AlternateKeys');
  const by = (...names: readonly string[]): unknown => [{ Key: names.map((Name) => ({ Name })) }];

  test.each([
    ['payments', 'customer', by('number')],
    ['payments', 'customerPaymentJournal', by('code')],
    ['payments', 'customerPayment', by('lineNumber')],
    ['payments', 'dimensionValue', undefined],
    ['trips', 'Airport', by('iataCode', 'icaoCode')],
    ['trips', 'Airline', by('name')],
    ['trips', 'Trip', by('tripNumber')],
  ])('%s: %s', (model, type, expected) => {
    expect(keys(model, type)).toEqual(expected);
  });

  test('below one parent only', () => {
    expect(keys('payments', 'dimension', 'dimensionValues')).toEqual(by('code'));
    expect(keys('payments', 'company', 'dimensionValues')).toBeUndefined();
  });
});

describe('the container', () => {
  const set = (model: string, name: string, term: string): unknown =>
    at(csdlJson(modelOf(model)), modelOf(model).namespace, modelOf(model).container, name, `@${term}`);

  test('what is read only', () => {
    for (const name of ['companies', 'accounts', 'customerPaymentDetails']) {
      expect(set('payments', name, 'Capabilities.InsertRestrictions')).toEqual({ Insertable: false });
      expect(set('payments', name, 'Capabilities.UpdateRestrictions')).toEqual({ Updatable: false });
      expect(set('payments', name, 'Capabilities.DeleteRestrictions')).toEqual({ Deletable: false });
    }
  });

  test('what is not', () => {
    expect(set('payments', 'customers', 'Capabilities.InsertRestrictions')).toEqual({
      Insertable: true,
      RequiredProperties: ['displayName'],
    });
    expect(set('payments', 'customers', 'Capabilities.UpdateRestrictions')).toMatchObject({
      Updatable: true,
      UpdateMethod: 'PATCH,PUT',
      DeltaUpdateSupported: true,
      FilterSegmentSupported: true,
    });
  });

  test('ETags: told with the version where it is public, and where there are any only', () => {
    expect(set('payments', 'customers', 'Core.OptimisticConcurrency')).toEqual([]);
    expect(set('trips', 'People', 'Core.OptimisticConcurrency')).toEqual(['concurrency']);
    expect(set('payments', 'customerPaymentDetails', 'Core.OptimisticConcurrency')).toBeUndefined();
  });

  test('what is contained is restricted by its parent', () => {
    const found = set('payments', 'customerPaymentJournals', 'Capabilities.NavigationRestrictions') as {
      RestrictedProperties: readonly Record<string, unknown>[];
    };
    expect(
      found.RestrictedProperties.map(({ NavigationProperty, InsertRestrictions, OptimisticConcurrencyControl }) => [
        NavigationProperty,
        InsertRestrictions,
        OptimisticConcurrencyControl,
      ]),
    ).toEqual([
      ['customerPayments', { Insertable: true }, true],
      ['customerPayments/dimensionLines', { Insertable: true }, true],
    ]);
    expect(set('payments', 'salesInvoices', 'Capabilities.NavigationRestrictions')).toBeUndefined();
  });

  test('collections of values are filtered by, too', () => {
    expect(set('trips', 'People', 'Capabilities.FilterRestrictions')).toEqual({ Filterable: true });
    expect(set('trips', 'People', 'Capabilities.CountRestrictions')).toEqual({ Countable: true });
  });

  test('what has no order is not sorted by', () => {
    expect(set('trips', 'People', 'Capabilities.SortRestrictions')).toEqual({
      Sortable: true,
      NonSortableProperties: ['emails', 'home', 'work'],
    });
    expect(set('payments', 'customers', 'Capabilities.SortRestrictions')).toEqual({
      Sortable: true,
      NonSortableProperties: ['address'],
    });
    expect(set('payments', 'accounts', 'Capabilities.SortRestrictions')).toEqual({ Sortable: true });
  });

  test('a feature is turned on in one line', () => {
    const model = modelOf('payments');
    const capabilities = { ...offered, search: true, batchFormats: ['multipart/mixed'], apply: ['groupby'] };
    const container = at(csdlJson(model, { capabilities }), model.namespace, model.container) as JsonObject;
    expect(container).toMatchObject({
      '@Capabilities.BatchSupported': true,
      '@Capabilities.BatchSupport': { Supported: true, SupportedFormats: ['multipart/mixed'] },
      customers: {
        '@Capabilities.SearchRestrictions': { Searchable: true },
        '@Aggregation.ApplySupported': { Transformations: ['groupby'] },
      },
    });
  });

  test('versions, schema version and ids', () => {
    const document = csdlJson(modelOf('trips'));
    expect(at(document, 'Trip.Pin', '@Core.SchemaVersion')).toBe('2026-11');
    expect(at(document, 'Trip.Pin', '@Core.DefaultNamespace')).toBe(true);
    expect(at(document, 'Trip.Pin', 'DefaultContainer')).toMatchObject({
      '@Core.ODataVersions': '4.0 4.01',
      '@Core.ConventionalIDs': true,
      '@Core.DereferenceableIDs': true,
    });
    expect(document['$EntityContainer']).toBe('Trip.Pin.DefaultContainer');
  });
});
