/** Members of enumerations and the numbers behind them. CSDL §10, JSON §7.1 */
import type { EnumType } from './model';

/** The flags that others cannot be made of: a number is the sum of some of them. */
export const singleFlags = ({ members }: EnumType): readonly (readonly [name: string, value: number])[] =>
  [...members].filter(([, value]) => {
    const within = [...members.values()].filter((other) => other !== value && covers(value, other));
    return value !== 0 && BigInt(value) !== combined(within);
  });

/** All bits of the second are set in the first. */
const covers = (value: number, part: number): boolean => part !== 0 && (BigInt(value) & BigInt(part)) === BigInt(part);

const combined = (values: readonly number[]): bigint => values.reduce((all, value) => all | BigInt(value), 0n);

/** The text of a stored number: the name of the member, or those of flags that make it up; undefined when none do. */
export function memberNames(type: EnumType, value: number): string | undefined {
  const exact = [...type.members].find(([, member]) => member === value);
  if (exact) return exact[0];
  if (!type.isFlags) return undefined;
  const flags = singleFlags(type).filter(([, member]) => covers(value, member));
  const isComplete = flags.length > 0 && combined(flags.map(([, member]) => member)) === BigInt(value);
  return isComplete ? flags.map(([name]) => name).join() : undefined;
}

/** The same, or the number itself. JSON §7.1 */
export const memberText = (type: EnumType, value: number): string => memberNames(type, value) ?? String(value);

/** The number that names, or the numbers behind them, stand for: several only of flags. Undefined when a part is no member. */
export function memberValue(type: EnumType, text: string): number | undefined {
  const parts = text.split(',').map((part) => part.trim());
  if (parts.length > 1 && !type.isFlags) return undefined;
  const values = parts.map((part) => type.members.get(part) ?? (/^-?\d{1,16}$/.test(part) ? Number(part) : undefined));
  const numbers = values.filter((value) => value !== undefined);
  const value = Number(combined(numbers));
  const isKnown = memberNames(type, value) !== undefined || (type.isFlags && value === 0);
  return numbers.length === parts.length && isKnown ? value : undefined;
}
