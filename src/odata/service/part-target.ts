/** The URL of a request within a batch, as a target behind the service root. Protocol §11.7.7.1, JSON §19.1 */
import { odataError } from '../error';

const absolute = /^https?:\/\/([^/?#]*)/i;

/**
 * Absolute, an absolute path, or relative to the service root. An absolute path may begin with any end of the root's path, because a
 * proxy may have another one in front of it; one that does not begin with the root is relative to it (`/customers`).
 */
export function partTarget(url: string, root: string, host: string | undefined): string {
  const found = absolute.exec(url);
  const own = new URL(root);
  if (found && found[1]?.toLowerCase() !== own.host && found[1]?.toLowerCase() !== host?.toLowerCase())
    throw odataError(
      'BadRequest',
      { message: `The URL '${url.slice(0, 200)}' is not of this service.` },
      { target: 'url' },
    );
  const path = found ? url.slice(found[0].length) : url;
  if (!path.startsWith('/')) return path;
  for (const base of ends(own.pathname)) {
    if (path.startsWith(base)) return path.slice(base.length);
    if (path === base.slice(0, -1) || path.startsWith(`${base.slice(0, -1)}?`)) return path.slice(base.length - 1);
  }
  if (found)
    throw odataError(
      'BadRequest',
      { message: `The URL '${url.slice(0, 200)}' is not below the service root.` },
      { target: 'url' },
    );
  return path.slice(1);
}

/** `/a/v1.0/` → `/a/v1.0/`, `/v1.0/`. */
function ends(path: string): readonly string[] {
  const names = path.split('/').filter(Boolean);
  return names.map((_, index) => `/${names.slice(index).join('/')}/`);
}
