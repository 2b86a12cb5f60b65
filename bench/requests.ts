/** The requests of docs/performance.md: the same question to both servers. */
import type { Answer, Wire } from './connection';
import { MARK, type Sample } from './database';
import type { Script } from './load';

/** Which of the two is asked. */
export type Side = 'ours' | 'limit';

/** One kind of request. */
export interface Measured {
  readonly name: string;
  readonly what: string;
  /** Requests of one round. */
  readonly requests: number;
  /** Requests before a round, where those of the others would be too many. */
  readonly warmUp?: number;
  /** Connections that throughput is measured at. */
  readonly connections: readonly number[];
  /** The most that our CPU may be of the limit's. */
  readonly goal: number;
  /** Makes the requests of the connection with this number. */
  script(side: Side, connection: number): Script;
}

const at = <T>(list: readonly T[], index: number): T => {
  const found = list[index % list.length];
  if (found === undefined) throw new Error('The sample is empty');
  return found;
};

const payments = (journal: string): string => `/v1.0/customerPaymentJournals(${journal})/customerPayments`;
const encoded = (text: string): string => encodeURIComponent(text).replaceAll('%24', '$');

/** A read whose values change from request to request. */
const reading =
  (path: (side: Side, turn: number) => string) =>
  (side: Side, connection: number): Script => {
    let turn = connection * 7;
    return { next: () => ({ method: 'GET', path: path(side, turn++) }) };
  };

const everywhere = [1, 8, 64];

/** The requests that can be measured on a sample. */
export function measuredOn(sample: Sample): readonly Measured[] {
  const journal = (turn: number): string => at(sample.journals, turn);
  const amounts = ['-1000', '-800', '-600', '-400'];
  const starts = ['C000', 'C001', 'C002', 'C003'];
  return [
    {
      name: 'q1',
      what: 'read by key through containment',
      requests: 1500,
      connections: everywhere,
      goal: 1.3,
      script: reading((side, turn) => {
        const payment = at(sample.payments, turn);
        return side === 'ours' ? `${payments(payment.journal)}(${payment.id})` : `/q1/${payment.journal}/${payment.id}`;
      }),
    },
    {
      name: 'q2',
      what: 'page of 100, $select of 5',
      requests: 800,
      connections: everywhere,
      goal: 1,
      script: reading((side, turn) =>
        side === 'ours'
          ? `${payments(journal(turn))}?$top=100&$select=id,lineNumber,customerNumber,amount,postingDate`
          : `/q2/${journal(turn)}`,
      ),
    },
    {
      name: 'q3',
      what: '$filter, $orderby, top 20',
      requests: 500,
      connections: everywhere,
      goal: 1.1,
      script: reading((side, turn) => {
        const [amount, start] = [at(amounts, turn), at(starts, turn >> 2)];
        const filter = encoded(`amount gt ${amount} and startswith(customerNumber,'${start}')`);
        return side === 'ours'
          ? `${payments(journal(turn))}?$filter=${filter}&$orderby=postingDate%20desc&$top=20`
          : `/q3/${journal(turn)}/${amount}/${start}%`;
      }),
    },
    {
      name: 'q4',
      what: 'page of 50, $expand of dimensionLines and customer',
      requests: 400,
      connections: everywhere,
      goal: 1,
      script: reading((side, turn) =>
        side === 'ours'
          ? `${payments(journal(turn))}?$top=50&$expand=dimensionLines,customer($select=number,displayName)`
          : `/q4/${journal(turn)}`,
      ),
    },
    {
      name: 'q5',
      what: 'lambda over dimensionLines, top 20',
      requests: 300,
      connections: everywhere,
      goal: 1.1,
      script: reading((side, turn) => {
        const { dimension, value } = at(sample.values, turn >> 3);
        const filter = encoded(`dimensionLines/any(d:d/code eq '${dimension}' and d/valueCode eq '${value}')`);
        return side === 'ours'
          ? `${payments(journal(turn))}?$filter=${filter}&$top=20`
          : `/q5/${journal(turn)}/${dimension}/${value}`;
      }),
    },
    {
      name: 'q6',
      what: '$count=true with $filter, top 20',
      requests: 500,
      connections: everywhere,
      goal: 1.1,
      script: reading((side, turn) =>
        side === 'ours'
          ? `${payments(journal(turn))}?$count=true&$filter=amount%20gt%20${at(amounts, turn)}&$top=20`
          : `/q6/${journal(turn)}/${at(amounts, turn)}`,
      ),
    },
    {
      name: 'q7',
      what: '$apply: the sum of the payments of each customer',
      requests: 500,
      connections: everywhere,
      goal: 1.1,
      script: reading((side, turn) =>
        side === 'ours'
          ? `${payments(journal(turn))}?$apply=${encoded('groupby((customerId),aggregate(amount with sum as total))')}`
          : `/q7/${journal(turn)}`,
      ),
    },
    {
      name: 'q9',
      what: 'POST',
      requests: 400,
      connections: [1, 8],
      goal: 2,
      script: (side, connection) => creating(sample, side, connection),
    },
    {
      name: 'q10',
      what: 'PATCH with If-Match',
      requests: 400,
      connections: [1, 8],
      goal: 2,
      script: (side, connection) => patching(sample, side, connection),
    },
    {
      name: 'q11',
      what: '$batch of 100 creates in one group',
      requests: 24,
      warmUp: 16,
      connections: [1, 8],
      goal: 4,
      script: (side, connection) => creatingMany(sample, side, connection),
    },
    {
      name: 'q12',
      what: 'deep insert of a payment with 3 dimension lines',
      requests: 400,
      connections: [1, 8],
      goal: 2,
      script: (side, connection) => creatingDeep(sample, side, connection),
    },
  ];
}

