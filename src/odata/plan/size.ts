/** How large a plan becomes: names that the request gives stand for whole expressions and structures, so that a short text can mean a lot. */
import type { Place } from '../url/ast';
import { tooMany, type PlanContext, type Scope } from './context';
import { variantsOf } from './members';
import type { Bound } from './plan';

/** The share of a request's parts that one computed property may have, those of the ones that it uses among them. */
const SHARE = 1 / 40;

const sizes = new WeakMap<object, number>();

/** Members of nodes that hold no expressions of their own, or belong to the model. */
const others = new Set(['definition', 'type', 'property', 'range', 'navigations', 'literal', 'element', 'base']);

/** The number of nodes of an expression written out; each is counted once for every place where it stands. */
function sizeOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const known = sizes.get(value);
  if (known !== undefined) return known;
  const inner = Array.isArray(value)
    ? (value as readonly unknown[]).map(sizeOf)
    : Object.entries(value).map(([name, item]) => (others.has(name) ? 0 : sizeOf(item)));
  const size = inner.reduce((all, each) => all + each, Array.isArray(value) ? 0 : 1);
  sizes.set(value, size);
  return size;
}

/** Refuses a computed property that is too large with all that it stands for. */
export function checkSize({ limits }: PlanContext, name: string, value: Bound, place: Place): void {
  const most = Math.floor(limits.parts * SHARE);
  if (sizeOf(value) > most)
    throw tooMany(`'${name}' has more than ${most} parts, with those of the computed properties that it uses.`, place);
}

/** The number of structures that rows have. */
export function structuresOf(scope: Scope): number {
  const variants = variantsOf(scope, scope.current);
  return variants ? variants.scopes.reduce((all, variant) => all + structuresOf(variant), 0) : 1;
}

/** Refuses rows of too many structures. */
export const checkStructuresOf = (context: PlanContext, scopes: readonly Scope[], place: Place): void =>
  context.checkStructures(
    scopes.reduce((all, scope) => all + structuresOf(scope), 0),
    place,
  );
