import { DataSource, type EntityMetadata } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata';
import { entities } from '../../entities';
import { createDataSource } from '../../src/data-source';
import { declarationOf, type PropertyOptions } from '../../src/odata/model/decorators';
import { edmTypeOfColumn } from '../../src/odata/model/types';

/** Knows the entities and no database. */
class MetadataOnly extends DataSource {
  build = (): Promise<void> => this.buildMetadatas();
}

type Target = Parameters<typeof declarationOf>[0];

let byType: ReadonlyMap<string, EntityMetadata>;
let metadatas: readonly EntityMetadata[];

beforeAll(async () => {
  const { options } = createDataSource({ url: 'postgres://nobody@localhost:1/none', poolSize: 2, statementTimeout: 0 });
  const source = new MetadataOnly(options);
  await source.build();
  metadatas = source.entityMetadatas;
  byType = new Map(metadatas.map((metadata) => [declarationOf(metadata.target as Target).type?.name ?? '', metadata]));
});

/** Section 3 of the contract: name, type and size, `?` for nullable, ro for read-only, im for set on create only. */
const contract: Readonly<Record<string, string>> = {
  company: `id Guid ro; name String(30); displayName String(250)?; systemVersion String?; businessProfileId String(250)?`,
  customerPaymentJournal: `id Guid ro; code String(10); displayName String(50)?; balancingAccountId Guid?;
    balancingAccountNumber String(20)? ro; lastModifiedDateTime DateTimeOffset ro`,
  customerPayment: `id Guid ro; lineNumber Int32; customerId Guid?; customerNumber String(20)?; contactId String(250)?; postingDate Date?;
    documentNumber String(20)?; externalDocumentNumber String(20)?; amount Decimal(18,5); appliesToInvoiceId Guid?;
    appliesToInvoiceNumber String(20)?; description String(50)?; comment String(250)?; lastModifiedDateTime DateTimeOffset ro;
    journalId Guid ro; journalDisplayName String(10)? ro`,
  dimensionLine: `parentId Guid ro; id Guid im; code String(20) im; displayName String(30)? ro; valueId Guid; valueCode String(20);
    valueDisplayName String(50)? ro`,
  dimension: `id Guid ro; code String(20); displayName String(30); lastModifiedDateTime DateTimeOffset ro`,
  dimensionValue: `id Guid ro; dimensionId Guid; code String(20); displayName String(50)?; blocked Boolean;
    lastModifiedDateTime DateTimeOffset ro`,
  customer: `id Guid ro; number String(20); displayName String(100); type contactType; address postalAddress?; phoneNumber String(30)?;
    email String(80)?; website String(80)?; contactId String(250)?; taxLiable Boolean; taxRegistrationNumber String(20)?;
    currencyCode String(10)?; creditLimit Decimal(18,5)?; blocked customerBlocked; balance Decimal(18,5) ro;
    lastModifiedDateTime DateTimeOffset ro`,
  salesInvoice: `id Guid ro; number String(20); externalDocumentNumber String(35)?; invoiceDate Date; postingDate Date?; dueDate Date?;
    customerId Guid; customerNumber String(20)? ro; customerName String(100)? ro; billToCustomerId Guid?; currencyCode String(10)?;
    totalAmountExcludingTax Decimal(18,5); totalTaxAmount Decimal(18,5); totalAmountIncludingTax Decimal(18,5);
    remainingAmount Decimal(18,5) ro; status salesInvoiceStatus; lastModifiedDateTime DateTimeOffset ro`,
  account: `id Guid ro; number String(20); displayName String(100)?; category String?; blocked Boolean; directPosting Boolean;
    lastModifiedDateTime DateTimeOffset ro`,
  customerLedgerEntry: `id Guid ro; entryNumber Int32; postingDate Date; documentType String(20); documentNumber String(20)?;
    externalDocumentNumber String(20)?; customerId Guid; customerNumber String(20) ro; description String(50)?; amount Decimal(18,5);
    remainingAmount Decimal(18,5); open Boolean; appliesToInvoiceId Guid?; journalCode String(10); postedAt DateTimeOffset`,
  customerPaymentDetail: `id Guid; lineNumber Int32; customerId Guid?; customerNumber String(20)?; contactId String(250)?; postingDate Date?;
    documentNumber String(20)?; externalDocumentNumber String(20)?; amount Decimal(18,5); appliesToInvoiceId Guid?;
    appliesToInvoiceNumber String(20)?; description String(50)?; comment String(250)?; lastModifiedDateTime DateTimeOffset;
    journalId Guid; journalCode String(10); journalDisplayName String(50)?; customerDisplayName String(100)?; customerCountry String(10)?;
    invoiceDate Date?; invoiceDueDate Date?; invoiceTotalAmount Decimal(18,5)?; invoiceRemainingAmount Decimal(18,5)?;
    invoiceStatus salesInvoiceStatus?`,
};

