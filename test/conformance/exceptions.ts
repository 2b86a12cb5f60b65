/** Requirements without a test of their own, and why. */
import type { Exceptions } from './document';

export const exceptions: Exceptions = {};
