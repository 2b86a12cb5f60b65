/** How large a plan becomes: names that the request gives stand for whole expressions and structures, so that a short text can mean a lot. */
import { odataError } from '../error';
import type { Place } from '../url/ast';
import { placeOf, type Scope } from './context';
import { variantsOf } from './members';
import type { Bound } from './plan';

/** Parts of a computed property, those of the ones that it uses among them. */
const MAX_PARTS = 500;
/** Structures of rows: concat doubles them each time. */
const MAX_STRUCTURES = 100;

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
export function checkSize(name: string, value: Bound, place: Place): void {
  if (sizeOf(value) > MAX_PARTS)
    throw odataError(
      'TooManyParts',
      { message: `'${name}' has more than ${MAX_PARTS} parts, with those of the computed properties that it uses.` },
      placeOf(place),
    );
}

/** The number of structures that rows have. */
function structuresOf(scope: Scope): number {
  const variants = variantsOf(scope, scope.current);
  return variants ? variants.scopes.reduce((all, variant) => all + structuresOf(variant), 0) : 1;
}

/** Refuses rows of too many structures. */
export const checkStructures = (scopes: readonly Scope[], place: Place): void =>
  checkNumber(
    scopes.reduce((all, scope) => all + structuresOf(scope), 0),
    place,
  );

/** Refuses a number of structures. */
export function checkNumber(structures: number, place: Place): void {
  if (structures > MAX_STRUCTURES)
    throw odataError(
      'TooManyParts',
      { message: `concat and rollup must not lead to more than ${MAX_STRUCTURES} structures of rows.` },
      placeOf(place),
    );
}
