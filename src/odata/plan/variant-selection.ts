/** What goes out of rows of several structures. Data Aggregation §3.1.1, §3.2.2 */
import type { NameSegment, QueryOptions } from '../url/ast';
import { aggregatedAway } from './aggregated-away';
import type { PlanContext, Scope } from './context';
import { fittingOptions } from './fitting-options';
import { namesOf, variantsOf } from './members';
import type { Selection } from './plan';
import { unknownProperty } from './position';
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
  const variants = variantsOf(scope, range);
  if (!variants) throw new Error('The rows have one structure');
  const { scopes } = variants;
  const unknown = (segment: NameSegment): Error =>
    aggregatedAway(context, scope, range, [segment]) ?? unknownProperty(range.type, segment, namesOf(scope, range));
  const fitting = fittingOptions(context, scopes, options, unknown);
  const selections = scopes.map((one, index) => planSelection(context, one, fitting[index] ?? {}, depth));
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
  const found = others.map((names) => new Set(names));
  const names = first.filter((name) => found.every((has) => has.has(name)));
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
