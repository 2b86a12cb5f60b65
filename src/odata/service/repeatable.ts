/** Requests that may be sent again: done once, answered with the first answer ever after. OASIS Repeatable Requests 1.0 */
import { createHash } from 'node:crypto';
import { odataError, type ODataError } from '../error';
import { prepare, sql } from '../sql';
import { retrying } from './collision';
import type { Session } from './database';
import { ownerOf, type Caller, type Request, type Response } from './message';
import { SharedTransaction, type ServiceSession } from './service-session';
import { wholeResponse } from './response-bytes';
import { callWith, named } from './statement';
import { responseValues, storedResponse } from './stored-response';
import { intoRows, type TextRow } from './wire-row';

/** What a request says of its repetition. */
export interface Repetition {
  /** In lower case: identifiers are UUIDs, which know no case. */
  readonly id: string;
  readonly clientId: string | undefined;
  readonly firstSent: Date;
  /** What must be the same when the request comes again. */
  readonly fingerprint: string;
  /** Its place among the requests of a group that share the identifier. */
  readonly position: number;
}

type Repeated = Pick<Request, 'method' | 'target' | 'headers'> & { readonly body?: Buffer | undefined };

/** Clocks of clients may be ahead by so much. */
const AHEAD_MS = 5 * 60_000;
const MAX_ID = 200;

/** The headers of repetition. §3.1 */
export const REPETITION = ['repeatability-request-id', 'repeatability-first-sent', 'repeatability-client-id'] as const;

const rejected = { headers: { 'Repeatability-Result': 'rejected' } };
const invalid = (message: string): ODataError => odataError('BadRequest', { message }, rejected);

/** True when a request wants to be repeatable. */
export const isRepeatable = ({ headers }: Pick<Request, 'headers'>): boolean =>
  headers[REPETITION[0]] !== undefined || headers[REPETITION[1]] !== undefined;

/** A service that cannot promise to do a request once does not do it at all. §5 */
export const repeatabilityIsNotOffered = (): ODataError =>
  odataError('NotImplemented', { message: 'Repeatable requests are not offered by this service.' }, rejected);

/** A batch cannot be repeatable, its parts can. §8.4 */
export const batchIsNotRepeatable = (): ODataError =>
  invalid('A batch cannot be repeatable as a whole. Send Repeatability-Request-ID with the requests in it.');

/** Either all requests of a group are repeatable, or none. §8.4 */
export const groupIsPartlyRepeatable = (): ODataError =>
  invalid('Repeatability-Request-ID must be sent with all requests of a group, or with none.');

/** The headers without those of repetition. */
export function withoutRepetition<H extends Request['headers']>(headers: H): H {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !REPETITION.includes(name as (typeof REPETITION)[number])),
  ) as H;
}

const imfFixdate =
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/** Reads and checks the headers. Throws 400 where they are wrong, 412 where the service may have forgotten the request. §5 */
export function repetitionOf(request: Repeated, windowMs: number, position = 0): Repetition {
  const [id, firstSent, clientId] = REPETITION.map((name) => request.headers[name]?.trim());
  if (!id) throw invalid('Repeatability-First-Sent needs Repeatability-Request-ID beside it.');
  if (!firstSent) throw invalid('Repeatability-Request-ID needs Repeatability-First-Sent beside it.');
  if (id.length > MAX_ID || (clientId?.length ?? 0) > MAX_ID)
    throw invalid(`Repeatability-Request-ID and Repeatability-Client-ID have at most ${MAX_ID} characters.`);
  const sent = imfFixdate.test(firstSent) ? new Date(firstSent) : new Date(Number.NaN);
  if (Number.isNaN(sent.getTime()))
    throw invalid('Repeatability-First-Sent must be a date such as Tue, 26 Mar 2019 16:06:51 GMT.');
  const age = Date.now() - sent.getTime();
  if (age > windowMs || age < -AHEAD_MS) {
    const message = `Repeatability-First-Sent must lie within the last ${Math.round(windowMs / 3_600_000)} hours: the service does not remember older requests.`;
    throw odataError('PreconditionFailed', { message }, rejected);
  }
  return {
    id: id.toLowerCase(),
    clientId: clientId?.toLowerCase() || undefined,
    firstSent: sent,
    fingerprint: fingerprintOf(request),
    position,
  };
}

/** Method, URL, body and the headers that change what is done or answered. §5 */
function fingerprintOf({ method, target, headers, body }: Repeated): string {
  const names = ['accept', 'content-type', 'if-match', 'if-none-match', 'odata-maxversion', 'odata-version', 'prefer'];
  const hash = createHash('sha256').update(
    JSON.stringify([method, target, ...names.map((name) => headers[name] ?? '')]),
  );
  return hash.update(body ?? '').digest('base64url');
}

const claimStatement =
  prepare(sql`insert into odata_repeatable_requests (partition, request_id, position, client_id, first_sent, fingerprint)
  values (${named('partition', 'text')}, ${named('id', 'text')}, ${named('position', 'int4')}, ${named('client', 'text')}, ${named('sent', 'timestamptz')}, ${named('fingerprint', 'text')})
  on conflict do nothing`);
const readStatement =
  prepare(sql`select fingerprint, first_sent = ${named('sent', 'timestamptz')}, status, headers, answer from odata_repeatable_requests
  where partition = ${named('partition', 'text')} and request_id = ${named('id', 'text')} and position = ${named('position', 'int4')}`);
