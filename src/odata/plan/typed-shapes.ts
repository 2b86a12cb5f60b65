/** What is behind a cast in what rows are grouped by: rows of other types lack it. Data Aggregation §3.2.3.1 */
import { concreteTypes, isOfType, rootType } from '../model/inheritance';
import type { EntityType } from '../model/model';
import type { Place } from '../url/ast';
import { isNotNull, negated } from './conditions';
import { valueAt, type Reached } from './group-values';
import { where, type Shape, type Typed } from './shapes';

/** The shapes in rows of the type that the path has been cast to, and none in all others. */
export function ofType(cast: Reached, shapes: readonly Shape[], place: Place): readonly Shape[] {
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
    { condition: negated(condition), typed: typed(false) },
  ];
}
