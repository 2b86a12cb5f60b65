import { SnakeCaseNamingStrategy } from '../../src/naming-strategy';

const names = new SnakeCaseNamingStrategy();

test.each([
  ['postingDate', undefined, [], 'posting_date'],
  ['id', undefined, [], 'id'],
  ['totalAmountExcludingTax', undefined, [], 'total_amount_excluding_tax'],
  ['period1Amount', undefined, [], 'period1_amount'],
  ['openURLNow', undefined, [], 'open_url_now'],
  ['anything', 'given_name', [], 'given_name'],
  ['countryLetterCode', undefined, ['address'], 'address_country_letter_code'],
  ['code', 'iso', ['postalAddress', 'countryPart'], 'postal_address_country_part_iso'],
  ['street', undefined, [''], 'street'],
])('column %s (%s) in %j is %s', (property, given, prefixes, expected) => {
  expect(names.columnName(property, given, prefixes)).toBe(expected);
});

test('tables are named after their class', () => {
  expect(names.tableName('CustomerPayment', undefined)).toBe('customer_payment');
  expect(names.tableName('CustomerPayment', 'payments')).toBe('payments');
});

test('constraints say what they are about, within the 63 bytes of PostgreSQL', () => {
  expect(names.uniqueConstraintName('customer', ['company_id', 'number'])).toBe('uq_customer_company_id_number');
  expect(names.foreignKeyName('customer_payment', ['customer_id'])).toBe('fk_customer_payment_customer_id');
  const long = names.indexName('customer_ledger_entry', ['applies_to_invoice_id', 'external_document_number']);
  expect(long.length).toBeLessThanOrEqual(63);
  expect(names.indexName('customer_ledger_entry', ['applies_to_invoice_id', 'posting_date_of_document_a'])).not.toBe(
    long,
  );
});

test('a partial index has another name than the whole one', () => {
  expect(names.indexName('customer', ['number'], 'blocked')).not.toBe(names.indexName('customer', ['number']));
});
