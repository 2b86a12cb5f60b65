/** Requirements without a test of their own, and why. */
import type { Exceptions } from './document';

const noDeltas =
  'A SHOULD. Changes are not tracked yet: `track-changes` is not acknowledged, `$deltatoken` is 501, and $metadata says nothing else.';

export const exceptions: Exceptions = {
  19: 'Nothing expires: links to further pages name the last row seen, and changes are not tracked yet.',
  24: 'A MAY. The service never redirects; it answers at every address that a proxy gives it.',
  137: 'A MAY. The models hold no geography; the functions are 501.',
  ...Object.fromEntries([261, 262, 263, 264, 265, 266, 267, 268, 269, 340].map((number) => [number, noDeltas])),
};