/** What stands beside it, contained and never at the root: nothing that is published changes. */
const added: Readonly<Record<string, string>> = {
  defaultDimension: `id Guid ro; parentId Guid ro; dimensionId Guid im; dimensionCode String(20) im; dimensionValueId Guid?;
    dimensionValueCode String(20)?; postingValidation defaultDimensionValuePostingType; lastModifiedDateTime DateTimeOffset ro`,
  customerTemplate: `id Guid ro; code String(20); displayName String(100)?; countryLetterCode String(10)?; city String(30)?;
    state String(30)?; postalCode String(20)?; currencyCode String(10)?; type contactType?; taxLiable Boolean?;
    blocked customerBlocked?; creditLimit Decimal(18,5)?; lastModifiedDateTime DateTimeOffset ro`,
};
const types = { ...contract, ...added };

const navigations: Readonly<Record<string, string>> = {
  company: `accounts contained; customerLedgerEntries contained; customerPaymentDetails contained; customerPaymentJournals contained;
    customerTemplates contained; customers contained; dimensionValues contained; dimensions contained; salesInvoices contained`,
  customerPaymentJournal: `account 0..1; company 1; customerPayments contained`,
  customerPayment: `appliesToInvoice 0..1; customer 0..1; customerPaymentJournal 1; dimensionLines contained`,
  dimensionLine: `customerPayment 1; dimension 1; dimensionValue 1`,
  dimension: `dimensionValues many`,
  dimensionValue: `dimension 1`,
  customer: `customerLedgerEntries many; defaultDimensions contained; salesInvoices many`,
  defaultDimension: `customer 1; dimension 1; dimensionValue 0..1`,
  customerTemplate: ``,
  salesInvoice: `billToCustomer 0..1; customer 1`,
  account: ``,
  customerLedgerEntry: `appliesToInvoice 0..1; customer 1`,
  customerPaymentDetail: `appliesToInvoice 0..1; customer 0..1; customerPaymentJournal 1`,
};

const sets: Readonly<Record<string, string | undefined>> = {
  company: 'companies',
  customerPaymentJournal: 'customerPaymentJournals',
  customerPayment: undefined,
  dimensionLine: undefined,
  dimension: 'dimensions',
  dimensionValue: 'dimensionValues',
  customer: 'customers',
  salesInvoice: 'salesInvoices',
  account: 'accounts',
  customerLedgerEntry: 'customerLedgerEntries',
  customerPaymentDetail: 'customerPaymentDetails',
  defaultDimension: undefined,
  customerTemplate: undefined,
};

const items = (text: string): string[] =>
  text
    .split(';')
    .map((item) => item.trim())
    .filter((item) => item !== '')
    .sort();

const metadataOf = (type: string): EntityMetadata => {
  const found = byType.get(type);
  if (!found) throw new Error(`There is no entity of type ${type}`);
  return found;
};

/** The column at the end of a path of navigations. */
function columnAt(metadata: EntityMetadata, path: string): ColumnMetadata {
  const [first = '', ...rest] = path.split('/');
  if (rest.length > 0) {
    const relation = metadata.findRelationWithPropertyPath(first);
    if (!relation) throw new Error(`${metadata.name} has no relation ${first}`);
    return columnAt(relation.inverseEntityMetadata, rest.join('/'));
  }
  const column = metadata.findColumnWithPropertyName(first);
  if (!column) throw new Error(`${metadata.name} has no column ${first}`);
  return column;
}

function describeType(column: ColumnMetadata, options: PropertyOptions): string {
  if (options.enumType) return options.enumType.name;
  const name = (options.type ?? edmTypeOfColumn[String(column.type)] ?? String(column.type)).replace('Edm.', '');
  const precision = options.precision ?? column.precision;
  if (name === 'String' && column.length !== '') return `${name}(${column.length})`;
  return name === 'Decimal' ? `${name}(${precision},${options.scale ?? column.scale})` : name;
}

function describeProperties(metadata: EntityMetadata): string[] {
  const { properties } = declarationOf(metadata.target as Target);
  const own = metadata.columns
    .filter((column) => !column.embeddedMetadata && !column.isVirtual)
    .map((column) => column.propertyName);
  const embedded = metadata.embeddeds.map((embedded) => embedded.propertyName);
  const names = new Set([...own, ...embedded, ...properties.keys()]);
  return [...names]
    .filter((name) => properties.get(name)?.hidden !== true)
    .map((name) => {
      const options = properties.get(name) ?? {};
      const column = embedded.includes(name) ? undefined : columnAt(metadata, options.path ?? name);
      const complex = metadata.findEmbeddedWithPropertyPath(name);
      const type = column ? describeType(column, options) : declarationOf(complex?.type as Target).type?.name;
      const nullable = options.nullable ?? column?.isNullable ?? false;
      return [`${name} ${type}${nullable ? '?' : ''}`, options.computed ? 'ro' : '', options.immutable ? 'im' : '']
        .filter(Boolean)
        .join(' ');
    })
    .sort();
}

