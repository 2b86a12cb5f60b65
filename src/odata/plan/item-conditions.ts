/** Conditions that say which items of a collection of values a write is about. URL Conventions §4.12, Protocol §11.4.13, §11.4.14 */
import { edm } from '../model/edm';
import { extraSlot } from '../sql';
import type { NameSegment, ResourceSegment } from '../url/ast';
import { valuePlace } from './collection-property';
import type { PlanContext, Scope } from './context';
import { itemPlace } from './ordinals';
import type { Bound, BoundCollection, BoundValues, ReadPlan, Step, Target } from './plan';
import { planProperty } from './read-property';

/** The places, from 1, of the items that the `/$filter` segments in front of one collection leave. */
export interface ItemsCondition {
  readonly target: Target;
  /** The items that the collection is in. */
  readonly items: readonly Step[];
  readonly places: Bound;
}

/** The name in the bindings of the places that the condition of this number has left. */
export const placesLeft = (condition: number): string => `places ${condition}`;

/** The conditions of a path, outer ones first, and what speaks of them once they are judged: each sees what those before it have left. */
export interface ItemsConditions {
  readonly conditions: readonly ItemsCondition[];
  readonly judged: NonNullable<Scope['judged']>;
}

/** The conditions in the path of a property of the one entity of a target. */
export function itemsConditions(
  context: PlanContext,
  target: Target,
  first: NameSegment,
  further: readonly ResourceSegment[],
): ItemsConditions {
  const conditions: ItemsCondition[] = [];
  const judged = new Map<ResourceSegment, Bound>();
  let open: ResourceSegment[] = [];
  further.forEach((segment, index) => {
    if (segment.kind !== '$filter') return;
    open.push(segment);
    if (further[index + 1]?.kind === '$filter') return;
    const plan = planProperty(context, target, first, further.slice(0, index + 1), {}, new Map(judged));
    for (const one of open) judged.set(one, placesOf(conditions.length));
    conditions.push({ target: plan.target, items: plan.items, places: placesIn(plan) });
    open = [];
  });
  return { conditions, judged };
}

type PropertyPlan = Extract<ReadPlan, { kind: 'property' }>;

const places = { kind: 'collection', of: edm('Edm.Int64') } as const;

const placesOf = (condition: number): Bound => ({
  kind: 'value',
  slot: extraSlot(placesLeft(condition)),
  type: places,
  nullable: false,
});

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
