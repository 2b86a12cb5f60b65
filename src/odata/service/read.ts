/** Runs a read: one statement, its rows written as they come. */
import type { CompiledRead } from '../compile/read';
import { odataError } from '../error';
import type { EntityType } from '../model/model';
import type { Version } from '../http/negotiate';
import { jsonForm } from '../compile/output';
import type { ReadPlan } from '../plan/plan';
import type { Bindings } from '../sql';
import { ChunkQueue } from './chunk-queue';
import { listText } from '../plan/select-list';
import { contextFragment, contextPath, type ContextOf } from './context-url';
import type { Call, Flow, Session } from './database';
import { JsonOutput, keyPredicate, keyText, rawValue, Row, RowWriter } from './json-writer';
import type { Response } from './message';
import { typedValue } from './stored-row';
import { nextLink, type Continuation, type Expanded } from './next-link';

/** A compiled read with the writer for its rows: made once per shape, used by every request of it. */
export interface PreparedRead<P extends ReadPlan = ReadPlan> {
  readonly plan: P;
  readonly compiled: CompiledRead;
  readonly writer: RowWriter;
}

/** What one request adds to a prepared read. */
export interface ReadRequest {
  readonly bindings: Bindings;
  readonly root: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Context URLs of 4.01 tell more. */
  readonly version: Version;
  /** `@odata.` or `@`. */
  readonly prefix: string;
  /** Context URLs are left out under metadata=none. */
  readonly withContext: boolean;
  readonly ieee754: boolean;
  readonly omitNulls?: boolean;
  readonly page: Page;
}

/** How much of a collection goes out. */
export interface Page {
  /** The most entities that this answer holds. */
  readonly length: number;
  /** What is left of $top, this page included. */
  readonly remaining: number | undefined;
  /** The page's length when the client asked for one. */
  readonly asked: number | undefined;
  /** Set when the collection was first read as an expanded one. */
  readonly expanded?: Expanded | undefined;
}

/** A chunk goes out when it has this many bytes. */
const CHUNK = 64 * 1024;
/** Room that the first answer of a statement begins with. */
const FIRST = 8 * 1024;
/** Room beyond the length of the answer before. */
const SPARE = 4096;
/** The length of the last answer of each statement: the next one is made without moving its bytes. */
const lengths = new WeakMap<CompiledRead, number>();

/** The call that executes a statement with the values of a request. */
export const callOf = (
  { compiled: { statement } }: PreparedRead,
  bindings: Bindings,
  onRow: NonNullable<Call['onRow']>,
): Call => ({
  statement,
  values: statement.slots.map((slot) => slot(bindings)),
  onRow,
});

export const missing = (): Error => odataError('Internal_RecordNotFound', { message: 'The record does not exist.' });

const contextMember = ({ root, prefix, withContext }: ReadRequest, fragment: string): string =>
  withContext ? `"${prefix}context":${JSON.stringify(`${root}$metadata#${fragment}`)}` : '';

const contextOf = (
  { compiled: { home, discriminator } }: PreparedRead,
  { bindings, version }: ReadRequest,
  row: Row | undefined,
): ContextOf => ({
  bindings,
  version,
  home,
  row,
  discriminator,
});

// ---- one row

/** Rows of an answer that has one at most, copied so that they outlive the chunk they came in. */
export class SingleRow {
  readonly row = new Row();
  private count = 0;

  readonly onRow = (buffer: Buffer, start: number): void => {
    this.count += 1;
    if (this.count === 1)
      this.row.read(Buffer.from(buffer.subarray(start, start - 4 + buffer.readUInt32BE(start - 4))), 0);
  };

  /** False when there is none; throws when the key fits several. */
  get exists(): boolean {
    if (this.count > 1)
      throw odataError('InvalidValue', {
        message: 'The key fits several records here. Use the key of the record, or go through its parent.',
      });
    return this.count === 1;
  }
}

