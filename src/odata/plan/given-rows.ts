/** The rows of what functions give: for each member of a collection, or for all of them. Protocol §11.5.4, URL Conventions §4.13 */
import { qualifiedTypeName } from '../model/edm';
import type { PlanContext } from './context';
import type { BoundCollection, Range, Results, Target } from './plan';
import type { Rows } from './rows';

/** The variable of the one that is given for each member; undefined where a collection is. */
export const rangeOfOne = ({ type, collection }: Results): Range | undefined =>
  type.kind === 'collection' || 'values' in collection ? undefined : collection.range;

/** The rows of a function that is bound to a collection: those of all its members. Undefined for other targets. */
export function rowsOfMembers(
  { model: { namespace } }: PlanContext,
  target: Target,
): { readonly target: Target; readonly rows: Rows; readonly told: string } | undefined {
  const steps = target.steps.slice(0, -1);
  const members = steps.at(-1);
  const { rows, range, made, filter } = target.steps.at(-1) ?? {};
  const isOne = members?.key !== undefined || members?.navigation?.collection === false;
  if (!members || !rows || !range || isOne) return undefined;
  return {
    target: { ...target, steps, range: members.range },
    rows: rowsOfAll(members.range, { range, rows, made, filter }),
    told: qualifiedTypeName(namespace, rows.operation.returns.type),
  };
}

/** The rows of a function that each member of a collection is bound to in turn. */
export function rowsOfAll(members: Range, { of: _, ...called }: Omit<BoundCollection, 'from' | 'navigations'>): Rows {
  return joined({ kind: 'base', range: members }, { ...called, from: members, navigations: [] }, false);
}

/** Rows with those of a collection that starts at one of them. */
const joined = (input: Rows, collection: BoundCollection, outer: boolean): Rows => ({
  kind: 'join',
  input,
  collection,
  rows: { kind: 'base', range: collection.range },
  outer,
});

/** The results for the members as rows; null where a member has none. A collection is none of the row. */
export function rowsOfEach(members: Range, { type, through, collection }: Results): Rows {
  const one = type.kind === 'collection' || 'values' in collection ? [] : [collection];
  return [...through, ...one].reduce<Rows>((input, next) => joined(input, next, true), {
    kind: 'base',
    range: members,
  });
}

/** What is given for each member of a collection, one for each; undefined where collections are. */
export function collectionOfEach(members: BoundCollection, each: Results): BoundCollection | undefined {
  const range = rangeOfOne(each);
  const made = { of: members, rows: rowsOfEach(members.range, each), order: [] };
  return range && { from: undefined, navigations: [], range, made };
}
