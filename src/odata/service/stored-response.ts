/** Requests and answers as they are kept in the database. */
import type { WholeResponse } from './response-bytes';
import type { SqlValue } from '../sql';

/** The bytes of a bytea. */
export const textBytes = (text: string | null | undefined): Buffer | undefined =>
  text === null || text === undefined ? undefined : Buffer.from(text.slice(2), 'hex');

/** The values that a response is kept as. */
export const responseValues = ({ status, headers, body }: WholeResponse): Record<string, SqlValue> => ({
  status: String(status),
  headers: JSON.stringify(headers),
  answer: body ?? null,
});

/** The response that was kept. */
export function storedResponse(status: string, headers: string | null, body: string | null): WholeResponse {
  const bytes = textBytes(body);
  return {
    status: Number(status),
    headers: JSON.parse(headers ?? '{}') as Record<string, string>,
    ...(bytes ? { body: bytes } : {}),
  };
}
