/** What goes out of rows of several structures. Data Aggregation §3.1.1, §3.2.2 */
import type { ExpandItem, QueryOptions, SelectItem } from '../url/ast';
import type { PlanContext, Scope } from './context';
import { fittingItems } from './expand-options';
import { unknownProperty } from './position';
import { hasName, membersOf, namesOf, variantScope, withMembers } from './members';
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
  for (const { star, path } of [...(options.$select ?? []), ...(options.$expand ?? [])]) {
    const [first] = path;
    if (!star && first && !first.name.includes('.') && !hasName(scope, range, first.name))
      throw unknownProperty(range.type, first, namesOf(scope, range));
  }
  const selections = variants.scopes.map((variant) => {
    const inner = variantScope(scope, variant);
    const all = withMembers(inner, variant.current, {
      own: new Map([...membersOf(inner, variant.current).own, ...own]),
    });
    const has = ({ star, path }: SelectItem | ExpandItem): boolean =>
      star === true || path[0] === undefined || path[0].name.includes('.') || hasName(all, all.current, path[0].name);
    return planSelection(
      context,
      all,
      {
        ...options,
        ...(options.$select ? { $select: options.$select.filter(has) } : {}),
        ...(options.$expand ? { $expand: fittingItems(options.$expand, has) } : {}),
      },
      depth,
    );
  });
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
