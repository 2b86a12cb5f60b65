/** Requests and answers as they are kept in the database. */
import { extraSlot } from './lookup-sql';
import type { Call } from './database';
import type { Response } from './message';
import { responseBytes } from './response-bytes';
import { param, type Bindings, type Sql, type SqlValue, type Statement } from '../sql';

/** A parameter of a statement of the engine's own tables, by its name. */
export const named = (name: string, type: string): Sql => param(extraSlot(name), type);

/** A statement of the engine's own tables with its values. */
export function callWith(
  statement: Statement,
  values: Readonly<Record<string, SqlValue>>,
  onRow?: NonNullable<Call['onRow']>,
): Call {
  const bindings: Bindings = { literals: [], partition: null, extra: values };
  return {
    statement,
    values: statement.slots.map((slot) => slot(bindings)),
    ...(onRow ? { onRow } : {}),
  };
}

/** Bytes as PostgreSQL reads and writes them. */
export const bytesText = (bytes: Buffer | undefined): SqlValue =>
  bytes === undefined ? null : `\\x${bytes.toString('hex')}`;

/** The bytes of a bytea. */
export const textBytes = (text: string | null | undefined): Buffer | undefined =>
  text === null || text === undefined ? undefined : Buffer.from(text.slice(2), 'hex');

/** A response without a stream: its body in one piece. */
export async function wholeResponse(response: Response): Promise<Response & { readonly body?: Buffer }> {
  const { body, ...rest } = response;
  return body === undefined ? rest : { ...rest, body: await responseBytes(response) };
}

/** The values that a response is kept as. */
export const responseValues = ({
  status,
  headers,
  body,
}: Response & { readonly body?: Buffer }): Record<string, SqlValue> => ({
  status: String(status),
  headers: JSON.stringify(headers),
  answer: bytesText(body),
});

/** The response that was kept. */
export function storedResponse(
  status: string,
  headers: string | null,
  body: string | null,
): Response & { readonly body?: Buffer } {
  const bytes = textBytes(body);
  return {
    status: Number(status),
    headers: JSON.parse(headers ?? '{}') as Record<string, string>,
    ...(bytes ? { body: bytes } : {}),
  };
}
