/** What counts as not given. */

const EMPTY_GUID = '00000000-0000-0000-0000-000000000000';

/** True for what stands for no value in a body: nothing, null, the empty text and the empty guid. */
export const isBlank = (value: string | null | undefined): value is '' | null | undefined =>
  value === undefined || value === null || value === '' || value === EMPTY_GUID;

/** The text, or undefined when there is none. */
export const given = (value: string | null | undefined): string | undefined => (isBlank(value) ? undefined : value);
