/**
 * Paths of groups in rows of several structures: each has what it has of a path. What it lacks is absent from its group, which is another one than
 * that of the rows in which it is null. Data Aggregation §3.1.2, §3.2.3.1
 */
import type { Place } from '../url/ast';
import { isCastHere } from './cast';
import { allOf, equal } from './conditions';
import type { Scope } from './context';
import { distinctShapes, type OwnShape } from './distinct-shapes';
import { dynamicProperty } from './dynamic-property';
import { startAt, type Names, type Reached } from './group-values';
import { groupCast } from './grouped-cast';
import { hasPath } from './has-path';
import { hasName, membersOf, variantsOf } from './members';
import { wholeNumber } from './row-values';
import type { Shape } from './shapes';

/** What a path leads to in rows of one structure. */
export type ShapesAt = (reached: Reached, names: Names) => readonly Shape[];

/**
 * The structures in which a path begins. What no structure has under a name is what open types may have, as is what types of `$all` beside them
 * declare.
 */
export function structuresWith({ context }: Reached, scopes: readonly Scope[], names: Names): readonly Scope[] {
  const [{ name }] = names;
  const isNamed = scopes.some((one) => hasName(one, one.current, name));
  const isSomewhere = scopes.some((one) => hasPath(context, one, one.current, names));
  return scopes.filter((one) => {
    const { current } = one;
    if (hasName(one, current, name) || isCastHere(context.model, one, current, name)) return true;
    if (groupCast(context, one, current, names[0])) return !isSomewhere || hasPath(context, one, current, names);
    const { beside } = membersOf(one, current);
    return (beside !== undefined || !isNamed) && dynamicProperty(current.type, name) !== undefined;
  });
}

/** The shapes of a path in the structures in which it begins. Where it leads to its end in none of them, each tells what is wrong. */
export function inEach(reached: Reached, begins: readonly Scope[], names: Names, shapesAt: ShapesAt): readonly Shape[] {
  const { context } = reached;
  const [{ name, place }] = names;
  const ends = begins.filter((one) => !hasName(one, one.current, name) || hasPath(context, one, one.current, names));
  const isElsewhere = ends.length > 0;
  return inStructures(reached, place, (one, structure) => {
    if (!begins.includes(structure)) return [{}];
    return shapesAt(isElsewhere && !ends.includes(structure) ? { ...one, isElsewhere } : one, names);
  });
}

const inStructure = (reached: Reached, structure: Scope): Reached => ({
  ...reached,
  ...startAt(reached.context, structure, structure.current),
});

/** The shapes that something has in rows of several structures. `isOptional`: the whole row may be missing. */
export function inStructures(
  reached: Reached,
  place: Place,
  shapesIn: (reached: Reached, structure: Scope) => readonly Shape[],
  isOptional = false,
): readonly Shape[] {
  const { context, scope, range } = reached;
  const variants = variantsOf(scope, range);
  if (!variants) throw new Error('The rows have one structure');
  const { discriminator, scopes } = variants;
  const own = scopes.flatMap((variant, index) =>
    shapesIn(inStructure(reached, variant), variant).map(({ condition, among = [new Map()], ...shape }): OwnShape => ({
      ...shape,
      condition: allOf([equal(discriminator, wholeNumber(index)), ...(condition ? [condition] : [])]),
      among: among.map((one) => new Map([...one, [discriminator, index]])),
    })),
  );
  const missing = isOptional || range !== scope.current ? new Map([[discriminator, -1]]) : undefined;
  return distinctShapes(context, own, missing, place);
}
