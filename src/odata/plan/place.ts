/** Places in a request. */
import type { Place } from '../url/ast';

/** The place of what no part of the request names. */
export const inApply: Place = { source: '$apply', at: 0 };
