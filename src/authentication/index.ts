/** Authentication: who may ask, for which company, and whether to write. docs/authentication.md */
import type { Config } from '../config';
import type { AuthenticationSettings } from './authenticator';

export { directoryOf } from './directory';
export { authorizationsOf, createAuthenticator, type AuthenticationSettings } from './authenticator';

/** The settings of authentication; undefined when everybody may ask. */
export function authenticationOf(config: Config): AuthenticationSettings | undefined {
  const { authentication, apiKeyOption, tokenIssuer: issuer, tokenAudience: audiences } = config;
  if (!authentication) return undefined;
  return { keyOption: apiKeyOption, tokens: issuer && audiences ? { issuer, audiences } : undefined };
}
