/** Document numbers end in digits that count. */

const DOCUMENT_NUMBER_LENGTH = 20;

/** The number after this one: its last digits count up. A number without digits, or without room for more of them, stays. */
export function nextDocumentNumber(number: string): string {
  const match = /^(.*?)(\d+)(\D*)$/s.exec(number);
  if (!match) return number;
  const [, before = '', digits = '', after = ''] = match;
  const next = before + (BigInt(digits) + 1n).toString().padStart(digits.length, '0') + after;
  return next.length > DOCUMENT_NUMBER_LENGTH ? number : next;
}
