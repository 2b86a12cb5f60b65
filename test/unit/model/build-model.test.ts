import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SnakeCaseNamingStrategy } from '../../../src/naming-strategy';
import { typeName } from '../../../src/odata/model/edm';
import { readMetadata } from '../../../src/odata/model/metadata-reader';
import type { EntityType, Model, Property } from '../../../src/odata/model/model';
import { edmTypeOfColumn } from '../../../src/odata/model/types';
import { findUnindexedForeignKeys } from '../support/unindexed-foreign-keys';
import { entities } from '../../../entities';
import { paymentsModel, present, tripPinModel } from '../support/models';
import { tripPin } from '../../setup/trip-pin/model';

let payments: Model;
let trips: Model;

beforeAll(async () => {
  [payments, trips] = await Promise.all([paymentsModel(), tripPinModel()]);
});

const type = (model: Model, name: string): EntityType => present(model.entityTypes.get(name));
const property = (model: Model, owner: string, name: string): Property =>
  present(type(model, owner).properties.get(name));

describe('types and their properties', () => {
  test.each([
    ['id', 'Edm.Int64', undefined, undefined, undefined],
    ['day', 'Edm.Date', undefined, undefined, undefined],
    ['flag', 'Edm.Boolean', undefined, undefined, 'true'],
    ['byte', 'Edm.Byte', undefined, undefined, '255'],
    ['signedByte', 'Edm.SByte', undefined, undefined, undefined],
    ['int16', 'Edm.Int16', undefined, undefined, undefined],
    ['int32', 'Edm.Int32', undefined, undefined, undefined],
    ['int64', 'Edm.Int64', undefined, undefined, undefined],
    ['money', 'Edm.Decimal', 9, 2, '1.50'],
    ['whole', 'Edm.Decimal', 9, 0, undefined],
    ['any', 'Edm.Decimal', undefined, undefined, undefined],
    ['single', 'Edm.Single', undefined, undefined, undefined],
    ['double', 'Edm.Double', undefined, undefined, undefined],
    ['moment', 'Edm.DateTimeOffset', 6, undefined, undefined],
    ['clock', 'Edm.TimeOfDay', 0, undefined, undefined],
    ['span', 'Edm.Duration', 6, undefined, undefined],
    ['bytes', 'Edm.Binary', undefined, undefined, undefined],
    ['guid', 'Edm.Guid', undefined, undefined, undefined],
    ['text', 'Edm.String', undefined, undefined, 'a "b" <c> & d'],
  ])('a column of every type: %s is %s', (name, edmType, precision, scale, defaultValue) => {
    const found = property(trips, 'Everything', name);
    expect([typeName(found.type), found.precision, found.scale, found.defaultValue]).toEqual([
      edmType,
      precision,
      scale,
      defaultValue,
    ]);
  });

  test('[38] keys of several properties keep their order', () => {
    expect(type(trips, 'Everything').key.map(({ name }) => name)).toEqual(['id', 'day']);
    expect(type(payments, 'dimensionLine').key.map(({ name }) => name)).toEqual(['parentId', 'id']);
  });

  test('collections of values are never null', () => {
    const emails = property(trips, 'Person', 'emails');
    expect([typeName(emails.type), emails.nullable, emails.required]).toEqual(['Collection(Edm.String)', false, false]);
    expect(typeName(property(trips, 'Trip', 'ratings').type)).toBe('Collection(Edm.Int32)');
  });

  test('[47] enumerations: labels, with the schema of the table, or numbers', () => {
    const types = ['AirportKind', 'Feature', 'PersonGender'].map((name) => present(trips.enumTypes.get(name)));
    expect(types.map(({ databaseType, isFlags }) => [databaseType, isFlags])).toEqual([
      ['geo.airport_kind', false],
      [undefined, true],
      [undefined, false],
    ]);
    expect(property(payments, 'salesInvoice', 'status').type).toBe(payments.enumTypes.get('salesInvoiceStatus'));
    expect(property(payments, 'customerPaymentDetail', 'invoiceStatus').type).toBe(
      payments.enumTypes.get('salesInvoiceStatus'),
    );
  });

  test('one complex type at two places has columns of its own at each', () => {
    const [home, work] = ['home', 'work'].map((name) => property(trips, 'Person', name));
    const columnOf = (found: Property | undefined): unknown => {
      const source = found?.source.kind === 'complex' ? found.source.properties.get('region')?.source : undefined;
      return source?.kind === 'column' ? source.column : undefined;
    };
    expect(home?.type).toBe(work?.type);
    expect([columnOf(home), columnOf(work)]).toEqual(['home_Region', 'work_Region']);
    expect([home?.nullable, property(trips, 'Airport', 'location').nullable]).toEqual([true, false]);
  });

  test('derived properties take type and facets from where they lead, also through hidden navigations', () => {
    const code = property(payments, 'customerPayment', 'journalDisplayName');
    expect([typeName(code.type), code.maxLength, code.source]).toEqual([
      'Edm.String',
      10,
      { kind: 'path', navigations: ['customerPaymentJournal'], property: 'code' },
    ]);
    expect(property(trips, 'Person', 'bestFriendName').nullable).toBe(true);
  });

  test('virtual columns are SQL over the alias, and computed', () => {
    const { source, computed } = property(trips, 'Person', 'tripCount');
    expect(source.kind === 'expression' && source.sql('"p"')).toContain('"t"."owner" = "p"."userName"');
    expect(computed).toBe(true);
  });

  test('columns that the engine sets are computed without being told', () => {
    const { version, createdAt, updatedAt } = type(trips, 'Person');
    expect([version, createdAt, updatedAt]).toEqual([
      { column: 'concurrency', databaseType: 'integer' },
      { column: 'joinedAt', databaseType: 'timestamp with time zone' },
      { column: 'changedAt', databaseType: 'timestamp with time zone' },
    ]);
    for (const name of ['concurrency', 'joinedAt', 'changedAt'])
      expect(property(trips, 'Person', name).computed).toBe(true);
  });

  test('what a create needs', () => {
    const required = (model: Model, name: string): string[] =>
      [...type(model, name).properties.values()].filter((found) => found.required).map(({ name: own }) => own);
    expect(required(payments, 'customerPaymentJournal')).toEqual(['code']);
    expect(required(payments, 'customer')).toEqual(['displayName']);
    expect(required(payments, 'customerPayment')).toEqual([]);
    expect(required(trips, 'Trip')).toEqual(['startsAt']);
  });

  test('orders', () => {
    const order = (name: string): string[] =>
      type(trips, name).defaultOrder.map(({ property: { name: own }, direction }) => `${own} ${direction}`);
    expect(order('Airport')).toEqual(['name desc', 'icaoCode asc']);
    expect(order('Everything')).toEqual(['id asc', 'day asc']);
  });

  test('views are read only', () => {
    for (const view of [type(trips, 'Traveller'), type(payments, 'customerPaymentDetail')])
      expect([view.insertable, view.updatable, view.deletable]).toEqual([false, false, false]);
  });

  test('the order is that of the entities', () => {
    expect([...trips.entitySets.keys()]).toEqual([
      'People',
      'Airlines',
      'Airports',
      'Passports',
      'Everythings',
      'Venues',
      'Keyeds',
      'Travellers',
      'Contacts',
      'Suppliers',
      ...[
        'Albums',
        'Photos',
        'Hotels',
        'Guests',
        'Assets',
        'Students',
        'Courses',
        'Halls',
        'Clubs',
        'Shelves',
        'Things',
        'Divisions',
        'Deals',
        'Products',
      ],
    ]);
    expect([...payments.entitySets.keys()].slice(0, 2)).toEqual(['companies', 'customerPaymentJournals']);
  });
});

