/** Digits of a second. A literal has up to twelve (ABNF), PostgreSQL keeps six, and rounds: what it keeps lies below or above such a literal, never on it. */
import { canonicalDuration, finerDuration } from './duration';
import type { EdmTypeName } from './types';

/** The texts by which a literal is compared with what is kept, and with another literal. */
export interface Grains {
  /** The greatest that is kept and is not above the literal; undefined where the literal is cut to that anyway. */
  readonly below?: (text: string) => string;
  /** The least that is kept and is not below it. */
  readonly above: (text: string) => string;
  /** The literal; `nothing` where it is finer than what is kept. */
  readonly itself: (text: string) => string;
  /** How far above the one below it is, in millionths of what is kept. */
  readonly rest: (text: string) => string;
}

const behindKept = /\.\d{6}(\d+)/;

/** The digits that are not kept, as a number. */
const rest = (text: string): string => (behindKept.exec(text)?.[1] ?? '').padEnd(6, '0');

const finer = /(\d\d)\.(\d{6})\d*[1-9]\d*/;

/** PostgreSQL reads a sixtieth second as the next minute. */
const next = (_: string, seconds: string, fraction: string): string =>
  String(BigInt(seconds + fraction) + 1n)
    .padStart(8, '0')
    .replace(/^../, '$&.');

const clocked = (nothing: string): Grains => ({
  above: (text) => text.replace(finer, next),
  itself: (text) => (finer.test(text) ? nothing : text),
  rest,
});

/** The moment or time of day without the digits that are not kept. */
export const cutFraction = (text: string): string => text.replace(/(\.\d{6})\d+/, '$1');

const grains: Partial<Readonly<Record<EdmTypeName, Grains>>> = {
  'Edm.DateTimeOffset': clocked('infinity'),
  'Edm.TimeOfDay': clocked('24:00:00'),
  'Edm.Duration': {
    below: (text) => finerDuration(text)?.below ?? canonicalDuration(text),
    above: (text) => finerDuration(text)?.above ?? canonicalDuration(text),
    itself: (text) => (finerDuration(text) ? 'P178000000Y' : canonicalDuration(text)),
    rest: (text) => (text.startsWith('-') && finerDuration(text) ? String(1_000_000 - Number(rest(text))) : rest(text)),
  },
};

/** Those of a type that has seconds; undefined for others. */
export const grainsOf = (name: EdmTypeName): Grains | undefined => grains[name];
