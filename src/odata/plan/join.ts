/** join and outerjoin: each row once for every member of a collection. Data Aggregation §3.5.1 */
import { odataError } from '../error';
import type { Path, Place, Transformation } from '../url/ast';
import { applySequence } from './apply';
import type { Applied } from './apply-state';
import { castAt } from './cast';
import { startAt } from './collection-start';
import { checkAlias, withMember } from './compute';
import { notImplemented, placeOf, type PlanContext, type Scope } from './context';
import { hasName, namesOf, scopeWith, type MadeRows, type Missing } from './members';
import { totalOrder } from './order';
import { unknownProperty } from './position';
import { presenceMark, presenceOf, rowKey, whereThere } from './presence';

/** What a join leads along, the entities behind it cast or not. */
interface Joined {
  readonly isComplex: boolean;
  readonly rows: (name: string, missing: Missing) => MadeRows;
}

/** joinProperty = complexColProperty / entityColNavigationProperty [ "/" optionallyQualifiedEntityTypeName ] */
function joinedAt(context: PlanContext, scope: Scope, { segments, place }: Path): Joined {
  const [first, second, third] = segments;
  if (first?.kind !== 'name')
    throw wrongPath('A join leads along a property that is a collection: an annotation is none.', place);
  const start = startAt(context, scope, first);
  if (!start && !hasName(scope, scope.current, first.name))
    throw unknownProperty(scope.current.type, first, namesOf(scope, scope.current));
  if (start === 'several')
    throw notImplemented(`A join of '${first.name}', which structures of rows have of several kinds,`, place);
  if (!start) throw wrongPath(`'${first.name}' is no collection of entities or complex values.`, place);
  const isComplex = start.type !== undefined;
  if (!second) return { isComplex, rows: start.rows };
  const cast = second.kind === 'name' && !third ? castAt(context.model, start.target, second.name) : undefined;
  if (!cast)
    throw wrongPath(`A join leads along one property, '${first.name}' here: join what is behind it within.`, place);
  return { isComplex, rows: (name, missing) => start.rows(name, missing, cast) };
}

const wrongPath = (message: string, place: Place): Error => odataError('TypeMismatch', { message }, placeOf(place));

/** Each row once for every member of the collection, or of what the sequence makes of it. */
export function planJoin(
  context: PlanContext,
  before: Applied,
  { kind, path, as, apply, place }: Extract<Transformation, { kind: 'join' | 'outerjoin' }>,
): Applied {
  const { scope } = before;
  const { isComplex, rows: rowsOf } = joinedAt(context, scope, path);
  checkAlias(scope, as, place);
  const outer = kind === 'outerjoin';
  const mark = outer ? presenceMark(context, as) : undefined;
  const presence = mark ?? presenceOf(scope.current);
  const start = rowsOf(as, { optional: outer || scope.current.optional === true, ...(presence && { presence }) });
  const { rows, order, scope: made } = applySequence(context, start, apply);
  const range = made.current;
  const isMarked = rowKey(range).length === 0;
  return {
    ...before,
    scope: withMember(scopeWith(scope, whereThere(made, range)), as, { kind: 'row', range, isComplex }),
    rows: {
      kind: 'join',
      input: before.rows,
      collection: start.joined,
      rows,
      outer,
      mark: isMarked ? mark : undefined,
    },
    // The members of each row in their order.
    order: order.length > 0 ? [...totalOrder(before.rows, before.order), ...order] : before.order,
  };
}
