/** What other languages and older versions of OData write, and how it is written here: the end of a message about a text that cannot be read. */

/** Where an operator could stand: a pattern of what stands there instead, and the operator that means it. */
const operators: readonly (readonly [RegExp, string])[] = [
  [/={1,3}/y, "'eq'"],
  [/!={1,2}|<>/y, "'ne'"],
  [/>=/y, "'ge'"],
  [/<=/y, "'le'"],
  [/>/y, "'gt'"],
  [/</y, "'lt'"],
  [/&&/y, "'and'"],
  [/\|\|/y, "'or'"],
  [/\+/y, "'add'"],
  [/-/y, "'sub'"],
  [/\*/y, "'mul'"],
  [/\//y, "'div' or 'divby'"],
  [/%/y, "'mod'"],
  [/is[ \t]+not[ \t]+null\b/iy, "'ne null'"],
  [/is[ \t]+null\b/iy, "'eq null'"],
  [/not[ \t]+in\b/iy, "'not (… in …)'"],
  [/(?:not[ \t]+)?like\b/iy, "'contains', 'startswith', 'endswith' or 'matchesPattern'"],
  [/between\b/iy, "'ge' and 'le'"],
];

/** Where a value could stand: a pattern of what stands there instead, and what is said of it. */
const values: readonly (readonly [RegExp, string])[] = [
  [/"/y, "Texts stand in single quotes: 'text'."],
  [/-?\d{4,}-\d{1,2}-\d{1,2}[Tt ][\d:.]*/y, 'A point in time has its time zone: 2026-01-31T23:59:59Z.'],
  [/-?\d{4,}-\d{1,2}-\d{1,2}/y, 'A date has its month, 01 to 12, and its day in two digits: 2026-01-31.'],
  [/[+-]?\d+(?:\.\d+)?[LlMmFfDd](?!\w)/y, 'A number has no letter behind it.'],
  [/[\dA-Fa-f]{2,}(?:-[\dA-Fa-f]+){2,}/y, 'A Guid has 8, 4, 4, 4 and 12 hexadecimal digits.'],
];

/** By what was expected: what may stand there instead, and the sentence about it. */
const habits: ReadonlyMap<string, readonly (readonly [RegExp, string])[]> = new Map([
  ['an expression', values],
  ['an operator', operators.map(([pattern, operator]) => [pattern, `Write ${operator}.`] as const)],
]);

/** ` Write 'eq'.` for what was found at a position, where one of the things expected is written otherwise here; else the empty string. */
export function habitAt(text: string, position: number, expected: readonly string[]): string {
  for (const what of expected)
    for (const [pattern, sentence] of habits.get(what) ?? []) {
      pattern.lastIndex = position;
      if (pattern.test(text)) return ` ${sentence}`;
    }
  return '';
}

/** How literals are written that had a prefix in older versions, by that prefix. */
const prefixes: ReadonlyMap<string, string> = new Map([
  ['datetime', '2026-01-31T23:59:59Z'],
  ['datetimeoffset', '2026-01-31T23:59:59Z'],
  ['time', "23:59:59, and a duration duration'PT1H'"],
  ['guid', '01234567-89ab-cdef-0123-456789abcdef'],
  ['x', "binary'AQID'"],
]);

/** ` It is written …` for a literal with the prefix of an older version, else the empty string. */
export function habitOfPrefix(prefix: string): string {
  const written = prefixes.get(prefix.toLowerCase());
  return written === undefined ? '' : ` Such a value is written ${written}.`;
}

/** Names of other languages and older versions, in small letters, for functions that do the same. */
export const functionsElsewhere: ReadonlyMap<string, string> = new Map([
  ['substringof', 'contains'],
  ['instr', 'indexof'],
  ['ucase', 'toupper'],
  ['upper', 'toupper'],
  ['lcase', 'tolower'],
  ['lower', 'tolower'],
  ['len', 'length'],
  ['ceil', 'ceiling'],
  ['regexp', 'matchesPattern'],
]);
