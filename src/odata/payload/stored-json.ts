/** JSON that is stored, or has been answered: many requests may have brought more values together than the body of one may have. */
import type { JsonValue } from './json';
import { jsonSteps, parseJson } from './parse-json';
import type { Steps } from './turns';

/** Reads it. */
export const storedJson = (bytes: Uint8Array): JsonValue => parseJson(bytes, undefined, Infinity);

/** The same in steps. */
export const storedSteps = (bytes: Uint8Array): Steps<JsonValue> => jsonSteps(bytes, undefined, Infinity);
