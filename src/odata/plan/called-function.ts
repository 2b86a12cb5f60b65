/**
 * Functions in the path of an expression: what the path that defines one leads to from where it is bound, or the rows that it gives.
 * URL Conventions §5.1.1.13, Protocol §11.5.4
 */
import { odataError } from '../error';
import { isBoundTo } from '../model/operation';
import { parseSegments } from '../url';
import type { Call as CallNode, NameSegment, PathSegment, Place } from '../url/ast';
import { didYouMean } from '../url/did-you-mean';
import { placeOf, type PlanContext, type Scope } from './context';
import { singletonKey } from './keys';
import { ending } from './lambda';
import { keyed, pickedBehind, pickedFrom, walk } from './member-path';
import { operationsNamed, planOperation } from './operation';
import { pickedOne, positionBehind, setAt, wholeSet, type Defined } from './path-position';
import type { Bound, BoundCollection, FunctionRows } from './plan';
import { at, collectionAt, entityKey, membersAt, propertyOf, type Position } from './position';

/** What a function says behind a position, or without one when it is bound to nothing; the segments behind it go on from its result. */
export function planCalled(
  context: PlanContext,
  scope: Scope,
  position: Position | undefined,
  segment: NameSegment,
  rest: readonly PathSegment[],
): Bound {
  const boundTo = position && { type: position.type, single: !position.isCollection };
  const call = planOperation(context, boundTo, segment, scope);
  if (!call) throw unknownFunction(context, position, segment);
  const { operation } = call;
  if (operation.kind === 'action')
    throw odataError(
      'TypeMismatch',
      { message: `The action ${operation.name} does something: it gives no value to an expression.` },
      placeOf(segment.place),
    );
  const { definition } = operation;
  if (definition.kind === 'rows') {
    const rows: FunctionRows = { operation, definition, arguments: call.arguments };
    return behindRows(context, scope, calledRows(position, rows, segment.place), segment, rest);
  }
  const { found, ones } = alongPath(context.forDefinition(call.arguments), scope, position, definition.path);
  const { key, name, place } = segment;
  const value = key
    ? pickedBehind(context, scope, collectionAt(found, name, place), { arguments: key, place }, rest)
    : ones.length > 0 && rest.length === 0 && !found.isCollection
      ? entityKey(found, place)
      : walk(context, scope, found, rest, place);
  return ones.reduceRight((picked, one) => pickedFrom(one, picked), value);
}

/** A call without arguments and without a path behind it, where no canonical function has the name. */
export function planBareCall(
  context: PlanContext,
  scope: Scope,
  { name, arguments: given, place }: CallNode,
): Bound | undefined {
  if (given.length > 0 || operationsNamed(context.model, name).length === 0) return undefined;
  const segment: NameSegment = { kind: 'name', name, arguments: [], place };
  return planCalledFirst(context, scope, segment, []) ?? planCalled(context, scope, at(scope.current), segment, []);
}

/** The call of a function that is bound to nothing, with which a path begins; one that is bound to the row where paths start comes first. */
export function planCalledFirst(
  context: PlanContext,
  scope: Scope,
  segment: NameSegment,
  rest: readonly PathSegment[],
): Bound | undefined {
  const named = operationsNamed(context.model, segment.name);
  const isHere = named.some((operation) => isBoundTo(operation, scope.current.type, false));
  const isUnbound = named.some(({ binding }) => !binding);
  return isUnbound && !isHere ? planCalled(context, scope, undefined, segment, rest) : undefined;
}

/** Follows that path, whose names are those of where the function is bound. */
export function alongPath(context: PlanContext, { it }: Scope, position: Position | undefined, path: string): Defined {
  const segments = parseSegments(path, '$filter');
  const scope: Scope = { current: position?.range ?? it, it: position?.range ?? it, variables: new Map() };
  const follow = (start: Defined, rest: readonly PathSegment[]): Defined =>
    positionBehind(context, scope, start, rest, (before, segment) => calledWithin(context, scope, before, segment));
  if (position) return follow({ found: position, ones: [] }, segments);
  const [first, ...rest] = segments;
  if (first?.kind !== 'name') throw new Error(`The path ${path} does not begin with a set`);
  const set = setAt(context, first);
  const whole = wholeSet(set);
  const start: Defined = { found: whole, ones: [] };
  if (first.arguments) return follow(pickedOne(context, start, first.arguments, first.place), rest);
  if (!set.one) return follow(start, rest);
  return follow({ found: at(whole.range), ones: [keyed(whole.collection, singletonKey(set.one))] }, rest);
}

/** Where a function leads that the path of another one goes through; undefined where none is meant. */
function calledWithin(context: PlanContext, scope: Scope, before: Position, segment: NameSegment): Defined | undefined {
  if (before.type.properties.has(segment.name)) return undefined;
  const call = planOperation(context, { type: before.type, single: !before.isCollection }, segment, scope);
  if (call?.operation.kind !== 'function' || call.operation.definition.kind !== 'path') return undefined;
  const { path } = call.operation.definition;
  return context.nested(segment.place, () => alongPath(context.forDefinition(call.arguments), scope, before, path));
}

/** The rows of a function. */
type CalledRows = BoundCollection & { readonly rows: FunctionRows };

export const rowsOf = (position: Position | undefined, rows: FunctionRows): CalledRows => ({
  from: position?.range,
  navigations: position?.navigations ?? [],
  range: { type: rows.definition.type, name: rows.operation.name },
  rows,
});

/** The same where a position may be a collection, whose members each have theirs. */
const calledRows = (position: Position | undefined, rows: FunctionRows, place: Place): CalledRows =>
  position?.isCollection ? { ...rowsOf(undefined, rows), of: membersAt(position, place) } : rowsOf(position, rows);

/** What a path says of the rows of a function, or of the one that there is. */
function behindRows(
  context: PlanContext,
  scope: Scope,
  collection: CalledRows,
  { key, place }: NameSegment,
  rest: readonly PathSegment[],
): Bound {
  const { range } = collection;
  const { returns } = collection.rows.operation;
  if (key) return pickedBehind(context, scope, collection, { arguments: key, place }, rest);
  if (returns.type.kind === 'collection')
    return walk(context, scope, { ...at(range), isCollection: true, collection }, rest, place);
  const own = returns.type.kind === 'primitive' ? range.type.properties.get('value') : undefined;
  if (own) ending(rest);
  return pickedFrom(collection, own ? propertyOf(at(range), own) : walk(context, scope, at(range), rest, place));
}

function unknownFunction({ model }: PlanContext, position: Position | undefined, { name, place }: NameSegment): Error {
  const here = model.operations.filter(
    (one) =>
      one.kind === 'function' &&
      (one.binding === undefined || (position && isBoundTo(one, position.type, position.isCollection))),
  );
  const names = here.map((operation) => `${model.namespace}.${operation.name}`);
  return odataError('UnknownFunction', { name, hint: didYouMean(name, names) }, placeOf(place));
}
