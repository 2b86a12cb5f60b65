/** Bounds of numbers that an entity declares with TypeORM's `@Check`, where they say no more than that. Vocabulary Org.OData.Validation.V1 */
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';

/** The least and the greatest value, both allowed. */
interface Bounds {
  readonly minimum?: number;
  readonly maximum?: number;
}

const number = '(-?\\d+(?:\\.\\d+)?)';
const compared = new RegExp(`^"?(\\w+)"?\\s*(>=|<=|>|<)\\s*${number}$`);
const between = new RegExp(`^"?(\\w+)"?\\s+between\\s+${number}\\s+and\\s+${number}$`, 'i');

/** The bounds of a column; those that exclude their limit are moved to the next whole number. */
export const boundsOf = ({ databaseName, entityMetadata: { checks } }: ColumnMetadata, isWhole: boolean): Bounds =>
  checks
    .map(({ expression }) => read(expression.trim(), databaseName, isWhole))
    .reduce<Bounds>((all, bounds) => ({ ...all, ...bounds }), {});

function read(expression: string, column: string, isWhole: boolean): Bounds {
  const [, first, least, most] = between.exec(expression) ?? [];
  if (first === column) return { minimum: Number(least), maximum: Number(most) };
  const [, name, operator = '', limit] = compared.exec(expression) ?? [];
  if (name !== column || (operator.length === 1 && !isWhole)) return {};
  const step = operator === '>' ? 1 : operator === '<' ? -1 : 0;
  const value = Number(limit) + step;
  return operator.startsWith('>') ? { minimum: value } : { maximum: value };
}
