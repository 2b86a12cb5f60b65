/** Entity tags of If-Match and If-None-Match. Protocol §8.2.4 and §8.2.5, RFC 9110 §8.8.3. */
import { odataError } from '../error';

/** Any version, or one of these (without quotes and weakness). */
export type EntityTags = '*' | readonly string[];

const tag = /\s*(?:,\s*)*(?:[Ww]\/)?"([^"]*)"\s*(?:,|$)/y;

/** Reads `*` or a list of tags; anything else is an error of the client. RFC 9110 §13.1.1. */
export function parseEntityTags(text: string, header: 'If-Match' | 'If-None-Match' = 'If-Match'): EntityTags {
  const trimmed = text.trim();
  if (trimmed === '*') return '*';
  const found: string[] = [];
  tag.lastIndex = 0;
  for (let end = 0; end < trimmed.length; end = tag.lastIndex) {
    const match = tag.exec(trimmed);
    if (!match) throw malformed(text, header);
    found.push(match[1] ?? '');
  }
  if (found.length === 0) throw malformed(text, header);
  return found;
}

const malformed = (text: string, header: string): Error =>
  odataError(
    'BadRequest_InvalidToken',
    { message: `${header} must be * or entity tags such as W/"1", not '${text.slice(0, 100)}'.` },
    { target: header },
  );

/** The header that tells the version of an entity; none for one without. Protocol §8.3.1 */
export const tagHeader = (version: string | undefined): Readonly<Record<string, string>> =>
  version === undefined ? {} : { ETag: `W/"${version}"` };

/** For bytes that change with their ETag only: caches may keep them, and ask whether they are still good. RFC 9111 §5.2.2.4 */
export const keptByCaches = { 'Cache-Control': 'private, no-cache' } as const;

/** The text between the quotes of a tag: what two tags are compared by. Weak comparison, RFC 9110 §8.8.3.2. */
export const opaqueTag = (entityTag: string): string => /^(?:W\/)?"([^]*)"$/.exec(entityTag)?.[1] ?? entityTag;

/** True when the current tag of an existing entity is among those asked for. Weak comparison, because OData's tags are weak. */
export const matchesEntityTag = (asked: EntityTags, current: string): boolean =>
  asked === '*' || asked.includes(opaqueTag(current));
