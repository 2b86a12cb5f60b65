/** What goes out of rows of several structures. Data Aggregation §3.1.1, §3.2.2 */
import type { ExpandItem, QueryOptions, SelectItem } from '../url/ast';
import { castAt } from './cast';
import type { PlanContext, Scope } from './context';
import { fittingItems } from './expand-options';
import { unknownProperty } from './position';
import { hasName, membersOf, namesOf, variantScope, withMembers } from './members';
import { isOperation } from './operation-fields';
import type { Selection } from './plan';
import { planSelection } from './select';
import { listText, type SelectList } from './select-list';

/** Every structure has the members of what the options name that it has. */
export function planVariantSelection(
  context: PlanContext,
  scope: Scope,
  options: QueryOptions,
  depth: number,
): Selection {
  const range = scope.current;
  const { variants, own } = membersOf(scope, range);
  if (!variants) throw new Error('The rows have one structure');
  const scopes = variants.scopes.map((variant) => {
    const inner = variantScope(scope, variant);
    return withMembers(inner, variant.current, { own: new Map([...membersOf(inner, variant.current).own, ...own]) });
  });
  for (const item of [...(options.$select ?? []), ...(options.$expand ?? [])]) {
    const [first] = item.path;
    if (first && !scopes.some((one) => fits(context, one, item)))
      throw unknownProperty(range.type, first, namesOf(scope, range));
  }
  const isExpanded = (one: Scope, item: ExpandItem): boolean =>
    fits(context, one, item) && (leadsToRows(one, item) || !scopes.some((other) => leadsToRows(other, item)));
  const selections = scopes.map((one) =>
    planSelection(
      context,
      one,
      {
        ...options,
        ...(options.$select ? { $select: options.$select.filter((item) => fits(context, one, item)) } : {}),
        ...(options.$expand ? { $expand: fittingItems(options.$expand, (item) => isExpanded(one, item)) } : {}),
      },
      depth,
    ),
  );
  return {
    range,
    fields: [],
    list: commonList(selections),
    variants: {
      discriminator: variants.discriminator,
      selections: new Map(selections.map((selection, index) => [String(index), selection])),
    },
  };
}

/** Whether what the item names is more in rows of the structure than what is left of an entity, which goes out as a property does. */
function leadsToRows(scope: Scope, item: ExpandItem): boolean {
  const { current } = scope;
  const { variants } = membersOf(scope, current);
  if (variants) return variants.scopes.some((one) => leadsToRows(variantScope(scope, one), item));
  const [first] = item.path;
  return first === undefined || !current.type.properties.has(first.name);
}

/** Whether rows of the structure have what the item names, or begin to be what it casts them to. */
function fits(context: PlanContext, scope: Scope, item: SelectItem | ExpandItem): boolean {
  const { current } = scope;
  const [first, second] = item.path;
  if (item.star === true || !first) return true;
  if (!first.name.includes('.')) return hasName(scope, current, first.name);
  const { variants } = membersOf(scope, current);
  if (variants) return variants.scopes.some((one) => fits(context, variantScope(scope, one), item));
  const cast = castAt(context.model, current.type, first.name);
  if (!cast || !second) return isOperation(context.model, current.type, first.name);
  return cast !== current.type || hasName(scope, current, second.name);
}

/** What all structures have; a mark of its own when that is nothing. Data Aggregation §3.1.1 */
function commonList(selections: readonly Selection[]): SelectList {
  const [first = [], ...others] = selections.map(({ range, list }) => list.names ?? [...range.type.properties.keys()]);
  const names = first.filter((name) => others.every((found) => found.includes(name)));
  const [expanded = [], ...rest] = selections.map(({ list }) => list.expanded);
  const shared = expanded.filter((item) =>
    rest.every((items) =>
      items.some(
        (other) =>
          listText({ names: [], expanded: [item] }, '4.01') === listText({ names: [], expanded: [other] }, '4.01'),
      ),
    ),
  );
  return names.length + shared.length > 0
    ? { names, expanded: shared }
    : { names: ['@Core.AnyStructure'], expanded: [] };
}