describe('navigations', () => {
  const navigation = (model: Model, owner: string, name: string) => present(type(model, owner).navigations.get(name));

  test('[43] one side holds the foreign key, the other has it turned round', () => {
    const trip = navigation(trips, 'Trip', 'owner');
    const owner = navigation(trips, 'Person', 'trips');
    expect([trip.join, owner.join]).toEqual([
      [{ column: 'owner', targetColumn: 'userName' }],
      [{ column: 'userName', targetColumn: 'owner' }],
    ]);
    expect([trip.owning, owner.owning, trip.partner, owner.partner]).toEqual([true, false, 'trips', 'owner']);
    expect([owner.containsTarget, owner.collection, trip.nullable]).toEqual([true, true, false]);
  });

  test('one to one', () => {
    const [passport, holder] = [navigation(trips, 'Person', 'passport'), navigation(trips, 'Passport', 'holder')];
    expect([passport.owning, passport.collection, passport.nullable]).toEqual([false, false, true]);
    expect(passport.join).toEqual([{ column: 'userName', targetColumn: 'holder' }]);
    expect([holder.owning, holder.nullable, holder.partner]).toEqual([true, false, 'passport']);
  });

  test('a type may lead to itself', () => {
    const person = type(trips, 'Person');
    expect(navigation(trips, 'Person', 'bestFriend').target).toBe(person);
    expect(navigation(trips, 'Person', 'admirers').join).toEqual([{ column: 'userName', targetColumn: 'best_friend' }]);
  });

  test('what a delete does with the others', () => {
    expect(navigation(trips, 'Person', 'trips').onDelete).toBe('Cascade');
    expect(navigation(trips, 'Person', 'admirers').onDelete).toBe('SetNull');
    expect(navigation(payments, 'customerPayment', 'dimensionLines').onDelete).toBe('Cascade');
    expect(navigation(payments, 'customer', 'salesInvoices').onDelete).toBe('None');
    expect(navigation(payments, 'company', 'customerPaymentDetails').onDelete).toBeUndefined();
    expect(navigation(payments, 'customerPayment', 'customer').onDelete).toBeUndefined();
  });

  test('[45] referential constraints between public properties only', () => {
    expect(navigation(payments, 'customerPayment', 'customer').referentialConstraints).toEqual([
      { property: 'customerId', referencedProperty: 'id' },
    ]);
    expect(navigation(trips, 'Trip', 'owner').referentialConstraints).toEqual([]);
  });

  test('hidden ones are joined and not shown', () => {
    const { joins, navigations, partition } = type(payments, 'customer');
    expect([joins.has('company'), navigations.has('company')]).toEqual([true, false]);
    expect(partition).toEqual({ column: 'company_id', databaseType: 'uuid' });
    expect(navigation(payments, 'company', 'customers').partner).toBeUndefined();
  });

  test('[44] bindings lead through what is contained', () => {
    const of = (model: Model, set: string) => Object.fromEntries(present(model.entitySets.get(set)).bindings);
    expect(of(trips, 'People')).toEqual({
      bestFriend: 'People',
      admirers: 'People',
      passport: 'Passports',
      'trips/owner': 'People',
      'trips/airline': 'Airlines',
    });
    expect(of(payments, 'customerPaymentJournals')).toMatchObject({
      account: 'accounts',
      'customerPayments/customer': 'customers',
      'customerPayments/dimensionLines/dimensionValue': 'dimensionValues',
    });
    expect(of(payments, 'customerPaymentJournals')).not.toHaveProperty('customerPayments');
  });
});

