/** Answers to what node's HTTP parser refuses before it becomes a request. RFC 9110 §15.5. */
import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { odataError, type ODataError } from '../error';
import { errorBody } from './error-response';

interface ParserError extends Error {
  readonly code?: string;
  readonly rawPacket?: Buffer;
}

const headerLine = /\r\n[\w-]+:/;

/** What is seen of a request here is its last packet alone: without a header in it, the URL is to blame. */
function tooLong(packet: Buffer | undefined, limit: number): readonly [string, ODataError] {
  if (packet && headerLine.test(packet.toString('latin1'))) {
    return ['431 Request Header Fields Too Large', odataError('HeadersTooLong', {})];
  }
  return ['414 URI Too Long', odataError('UriTooLong', { limit })];
}

const refused = (status: string, message: string): readonly [string, ODataError] => [
  status,
  odataError('BadRequest', { message }),
];

/** What node says of a request that it gave up. */
function answerTo({ code, rawPacket }: ParserError, urlLimit: number): readonly [status: string, error: ODataError] {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return tooLong(rawPacket, urlLimit);
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return refused('408 Request Timeout', 'The request did not come whole within the time that it has.');
    default:
      return refused('400 Bad Request', 'The request is not valid HTTP.');
  }
}

/** Writes the answer by hand, since there is no response object yet, and closes the connection. */
export function answerClientError(error: ParserError, socket: Socket, urlLimit: number): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, shown] = answerTo(error, urlLimit);
  const requestId = randomUUID();
  const body = JSON.stringify(errorBody(shown, { requestId, version: '4.0' }));
  const head = [
    `HTTP/1.1 ${status}`,
    'Content-Type: application/json;odata.metadata=minimal',
    'Content-Language: en',
    'OData-Version: 4.0',
    `request-id: ${requestId}`,
    `Content-Length: ${String(Buffer.byteLength(body))}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
