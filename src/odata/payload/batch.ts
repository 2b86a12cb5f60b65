/** A batch as it was sent, whichever format it has. Protocol §11.7, JSON §19 */
import { odataError, type ODataError } from '../error';

/** The media types of batches. */
export const BATCH_FORMATS = ['multipart/mixed', 'application/json'] as const;

/** The format of a batch or of its answer. */
export type BatchFormat = 'json' | 'multipart';

/** One request of a batch. */
export interface BatchPart {
  /** The request identifier: `id`, or the header Content-ID. */
  readonly id: string | undefined;
  readonly method: string;
  /** As it was written: absolute, relative, or with a reference in front. */
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | undefined;
  /** Identifiers of requests and names of groups that must have succeeded. JSON §19.1 */
  readonly dependsOn: readonly string[];
  /** The condition that stands in for the success of those. JSON §19.1 */
  readonly condition: string | undefined;
  /** What is wrong with the part itself: its answer. */
  readonly fault: ODataError | undefined;
}

/** A part on its own, or parts that all succeed or leave nothing behind. */
export type BatchUnit =
  | { readonly kind: 'single'; readonly part: BatchPart }
  | { readonly kind: 'group'; readonly name: string; readonly parts: readonly BatchPart[] };

/** A batch whose envelope is in order. */
export interface Batch {
  readonly format: BatchFormat;
  readonly units: readonly BatchUnit[];
}

/** The parts of a unit, in order. */
export const partsOf = (unit: BatchUnit): readonly BatchPart[] => (unit.kind === 'single' ? [unit.part] : unit.parts);

/** What a batch may have. */
export interface BatchLimits {
  readonly requests: number;
  /** Characters of the headers of one request: HTTP has such a limit for its own. */
  readonly headers: number;
  /** Characters of its URL as it is written, more than any that is read may have. */
  readonly url: number;
  /** How deep JSON may be nested. */
  readonly levels: number;
}

/** The error for a URL, or a condition, that is too long to be looked at. */
export const textTooLong = ({ url }: BatchLimits, target: 'url' | 'if'): ODataError =>
  odataError('TextTooLong', { message: `"${target}" is longer than ${url} characters.` }, { target });

/** Tells what is wrong with the envelope of a batch, and where. */
export const malformedBatch = (message: string, target?: string): ODataError =>
  odataError('InvalidBody', { message: `The batch is malformed: ${message}` }, target === undefined ? {} : { target });

/** Refuses batches with more parts than the service takes at once. */
export function checkPartCount(count: number, limit: number): void {
  if (count <= limit) return;
  const message = `The batch has more requests than the ${limit} that the service takes at once. Send several batches.`;
  throw odataError('PayloadTooLarge', { message });
}

/** A part that cannot be understood: it is answered with what is wrong. */
export const faultyPart = (
  id: string | undefined,
  fault: ODataError,
  dependsOn: readonly string[] = [],
): BatchPart => ({
  id,
  method: '',
  url: '',
  headers: {},
  body: undefined,
  dependsOn,
  condition: undefined,
  fault,
});
