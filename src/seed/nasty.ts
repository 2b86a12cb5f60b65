/** Values that break careless code, on fixed rows of the first company. They are there in every tier. */

/** What is different about a customer; `k` is its ordinal. */
export interface SpecialCustomer {
  readonly k: number;
  readonly number?: string;
  readonly name?: string;
  readonly contactId?: string;
  readonly blocked?: 'None' | 'Ship' | 'Invoice' | 'All';
  readonly street?: string;
  readonly city?: string;
  readonly email?: string;
}

export const specialCustomers: readonly SpecialCustomer[] = [
  { k: 1, name: 'Nordlys Handel A/S', blocked: 'None', contactId: 'CONTACT-0001' },
  { k: 2, name: "O'Brien & Sons Ltd.", blocked: 'None', email: "Sean.O'Brien@Example.COM" },
  { k: 3, name: '100%_\\ "Outlet"', blocked: 'None' },
  { k: 4, name: 'Blåbærgrød æøåß ÆØÅ ApS', blocked: 'None', city: 'Ærøskøbing', street: 'Straße 1, 2. th.' },
  { k: 5, name: 'İıŞ Ticaret A.Ş.', blocked: 'None' },
  { k: 6, name: '株式会社 山田商店', blocked: 'None', city: '東京' },
  { k: 7, name: '𝄞 Musik 🎻 & 💶 GmbH', blocked: 'None' },
  { k: 8, name: 'Cafe\u0301 Zoe\u0308', blocked: 'None' },
  { k: 9, name: 'شركة النور للتجارة', blocked: 'None' },
  { k: 10, number: '00123', name: 'Leading Zeros 007', blocked: 'None' },
  { k: 11, number: 'C 00 11', name: 'Inner  Spaces Trailing  ', blocked: 'None' },
  { k: 12, number: 'A+B&C#D/E?F', name: 'Plus+And&Hash#Slash/Question?', blocked: 'None', email: 'a+b@example.com' },
  {
    k: 13,
    number: 'MAXLENGTHNUMBER-0020',
    name: 'Maximum '.repeat(12) + 'abc🎻',
    contactId: 'X'.repeat(249) + '💶',
    blocked: 'None',
    street: 'S'.repeat(99) + '𝄞',
    city: 'Llanfairpwllgwyngyllgogerychwy',
  },
  { k: 14, number: '12345678-1234-1234-1', name: 'Looks Like A Guid', blocked: 'None' },
  { k: 15, name: 'Blocked For All A/S', blocked: 'All' },
  { k: 16, name: 'Blocked For Invoices A/S', blocked: 'Invoice' },
  { k: 17, name: 'Blocked For Shipping A/S', blocked: 'Ship' },
  { k: 18, blocked: 'None', contactId: 'CONTACT-SHARED' },
  { k: 19, name: 'nordlys handel a/s', blocked: 'None', contactId: 'CONTACT-SHARED' },
];

/** How a payment relates to a customer and an invoice. */
export type PaymentKind = 'full' | 'partial' | 'prepaid' | 'unknown' | 'foreign' | 'zero' | 'refund' | 'nobody';

/** What is different about a payment of the first journal; `i` is its ordinal there. */
export interface SpecialPayment {
  readonly i: number;
  readonly kind?: PaymentKind;
  readonly amount?: string;
  readonly date?: string;
  readonly externalNumber?: string;
  readonly description?: string;
  readonly comment?: string;
  readonly customer?: number;
}

export const specialPayments: readonly SpecialPayment[] = [
  { i: 1, kind: 'prepaid', amount: '-0.01' },
  { i: 2, kind: 'refund', amount: '0.01' },
  { i: 3, kind: 'refund', amount: '9999999999999.99999' },
  { i: 4, kind: 'full', date: '2024-02-29' },
  { i: 5, kind: 'full', date: '2024-12-31' },
  { i: 6, kind: 'full', date: '2025-01-01' },
  { i: 13, comment: 'Maximum length '.repeat(16) + '123456789🎻' },
  { i: 14, description: '100%_\\ off', comment: '%' },
  { i: 15, description: "O'Brien's payment", comment: '' },
  { i: 16, kind: 'zero' },
  { i: 17, kind: 'nobody' },
  { i: 18, kind: 'unknown' },
  { i: 19, kind: 'foreign' },
  { i: 20, externalNumber: '+ & # / ? %2F', comment: 'Paid by card: +45 & more #1 / 2?' },
  { i: 21, kind: 'prepaid', date: '2027-06-30' },
  { i: 22, kind: 'prepaid', customer: 15 },
  { i: 23, comment: '  spaces  inside and at the end  ' },
  { i: 24, comment: 'Line 1\r\nLine 2\t"quoted" \\ back \u0001 \u2028 </script>' },
  { i: 25, kind: 'prepaid', customer: 7, comment: 'e\u0301 ﷽ 👩‍👩‍👧 \u202eRTL' },
  { i: 26, externalNumber: '00000000000000000042', comment: 'null' },
  { i: 27, kind: 'partial' },
  { i: 28, kind: 'refund' },
];
