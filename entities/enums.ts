/** The enumerations of the model. The members' names are the labels of the PostgreSQL enum types, in the same order. */

/** What kind of contact a customer is. */
export const contactType = {
  name: 'contactType',
  members: { Company: 0, Person: 1 },
  description: 'Whether a customer is a company or a person.',
} as const;
export type ContactType = keyof typeof contactType.members;

/** What a customer is blocked for. */
export const customerBlocked = {
  name: 'customerBlocked',
  members: { None: 0, Ship: 1, Invoice: 2, All: 3 },
  description: 'Which documents may not be made for a customer; All stops payments too.',
} as const;
export type CustomerBlocked = keyof typeof customerBlocked.members;

/** Where a sales invoice stands. */
export const salesInvoiceStatus = {
  name: 'salesInvoiceStatus',
  members: { Draft: 0, In_x0020_Review: 1, Open: 2, Paid: 3, Canceled: 4, Corrective: 5 },
  description: 'Where a sales invoice stands; all but Draft and In Review are posted.',
} as const;
export type SalesInvoiceStatus = keyof typeof salesInvoiceStatus.members;

/** What posting checks of a default dimension. The blank member has the name that Business Central gives it on the wire. */
export const defaultDimensionValuePostingType = {
  name: 'defaultDimensionValuePostingType',
  members: { _x0020_: 0, Code_x0020_Mandatory: 1, Same_x0020_Code: 2, No_x0020_Code: 3 },
  description:
    'What a payment of the customer must have in the dimension when it is posted: anything, some value, the very value of the default, or none.',
} as const;
export type DefaultDimensionValuePostingType = keyof typeof defaultDimensionValuePostingType.members;

/** The column options of an enumeration: a PostgreSQL enum type of the given name. */
export const enumColumn = (enumName: string, enumeration: { readonly members: Readonly<Record<string, number>> }) =>
  ({ type: 'enum', enumName, enum: Object.keys(enumeration.members) }) as const;