const storeStatement =
  prepare(sql`update odata_repeatable_requests set status = ${named('status', 'int4')}, headers = ${named('headers', 'text')}, answer = ${named('answer', 'bytea')}
  where partition = ${named('partition', 'text')} and request_id = ${named('id', 'text')} and position = ${named('position', 'int4')}`);
const forgetStatement = prepare(
  sql`delete from odata_repeatable_requests where first_sent < ${named('before', 'timestamptz')}`,
);
const forgetIdStatement = prepare(
  sql`delete from odata_repeatable_requests where partition = ${named('partition', 'text')} and request_id = ${named('id', 'text')}`,
);
const forgetClientStatement = prepare(
  sql`delete from odata_repeatable_requests where partition = ${named('partition', 'text')} and client_id = ${named('id', 'text')}`,
);

const partitionOf = (caller: Caller): string => ownerOf(caller) ?? '';
const keyValues = (caller: Caller, { id, position, firstSent }: Repetition): Record<string, string> => ({
  partition: partitionOf(caller),
  id,
  position: String(position),
  sent: firstSent.toISOString(),
});

/**
 * Takes the requests for this transaction: undefined when nobody had them before, else their first answers. A twin that is under way in
 * another transaction is waited for: the key of the row is unique.
 */
export async function claim(
  session: Session,
  caller: Caller,
  repetitions: readonly Repetition[],
): Promise<readonly Response[] | undefined> {
  const claims = repetitions.map((one) =>
    callWith(claimStatement, { ...keyValues(caller, one), client: one.clientId ?? null, fingerprint: one.fingerprint }),
  );
  const taken = (await session.run(claims)).filter((count) => count === 1).length;
  if (taken === repetitions.length) return undefined;
  if (taken > 0)
    throw invalid('Some requests of the group were sent before, others were not. A group is repeated as it was.');
  const found = repetitions.map((): TextRow[] => []);
  await session.run(
    repetitions.map((one, index) => callWith(readStatement, keyValues(caller, one), intoRows(found[index] ?? []))),
  );
  return repetitions.map((one, index) => firstAnswer(one, found[index]?.[0]));
}

function firstAnswer({ fingerprint }: Repetition, row: TextRow | undefined): Response {
  const [known, isSameTime, status, headers = null, answer = null] = row ?? [];
  if (known !== fingerprint || isSameTime !== 't' || !status)
    throw invalid('A different request was sent with this Repeatability-Request-ID.');
  return storedResponse(status, headers, answer);
}

/** Keeps the answers, in the transaction of the requests themselves. */
export async function keep(
  session: Session,
  caller: Caller,
  repetitions: readonly Repetition[],
  responses: readonly Response[],
): Promise<void> {
  const whole = await Promise.all(responses.map((response) => wholeResponse(response)));
  await session.run(
    repetitions.flatMap((one, index) => {
      const response = whole[index];
      return response ? [callWith(storeStatement, { ...keyValues(caller, one), ...responseValues(response) })] : [];
    }),
  );
}

/** Says that the request was done once. §3.2.1 */
export const accepted = (response: Response): Response => ({
  ...response,
  headers: { ...response.headers, 'Repeatability-Result': 'accepted' },
});

/** Ends a transaction whose request was refused: nothing is kept of it, sending it again tries it again. */
class Refused extends Error {
  constructor(
    readonly response: Response,
    cause: unknown,
  ) {
    super('The request was refused', { cause });
  }
}

/** Answers one request once, in one transaction with the memory of it. */
export async function answerOnce(
  session: ServiceSession,
  caller: Caller,
  repetition: Repetition,
  answer: (session: ServiceSession) => Promise<Response>,
): Promise<Response> {
  try {
    const response = await retrying({ database: session }, async (transaction) => {
      const within = new SharedTransaction(transaction);
      const [known] = (await claim(within, caller, [repetition])) ?? [];
      if (known) return known;
      const made = await wholeResponse(await answer(within));
      if (made.status >= 400) throw new Refused(made, within.failure);
      await keep(within, caller, [repetition], [made]);
      return made;
    });
    return accepted(response);
  } catch (error) {
    if (error instanceof Refused) return accepted(error.response);
    throw error;
  }
}

/** Forgets what is older than anything that can be sent again. */
export const forgetOld = (session: Session, windowMs: number): Promise<unknown> =>
  session.run([callWith(forgetStatement, { before: new Date(Date.now() - windowMs - AHEAD_MS).toISOString() })]);

const cleanup = /^\$RepeatableRequests?With(Request|Client)ID$/;

/** `DELETE $RepeatableRequestWithRequestID/…` and `…WithClientID/…`: forgets before the time; undefined for other resources. §7 */
export async function forget(
  session: Session,
  caller: Caller,
  method: string,
  [name = '', id]: readonly string[],
): Promise<Response | undefined> {
  const kind = cleanup.exec(name)?.[1];
  if (kind === undefined || id === undefined || method !== 'DELETE') return undefined;
  const statement = kind === 'Request' ? forgetIdStatement : forgetClientStatement;
  await session.run([callWith(statement, { partition: partitionOf(caller), id: id.toLowerCase() })]);
  return { status: 204, headers: {} };
}
