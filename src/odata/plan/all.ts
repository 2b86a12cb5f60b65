/** `$all`: the entities of all sets, one after the other. URL Conventions §4.16 */
import { ODataError, type ErrorCode } from '../error';
import { concreteTypes, lineage } from '../model/inheritance';
import type { EntitySet, EntityType, Model } from '../model/model';
import type { NameSegment, QueryOptions, ResourceSegment } from '../url/ast';
import { planAllApplied } from './all-apply';
import { orderOfItem } from './all-order';
import { checkOptions } from './applicable';
import { unknownAmong } from './beside';
import { orderValue, planCount, planFilter, planInstance } from './collection';
import { always, narrowedBy } from './conditions';
import { startScope, unknownSegment, type PlanContext, type Scope } from './context';
import { fittingOptions } from './fitting-options';
import { NAME_PARTS } from './limits';
import { withMembers } from './members';
import type { OwnContext } from './own-context';
import type { Bound, Range, ReadPlan } from './plan';
import { isSearchable } from './search';
import { planSelection } from './select';
import { localName } from './type-names';

/** The entities of one type in the set that they are at home in. */
interface Home {
  readonly set: EntitySet;
  readonly type: EntityType;
}

/** Plans a GET of `$all` alone. What the options say of entities each type decides for its own. */
export function planAll(context: PlanContext, options: QueryOptions): ReadPlan {
  checkOptions(options, 'collection', 'all entities');
  const homes = homesOf(context);
  const types = homes.map(({ type }) => type);
  if (options.$apply) {
    const told = homes.map((home) => ({ scope: scopeOf(home, types, options), told: contextOf(context, home) }));
    return planAllApplied(context, told, options);
  }
  const parts = homes.map((home) => {
    const scope = scopeOf(home, types, options);
    return { home, scope: ofType(home, () => planInstance(context, scope, options)) };
  });
  const items = (options.$orderby ?? []).map((item) => {
    context.count(item.place, NAME_PARTS * parts.length);
    const values = parts.map(({ home, scope }) => ofType(home, () => orderValue(context, scope, item)));
    return orderOfItem(context, item, values);
  });
  const scopes = parts.map(({ scope }) => scope);
  const fitting = fittingOptions(context, scopes, options, (segment) => unknownAmong(context, types, segment));
  const branches = parts.map(({ home, scope }, index) =>
    ofType(home, () => ({
      context: contextOf(context, home),
      selection: planSelection(context, scope, fitting[index] ?? {}, 0, null),
      filter: filterOf(context, scope, options),
      order: items.flatMap(({ values }) => values[index] ?? []),
    })),
  );
  return { kind: 'all', branches, order: items.flatMap(({ order }) => order), ...planCount(context, options) };
}

/** Every type that entities are of, once: those of a derived type that has a set of its own are at home there. */
const homesOf = ({ model: { entitySets } }: PlanContext): readonly Home[] =>
  [...entitySets.values()].flatMap((set) =>
    concreteTypes(set.type)
      .filter((type) => nearest([...entitySets.values()], type) === set)
      .map((type) => ({ set, type })),
  );

const nearest = (sets: readonly EntitySet[], type: EntityType): EntitySet | undefined =>
  lineage(type).flatMap((wanted) => sets.find((set) => set.type === wanted) ?? [])[0];

/** An entity of a type sees its own names, what is computed, and as nothing what only others have. */
function scopeOf({ set, type }: Home, types: readonly EntityType[], options: QueryOptions): Scope {
  const range: Range = { type, name: '$it', identity: { kind: 'set', set } };
  return withMembers(startScope(range, options), range, { beside: types });
}

/** Where no text is searched, nothing is found. */
function filterOf(context: PlanContext, scope: Scope, { $search, ...options }: QueryOptions): Bound | undefined {
  if (!$search || isSearchable(scope)) return planFilter(context, scope, { ...options, ...($search && { $search }) });
  return narrowedBy(always(false), planFilter(context, scope, options));
}

/** Each entity tells the set that it is of, and its type where that is derived from the set's. Protocol §10.3, §10.6, §10.19 */
const contextOf = ({ model: { namespace } }: PlanContext, { set, type }: Home): OwnContext => ({
  path: type === set.type ? set.name : `${set.name}/${namespace}.${type.name}`,
  end: '/$entity',
});

/** What one type says of what another one may take. */
const ofOneType: readonly ErrorCode[] = ['InvalidValue', 'OptionNotApplicable', 'TypeMismatch'];

/** An expression may fit some types and not others: an error says which one it does not fit. */
function ofType<T>({ type }: Home, plan: () => T): T {
  try {
    return plan();
  } catch (error) {
    if (!(error instanceof ODataError) || !ofOneType.includes(error.code)) throw error;
    const { code, message, target, position, cause } = error;
    throw new ODataError(code, `Of entities of the type '${type.name}': ${message}`, {
      ...(target === undefined ? {} : { target }),
      ...(position === undefined ? {} : { position }),
      cause,
    });
  }
}

/** The set that entities of the type behind `$all` are at home in: what follows speaks of it as of any set. */
export function setOfType({ model }: PlanContext, segment: ResourceSegment | undefined): EntitySet | undefined {
  if (!segment) return undefined;
  const set = segment.kind === 'name' && !segment.arguments ? setNamed(model, segment) : undefined;
  if (set) return set;
  throw unknownSegment(segment);
}

function setNamed({ entitySets, entityTypes, namespace }: Model, { name }: NameSegment): EntitySet | undefined {
  const wanted = entityTypes.get(localName(namespace, name) ?? name);
  return wanted && nearest([...entitySets.values()], wanted);
}
