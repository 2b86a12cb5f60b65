/** The kinds of fields that results of operations are made of. */

/** An amount of money, exact. */
export const money = { type: 'Edm.Decimal', precision: 18, scale: 5 } as const;

/** Text of at most `maxLength` code points. */
export const text = (maxLength: number, nullable = false) => ({ type: 'Edm.String', maxLength, nullable }) as const;
