/** Patterns that entities declare are matched in this process, which tries one way after the other: what could take long is refused at start. */
import { patternTokens, timesOf } from './pattern-tokens';

/** The most steps that a match may take. */
const MAX_STEPS = 1e8;

interface Group {
  /** It can match a text in more than one way: it holds a repetition or a choice. */
  isOpen: boolean;
}

/** What is wrong with a pattern for texts of at most `maxLength` characters, as the end of a sentence; undefined for a good one. */
export function patternProblem(pattern: string, maxLength: number | undefined): string | undefined {
  try {
    new RegExp(pattern, 'u');
  } catch {
    return 'is no valid regular expression';
  }
  const repeated = repetitions(patternTokens(pattern));
  if (repeated === undefined)
    return 'repeats a group that matches in several ways, or refers back to one, which could take for ever';
  const isAnchored = pattern.startsWith('^') && !pattern.includes('|');
  const power = repeated + (isAnchored ? 0 : 1);
  if (repeated === 0 || (maxLength !== undefined && maxLength ** power <= MAX_STEPS)) return undefined;
  return maxLength === undefined
    ? 'needs a maximum length of the text'
    : `could take long for texts of ${maxLength} characters`;
}

/** The repetitions without a small end; undefined where one of them is of a group that matches in several ways. */
function repetitions(tokens: readonly string[]): number | undefined {
  const open: Group[] = [{ isOpen: false }];
  let closed: Group | undefined;
  let count = 0;
  for (const token of tokens) {
    const current = open.at(-1);
    const times = timesOf(token);
    if (times) {
      const [least, most] = times;
      if (most > 1 && closed?.isOpen) return undefined;
      if (least !== most && most > SMALL) count += 1;
      if (least !== most && current) current.isOpen = true;
    } else if (/^\\[1-9k]/.test(token)) return undefined;
    else if (token === '|') open.forEach((group) => (group.isOpen = true));
    else if (token.startsWith('(')) open.push({ isOpen: false });
    const isEnd = token === ')';
    closed = isEnd ? open.pop() : undefined;
    const outer = open.at(-1);
    if (isEnd && closed?.isOpen && outer) outer.isOpen = true;
  }
  return count;
}

const SMALL = 10;