/** One entity, as the answer to a read or a write. `found` holds its row. */
export function entityResponse(
  read: PreparedRead<Extract<ReadPlan, { kind: 'entity' }>>,
  request: ReadRequest,
  found: SingleRow,
  status = 200,
): Response {
  const { plan, compiled, writer } = read;
  if (!found.exists) throw missing();
  if (compiled.presence !== undefined && found.row.isNull(compiled.presence))
    return { status: 204, headers: withoutType(request.headers) };
  const output = new JsonOutput(1024);
  output.text(`{${contextMember(request, contextFragment(plan, contextOf(read, request, found.row)))}`);
  writer.members(found.row, output);
  output.text('}');
  return { status, headers: { ...request.headers, ...etagHeader(read, found) }, body: output.finish() };
}

/** The ETag of a single entity. */
export function etagHeader({ compiled: { version } }: PreparedRead, { row }: SingleRow): Record<string, string> {
  return version === undefined || row.isNull(version) ? {} : { ETag: `W/"${row.text(version) ?? ''}"` };
}

/** The key of an entity as a URL has it. */
export const keyInUrl = ({ key }: EntityType, values: Readonly<Record<string, string>>): string =>
  keyPredicate(
    key.map((property) => {
      const { name, type } = property;
      return { name, form: jsonForm(type), text: String(typedValue(property, values[name] ?? '')) };
    }),
  );

const withoutType = ({ 'Content-Type': _, ...headers }: Readonly<Record<string, string>>): Record<string, string> =>
  headers;

/** Reads one entity. */
export async function readEntity(
  session: Session,
  read: PreparedRead<Extract<ReadPlan, { kind: 'entity' }>>,
  request: ReadRequest,
): Promise<Response> {
  const found = new SingleRow();
  await session.run([callOf(read, request.bindings, found.onRow)]);
  return entityResponse(read, request, found);
}

/** Reads a property, as JSON or raw. A null is 204. Protocol §11.2.4 */
export async function readProperty(
  session: Session,
  read: PreparedRead<Extract<ReadPlan, { kind: 'property' }>>,
  request: ReadRequest,
): Promise<Response> {
  const found = new SingleRow();
  await session.run([callOf(read, request.bindings, found.onRow)]);
  return propertyResponse(read, request, found);
}

/** A property, as the answer to a read or a write. `found` holds the row of its entity. */
export function propertyResponse(
  read: PreparedRead<Extract<ReadPlan, { kind: 'property' }>>,
  request: ReadRequest,
  found: SingleRow,
): Response {
  const { plan, compiled, writer } = read;
  if (!found.exists || (compiled.presence !== undefined && found.row.isNull(compiled.presence))) throw missing();
  const piece = compiled.pieces.at(-1);
  const isNull =
    piece?.kind === 'value'
      ? found.row.isNull(piece.column)
      : piece?.kind === 'object' && piece.tests.length > 0 && piece.tests.every((column) => found.row.isNull(column));
  if (!piece || isNull) return { status: 204, headers: withoutType(request.headers) };
  if (plan.raw && piece.kind === 'value') {
    const headers =
      piece.form === 'binary' ? { ...request.headers, 'Content-Type': 'application/octet-stream' } : request.headers;
    return { status: 200, headers, body: rawValue(found.row, piece.column, piece.form) };
  }
  const context = contextOf(read, request, found.row);
  const isNamed = plan.target.steps.at(-1)?.set?.one !== undefined;
  const key = compiled.key.length > 0 && !isNamed ? keyText(found.row, compiled.key) : '';
  const owner = `${contextPath(plan.target.collectionPath, context)}${key}`;
  const path = `${[owner, ...plan.path].join('/')}${listText(plan.list, request.version)}`;
  const output = new JsonOutput(1024);
  output.text(`{${contextMember(request, path)}`);
  if (piece.kind === 'object')
    new RowWriter(piece.pieces, { ...request, omitNulls: request.omitNulls ?? false }).members(found.row, output);
  else writer.members(found.row, output);
  output.text('}');
  return { status: 200, headers: request.headers, body: output.finish() };
}

