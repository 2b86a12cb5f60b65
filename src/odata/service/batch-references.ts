/** References to requests of the same batch: `$1` for an entity or its ETag, `$1/name` for a value of an answer. Protocol §11.7.4–6 */
import { odataError, type ODataError } from '../error';
import { PIECE } from '../model/long-text';
import { partsOf, type Batch, type BatchPart } from '../payload/batch';
import { isArray, isObject, JsonNumber, type JsonValue } from '../payload/json';
import { jsonSteps } from '../payload/parse-json';
import { jsonBytes, type Member } from '../payload/json-text';
import { mediaType } from '../payload/mime';
import type { Steps } from '../payload/turns';
import { AnswerBody, lengthUpTo, valueAt } from './answer-body';
import { isForeign } from './foreign-bytes';
import type { Response } from './message';
import { partTarget } from './part-target';

/** What `$` and one of these names means is fixed. Protocol §11.7.4, §11.7.6 */
const RESERVED: ReadonlySet<string> = new Set([
  ...['batch', 'crossjoin', 'all', 'entity', 'root', 'id', 'metadata', 'it', 'this', 'count', 'value', 'ref', 'each'],
  ...[
    'filter',
    'query',
    'search',
    'select',
    'expand',
    'orderby',
    'top',
    'skip',
    'apply',
    'compute',
    'levels',
    'format',
  ],
]);

/** Characters that the references in one text may come to: a short one can stand for a long answer, any number of times. */
const MAX_LENGTH = 4_000_000;

interface Answered {
  readonly succeeded: boolean;
  /** Where the entity is, relative to the root. */
  readonly entity: string;
  readonly etag: string | undefined;
  /** What it said, read when something refers to it: what cannot be read is the fault of who refers to it. */
  readonly body: AnswerBody | undefined;
}

const tokens = /\$([\w.~-]+)/g;
const identifiersIn = (text: string): readonly string[] => [...text.matchAll(tokens)].map(([, id = '']) => id);

