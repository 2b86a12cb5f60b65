/** Conditions that say which items of a collection of values a write is about. URL Conventions §4.12, Protocol §11.4.13, §11.4.14 */
import { edm } from '../model/edm';
import { extraSlot } from '../sql';
import type { ResourceSegment } from '../url/ast';
import { valuePlace } from './collection-property';
import { startScope, type PlanContext, type Scope } from './context';
import { itemPlace } from './ordinals';
import type { Bound, BoundCollection, BoundValues, ReadPlan, Step, Target } from './plan';
import type { PropertyPath } from './property-path';
import { planProperty } from './read-property';

/** The places, from 1, of the items that the `/$filter` segments behind a collection leave. */
export interface ItemsCondition {
  readonly target: Target;
  /** The items that the collection is in. */
  readonly items: readonly Step[];
  readonly places: Bound;
}

/** The name in the bindings of the places that the conditions of this number have left. */
export const placesLeft = (condition: number): string => `places ${condition}`;

/** The conditions of a path, outer ones first, those of one collection together; and what speaks of them once they are judged. */
interface ItemsConditions {
  readonly conditions: readonly ItemsCondition[];
  readonly judged: NonNullable<Scope['judged']>;
}

/** The conditions in the path of a property of the one entity of a target. */
export function itemsConditions(
  context: PlanContext,
  target: Target,
  [first, ...further]: PropertyPath,
): ItemsConditions {
  const conditions: ItemsCondition[] = [];
  const judged = new Map<ResourceSegment, Bound>();
  further.forEach((segment, index) => {
    if (segment.kind !== '$filter') return;
    const name = placesLeft(conditions.length);
    judged.set(segment, { kind: 'value', slot: extraSlot(name), type: places, nullable: false });
    if (further[index + 1]?.kind === '$filter') return;
    const plan = planProperty(context, startScope(target.range), target, [first, ...further.slice(0, index + 1)]);
    conditions.push({ target: plan.target, items: plan.items, places: placesIn(plan) });
  });
  return { conditions, judged };
}

type PropertyPlan = Extract<ReadPlan, { kind: 'property' }>;

const places = { kind: 'collection', of: edm('Edm.Int64') } as const;

function placesIn({ field }: PropertyPlan): Bound {
  if (field.kind === 'items') return gatheredPlaces(field.members, itemPlace(field.members));
  if (field.kind === 'values') return gatheredPlaces(field.collection, valuePlace(field.collection));
  throw new Error('Only items are filtered');
}

const gatheredPlaces = (collection: BoundCollection | BoundValues, value: Bound): Bound => ({
  kind: 'gathered',
  collection,
  value,
  type: places,
  nullable: false,
});
