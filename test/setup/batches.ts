/** Batches in both formats: requests in, answers out in one shape. */
import type { Answer, Json, TestService } from './service';

/** One request of a batch. */
export interface Part {
  readonly id: string;
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly atomicityGroup?: string;
  readonly dependsOn?: readonly string[];
  readonly if?: string;
}

/** The answer to one request. */
export interface PartAnswer {
  readonly id: string | undefined;
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly json: Json;
  readonly error: { readonly code: string; readonly message: string; readonly target?: string };
  /** The member of the same name, or the boundary of the change set. */
  readonly group: string | undefined;
}

/** The answer to a batch. */
export interface BatchResult extends Answer {
  readonly parts: readonly PartAnswer[];
  readonly of: (id: string) => PartAnswer;
}

/** Sends a JSON batch. */
export async function sendJson(
  service: Pick<TestService, 'send'>,
  requests: readonly Part[],
  headers: Record<string, string> = {},
  path = '$batch',
): Promise<BatchResult> {
  const body = JSON.stringify({ requests });
  return resultOf(await service.send('POST', path, { 'Content-Type': 'application/json', ...headers }, body));
}

/** Sends a multipart batch; neighbours of one group become a change set. */
export async function sendMultipart(
  service: Pick<TestService, 'send'>,
  requests: readonly Part[],
  headers: Record<string, string> = {},
  lineBreak = '\r\n',
): Promise<BatchResult> {
  const contentType = 'multipart/mixed; boundary=batch_test';
  const body = multipartBody(requests, lineBreak);
  return resultOf(await service.send('POST', '$batch', { 'Content-Type': contentType, ...headers }, body));
}

/** A batch as text, with the boundary `batch_test`. */
export function multipartBody(requests: readonly Part[], lineBreak = '\r\n'): string {
  const lines: string[] = [];
  let open: string | undefined;
  for (const part of requests) {
    if (part.atomicityGroup !== open) {
      if (open !== undefined) lines.push(`--set_${open}--`);
      open = part.atomicityGroup;
      if (open !== undefined) lines.push('--batch_test', `Content-Type: multipart/mixed; boundary="set_${open}"`, '');
    }
    lines.push(open === undefined ? '--batch_test' : `--set_${open}`, ...partLines(part));
  }
  if (open !== undefined) lines.push(`--set_${open}--`);
  return [...lines, '--batch_test--', ''].join(lineBreak);
}

function partLines({ id, method, url, headers = {}, body }: Part): readonly string[] {
  const all = body === undefined ? headers : { 'Content-Type': 'application/json', ...headers };
  return [
    'Content-Type: application/http',
    'Content-Transfer-Encoding: binary',
    `Content-ID: ${id}`,
    '',
    `${method} ${url} HTTP/1.1`,
    ...Object.entries(all).map(([name, value]) => `${name}: ${value}`),
    '',
    body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body),
  ];
}

/** Reads the answer to a batch. */
export function resultOf(answer: Answer): BatchResult {
  const contentType = answer.headers['content-type'] ?? '';
  const parts = contentType.startsWith('multipart/mixed')
    ? multipartParts(answer.text, boundaryOf(contentType), undefined)
    : jsonParts(answer.json);
  const of = (id: string): PartAnswer => {
    const found = parts.filter((part) => part.id === id);
    if (found.length !== 1 || !found[0]) throw new Error(`${found.length} answers to ${id} in ${answer.text}`);
    return found[0];
  };
  return { ...answer, parts, of };
}

const boundaryOf = (contentType: string): string => /boundary="?([^";]+)/.exec(contentType)?.[1] ?? '';

const errorOf = (json: Json): PartAnswer['error'] =>
  (json['error'] ?? { code: '', message: '' }) as PartAnswer['error'];

function jsonParts(json: Json): readonly PartAnswer[] {
  return ((json['responses'] ?? []) as Json[]).map((response) => {
    const body = response['body'];
    const object = typeof body === 'object' && body !== null ? (body as Json) : {};
    return {
      id: response['id'] as string | undefined,
      status: response['status'] as number,
      headers: Object.fromEntries(
        Object.entries(response['headers'] as Record<string, string>).map(([name, value]) => [
          name.toLowerCase(),
          value,
        ]),
      ),
      text: typeof body === 'string' ? body : JSON.stringify(body ?? ''),
      json: object,
      error: errorOf(object),
      group: response['atomicityGroup'] as string | undefined,
    };
  });
}

/** A reader of its own, stricter than that of the service: CRLF everywhere. */
function multipartParts(text: string, boundary: string, group: string | undefined): readonly PartAnswer[] {
  const sections = `\r\n${text}`.split(`\r\n--${boundary}`);
  if (sections.at(-1)?.trimEnd() !== '--') throw new Error(`The boundary ${boundary} is not closed in ${text}`);
  return sections.slice(1, -1).flatMap((section) => {
    const [head = '', rest] = cut(section.replace(/^\r\n/, ''));
    const outer = headersOf(head);
    const type = outer['content-type'] ?? '';
    if (type.startsWith('multipart/mixed')) return multipartParts(rest, boundaryOf(type), boundaryOf(type));
    const [status = '', body] = cut(rest);
    const [line = '', ...lines] = status.split('\r\n');
    const json = parsed(body);
    return [
      {
        id: outer['content-id'],
        status: Number(/^HTTP\/1\.1 (\d{3}) \w/.exec(line)?.[1]),
        headers: headersOf(lines.join('\r\n')),
        text: body,
        json,
        error: errorOf(json),
        group,
      },
    ];
  });
}

const cut = (text: string): readonly [head: string, rest: string] => {
  const at = text.indexOf('\r\n\r\n');
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 4)];
};

const headersOf = (text: string): Record<string, string> =>
  Object.fromEntries(
    text
      .split('\r\n')
      .filter(Boolean)
      .map((line) => {
        const colon = line.indexOf(':');
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
      }),
  );

function parsed(text: string): Json {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Json) : {};
  } catch {
    return {};
  }
}
