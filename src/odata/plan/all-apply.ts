/** $apply of `$all`: the entities of all types as rows of several structures. URL Conventions §4.16, Data Aggregation §3.1 */
import { edm } from '../model/edm';
import { madeEntityType } from '../model/made-entity-type';
import type { QueryOptions } from '../url/ast';
import type { Applied } from './apply-state';
import { castNavigation } from './cast';
import { planCollection } from './collection';
import { planConcat } from './concat';
import { allOf, equal } from './conditions';
import { startScope, type PlanContext, type Scope } from './context';
import { derivedType, hiddenProperty } from './derived-type';
import { withMembers } from './members';
import type { OwnContext } from './own-context';
import { inApply } from './place';
import type { Bound, Range, ReadPlan } from './plan';
import { at, entityKey } from './position';
import type { Rows } from './rows';

const NAME = 'Edm.EntityType';

/** What entities of all types are: of no property is known that they have it, only that they have a key. */
const anyEntity = madeEntityType({
  name: NAME,
  properties: new Map(),
  key: [hiddenProperty('key', edm('Edm.String'))],
});

/** An entity of one type, as expressions see it, and the context that tells it. */
interface OneType {
  readonly scope: Scope;
  readonly told: OwnContext;
}

/** Plans a GET of what $apply makes of the entities of some types. */
export function planAllApplied(context: PlanContext, types: readonly OneType[], options: QueryOptions): ReadPlan {
  const range: Range = { type: derivedType({ name: NAME, properties: [] }), name: '$it' };
  const before: Applied = {
    scope: withMembers(startScope(range, options), range, { declared: anyEntity }),
    rows: { kind: 'cross', range, ranges: [] },
    order: [],
    groups: [],
  };
  const results = types.map(({ scope, told }): Applied => ({
    scope: withMembers(scope, scope.current, { told }),
    rows: entitiesOf(scope.current),
    order: [],
    groups: [],
  }));
  const { scope, rows } = planConcat(context, before, results, inApply);
  return {
    kind: 'collection',
    target: { steps: [], range, single: false, set: undefined, collectionPath: [`Collection(${NAME})`] },
    collection: planCollection(context, scope, options, { from: rows }),
    form: 'entities',
  };
}

/** All entities of the very type. */
function entitiesOf(range: Range): Rows {
  const all: Range = { type: derivedType({ name: NAME, properties: [] }), name: NAME };
  const input: Rows = { kind: 'cross', range: all, ranges: [range] };
  const others = (range.type.inheritance?.derived ?? []).map((type): Bound => {
    const key = entityKey(at(range), inApply);
    return equal({ ...key, navigations: [castNavigation(type)], nullable: true }, { kind: 'null' });
  });
  return others.length === 0 ? input : { kind: 'filter', input, condition: allOf(others) };
}
