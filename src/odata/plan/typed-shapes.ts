/** What is behind a cast in what rows are grouped by: rows of other types lack it. Data Aggregation §3.2.3.1 */
import { qualifiedTypeName } from '../model/edm';
import { concreteTypes, isOfType, rootType } from '../model/inheritance';
import type { EntityType } from '../model/model';
import type { NameSegment, Place } from '../url/ast';
import { isNotNull, negated } from './conditions';
import { startAt, valueAt, type Names, type Reached } from './group-values';
import type { ShapesAt } from './grouping-structures';
import { where, type Shape, type Typed } from './shapes';
import { seenWith, typesHaving, withoutTyped } from './typed-members';

/** The shapes in rows of the type that the path has been cast to, and those of all others: none, unless they are given. */
export function ofType(
  cast: Reached,
  shapes: readonly Shape[],
  place: Place,
  others: readonly Shape[] = [{}],
): readonly Shape[] {
  const { range, before, type } = cast;
  const [key] = type.key;
  if (!key) throw new Error(`${type.name} has a key`);
  const condition = isNotNull(valueAt(cast, [{ kind: 'name', name: key.name, place }], place));
  const path = before.flatMap(({ name }) => (name.includes('.') ? [] : [name])).join('/');
  const all = [...concreteTypes(rootType(type)), undefined];
  const isOwn = (one: EntityType | undefined): boolean => one !== undefined && isOfType(one, type);
  const typed = (isIn: boolean): readonly Typed[] => [{ range, path, types: all.filter((one) => isOwn(one) === isIn) }];
  return [
    ...shapes.flatMap((shape) => where(shape, { condition, typed: typed(true) })),
    ...others.flatMap((shape) => where(shape, { condition: negated(condition), typed: typed(false) })),
  ];
}

/**
 * What names lead to from a row as one of a type, itself or seen as such: rows of some types may have been given something that others have not.
 * `base` is where they start where these have nothing of it.
 */
export function inTypes(reached: Reached, base: Reached, names: Names, shapesAt: ShapesAt): readonly Shape[] {
  const { context, scope, range } = reached;
  const [{ name, place }] = names;
  const { type } = base;
  const seen = type === range.type ? undefined : seenWith(scope, range, type, name);
  const own = seen ? startAt(context, seen, seen.current) : { ...base, scope: withoutTyped(scope, range) };
  const derived = typesHaving(scope, range, type, name);
  const isElsewhere = derived.length > 0;
  return derived.reduce(
    (others, one) => {
      const cast: NameSegment = { kind: 'name', name: qualifiedTypeName(context.model.namespace, one), place };
      const typed = seenWith(scope, range, one, name);
      if (!typed) return others;
      const of: Reached = { ...reached, before: [cast], type: one };
      return ofType(of, shapesAt(startAt(context, typed, typed.current), names), place, others);
    },
    shapesAt(isElsewhere ? { ...own, isElsewhere } : own, names),
  );
}
