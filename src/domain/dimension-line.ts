/** What a dimension line may and may not do: the value that a payment has in a dimension. */
import { CustomerPayment, Dimension, DimensionLine, DimensionValue } from '../../entities';
import { odataError, parentKey, type Draft, type RuleContext, type Rules } from '../odata';
import { given, isBlank } from './blank';
import { refuse } from './refuse';

/** More dimensions than a company has. */
const MANY = 1000;

const valueFields = ['id', 'dimensionId'] as const;

/** Values that a body names: by id, and by code in any dimension, because the dimension is looked up at the same time. */
interface NamedValues {
  readonly byId: { readonly id: string; readonly dimensionId: string } | undefined;
  readonly byCode: readonly { readonly id: string; readonly dimensionId: string }[];
}

export const dimensionLineRules: Rules<DimensionLine> = {
  fixedMessage: 'The ID and Code fields cannot be modified.',

  locksParent: () => true,

  async create(draft, context) {
    if (isBlank(draft.id) && isBlank(draft.code)) throw refuse('The ID or Code field must be filled in.', 'id');
    if (isBlank(draft.valueId) && isBlank(draft.valueCode))
      throw refuse('The valueId or valueCode field must be filled in.', 'valueId');
    const [payment, dimension, values, lines] = await Promise.all([
      context.parent(CustomerPayment),
      dimensionOf(draft, context),
      namedValues(draft, context),
      context.list(DimensionLine, { parentId: parentKey }, ['id'], MANY),
    ]);
    if (lines.some(({ id }) => id === dimension.id)) throw taken(dimension.code);
    draft.id = dimension.id;
    draft.valueId = valueIn(dimension.id, draft, values);
    context.touch(CustomerPayment, { id: payment.id });
  },

  async update(draft, current, context) {
    if (!isBlank(draft.valueId) || !isBlank(draft.valueCode))
      draft.valueId = valueIn(current.id, draft, await namedValues(draft, context));
    else if (draft.valueId !== undefined || draft.valueCode !== undefined)
      throw refuse('The valueId or valueCode field must be filled in.', 'valueId');
    context.touch(CustomerPayment, { id: current.parentId });
  },

  delete({ parentId }, context) {
    context.touch(CustomerPayment, { id: parentId });
  },
};

const taken = (code: string): Error =>
  odataError(
    'Internal_EntityWithSameKeyExists',
    { message: `A dimension line with the dimension ${code} already exists on the payment.` },
    { target: 'id' },
  );

async function dimensionOf(
  draft: Draft<DimensionLine>,
  context: RuleContext,
): Promise<{ readonly id: string; readonly code: string }> {
  const id = given(draft.id);
  const code = given(draft.code);
  const [byId, byCode] = await Promise.all([
    id === undefined ? undefined : context.find(Dimension, { id }, ['id', 'code']),
    code === undefined ? undefined : context.find(Dimension, { code }, ['id', 'code']),
  ]);
  if (id !== undefined && !byId) throw refuse('The "id" does not match to a Dimension.', 'id');
  if (code !== undefined && !byCode) throw refuse('The "code" does not match to a Dimension.', 'code');
  if (byId && byCode && byId.id !== byCode.id)
    throw refuse('The dimension field values do not match to a specific Dimension.', 'id');
  const dimension = byId ?? byCode;
  if (!dimension) throw refuse('The ID or Code field must be filled in.', 'id');
  return dimension;
}

async function namedValues(draft: Draft<DimensionLine>, context: RuleContext): Promise<NamedValues> {
  const id = given(draft.valueId);
  const code = given(draft.valueCode);
  const [byId, byCode] = await Promise.all([
    id === undefined ? undefined : context.find(DimensionValue, { id }, valueFields),
    code === undefined ? [] : context.list(DimensionValue, { code }, valueFields, MANY),
  ]);
  return { byId, byCode };
}

/** The id of the value in its dimension: a value of another dimension is none. */
function valueIn(dimensionId: string, draft: Draft<DimensionLine>, { byId, byCode }: NamedValues): string {
  const idValue = byId?.dimensionId === dimensionId ? byId : undefined;
  const codeValue = byCode.find((value) => value.dimensionId === dimensionId);
  if (!isBlank(draft.valueId) && !idValue)
    throw refuse('The "valueId" does not match to a Dimension Value.', 'valueId');
  if (!isBlank(draft.valueCode) && !codeValue)
    throw refuse('The "valueCode" does not match to a Dimension Value.', 'valueCode');
  if (idValue && codeValue && idValue.id !== codeValue.id) {
    // The misspelling is that of Business Central, whose texts clients may compare.
    throw refuse(
      'The values of the Dimension Code field and the Dimension ID field do not refer to the same Dmension Value.',
      'valueId',
    );
  }
  const value = idValue ?? codeValue;
  if (!value) throw refuse('The valueId or valueCode field must be filled in.', 'valueId');
  return value.id;
}
