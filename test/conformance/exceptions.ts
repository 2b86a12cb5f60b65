/** Requirements without a test of their own, and why. */
import type { Exceptions } from './document';

export const exceptions: Exceptions = {
  259: 'A SHOULD. Collections have no ETag of their own: deep updates lock their members, and each member has one that can be sent.',
};
