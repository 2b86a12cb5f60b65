/** Contexts that parts of the answer tell themselves. Protocol §10, JSON §4.5.1 */
import type { OwnContext } from '../plan/own-context';
import { listText, type SelectList } from '../plan/select-list';
import type { Representation } from './representation';

/** The control information with its name; undefined where nothing is told. */
export function contextMember(
  name: string,
  context: OwnContext | undefined,
  list: SelectList,
  { metadata, prefix }: Representation,
): { readonly name: string; readonly value: string } | undefined {
  if (!context || metadata === 'none') return undefined;
  const isNothing = list.names?.length === 0 && list.expanded.length === 0;
  const told = isNothing ? '(@Core.AnyStructure)' : listText(list, prefix === '@' ? '4.01' : '4.0');
  return { name: `${name}${prefix}context`, value: `#${context.path}${told}${context.end}` };
}
