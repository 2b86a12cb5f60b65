/** What a default dimension of a customer may and may not do. */
import { DefaultDimension } from '../../entities';
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
import { refuse } from './refuse';

const by: NamedBy = {
  id: 'dimensionId',
  code: 'dimensionCode',
  valueId: 'dimensionValueId',
  valueCode: 'dimensionValueCode',
  missing: 'The dimensionId or dimensionCode field must be filled in.',
};

const valueOf = ({ dimensionValueId: id, dimensionValueCode: code }: Draft<DefaultDimension>) => ({ id, code });

export const defaultDimensionRules: Rules<DefaultDimension> = {
  references: ['dimensionValueCode'],

  fixedMessage: 'The dimensionId and dimensionCode fields cannot be modified.',

  locksParent: (write) => write === 'create',

  async create(draft, context) {
    const named = { id: draft.dimensionId, code: draft.dimensionCode };
    const value = valueOf(draft);
    checkDimension(named, by);
    const [dimension, values, others] = await Promise.all([
      dimensionOf(named, by, context),
      names(value) ? namedValues(value, context) : undefined,
      context.list(DefaultDimension, { parentId: parentKey }, ['dimensionId'], MANY),
    ]);
    if (others.some(({ dimensionId }) => dimensionId === dimension.id)) throw taken(dimension.code);
    draft.dimensionId = dimension.id;
    draft.dimensionValueId = values ? valueIn(dimension.id, value, values, by) : null;
    checkValidation(draft.dimensionValueId, draft.postingValidation ?? '_x0020_');
  },

  async update(draft, current, context) {
    const value = valueOf(draft);
    if (names(value))
      draft.dimensionValueId = valueIn(current.dimensionId, value, await namedValues(value, context), by);
    else if (value.id !== undefined || value.code !== undefined) draft.dimensionValueId = null;
    const { dimensionValueId = current.dimensionValueId, postingValidation = current.postingValidation } = draft;
    checkValidation(dimensionValueId, postingValidation);
  },
};

/** A default gives a value, or posting checks something: one without either is none. What must not be there cannot be given. */
function checkValidation(valueId: string | null, validation: DefaultDimension['postingValidation']): void {
  if (validation === '_x0020_') checkValue({ id: valueId, code: undefined }, by);
  if (validation === 'No_x0020_Code' && valueId !== null)
    throw refuse('The Dimension Value Code must be blank when the posting validation is No Code.', by.valueId);
}

const taken = (code: string): Error =>
  odataError(
    'Internal_EntityWithSameKeyExists',
    { message: `A default dimension with the dimension ${code} already exists on the customer.` },
    { target: 'dimensionId' },
  );
