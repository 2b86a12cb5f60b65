/** A call of an action, planned: what it is bound to, and how what it returns is read for the answer. Protocol §11.5.5 */
import { booleanType, databaseType } from '../model/edm';
import { PLACE } from '../model/item-type';
import type { EntityType, Model } from '../model/model';
import { BINDING_PARAMETER, type ActionOperation, type ReturnType } from '../model/operation';
import { NULL, rowType } from '../model/row-type';
import type { Ast, Place, QueryOptions } from '../url/ast';
import { identifier, join, param, sql, trusted, type Bindings } from '../sql';
import { checkOptions } from './applicable';
import { notImplemented, type PlanContext } from './context';
import { withoutFilters } from './keys';
import { placeProperty } from './ordinals';
import { callOf, isAmong } from './own-functions';
import type { Bound, Range, ReadPlan, Target } from './plan';
import { planResource } from './read';
import { importedAction, navigate, planTarget, rowsOf } from './resource-path';
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

/** The name in the bindings of what was returned: keys of entities, or values as a JSON array of rows. */
export const RETURNED = 'returned';

/** Plans a POST to an action; undefined when the path leads to no action. */
export function planAction(context: PlanContext, ast: Ast): ActionPlan | undefined {
  const imported = importedAction(context, ast.path);
  if (imported) return actionPlan(context, imported, undefined, ast);
  const { target, action } = planTarget(context, ast.path);
  return action && actionPlan(context, action, target, ast);
}

function actionPlan(
  context: PlanContext,
  operation: ActionOperation,
  target: Target | undefined,
  { path, options }: Ast,
): ActionPlan {
  const returns = target?.each ? onEach(operation, path.at(-1)?.place) : operation.returns;
  return { operation, target, returns, answer: answer(context, operation, target, returns, options) };
}

/** What members return, as a collection. */
function onEach({ name, returns }: ActionOperation, place: Place | undefined): ReturnType | undefined {
  if (returns?.type.kind === 'collection')
    throw notImplemented(`The action ${name}, which returns a collection, on each member of a collection`, place);
  return returns && { type: { kind: 'collection', of: returns.type }, nullable: returns.nullable };
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
  if (type.kind !== 'entity')
    return answerPlan(planResource(context, returnedRows(context.model, name, returns), options));
  const place = returnedFrom(context.model, type, target, entitySetPath);
  return answerPlan(planResource(context, kind === 'collection' ? amongReturned(place) : written(place), options));
}

function answerPlan(plan: ReadPlan): ActionAnswerPlan {
  if (plan.kind === 'entity' || plan.kind === 'collection' || plan.kind === 'property') return plan;
  throw new Error(`An action returns no ${plan.kind}`);
}

// ---- values

/** The rows of what was returned, in its order: options work on them as on those of a function. */
function returnedRows(model: Model, name: string, returns: ReturnType): Target {
  const { kind } = returns.type;
  const type = returns.type.kind === 'collection' ? returns.type.of : returns.type;
  if (type.kind === 'entity') throw new Error('Entities are read where they live');
  const rows = rowType(type, [], []);
  const columns = [...rows.properties.values()].map(({ name: column }) => identifier(column));
  const typed = [...rows.properties.values()].map(
    (property) => sql`${identifier(property.name)} ${trusted(databaseType(property.type))}`,
  );
  const list = sql`rows from (jsonb_to_recordset(${param(returnedText, 'jsonb')}) as (${join([...typed, sql`${identifier(NULL)} bool`], ', ')})) with ordinality`;
  const query = sql`select * from ${list} as returned(${join([...columns, identifier(NULL), identifier(PLACE)], ', ')})`;
  return rowsOf(model, undefined, {
    operation: { name, parameters: [], returns },
    definition: {
      kind: 'rows',
      type: kind === 'collection' ? inPlace(rows) : rows,
      sql: () => query,
      partitionType: 'text',
    },
    arguments: new Map(),
  });
}

const returnedText = ({ extra }: Bindings) => extra[RETURNED] ?? null;

/** Rows that are told apart by their places, and some of which may be nulls. */
const inPlace = (type: EntityType): EntityType => ({
  ...type,
  nulls: NULL,
  key: [placeProperty],
  uniques: [[PLACE]],
  defaultOrder: [{ property: placeProperty, direction: 'asc' }],
});

// ---- entities

/** Where returned entities live: along the entity set path, or in the set of their type. CSDL §12.7 */
function returnedFrom(model: Model, type: EntityType, target: Target | undefined, path: string | undefined): Target {
  const along =
    target && path !== undefined ? alongPath(model, withoutFilters(target), path.split('/').slice(1)) : undefined;
  // What several members lead to has no path of its own, but its set.
  if (along && !(target?.each && along.steps.length > target.steps.length)) return along;
  const set = [...model.entitySets.values()].find((one) => one.type === type);
  if (!set) throw new Error(`Nothing says where returned entities of ${type.name} live`);
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
  const { key: _, ...step } = last;
  const keys: Bound = {
    kind: 'value',
    slot: returnedKeys,
    type: { kind: 'collection', of: key.type },
    nullable: false,
  };
  const filter = callOf(isAmong, [boundProperty(place.range, key), keys], booleanType, false);
  const { each: _each, ...target } = place;
  return { ...target, steps: [...place.steps.slice(0, -1), { ...step, filter }], single: false };
}

const returnedKeys = ({ extra }: Bindings) => extra[RETURNED] ?? [];
