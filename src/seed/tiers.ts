import { rising, share } from './shares';

/** How much sample data: S for tests and a first look, M for measuring in CI, L for benchmarks. */
export type TierName = 'S' | 'M' | 'L';

interface DimensionSize {
  readonly code: string;
  readonly name: string;
  readonly values: number;
  /** False: no payment has a value in it. */
  readonly used: boolean;
}

interface CompanySize {
  readonly name: string;
  readonly displayName: string;
  readonly customers: number;
  readonly invoices: number;
  readonly ledgerEntries: number;
  /** Payments of each journal. */
  readonly journals: readonly number[];
  readonly dimensions: readonly DimensionSize[];
}

/** The figures of a tier. */
export interface Tier {
  readonly companies: readonly CompanySize[];
  readonly dimensionLines: number;
  /** How many rows in a row may have the same time of their last change. */
  readonly burst: number;
}

const names = {
  first: { name: 'CRONUS DK', displayName: 'CRONUS Danmark A/S' },
  second: { name: 'CRONUS SE', displayName: 'CRONUS Sverige AB' },
  third: { name: 'FJORD NO', displayName: 'Fjord Handel AS' },
} as const;

const dimension = (code: string, name: string, values: number, used = true): DimensionSize => ({
  code,
  name,
  values,
  used,
});

/** Journals of the first company: one over the size of a page, one that posts without a complaint, one with a single line, an empty one, many small ones. */
function journalSizes(payments: number, journals: number): number[] {
  const head = [payments > 500_000 ? 30_000 : 25_000, payments > 500_000 ? 15_000 : 3_000, 16, 1, 0];
  const small = Array.from(
    { length: Math.floor((journals - head.length) * 0.6) },
    (_, index) => 20 + ((index * 53) % 181),
  );
  const taken = [...head, ...small].reduce((left, right) => left + right, 0);
  return [...head, ...small, ...share(payments - taken, rising(journals - head.length - small.length))];
}

export const tiers: Readonly<Record<TierName, Tier>> = {
  S: {
    dimensionLines: 150,
    burst: 10,
    companies: [
      {
        ...names.first,
        customers: 20,
        invoices: 54,
        ledgerEntries: 12,
        journals: [60, 35, 16, 1, 0],
        dimensions: [
          dimension('DEPARTMENT', 'Department', 6),
          dimension('PROJECT', 'Project', 8),
          dimension('REGION', 'Region', 4),
        ],
      },
      {
        ...names.second,
        customers: 5,
        invoices: 6,
        ledgerEntries: 2,
        journals: [8],
        dimensions: [dimension('DEPARTMENT', 'Avdelning', 2, false)],
      },
    ],
  },
  M: {
    dimensionLines: 90_000,
    burst: 1500,
    companies: [
      {
        ...names.first,
        customers: 1800,
        invoices: 13_500,
        ledgerEntries: 300,
        journals: journalSizes(57_000, 36),
        dimensions: [
          dimension('DEPARTMENT', 'Department', 12),
          dimension('PROJECT', 'Project', 150),
          dimension('REGION', 'Region', 8),
          dimension('PRODUCT', 'Product line', 40),
          dimension('CHANNEL', 'Channel', 10),
          dimension('COSTCENTRE', 'Cost centre', 20),
          dimension('CAMPAIGN', 'Campaign', 4, false),
        ],
      },
      {
        ...names.second,
        customers: 200,
        invoices: 1500,
        ledgerEntries: 30,
        journals: share(3000, rising(4)),
        dimensions: [dimension('DEPARTMENT', 'Avdelning', 6)],
      },
    ],
  },
  L: {
    dimensionLines: 1_500_000,
    burst: 1500,
    companies: [
      {
        ...names.first,
        customers: 45_000,
        invoices: 900_000,
        ledgerEntries: 300,
        journals: journalSizes(900_000, 270),
        dimensions: [
          dimension('DEPARTMENT', 'Department', 40),
          dimension('PROJECT', 'Project', 1500),
          dimension('REGION', 'Region', 20),
          dimension('PRODUCT', 'Product line', 400),
          dimension('CHANNEL', 'Channel', 20),
          dimension('COSTCENTRE', 'Cost centre', 200),
          dimension('SEASON', 'Season', 12),
          dimension('BRAND', 'Brand', 100),
          dimension('CAMPAIGN', 'Campaign', 8, false),
        ],
      },
      {
        ...names.second,
        customers: 4000,
        invoices: 80_000,
        ledgerEntries: 30,
        journals: share(80_000, rising(22)),
        dimensions: [dimension('DEPARTMENT', 'Avdelning', 30), dimension('PROJECT', 'Projekt', 150)],
      },
      {
        ...names.third,
        customers: 1000,
        invoices: 20_000,
        ledgerEntries: 10,
        journals: share(20_000, rising(8)),
        dimensions: [dimension('DEPARTMENT', 'Avdeling', 20)],
      },
    ],
  },
};

/** The number of rows that a tier inserts: what progress is measured by. */
export function rowsOf(tier: Tier): number {
  const sum = (numbers: readonly number[]): number => numbers.reduce((left, right) => left + right, 0);
  return (
    sum(tier.companies.map((company) => company.customers + company.invoices + sum(company.journals))) +
    tier.dimensionLines
  );
}
