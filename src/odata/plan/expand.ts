/** $expand: entities, references and numbers within an entity. URL Conventions §5.1.3 */
import { odataError } from '../error';
import type { EntityType, NavigationProperty } from '../model/model';
import type { ExpandItem, Place, QueryOptions } from '../url/ast';
import { castAt, withoutCast } from './cast';
import { planCollection, planRows } from './collection';
import { notImplemented, placeOf, type PlanContext, type Scope } from './context';
import { mentionsIt, withLevels, type ExpandStep } from './expand-options';
import { rangeBehind } from './identity';
import { memberRow, rowField } from './member-fields';
import { unknownProperty } from './position';
import { membersOf } from './members';
import type { CollectionPlan, Field, Range } from './plan';
import { planSelection } from './select';
import { everything } from './select-list';
import { expandedStream } from './stream';

/** The members for what is expanded. */
export function planExpand(
  context: PlanContext,
  scope: Scope,
  items: readonly ExpandItem[],
  depth: number,
): readonly Field[] {
  if (items.length > 0 && depth >= context.limits.expandDepth) {
    throw odataError(
      'ExpandedTooDeeply',
      { message: `$expand must not be nested deeper than ${context.limits.expandDepth} levels.` },
      items[0] && placeOf(items[0].place),
    );
  }
  const { type } = scope.current;
  const fields = new Map<string, Field>();
  for (const [index, item] of items.entries()) {
    if (item.star) continue;
    const row = memberRow(scope, item);
    if (row) {
      fields.set(row.name, rowField(context, scope, row, item, depth));
      continue;
    }
    const stream = expandedStream(context, type, item);
    if (stream) {
      if (fields.has(stream.stream.name)) throw twice(stream.stream.name, item.place);
      fields.set(stream.stream.name, stream);
      continue;
    }
    const expanded = expandedNavigation(context, type, item);
    const { navigation } = expanded;
    if (fields.has(navigation.name)) throw twice(navigation.name, item.place);
    fields.set(navigation.name, expandItem(context, scope, expanded, item, index, depth));
  }
  for (const [index, item] of items.entries()) {
    if (!item.star) continue;
    const isCut = (target: EntityType): boolean => item.options.$levels === 'max' && isAbove(scope, target);
    for (const navigation of type.navigations.values()) {
      if (!fields.has(navigation.name) && !isCut(navigation.target))
        fields.set(
          navigation.name,
          expandItem(context, scope, { navigation, type: navigation.target }, item, index, depth),
        );
    }
    for (const [name, member] of membersOf(scope, scope.current).own)
      if (member.kind === 'row' && !fields.has(name))
        fields.set(name, rowField(context, scope, { name, range: member.range }, item, depth));
  }
  return [...fields.values()];
}

const twice = (name: string, place: Place): Error =>
  odataError('InvalidValue', { message: `'${name}' is expanded more than once.` }, placeOf(place));

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

/** A star with all levels ends where it would come back to a type that it has come from. */
const isAbove = ({ current, above = [] }: Scope, type: EntityType): boolean =>
  current.type === type || above.includes(type);

interface Expanded {
  readonly navigation: NavigationProperty;
  /** What the path casts the entities behind the navigation to. */
  readonly type: EntityType;
}

function expandedNavigation({ model }: PlanContext, type: EntityType, item: ExpandItem): Expanded {
  const [first, second, third] = withoutCast(model, type, item.path);
  const navigation = first && type.navigations.get(first.name);
  const target = navigation && (second ? castAt(model, navigation.target, second.name) : navigation.target);
  if (navigation && target && !third) return { navigation, type: target };
  if (navigation)
    throw odataError(
      'SyntaxError',
      {
        message: `A path in $expand ends at its first navigation property. Write '${navigation.name}($expand=${second?.name ?? ''})'.`,
      },
      placeOf(second?.place ?? item.place),
    );
  if (first && type.properties.has(first.name)) {
    throw odataError(
      'TypeMismatch',
      { message: `'${first.name}' is no navigation property and cannot be expanded.` },
      placeOf(item.place),
    );
  }
  throw unknownProperty(type, first ?? { name: '', place: item.place });
}

