/** Which texts of a request PostgreSQL's regular expressions might not be able to say, were they patterns: plans are shared among the others. */

/** A text may have a pattern's back references or counted repetitions, or ends of words by the dozen, of which PostgreSQL cannot say all. */
export const isIntricate = (text: string): boolean => /\{|\\[1-9k]/.test(text) || text.split(/\\b/i).length > MANY;
const MANY = 50;

/** What is put together of pieces of it may be such a text. */
export const mayBeIntricate = (text: string): boolean => /[\\{]/.test(text);
