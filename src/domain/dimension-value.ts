/** The dimension and the value in it that a body names, each by id or code: the same for payments and for customers. */
import { Dimension, DimensionValue } from '../../entities';
import type { RuleContext } from '../odata';
import { given, isBlank } from './blank';
import { refuse } from './refuse';

/** More values of one code, or lines of one payment, than a company has dimensions. */
export const MANY = 1000;

const valueFields = ['id', 'dimensionId'] as const;

/** What a body says, by the names of its properties. */
export interface NamedBy {
  readonly id: string;
  readonly code: string;
  readonly valueId: string;
  readonly valueCode: string;
  /** Said when neither id nor code is sent. */
  readonly missing: string;
}

/** Two of those properties. */
interface Pair {
  readonly id: string | null | undefined;
  readonly code: string | null | undefined;
}

/** Values that a body names: by id, and by code in any dimension, because the dimension is looked up at the same time. */
interface NamedValues {
  readonly byId: { readonly id: string; readonly dimensionId: string } | undefined;
  readonly byCode: readonly { readonly id: string; readonly dimensionId: string }[];
}

/** True when a body names something. */
export const names = ({ id, code }: Pair): boolean => !isBlank(id) || !isBlank(code);

/** Refuses a body that names no dimension. */
export function checkDimension(pair: Pair, by: NamedBy): void {
  if (!names(pair)) throw refuse(by.missing, by.id);
}

/** Refuses a body that names no value. */
export function checkValue(pair: Pair, by: NamedBy): void {
  if (!names(pair)) throw noValue(by);
}

const noValue = ({ valueId, valueCode }: NamedBy): Error =>
  refuse(`The ${valueId} or ${valueCode} field must be filled in.`, valueId);

/** The dimension that a body names. */
export async function dimensionOf(
  pair: Pair,
  by: NamedBy,
  context: RuleContext,
): Promise<{ readonly id: string; readonly code: string }> {
  const id = given(pair.id);
  const code = given(pair.code);
  const [byId, byCode] = await Promise.all([
    id === undefined ? undefined : context.find(Dimension, { id }, ['id', 'code']),
    code === undefined ? undefined : context.find(Dimension, { code }, ['id', 'code']),
  ]);
  if (id !== undefined && !byId) throw refuse(`The "${by.id}" does not match to a Dimension.`, by.id);
  if (code !== undefined && !byCode) throw refuse(`The "${by.code}" does not match to a Dimension.`, by.code);
  if (byId && byCode && byId.id !== byCode.id)
    throw refuse('The dimension field values do not match to a specific Dimension.', by.id);
  const dimension = byId ?? byCode;
  if (!dimension) throw refuse(by.missing, by.id);
  return dimension;
}

/** What could be the value that a body names. */
export async function namedValues(pair: Pair, context: RuleContext): Promise<NamedValues> {
  const id = given(pair.id);
  const code = given(pair.code);
  const [byId, byCode] = await Promise.all([
    id === undefined ? undefined : context.find(DimensionValue, { id }, valueFields),
    code === undefined ? [] : context.list(DimensionValue, { code }, valueFields, MANY),
  ]);
  return { byId, byCode };
}

/** The id of the value in its dimension: a value of another dimension is none. */
export function valueIn(dimensionId: string, pair: Pair, { byId, byCode }: NamedValues, by: NamedBy): string {
  const idValue = byId?.dimensionId === dimensionId ? byId : undefined;
  const codeValue = byCode.find((value) => value.dimensionId === dimensionId);
  if (!isBlank(pair.id) && !idValue)
    throw refuse(`The "${by.valueId}" does not match to a Dimension Value.`, by.valueId);
  if (!isBlank(pair.code) && !codeValue)
    throw refuse(`The "${by.valueCode}" does not match to a Dimension Value.`, by.valueCode);
  if (idValue && codeValue && idValue.id !== codeValue.id) {
    // The misspelling is that of Business Central, whose texts clients may compare.
    throw refuse(
      'The values of the Dimension Code field and the Dimension ID field do not refer to the same Dmension Value.',
      by.valueId,
    );
  }
  const value = idValue ?? codeValue;
  if (!value) throw noValue(by);
  return value.id;
}
