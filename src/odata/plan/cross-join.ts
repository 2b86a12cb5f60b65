/** `$crossjoin(a,b)`: every combination of the entities of sets. Protocol §11.2.9, URL Conventions §4.15 */
import { odataError } from '../error';
import type { QueryOptions, ResourceSegment } from '../url/ast';
import { planCollection, planFilter, planRows } from './collection';
import { placeOf, startScope, unknownSegment, type PlanContext, type Scope } from './context';
import { derivedType } from './derived-type';
import { withMembers, type Member } from './members';
import { COMBINATION } from './own-context';
import type { Range, ReadPlan, Target } from './plan';
import type { Rows } from './rows';
import { everything } from './select-list';

type CrossJoin = Extract<ResourceSegment, { kind: '$crossjoin' }>;

/** The combinations, and how expressions speak of them: each entity by the name of its set. */
interface Combined {
  readonly target: Target;
  readonly rows: Rows;
  readonly scope: Scope;
}

/** Plans a GET of the combinations. */
export function planCrossJoin(context: PlanContext, segment: CrossJoin, options: QueryOptions): ReadPlan {
  const { target, rows, scope } = combined(context, segment, options);
  const collection = planCollection(context, scope, options, { from: rows });
  const selection = { ...collection.selection, list: everything };
  return { kind: 'collection', target, collection: { ...collection, selection }, form: 'entities' };
}

/** Plans a GET of their number. */
export function planCrossCount(context: PlanContext, segment: CrossJoin, options: QueryOptions): ReadPlan {
  const { target, rows, scope } = combined(context, segment, options);
  const seen = planRows(context, scope, options, rows);
  return { kind: 'count', target, filter: planFilter(context, seen.scope, options), rows: seen.rows ?? rows };
}

function combined(context: PlanContext, { sets, place }: CrossJoin, options: QueryOptions): Combined {
  const members = new Map<string, Member>();
  const ranges = sets.map((segment): Range => {
    const { entitySets } = context.model;
    const set = entitySets.get(segment.name);
    if (!set) throw unknownSegment(segment, [...entitySets.keys()]);
    if (members.has(set.name))
      throw odataError('InvalidValue', { message: `'${set.name}' is named twice in $crossjoin.` }, placeOf(place));
    const range: Range = {
      type: set.type,
      name: set.name,
      optional: false,
      identity: { kind: 'set', set },
    };
    members.set(set.name, { kind: 'row', range });
    return range;
  });
  const range: Range = { type: derivedType({ name: COMBINATION, properties: [] }), name: '$it' };
  return {
    target: { steps: [], range, single: false, set: undefined, collectionPath: [`Collection(${COMBINATION})`] },
    rows: { kind: 'cross', range, ranges },
    scope: withMembers(startScope(range, options), range, { own: members, crossed: true }),
  };
}
