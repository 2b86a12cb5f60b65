/** Runs the read of a collection, or of what has changed in one: one statement, its rows written as they come. */
import type { SnapshotColumns } from '../compile/head';
import type { CompiledRead } from '../compile/compiled-read';
import type { ReadPlan } from '../plan/plan';
import { ChunkQueue } from './chunk-queue';
import { contextFragment, contextPath } from './context-url';
import type { Flow, Session } from './database';
import { deltaLink, expired, withoutOwn, type Snapshot } from './delta-link';
import { JsonOutput, type Piece } from './json-output';
import { Row } from './row';
import type { Response } from './message';
import { nextLink, type Continuation } from './next-link';
import { callOf, contextMember, contextOf, missing, type PreparedRead, type ReadRequest } from './read';

/** A chunk goes out when it has this many bytes. */
const CHUNK = 64 * 1024;
/** Room that the first answer of a statement begins with. */
const FIRST = 8 * 1024;
/** Room beyond the length of the answer before. */
const SPARE = 4096;
/** The length of the last answer of each statement: the next one is made without moving its bytes. */
const lengths = new WeakMap<CompiledRead, number>();

/** Reads a collection. The answer comes whole when it is small, as a stream as soon as it fills a chunk. */
export function readCollection(
  session: Session,
  read: PreparedRead<Extract<ReadPlan, { kind: 'collection' | 'all' }>>,
  request: ReadRequest,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const queue = new ChunkQueue();
    let streaming = false;
    let flow: Flow | undefined;
    const push = (piece: Piece): void => {
      if (flow) queue.push(piece, flow);
      if (!streaming) resolve({ status: 200, headers: answer.headers, body: queue.body });
      streaming = true;
    };
    const answer = new CollectionAnswer(read, request, push);
    const onRow = (buffer: Buffer, start: number, of: Flow): void => {
      flow = of;
      answer.add(buffer, start);
      if (answer.output.length >= CHUNK) answer.pass(answer.output.take());
    };
    session
      .run([callOf(read, request.bindings, onRow)])
      .then(() => {
        const last = answer.finish();
        if (streaming) queue.end(last);
        else resolve({ status: 200, headers: answer.headers, body: last });
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
  private snapshot: Snapshot | undefined;
  private tag: string | undefined;

  constructor(
    private readonly read: PreparedRead<Extract<ReadPlan, { kind: 'collection' | 'all' }>>,
    private readonly request: ReadRequest,
    private readonly push: (piece: Piece) => void,
  ) {
    this.output = new JsonOutput(Math.min(lengths.get(read.compiled) ?? FIRST, CHUNK) + SPARE, (piece) =>
      this.pass(piece),
    );
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
    const { changes, nulls } = this.read.compiled;
    if (changes && row.text(changes.there) !== 't') this.writeTold(row, '$deletedEntity', this.read.removed);
    else if (changes?.link !== undefined) this.writeTold(row, `$${row.text(changes.link) ?? ''}`);
    else if (changes?.set !== undefined) this.writeTold(row, '$entity');
    else if (nulls !== undefined && row.text(nulls) === 't') this.output.text('null');
    else this.read.writer.object(row, this.output);
    if (this.entities === this.request.page.length)
      this.last = (this.read.compiled.order ?? []).map((column) => row.text(column));
  }

  /** Passes on what was written so far. */
  pass(piece: Piece): void {
    this.isCut = true;
    this.push(piece);
  }

  /** The headers, which tell the ETag of the collection where a row has it. Protocol §11.5.5.1 */
  get headers(): Readonly<Record<string, string>> {
    const { headers } = this.request;
    return this.tag === undefined ? headers : { ...headers, ETag: this.tag };
  }

  /** What is no entity of the collection says in its context what it is, for all clients of 4.0. JSON §15.3, §15.5.2 */
  private writeTold(
    row: Row,
    kind: string,
    { writer, withContext }: NonNullable<PreparedRead['removed']> = { writer: this.read.writer, withContext: true },
  ): void {
    const { plan, compiled } = this.read;
    const { prefix, root } = this.request;
    this.output.byte(OPEN);
    if (plan.kind === 'collection' && withContext) {
      const own = contextPath(plan.target.collectionPath, contextOf(this.read, this.request, row));
      const path = compiled.changes?.set ?? own;
      this.output.text(`"${prefix}context":${JSON.stringify(`${root}$metadata#${path}/${kind}`)}`);
    }
    writer.members(row, this.output);
    this.output.byte(CLOSE);
  }

  /** What the first page sees is what changes are told from. */
  private look(row: Row | undefined): void {
    const { snapshot, changes } = this.read.compiled;
    const { tracked, root, target } = this.request;
    if (changes && row?.text(changes.complete) !== 't') throw expired(root, target);
    if (!tracked) return;
    this.snapshot = tracked.snapshot ?? (snapshot && row && seenIn(row, snapshot));
  }

  private open(row: Row | undefined): void {
    const { compiled, plan } = this.read;
    const { prefix, ieee754 } = this.request;
    this.look(row);
    if (compiled.tag !== undefined) this.tag = row?.text(compiled.tag) ?? undefined;
    const delta = compiled.changes ? '/$delta' : '';
    const fragment = contextFragment(plan, contextOf(this.read, this.request, row));
    this.output.text(`{${contextMember(this.request, `${fragment}${delta}`)}`);
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
    const { prefix } = this.request;
    const { section = 0, sections = 0 } = this.request.tracked ?? {};
    const next = this.hasMore
      ? this.next(this.last, section)
      : section + 1 < sections
        ? this.next([], section + 1)
        : '';
    if (next !== '') this.output.text(`,"${prefix}nextLink":${JSON.stringify(next)}`);
    else if (this.snapshot !== undefined)
      this.output.text(`,"${prefix}deltaLink":${JSON.stringify(this.delta(this.snapshot))}`);
    this.output.text('}');
    lengths.set(this.read.compiled, this.isCut ? CHUNK : this.output.length);
    return this.output.finish();
  }

  private next(values: Continuation['values'], section: number): string {
    const { page, root, target, tracked, bindings } = this.request;
    const continuation: Continuation = {
      values,
      remaining: page.remaining === undefined ? undefined : page.remaining - page.length,
      pageSize: page.asked,
      expanded: page.expanded,
      snapshot: this.snapshot,
      // What further sections show has no part in it: they tell of all links that rows have had.
      isWide: this.snapshot && (tracked?.isWide === true || (this.hasMore && (tracked?.section ?? 0) === 0)),
      section: tracked?.sections === undefined ? undefined : section,
    };
    return nextLink(root, target, bindings.partition, continuation);
  }

  private delta(snapshot: Snapshot): string {
    const { page, root, target, tracked, bindings } = this.request;
    const seen = { snapshot, isWide: tracked?.isWide ?? false };
    return deltaLink(root, target, bindings.partition, { ...seen, pageSize: page.asked });
  }
}

const COMMA = 0x2c;
const OPEN = 0x7b;
const CLOSE = 0x7d;

const seenIn = (row: Row, columns: SnapshotColumns): Snapshot => ({
  text: withoutOwn(row.text(columns.snapshot) ?? '', row.text(columns.transaction)),
  origin: row.text(columns.origin) ?? '',
});
