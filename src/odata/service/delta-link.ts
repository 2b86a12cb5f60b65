/** Delta links: opaque to the client, and all that the service needs to tell what has changed since. Protocol §11.3.1 */
import { odataError, type ODataError } from '../error';
import { decoded, encoded, hashOf, isCount, linkTo, markOf } from './next-link';

/** What a statement has seen. */
export interface Snapshot {
  /** `xmin:xmax:running`, as PostgreSQL writes it. */
  readonly text: string;
  /** The database that it is one of. */
  readonly origin: string;
}

/** What the answers have shown that lead to a delta link. */
interface Seen {
  /** What the first of them has seen. */
  readonly snapshot: Snapshot;
  /** They were several: the later ones may have shown rows that the snapshot does not know. */
  readonly isWide: boolean;
}

/** Where the changes start that a delta link asks for. */
export interface DeltaStart extends Seen {
  /** The page's length, when the client asked for one. */
  readonly pageSize: number | undefined;
}

interface Token {
  readonly s: string;
  readonly o: string;
  readonly w?: true;
  readonly p?: number;
  /** What the link follows, so that it cannot be used for another query. */
  readonly h: string;
  /** Whose rows it has seen, where they are split by company. */
  readonly c?: string;
}

/** The tokens of links. */
const TOKENS = ['skiptoken', 'deltatoken'];
/** What a delta link does not repeat: a count, too, which would be one of changes. */
const OTHERS = [...TOKENS, 'count'];

/** The absolute URL for what changes from now on in what a caller of the partition reads of the target. */
export function deltaLink(
  root: string,
  target: string,
  partition: string | null,
  { snapshot, isWide, pageSize }: DeltaStart,
): string {
  const mark = markOf(partition);
  const token: Token = {
    s: snapshot.text,
    o: snapshot.origin,
    ...(isWide ? { w: true } : {}),
    ...(pageSize === undefined ? {} : { p: pageSize }),
    h: hashOf(target, OTHERS),
    ...(mark === undefined ? {} : { c: mark }),
  };
  return linkTo(root, target, OTHERS, { $deltatoken: encoded(token) });
}

/** Where the whole is read again. */
const startingLink = (root: string, target: string): string => linkTo(root, target, OTHERS, {});

const invalid = (): ODataError =>
  odataError(
    'InvalidValue',
    { message: 'The $deltatoken is not one that this service made for this request. Start again without it.' },
    { target: '$deltatoken' },
  );

/** Not all changes since the link was made are known, or the rows are others now. Protocol §11.3.2 */
export const expired = (root: string, target: string): ODataError =>
  odataError(
    'Expired',
    {
      message:
        'The link has expired: older changes are not known here. Read the whole again, from the URL in Location.',
    },
    { target: '$deltatoken', headers: { Location: startingLink(root, target) } },
  );

/** Reads the token of a delta link. One that was made for the rows of another partition has expired: they are not what is told from here on. */
export function readDeltaToken(root: string, target: string, partition: string | null, text: string): DeltaStart {
  const token = decoded(text);
  if (!isToken(token) || token.h !== hashOf(target, TOKENS)) throw invalid();
  if (token.c !== markOf(partition)) throw expired(root, target);
  return { snapshot: { text: token.s, origin: token.o }, isWide: token.w === true, pageSize: token.p };
}

function isToken(value: unknown): value is Token {
  if (typeof value !== 'object' || value === null) return false;
  const { s, o, w, p, h, c } = value as { readonly [name: string]: unknown };
  const areTexts = typeof o === 'string' && typeof h === 'string' && (c === undefined || typeof c === 'string');
  return isSnapshot(s) && areTexts && (w === undefined || w === true) && isCount(p);
}

// ---- snapshots

const snapshotText = /^(\d{1,18}):(\d{1,18}):((?:\d{1,18}(?:,\d{1,18})*)?)$/;

/** True for what PostgreSQL reads as a snapshot: transactions that were running come in order, between the bounds. */
function isSnapshot(value: unknown): value is string {
  const [, xmin, xmax, running] = (typeof value === 'string' && snapshotText.exec(value)) || [];
  if (xmin === undefined || xmax === undefined) return false;
  const [first, end] = [BigInt(xmin), BigInt(xmax)];
  const list = running ? running.split(',').map(BigInt) : [];
  return (
    first > 0n &&
    first <= end &&
    list.every((xid, index) => xid >= first && xid < end && xid > (list[index - 1] ?? -1n))
  );
}

/** A snapshot that does not know its own transaction, in which more may be written. */
export function withoutOwn(snapshot: string, transaction: string | null): string {
  const [xmin = '', xmax = '', running = ''] = snapshot.split(':');
  if (transaction === null || BigInt(transaction) >= BigInt(xmax)) return snapshot;
  const list = running === '' ? [] : running.split(',');
  const all = [...new Set([...list, transaction])].toSorted((left, right) => (BigInt(left) < BigInt(right) ? -1 : 1));
  return `${BigInt(transaction) < BigInt(xmin) ? transaction : xmin}:${xmax}:${all.join(',')}`;
}
