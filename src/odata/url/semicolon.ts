/** searchChar has no SEMI: once a request is decoded, `a;b` and `a%3Bb` would be the same word of a search expression. URL Conventions §5.1.8 */
import { odataError } from '../error';
import type { SourceName } from './ast';
import { semicolonsIn } from './search';
import { searchesIn } from './shape';

/** Refuses a semicolon in a word of a search expression that is not written as %3B. `text` is what was written, decoded. */
export function refuseBareSemicolon(written: string, text: string, source: SourceName): void {
  if (!written.includes(';')) return;
  const bare = bareSemicolons(written, text);
  const position = searchesIn(source, text)
    .flatMap(([from, end]) => semicolonsIn(text, from, end))
    .find((at) => bare.has(at));
  if (position === undefined) return;
  throw odataError(
    'SyntaxError',
    { message: "The character ';' in a word of a search expression must be written as %3B." },
    { target: source, position },
  );
}

/** Where those that are not percent-encoded stand in the decoded text. */
function bareSemicolons(written: string, text: string): ReadonlySet<number> {
  const found = new Set<number>();
  let position = -1;
  for (const [semicolon] of written.matchAll(/;|%3b/gi)) {
    position = text.indexOf(';', position + 1);
    if (semicolon === ';') found.add(position);
  }
  return found;
}
