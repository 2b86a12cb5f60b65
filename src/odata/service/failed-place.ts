/**
 * Where in a request the error lies that only PostgreSQL has found, while it ran the statement: a number that is too large, a division by zero, more
 * columns than there can be. Nothing of this runs before a request has failed. It is planned anew with its expressions marked, and where several may
 * have failed it is run once more, in a transaction that is rolled back. Protocol §9.4
 */
import { MAX_DETAILS, ODataError } from '../error';
import { SEEDS, Trace } from '../plan/trace';
import { sql, trusted } from '../sql';
import { optionNamed } from '../url';
import type { Place } from '../url/ast';
import type { Call, Session, Transaction } from './database';
import { CONTRADICTION, databaseError, sqlStateOf } from './database-errors';
import { isRead, meantBy } from './indirect';
import { isOfFormat, type Negotiated, type ServiceOptions } from './negotiated';
import { Plans } from './planned';
import { handleRead } from './read-request';
import { release } from './response-bytes';
import { EnclosingTransaction, type ServiceSession } from './service-session';
import { named, runNamed, statement } from './statement';
import { handleWrite } from './write-request';

/** Options that are left out in turn to see which one asks for too much. */
const MAX_TRIES = 12;
/** The position of what a whole option is. */
const WHOLE = -1;
/** The most that looking for a place in the database may take; what is not found by then is told without. */
const LONGEST_MS = 5000;

/** A request that has failed with an SQLSTATE. */
interface Failed {
  readonly service: ServiceOptions;
  readonly state: string;
  readonly isRead: boolean;
  /** It may be run once more: it only reads, or its caller may write and nothing of what it has done is there any more. */
  readonly isRepeatable: boolean;
  /** The request in another session. */
  readonly within: (session: ServiceSession) => Negotiated;
}

/** The error, with the place where it lies if that can be told. `within` gives the request in another session than its own. Never rejects. */
export async function placed(
  service: ServiceOptions,
  error: unknown,
  session: ServiceSession,
  within: (session: ServiceSession) => Negotiated,
): Promise<unknown> {
  const known = databaseError(error);
  const state = sqlStateOf(known);
  if (state === undefined || !(known instanceof ODataError) || known.status !== 400 || known.target !== undefined)
    return known;
  // Class 22: a value that has no result. Class 54: a statement that is too large.
  const search = state.startsWith('22') ? failedExpressions : state.startsWith('54') ? excessiveOptions : undefined;
  if (!search) return known;
  try {
    const { request, caller } = meantBy(service, plansOf(service), within(onlyPlanned));
    // Who may not write can have failed before that was asked.
    const isRepeatable = isRead(request) || (session === service.database && !caller.readOnly);
    return at(known, await search({ service, state, isRead: isRead(request), isRepeatable, within }));
  } catch {
    return known;
  }
}

// ---- expressions

/** The place of the expression that has failed, or those of all that may have. */
async function failedExpressions(failed: Failed): Promise<readonly Place[]> {
  const { service, state, isRead: reads, isRepeatable } = failed;
  const trace = new Trace();
  const plans = plansOf(service, trace);
  await outcome(failed, plans, onlyPlanned);
  const { places, merges } = trace;
  if (state === CONTRADICTION) return merges;
  if (!isRepeatable || places.length === 0 || (reads && places.length === 1)) return places;
  const found = await service.database
    .trial(async (transaction) => {
      await runNamed(transaction, BEGINNING, {});
      const failure = await outcome(failed, plans, new EnclosingTransaction(unnamed(transaction)));
      if (sqlStateOf(failure) !== state) return undefined;
      const last = places[(await lastMark(transaction, places.length)) - 1];
      return last ? [last] : trace.sums;
    })
    .catch(() => undefined);
  return found ?? places;
}

/** With parameters that it does not know, PostgreSQL computes nothing before the marks around it. */
const BEGINNING = statement(
  sql`select setseed(0), set_config('plan_cache_mode', 'force_generic_plan', true), set_config('statement_timeout', (select (case when setting::int between 1 and ${trusted(String(LONGEST_MS))} then setting::int else ${trusted(String(LONGEST_MS))} end)::text from pg_settings where name = 'statement_timeout'), true)`,
);
const NEXT = statement(sql`select random()::text`, 'value');
const SEEDED = statement(
  sql`select setseed(n::float8 / ${trusted(String(SEEDS))}), n::text, random()::text from generate_series(0, ${named('most', 'int4')}) n`,
  'done',
  'number',
  'value',
);

