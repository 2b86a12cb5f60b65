/** Texts may be as long as a body. Work on such a one is done piece by piece: nothing of its length is copied, and others can have their turn between. */

/** Characters of a piece, and bytes. */
export const PIECE = 64 * 1024;

/** The text in pieces, none of which cuts a surrogate pair. */
export function* piecesOf(text: string): Generator<string, void> {
  for (let at = 0; at < text.length;) {
    let end = at + PIECE;
    if ((text.charCodeAt(end - 1) & 0xfc00) === 0xd800) end++;
    yield text.slice(at, end);
    at = end;
  }
}
