/** Who asks: credentials become the Caller that the engine confines everything to. */
import { odataError, type Authorization, type Caller, type Request } from '../odata';
import type { OpenedBy } from './api-keys';
import type { Directory } from './directory';
import { credentialsOf, type Credentials } from './credentials';
import { createTokens, WRITE, type Bearer, type Tokens, type TokenSettings } from './tokens';

/** Settings of authentication. */
export interface AuthenticationSettings {
  /** The query option that may hold a key. */
  readonly keyOption: string;
  /** Bearer tokens are taken too. */
  readonly tokens: TokenSettings | undefined;
}

/** Resolves to who asks; rejects with 401 when the request does not tell. */
export type Authenticate = (request: Request) => Promise<Caller>;

const REALM = 'Customer payments';

/** Makes the function for the keys of a database, and the tokens of an issuer. */
export function createAuthenticator(
  directory: Directory,
  { keyOption, tokens: given }: AuthenticationSettings,
): Authenticate {
  const tokens = given && createTokens(given);
  const ofKey = async (request: Request, given: Credentials & { kind: 'key' }): Promise<Caller | undefined> => {
    const found = await directory.key(given.key);
    if (!found || (given.name !== undefined && given.name !== found.name)) return undefined;
    if (given.ambient) refuseForged(request);
    return callerOfKey(found, await directory.currentCompany());
  };
  const ofToken = async (token: string): Promise<Caller | undefined> => {
    const bearer = await tokens?.read(token).catch((cause: unknown) => {
      throw odataError('AuthenticationUnavailable', {}, { headers: { 'Retry-After': '5' }, cause });
    });
    return bearer && callerOfToken(bearer, await companyOf(bearer, directory));
  };
  return async (request) => {
    const credentials = credentialsOf(request, keyOption);
    const caller =
      credentials?.kind === 'key'
        ? await ofKey(request, credentials)
        : credentials && (await ofToken(credentials.token));
    if (!caller) throw await unknownCaller(tokens);
    return caller;
  };
}

const callerOfKey = ({ name, companyId, readOnly }: OpenedBy, current: string): Caller => ({
  partition: companyId ?? current,
  confined: companyId !== null,
  readOnly,
  name: `key ${name}`,
});

const callerOfToken = ({ subject, mayWrite }: Bearer, partition: string): Caller => ({
  partition,
  confined: true,
  readOnly: !mayWrite,
  name: `token ${subject}`,
});

async function companyOf({ company: name }: Bearer, directory: Directory): Promise<string> {
  if (name === undefined) return directory.currentCompany();
  const found = await directory.company(name);
  if (found === undefined)
    throw odataError('Authorization_Denied', { message: `The token names a company '${name}', which is not here.` });
  return found;
}

/** 401, with a challenge for each way. Never a redirect: Power Query follows none here. RFC 9110 §11.6.1 */
async function unknownCaller(tokens: Tokens | undefined): Promise<Error> {
  const uri = await tokens?.authorizationUri();
  const bearer = `Bearer ${uri === undefined ? '' : `authorization_uri="${uri}", `}realm="${REALM}"`;
  const basic = `Basic realm="${REALM}", charset="UTF-8"`;
  const headers = { 'WWW-Authenticate': tokens ? `${bearer}, ${basic}` : basic };
  return odataError('Authentication_InvalidCredentials', {}, { headers });
}

const simpleTypes = /^\s*(?:text\/plain|application\/x-www-form-urlencoded|multipart\/form-data)\s*(?:;|$)/i;

/**
 * A page of another site can make a browser send what forms send, and the browser adds a Basic credential that it knows. Anything else
 * it sends only after asking (CORS), and gets no credential of the browser's for it.
 */
function refuseForged(request: Request): void {
  const type = request.headers['content-type'];
  const couldBeForm = request.method === 'POST' && (type === undefined || simpleTypes.test(type));
  if (!couldBeForm || !isOfAnotherSite(request)) return;
  throw odataError('Authorization_Denied', {
    message: 'A page of another site must send Content-Type: application/json with every POST.',
  });
}

/** Browsers say it themselves where the connection is safe, and name the origin elsewhere. */
function isOfAnotherSite({ headers, root }: Request): boolean {
  const { 'sec-fetch-site': site, origin } = headers;
  if (site !== undefined) return site !== 'none' && site !== 'same-origin';
  return origin !== undefined && origin !== new URL(root).origin;
}

/** What $metadata tells of the ways. Org.OData.Authorization.V1 */
export function authorizationsOf(settings: AuthenticationSettings | undefined): readonly Authorization[] {
  if (!settings) return [];
  const { keyOption, tokens } = settings;
  return [
    {
      type: 'Http',
      name: 'Basic',
      description: 'The name of a key and the key as user name and password; the user name may be left out.',
      scheme: 'basic',
    },
    {
      type: 'ApiKey',
      name: 'ApiKey',
      description: 'A key as a query option.',
      keyName: keyOption,
      location: 'QueryOption',
    },
    ...(tokens
      ? ([
          {
            type: 'OpenIDConnect',
            name: 'Token',
            description: `A bearer token; writing needs the role or scope ${WRITE}.`,
            issuerUrl: `${tokens.issuer}/.well-known/openid-configuration`,
          },
        ] as const)
      : []),
  ];
}
