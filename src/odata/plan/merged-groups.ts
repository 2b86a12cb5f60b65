/** How groups come together that have parts of one entity. Data Aggregation §3.2.3.1 */
import { odataError } from '../error';
import { isOfType, lineage } from '../model/inheritance';
import type { EntityType } from '../model/model';
import type { Place } from '../url/ast';
import { always, isNotNull, negated } from './conditions';
import { placeOf, type PlanContext } from './context';
import { caseOf } from './case-value';
import { isCertain, type Group } from './group';
import type { Bound } from './plan';
import { isLike, isThere, ofAll, where, type Grouping, type Shape } from './shapes';

type Present = Shape & { readonly group: Group };

/** The groups with one more; of one that is there already the parts come together. */
export function merged(
  context: PlanContext,
  groups: readonly Group[],
  added: Group,
  place: Place,
): readonly Grouping[] {
  const before = groups.find(({ name }) => name === added.name);
  if (!before) return [{ groups: [...groups, added] }];
  const paths = [...(before.paths ?? []), ...(added.paths ?? [])];
  return together(context, before, added, place).map(({ group: one, ...rows }) => ({
    ...rows,
    groups: groups.map((group) => (group === before ? { ...one, paths } : group)),
  }));
}

/** What two groups of one name tell together. */
function together(context: PlanContext, before: Group, added: Group, place: Place): readonly Present[] {
  if (before.cast !== added.cast) return wider(context, before, added, place);
  if (before.kind !== 'parts') return [{ group: before }];
  if (added.kind !== 'parts') return [{ group: added }];
  const all = added.parts.reduce<readonly Grouping[]>(
    (groupings, part) =>
      groupings.flatMap(({ groups, condition }) =>
        merged(context, groups, part, place).flatMap((grouping) => where(grouping, { condition })),
      ),
    [{ groups: before.parts }],
  );
  return all.map(({ groups: parts, ...rows }) => {
    const presence = parts.some(isCertain) ? undefined : (before.presence ?? added.presence);
    return { ...rows, group: { ...before, parts, presence } };
  });
}

/** Of two groups of one name behind different casts the one that says all that both say: a row has one value of a name. */
function wider(context: PlanContext, one: Group, other: Group, place: Place): readonly Present[] {
  if (isWider(one.cast, other.cast) && covers(one, other)) return [{ group: one }];
  if (isWider(other.cast, one.cast) && covers(other, one)) return [{ group: other }];
  const { name } = one;
  const common = one.cast && other.cast ? commonBase(one.cast, other.cast, name) : undefined;
  if (one.cast && other.cast && !common) return unrelated(context, one, other, place);
  const path = common ? `behind the cast to ${common.name}` : 'without a cast';
  const message = `A row has one '${name}': write all that rows are grouped by of it ${path}.`;
  throw odataError('InvalidValue', { message }, placeOf(place));
}

/** Types that are not derived from one another may each declare the name: a row is of one of them at most, and has what that one says. */
function unrelated(context: PlanContext, one: Group, other: Group, place: Place): readonly Present[] {
  const isOther = isThere(other);
  if (!isLike(one, other))
    return [
      { group: one, condition: negated(isOther) },
      { group: other, condition: isOther },
    ];
  const choose = ([first = none, second = none]: readonly Bound[]): Bound =>
    caseOf(
      context,
      [
        { condition: isNotNull(first), value: first },
        { condition: always(true), value: second },
      ],
      place,
    );
  return [{ group: ofAll(choose, [one, other], true) }];
}

const none: Bound = { kind: 'null' };

const isWider = (type: EntityType | undefined, than: EntityType | undefined): boolean =>
  type === undefined || (than !== undefined && isOfType(than, type));

/** What the other one tells of a value, this one tells, too. */
const covers = (group: Group, other: Group): boolean =>
  group.kind !== 'parts' ||
  (other.kind === 'parts' &&
    other.parts.every((part) => group.parts.some((own) => own.name === part.name && covers(own, part))));

/** The type that both have the name from. */
const commonBase = (one: EntityType, other: EntityType, name: string): EntityType | undefined =>
  lineage(one).find((type) => isOfType(other, type) && (type.properties.has(name) || type.navigations.has(name)));
