/** $expand: entities, references and numbers within an entity. URL Conventions §5.1.3 */
import { odataError } from '../error';
import { tiedColumns } from '../model/edm';
import { rootType } from '../model/inheritance';
import type { EntityType, NavigationProperty } from '../model/model';
import type { ExpandItem, Place, QueryOptions } from '../url/ast';
import { aggregatedAway } from './aggregated-away';
import { castAt, withoutCast } from './cast';
import { hasOwn, type Part } from './chosen';
import { planCollection, planInstance } from './collection';
import { placeOf, startScope, type PlanContext, type Scope } from './context';
import { isEndless, levelsWithin, mentionsIt, withLevels, type ExpandStep } from './expand-options';
import { rangeBehind } from './identity';
import { checkId, memberAt, memberField, referenceTo, withContext } from './member-fields';
import { inApply } from './place';
import { unknownProperty } from './position';
import { hasName, isNavigation, membersOf, type Member } from './members';
import type { BoundProperty, Field, Range } from './plan';
import { planSelection } from './select';
import { expandOnce, type Nesting } from './shared-fields';
import { checkStar, partsOf, starNavigations } from './star-levels';
import { expandedStream } from './stream';

/** An item of $expand, and where it stands among the others: links to further pages name it by that. */
interface Placed {
  readonly item: ExpandItem;
  readonly index: number;
}

/** The members for what is expanded. */
export function planExpand(
  context: PlanContext,
  scope: Scope,
  items: readonly ExpandItem[],
  depth: number,
): readonly Field[] {
  if (items.length > 0 && depth >= context.limits.expandDepth)
    throw odataError(
      'ExpandedTooDeeply',
      { message: `$expand must not be nested deeper than ${context.limits.expandDepth} levels.` },
      items[0] && placeOf(items[0].place),
    );
  const placed = items.map((item, index): Placed => ({ item, index: item.index ?? index }));
  const named = placed.filter(({ item }) => !item.star);
  const [star, another] = placed.filter(({ item }) => item.star);
  if (another) throw twice('*', another.item.place);
  const fields = new Map<string, Field>();
  for (const one of named) {
    const field = namedField(context, scope, one, depth);
    const name = field.kind === 'stream' ? field.stream.name : field.name;
    if (fields.has(name)) throw twice(name, one.item.place);
    fields.set(name, field);
  }
  return [...fields.values(), ...(star ? starFields(context, scope, star, new Set(fields.keys()), depth) : [])];
}

/** The error for a name that several items have. */
export const twice = (name: string, place: Place): Error =>
  odataError('InvalidValue', { message: `'${name}' is expanded more than once.` }, placeOf(place));

type ExpandedField = Nesting | Extract<Field, { kind: 'stream' }>;

function namedField(context: PlanContext, scope: Scope, placed: Placed, depth: number): ExpandedField {
  const { item } = placed;
  const { type } = scope.current;
  const found = memberAt(context, scope, item);
  if (found) return memberItem(context, scope, found, placed, depth);
  const stream = expandedStream(context, type, item);
  return stream ?? expandItem(context, scope, { ...placed, ...expandedNavigation(context, scope, item) }, depth);
}

/** The member for an entity that goes out without being asked for, told by columns of a row; what is asked of it are options of its own. */
export function wholeEntity(
  context: PlanContext,
  scope: Scope,
  navigation: NavigationProperty,
  part: Part,
  { range: from, navigations }: Pick<BoundProperty, 'range' | 'navigations'>,
): Field {
  const { own: options, step = 0 } = hasOwn(part) ? part : { own: {} };
  const item: ExpandItem = { path: [{ kind: 'name', name: navigation.name, place: inApply }], options, place: inApply };
  const behind = { from, navigations: [...navigations, navigation] };
  const expanded = { item, index: step, navigation, type: navigation.target, behind, isNamed: true };
  return expandItem(context, scope, expanded, 0);
}

