/** Decimal numbers as exact text: no number of JavaScript ever holds an amount. CSDL 4.01 §7.2.3–7.2.4 */

import { withoutTrailing } from '../model/trailing';

/** A decimal number taken apart: its value is `digits` × 10^-`scale`, with neither leading nor trailing zeros in `digits`. */
interface Decimal {
  readonly negative: boolean;
  readonly digits: string;
  /** Number of digits behind the point; negative when zeros follow the digits. */
  readonly scale: number;
}

const form = /^([+-]?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/** Further exponents than this are nobody's amount, and would take memory to write out. */
const MAX_EXPONENT = 400;

function takeApart(text: string): Decimal | undefined {
  const match = form.exec(text);
  if (!match) return undefined;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  const all = (whole + fraction).replace(/^0+/, '');
  const digits = withoutTrailing(all, '0');
  if (digits === '') return { negative: false, digits: '', scale: 0 };
  return { negative: sign === '-', digits, scale: fraction.length - Number(exponent) - (all.length - digits.length) };
}

function write({ negative, digits, scale }: Decimal): string {
  if (digits === '') return '0';
  const padded = scale > 0 ? digits.padStart(scale + 1, '0') : digits + '0'.repeat(-scale);
  const point = padded.length - Math.max(scale, 0);
  return `${negative ? '-' : ''}${padded.slice(0, point)}${scale > 0 ? `.${padded.slice(point)}` : ''}`;
}

/** What is wrong with a decimal number. */
export type DecimalFault = 'form' | 'scale' | 'precision';

/** The number as plain text without exponent and superfluous zeros, or what keeps it from fitting precision and scale. Never rounds. */
export function canonicalDecimal(
  text: string,
  precision?: number,
  scale?: number,
): { readonly text: string } | { readonly fault: DecimalFault } {
  const number = takeApart(text);
  if (!number) return { fault: 'form' };
  if (scale !== undefined && number.scale > scale) return { fault: 'scale' };
  const whole = number.digits.length - number.scale;
  if (precision !== undefined && whole > precision - (scale ?? 0)) return { fault: 'precision' };
  if (Math.abs(number.scale) > MAX_EXPONENT) return { fault: 'precision' };
  return { text: write(number) };
}
