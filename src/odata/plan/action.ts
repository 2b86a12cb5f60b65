/** A call of an action, planned: what it is bound to, and how what it returns is read for the answer. Protocol §11.5.5 */
import { booleanType } from '../model/edm';
import type { EntityType, Model, Property } from '../model/model';
import { BINDING_PARAMETER, type ActionOperation } from '../model/operation';
import type { Ast } from '../url/ast';
import type { Bindings } from '../sql';
import { sql } from '../sql';
import { notImplemented, type PlanContext } from './context';
import type { FunctionDef } from './functions';
import type { Bound, Range, ReadPlan, Target } from './plan';
import { checkOptions, planEntities, planEntity } from './read';
import { importedAction, navigate, planTarget } from './resource-path';
import { written } from './write';

/** The call of an action. */
export interface ActionPlan {
  readonly operation: ActionOperation;
  /** What it is bound to; undefined for an action import. */
  readonly target: Target | undefined;
  /** The entities that it returns, found by their keys in the bindings, with $select and $expand of the request. */
  readonly answer: Extract<ReadPlan, { kind: 'entity' | 'collection' }> | undefined;
}

/** The name in the bindings of the keys of returned entities. */
export const RETURNED = 'returned';

/** Plans a POST to an action; undefined when the path leads to no action. */
export function planAction(context: PlanContext, ast: Ast): ActionPlan | undefined {
  const imported = importedAction(context, ast.path);
  if (imported) return { operation: imported, target: undefined, answer: answer(context, imported, undefined, ast) };
  const { target, action } = planTarget(context, ast.path);
  if (!action) return undefined;
  if (target.each) throw notImplemented(`The action ${action.name} on the members of a collection`);
  return { operation: action, target, answer: answer(context, action, target, ast) };
}

function answer(
  context: PlanContext,
  { returns, entitySetPath }: ActionOperation,
  target: Target | undefined,
  { options }: Ast,
): ActionPlan['answer'] {
  const type = returns?.type.kind === 'collection' ? returns.type.of : returns?.type;
  if (type?.kind !== 'entity') {
    checkOptions(options, 'value', 'this action');
    return undefined;
  }
  const place = returnedFrom(context.model, type, target, entitySetPath);
  if (returns?.type.kind !== 'collection') return planEntity(context, written(place), options);
  const plan = planEntities(context, amongReturned(place), options);
  return plan.kind === 'collection' ? plan : undefined;
}

/** Where returned entities live: along the entity set path, or in the set of their type. CSDL §12.7 */
function returnedFrom(model: Model, type: EntityType, target: Target | undefined, path: string | undefined): Target {
  if (target && path !== undefined) {
    const names = path.split('/').slice(1);
    return names.reduce((before, name) => {
      const navigation = before.range.type.navigations.get(name);
      if (!navigation) throw new Error(`${before.range.type.name} has no navigation ${name} (${BINDING_PARAMETER})`);
      return navigate(model, before, navigation);
    }, target);
  }
  const set = [...model.entitySets.values()].find((one) => one.type === type);
  if (!set) throw new Error(`Nothing says where returned entities of ${type.name} live`);
  const range: Range = { type, name: '$it', identity: { kind: 'set', set } };
  return { steps: [{ set, range }], range, single: false, set, collectionPath: [set.name] };
}

const isReturned: FunctionDef = {
  name: 'returned',
  parameters: ['any', 'any'],
  result: 'Edm.Boolean',
  sql: ([key, keys]) => (key && keys ? sql`(${key.sql} = any(${keys.sql}))` : sql`false`),
};

/** The collection confined to the entities whose keys the bindings hold. */
function amongReturned(place: Target): Target {
  const last = place.steps.at(-1);
  const [key, another] = place.range.type.key;
  if (!last || !key || another) throw new Error(`Collections of ${place.range.type.name} are not returned by actions`);
  const { key: _, ...step } = last;
  const filter: Bound = {
    kind: 'call',
    definition: isReturned,
    arguments: [
      ownKey(place.range, key),
      { kind: 'value', slot: returnedKeys, type: { kind: 'collection', of: key.type }, nullable: false },
    ],
    type: booleanType,
    nullable: false,
  };
  return { ...place, steps: [...place.steps.slice(0, -1), { ...step, filter }], single: false };
}

const returnedKeys = ({ extra }: Bindings) => extra[RETURNED] ?? [];

const ownKey = (range: Range, property: Property): Bound => ({
  kind: 'property',
  range,
  navigations: [],
  property,
  type: property.type,
  nullable: false,
});
