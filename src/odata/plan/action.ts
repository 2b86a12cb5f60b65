/** A call of an action, planned: what it is bound to, and how what it returns is read for the answer. Protocol §11.5.5 */
import { odataError } from '../error';
import { booleanType } from '../model/edm';
import type { EntityType, Model } from '../model/model';
import { BINDING_PARAMETER, type ActionOperation, type ReturnType } from '../model/operation';
import type { Ast, QueryOptions } from '../url/ast';
import { checkOptions } from './applicable';
import type { PlanContext } from './context';
import { withoutFilters } from './keys';
import { callOf, isAmong } from './own-functions';
import type { Bound, Range, ReadPlan, Target } from './plan';
import { planResource } from './read';
import { importedAction, navigate, planTarget } from './resource-path';
import { planReturned } from './results';
import { returned, returnedCollections, returnedRows, setOf } from './returned';
import { boundProperty } from './select';
import { written } from './write';

/** The call of an action. */
export interface ActionPlan {
  readonly operation: ActionOperation;
  /** What it is bound to, all members of it behind `/$each`; undefined for an action import. */
  readonly target: Target | undefined;
  /** What the answer holds: on each member of a collection, what they return as a collection. Protocol §11.5.2 */
  readonly returns: ReturnType | undefined;
  /** How what it returns is read, with the options of the request; undefined when it returns nothing. */
  readonly answer: ActionAnswerPlan | undefined;
}

/** Entities are found by their keys in the bindings, values are rows made of what the bindings hold. */
export type ActionAnswerPlan = Extract<ReadPlan, { kind: 'entity' | 'collection' | 'property' }>;

/** Plans a POST to an action; undefined when the path leads to no action. */
export function planAction(context: PlanContext, ast: Ast): ActionPlan | undefined {
  const imported = importedAction(context, ast.path);
  if (imported) return actionPlan(context, imported, undefined, ast);
  const { target, action } = planTarget(context, ast.path);
  if (action?.binding?.isWhole && isPart(target, action.binding.type)) {
    const message = `The action ${action.name} is done to the whole collection: neither /$filter nor a type can stand before it.`;
    throw odataError('BadRequest', { message }, { target: `path/${ast.path.length - 1}` });
  }
  return action && actionPlan(context, action, target, ast);
}

/** The collection is less than what an action of a type is bound to: a filter or a cast has narrowed it. */
function isPart({ steps }: Target, bound: EntityType): boolean {
  const last = steps.at(-1);
  return last?.filter !== undefined || (last?.cast !== undefined && last.range.type !== bound);
}

function actionPlan(
  context: PlanContext,
  operation: ActionOperation,
  target: Target | undefined,
  { options }: Ast,
): ActionPlan {
  const { returns: own } = operation;
  const returns = target?.each && own ? { ...own, type: { kind: 'collection', of: own.type } as const } : own;
  return { operation, target, returns, answer: answer(context, operation, target, returns, options) };
}

function answer(
  context: PlanContext,
  { name, entitySetPath }: ActionOperation,
  target: Target | undefined,
  returns: ReturnType | undefined,
  options: QueryOptions,
): ActionAnswerPlan | undefined {
  if (!returns) {
    checkOptions(options, 'value', `the action ${name}, which returns nothing`);
    return undefined;
  }
  const { kind } = returns.type;
  if (kind === 'collection') checkOptions(options, 'returned', `what the action ${name} returns`);
  const type = returns.type.kind === 'collection' ? returns.type.of : returns.type;
  if (type.kind === 'collection') {
    const returned = returnedCollections(context, name, type);
    checkOptions(options, 'collections', `what the action ${name} returns`);
    return answerPlan(planReturned(context, returned.target, returned.results, options));
  }
  if (type.kind !== 'entity')
    return answerPlan(planResource(context, returnedRows(context.model, name, returns), options));
  const place = returnedFrom(context.model, type, target, entitySetPath);
  return answerPlan(planResource(context, kind === 'collection' ? amongReturned(place) : written(place), options));
}

function answerPlan(plan: ReadPlan): ActionAnswerPlan {
  if (plan.kind === 'entity' || plan.kind === 'collection' || plan.kind === 'property') return plan;
  throw new Error(`An action returns no ${plan.kind}`);
}

// ---- entities

/** Where returned entities live: along the entity set path, or in the set of their type. CSDL §12.7 */
function returnedFrom(model: Model, type: EntityType, target: Target | undefined, path: string | undefined): Target {
  const along =
    target && path !== undefined ? alongPath(model, withoutFilters(target), path.split('/').slice(1)) : undefined;
  // What several members lead to has no path of its own, but its set.
  if (along && !(target?.each && along.steps.length > target.steps.length)) return along;
  const set = setOf(model, type);
  const range: Range = { type, name: '$it', identity: { kind: 'set', set } };
  return { steps: [{ set, range }], range, single: false, set, collectionPath: [set.name] };
}

const alongPath = (model: Model, target: Target, names: readonly string[]): Target =>
  names.reduce((before, name) => {
    const navigation = before.range.type.navigations.get(name);
    if (!navigation) throw new Error(`${before.range.type.name} has no navigation ${name} (${BINDING_PARAMETER})`);
    return navigate(model, before, navigation);
  }, target);

/** The collection confined to the entities whose keys the bindings hold. */
function amongReturned(place: Target): Target {
  const last = place.steps.at(-1);
  const [key, another] = place.range.type.key;
  if (!last || !key || another) throw new Error(`Collections of ${place.range.type.name} are not returned by actions`);
  const { key: _, made: __, ...step } = last;
  const keys: Bound = {
    kind: 'value',
    slot: returned,
    type: { kind: 'collection', of: key.type },
    nullable: false,
  };
  const filter = callOf(isAmong, [boundProperty(place.range, key), keys], booleanType, false);
  const { each: _each, ...target } = place;
  return { ...target, steps: [...place.steps.slice(0, -1), { ...step, filter }], single: false };
}
