/** What a posted entry is analysed by. */
import { CustomerLedgerEntry } from '../../entities';
import { complexType, sql, type FunctionDeclaration } from '../odata';
import { text } from './fields';

const entryDimension = complexType('entryDimension', 'The value that a ledger entry has in a dimension.', {
  id: { type: 'Edm.Guid', description: 'The id of the dimension.' },
  code: { ...text(20), description: 'The code of the dimension.' },
  displayName: { ...text(30, true), description: 'The name of the dimension.' },
  valueId: { type: 'Edm.Guid', description: 'The id of the value.' },
  valueCode: { ...text(20), description: 'The code of the value.' },
  valueDisplayName: { ...text(50, true), description: 'The name of the value.' },
});

/** The dimension lines that the payment had when it was posted. */
export const entryDimensions: FunctionDeclaration = {
  binding: CustomerLedgerEntry,
  returns: [entryDimension],
  description: 'The values that the payment had in its dimensions when it was posted.',
  definition: {
    rows: ({ bound }) => sql`
      select d.id, d.code, d.display_name as "displayName", v.id as "valueId", v.code as "valueCode", v.display_name as "valueDisplayName"
      from customer_ledger_entry_dimensions e
      join dimensions d on d.id = e.dimension_id
      join dimension_values v on v.id = e.dimension_value_id
      where e.entry_id = ${bound('id')}`,
    key: ['id'],
    order: ['code'],
  },
};