function describeNavigations(metadata: EntityMetadata): string[] {
  const declared = declarationOf(metadata.target as Target).navigations;
  return metadata.relations
    .filter((relation) => declared.get(relation.propertyName)?.hidden !== true)
    .map((relation) => {
      const toMany = declared.get(relation.propertyName)?.contained ? 'contained' : 'many';
      return `${relation.propertyName} ${relation.isOneToMany ? toMany : relation.isNullable ? '0..1' : '1'}`;
    })
    .sort();
}

describe('the entities are those of the contract', () => {
  test.each(Object.entries(types))('%s: properties', (type, properties) => {
    expect(describeProperties(metadataOf(type))).toEqual(items(properties));
  });

  test.each(Object.entries(navigations))('%s: navigations', (type, expected) => {
    expect(describeNavigations(metadataOf(type))).toEqual(items(expected));
  });

  test.each(Object.entries(sets))('%s: entity set', (type, set) => {
    expect(declarationOf(metadataOf(type).target as Target).type?.entitySet).toBe(set);
  });

  test('there are no others but the counters', () => {
    expect([...byType.keys()].sort()).toEqual(['', ...Object.keys(types)].sort());
    expect(metadatas).toHaveLength(entities.length);
  });

  test('the parts of an address', () => {
    const parts = metadataOf('customer').columns.filter((column) => column.embeddedMetadata);
    expect(parts.map((part) => `${part.propertyName} ${part.length} ${part.isNullable} ${part.databaseName}`)).toEqual([
      'street 100 true address_street',
      'city 30 true address_city',
      'state 30 true address_state',
      'countryLetterCode 10 true address_country_letter_code',
      'postalCode 20 true address_postal_code',
    ]);
  });

  test.each(Object.keys(types))('%s: an ETag where there is a time of the last change', (type) => {
    const metadata = metadataOf(type);
    const hasTime = metadata.updateDateColumn !== undefined;
    expect(metadata.versionColumn !== undefined).toBe(hasTime || type === 'dimensionLine');
  });
});

describe('the entities make a sound schema', () => {
  test('text compares by code point', () => {
    const texts = metadatas.flatMap((metadata) =>
      metadata.columns.filter((column) => column.type === 'varchar' || column.type === 'text'),
    );
    expect(texts.filter((column) => column.collation !== 'C').map((column) => column.propertyPath)).toEqual([]);
  });

  test('every column is described', () => {
    const columns = metadatas.flatMap((metadata) => metadata.columns.filter((column) => !column.isVirtualProperty));
    expect(columns.filter((column) => !column.comment).map((column) => column.propertyPath)).toEqual([]);
  });

  test('every navigation and every derived property that is exposed is described', () => {
    const missing = entities.flatMap((entity) => {
      const { properties, navigations: declared } = declarationOf(entity);
      const derived = [...properties].filter(([, options]) => options.path !== undefined);
      return [...derived, ...declared]
        .filter(([, { hidden, description }]) => !hidden && !description)
        .map(([name]) => `${entity.name}.${name}`);
    });
    expect(missing).toEqual([]);
  });

  test('an index begins with a column of each foreign key, the company apart', () => {
    const missing = metadatas.flatMap((metadata) => {
      const indexed = [
        metadata.primaryColumns,
        ...[...metadata.uniques, ...metadata.indices].map((index) => index.columns),
      ];
      const leading = new Set(indexed.map(([first]) => first?.propertyName));
      return metadata.foreignKeys.filter(({ columns }) => {
        const names = columns.map((column) => column.propertyName);
        const own = names.length === 1 ? names : names.filter((name) => name !== 'companyId');
        return !own.some((name) => leading.has(name));
      });
    });
    expect(missing.map((foreignKey) => foreignKey.name)).toEqual([]);
  });

  test('no foreign key leaves the company', () => {
    const alone = metadatas.flatMap((metadata) =>
      metadata.foreignKeys.filter(({ columns }) => columns.every((column) => column.propertyName !== 'companyId')),
    );
    // Written by posting only, beside a customer of the same company.
    expect(alone.map((foreignKey) => foreignKey.name)).toEqual(['customer_ledger_entries_applies_to_invoice_id_fkey']);
  });
});