test('a derived type has the very members of its base type', () => {
  for (const [base, derived] of [
    ['Contact', 'Employee'],
    ['Employee', 'Manager'],
    ['PublicTransportation', 'Flight'],
  ] as const) {
    const [above, below] = [type(trips, base), type(trips, derived)];
    for (const [name, navigation] of above.navigations) expect(below.navigations.get(name)).toBe(navigation);
    for (const [name, member] of above.properties) expect(below.properties.get(name)).toBe(member);
    expect(below.key).toBe(above.key);
  }
});

describe('foreign keys without an index', () => {
  test('are found', async () => {
    expect(findUnindexedForeignKeys(await readMetadata(tripPin))).toEqual([
      ...['Person(bestFriend)', 'Trip(airline)'],
      ...['Contact(airline)', 'Contact(friend)', 'Contact(manager)', 'PlanItem(contact)', 'PlanItem(flownBy)'],
      ...['Division(superordinate)', 'Deal(product)', 'Deal(division)'],
    ]);
  });

  test('are none in the service', async () => {
    expect(findUnindexedForeignKeys(await readMetadata(entities, new SnakeCaseNamingStrategy()))).toEqual([]);
  });
});

test('docs/model.md tells the type of every column', () => {
  const [, , table = ''] = readFileSync(join(__dirname, '../../../docs/model.md'), 'utf8').split(/^## /m);
  const rows = [...table.matchAll(/^\| (.+?) \| `(Edm\.\w+)`/gm)].flatMap(([, columns = '', type]) =>
    [...columns.matchAll(/`([\w ]+)`/g)].map(([, column = '']) => [column, type] as const),
  );
  expect(Object.fromEntries(rows)).toEqual(edmTypeOfColumn);
});
