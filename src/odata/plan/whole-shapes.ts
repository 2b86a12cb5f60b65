/** Rows and values by the whole of which others are grouped: all that they have tells them apart. Data Aggregation §3.1.2, §3.2.3.1 */
import type { ComplexType } from '../model/model';
import type { Place } from '../url/ast';
import { present } from './conditions';
import { keysOf, presenceBeside, type Group, type Untyped } from './group';
import {
  addedTo,
  collectionGroup,
  isCollectionOf,
  isNotEmpty,
  startAt,
  valueAt,
  type Names,
  type Reached,
  type Whole,
} from './group-values';
import { shapesAt } from './grouping';
import { inStructures } from './grouping-structures';
import { membersOf, namesOf, nestedNames, type Again } from './members';
import { isOf } from './mentions';
import type { Bound } from './plan';
import { presenceOf } from './presence';
import { combined, type Grouping, type Shape } from './shapes';

/** A part of the whole that rows are grouped by: a collection is one, too. */
export function partOfWhole(reached: Reached, names: Names, whole: Whole): readonly Shape[] {
  const [{ name }] = names;
  if (!isCollectionOf(reached, name)) return shapesAt(reached, names);
  const { scope, range } = reached;
  const declared = membersOf(scope, range).own.has(name) ? undefined : range.type.properties.get(name);
  return [{ group: collectionGroup(reached, names, whole, declared) }];
}

/**
 * The entity that the path has come to, or parts of it. `missing` tells whether it may be none, by a value that is null then or by its key; `only`
 * what of all that it has tells it apart.
 */
export function related(
  reached: Reached,
  names: Names,
  missing: boolean | Bound,
  type: ComplexType | Untyped = 'entity',
  only?: readonly string[],
): readonly Shape[] {
  const [{ name, place }, ...rest] = names;
  const { context, scope, range, before, type: target } = reached;
  const nullable = missing !== false;
  const isRow = before.length === 0;
  if (!isNotEmpty(rest) && isRow && membersOf(scope, range).structures)
    return inStructures(reached, place, (one) => related(one, names, false, type, only), nullable);
  const key = target.key.map((property) => ({
    property,
    value: valueAt(reached, [{ kind: 'name', name: property.name, place }], place),
  }));
  if (!isNotEmpty(rest) && key.length > 0) {
    const { names: parts, collections: added, made } = addedTo(reached, name, place, only);
    const its = [...made].map(([own, { it }]) => (it ? rowOf(reached, nameOfIt(own), it, place) : [{}]));
    const shapes = parts.map((part) => shapesAt(reached, [part]));
    return combined(context, [...shapes, ...its], place).map(({ groups: found, ...rows }) => {
      const isIt = (group: Group, own: string): boolean => group.name === nameOfIt(own);
      const groups = found.filter((group) => ![...made.keys()].some((own) => isIt(group, own)));
      const all = [...groups, ...added];
      const hasSay = groups.length < found.length;
      const isUneven = hasSay || !keysOf(all).every((value) => isOf(value, [range]));
      const again = Array.from(made, ([own, one]) => {
        const it = found.find((group) => isIt(group, own));
        return [own, { ...one, it: it?.kind === 'value' ? undefined : it }] as const;
      });
      const kept = { added: all, made: new Map(again), isUneven };
      return { group: { kind: 'entity', name, target, key, ...kept, nullable, place }, ...rows };
    });
  }
  const all = isNotEmpty(rest) ? combined(context, [shapesAt(reached, rest)], place) : wholeRow(reached, place, only);
  const mark = missing === true ? key[0]?.value : missing || undefined;
  return all.map(({ groups: parts, ...rows }) => {
    const presence = presenceBeside(parts, mark && present(mark));
    const entity = type === 'entity' ? target : undefined;
    return { group: { kind: 'parts', name, parts, type, presence, nullable, entity, place }, ...rows };
  });
}

/** A row that is no entity: all that it has tells it apart. Data Aggregation §3.1.2 */
function wholeRow(reached: Reached, place: Place, only?: readonly string[]): readonly Grouping[] {
  const { context, scope, range } = reached;
  const names = only ?? [...namesOf(scope, range), ...nestedNames(scope, range)];
  const whole: Whole = { name: range.name, mark: presenceOf(range) };
  const shapes = names.map((name) => partOfWhole(reached, [{ kind: 'name', name, place }], whole));
  return combined(context, shapes, place);
}

/** The group of the row that `$it` stands for, among those of the entity. */
const nameOfIt = (own: string): string => `${own} $it`;

/** What is mentioned of a row that has a say in a collection of another one. */
function rowOf(
  { context }: Reached,
  name: string,
  { scope, names }: NonNullable<Again['it']>,
  place: Place,
): readonly Shape[] {
  const { current } = scope;
  return related(startAt(context, scope, current), [{ kind: 'name', name, place }], true, 'object', names);
}
