/** What a request brings to tell who asks: HTTP Basic (RFC 7617), a bearer token (RFC 6750), or a key in the query. */
import type { Request } from '../odata';

/** A secret that the request brings. */
export type Credentials =
  | {
      readonly kind: 'key';
      readonly key: string;
      /** The user name beside it; undefined when there is none, as with Power BI's Web API key. */
      readonly name: string | undefined;
      /** Browsers send it by themselves once they know it. */
      readonly ambient: boolean;
    }
  | { readonly kind: 'token'; readonly token: string };

/** Reads the credentials; undefined when there are none, or none that make sense. The header goes before the query. */
export function credentialsOf({ headers, target }: Request, option: string): Credentials | undefined {
  const { authorization } = headers;
  if (authorization !== undefined) return ofHeader(authorization);
  const key = new URLSearchParams(target.split(/\?(.*)/s, 2)[1]).get(option);
  return key ? { kind: 'key', key, name: undefined, ambient: false } : undefined;
}

function ofHeader(authorization: string): Credentials | undefined {
  const [, scheme = '', value = ''] = /^\s*(\S+)\s+(\S+)\s*$/.exec(authorization) ?? [];
  if (/^bearer$/i.test(scheme)) return { kind: 'token', token: value };
  if (!/^basic$/i.test(scheme)) return undefined;
  const [, name = '', key = ''] = /^([^:]*):(.*)$/s.exec(Buffer.from(value, 'base64').toString()) ?? [];
  return key === '' ? undefined : { kind: 'key', key, name: name === '' ? undefined : name, ambient: true };
}
