/** join and outerjoin: each row once for every member of a collection. Data Aggregation §3.5.1 */
import { odataError } from '../error';
import type { Path, Place, Transformation } from '../url/ast';
import { applySequence } from './apply';
import type { Applied } from './apply-state';
import { castAt } from './cast';
import { startAt } from './collection-start';
import { checkAlias, withMember } from './compute';
import { planConcat } from './concat';
import { always, equal } from './conditions';
import { placeOf, type PlanContext, type Scope } from './context';
import { hasName, namesOf, scopeWith, variantsOf, type MadeRows, type Missing, type Variants } from './members';
import { totalOrder } from './order';
import { unknownProperty } from './position';
import { presenceMark, presenceOf, rowKey, whereThere } from './presence';
import { wholeNumber } from './row-values';

type Node = Extract<Transformation, { kind: 'join' | 'outerjoin' }>;

/** What a join leads along, the entities behind it cast or not. */
interface Joined {
  readonly isComplex: boolean;
  readonly rows: (name: string, missing: Missing) => MadeRows;
}

/**
 * 'several' where structures of rows have collections of their own.
 * joinProperty = complexColProperty / entityColNavigationProperty [ "/" optionallyQualifiedEntityTypeName ]
 */
function joinedAt(context: PlanContext, scope: Scope, { segments, place }: Path): Joined | 'several' {
  const [first, second, third] = segments;
  if (first?.kind !== 'name')
    throw wrongPath('A join leads along a property that is a collection: an annotation is none.', place);
  const start = startAt(context, scope, first);
  if (!start && !hasName(scope, scope.current, first.name))
    throw unknownProperty(scope.current.type, first, namesOf(scope, scope.current));
  if (start === 'several') return start;
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
export function planJoin(context: PlanContext, before: Applied, node: Node): Applied {
  const { scope } = before;
  const joined = joinedAt(context, scope, node.path);
  checkAlias(scope, node.as, node.place);
  return joined === 'several' ? joinedApart(context, before, node) : joinedWith(context, before, node, joined);
}

function joinedWith(
  context: PlanContext,
  before: Applied,
  { kind, as, apply }: Node,
  { isComplex, rows: rowsOf }: Joined,
): Applied {
  const { scope } = before;
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

/** The rows of each structure with its own collection: an empty one where it has none. Data Aggregation §3.1.3 */
function joinedApart(context: PlanContext, before: Applied, node: Node): Applied {
  const { scope, rows, order } = before;
  const { discriminator, scopes } = structuresOf(scope);
  const results = scopes.map((variant, index) => {
    const condition = equal(discriminator, wholeNumber(index));
    const of: Applied = {
      ...before,
      scope: variant,
      rows: { kind: 'filter', input: rows, condition },
    };
    return hasFirst(variant, node.path)
      ? planJoin(context, of, node)
      : joinedWith(context, of, node, emptyAt(context, scope, node.path));
  });
  // Rows of one structure stand between those of others, as they did before.
  return { ...planConcat(context, before, results, node.place), order: totalOrder(rows, order) };
}

/** What some structure has of the path, without any member. */
function emptyAt(context: PlanContext, scope: Scope, path: Path): Joined {
  const joined = joinedAt(context, scope, path);
  if (joined === 'several') {
    const having = structuresOf(scope).scopes.find((variant) => hasFirst(variant, path));
    if (!having) throw new Error('A structure has the path');
    return emptyAt(context, having, path);
  }
  return {
    ...joined,
    rows: (...of) => {
      const made = joined.rows(...of);
      return { ...made, joined: { ...made.joined, filter: always(false) } };
    },
  };
}

const hasFirst = (scope: Scope, { segments: [first] }: Path): boolean =>
  first?.kind === 'name' && hasName(scope, scope.current, first.name);

function structuresOf(scope: Scope): Variants {
  const variants = variantsOf(scope, scope.current);
  if (!variants) throw new Error('Rows have several structures');
  return variants;
}
