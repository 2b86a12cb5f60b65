/** The columns of a file as properties of a payment, and a row as the body of a POST. */
import type { EntityType, Property } from '../odata/model/model';
import { didYouMean } from '../odata/url/did-you-mean';
import type { CsvRow } from './csv-rows';
import { ImportError } from './import-error';
import type { ImportOptions } from './import-options';

/** A row that is ready to be sent, or what is wrong with it. */
export type PaymentRow = Pick<CsvRow, 'line' | 'end'> &
  ({ readonly body: Readonly<Record<string, string | number>> } | { readonly reason: string });

type Format = Pick<ImportOptions, 'decimalComma' | 'negate'>;

/** What every file must say. */
const REQUIRED = 'amount';

/** `Customer Number`, `customer_number` and `customerNumber` are one name. */
const plain = (name: string): string => name.toLowerCase().replace(/[\s_-]/g, '');

/** The properties that the header names; throws all that is wrong with it at once. */
export function paymentColumns(header: readonly string[], { properties }: EntityType): readonly Property[] {
  const known = new Map([...properties.values()].map((property) => [plain(property.name), property]));
  const names = [...known.values()].filter(({ computed }) => !computed).map(({ name }) => name);
  const problems: string[] = [];
  const columns = header.flatMap((name, index) => {
    const property = known.get(plain(name));
    if (name === '') problems.push(`Column ${index + 1} has no name.`);
    else if (!property) problems.push(`A payment has no "${name}".${didYouMean(name, names)}`);
    else if (property.computed) problems.push(`"${property.name}" is set by the service.`);
    return property ?? [];
  });
  for (const { name } of new Set(columns.filter((one, index) => columns.indexOf(one) !== index)))
    problems.push(`There are two columns "${name}".`);
  if (!columns.some(({ name }) => name === REQUIRED)) problems.push(`There is no column "${REQUIRED}".`);
  if (problems.length === 0) return columns;
  throw new ImportError(
    `The first line must name the columns.\n${problems.map((problem) => `  - ${problem}`).join('\n')}\nA column can be ${names.join(', ')}.`,
  );
}

/** The row as a payment. Blank cells are left out: the service fills them as for every new payment. */
export function paymentRow({ line, end, values }: CsvRow, columns: readonly Property[], format: Format): PaymentRow {
  if (values.length !== columns.length)
    return { line, end, reason: `The row has ${values.length} values, the header names ${columns.length} columns.` };
  try {
    const body = columns.flatMap((column, index) => {
      const text = values[index] ?? '';
      return text === '' && column.name !== REQUIRED ? [] : [[column.name, valueOf(column, text, format)] as const];
    });
    return { line, end, body: Object.fromEntries(body) };
  } catch (error) {
    if (error instanceof NoAmount) return { line, end, reason: error.message };
    throw error;
  }
}

class NoAmount extends Error {}

/** What the type of a property does not take goes as text: the service says what is wrong with it. */
function valueOf({ name, type }: Property, text: string, format: Format): string | number {
  if (type.kind !== 'primitive') return text;
  if (type.name === 'Edm.Decimal') return amountOf(name, text, format);
  return type.name === 'Edm.Int32' && /^[+-]?\d{1,15}$/.test(text) ? Number(text) : text;
}

/** Exact, as decimal text; never guessed, because 1.234 is two different amounts. */
function amountOf(name: string, text: string, { decimalComma, negate }: Format): string {
  const pattern = decimalComma ? /^([+-]?)(\d+)(?:,(\d+))?$/ : /^([+-]?)(\d+)(?:\.(\d+))?$/;
  const [, sign, whole, fraction] = pattern.exec(text) ?? [];
  if (whole === undefined) throw new NoAmount(noAmount(name, text, decimalComma));
  const digits = fraction === undefined ? whole : `${whole}.${fraction}`;
  return (sign === '-') === negate ? digits : `-${digits}`;
}

function noAmount(name: string, text: string, decimalComma: boolean): string {
  if (text === '') return `${name}: There is no amount.`;
  if (!decimalComma && /^[+-]?[\d.]*,\d+$/.test(text))
    return `${name}: "${text}" has a decimal comma. Import the file with --decimal-comma if 1234,56 is what it means.`;
  const example = decimalComma ? '1234,56' : '1234.56';
  return `${name}: "${text}" is no amount. Write it as ${example}, without signs between thousands.`;
}
