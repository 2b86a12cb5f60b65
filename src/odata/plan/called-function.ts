/**
 * Functions in the path of an expression: what the path that defines one leads to from where it is bound, or the rows that it gives.
 * URL Conventions §5.1.1.13, Protocol §11.5.4
 */
import { odataError } from '../error';
import { isBoundTo, type FunctionOperation } from '../model/operation';
import { VALUE } from '../model/row-type';
import { parseUrl, splitUrl } from '../url';
import type { Call as CallNode, NameSegment, PathSegment, ResourceSegment } from '../url/ast';
import { didYouMean } from '../url/did-you-mean';
import { withoutCast } from './cast';
import { placeOf, startScope, type PlanContext, type Scope } from './context';
import { wayOfEach } from './each-results';
import { planHierarchyFunction } from './hierarchy';
import { ending } from './lambda';
import { walk } from './member-path';
import { operationsNamed, planOperation } from './operation';
import { picked, throughRows, wayBehind, wayFrom, wayOfSet, type Way } from './path-position';
import type { Bound, BoundCollection, FunctionRows, Range } from './plan';
import { at, membersAt, ofCollection, propertyOf, type Position } from './position';

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
  const called = { operation, arguments: call.arguments };
  const way = wayCalled(context, scope.it, position && wayFrom(position), called, segment);
  return throughRows(way, valueAt(context, scope, way, segment, rest));
}

/** What the path says of where the function leads: a value of its own, or what stands behind rows. */
function valueAt(
  context: PlanContext,
  scope: Scope,
  { position, through }: Way,
  { place }: NameSegment,
  rest: readonly PathSegment[],
): Bound {
  const { range, type, isCollection, navigations } = position;
  const one = isCollection || navigations.length > 0 ? undefined : through.at(-1)?.rows?.operation.returns.type;
  const own = one?.kind === 'primitive' ? type.properties.get(VALUE) : undefined;
  if (!own) return walk(context, scope, position, rest, place);
  ending(rest);
  return propertyOf(at(range), own);
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

/**
 * The call of a function that is bound to nothing, with which a path begins: a name with nothing before it means that one, where there is one.
 * URL Conventions §5.1.1.14.4
 */
export function planCalledFirst(
  context: PlanContext,
  scope: Scope,
  segment: NameSegment,
  rest: readonly PathSegment[],
): Bound | undefined {
  const ofHierarchy = planHierarchyFunction(context, scope, segment, rest);
  if (ofHierarchy) return ofHierarchy;
  const isUnbound = operationsNamed(context.model, segment.name).some(({ binding }) => !binding);
  return isUnbound ? planCalled(context, scope, undefined, segment, rest) : undefined;
}

/** A function and what is given to it. */
export interface CalledFunction {
  readonly operation: FunctionOperation;
  readonly arguments: ReadonlyMap<string, Bound>;
}

/**
 * Where a function leads from where it is bound, and the one that a key behind its parentheses picks there. `it` is what the path that defines one
 * speaks of that is bound to nothing.
 */
export function wayCalled(
  context: PlanContext,
  it: Range,
  before: Way | undefined,
  { operation, arguments: given }: CalledFunction,
  { key, place }: NameSegment,
): Way {
  const { definition } = operation;
  const way =
    definition.kind === 'path'
      ? context.nested(place, () => alongPath(context.forDefinition(given), it, before, definition.path))
      : ofRows(before, { operation, definition, arguments: given });
  return picked(context, way, key, place);
}

/** Follows the path that defines a function, whose names are those of where the function is bound. */
function alongPath(context: PlanContext, it: Range, before: Way | undefined, path: string): Way {
  const segments = segmentsOf(path, before !== undefined);
  const [first, ...further] = segments;
  // What is bound to a base type may be followed from a type derived from the one that it casts to.
  const behind = before ? withoutCast(context.model, before.position.type, segments) : further;
  const scope = startScope(before?.position.range ?? it);
  const { way, rest } = wayBehind(context, before ?? beginning(context, first), behind, (reached, segment) =>
    calledBehind(context, reached, segment, scope),
  );
  const end = rest.length > 0 ? wayOfEach(context, way, rest) : way;
  if (!end) throw new Error(`The path ${path} leads to no entities`);
  return end;
}

function beginning(context: PlanContext, first: ResourceSegment | undefined): Way {
  if (first?.kind !== 'name') throw new Error('The path of a function does not begin with a set');
  return wayOfSet(context, first);
}

/** The path that defines a function. It goes on from what the function is bound to, and may begin with what needs a resource before it. */
export const segmentsOf = (path: string, isBound: boolean): readonly ResourceSegment[] =>
  isBound ? parseUrl(splitUrl(`bound/${path}`)).path.slice(1) : parseUrl(splitUrl(path)).path;

/** Where a function in a path leads; undefined where none is meant. `scope`: what its arguments may speak of, where they may speak of anything. */
export function calledBehind(context: PlanContext, before: Way, segment: NameSegment, scope?: Scope): Way | undefined {
  const { type, isCollection, range } = before.position;
  if (!isCollection && type.properties.has(segment.name)) return undefined;
  const call = planOperation(context, { type, single: !isCollection }, segment, scope);
  if (call?.operation.kind !== 'function') return undefined;
  const called = { operation: call.operation, arguments: call.arguments };
  return wayCalled(context, range, before, called, segment);
}

/** The rows of a function: those that it gives for one row, or for all members of a collection. */
function ofRows(before: Way | undefined, rows: FunctionRows): Way {
  const { position, through = [] } = before ?? {};
  const { name, returns } = rows.operation;
  const range: Range = { type: rows.definition.type, name };
  const place = { source: name, at: 0 };
  const collection: BoundCollection = position?.isCollection
    ? { from: undefined, navigations: [], range, rows, of: membersAt(position, place) }
    : { from: position?.range, navigations: position?.navigations ?? [], range, rows };
  return returns.type.kind === 'collection'
    ? { position: ofCollection(collection), through }
    : { position: at(range), through: [...through, collection] };
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
