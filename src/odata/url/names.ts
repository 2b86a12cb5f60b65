/** URL Conventions, ABNF 6: names and identifiers. */
import type { Cursor } from './cursor';

/** Characters of names beyond ASCII are checked only when there are any. */
const simple = /[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*/y;
const qualified = /[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*(?:\.[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)*/y;
const beyondAscii = /[^\0-\x7f]/;
const part = '[\\p{L}\\p{Nl}_][\\p{L}\\p{Nl}\\p{Nd}\\p{Mn}\\p{Mc}\\p{Pc}\\p{Cf}]*';
const correct = new RegExp(`^${part}(?:\\.${part})*$`, 'u');

const identifier = new RegExp(`^${part}$`, 'u');

/** Whether a text is an odataIdentifier: a name of at most 128 characters. */
export const isIdentifier = (text: string): boolean =>
  text.length <= 256 && identifier.test(text) && [...text].length <= 128;

/** odataIdentifier = identifierLeadingCharacter *127identifierCharacter */
export function takeIdentifier(cursor: Cursor): string | undefined {
  return checked(cursor, cursor.match(simple));
}

/** [ namespace "." ] odataIdentifier */
export function takeQualifiedName(cursor: Cursor): string | undefined {
  return checked(cursor, cursor.match(qualified));
}

/** An identifier that must stand here. */
export function expectIdentifier(cursor: Cursor): string {
  const name = takeIdentifier(cursor);
  if (name === undefined) throw cursor.failure('a name');
  return name;
}

/** A name, qualified or not, that must stand here. */
export function expectQualifiedName(cursor: Cursor): string {
  const name = takeQualifiedName(cursor);
  if (name === undefined) throw cursor.failure('a name');
  return name;
}

/** annotationInQuery behind its AT = [ namespace "." ] termName [ HASH annotationQualifier ] */
export function expectAnnotationName(cursor: Cursor): string {
  const name = expectQualifiedName(cursor);
  return cursor.take('#') ? `${name}#${expectIdentifier(cursor)}` : name;
}

function checked(cursor: Cursor, name: string | undefined): string | undefined {
  if (name === undefined || !beyondAscii.test(name) || correct.test(name)) return name;
  cursor.position -= name.length;
  throw cursor.failure('a name');
}
