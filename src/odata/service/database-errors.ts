/** The one translation of what PostgreSQL refuses: by SQLSTATE, never by message text. */
import { odataError, ODataError } from '../error';

/** What a pg DatabaseError carries. */
interface DatabaseFault {
  readonly code?: string;
  readonly severity?: string;
  readonly message?: string;
  readonly detail?: string;
  readonly table?: string;
  readonly column?: string;
  readonly constraint?: string;
}

const fault = (error: unknown): DatabaseFault => (typeof error === 'object' && error !== null ? error : {});

const socketCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOENT',
  'EHOSTUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/** True when the connection itself is lost, so that the client must not be used again. */
export function isConnectionError(error: unknown): boolean {
  if (error instanceof ODataError) return error.code === 'DatabaseUnavailable';
  const { code, severity, message } = fault(error);
  if (severity === 'FATAL' || severity === 'PANIC') return true;
  if (code !== undefined && (socketCodes.has(code) || code.startsWith('08'))) return true;
  return message !== undefined && /Connection terminated|not queryable/.test(message);
}

/** True when all connections of the pool were in use for as long as a request waits for one: the database can be reached. */
const isStillWaiting = (error: unknown): boolean => fault(error).message === 'timeout exceeded when trying to connect';

/** The SQLSTATE of what PostgreSQL has answered, also where an error was thrown because of it. */
export function sqlStateOf(error: unknown): string | undefined {
  if (error instanceof ODataError) return sqlStateOf(error.cause);
  const { code } = fault(error);
  return code !== undefined && /^[\dA-Z]{5}$/.test(code) ? code : undefined;
}

/** Too many requests wait for a connection. */
export const overloaded = (cause?: unknown): ODataError =>
  odataError('Overloaded', {}, { headers: { 'Retry-After': '1' }, cause });

const camel = (column: string): string =>
  column
    .trim()
    .replaceAll('"', '')
    .replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

/** The columns of a detail such as `Key (company_id, code)=(…) already exists.`, in the spelling of properties. */
function keyOf({ detail }: DatabaseFault): readonly string[] {
  const columns = /^Key \((?:lower\()?([^()]+)\)?\)=/.exec(detail ?? '')?.[1];
  return columns
    ? columns
        .split(',')
        .map(camel)
        .filter((name) => name !== 'companyId')
    : [];
}

const target = (name: string | undefined): { target?: string } => (name === undefined ? {} : { target: name });

/** PostgreSQL has limits of its own for one statement: 1664 columns, for example. */
const tooMuch = (cause: unknown): ODataError =>
  odataError('TooManyParts', { message: 'The request asks for more than one statement can do.' }, { cause });

/** What compile/agreed-rows.ts makes of one entity of which a request says two things. */
export const CONTRADICTION = '22016';

