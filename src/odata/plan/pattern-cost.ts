/**
 * What a regular expression may cost. PostgreSQL makes an automaton of it, so that nested `*` and `+` do no harm; but it writes out bounded
 * repetitions, which multiply when they are nested, and it has to try every split where a back reference follows several open-ended groups.
 */
import { odataError } from '../error';

/** Pieces of the automaton that a pattern may be written out to. */
const MAX_SIZE = 2000;

interface Group {
  readonly captures: boolean;
  /** Pieces so far, and how many of them the last atom has. */
  size: number;
  last: number;
  openEnded: boolean;
}

const tooComplex = (message: string): Error => odataError('PatternTooComplex', { message });

const group = (captures: boolean): Group => ({ captures, size: 0, last: 0, openEnded: false });

/** Refuses a pattern, given as its tokens, that PostgreSQL could take seconds or gigabytes for. */
export function checkPatternCost(tokens: readonly string[]): void {
  const open = [group(false)];
  let openEnded = 0;
  let inClass = false;
  for (const token of tokens) {
    const current = open.at(-1) ?? group(false);
    if (inClass) inClass = token !== ']';
    else if (token.startsWith('(')) open.push(group(token === '(' || /^\(\?<[^=!]/.test(token)));
    else if (token === ')') {
      const closed = open.pop();
      if (closed?.captures && closed.openEnded) openEnded += 1;
      add(open.at(-1) ?? current, closed?.size ?? 0);
    } else if (!repeat(current, token, open)) {
      inClass = token === '[' || token === '[^';
      add(current, 1);
    }
  }
  if (openEnded > 1 && tokens.some((token) => /^\\[1-9]$/.test(token)))
    throw tooComplex('A pattern with a back reference must not have more than one group with *, + or {n,}.');
}

function add(to: Group, size: number): void {
  to.size += size;
  to.last = size;
  if (to.size > MAX_SIZE) throw tooComplex(`The repetitions of a pattern must not add up to more than ${MAX_SIZE}.`);
}

/** Applies a quantifier to the atom before it; false when the token is none. */
function repeat(current: Group, token: string, open: readonly Group[]): boolean {
  const [, least, comma, most] = /^\{(\d+)(,?)(\d*)\}$/.exec(token) ?? [];
  if (least === undefined && !/^[*+?]$/.test(token)) return false;
  const isOpenEnded = token === '*' || token === '+' || (comma === ',' && most === '');
  if (isOpenEnded) for (const each of open) each.openEnded = true;
  const times = least === undefined ? 1 : Math.max(Number(least), Number(most));
  const { last } = current;
  add(current, last * Math.max(times - 1, 0));
  current.last = last * Math.max(times, 1);
  return true;
}
