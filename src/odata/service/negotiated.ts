/** What is known of a request before its resource is: version, preferences, the parts of its URL. Protocol §8 */
import type { Representation } from '../compile/representation';
import { odataError, type ODataError } from '../error';
import { wantsSnapshot, type Format, type Version } from '../http/negotiate';
import { parsePreferences, type Preferences } from '../http/preferences';
import type { Authorization } from '../model/capabilities';
import type { Model } from '../model/model';
import { optionNamed, splitUrl, type OptionName } from '../url';
import type { UrlParts } from '../url/ast';
import type { Database } from './database';
import type { Documents } from './documents';
import type { ChangeSettings } from './kept-changes';
import type { Caller, Request } from './message';
import type { OperationBook } from './operations';
import { defaultRequestLimits, type RequestLimits } from './planned';
import type { RuleBook } from './rules';
import type { ServiceSession } from './service-session';
import type { AsynchronousSettings } from './status-monitors';

/** What the handler needs. */
export interface ServiceOptions {
  readonly model: Model;
  readonly database: Database;
  readonly settings: ServiceSettings;
  readonly rules: RuleBook;
  readonly operations: OperationBook;
  readonly documents: Documents;
  /** Told of errors that are ours. */
  readonly log?: (error: ODataError, request: Request) => void;
}

/** How large pages are. */
export interface PageSettings {
  readonly defaultPageSize: number;
  readonly maxPageSize: number;
  /** The most entities of one expanded collection. */
  readonly expandPageSize: number;
}

/** Settings of reads and writes. */
export interface ServiceSettings extends PageSettings, AsynchronousSettings, ChangeSettings {
  readonly requireIfMatch: boolean;
  /** Requests of one batch. */
  readonly maxBatchParts: number;
  /** Members of a collection that one request writes by `/$each`. */
  readonly maxEach: number;
  readonly limits?: RequestLimits;
  /** Whether the database has the engine's own tables: without them no request is answered later, and none is repeatable. */
  readonly keepsRequests: boolean;
  /** How long the answers to repeatable requests are remembered. */
  readonly repeatabilityMs: number;
  /** Credentials that the host takes, for $metadata; none without it. */
  readonly authorizations?: readonly Authorization[];
  /**
   * Custom query options and headers that other services of the kind obey, by their names in lower case, with what to write here in their place.
   * Left aside, they would make a request mean something else.
   */
  readonly foreign?: ReadonlyMap<string, string>;
}

/** What is known of a request before its resource is. */
export interface Negotiated {
  readonly request: Request;
  readonly caller: Caller;
  /** Where its statements run. */
  readonly session: ServiceSession;
  readonly version: Version;
  readonly preferences: Preferences;
  readonly parts: UrlParts;
  /** The decoded $format. */
  readonly format: string | undefined;
  /** How deep the JSON of its body may be nested. */
  readonly levels: number;
  /** `Isolation: snapshot`: everything in the answer is as it was at one moment. Protocol §8.2.6 */
  readonly isSnapshot: boolean;
}

/** Reads what every request says of itself. */
export function negotiate(
  { model, settings }: Pick<ServiceOptions, 'model' | 'settings'>,
  request: Request,
  caller: Caller,
  session: ServiceSession,
  version: Version,
): Negotiated {
  const { length, depth } = settings.limits ?? defaultRequestLimits;
  const parts = splitUrl(request.target, length);
  if (settings.foreign) refuseForeign(settings.foreign, request, parts);
  checkSchemaVersion(model, optionOf(parts, '$schemaversion'));
  return {
    request,
    caller,
    session,
    version,
    parts,
    preferences: parsePreferences(request.headers),
    format: optionOf(parts, '$format'),
    levels: depth,
    isSnapshot: wantsSnapshot(request.headers),
  };
}

function refuseForeign(foreign: ReadonlyMap<string, string>, { headers }: Request, { options }: UrlParts): void {
  const refuse = (name: string): never => {
    throw odataError('BadRequest', { message: foreign.get(name) ?? name }, { target: name });
  };
  for (const { name } of options) if (foreign.has(name.toLowerCase())) refuse(name.toLowerCase());
  for (const name of foreign.keys()) if (headers[name] !== undefined) refuse(name);
}

/** The error for a snapshot that cannot be had. Protocol §8.2.6 */
export const noSnapshot = (reason: string): Error =>
  odataError('PreconditionFailed', { message: `Isolation: snapshot cannot be kept here. ${reason}` });

/** Options that change how an answer is written, and not what is in it; custom ones are nobody's business. */
export const isOfFormat = (name: string): boolean => {
  const option = optionNamed(name);
  return option === '$format' || option === '$schemaversion' || (option === undefined && !name.startsWith('$'));
};

/** The value of a system query option. */
const optionOf = ({ options }: UrlParts, wanted: OptionName): string | undefined =>
  options.find(({ name }) => optionNamed(name) === wanted)?.value;

/** Protocol §11.2.12 */
function checkSchemaVersion(model: Model, wanted: string | undefined): void {
  if (wanted === undefined || wanted === '*' || wanted === model.schemaVersion) return;
  throw odataError('BadRequest_NotFound', { segment: `$schemaversion=${wanted}` }, { target: '$schemaversion' });
}

/** What of the format and the preferences decides the statement of a read. */
export const negotiatedRepresentation = (
  model: Model,
  format: Format,
  { omitValues }: Preferences,
): Representation => ({ ...wholeRepresentation(model, format), omit: omitValues });

/** The same where nothing is left out: what a write has changed goes out, and so do changes. Protocol §8.2.8.6 */
export function wholeRepresentation(model: Model, { metadata, ieee754, prefix }: Format): Representation {
  return {
    metadata,
    ieee754,
    prefix: prefix ? '@odata.' : '@',
    omit: undefined,
    namespace: model.namespace,
  };
}