/** Those that begin strings of JSON, and as many characters behind a piece of it as the longest identifier that is looked for. */
function* identifiersInBody(body: Buffer, longest: number): Generator<string, void> {
  for (let at = body.indexOf('"$'); at >= 0 && at < body.length; at += PIECE) {
    const found = body.toString('latin1', at, at + PIECE + longest + 3).match(/"\$[\w.~-]+/g);
    for (const reference of new Set(found)) yield reference.slice(2);
    yield '';
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** What the requests of a batch came to, for those that refer to them. */
export class BatchReferences {
  private readonly answers = new Map<string, Answered>();
  /** Identifiers that something refers to. */
  private readonly wanted = new Set<string>();
  private readonly ids: ReadonlySet<string>;
  /** Those that each part may refer to. */
  private readonly referred = new Map<BatchPart, ReadonlySet<string>>();
  private readonly lengths = new WeakMap<object, number>();
  /** What those in the text at hand have come to. */
  private length = 0;

  constructor(
    private readonly batch: Batch,
    private readonly root: string,
  ) {
    const parts = batch.units.flatMap(partsOf);
    this.ids = new Set(parts.flatMap(({ id }) => (id === undefined || RESERVED.has(id) ? [] : [id])));
  }

  /** Looks for what the parts refer to: to be done before anything else. */
  *find(): Steps<void> {
    if (this.ids.size === 0) return;
    const longest = Math.max(...[...this.ids].map(({ length }) => length));
    for (const part of this.batch.units.flatMap(partsOf)) {
      const { url, condition = '', body } = part;
      const found = new Set([decoded(url), condition].flatMap(identifiersIn));
      if (body)
        for (const id of identifiersInBody(body, longest)) {
          if (id === '') yield;
          else if (this.ids.has(id)) found.add(id);
        }
      const known = [...found].filter((id) => this.ids.has(id));
      if (known.length > 0) this.referred.set(part, new Set(known));
      for (const id of known) this.wanted.add(id);
      yield;
    }
  }

  /** Identifiers of other requests that a part may refer to. */
  identifiersOf = (part: BatchPart): ReadonlySet<string> => this.referred.get(part) ?? none;

  /** Reads the answers that a part refers to. */
  *read(part: BatchPart): Steps<void> {
    for (const id of this.identifiersOf(part)) yield* this.answers.get(id)?.body?.reading() ?? [];
  }

  /** True when the body of the answer must be kept. */
  wantsBody = ({ id }: BatchPart): boolean => id !== undefined && this.wanted.has(id);

  /** Remembers an answer; `target` is what the request was sent to. */
  add({ id }: BatchPart, target: string, response: Response): void {
    if (id === undefined) return;
    const { status, headers, body } = response;
    const location = headers['Location'] ?? headers['OData-EntityId'];
    const isJson = mediaType(headers['Content-Type']) === 'application/json' && !isForeign(response);
    this.answers.set(id, {
      succeeded: status >= 200 && status < 300,
      entity: location === undefined ? (target.split('?', 1)[0] ?? '') : partTarget(location, this.root, undefined),
      etag: headers['ETag'],
      body: this.wanted.has(id) && isJson && Buffer.isBuffer(body) ? new AnswerBody(body) : undefined,
    });
  }

  /** Marks what was answered as undone: the group that it was part of failed. */
  fail({ id }: BatchPart): void {
    const known = id === undefined ? undefined : this.answers.get(id);
    if (id !== undefined)
      this.answers.set(id, { ...(known ?? { entity: '', etag: undefined, body: undefined }), succeeded: false });
  }

  /** True, false, or undefined when nothing of that name was answered yet. */
  succeeded = (id: string): boolean | undefined => this.answers.get(id)?.succeeded;

  /** The target with the entity in place of a reference at its start, and values in its query. */
  target(target: string): string {
    this.length = 0;
    const [, id = '', rest = ''] = /^\$([^/?]+)(.*)$/s.exec(target) ?? [];
    const path = this.ids.has(id) ? `${this.answer(id).entity}${rest}` : target;
    const question = path.indexOf('?');
    if (question < 0 || !identifiersIn(decoded(path.slice(question))).some((name) => this.ids.has(name))) return path;
    const query = path
      .slice(question + 1)
      .split('&')
      .map((option) => this.option(option));
    return `${path.slice(0, question)}?${query.join('&')}`;
  }

  private option(option: string): string {
    const equals = option.indexOf('=');
    if (equals < 0) return option;
    const value = decoded(option.slice(equals + 1).replaceAll('+', '%20'));
    const replaced = value.replace(
      /'[^']*'|\$([\w.~-]+)((?:\/[\w@./]+)?)/g,
      (match: string, id: string | undefined, path = '') =>
        id !== undefined && this.ids.has(id) ? urlLiteral(this.value(id, String(path)), match) : match,
    );
    return replaced === value ? option : `${option.slice(0, equals)}=${encodeURIComponent(replaced)}`;
  }

  /** An ETag in place of a reference in If-Match or If-None-Match. Protocol §11.7.5 */
  entityTag(value: string): string {
    const id = value.trim().slice(1);
    if (!value.trim().startsWith('$') || !this.ids.has(id)) return value;
    const { etag } = this.answer(id);
    if (etag !== undefined) return etag;
    throw odataError('BadRequest', { message: `The answer to request '${id}' has no ETag to refer to.` });
  }

  /** The body of a part with entities and values in place of references. `withValues`: members other than links may refer to values. */
  *body(part: BatchPart, body: Buffer, withValues: boolean): Steps<Buffer> {
    if (!this.referred.has(part)) return body;
    let isReplaced = false;
    this.length = 0;
    const json = yield* jsonSteps(body);
    const replaced = yield* jsonBytes(json, (text, member) => {
      const value = this.replacement(text, member, withValues);
      isReplaced ||= value !== undefined;
      return value;
    });
    return isReplaced ? replaced : body;
  }

  private replacement(text: string, member: Member | undefined, withValues: boolean): JsonValue | undefined {
    const [, id = '', rest = ''] = /^\$([^/?]+)(.*)$/s.exec(text) ?? [];
    if (!this.ids.has(id)) return undefined;
    if (member !== undefined && isEntityId(member)) return this.put(`${this.root}${this.answer(id).entity}${rest}`);
    return withValues && /^\/[\w@./]+$/.test(rest) ? this.value(id, rest) : undefined;
  }

  /** The condition with values in place of references; `$1/$succeeded` asks how the request went. What is not there is null. JSON §19.1 */
  condition(text: string): string {
    this.length = 0;
    const reference = /'[^']*'|\$([\w.~-]+)(\/\$succeeded|(?:\/[\w@./]+)?)/g;
    return text.replace(reference, (match: string, id: string | undefined, path = '') => {
      if (id === undefined || !this.ids.has(id)) return match;
      const { succeeded, body } = this.known(id);
      return path === '/$succeeded'
        ? String(succeeded)
        : urlLiteral(this.put(valueAt(body?.value, String(path)) ?? null), match);
    });
  }

  /** The value at a path in the answer to a request. */
  private value(id: string, path: string): JsonValue {
    const value = valueAt(this.answer(id).body?.value, path);
    if (value !== undefined) return this.put(value);
    throw odataError('BadRequest', { message: `The answer to request '${id}' has nothing at '${path || '/'}'.` });
  }

  /** Counts what takes the place of a reference. */
  private put(value: JsonValue): JsonValue {
    this.length += this.lengthOf(value);
    if (this.length <= MAX_LENGTH) return value;
    throw odataError('PayloadTooLarge', {
      message: `With the values of its references, a part of the batch is longer than ${MAX_LENGTH} characters.`,
    });
  }

  private lengthOf(value: JsonValue): number {
    if (!isArray(value) && !isObject(value)) return lengthUpTo(Infinity, value);
    const length = this.lengths.get(value) ?? lengthUpTo(MAX_LENGTH, value);
    this.lengths.set(value, length);
    return length;
  }

  private known(id: string): Answered {
    const found = this.answers.get(id);
    if (found) return found;
    throw odataError('BadRequest', { message: `'$${id}' refers to a request that comes later.` });
  }

  private answer(id: string): Answered {
    const found = this.known(id);
    if (found.succeeded) return found;
    throw failedDependency(id);
  }
}

/** Members that name an entity: control information, the ends of a link, and what a delta of 4.0 says is gone. JSON §8.5, §15.3–§15.5 */
function isEntityId({ name, object }: Member): boolean {
  if (name === 'source' || name === 'target') return object.has('relationship');
  const context = object.get('@odata.context') ?? object.get('@context');
  if (name === 'id') return typeof context === 'string' && context.endsWith('/$deletedEntity');
  return /@(?:odata\.)?(?:bind|id)$/.test(name);
}

const none: ReadonlySet<string> = new Set();

/** Says which request did not come about. JSON §19.1 */
export const failedDependency = (id: string): ODataError =>
  odataError('FailedDependency', { message: `It was not executed, because '${id}', which it depends on, has failed.` });

/** A JSON value as a literal; strings are cast to what they are compared with. URL Conventions §5.1.1.14 */
function urlLiteral(value: JsonValue, reference: string): string {
  if (typeof value === 'string') return `'${value.replaceAll("'", "''")}'`;
  if (value instanceof JsonNumber) return value.text;
  if (value === null || typeof value === 'boolean') return String(value);
  if (isArray(value)) return `(${value.map((item) => urlLiteral(item, reference)).join(',')})`;
  throw odataError('BadRequest', { message: `'${reference}' refers to an object; a value is expected.` });
}
