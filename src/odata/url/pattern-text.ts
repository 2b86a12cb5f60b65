/** Which texts of a request PostgreSQL's regular expressions might not be able to say, were they patterns: plans are shared among the others. */

/** A text may have a pattern's back references or counted repetitions, or more choices and assertions than a pattern of any length may have. */
export const isIntricate = (text: string): boolean =>
  /\{|\\[1-9k]/.test(text) || (text.match(SIGNS)?.length ?? 0) > FEW;
/** The end of a word counts twice. */
const SIGNS = /[*+?|^$]|\\(?=b)|(?<=\\)b/gi;
const FEW = 6;

/** What is put together of pieces of it may be such a text. */
export const mayBeIntricate = (text: string): boolean => /[\\{*+?|^$]/.test(text);
