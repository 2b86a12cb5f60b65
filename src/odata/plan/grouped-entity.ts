/** Entities that rows were grouped by, with what the request had added to them. Data Aggregation §3.1.2, §3.2.3.1 */
import { addedEntity, valueWith, type Added } from './added-members';
import { speakingOfValue } from './complex-value';
import { withMember } from './compute';
import type { PlanContext, Scope } from './context';
import type { Property } from '../model/model';
import { isNullable } from './coerce';
import type { GroupedEntity, GroupedMembers, GroupedValue } from './grouped-type';
import { opened } from './item-keys';
import { instanceOf, membersOf, withMembers } from './members';
import { callOf } from './own-functions';
import { inApply } from './place';
import type { Bound, Range } from './plan';
import { at, valueOf } from './position';
import { boundProperty } from './select';
import { keysHeld } from './stored-items';
import { nameIn } from './typed-members';

/** The scope in which a row, or what its group has, leads to them; the columns of the row `of` tell which. */
export function withGrouped(
  context: PlanContext,
  scope: Scope,
  of: Range,
  { entities, values, held }: GroupedMembers,
): Scope {
  const filled = withValues(context, scope, of, held);
  const seen = entities.reduce((before, entity) => withEntity(context, before, of, entity), filled);
  return values.reduce((before, { property, ...members }) => {
    const name = nameIn(property.name);
    const whole = boundProperty(of, property);
    const filled = withGrouped(context, speakingOfValue(before, name, whole), of, members);
    const { scope: outer, member } = valueWith(context, before, whole, { name, isOwn: true }, filled);
    return withMember(
      outer,
      property.name,
      member.kind === 'structure' ? { ...member, within: members.held.map((one) => one.name) } : member,
    );
  }, seen);
}

/** The same of rows that have the values: what their group says of entities, also within others, is told. */
export function withTold(
  context: PlanContext,
  scope: Scope,
  of: Range,
  { entities, values }: Pick<GroupedMembers, 'entities' | 'values'>,
): Scope {
  const seen = entities.reduce((before, entity) => withEntity(context, before, of, entity), scope);
  return values.reduce((before, { property, ...members }) => {
    const { current } = before;
    const instance = instanceOf(membersOf(before, current).own.get(property.name));
    if (!instance) return before;
    const whole = withMembers({ ...before, current: instance }, instance, { held: undefined });
    return { ...withTold(context, whole, of, members), current };
  }, seen);
}

function withEntity(context: PlanContext, scope: Scope, of: Range, grouped: GroupedEntity): Scope {
  const { name } = grouped.navigation;
  const added = entityOf(context, scope, of, grouped);
  return withMember(added.scope, name, added.member);
}

function entityOf(context: PlanContext, scope: Scope, of: Range, grouped: GroupedEntity): Added {
  const { navigation } = grouped;
  const { name, target } = navigation;
  return addedEntity(context, scope, { of, navigation, type: target }, { name }, (instance) =>
    withAdded(context, instance, of, grouped),
  );
}

/** The scope in which an entity has what was added to it. */
export function withAdded(context: PlanContext, entity: Scope, of: Range, grouped: GroupedEntity): Scope {
  const { properties, made } = grouped;
  const seen = withValues(context, entity, of, properties);
  return [...made.values()].reduce(
    (before, { to, it }) => {
      const row = it && rowOf(context, before, of, it);
      return to(row ? { ...row, current: before.current } : before, row?.current);
    },
    withGrouped(context, seen, of, grouped),
  );
}

/** The scope that speaks of a row that the groups hold because it has a say in something. */
function rowOf(context: PlanContext, scope: Scope, of: Range, held: GroupedEntity | GroupedValue): Scope {
  if (!('navigation' in held)) {
    const { property, ...members } = held;
    return withGrouped(context, speakingOfValue(scope, property.name, boundProperty(of, property)), of, members);
  }
  const { scope: seen, member } = entityOf(context, scope, of, held);
  const current = instanceOf(member);
  if (!current) throw new Error('An entity is one');
  return { ...seen, current };
}

const withValues = (context: PlanContext, scope: Scope, of: Range, held: readonly Property[]): Scope =>
  held.reduce((before, property) => {
    const [only] = property.casts ?? [];
    return withMember(before, property.name, { kind: 'value', value: heldIn(context, of, property), only });
  }, scope);

/** Of a collection of complex values the column holds the keys. */
function heldIn(context: PlanContext, of: Range, property: Property): Bound {
  const held = valueOf(at(of), property);
  if (held.kind === 'null') return held;
  const { type } = held;
  const nullable = isNullable(held);
  const isOfKeys = type.kind === 'collection' && type.of.kind === 'complex';
  return isOfKeys ? opened(context, callOf(keysHeld, [held], type, nullable), inApply) : held;
}
