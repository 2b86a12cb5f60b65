/** `$all`: the entities of all sets, one after the other. URL Conventions §4.16 */
import { isOfType } from '../model/inheritance';
import type { EntitySet } from '../model/model';
import { searchableProperties } from '../model/searchable';
import type { OptionName } from '../url';
import type { NameSegment, QueryOptions, ResourceSegment } from '../url/ast';
import { checkOptions } from './applicable';
import { planCount, planFilter } from './collection';
import { always } from './conditions';
import { notImplemented, startScope, unknownSegment, type PlanContext } from './context';
import type { AllBranch, Range, ReadPlan } from './plan';
import { planSelection } from './select';
import { localName } from './type-names';

/** What the entities of all types have in common: to be searched, counted and cut. Paths need a type behind `$all`. */
const common: readonly string[] = ['$search', '$count', '$top', '$skip', '$format', '$schemaversion', 'aliases'];

const isUncommon = (option: string): option is OptionName => !common.includes(option);

/** Plans a GET of `$all` alone. */
export function planAll(context: PlanContext, options: QueryOptions): ReadPlan {
  checkOptions(options, 'collection', 'all entities');
  const name = Object.keys(options).find(isUncommon);
  if (name !== undefined)
    throw notImplemented(`${name} on entities of all types (behind $all/${context.model.namespace}.… it is)`, name);
  const branches = [...context.model.entitySets.values()].map((set) => branchOf(context, set, options));
  return { kind: 'all', branches, ...planCount(context, options) };
}

function branchOf(context: PlanContext, set: EntitySet, options: QueryOptions): AllBranch {
  const range: Range = { type: set.type, name: '$it', identity: { kind: 'set', set } };
  const scope = startScope(range, options);
  const isSearched = searchableProperties(set.type).length > 0;
  // Where no text is searched, nothing is found.
  const filter = options.$search && !isSearched ? always(false) : planFilter(context, scope, options);
  return { set, selection: planSelection(context, scope, {}, 0, null), filter };
}

/** The set of the type behind `$all`: what follows speaks of it as of any set. */
export function setOfType({ model }: PlanContext, segment: ResourceSegment | undefined): EntitySet | undefined {
  if (!segment) return undefined;
  const set = segment.kind === 'name' && !segment.arguments ? setNamed(model, segment) : undefined;
  if (set) return set;
  throw unknownSegment(segment);
}

const setNamed = (
  { entitySets, entityTypes, namespace }: PlanContext['model'],
  { name }: NameSegment,
): EntitySet | undefined =>
  [...entitySets.values()].find(({ type }) => {
    const wanted = entityTypes.get(localName(namespace, name) ?? name);
    return wanted && isOfType(wanted, type);
  });
