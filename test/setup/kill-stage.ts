/** A database whose every table is watched, processes on it that are killed, and work for them whose outcome is known. */
import type { Part } from './batches';
import { EveryTable } from './every-table';
import { Killables, type Killable } from './killable';
import { Books } from './posting';
import { repeatable } from './repeatable';
import type { ProcessAnswer } from './server-process';
import { startService, type TestService } from './service';

/** What a client has of an answer. */
export type Answered = Pick<ProcessAnswer, 'status' | 'text' | 'headers'>;

/** A request, and what is known of it beforehand. */
export interface Work {
  readonly send: (to: Killable, headers?: Record<string, string>) => Promise<Answered | undefined>;
  /** Rows that go and come, by table. */
  readonly changes: Readonly<Record<string, string>>;
  /** Whether it is answered as it must be when it was done before. */
  readonly isAgain: (first: Answered | undefined, again: Answered) => boolean;
}

/** Whether it was done, as were all parts of it. */
export const isDone = ({ status, text }: Answered): boolean =>
  status < 300 &&
  [...text.matchAll(/"status":(\d{3})|^HTTP\/1\.1 (\d{3})/gm)].every(([, a, b]) => Number(a ?? b) < 300);

/** The answer but for the boundaries that keep the parts of a batch apart. */
const plain = ({ status, text }: Answered): string =>
  `${status} ${text.replace(/(batch|changeset)_[\da-f-]{36}/g, '$1')}`;

const isSame = (first: Answered | undefined, again: Answered): boolean =>
  isDone(again) && (first === undefined || plain(first) === plain(again));

/** Makes the books and looks at them; all work is done by the processes. */
export class KillStage {
  private constructor(
    readonly service: TestService,
    readonly books: Books,
    readonly tables: EveryTable,
    readonly killables: Killables,
  ) {}

  static async open(): Promise<KillStage> {
    const service = await startService({ asyncLeaseMs: 3_600_000, poolSize: 2 });
    const killables = new Killables(service.databaseUrl, 2);
    return new KillStage(service, await Books.of(service), await EveryTable.of(service), killables);
  }

  async close(): Promise<void> {
    await this.killables.close();
    await this.service.close();
  }

  /** A group of a create with a dimension line, a change, a deletion and the posting of another journal; its requests are repeatable. */
  async group(): Promise<{ readonly parts: readonly Part[]; readonly changes: Work['changes'] }> {
    const { books, service } = this;
    const [journal, posted, customer] = [await books.journal(), await books.journal(), await books.customer()];
    const invoice = await books.invoice(customer, '60');
    const change = await books.payment(journal, 10000, { customer, amount: '-1' });
    const remove = await books.payment(journal, 20000, { customer, amount: '-2' });
    await books.payment(posted, 10000, { customer, invoice, amount: '-60' });
    const line = await books.row(
      `SELECT d.code AS code, v.code AS "valueCode" FROM dimension_values v JOIN dimensions d ON d.id = v.dimension_id
        WHERE d.company_id = $1 AND NOT v.blocked LIMIT 1`,
      books.company,
    );
    const payments = `customerPaymentJournals(${journal})/customerPayments`;
    await books.created(`${payments}(${remove})/dimensionLines`, line);
    const { json } = await service.get(`${payments}(${change})`);
    const etag = { 'If-Match': String(json['@odata.etag']) };
    const parts: readonly Part[] = [
      { id: '1', method: 'POST', url: payments, body: { amount: -3, dimensionLines: [line] } },
      { id: '2', method: 'PATCH', url: `${payments}(${change})`, body: { comment: 'changed' }, headers: etag },
      { id: '3', method: 'DELETE', url: `${payments}(${remove})`, headers: { 'If-Match': '*' } },
      { id: '4', method: 'POST', url: `customerPaymentJournals(${posted})/Microsoft.NAV.post` },
    ];
    const headers = repeatable();
    return {
      parts: parts.map((part) => ({ ...part, headers: { ...part.headers, ...headers }, atomicityGroup: 'g' })),
      changes: {
        customer_payments: '-3 +2',
        dimension_lines: '-1 +1',
        customer_payment_journals: '-1 +1',
        customer_ledger_entries: '-0 +1',
        sales_invoices: '-1 +1',
        number_series: '-1 +1',
        odata_changes: '-0 +9',
        odata_repeatable_requests: '-0 +4',
      },
    };
  }

  /** A batch with nothing but a group. */
  batch(type: string, body: string, changes: Work['changes']): Work {
    return {
      send: ({ process }) => process.send('POST', '$batch', { 'Content-Type': type }, body),
      changes,
      isAgain: isSame,
    };
  }

  /** The posting of three payments, two of them with an invoice; it is repeatable. */
  async posting(): Promise<Work> {
    const { books } = this;
    const [journal, customer] = [await books.journal(), await books.customer()];
    const [most, little] = [await books.invoice(customer, '60'), await books.invoice(customer, '0.00001')];
    await books.payment(journal, 10000, { customer, amount: '-59.99', invoice: most });
    await books.payment(journal, 20000, { customer, amount: '-0.00001', invoice: little });
    await books.payment(journal, 30000, { customer, amount: '5' });
    const path = `customerPaymentJournals(${journal})/Microsoft.NAV.post`;
    const headers = repeatable();
    return {
      send: ({ process }, more) => process.send('POST', path, { ...headers, ...more }),
      changes: {
        customer_payments: '-3 +0',
        customer_payment_journals: '-1 +1',
        customer_ledger_entries: '-0 +3',
        sales_invoices: '-2 +2',
        number_series: '-1 +1',
        odata_changes: '-0 +9',
        odata_repeatable_requests: '-0 +1',
      },
      isAgain: isSame,
    };
  }
}
