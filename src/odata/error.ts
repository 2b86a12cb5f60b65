/**
 * The one catalogue of errors: code → [HTTP status, sentence]. `{name}` in a sentence is filled from the arguments.
 * Codes of Business Central stand where one fits; the others are the engine's own. Protocol 4.01 §9.4, JSON §21.1.
 */
const catalogue = {
  // 400: the request itself is wrong
  BadRequest: [400, '{message}'],
  SyntaxError: [400, '{message}'],
  UnknownProperty: [400, "The type '{type}' has no property '{name}'.{hint}"],
  UnknownType: [400, "There is no type '{name}'.{hint}"],
  UnknownSet: [400, "There is no entity set '{name}'.{hint}"],
  UnknownFunction: [400, "There is no function '{name}'.{hint}"],
  UnknownOption: [400, "There is no query option '{name}'.{hint}"],
  RepeatedOption: [400, "The query option '{name}' is given more than once."],
  OptionNotApplicable: [400, "The query option '{name}' cannot be applied to {resource}."],
  TypeMismatch: [400, '{message}'],
  InvalidValue: [400, '{message}'],
  InvalidBody: [400, '{message}'],
  DivisionByZero: [400, 'The request divides by zero.'],
  // 400: the request asks for more than the service allows
  TextTooLong: [400, '{message}'],
  NestedTooDeeply: [400, '{message}'],
  TooManyParts: [400, '{message}'],
  ListTooLong: [400, 'A list must not have more than {limit} members.'],
  TooManyMembers: [
    400,
    'The path stands for more than {limit} members, the most that one request may write. Write them in parts, each with a /$filter(…).',
  ],
  ExpandedTooDeeply: [400, '{message}'],
  PatternTooComplex: [400, '{message}'],
  StatementTimeout: [400, '{message}'],
  BadRequest_RequiredParamNotProvided: [400, '{message}'],
  BadRequest_InvalidToken: [400, '{message}'],
  Application_StringExceededLength: [
    400,
    "The length of '{name}' is {length}, but it must not be more than {limit} characters.",
  ],
  Application_InvalidGUID: [400, "'{value}' is not a Guid."],
  Application_EvaluateException: [400, "'{value}' is not a value of {type}. It must be one of: {members}."],
  Application_DialogException: [400, '{message}'],
  Internal_InvalidTableRelation: [400, '{message}'],
  // 401, 403
  Authentication_InvalidCredentials: [401, 'The request needs valid credentials.'],
  Authorization_Denied: [403, '{message}'],
  // 404
  BadRequest_NotFound: [404, "No resource is found for the segment '{segment}'.{hint}"],
  Internal_RecordNotFound: [404, '{message}'],
  // 405, 406
  BadRequest_MethodNotAllowed: [405, 'The method {method} is not allowed for {resource}. Allowed: {allow}.'],
  NotAcceptable: [406, '{message}'],
  // 409, 410, 412, 413, 414, 415, 416
  Internal_EntityWithSameKeyExists: [409, '{message}'],
  StillReferenced: [409, '{message}'],
  Conflict: [409, '{message}'],
  Expired: [410, '{message}'],
  Request_EntityChanged: [412, 'Another user has already changed the record.'],
  PreconditionFailed: [412, '{message}'],
  PayloadTooLarge: [413, '{message}'],
  UriTooLong: [
    414,
    'The URL is longer than {limit} characters. Send the query in the body of POST …/$query, or in a $batch.',
  ],
  UnsupportedMediaType: [415, '{message}'],
  RangeNotSatisfiable: [416, 'The range lies outside of the {length} bytes that there are.'],
  // 424, 428, 429, 431
  FailedDependency: [424, '{message}'],
  PreconditionRequired: [
    428,
    'Send the ETag of the entity in the header If-Match (it is in @odata.etag of the last answer), or If-Match: * to write whatever is there.',
  ],
  TooManyRequests: [429, 'Too many requests. Try again after the time in Retry-After.'],
  HeadersTooLong: [431, 'The headers of the request are too long.'],
  // 5xx
  Internal_ServerError: [500, 'An unexpected error occurred. Quote the request-id when you report it.'],
  StoredValueInvalid: [
    500,
    'JSON in the database does not fit the type of its property. Quote the request-id when you report it.',
  ],
  NotImplemented: [501, '{message}'],
  Overloaded: [503, 'The service is busy. Try again after the time in Retry-After.'],
  AuthenticationUnavailable: [
    503,
    'Who asks cannot be found out at the moment. Try again after the time in Retry-After.',
  ],
  DatabaseUnavailable: [503, 'The database cannot be reached at the moment. Try again after the time in Retry-After.'],
} as const satisfies Record<string, readonly [status: number, sentence: string]>;

