/** What the import asks of the service: the same requests as over HTTP. */
import { randomUUID } from 'node:crypto';
import { MAX_DETAILS } from '../odata/error';
import { didYouMean } from '../odata/url/did-you-mean';
import type { Caller, Handler } from '../odata/service/message';
import { responseBytes } from '../odata/service/response-bytes';
import { ImportError } from './import-error';

interface ODataErrorBody {
  readonly message: string;
  readonly target?: string;
  readonly details?: readonly ODataErrorBody[];
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: {
    readonly error?: ODataErrorBody;
    readonly value?: readonly Readonly<Record<string, unknown>>[];
  };
}

/** Where the payments go to. */
export interface PaymentJournal {
  readonly id: string;
  readonly code: string;
}

/** Values of a new payment. */
export type PaymentBody = Readonly<Record<string, string | number>>;

/** Amounts are text, so that they stay exact. JSON §3.2 */
const JSON_TYPE = 'application/json;IEEE754Compatible=true';

/** The requests of one caller. */
export class PaymentRequests {
  constructor(
    private readonly handler: Handler,
    private readonly caller: Caller,
  ) {}

  /** The id of a company by its name. */
  async company(name: string): Promise<string> {
    return this.idOf('company', 'companies', 'name', name);
  }

  /** A journal by its code, which is found in any case. */
  async journal(code: string): Promise<PaymentJournal> {
    const wanted = code.trim().toUpperCase();
    return { id: await this.idOf('journal', 'customerPaymentJournals', 'code', wanted, code), code: wanted };
  }

  private async idOf(kind: string, set: string, property: string, wanted: string, written = wanted): Promise<string> {
    const condition = `${property} eq '${wanted.replaceAll("'", "''")}'`;
    const [found] = await this.list(`${set}?$select=id&$filter=${encodeURIComponent(condition)}`);
    if (found) return String(found['id']);
    const others = await this.list(`${set}?$select=${property}`);
    const names = others.map((one) => String(one[property]));
    throw new ImportError(`There is no ${kind} ${written}.${didYouMean(written, names)}`);
  }

  /**
   * Adds payments by one delta: all of them, or none. Gives why they are refused, by their place; nothing when all are added, undefined when
   * the answer names none of them.
   */
  async addTogether(
    { id }: PaymentJournal,
    value: readonly PaymentBody[],
  ): Promise<ReadonlyMap<number, string> | undefined> {
    const error = await this.refusal('PATCH', paymentsOf(id), { value });
    return error ? refusedItems(error) : new Map();
  }

  /** Adds one payment; gives the reason when it is refused. */
  async add({ id }: PaymentJournal, payment: PaymentBody): Promise<string | undefined> {
    const error = await this.refusal('POST', paymentsOf(id), payment);
    return error && reasonOf(error);
  }

  private async refusal(method: string, target: string, value: unknown): Promise<ODataErrorBody | undefined> {
    const { status, headers, body } = await this.send(method, target, value);
    if (status < 400) return undefined;
    const error = body.error ?? { message: `The service answered ${status}.` };
    // Not the rows are to blame, and the next ones would fare no better.
    if (status >= 500 || headers['Retry-After'] !== undefined)
      throw new ImportError(`${reasonOf(error)} Nothing was imported.`);
    return error;
  }

  private async list(target: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const { status, body } = await this.send('GET', target);
    if (status !== 200) throw new ImportError(body.error?.message ?? `The service answered ${status}.`);
    return body.value ?? [];
  }

  private async send(method: string, target: string, body?: unknown): Promise<Answer> {
    const headers = {
      'request-id': randomUUID(),
      ...(method === 'GET' ? { prefer: 'maxpagesize=20000' } : { 'content-type': JSON_TYPE, prefer: 'return=minimal' }),
    };
    const request = { method, target, headers, root: 'http://localhost/v1.0/' };
    const response = await this.handler(
      body === undefined ? request : { ...request, body: Buffer.from(JSON.stringify(body)) },
      this.caller,
    );
    const text = (await responseBytes(response)).toString();
    return { ...response, body: (text === '' ? {} : JSON.parse(text)) as Answer['body'] };
  }
}

const paymentsOf = (id: string): string => `customerPaymentJournals(${id})/customerPayments`;

const reasonOf = ({ message, target, details = [] }: ODataErrorBody): string =>
  details.length > 0 ? details.map(reasonOf).join(' ') : target === undefined ? message : `${target}: ${message}`;

/** The reasons in an error about a delta, by the place of their item; undefined when one of them has none. */
function refusedItems(error: ODataErrorBody): ReadonlyMap<number, string> | undefined {
  const reasons = new Map<number, string>();
  const { details = [error] } = error;
  for (const { target = '', ...detail } of details) {
    const [, index, place = ''] = /^value\/(\d+)(?:\/(.+))?$/.exec(target) ?? [];
    if (index === undefined) return undefined;
    const reason = reasonOf(place === '' ? detail : { ...detail, target: place });
    const before = reasons.get(Number(index));
    reasons.set(Number(index), before === undefined ? reason : `${before} ${reason}`);
  }
  // A list that is cut may tell only a part of the last one.
  const last = [...reasons.keys()].at(-1);
  if (details.length === MAX_DETAILS && reasons.size > 1 && last !== undefined) reasons.delete(last);
  return reasons;
}
