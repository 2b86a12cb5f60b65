/** Header values made of elements and parameters: `Accept`, `Content-Type` and `Prefer` share one grammar. */

/** `name` or `name=value`; the name in lower case, the value without its quotes. */
export interface Piece {
  readonly name: string;
  readonly value: string | undefined;
}

/** What stands between two commas: the element itself and its parameters, in order. */
export interface HeaderElement extends Piece {
  readonly parameters: readonly Piece[];
}

const unquote = (text: string): string =>
  text.startsWith('"') ? text.slice(1).replace(/"$/, '').replace(/\\(.)/g, '$1') : text;

function pieceOf(text: string): Piece {
  const equals = text.indexOf('=');
  if (equals < 0) return { name: text.trim().toLowerCase(), value: undefined };
  return { name: text.slice(0, equals).trim().toLowerCase(), value: unquote(text.slice(equals + 1).trim()) };
}

/** Cuts at a separator that stands outside of quotes; empty parts are dropped, as RFC 9110 §5.6.1 asks. */
export function splitList(text: string, separator: ',' | ';'): readonly string[] {
  const parts: string[] = [];
  let start = 0;
  let quoted = false;
  for (let i = 0; i <= text.length; i++) {
    const character = text[i];
    if (character === '"') quoted = !quoted;
    else if (character === '\\' && quoted) i++;
    else if (character === undefined || (character === separator && !quoted)) {
      const part = text.slice(start, i).trim();
      if (part !== '') parts.push(part);
      start = i + 1;
    }
  }
  return parts;
}

/** Reads a list of elements with parameters; whatever does not fit the grammar becomes a name that nobody asks for. RFC 9110 §5.6, RFC 7240 §2. */
export function parseHeaderList(text: string): readonly HeaderElement[] {
  return splitList(text, ',').map((element) => {
    const [first = '', ...rest] = splitList(element, ';');
    return { ...pieceOf(first), parameters: rest.map(pieceOf) };
  });
}

/** The value of a parameter; the first one wins. */
export const parameter = (element: HeaderElement, name: string): string | undefined =>
  element.parameters.find((piece) => piece.name === name)?.value;
