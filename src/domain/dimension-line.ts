/** What a dimension line may and may not do: the value that a payment has in a dimension. */
import { CustomerPayment, DimensionLine } from '../../entities';
import { odataError, parentKey, type Draft, type Rules } from '../odata';
import {
  checkDimension,
  checkValue,
  dimensionOf,
  MANY,
  namedValues,
  names,
  valueIn,
  type NamedBy,
} from './dimension-value';

const by: NamedBy = {
  id: 'id',
  code: 'code',
  valueId: 'valueId',
  valueCode: 'valueCode',
  missing: 'The ID or Code field must be filled in.',
};

const valueOf = ({ valueId: id, valueCode: code }: Draft<DimensionLine>) => ({ id, code });

export const dimensionLineRules: Rules<DimensionLine> = {
  fixedMessage: 'The ID and Code fields cannot be modified.',

  locksParent: () => true,

  async create(draft, context) {
    const named = { id: draft.id, code: draft.code };
    checkDimension(named, by);
    checkValue(valueOf(draft), by);
    const [payment, dimension, values, lines] = await Promise.all([
      context.parent(CustomerPayment),
      dimensionOf(named, by, context),
      namedValues(valueOf(draft), context),
      context.list(DimensionLine, { parentId: parentKey }, ['id'], MANY),
    ]);
    if (lines.some(({ id }) => id === dimension.id)) throw taken(dimension.code);
    draft.id = dimension.id;
    draft.valueId = valueIn(dimension.id, valueOf(draft), values, by);
    context.touch(CustomerPayment, { id: payment.id });
  },

  async update(draft, current, context) {
    const value = valueOf(draft);
    if (names(value)) draft.valueId = valueIn(current.id, value, await namedValues(value, context), by);
    else if (draft.valueId !== undefined || draft.valueCode !== undefined) checkValue(value, by);
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
