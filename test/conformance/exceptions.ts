/** Requirements without a test of their own, and why. */
import type { Exceptions } from './document';

export const exceptions: Exceptions = {
  24: 'A MAY. The service never redirects; it answers at every address that a proxy gives it.',
  137: 'A MAY. The models hold no geography; the functions are 501.',
};
