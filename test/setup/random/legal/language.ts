/** The operators and functions of the standard, by the types of their operands. URL Conventions §5.1.1 */
import type { Dice } from '../dice';
import type { Schema } from './schema';

/** From those of least range to those of most. URL Conventions §5.1.1.16 */
const integers = ['Edm.Byte', 'Edm.SByte', 'Edm.Int16', 'Edm.Int32', 'Edm.Int64'];
export const numeric = [...integers, 'Edm.Decimal', 'Edm.Single', 'Edm.Double'];

/** Types whose values have an order. */
export const ordered = [
  ...numeric,
  'Edm.String',
  'Edm.Date',
  'Edm.DateTimeOffset',
  'Edm.TimeOfDay',
  'Edm.Duration',
  'Edm.Boolean',
];

/** Those that have no null beside them in a list. */
export const infinite: ReadonlySet<string> = new Set();

/** The types of operands that are promoted to one. */
export function promoted(type: string): readonly string[] {
  if (type === 'Edm.Double') return [type, type, 'Edm.Single', 'Edm.Decimal', 'Edm.Int32'];
  if (type === 'Edm.Decimal') return [type, type, 'Edm.Int64', 'Edm.Int16', 'Edm.Byte'];
  if (type === 'Edm.Int64') return [type, 'Edm.Int32', 'Edm.Int16'];
  if (type === 'Edm.Int32') return [type, type, 'Edm.Int16', 'Edm.Byte', 'Edm.SByte'];
  return [type];
}

type Function = readonly [returns: string, name: string, parameters: readonly string[]];

const table = `
Boolean contains String String
Boolean startswith String String
Boolean endswith String String
Boolean matchespattern String String
Boolean hassubset [String] [String]
Boolean hassubsequence [String] [String]
Boolean hassubset [Int32] [Int32]
Boolean contains [String] [String]
Boolean startswith [String] [String]
Boolean endswith [String] [String]
Int32 length String
Int32 length [String]
Int32 length [Int32]
Int32 indexof String String
Int32 indexof [String] [String]
String concat String String
String substring String Int32
String substring String Int32 Int32
String tolower String
String toupper String
String trim String
Int32 year Date
Int32 year DateTimeOffset
Int32 month Date
Int32 month DateTimeOffset
Int32 day Date
Int32 day DateTimeOffset
Int32 hour DateTimeOffset
Int32 hour TimeOfDay
Int32 minute DateTimeOffset
Int32 minute TimeOfDay
Int32 second DateTimeOffset
Int32 second TimeOfDay
Decimal fractionalseconds DateTimeOffset
Decimal fractionalseconds TimeOfDay
Int32 totaloffsetminutes DateTimeOffset
Decimal totalseconds Duration
Date date DateTimeOffset
TimeOfDay time DateTimeOffset
DateTimeOffset now
DateTimeOffset maxdatetime
DateTimeOffset mindatetime
Decimal round Decimal
Double round Double
Decimal floor Decimal
Double floor Double
Decimal ceiling Decimal
Double ceiling Double
`;

const edm = (name: string): string => (name.startsWith('[') ? `[Edm.${name.slice(1)}` : `Edm.${name}`);

export const functions: readonly Function[] = table
  .trim()
  .split('\n')
  .map((line) => {
    const [returns = '', name = '', ...parameters] = line.split(' ');
    return [edm(returns), name, parameters.map(edm)];
  });

type Operation = readonly [operator: string, left: string, right: string];
const same = (type: string, operators: readonly string[]): Operation[] => operators.map((one) => [one, type, type]);
const arithmetic = ['add', 'sub', 'mul', 'div', 'mod', '-'];

/** What gives values of a type; `-` has one operand. */
export const quantities: ReadonlyMap<string, readonly Operation[]> = new Map([
  ...['Edm.Int32', 'Edm.Int64', 'Edm.Double'].map((type) => [type, same(type, arithmetic)] as const),
  ['Edm.Decimal', same('Edm.Decimal', [...arithmetic, 'divby'])],
  [
    'Edm.Duration',
    [
      ...same('Edm.Duration', ['add', 'sub', '-']),
      ...same('Edm.DateTimeOffset', ['sub']),
      ...same('Edm.Date', ['sub']),
      ['mul', 'Edm.Duration', 'Edm.Int32'],
    ],
  ],
  [
    'Edm.Date',
    [
      ['add', 'Edm.Date', 'Edm.Duration'],
      ['sub', 'Edm.Date', 'Edm.Duration'],
    ],
  ],
  [
    'Edm.DateTimeOffset',
    [
      ['add', 'Edm.DateTimeOffset', 'Edm.Duration'],
      ['sub', 'Edm.DateTimeOffset', 'Edm.Duration'],
    ],
  ],
]);

const literals: Readonly<Record<string, readonly string[]>> = {
  'Edm.Boolean': ['true', 'false'],
  'Edm.Byte': ['0', '7'],
  'Edm.SByte': ['-3', '7'],
  'Edm.Int16': ['-3', '300'],
  'Edm.Int32': ['0', '1', '-70000'],
  'Edm.Int64': ['0', '5000000000'],
  'Edm.Decimal': ['1.5', '-0.25', '2'],
  'Edm.Single': ['1.5', '2'],
  'Edm.Double': ['1.5', '1e3', '-2E-2', 'INF', '-INF', 'NaN'],
  'Edm.String': ["''", "'a'", "'O''Neil'", "'x y'", "'1'"],
  'Edm.Date': ['2020-02-29', '2024-01-01'],
  'Edm.DateTimeOffset': ['2020-02-29T12:30:00Z', '2024-01-01T00:00:00.5+02:00', '2024-01-01T00:00Z'],
  'Edm.TimeOfDay': ['12:30:00', '00:00', '07:59:59.999'],
  'Edm.Duration': ["duration'P1DT2H'", "duration'-PT0.5S'", "'P1D'"],
  'Edm.Guid': ['00000000-0000-0000-0000-000000000001'],
  'Edm.Binary': ["binary'AAEC'"],
};

export function literalOf({ enums, namespace }: Schema, dice: Dice, type: string): string {
  const members = enums[type];
  if (members) return `${dice.chance(0.6) ? `${namespace}.${type}` : ''}'${dice.pick(members)}'`;
  return dice.pick(literals[type] ?? ['null']);
}
