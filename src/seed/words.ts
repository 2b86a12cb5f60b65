/** What names and addresses are put together from. */
export const companyFirst = [
  'Nordlys',
  'Vesterhav',
  'Bjerget',
  'Solskin',
  'Fjord',
  'Alpha',
  'Hansa',
  'Rhein',
  'Polar',
  'Baltic',
  'Kronborg',
  'Skagen',
  'Elbe',
  'Lund',
  'Vinter',
  'Sommer',
  'Granit',
  'Kobber',
  'Havn',
  'Tulip',
  'Oresund',
  'Møller',
  'Sønder',
  'Åkirke',
] as const;
export const companySecond = [
  'Handel',
  'Byg',
  'Transport',
  'Energi',
  'Møbler',
  'Foods',
  'Textil',
  'Maskiner',
  'Consult',
  'Design',
  'Shipping',
  'Papir',
  'Elektronik',
  'Bageri',
  'Farma',
  'Glas',
  'Metall',
  'Robotics',
  'Software',
  'Garden',
  'Optik',
  'Sport',
  'Travel',
  'Media',
] as const;
export const firstNames = [
  'Anna',
  'Søren',
  'Mette',
  'Lars',
  'Freja',
  'Jürgen',
  'Ingrid',
  'Åse',
  'Björn',
  'Chloé',
  'Zoë',
  'Łukasz',
  'Maria',
  'Peter',
  'Sofie',
  'Niels',
] as const;
export const lastNames = [
  'Jensen',
  'Nielsen',
  'Müller',
  'Østergård',
  'van der Berg',
  'Andersson',
  'Kjær',
  'Schmidt',
  'O’Neill',
  'Ångström',
  'Larsen',
  'Weiß',
  'Holm',
  'Dahl',
  'Novák',
  'Brønsted',
] as const;
export const streets = [
  'Hovedgaden',
  'Bredgade',
  'Søndergade',
  'Hauptstraße',
  'Storgatan',
  'Kirkeveien',
  'Damrak',
  'High Street',
  'Rue de la Paix',
  'Åboulevarden',
] as const;

/** Where customers are, with what their companies are called; five countries have eighty of a hundred. */
const places: readonly (readonly [weight: number, country: string, city: string, form: string])[] = [
  [24, 'DK', 'København K', 'A/S'],
  [16, 'DK', 'Århus C', 'ApS'],
  [15, 'DE', 'Hamburg', 'GmbH'],
  [10, 'SE', 'Malmö', 'AB'],
  [8, 'NO', 'Tromsø', 'AS'],
  [7, 'NL', 'Den Haag', 'B.V.'],
  [5, 'GB', 'Leeds', 'Ltd.'],
  [4, 'FR', 'Orléans', 'S.A.'],
  [4, 'PL', 'Gdańsk', 'Sp. z o.o.'],
  [3, 'FI', 'Jyväskylä', 'Oy'],
  [2, 'US', 'New York', 'Inc.'],
  [2, 'IS', 'Reykjavík', 'ehf.'],
];
const hundred = (column: 1 | 2 | 3): string[] => places.flatMap((place) => Array<string>(place[0]).fill(place[column]));
export const countries = hundred(1);
export const cities = hundred(2);
export const companyForms = hundred(3);

/** Null is the currency of the company. */
export const currencies: readonly (string | null)[] = [
  'EUR',
  'EUR',
  'USD',
  'SEK',
  'NOK',
  'GBP',
  ...Array<null>(14).fill(null),
];

/** Accounts of the general ledger, the same in each company. */
export const accounts: readonly {
  readonly number: string;
  readonly name: string;
  readonly category: string;
  readonly blocked?: boolean;
  readonly direct?: boolean;
}[] = [
  { number: '2910', name: 'Cash', category: 'Assets' },
  { number: '2920', name: 'Bank', category: 'Assets' },
  { number: '2930', name: 'Bank, foreign currency', category: 'Assets' },
  { number: '2940', name: 'Giro account', category: 'Assets' },
  { number: '2310', name: 'Customers, domestic', category: 'Assets', direct: false },
  { number: '5610', name: 'Sales VAT', category: 'Liabilities' },
  { number: '6110', name: 'Sales, domestic', category: 'Income' },
  { number: '9999', name: 'Old bank', category: 'Assets', blocked: true },
];

/** Codes of the first dimensions' values; the rest are numbered. NORTH is a value of two dimensions; the last value of each is CLOSED and blocked. */
export const valueCodes: Readonly<Record<string, readonly string[]>> = {
  DEPARTMENT: ['SALES', 'ADM', 'PROD', 'NORTH', 'R&D'],
  REGION: ['NORTH', 'SOUTH', 'EAST'],
};
