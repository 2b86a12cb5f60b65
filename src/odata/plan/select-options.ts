/** Options in the parentheses of an item of $select that have no meaning for what it names. URL Conventions §5.1.4 */
import { odataError } from '../error';
import type { EdmType } from '../model/model';
import type { SelectItem } from '../url/ast';
import { placeOf } from './context';

export const ofCollections = ['$filter', '$orderby', '$top', '$skip', '$count', '$search', '$apply'] as const;
export const ofEntities = [...ofCollections, '$compute', '$select'] as const;

/** Refuses options in the parentheses of an item that have no meaning for what it names. */
export function refuseOptions(
  { path, options, place }: SelectItem,
  names: readonly (typeof ofEntities)[number][],
): void {
  const name = names.find((one) => options[one] !== undefined);
  const resource = `'${path.at(-1)?.name ?? ''}'`;
  if (name !== undefined) throw odataError('OptionNotApplicable', { name, resource }, placeOf(place));
}

/** Those that a value of the type refuses. */
export function refusedFor({ kind }: EdmType): readonly (typeof ofEntities)[number][] {
  if (kind === 'collection') return ['$select', '$compute', '$apply'];
  return kind === 'complex' ? ofCollections : [...ofCollections, '$compute'];
}