/** The number of the mark that was set last; 0 where none was, or the expression was done. */
async function lastMark(session: Session, most: number): Promise<number> {
  const [next] = await runNamed(session, NEXT, {});
  const seeded = await runNamed(session, SEEDED, { most: String(most) });
  return Number(seeded.find(({ value }) => value === next?.value)?.number ?? 0);
}

// ---- options

/** The options without which PostgreSQL can plan the statement: all of them where that does not tell. */
async function excessiveOptions(failed: Failed): Promise<readonly Place[]> {
  const { service, state, within } = failed;
  const plans = plansOf(service);
  const { options } = meantBy(service, plans, within(onlyPlanned)).parts;
  const names = new Set(options.map(({ name }) => name));
  // An alias is part of the option that it stands in.
  const asked = [...names].filter((name) => !name.startsWith('@') && !isOfFormat(name)).slice(0, MAX_TRIES);
  const alone = await service.database
    .trial(async (transaction) => {
      const excessive: string[] = [];
      const end = Date.now() + LONGEST_MS;
      await runNamed(transaction, BEGINNING, {});
      for (const name of asked.length > 1 ? asked : []) {
        const ended = await outcome(failed, plans, explaining(transaction), name);
        if (ended instanceof Enough) excessive.push(name);
        else if (sqlStateOf(ended) !== state || Date.now() > end) return [];
      }
      return excessive;
    })
    .catch(() => undefined);
  const found = alone && alone.length > 0 ? alone : asked;
  return found.map((name) => ({ source: optionNamed(name) ?? name, at: WHOLE }));
}

// ---- running again

const plansOf = ({ model, settings: { limits } }: ServiceOptions, trace?: Trace): Plans =>
  new Plans(model, limits, trace);

/** Ends a request that has come as far as it should. */
class Enough extends Error {}

/** A session whose statements are not run. */
const onlyPlanned = sessionOf(() => Promise.reject(new Enough()));

/** A session whose first statements are planned by PostgreSQL, and not run. */
const explaining = (transaction: Transaction): ServiceSession =>
  sessionOf(async (calls) => {
    const explained = calls.map(({ statement: { text }, values }) => ({
      statement: { name: '', text: `explain ${text}` },
      values,
    }));
    await new EnclosingTransaction(transaction).run(explained);
    throw new Enough();
  });

function sessionOf(run: Session['run']): ServiceSession {
  return { run, transaction: (work) => work({ run, finish: run }), isShared: true };
}

/** Statements that are run once need no name that the connection remembers. */
function unnamed(transaction: Transaction): Transaction {
  const without = (calls: readonly Call[]): readonly Call[] =>
    calls.map((call) => ({ ...call, statement: { ...call.statement, name: '' } }));
  return {
    run: (calls) => transaction.run(without(calls)),
    finish: (calls) => transaction.finish(without(calls)),
  };
}

/** What the request ends with, perhaps without one of its options: nothing when it is answered. */
async function outcome(
  { service, within }: Failed,
  plans: Plans,
  session: ServiceSession,
  without?: string,
): Promise<unknown> {
  try {
    const meant = meantBy(service, plans, within(session));
    const options = meant.parts.options.filter(({ name }) => name !== without);
    const request = { ...meant, parts: { ...meant.parts, options } };
    await release(await (isRead(meant.request) ? handleRead : handleWrite)(service, plans, request));
    return undefined;
  } catch (error) {
    return error;
  }
}

// ---- telling

/** The error at its place; at the option that holds all that it may be; or with a list of them. */
function at(error: ODataError, found: readonly Place[]): ODataError {
  const places = [...new Map(found.map((place) => [`${place.source}\n${place.at}`, place])).values()];
  const [first] = places;
  if (!first) return error;
  const { code, message, headers, cause } = error;
  const telling = { headers, cause };
  const isOne = places.every(({ source }) => source === first.source);
  if (isOne)
    return new ODataError(code, message, {
      ...telling,
      ...(places.length === 1 ? one(first) : { target: first.source }),
    });
  const details = places
    .slice(0, MAX_DETAILS)
    .map((place) => new ODataError(code, 'This may be what has failed.', one(place)));
  return new ODataError(code, message, { ...telling, details });
}

const one = ({ source, at: position }: Place): { target: string; position?: number } => ({
  target: source,
  ...(position === WHOLE ? {} : { position }),
});
