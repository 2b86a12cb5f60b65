import { specialCustomers, specialPayments } from '../../src/seed/nasty';
import { seedId } from '../../src/seed';
import { logNormal, rising, share, zipf } from '../../src/seed/shares';
import { rowsOf, type TierName, tiers } from '../../src/seed/tiers';

const sum = (numbers: readonly number[]): number => numbers.reduce((left, right) => left + right, 0);

test.each<[TierName, readonly number[]]>([
  // companies, journals, customers, invoices, payments, dimensions, values, dimension lines
  ['S', [2, 6, 25, 60, 120, 4, 20, 150]],
  ['M', [2, 40, 2000, 15_000, 60_000, 8, 250, 90_000]],
  ['L', [3, 300, 50_000, 1_000_000, 1_000_000, 12, 2500, 1_500_000]],
])('tier %s has its figures', (name, figures) => {
  const { companies, dimensionLines } = tiers[name];
  const journals = companies.flatMap((company) => company.journals);
  const dimensions = companies.flatMap((company) => company.dimensions);
  const customers = sum(companies.map((company) => company.customers));
  const invoices = sum(companies.map((company) => company.invoices));
  const values = sum(dimensions.map((dimension) => dimension.values));
  expect([
    companies.length,
    journals.length,
    customers,
    invoices,
    sum(journals),
    dimensions.length,
    values,
    dimensionLines,
  ]).toEqual(figures);
  expect(rowsOf(tiers[name])).toBe(customers + invoices + sum(journals) + dimensionLines);
});

test.each<TierName>(['M', 'L'])('tier %s has an empty journal, one with a line, and one over 20,000', (name) => {
  const journals = tiers[name].companies[0]?.journals ?? [];
  expect(journals.filter((size) => size > 20_000)).toHaveLength(1);
  expect(journals).toEqual(expect.arrayContaining([0, 1, 16]));
});

test('shares add up, whatever the weights', () => {
  expect(share(10, [1, 1, 1])).toEqual([4, 3, 3]);
  expect(sum(share(999_983, zipf(40_500, 1.1)))).toBe(999_983);
  expect(sum(share(57, rising(4)))).toBe(57);
});

test('totals have their median in the middle and rise', () => {
  const totals = logNormal(50_000, 1.2, 1024);
  expect(totals[511]).toBeGreaterThan(49_000);
  expect(totals[512]).toBeLessThan(51_000);
  expect(totals).toEqual([...totals].sort((left, right) => left - right));
});

test('special values fit their columns, counted in code points', () => {
  const length = (value = ''): number => [...value].length;
  for (const { number, name, contactId, street, city, email } of specialCustomers) {
    const over = [
      length(number) > 20,
      length(name) > 100,
      length(contactId) > 250,
      length(street) > 100,
      length(city) > 30,
      length(email) > 80,
    ];
    expect(over).not.toContain(true);
  }
  expect(Math.max(...specialCustomers.map(({ name }) => length(name)))).toBe(100);
  expect(Math.max(...specialPayments.map(({ comment }) => length(comment)))).toBe(250);
  expect(Math.max(...specialPayments.map(({ externalNumber }) => length(externalNumber)))).toBe(20);
});

test('ids are name-based guids', () => {
  expect(seedId('company', 1)).toBe('a26a5619-ac66-3202-8a77-db843cffd2fc');
});
