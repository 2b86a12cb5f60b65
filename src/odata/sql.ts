/**
 * SQL as a value. A hole of sql`…` takes Sql only; values enter through `param`, names of the model through `identifier`, constants of
 * our own through `keyword`. The class has a private field, so neither a string nor a look-alike object passes for it.
 */
import { createHash } from 'node:crypto';
import { odataError } from './error';

/** A long text as the pieces of its UTF-8. */
export class TextPieces {
  constructor(readonly pieces: readonly Buffer[]) {}
}

/** What a parameter may carry to the database: the text form of its type, bytes for bytea, or null. */
export type SqlValue = string | TextPieces | Buffer | null | readonly (string | null)[];

/** A literal as a request has it, and where. */
interface WrittenLiteral {
  readonly raw: string;
  readonly source: string;
  readonly at: number;
}

/** What the values of one request come from. */
export interface Bindings {
  /** The literals of the request, in the order of its shape. */
  readonly literals: readonly WrittenLiteral[];
  /** The caller's partition (company). */
  readonly partition: string | null;
  /** Set when nothing of other partitions may be seen, wherever a path leads. */
  readonly confined?: boolean | undefined;
  /** Values that the service adds: page size, the key to continue behind, the start of the request. */
  readonly extra: Readonly<Record<string, SqlValue>>;
  /** How expanded collections are cut into pages; they go out whole without. */
  readonly pages?: ExpandedPages | undefined;
}

/** The values that the service binds for pages of expanded collections. */
export interface ExpandedPages {
  /** The most entities of one collection. */
  readonly size: number;
  /** What links begin with: the service root. */
  readonly root: string;
  /** What of the query stays in links, with `&` behind each option: the format. */
  readonly query: string;
  /** What stands in the path behind that `/$each`, the first one is 0. */
  readonly behind: (each: number) => string;
  /** The head of a link's token: where in $expand the collection stands, and what is left of its $top. */
  readonly head: (
    within: readonly (readonly [number, (number | 'max')?, string?])[],
    remaining: number | undefined,
  ) => string;
}

/** Reads the value of a parameter from the bindings of one request; throws an ODataError when the client's text is no such value. */
export type Slot = (bindings: Bindings) => SqlValue;

/** The value of a slot that reads a text. */
export function textIn(slot: Slot, bindings: Bindings): string {
  const value = slot(bindings);
  if (typeof value !== 'string') throw new Error('A text is expected');
  return value;
}

const extras = new Map<string, Slot>();

/** The value that the service adds under a name: the same slot for the same name, so that it becomes one parameter. */
export function extraSlot(name: string): Slot {
  const found = extras.get(name);
  if (found) return found;
  const slot: Slot = ({ extra }) => extra[name] ?? null;
  extras.set(name, slot);
  return slot;
}

/** A parameter: its source and the PostgreSQL type it is cast to. */
interface Parameter {
  readonly slot: Slot;
  readonly type: string;
}

type Part = string | Parameter;

/** A parameter counts as one of several digits. */
const PARAMETER_LENGTH = 10;

/** Pieces of a statement. They hold one another, and become one text at last: each copied into the next, they would cost the square of their depth. */
export class Sql {
  readonly #pieces: readonly (Part | Sql)[];
  /** About how many characters they come to. */
  readonly length: number;

  /** The text, where it is nothing else. */
  readonly text: string | undefined;

  constructor(pieces: readonly (Part | Sql)[]) {
    const [first] = pieces;
    let length = 0;
    for (const piece of pieces) length += lengthOf(piece);
    this.length = length;
    this.text = pieces.length === 1 && typeof first === 'string' ? first : undefined;
    this.#pieces = pieces;
  }

  /** Texts and parameters, in their order. Without recursion: pieces lie within one another as deep as a client likes. */
  get parts(): readonly Part[] {
    const parts: Part[] = [];
    const waiting: (Part | Sql)[] = [this];
    for (let piece = waiting.pop(); piece !== undefined; piece = waiting.pop()) {
      if (!(piece instanceof Sql)) parts.push(piece);
      else for (let at = piece.#pieces.length - 1; at >= 0; at -= 1) waiting.push(piece.#pieces[at] ?? '');
    }
    return parts;
  }

  get isEmpty(): boolean {
    return this.length === 0;
  }
}

const lengthOf = (piece: Part | Sql): number =>
  typeof piece === 'string' || piece instanceof Sql ? piece.length : PARAMETER_LENGTH;

/** Template of SQL: its text is ours, its holes are Sql. */
export function sql(strings: TemplateStringsArray, ...holes: readonly Sql[]): Sql {
  const written = new Written();
  for (let at = 0; at < strings.length; at += 1) {
    written.text += strings[at] ?? '';
    const hole = holes[at];
    if (hole) written.add(hole);
  }
  return written.end();
}

/** What is being written; texts become one, which JavaScript does without copying them. */
class Written {
  private readonly pieces: (string | Sql)[] = [];
  /** Behind the pieces. */
  text = '';