/** A new payment; each differs from the one before. */
const paymentOf = (sample: Sample, turn: number): object => ({
  customerNumber: at(sample.customers, turn),
  postingDate: '2026-03-31',
  documentNumber: 'BENCH-1',
  externalDocumentNumber: MARK,
  amount: -100.5,
});

const BATCH = 100;

function creatingMany(sample: Sample, side: Side, connection: number): Script {
  const journal = at(sample.journals, connection);
  const url = payments(journal).replace('/v1.0/', '');
  let turn = connection;
  const part = (_: unknown, index: number): object => ({
    id: String(index),
    ...{ atomicityGroup: 'g', method: 'POST', url, body: paymentOf(sample, turn++) },
  });
  return {
    next: () => ({
      method: 'POST',
      path: side === 'ours' ? '/v1.0/$batch' : `/q11/${journal}`,
      body: JSON.stringify({ requests: Array.from({ length: BATCH }, part) }),
    }),
  };
}

function creatingDeep(sample: Sample, side: Side, connection: number): Script {
  const journal = at(sample.journals, connection);
  const path = side === 'ours' ? payments(journal) : `/q12/${journal}`;
  let turn = connection;
  return {
    next: () => ({
      method: 'POST',
      path,
      body: JSON.stringify({ ...paymentOf(sample, turn++), dimensionLines: sample.lines }),
    }),
  };
}

/** Each connection fills a journal of its own: the limit does not let writers take turns. */
function creating(sample: Sample, side: Side, connection: number): Script {
  const journal = at(sample.journals, connection);
  const path = side === 'ours' ? payments(journal) : `/q9/${journal}`;
  let turn = connection;
  return {
    next: () => ({
      method: 'POST',
      path,
      body: JSON.stringify(paymentOf(sample, turn++)),
    }),
  };
}

/** Each connection changes a payment of its own, and knows its version from the answer before. */
function patching(sample: Sample, side: Side, connection: number): Script {
  const { journal, id } = at(sample.payments, connection);
  const reader: Wire = { method: 'GET', path: `${payments(journal)}(${id})` };
  const limitReader: Wire = { method: 'GET', path: `/q1/${journal}/${id}` };
  let etag: string | undefined;
  let turn = 0;
  return {
    next: () => {
      if (etag === undefined) return side === 'ours' ? reader : limitReader;
      return {
        method: 'PATCH',
        path: side === 'ours' ? `${payments(journal)}(${id})` : `/q10/${journal}/${id}`,
        headers: { 'If-Match': etag },
        body: JSON.stringify({ description: `Bench ${turn++ % 10}` }),
      };
    },
    seen: ({ headers }: Answer) => {
      etag = headers['etag'];
    },
  };
}
