/** What goes out of rows of several structures. Data Aggregation §3.1.1, §3.2.2 */
import type { ExpandItem, QueryOptions, SelectItem } from '../url/ast';
import type { PlanContext, Scope } from './context';
import { unknownProperty } from './member-path';
import { hasName, membersOf, namesOf, variantScope, withMembers } from './members';
import type { Selection } from './plan';
import { planSelection } from './select';

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
        ...(options.$expand ? { $expand: options.$expand.filter(has) } : {}),
      },
      depth,
    );
  });
  return {
    range,
    fields: [],
    contextNames: commonNames(selections),
    variants: { discriminator: variants.discriminator, selections },
  };
}

/** What all structures have; a mark of its own when that is nothing. Data Aggregation §3.1.1 */
function commonNames(selections: readonly Selection[]): readonly string[] {
  const [first = [], ...others] = selections.map(
    ({ range, contextNames: names }) => names ?? [...range.type.properties.keys()],
  );
  const common = first.filter((name) => others.every((names) => names.includes(name)));
  return common.length > 0 ? common : ['@Core.AnyStructure'];
}
