/** join and outerjoin: each row once for every member of a collection. Data Aggregation §3.5.1 */
import { odataError } from '../error';
import { itemsNavigation } from '../model/item-type';
import type { EntityType, NavigationProperty } from '../model/model';
import type { Path, Place, Transformation } from '../url/ast';
import { applySequence } from './apply';
import type { Applied } from './apply-state';
import { castAt } from './cast';
import { checkAlias, withMember } from './compute';
import { notImplemented, placeOf, type PlanContext, type Scope } from './context';
import { rangeBehind } from './identity';
import { hasName, membersOf, namesOf } from './members';
import { unknownProperty } from './position';
import type { BoundCollection, Range } from './plan';
import { presenceMark, presenceOf, rowKey } from './presence';

/** What a join leads along, and what the path casts the entities behind it to. */
interface Joined {
  readonly navigation: NavigationProperty;
  readonly type: EntityType;
}

/** joinProperty = complexColProperty / entityColNavigationProperty [ "/" optionallyQualifiedEntityTypeName ] */
function joinedAt({ model }: PlanContext, scope: Scope, { segments, place }: Path): Joined {
  const [first, second, third] = segments;
  if (first?.kind !== 'name') throw notImplemented('A join along an annotation', place);
  const { type } = scope.current;
  const property = type.properties.get(first.name);
  const navigation = type.navigations.get(first.name) ?? (property && itemsNavigation(property));
  if (!navigation && membersOf(scope, scope.current).variants)
    throw notImplemented('A join of rows of several structures', place);
  if (!navigation && !hasName(scope, scope.current, first.name))
    throw unknownProperty(type, first, namesOf(scope, scope.current));
  if (!navigation?.collection)
    throw wrongPath(`'${first.name}' is no collection of entities or complex values.`, place);
  if (!second) return { navigation, type: navigation.target };
  const cast = second.kind === 'name' && !third ? castAt(model, navigation.target, second.name) : undefined;
  if (!cast)
    throw wrongPath(`A join leads along one property, '${first.name}' here: join what is behind it within.`, place);
  return { navigation, type: cast };
}

const wrongPath = (message: string, place: Place): Error => odataError('TypeMismatch', { message }, placeOf(place));

/** Each row once for every member of the collection, or of what the sequence makes of it. */
export function planJoin(
  context: PlanContext,
  before: Applied,
  { kind, path, as, apply, place }: Extract<Transformation, { kind: 'join' | 'outerjoin' }>,
): Applied {
  const { scope } = before;
  const { navigation, type } = joinedAt(context, scope, path);
  checkAlias(scope, as, place);
  const outer = kind === 'outerjoin';
  const mark = outer ? presenceMark(context, as) : undefined;
  const presence = mark ?? presenceOf(scope.current);
  const range: Range = {
    ...rangeBehind(context.model, scope.current, navigation),
    type,
    name: as,
    optional: outer || scope.current.optional === true,
    ...(presence && { presence }),
  };
  const collection: BoundCollection = { from: scope.current, navigations: [navigation], range };
  const inner = applySequence(
    context,
    { scope: { ...scope, current: range }, rows: { kind: 'base', range }, order: [], groups: [], joined: collection },
    apply,
  );
  const { current } = inner.scope;
  const isMarked = rowKey(current).length === 0;
  const isComplex = navigation.items !== undefined;
  const { members } = inner.scope;
  return {
    ...before,
    scope: withMember({ ...scope, ...(members && { members }) }, as, { kind: 'row', range: current, isComplex }),
    rows: {
      kind: 'join',
      input: before.rows,
      collection,
      rows: inner.rows,
      outer,
      mark: isMarked ? mark : undefined,
    },
  };
}
