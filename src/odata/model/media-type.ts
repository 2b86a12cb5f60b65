/** Names and forms of media. */

/** The name of what a media entity describes: the path segment that leads to it. URL Conventions §4.14 */
export const MEDIA = '$value';

/** Bytes of which nothing is known. RFC 2046 §4.5.1 */
export const UNKNOWN_TYPE = 'application/octet-stream';

const token = "[A-Za-z0-9!#$%&'*+.^_`|~-]+";
const mediaType = new RegExp(
  `^${token}/${token}( *; *${token}=(${token}|"[^"\\\\\\u0000-\\u001f\\u007f-\\uffff]*"))*$`,
);

/** True for a type with its parameters that a header can hold. RFC 9110 §8.3.1 */
export const isMediaType = (text: string): boolean => mediaType.test(text);

/** The type without its parameters, in small letters. */
export const withoutParameters = (text: string): string => (text.split(';', 1)[0] ?? '').trim().toLowerCase();