/** All that the star means beside what is named. */
function starFields(
  context: PlanContext,
  scope: Scope,
  star: Placed,
  named: ReadonlySet<string>,
  depth: number,
): readonly Field[] {
  const { item } = star;
  const { own } = membersOf(scope, scope.current);
  const navigations = starNavigations(context, scope, item, (name) => named.has(name) || own.has(name));
  if (navigations.length > 0) checkStar(context, scope, item, navigations, levelsOf(context, item, depth));
  const made = [...own].flatMap(([name, member]) =>
    isNavigation(member) && !named.has(name) ? [{ name, member }] : [],
  );
  return [
    ...navigations.map((navigation) =>
      expandItem(context, scope, { ...star, navigation, type: navigation.target }, depth),
    ),
    ...made.map((found) => memberItem(context, scope, found, star, depth)),
  ];
}

/** Options of a collection cannot be applied to one entity. */
export function refuseCollectionOptions(name: string, options: QueryOptions, place: Place): void {
  for (const option of ['$filter', '$orderby', '$top', '$skip', '$count', '$search', '$apply'] as const) {
    if (options[option] !== undefined) {
      throw odataError(
        'OptionNotApplicable',
        { name: option, resource: `'${name}', which leads to one entity` },
        placeOf(place),
      );
    }
  }
}

/** An item with the navigation that it means. */
interface Expanded extends Placed {
  readonly navigation: NavigationProperty;
  /** What the path casts the entities behind the navigation to. */
  readonly type: EntityType;
  /** What leads there, unless the row itself does. */
  readonly behind?: Range['behind'];
  /** No context tells which set it is of. */
  readonly isNamed?: boolean;
}

function expandedNavigation(
  context: PlanContext,
  scope: Scope,
  item: ExpandItem,
): Pick<Expanded, 'navigation' | 'type'> {
  const { model } = context;
  const { type } = scope.current;
  const [first, second, third] = withoutCast(model, type, item.path);
  if (!first)
    throw odataError(
      'SyntaxError',
      { message: 'A type in $expand needs a navigation property behind it.' },
      placeOf(item.place),
    );
  const navigation = type.navigations.get(first.name);
  const target = navigation && (second ? castAt(model, navigation.target, second.name) : navigation.target);
  if (navigation && target && !third) return { navigation, type: target };
  if (navigation) {
    const [end, behind] = target && second ? [`${first.name}/${second.name}`, third] : [first.name, second];
    const message = `A path in $expand ends at its first navigation property. Write '${end}($expand=${behind?.name ?? ''})'.`;
    throw odataError('SyntaxError', { message }, placeOf(behind?.place ?? item.place));
  }
  throw notExpanded(context, scope, item);
}

/** The error for an item that names nothing to be expanded. */
export function notExpanded(context: PlanContext, scope: Scope, { path: [first], place }: ExpandItem): Error {
  const { type } = scope.current;
  if (!first || hasName(scope, scope.current, first.name))
    return odataError(
      'TypeMismatch',
      { message: `'${first?.name ?? ''}' is no navigation property and cannot be expanded.` },
      placeOf(place),
    );
  return aggregatedAway(context, scope, scope.current, [first]) ?? unknownProperty(type, first);
}

const expandItem = (context: PlanContext, scope: Scope, expanded: Expanded, depth: number): Nesting =>
  expandOnce(scope, expanded.item, expanded.navigation, (seen) => plainItem(context, seen, expanded, depth));

/** What the request made. */
const memberItem = (
  context: PlanContext,
  scope: Scope,
  found: { readonly name: string; readonly member: Member },
  { item, index }: Placed,
  depth: number,
): Nesting =>
  expandOnce(scope, item, found.member, (seen) => memberField(context, seen, found, { ...item, index }, depth));

/** `$levels=n` repeats the item within itself, where what it leads to has the same navigation. Protocol §11.2.5.2.1.1 */
function plainItem(context: PlanContext, scope: Scope, expanded: Expanded, depth: number): Nesting {
  const { navigation, type, item, index } = expanded;
  context.count(item.place, partsOf(navigation, type));
  const levels = levelsOf(context, item, depth);
  const repeats =
    levels > 1 && (item.star === true || navigationAgain(context, type, item)?.target === navigation.target);
  const left = !repeats ? 1 : item.options.$levels === 'max' ? 'max' : levels;
  const step: ExpandStep = isEndless(item)
    ? [index, left, rootType(scope.current.type).name]
    : repeats
      ? [index, left]
      : [index];
  const within = [...(scope.within ?? []), step];
  const options = withLevels(item, left);
  return expandField(context, { ...scope, within }, { ...expanded, item: { ...item, options } }, depth);
}

