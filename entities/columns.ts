/** Options of columns that every entity writes alike. */

/** Text of at most `length` code points, compared by code point. */
export const text = (length: number) => ({ type: 'varchar', length, collation: 'C' }) as const;

/** Text of any length, compared by code point. */
export const longText = { type: 'text', collation: 'C' } as const;

/** An amount of money, exact. */
export const money = { type: 'numeric', precision: 18, scale: 5 } as const;

/** A moment in UTC, to the millisecond. */
export const moment = { type: 'timestamptz', precision: 3 } as const;

/** The number that every write raises. */
export const version = { type: 'integer', default: 1, comment: 'Raised by every write; the ETag.' } as const;

/** The time of the last write. */
export const lastModified = { ...moment, comment: 'When the row was last written.' } as const;

/** A relation whose integrity is held by a composite foreign key of the class, together with the company. */
export const guarded = { createForeignKeyConstraints: false } as const;

/** Ties a row to its company. */
export const ofCompany = { type: 'uuid', comment: 'The company that owns the row.' } as const;

/** What counts an amount whose currency another property, or one of another entity, says. */
export const inCurrencyOf = (path: string) => ({ measure: { isoCurrencyOf: path } }) as const;