/** Reads `/$count`. */
export async function readCount(session: Session, read: PreparedRead, request: ReadRequest): Promise<Response> {
  const found = new SingleRow();
  await session.run([callOf(read, request.bindings, found.onRow)]);
  if (!found.exists) throw missing();
  return { status: 200, headers: request.headers, body: Buffer.from(found.row.text(0) ?? '0') };
}

// ---- collections

/** Reads a collection. The answer comes whole when it is small, as a stream as soon as it fills a chunk. */
export function readCollection(
  session: Session,
  read: PreparedRead<Extract<ReadPlan, { kind: 'collection' | 'all' }>>,
  request: ReadRequest,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const queue = new ChunkQueue();
    const answer = new CollectionAnswer(read, request);
    let streaming = false;
    const onRow = (buffer: Buffer, start: number, flow: Flow): void => {
      answer.add(buffer, start);
      if (answer.output.length < CHUNK) return;
      queue.push(answer.take(), flow);
      if (!streaming) resolve({ status: 200, headers: request.headers, body: queue.body });
      streaming = true;
    };
    session
      .run([callOf(read, request.bindings, onRow)])
      .then(() => {
        const last = answer.finish();
        if (streaming) queue.end(last);
        else resolve({ status: 200, headers: request.headers, body: last });
      })
      .catch((error: unknown) => {
        if (streaming) queue.fail(error);
        else reject(error instanceof Error ? error : new Error(String(error)));
      });
  });
}

/** The JSON of a collection in the making. */
class CollectionAnswer {
  readonly output: JsonOutput;
  private readonly row = new Row();
  private rows = 0;
  private entities = 0;
  private hasMore = false;
  private isCut = false;
  private last: readonly (string | null)[] = [];

  constructor(
    private readonly read: PreparedRead<Extract<ReadPlan, { kind: 'collection' | 'all' }>>,
    private readonly request: ReadRequest,
  ) {
    this.output = new JsonOutput(Math.min(lengths.get(read.compiled) ?? FIRST, CHUNK) + SPARE);
  }

  add(buffer: Buffer, start: number): void {
    const { presence } = this.read.compiled;
    const row = this.row.read(buffer, start);
    if (this.rows === 0) this.open(row);
    this.rows += 1;
    if (presence !== undefined && row.isNull(presence)) return;
    if (this.entities === this.request.page.length) {
      this.hasMore = true;
      return;
    }
    if (this.entities > 0) this.output.byte(COMMA);
    this.entities += 1;
    this.read.writer.object(row, this.output);
    if (this.entities === this.request.page.length)
      this.last = this.read.compiled.order.map((column) => row.text(column));
  }

  /** What was written so far. */
  take(): Buffer {
    this.isCut = true;
    return this.output.take();
  }

  private open(row: Row | undefined): void {
    const { compiled, plan } = this.read;
    const { prefix, ieee754 } = this.request;
    this.output.text(`{${contextMember(this.request, contextFragment(plan, contextOf(this.read, this.request, row)))}`);
    if (compiled.count !== undefined && row) {
      const count = row.text(compiled.count) ?? '0';
      this.output.separate();
      this.output.text(`"${prefix}count":${ieee754 ? `"${count}"` : count}`);
    }
    this.output.separate();
    this.output.text('"value":[');
  }

  /** The rest of the answer. Throws when not even the parent of the collection was found. */
  finish(): Buffer {
    if (this.rows === 0) {
      if (this.read.compiled.presence !== undefined) throw missing();
      this.open(undefined);
    }
    this.output.text(']');
    if (this.hasMore) this.output.text(`,"${this.request.prefix}nextLink":${JSON.stringify(this.next())}`);
    this.output.text('}');
    lengths.set(this.read.compiled, this.isCut ? CHUNK : this.output.length);
    return this.output.finish();
  }

  private next(): string {
    const { page, root, target } = this.request;
    const continuation: Continuation = {
      values: this.last,
      remaining: page.remaining === undefined ? undefined : page.remaining - page.length,
      pageSize: page.asked,
      expanded: page.expanded,
    };
    return nextLink(root, target, continuation);
  }
}

const COMMA = 0x2c;
