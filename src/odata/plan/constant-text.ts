/** Texts that depend on no row, computed from the request's literals before the statement runs. URL Conventions §5.1.1.5 */
import { edm } from '../model/edm';
import type { Bindings } from '../sql';
import type { Bound } from './plan';

/** A value of the request as text; `now` is that of the request which is planned, where its literals alone decide, and `pieces` are these. */
export interface Constant {
  readonly now: string | undefined;
  readonly pieces: readonly string[];
  readonly of: (bindings: Bindings) => string;
}

type Texts = readonly string[];

/** What JavaScript makes of constants as the database does of values; the names are those of the table of the language. */
const computed: Readonly<Record<string, (texts: Texts) => string>> = {
  concat: (texts) => texts.join(''),
  tolower: ([text = '']) => text.toLowerCase(),
  toupper: ([text = '']) => text.toUpperCase(),
  trim: ([text = '']) => trimmed(text),
  substring: ([text = '', start = '0', length]) => {
    const characters = Array.from(text);
    const from = Number(start) < 0 ? Math.max(characters.length + Number(start), 0) : Number(start);
    return characters.slice(from, length === undefined ? undefined : from + Math.max(Number(length), 0)).join('');
  },
};

const whiteSpace = /\p{White_Space}/u;

/** Without what Unicode calls white space, which JavaScript's own function does not go by. §5.1.1.7.4 */
function trimmed(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && whiteSpace.test(text.charAt(start))) start++;
  while (end > start && whiteSpace.test(text.charAt(end - 1))) end--;
  return text.slice(start, end);
}

/** The text that an expression is in every row; undefined where a row decides. */
export function constantText(bound: Bound): Constant | undefined {
  return bound.kind !== 'null' && bound.type === edm('Edm.String') ? constantOf(bound) : undefined;
}

function constantOf(bound: Bound): Constant | undefined {
  if (bound.kind === 'value') {
    const { slot, literal } = bound;
    const of = (bindings: Bindings): string => {
      const value = slot(bindings);
      return typeof value === 'string' ? value : '';
    };
    return { now: literal?.text, pieces: literal ? [literal.text] : [], of };
  }
  const compute = bound.kind === 'call' ? computed[bound.definition.name] : undefined;
  if (bound.kind !== 'call' || !compute) return undefined;
  const given = bound.arguments.map(constantOf).filter((constant) => constant !== undefined);
  if (given.length < bound.arguments.length) return undefined;
  const known = given.flatMap(({ now }) => now ?? []);
  return {
    now: known.length === given.length ? compute(known) : undefined,
    pieces: given.flatMap(({ pieces }) => pieces),
    of: (bindings) => compute(given.map(({ of }) => of(bindings))),
  };
}
