/** What counts as not given. */

/** The date that stands for none. */
export const EMPTY_DATE = '0001-01-01';
const EMPTY_GUID = '00000000-0000-0000-0000-000000000000';

/** True for what stands for no value in a body: nothing, null, the empty text and the empty guid. */
export const isBlank = (value: string | null | undefined): value is '' | null | undefined =>
  value === undefined || value === null || value === '' || value === EMPTY_GUID;

/** The text, or undefined when there is none. */
export const given = (value: string | null | undefined): string | undefined => (isBlank(value) ? undefined : value);

/** An empty text in a property that names something, or means something where there is none, is none. */
export function clearEmpty<T extends string>(draft: Partial<Record<T, string | null>>, ...names: readonly T[]): void {
  for (const name of names) if (draft[name] === '') draft[name] = null;
}
