/**
 * Worked requests of the documents: a fence ```http with a request, then a fence ```json with its answer (```json 201 where the status is not
 * 200). In an answer `…` stands for any text, as the last item of an array for any further items, and as the last member of an object for any
 * further members. In a request `{{name}}` stands for that member of the answer before.
 */
import type { Json } from './service';

/** A request as it stands in a document. */
export interface WorkedRequest {
  readonly method: string;
  /** Behind the service root, encoded. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /** The line of the document, from 1. */
  readonly line: number;
  readonly answer: WorkedAnswer | undefined;
}

/** The answer as it stands in a document. */
export interface WorkedAnswer {
  readonly status: number;
  readonly text: string;
  /** Where the text stands in the document. */
  readonly from: number;
  readonly to: number;
}

/** Where documents say that the service is. */
export const SHOWN_ROOT = 'http://localhost:3000/v1.0/';

const fence = /^```(http|json|text)(?: (\d{3}))?\n([\s\S]*?)^```$/gm;

/** The worked requests of a document, in its order. */
export function workedRequests(document: string): readonly WorkedRequest[] {
  const found: WorkedRequest[] = [];
  for (const match of document.matchAll(fence)) {
    const [, kind, status, text = ''] = match;
    const before = found.at(-1);
    if (kind === 'http') found.push(requestOf(text, document.slice(0, match.index).split('\n').length));
    else if (before && before.answer === undefined) {
      const from = match.index + match[0].indexOf('\n') + 1;
      const answer = { status: Number(status ?? 200), text, from, to: from + text.length };
      found[found.length - 1] = { ...before, answer };
    }
  }
  return found;
}

function requestOf(text: string, line: number): WorkedRequest {
  const [head = '', ...bodies] = text.split(/\n\n/);
  const [first = '', ...headerLines] = head.trim().split('\n');
  const [method = '', ...target] = first.split(' ');
  const headers = headerLines.map((header) => {
    const at = header.indexOf(':');
    return [header.slice(0, at).trim(), header.slice(at + 1).trim()] as const;
  });
  const body = bodies.join('\n\n').trim();
  return {
    method,
    target: encoded(target.join(' ').replace(/^\/v1\.0\//, '')),
    headers: Object.fromEntries([...(body === '' ? [] : [['Content-Type', 'application/json']]), ...headers]) as Record<
      string,
      string
    >,
    body: body === '' ? undefined : body,
    line,
    answer: undefined,
  };
}

/** Documents show URLs as people write them; names in double braces are filled in later. */
const encoded = (target: string): string =>
  encodeURI(target).replaceAll('%25', '%').replaceAll('%7B%7B', '{{').replaceAll('%7D%7D', '}}');

/** The text with members of the answer before in place of their names. */
export const filled = (text: string, before: Json): string =>
  text.replace(/\{\{([^}]+)\}\}/g, (_, name: string) => {
    const value = name.split('/').reduce<unknown>((at, step) => (at as Json | undefined)?.[step], before);
    return typeof value === 'string' || typeof value === 'number' ? String(value) : `{{${name}}}`;
  });

const ANY = '…';

/** The first place where the answer is not what the document says; undefined when it is. */
export function difference(shown: unknown, actual: unknown, path = '$'): string | undefined {
  if (typeof shown === 'string') return textMatches(shown, actual) ? undefined : differs(path, shown, actual);
  if (Array.isArray(shown))
    return Array.isArray(actual) ? listDifference(shown, actual, path) : differs(path, shown, actual);
  if (typeof shown !== 'object' || shown === null) return shown === actual ? undefined : differs(path, shown, actual);
  if (typeof actual !== 'object' || actual === null) return differs(path, shown, actual);
  return objectDifference(shown as Json, actual as Json, path);
}

const differs = (path: string, shown: unknown, actual: unknown): string =>
  `${path}: the document shows ${JSON.stringify(shown)}, the service answers ${JSON.stringify(actual)}`;

function textMatches(shown: string, actual: unknown): boolean {
  if (shown === ANY) return true;
  if (typeof actual !== 'string') return false;
  if (!shown.includes(ANY)) return shown === actual;
  const pattern = shown.split(ANY).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${pattern.join('[^]*')}$`).test(actual);
}

function listDifference(shown: readonly unknown[], actual: readonly unknown[], path: string): string | undefined {
  const isOpen = shown.at(-1) === ANY;
  const items = isOpen ? shown.slice(0, -1) : shown;
  if (isOpen ? actual.length < items.length : actual.length !== items.length)
    return `${path}: the document shows ${items.length} items, the service answers ${actual.length}`;
  return first(items.map((item, index) => () => difference(item, actual[index], `${path}[${index}]`)));
}

function objectDifference(shown: Json, actual: Json, path: string): string | undefined {
  const isOpen = ANY in shown;
  const names = Object.keys(shown).filter((name) => name !== ANY);
  const more = isOpen ? [] : Object.keys(actual).filter((name) => !names.includes(name));
  if (more.length > 0) return `${path}: the service answers more: ${more.join(', ')}`;
  return first(names.map((name) => () => difference(shown[name], actual[name], `${path}.${name}`)));
}

const first = (checks: readonly (() => string | undefined)[]): string | undefined => {
  for (const check of checks) {
    const found = check();
    if (found !== undefined) return found;
  }
  return undefined;
};

/** Ids made while a test runs. */
const freshId = /[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[\da-f]{4}-[\da-f]{12}/g;

/** The answer without what is another one each time. */
export function elided(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(freshId, ANY);
  if (Array.isArray(value)) return value.map(elided);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).flatMap(([name, member]): (readonly [string, unknown])[] =>
    name.toLowerCase() === 'innererror' ? [] : [[name, elided(member)]],
  );
  const isShort = members.length < Object.keys(value).length;
  return Object.fromEntries(isShort ? [...members, [ANY, ANY]] : members);
}

const WIDTH = 140;

/** JSON as documents show it: what fits on a line stands on one. */
export function shownJson(value: unknown, indent = ''): string {
  const line = JSON.stringify(value);
  if (typeof value !== 'object' || value === null || indent.length + line.length <= WIDTH) return line;
  const inner = `${indent}  `;
  if (Array.isArray(value))
    return `[\n${value.map((item) => `${inner}${shownJson(item, inner)}`).join(',\n')}\n${indent}]`;
  const members = Object.entries(value).map(
    ([name, member]) => `${inner}${JSON.stringify(name)}: ${shownJson(member, inner)}`,
  );
  return `{\n${members.join(',\n')}\n${indent}}`;
}