  add(piece: Sql): void {
    const { text } = piece;
    if (text !== undefined) this.text += text;
    else if (!piece.isEmpty) {
      this.endText();
      this.pieces.push(piece);
    }
  }

  end(): Sql {
    if (this.pieces.length === 0) return new Sql([this.text]);
    this.endText();
    return new Sql(this.pieces.slice());
  }

  private endText(): void {
    if (this.text !== '') this.pieces.push(this.text);
    this.text = '';
  }
}

/** A value of the request. The same slot with the same type becomes one parameter of the statement. */
export const param = (slot: Slot, type: string): Sql => new Sql([{ slot, type }]);

/** A value that is the same for every request of the shape. */
export const constant = (value: SqlValue, type: string): Sql => param(() => value, type);

/** A name of the model, or an alias of the compiler's own. */
export const identifier = (name: string): Sql => new Sql([`"${name.replaceAll('"', '""')}"`]);

/** A text literal of our own making (JSON keys, prefixes); never of the client's. */
export const literal = (text: string): Sql =>
  new Sql([
    text.includes('\\')
      ? `E'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
      : `'${text.replaceAll("'", "''")}'`,
  ]);

/** SQL text that the model brings along, e.g. a virtual column, a type name. Never of the client's. */
export const trusted = (text: string): Sql => new Sql([text]);

/** Joins pieces; empty ones are left out. */
export function join(pieces: readonly Sql[], separator: string): Sql {
  const written = new Written();
  let isFirst = true;
  for (const piece of pieces) {
    if (piece.isEmpty) continue;
    if (!isFirst) written.text += separator;
    isFirst = false;
    written.add(piece);
  }
  return written.end();
}

/** PostgreSQL counts them in two bytes. */
const MAX_PARAMETERS = 65_535;

/** A statement ready to be prepared: its name follows from its text. */
export interface Statement {
  readonly name: string;
  readonly text: string;
  readonly slots: readonly Slot[];
}

/** The place of a parameter among those of a query: `next` where it is new. */
function placeOf(places: Map<Slot, Map<string, number>>, { slot, type }: Parameter, next: number): number {
  const byType = places.get(slot) ?? new Map<string, number>();
  places.set(slot, byType);
  const place = byType.get(type) ?? next;
  byType.set(type, place);
  return place;
}

/** Numbers the parameters and names the statement by its text. */
export function prepare(query: Sql): Statement {
  const numbers = new Map<Slot, Map<string, number>>();
  const slots: Slot[] = [];
  let text = '';
  for (const part of query.parts) {
    if (typeof part === 'string') {
      text += part;
      continue;
    }
    const place = placeOf(numbers, part, slots.length);
    if (place === slots.length) slots.push(part.slot);
    text += `$${place + 1}::${part.type}`;
  }
  if (slots.length > MAX_PARAMETERS)
    throw odataError('TooManyParts', {
      message: `The request has more than ${MAX_PARAMETERS} values outside of lists, and one statement can have no more.`,
    });
  return { name: `o_${createHash('sha1').update(text).digest('base64url').slice(0, 22)}`, text, slots };
}

/** No table of a model has this name. */
const SETS = trusted('"sets of values"');

/**
 * A query for any number of sets of values at once: each of its parameters, none of which may be a list itself, is a list, under the name of its place.
 * The rows end with the number of the set that they are of, from 1.
 */
export function forEachOf(query: Sql): Sql {
  const numbers = new Map<Slot, Map<string, number>>();
  const lists: Sql[] = [];
  const pieces = query.parts.map((part) => {
    if (typeof part === 'string') return trusted(part);
    const place = placeOf(numbers, part, lists.length);
    if (place === lists.length) lists.push(param(extraSlot(String(place)), `${part.type}[]`));
    return sql`${SETS}.${identifier(String(place))}`;
  });
  const names = join([...lists.map((_, place) => identifier(String(place))), trusted('n')], ', ');
  const sets = sql`unnest(${join(lists, ', ')}) with ordinality as ${SETS} (${names})`;
  return sql`select "rows".*, ${SETS}.n from ${sets}, lateral (${join(pieces, '')}) as "rows"`;
}

/** A statement with the values of one request. */
export const bound = (
  statement: Statement,
  bindings: Bindings,
): { readonly statement: Statement; readonly values: readonly SqlValue[] } => ({
  statement,
  values: statement.slots.map((slot) => slot(bindings)),
});