/** What goes out of an entity beside its properties. */
const MEMBERS = 10;

/** `$levels=n` repeats the item within itself, where what it leads to has the same navigation. Protocol §11.2.5.2.1.1 */
function expandItem(
  context: PlanContext,
  scope: Scope,
  expanded: Expanded,
  item: ExpandItem,
  index: number,
  depth: number,
): Field {
  const { navigation, type } = expanded;
  context.count(item.place, MEMBERS + type.properties.size);
  const levels = levelsOf(context, item, depth);
  const repeats =
    levels > 1 && (item.star === true || navigationAgain(context, type, item)?.target === navigation.target);
  const left = item.options.$levels === 'max' ? 'max' : levels;
  const place = item.index ?? index;
  const step: ExpandStep = repeats ? [place, left] : [place];
  const within = [...(scope.within ?? []), step];
  const options = withLevels(item, repeats ? left : 1);
  return expandField(context, { ...scope, within }, expanded, { ...item, options }, depth);
}

/** The navigation that the item stands for among the entities that it leads to. */
function navigationAgain(
  { model }: PlanContext,
  type: EntityType,
  { path }: ExpandItem,
): NavigationProperty | undefined {
  const [first, second] = path;
  const seen = first && castAt(model, type, first.name);
  const name = seen ? second?.name : first?.name;
  return name === undefined ? undefined : (seen ?? type).navigations.get(name);
}

function levelsOf(
  { limits: { expandDepth } }: PlanContext,
  { options: { $levels }, place }: ExpandItem,
  depth: number,
): number {
  const levels = $levels === 'max' ? expandDepth - depth : ($levels ?? 1);
  if (levels + depth <= expandDepth) return levels;
  throw odataError(
    'ExpandedTooDeeply',
    { message: `$levels must not lead deeper than ${expandDepth} levels.` },
    placeOf(place),
  );
}

function expandField(
  context: PlanContext,
  scope: Scope,
  { navigation, type }: Expanded,
  item: ExpandItem,
  depth: number,
): Field {
  const behind = rangeBehind(context.model, scope.current, navigation);
  const range: Range = type === behind.type ? behind : { ...behind, type, seenAs: behind };
  const inner: Scope = {
    current: range,
    it: scope.it,
    variables: new Map(),
    options: item.options,
    ...(scope.within && { within: scope.within }),
    above: [...(scope.above ?? []), scope.current.type],
  };
  if (item.suffix === '$ref' && !range.identity)
    throw notImplemented(`$ref of '${navigation.name}', whose entities have no id,`, item.place);
  if (navigation.collection) return expandMany(context, scope.current, inner, navigation, item, depth);
  refuseCollectionOptions(navigation.name, item.options, item.place);
  if (item.suffix === '$count')
    throw odataError(
      'TypeMismatch',
      { message: `'${navigation.name}' is no collection and cannot be counted.` },
      placeOf(item.place),
    );
  if (item.suffix === '$ref')
    return {
      kind: 'one',
      name: navigation.name,
      navigation,
      selection: { range, fields: [], list: everything },
      reference: true,
    };
  return {
    kind: 'one',
    name: navigation.name,
    navigation,
    selection: planSelection(
      context,
      planRows(context, inner, item.options).scope,
      item.options,
      depth + 1,
      navigation.target,
    ),
    reference: false,
  };
}

function expandMany(
  context: PlanContext,
  outer: Range,
  inner: Scope,
  navigation: NavigationProperty,
  item: ExpandItem,
  depth: number,
): Field {
  const form = item.suffix === '$ref' ? 'references' : item.suffix === '$count' ? 'count' : 'entities';
  const collection: CollectionPlan = planCollection(
    context,
    inner,
    item.options,
    navigation.join.map(({ targetColumn }) => targetColumn),
    depth + 1,
    undefined,
    navigation.target,
  );
  const isWhole =
    !outer.identity ||
    collection.rows !== undefined ||
    mentionsIt(item.options, (name) => context.alias(name, item.options));
  return {
    kind: 'many',
    name: navigation.name,
    navigation,
    collection,
    form,
    within: isWhole ? undefined : inner.within,
  };
}
