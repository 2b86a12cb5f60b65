/** A complex value with options of its own: computed properties beside what $select leaves of its parts. URL Conventions §5.1.4, §5.1.10 */
import { itemType } from '../model/item-type';
import type { QueryOptions } from '../url/ast';
import { planSelect, type Chosen } from './chosen';
import { itemScope } from './complex-items';
import { planComputed } from './compute';
import { computedFields } from './computed-fields';
import { contextList } from './context-list';
import type { PlanContext, Scope } from './context';
import { notExpanded } from './expand';
import { withoutGroupCasts } from './grouped-cast';
import { withLeft } from './left-expand';
import { complexMembers, entityMembers } from './member-fields';
import { membersOf, withMembers } from './members';
import type { Field, Range } from './plan';
import type { SelectList } from './select-list';
import type { Structured } from './structured';

/** The scope in which paths start at a complex value. */
export function speakingOfValue(scope: Scope, name: string, whole: Structured): Scope {
  if (whole.type.kind !== 'complex') throw new Error(`${name} is no complex value`);
  const current: Range = { type: itemType(whole.type), name };
  return withMembers(itemScope(scope, current), current, { whole });
}

/** What goes out of a complex value. */
export interface ValueSelection {
  readonly fields: readonly Field[];
  readonly computed: readonly Field[];
  /** What context URLs tell of it. */
  readonly list: SelectList;
}

/** What options leave of a complex value and add to it. `scope` speaks of it, `partsOf` gives the members for what is chosen of its parts. */
export function planValueSelection(
  context: PlanContext,
  scope: Scope,
  given: QueryOptions,
  partsOf: (chosen: Chosen) => readonly Field[],
): ValueSelection {
  const inner = given.$compute ? planComputed(context, scope, given.$compute) : scope;
  const options = withoutGroupCasts(context, inner, given);
  const { chosen, others } = withLeft(inner, planSelect(context, inner, options.$select), options.$expand);
  const wrong = others.find(({ star }) => !star);
  if (wrong) throw notExpanded(context, inner, wrong);
  const fields = partsOf(chosen);
  const computed = [
    ...computedFields(context, inner, chosen),
    ...complexMembers(context, inner, chosen, 0),
    ...entityMembers(inner, chosen),
  ];
  const { annotations = [] } = membersOf(inner, inner.current);
  return {
    fields,
    computed: [...annotations, ...computed],
    list: contextList(context, inner, { options, chosen, structure: [...fields, ...computed], expanded: [] }),
  };
}
