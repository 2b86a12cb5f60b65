/** What the page asks of the service when it is opened. */
import type { ExecuteRequest } from './server';

/** As the page sends them: its forms of answers and sizes of pages are other statements than others. */
const headers = { Accept: 'application/json;odata.metadata=minimal;IEEE754Compatible=true' };

/** The requests of a visit to `/`; a test of the page holds them against those that it sends. */
export const firstRequests: readonly ExecuteRequest[] = [
  { url: '$metadata?$format=json', headers: {} },
  {
    url: 'customerPaymentJournals?$expand=account($select=displayName)&$count=true',
    headers: { ...headers, Prefer: 'maxpagesize=100' },
  },
  { url: 'customerPaymentJournals?$orderby=code&$expand=customerPayments($count=true;$top=0)', headers },
];