const bySqlState: Readonly<Record<string, (problem: DatabaseFault, cause: unknown) => ODataError>> = {
  '22001': (_, cause) =>
    odataError('InvalidValue', { message: 'A text is longer than its property allows.' }, { cause }),
  '22003': (_, cause) =>
    odataError('InvalidValue', { message: 'A number is outside the range of its type.' }, { cause }),
  '22007': (_, cause) => odataError('InvalidValue', { message: 'A date or time is not valid.' }, { cause }),
  '22008': (_, cause) =>
    odataError('InvalidValue', { message: 'A date or time is outside the range of its type.' }, { cause }),
  '22009': (_, cause) => odataError('InvalidValue', { message: 'A time zone offset is not valid.' }, { cause }),
  '22012': (_, cause) => odataError('DivisionByZero', {}, { cause }),
  '22015': (_, cause) =>
    odataError('InvalidValue', { message: 'A duration is outside the range of its type.' }, { cause }),
  '22021': (_, cause) =>
    odataError('InvalidValue', { message: 'A text holds a character that cannot be stored.' }, { cause }),
  '22P02': (_, cause) =>
    odataError('InvalidValue', { message: 'A value does not fit the type it is used for.' }, { cause }),
  '22P05': (_, cause) =>
    odataError('InvalidValue', { message: 'A text holds a character that cannot be stored.' }, { cause }),
  [CONTRADICTION]: (_, cause) =>
    odataError(
      'InvalidValue',
      {
        message:
          'Rows lead to one entity with different computed values of it, and an entity is aggregated once, and grouped by as one. Group by what tells the values apart, or aggregate an expression, which is taken for every row.',
      },
      { cause },
    ),
  // A function over JSON finds another kind of it: no request can cause that, only who has written the column.
  '22023': (_, cause) => odataError('StoredValueInvalid', {}, { cause }),
  // No pattern of the request comes so far when it is not valid.
  '2201B': (_, cause) =>
    odataError(
      'PatternTooComplex',
      {
        message: 'A regular expression is too long, or finding out whether a text matches it takes too many steps.',
      },
      { cause },
    ),
  '2201E': (_, cause) =>
    odataError('InvalidValue', { message: 'A number is outside the domain of a function.' }, { cause }),
  '23502': (problem, cause) => {
    const name = camel(problem.column ?? '');
    return odataError(
      'BadRequest_RequiredParamNotProvided',
      { message: `A value for "${name}" must be provided.` },
      { ...target(name), cause },
    );
  },
  '23503': (problem, cause) => {
    if (/is (still )?referenced/.test(problem.detail ?? '')) {
      return odataError(
        'StillReferenced',
        { message: 'The record cannot be deleted or renumbered because other records refer to it.' },
        { cause },
      );
    }
    const key = keyOf(problem);
    return odataError(
      'Internal_InvalidTableRelation',
      { message: `The value of "${key.join(', ')}" refers to no existing record.` },
      { ...target(key.at(-1)), cause },
    );
  },
  '23505': (problem, cause) => {
    const key = keyOf(problem);
    return odataError(
      'Internal_EntityWithSameKeyExists',
      { message: `A record with the same "${key.join(', ')}" already exists.` },
      { ...target(key.at(-1)), cause },
    );
  },
  '23514': (problem, cause) =>
    odataError('InvalidValue', { message: `The values break the rule "${problem.constraint ?? ''}".` }, { cause }),
  '40001': (_, cause) =>
    odataError(
      'Conflict',
      { message: 'The request collided with another one. Send it again.' },
      { headers: { 'Retry-After': '1' }, cause },
    ),
  '40P01': (_, cause) =>
    odataError(
      'Conflict',
      { message: 'The request collided with another one. Send it again.' },
      { headers: { 'Retry-After': '1' }, cause },
    ),
  '53300': (_, cause) => odataError('DatabaseUnavailable', {}, { headers: { 'Retry-After': '2' }, cause }),
  '54000': (_, cause) => tooMuch(cause),
  '54001': (_, cause) => odataError('NestedTooDeeply', { message: 'The request is nested too deeply.' }, { cause }),
  '54011': (_, cause) => tooMuch(cause),
  '54023': (_, cause) => tooMuch(cause),
  '55P03': (_, cause) =>
    odataError(
      'Conflict',
      { message: 'The record is locked by another request. Send it again.' },
      { headers: { 'Retry-After': '1' }, cause },
    ),
  '57014': (_, cause) =>
    odataError(
      'StatementTimeout',
      { message: 'The request takes longer than the service allows. Ask for less, or filter by an indexed property.' },
      { cause },
    ),
};

/** What the client is told of an error of the database; errors that are nobody's fault but ours come back as they are. */
export function databaseError(error: unknown): unknown {
  if (error instanceof ODataError) return error;
  if (isStillWaiting(error)) return overloaded(error);
  if (isConnectionError(error))
    return odataError('DatabaseUnavailable', {}, { headers: { 'Retry-After': '2' }, cause: error });
  const problem = fault(error);
  const translate = problem.code === undefined ? undefined : bySqlState[problem.code];
  return translate ? translate(problem, error) : error;
}