/** A code of the catalogue: what `error.code` says on the wire. */
export type ErrorCode = keyof typeof catalogue;

type Holes<S extends string> = S extends `${string}{${infer Hole}}${infer Rest}` ? Hole | Holes<Rest> : never;

/** The arguments that the sentence of a code needs. `hint` may be left out. */
type ErrorArguments<C extends ErrorCode> = Record<Exclude<Holes<(typeof catalogue)[C][1]>, 'hint'>, string | number> & {
  readonly hint?: string;
};

/** Where an error lies and what belongs to it. */
export interface ErrorPlace {
  /** What is wrong: a property path of the body, or a query option such as `$filter`. */
  readonly target?: string;
  /** Further errors of the same request. */
  readonly details?: readonly ODataError[];
  /** 0-based offset in the text of the target (in the decoded query option or segment). */
  readonly position?: number;
  /** Headers that the answer must carry, e.g. `Allow` or `Retry-After`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The error that led to this one; for the log only, never sent. */
  readonly cause?: unknown;
}

/** An error that a client is told about. Everything else that is thrown becomes a 500 without details. */
export class ODataError extends Error {
  override readonly name = 'ODataError';
  readonly status: number;
  readonly target: string | undefined;
  readonly position: number | undefined;
  readonly details: readonly ODataError[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    readonly code: ErrorCode,
    sentence: string,
    place: ErrorPlace = {},
  ) {
    super(sentence, { cause: place.cause });
    this.status = catalogue[code][0];
    this.target = place.target;
    this.position = place.position;
    this.details = place.details ?? [];
    this.headers = place.headers ?? {};
  }

  /** The same error of a part of something larger: its target begins with the path of the part. */
  below(prefix: string): ODataError {
    if (prefix === '') return this;
    const { code, message, target, headers, cause, position } = this;
    return new ODataError(code, message, {
      target: target === undefined ? prefix.replace(/\/$/, '') : prefix + target,
      details: this.details.map((detail) => detail.below(prefix)),
      headers,
      cause,
      ...(position === undefined ? {} : { position }),
    });
  }
}

/** Makes the error of a code, its sentence filled with the arguments. */
export function odataError<C extends ErrorCode>(code: C, values: ErrorArguments<C>, place?: ErrorPlace): ODataError {
  const holes: Readonly<Record<string, string | number | undefined>> = values;
  const sentence = catalogue[code][1].replace(/\{(\w+)\}/g, (_, hole: string) => String(holes[hole] ?? ''));
  return new ODataError(code, sentence, place);
}

/** The error for a method that a resource does not have; `allow` lists those that it has. Protocol §9.2.2, §9.3 */
export const methodNotAllowed = (method: string, resource: string, allow: string, place?: ErrorPlace): ODataError =>
  odataError('BadRequest_MethodNotAllowed', { method, resource, allow }, { headers: { Allow: allow }, ...place });

/** Errors that one answer lists; nobody reads more. */
export const MAX_DETAILS = 100;

/** Errors that are looked for in one body: each takes as long as many values that are right. */
export const MAX_FAULTS = 1000;

/** Throws the errors of one body as one that names them all, each once; nothing when there are none. JSON §21.1 */
export function throwTogether(all: readonly ODataError[]): void {
  const told = new Map(all.map((error) => [JSON.stringify([error.code, error.message, error.target]), error]));
  const errors = [...told.values()];
  const [first] = errors;
  if (!first) return;
  if (errors.length === 1) throw first;
  const count = errors.length > MAX_FAULTS ? `more than ${MAX_FAULTS}` : errors.length;
  const message = `The body has ${count} errors. The first: ${first.message}`;
  throw new ODataError(first.code, message, { details: errors.slice(0, MAX_DETAILS), headers: first.headers });
}

/** Ends an exhaustive switch: does not compile while a case is missing. */
export function unreachable(node: never): never {
  throw new Error(`Unexpected node: ${JSON.stringify(node)}`);
}
