/** Runs a read: one statement, its rows written as they come. */
import type { CompiledRead } from '../compile/compiled-read';
import { odataError } from '../error';
import { tagHeader } from '../http/entity-tags';
import type { Version } from '../http/negotiate';
import { jsonForm } from '../compile/columns';
import { ownKey } from '../payload/entity-keys';
import { inTurns } from '../payload/turns';
import type { Range, ReadPlan } from '../plan/plan';
import { bound, type Bindings } from '../sql';
import type { Representation } from '../compile/representation';
import { listText } from '../plan/select-list';
import { contextFragment, contextPath, type ContextOf } from './context-url';
import type { Call, Session } from './database';
import { bodyOf } from './json-output';
import { keyPredicate, keyText, rawBytes, rawValue, RowWriter } from './json-writer';
import { Row } from './row';
import type { Response } from './message';
import { typedValue } from './stored-row';
import { expired, type Snapshot } from './delta-link';
import type { Expanded } from './next-link';

/** A compiled read with the writer for its rows: made once per shape, used by every request of it. */
export interface PreparedRead<P extends ReadPlan = ReadPlan> {
  readonly plan: P;
  readonly compiled: CompiledRead;
  readonly writer: RowWriter;
  /** Writes what has left the collection, where changes are read. */
  readonly removed?: { readonly writer: RowWriter; readonly withContext: boolean } | undefined;
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
  readonly omit?: Representation['omit'];
  readonly page: Page;
  /** Set where changes are tracked from the answer on. */
  readonly tracked?: Tracked | undefined;
}

/** How the answer leads to a delta link. */
export interface Tracked {
  /** What the first page has seen; undefined where this is the first one. */
  readonly snapshot: Snapshot | undefined;
  /** Whether pages behind the first have shown entities. */
  readonly isWide?: boolean | undefined;
  /** Which of how many sections of changes this is. */
  readonly section?: number | undefined;
  readonly sections?: number | undefined;
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

/** The call that executes a statement with the values of a request. */
export const callOf = (
  { compiled: { statement } }: PreparedRead,
  bindings: Bindings,
  onRow: NonNullable<Call['onRow']>,
): Call => ({ ...bound(statement, bindings), onRow });

/** Nothing is found where one entity must be. */
export const missing = (): Error => odataError('Internal_RecordNotFound', { message: 'The record does not exist.' });

/** The member with the context URL, empty where the format has none. */
export const contextMember = ({ root, prefix, withContext }: ReadRequest, fragment: string): string =>
  withContext ? `"${prefix}context":${JSON.stringify(`${root}$metadata#${fragment}`)}` : '';

/** What the context URL of the answer is made of. */
export const contextOf = (
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

/** Rows of an answer that has one at most. */
export class SingleRow {
  readonly row = new Row();
  private count = 0;

  readonly onRow = (buffer: Buffer, start: number): void => {
    this.count += 1;
    if (this.count === 1) this.row.read(buffer, start);
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
  const body = bodyOf((output) => {
    output.text(`{${contextMember(request, contextFragment(plan, contextOf(read, request, found.row)))}`);
    writer.members(found.row, output);
    output.text('}');
  });
  return { status, headers: { ...request.headers, ...etagHeader(read, found) }, body };
}

/** The ETag of a single entity. */
export const etagHeader = (
  { compiled: { version } }: PreparedRead,
  { row }: SingleRow,
): Readonly<Record<string, string>> => tagHeader(version === undefined ? undefined : (row.text(version) ?? undefined));

/** The key of an entity as a URL has it, without what the entity that contains it says already. URL Conventions §4.3.3 */
export const keyInUrl = (
  { type, identity }: Pick<Range, 'type' | 'identity'>,
  values: Readonly<Record<string, string>>,
): string =>
  keyPredicate(
    ownKey(type, identity?.kind === 'contained' ? identity.navigation : undefined).map((property) => {
      const { name, type: of } = property;
      return { name, form: jsonForm(of), text: String(typedValue(property, values[name] ?? '')) };
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
export async function propertyResponse(
  read: PreparedRead<Extract<ReadPlan, { kind: 'property' }>>,
  request: ReadRequest,
  found: SingleRow,
): Promise<Response> {
  const { plan, compiled, writer } = read;
  if (!found.exists || (compiled.presence !== undefined && found.row.isNull(compiled.presence))) throw missing();
  const piece = compiled.pieces.at(-1);
  const isNull =
    piece?.kind === 'value' || piece?.kind === 'untyped'
      ? found.row.isNull(piece.column)
      : piece?.kind === 'object' && piece.tests.length > 0 && piece.tests.every((column) => found.row.isNull(column));
  if (!piece || isNull) return { status: 204, headers: withoutType(request.headers) };
  const ofBytes = { ...request.headers, 'Content-Type': 'application/octet-stream' };
  if (plan.raw && piece.kind === 'value') {
    if (piece.form === 'binary')
      return { status: 200, headers: ofBytes, body: await inTurns(rawBytes(found.row, piece.column)) };
    return { status: 200, headers: request.headers, body: rawValue(found.row, piece.column, piece.form) };
  }
  if (plan.raw && piece.kind === 'untyped') {
    const text = rawText(found.row.text(piece.column) ?? '');
    const isBytes = piece.typeColumn !== undefined && found.row.text(piece.typeColumn)?.endsWith('Binary');
    return isBytes
      ? { status: 200, headers: ofBytes, body: Buffer.from(text, 'base64url') }
      : { status: 200, headers: request.headers, body: Buffer.from(text) };
  }
  const context = contextOf(read, request, found.row);
  const isNamed = plan.target.steps.at(-1)?.set?.one !== undefined;
  const key = compiled.key?.length && !isNamed ? keyText(found.row, compiled.key) : '';
  const owner = `${contextPath(plan.target.collectionPath, context)}${key}`;
  const path = `${plan.told ?? [owner, ...plan.path].join('/')}${listText(plan.list, request.version)}`;
  const body = bodyOf((output) => {
    output.text(`{${contextMember(request, path)}`);
    if (piece.kind === 'object')
      new RowWriter(piece.pieces, { ...request, omit: request.omit }).members(found.row, output);
    else writer.members(found.row, output);
    output.text('}');
  });
  return { status: 200, headers: request.headers, body };
}

/** JSON as text/plain; only primitive values have that form. URL Conventions §4.7 */
function rawText(json: string): string {
  if (json.startsWith('{') || json.startsWith('['))
    throw odataError(
      'BadRequest_NotFound',
      { segment: '$value', hint: ' The property is an object or a collection here: ask for it without /$value.' },
      { target: '$value' },
    );
  return json.startsWith('"') ? String(JSON.parse(json)) : json;
}

/** Reads `/$count`. */
export async function readCount(session: Session, read: PreparedRead, request: ReadRequest): Promise<Response> {
  const found = new SingleRow();
  await session.run([callOf(read, request.bindings, found.onRow)]);
  if (!found.exists) throw missing();
  const { changes } = read.compiled;
  if (changes && found.row.text(changes.complete) !== 't') throw expired(request.root, request.target);
  return { status: 200, headers: request.headers, body: Buffer.from(found.row.text(0) ?? '0') };
}
