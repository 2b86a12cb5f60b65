/** A text without what stands at its end again and again. A regular expression would take the square of the text's length for it. */
export function withoutTrailing(text: string, character: string): string {
  let end = text.length;
  while (end > 0 && text[end - 1] === character) end--;
  return text.slice(0, end);
}
