/** Bearer tokens of an OpenID Connect issuer (Microsoft Entra ID, Keycloak, …): signed JSON Web Tokens, checked here. RFC 6750, RFC 9068 */
import { createRemoteJWKSet, errors, jwtVerify, type JWTPayload } from 'jose';

/** Which tokens are taken. */
export interface TokenSettings {
  /** Its configuration is at `/.well-known/openid-configuration` below this address. */
  readonly issuer: string;
  /** The values of `aud` of which a token must have one. */
  readonly audiences: readonly string[];
}

/** What a token says of its bearer. */
export interface Bearer {
  readonly subject: string;
  /** The name of a company. */
  readonly company: string | undefined;
  readonly mayWrite: boolean;
}

/** Checks tokens. */
export interface Tokens {
  /** Resolves to what the token says; undefined when it is not a valid one. Rejects when the issuer cannot be asked. */
  readonly read: (token: string) => Promise<Bearer | undefined>;
  /** Where people sign in; undefined while the issuer cannot be asked. */
  readonly authorizationUri: () => Promise<string | undefined>;
}

interface Discovered {
  readonly keys: ReturnType<typeof createRemoteJWKSet>;
  /** What tokens say in `iss`: not always the address that was asked. */
  readonly issuer: string;
  readonly authorizationUri: string | undefined;
}

/** The role or scope that allows writing; without it a token allows reading. */
export const WRITE = 'payments.write';

/** Errors of the issuer's keys, which say nothing of the token: no answer, another one than 200, no JSON, no keys. */
const saysNothing: ReadonlySet<string> = new Set(
  [errors.JWKSTimeout, errors.JWKSInvalid, errors.JOSEError].map(({ code }) => code),
);

const CLOCK_SECONDS = 60;
const DISCOVERY_MS = 5_000;

const texts = (value: unknown): readonly string[] => {
  if (typeof value === 'string') return value.split(' ');
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
};

/** Reads the claims `sub`, `company`, `roles`, `scp` and `scope`. */
function bearerOf({ sub, company, roles, scp, scope }: JWTPayload): Bearer | undefined {
  if (sub === undefined) return undefined;
  return {
    subject: sub,
    company: typeof company === 'string' ? company : undefined,
    mayWrite: [roles, scp, scope].some((claim) => texts(claim).includes(WRITE)),
  };
}

async function discover(issuer: string): Promise<Discovered> {
  const response = await fetch(`${issuer}/.well-known/openid-configuration`, {
    signal: AbortSignal.timeout(DISCOVERY_MS),
  });
  const found = (await response.json()) as Readonly<Record<string, unknown>>;
  const { issuer: named, jwks_uri: keys, authorization_endpoint: authorization } = found;
  if (!response.ok || typeof keys !== 'string') throw new Error(`${issuer} does not tell its keys`);
  return {
    keys: createRemoteJWKSet(new URL(keys)),
    issuer: typeof named === 'string' ? named : issuer,
    authorizationUri: typeof authorization === 'string' ? authorization : undefined,
  };
}

/** Makes the check for an issuer, which is asked when the first token comes. */
export function createTokens({ issuer, audiences }: TokenSettings): Tokens {
  let discovered: Promise<Discovered> | undefined;
  const once = (): Promise<Discovered> => {
    discovered ??= discover(issuer).catch((error: unknown) => {
      discovered = undefined;
      throw error;
    });
    return discovered;
  };
  return {
    read: async (token) => {
      const { keys, issuer: named } = await once();
      try {
        const options = { issuer: named, audience: [...audiences], clockTolerance: CLOCK_SECONDS };
        const { payload } = await jwtVerify(token, keys, { ...options, requiredClaims: ['exp'] });
        return bearerOf(payload);
      } catch (error) {
        if (error instanceof errors.JOSEError && !saysNothing.has(error.code)) return undefined;
        throw error;
      }
    },
    authorizationUri: async () => (await once().catch(() => undefined))?.authorizationUri,
  };
}
