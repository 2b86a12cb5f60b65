/** What bodies are refused for, wherever in them it stands. */
import { odataError, type ODataError } from '../error';
import { didYouMean } from '../url/did-you-mean';

/** The body does not have its form. */
export const wrong = (message: string, target: string): ODataError =>
  odataError('InvalidBody', { message }, { target });

/** What must be there is not. */
export const missing = (path: string): ODataError =>
  odataError('BadRequest_RequiredParamNotProvided', { message: `A "${path}" must be provided.` }, { target: path });

/** A name that the type does not have; it has the others. */
export const unknownMember = (
  { name: type }: { readonly name: string },
  name: string,
  others: Iterable<string>,
  target: string,
): ODataError => {
  const shown = short(name);
  return odataError(
    'UnknownProperty',
    { type, name: shown, hint: didYouMean(shown, [...others]) },
    { target: short(target) },
  );
};

/** What the client calls something, as a message repeats it: a name may be as long as the body. */
const short = (text: string): string => (text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text);
const LONGEST_SHOWN = 500;

/** Control information that only a navigation has, and no part of a complex value: links, and what becomes different of related entities. JSON §8.5, §8.6 */
export const isOfNavigation = (name: string): boolean => /@(odata\.)?(bind|delta)$/.test(name);

/** Something else than a complex value. */
export const noObject = (path: string, nullable: boolean): ODataError =>
  odataError(
    'TypeMismatch',
    { message: `The value of "${path}" must be an object${nullable ? ' or null' : ''}.` },
    { target: path },
  );