/** The navigation that the item stands for among the entities that it leads to. */
function navigationAgain(
  { model }: PlanContext,
  type: EntityType,
  { path }: ExpandItem,
): NavigationProperty | undefined {
  const [first, second] = withoutCast(model, type, path);
  const seen = first && castAt(model, type, first.name);
  const name = seen ? second?.name : first?.name;
  return name === undefined ? undefined : (seen ?? type).navigations.get(name);
}

/** `max` leaves room for what is expanded within. */
function levelsOf(
  { limits: { expandDepth } }: PlanContext,
  { options: { $levels, $expand }, place }: ExpandItem,
  depth: number,
): number {
  const levels = $levels === 'max' ? Math.max(expandDepth - depth - levelsWithin($expand), 1) : ($levels ?? 1);
  if (levels + depth <= expandDepth) return levels;
  throw odataError(
    'ExpandedTooDeeply',
    { message: `$levels must not lead deeper than ${expandDepth} levels.` },
    placeOf(place),
  );
}

function expandField(context: PlanContext, scope: Scope, expanded: Expanded, depth: number): Nesting {
  const { navigation, type, item, behind: from } = expanded;
  const behind = { ...rangeBehind(context.model, scope.current, navigation), ...(from && { behind: from }) };
  const range: Range = type === behind.type ? behind : { ...behind, type, seenAs: behind };
  const inner: Scope = {
    ...startScope(range, item.options),
    it: scope.it,
    // `$it` has all that the request gave it.
    ...(scope.members && { members: scope.members }),
    ...(scope.within && { within: scope.within }),
    above: [...(scope.above ?? []), rootType(scope.current.type)],
  };
  if (item.suffix === '$ref') checkId(navigation.name, range, item.place);
  return navigation.collection
    ? expandMany(context, scope.current, inner, expanded, depth)
    : expandOne(context, inner, { ...expanded, isNamed: isNamed(scope, expanded) }, depth);
}

/** A group by an entity of a join, under the name that the request gave it, or what an item that no type declares leads to. */
function isNamed(scope: Scope, { navigation: { name }, isNamed: isSo }: Expanded): boolean {
  const { type } = scope.current;
  const { declared } = membersOf(scope, scope.current);
  const isOther = declared !== undefined && declared.key.length > 0 && !declared.navigations.has(name);
  return isSo ?? (type.item !== undefined || isOther);
}

function expandOne(
  context: PlanContext,
  scope: Scope,
  { navigation, item, isNamed }: Expanded,
  depth: number,
): Nesting {
  const { name, target } = navigation;
  refuseCollectionOptions(name, item.options, item.place);
  if (item.suffix === '$count')
    throw odataError(
      'TypeMismatch',
      { message: `'${name}' is no collection and cannot be counted.` },
      placeOf(item.place),
    );
  const reference = item.suffix === '$ref';
  if (reference) return { kind: 'one', name, navigation, selection: referenceTo(scope.current), reference };
  const inner = planInstance(context, scope, item.options);
  const planned = planSelection(context, inner, item.options, depth + 1, target);
  const selection = isNamed ? withContext(context, inner, planned) : planned;
  return { kind: 'one', name, navigation, selection, reference };
}

function expandMany(
  context: PlanContext,
  outer: Range,
  inner: Scope,
  { navigation, item: { options, suffix } }: Expanded,
  depth: number,
): Nesting {
  const { name, target } = navigation;
  const collection = planCollection(context, inner, options, {
    tied: tiedColumns(navigation),
    depth: depth + 1,
    told: target,
  });
  const isWhole =
    !outer.identity || collection.rows !== undefined || mentionsIt(options, (alias) => context.alias(alias, options));
  return {
    kind: 'many',
    name,
    navigation,
    collection,
    form: suffix === '$ref' ? 'references' : suffix === '$count' ? 'count' : 'entities',
    within: isWhole ? undefined : inner.within,
  };
}
