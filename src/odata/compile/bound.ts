/** Values that the service gives to statements beside those of the request. */
import type { Bindings, Slot, SqlValue } from '../sql';

/** Values that the service binds by name. */
export const extra =
  (name: string): Slot =>
  ({ extra: values }: Bindings): SqlValue =>
    values[name] ?? null;

/** The page's length, and how many entities come before it. */
export const LIMIT = extra('limit');
export const OFFSET = extra('offset');
