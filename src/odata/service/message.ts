/** Request and Response as plain records: what HTTP, a part of a $batch, a test and `execute` have in common. */
import type { Receiver } from './cancel';

export interface Request {
  readonly method: string;
  /** Path behind the service root and query, as it came: not decoded, without a leading slash. */
  readonly target: string;
  /** Names in lower case; repeated headers joined with `, `. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body?: Buffer;
  /** The absolute URL of the service root as the client sees it, with a slash at the end. */
  readonly root: string;
  /** Who waits for the answer, where one can go away before it. */
  readonly receiver?: Receiver;
  /** Told of the requests that this one holds besides itself, where they are counted. */
  readonly charge?: (requests: number) => void;
}

/** Takes the bytes of an answer. */
export interface Output {
  /** False when the receiver wants a pause; `drained` then tells when it can go on. */
  write(chunk: Buffer): boolean;
  /** Resolves when the receiver can take more; rejects when it has gone away. */
  drained(): Promise<void>;
}

/** The rest of an answer too large for one piece; rejects when it breaks off, and then the connection must be cut, not ended well. */
export type StreamBody = (output: Output) => Promise<void>;

export interface Response {
  readonly status: number;
  /** Names in their usual spelling. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer | StreamBody;
}

/** Who asks, as far as the engine must know. Made by the host for each request. */
export interface Caller {
  /** The value of the partition column (company) that root sets are confined to; null when the model has none. */
  readonly partition: string | null;
  /** Sees nothing of other partitions, also where a path names one. */
  readonly confined?: boolean | undefined;
  /** May not write, nor invoke actions. */
  readonly readOnly?: boolean | undefined;
  /** Tells callers of one partition apart: what is kept for one is not shown to another. */
  readonly name?: string | undefined;
}

/** Whose what is kept for later is: the caller's alone, or that of all nameless callers of the partition. */
export const ownerOf = ({ partition, name }: Caller): string | null =>
  name === undefined ? partition : `${partition ?? ''}/${name}`;

/** What a caller sees, for the statements of a request. */
export const seenBy = ({ partition, confined }: Caller): Pick<Caller, 'partition' | 'confined'> => ({
  partition,
  confined,
});

/** The service as a function: the same for HTTP, batches and tests. Never rejects: every error is a Response. */
export type Handler = (request: Request, caller: Caller) => Promise<Response>;
