/** Recursive hierarchies in requests, and the functions that test a node's place in one. Data Aggregation §5.5.2.1, §6.1 */
import { odataError } from '../error';
import { booleanType, edm, numericRank } from '../model/edm';
import { lineage } from '../model/inheritance';
import type { EdmType, RecursiveHierarchy } from '../model/model';
import type { Argument, Expression, Literal, NameSegment, PathSegment, Place } from '../url/ast';
import { didYouMean } from '../url/did-you-mean';
import { convert, describe, described, isNullable } from './coerce';
import { allOf, always, isNotNull } from './conditions';
import { notImplemented, placeOf, type PlanContext, type Scope } from './context';
import { planAny, planExpression } from './expression';
import { ending } from './lambda';
import type { Hierarchy, Nodes } from './nodes';
import type { Bound, BoundCollection } from './plan';
import { planRollupNode } from './rollup-node';
import type { Rows } from './rows';

/** The hierarchy of a qualifier that the entities of a collection form. */
export function hierarchyOf(
  context: PlanContext,
  scope: Scope,
  nodes: Expression,
  qualifier: { readonly text: string; readonly place: Place },
): Hierarchy {
  const isOfRoot = nodes.kind === 'alias' || (nodes.kind === 'path' && nodes.root === '$root');
  const collection = isOfRoot ? entitiesOf(planAny(context, scope, nodes)) : undefined;
  if (!collection)
    throw odataError(
      'TypeMismatch',
      { message: 'The nodes of a hierarchy are a collection of entities that begins with $root.' },
      placeOf(nodes.place),
    );
  return { nodes: collection, definition: definitionOf(context, collection.range.type, qualifier) };
}

/** The entities that an expression leads to, from single ones that it comes through. */
function entitiesOf(found: Bound): BoundCollection | undefined {
  if (found.kind === 'members') return found.type.of.kind === 'entity' ? found.collection : undefined;
  const inner = found.kind === 'picked' ? entitiesOf(found.value) : undefined;
  if (found.kind !== 'picked' || !inner) return undefined;
  const { collection: of } = found;
  const rows = joinedWith({ kind: 'base', range: of.range }, inner);
  return { from: undefined, navigations: [], range: inner.range, made: { of, rows, order: [] } };
}

/** Each row with every member of a collection. */
export const joinedWith = (input: Rows, collection: BoundCollection): Rows => ({
  kind: 'join',
  input,
  collection,
  rows: { kind: 'base', range: collection.range },
  outer: false,
});

function definitionOf(
  { model }: PlanContext,
  type: Hierarchy['nodes']['range']['type'],
  { text, place }: { readonly text: string; readonly place: Place },
): RecursiveHierarchy {
  const known = new Map(lineage(type).flatMap(({ hierarchies }) => [...(hierarchies ?? [])]));
  const found = known.get(text);
  if (found) return found;
  if (![...model.entityTypes.values()].some(({ hierarchies }) => hierarchies))
    throw notImplemented('A recursive hierarchy', place);
  throw odataError(
    'InvalidValue',
    { message: `The type '${type.name}' has no recursive hierarchy '${text}'.${didYouMean(text, [...known.keys()])}` },
    placeOf(place),
  );
}

/** A value as one that identifies nodes of the hierarchy. Numbers are compared as they are. */
export function identifierOf(context: PlanContext, { definition }: Hierarchy, value: Bound, place: Place): Bound {
  const { type } = definition.node;
  const isNumber = value.kind !== 'null' && numericRank(value.type) > 0 && numericRank(type) > 0;
  return isNumber ? (convert(context, value, type) ?? value) : typed(context, value, type, place);
}

function typed(context: PlanContext, value: Bound, type: EdmType, place: Place): Bound {
  const converted = convert(context, value, type);
  if (converted) return converted;
  throw odataError(
    'TypeMismatch',
    { message: `A value of type ${described(type)} is expected, but found ${describe(value)}.` },
    placeOf(place),
  );
}

// ---- functions

const functionName = /^(?:Aggregation|Org\.OData\.Aggregation\.V1)\.(\w+)$/;

/** What the parameters of a call say. */
interface Given {
  readonly hierarchy: Hierarchy;
  /** The node identifier that a parameter is. */
  readonly node: (name: string) => Bound;
  readonly distance: () => Bound | undefined;
  readonly includesStart: () => Bound;
}

const relatives =
  (kind: 'ancestors' | 'descendants', other: string) =>
  ({ hierarchy, node, distance, includesStart }: Given): Nodes => ({
    kind,
    hierarchy,
    start: { value: node(other), parts: [] },
    distance: distance(),
    includesStart: includesStart(),
  });

/** A function: its parameters beside the hierarchy and the node, and the nodes for which it is true. */
interface Test {
  readonly other?: string;
  readonly optional?: readonly string[];
  readonly nodes: (given: Given) => Nodes;
}

const optional = ['MaxDistance', 'IncludeSelf'];

const tests: ReadonlyMap<string, Test> = new Map<string, Test>([
  ['isnode', { nodes: ({ hierarchy }) => ({ kind: 'all', hierarchy }) }],
  ['isroot', { nodes: ({ hierarchy }) => ({ kind: 'roots', hierarchy }) }],
  ['isleaf', { nodes: ({ hierarchy }) => ({ kind: 'leaves', hierarchy }) }],
  [
    'issibling',
    { other: 'Other', nodes: ({ hierarchy, node }) => ({ kind: 'siblings', hierarchy, of: node('Other') }) },
  ],
  ['isancestor', { other: 'Descendant', optional, nodes: relatives('ancestors', 'Descendant') }],
  ['isdescendant', { other: 'Ancestor', optional, nodes: relatives('descendants', 'Ancestor') }],
]);

/** The function of a vocabulary that a path begins with; undefined where it begins with something else. */
export function planHierarchyFunction(
  context: PlanContext,
  scope: Scope,
  segment: NameSegment,
  rest: readonly PathSegment[],
): Bound | undefined {
  const [, name = ''] = functionName.exec(segment.name) ?? [];
  if (name === 'rollupnode') return planRollupNode(context, scope, segment, rest);
  const test = tests.get(name);
  if (!test) return undefined;
  ending(rest);
  const parameters = [...hierarchyParameters, 'Node', ...(test.other ? [test.other] : [])];
  const values = argumentsOf(segment, parameters, test.optional);
  const hierarchy = calledHierarchy(context, scope, segment, values);
  const planned = new Map<string, Bound>();
  const node = (parameter: string): Bound => {
    const { value } = values.get(parameter) ?? missing(segment, parameter);
    const found = identifierOf(context, hierarchy, planExpression(context, scope, value), value.place);
    planned.set(parameter, found);
    return found;
  };
  const value = node('Node');
  const among = test.nodes({
    hierarchy,
    node,
    distance: () => maxDistance(context, scope, values.get('MaxDistance')?.value),
    includesStart: () => includeSelf(context, scope, values.get('IncludeSelf')?.value),
  });
  return whereKnown({ kind: 'node', value, parts: [], nodes: among, type: booleanType, nullable: false }, [
    ...planned.values(),
  ]);
}

/** Null where an identifier is. */
function whereKnown(value: Extract<Bound, { kind: 'node' }>, identifiers: readonly Bound[]): Bound {
  if (identifiers.some(({ kind }) => kind === 'null')) return { kind: 'null' };
  const unsure = identifiers.filter(isNullable);
  if (unsure.length === 0) return value;
  const condition = allOf(unsure.map(isNotNull));
  return { kind: 'case', branches: [{ condition, value }], type: booleanType, nullable: true };
}

type Call = Pick<NameSegment, 'name' | 'arguments' | 'place'>;

/** What tells of which hierarchy a call speaks. */
export const hierarchyParameters = ['HierarchyNodes', 'HierarchyQualifier'];

/** The parameters of a call by their names. */
export function argumentsOf(
  { name, arguments: given = [], place }: Call,
  parameters: readonly string[],
  more: readonly string[] = [],
): ReadonlyMap<string, Argument> {
  const known = [...parameters, ...more];
  for (const { name: written, place: at } of given)
    if (written === undefined || !known.includes(written) || given.filter((one) => one.name === written).length > 1)
      throw odataError(
        'BadRequest_RequiredParamNotProvided',
        { message: `${name} takes each of ${known.join(', ')} once, by its name.${didYouMean(written ?? '', known)}` },
        placeOf(at),
      );
  const values = new Map(given.map((argument) => [argument.name ?? '', argument] as const));
  for (const parameter of parameters) if (!values.has(parameter)) missing({ name, place }, parameter);
  return values;
}

function missing({ name, place }: Call, parameter: string): never {
  throw odataError(
    'BadRequest_RequiredParamNotProvided',
    { message: `${name} needs the parameter ${parameter}.` },
    placeOf(place),
  );
}

/** The hierarchy that the parameters of a call name. */
export function calledHierarchy(
  context: PlanContext,
  scope: Scope,
  call: Call,
  values: ReadonlyMap<string, Argument>,
): Hierarchy {
  const { value: nodes } = values.get('HierarchyNodes') ?? missing(call, 'HierarchyNodes');
  return hierarchyOf(context, scope, nodes, textOf(context, scope, call, values, 'HierarchyQualifier'));
}

/** A parameter that decides what the request is: it is read while planning. */
export function textOf(
  context: PlanContext,
  scope: Scope,
  call: Call,
  values: ReadonlyMap<string, Argument>,
  name: string,
): { readonly text: string; readonly place: Place } {
  const { value } = values.get(name) ?? missing(call, name);
  const written = value.kind === 'alias' ? context.alias(value.name, scope.options) : value;
  if (written?.kind === 'literal' && written.type === 'string')
    return { text: context.inspect(written, (text) => text), place: value.place };
  throw odataError('TypeMismatch', { message: `${name} is a text in quotes.` }, placeOf(value.place));
}

/** A whole number from 1 on; undefined where none is given. */
function maxDistance(context: PlanContext, scope: Scope, value: Expression | undefined): Bound | undefined {
  if (!value) return undefined;
  const planned = planExpression(context, scope, value);
  const bound = typed(context, planned, edm('Edm.Int16'), value.place);
  if (isNullable(bound))
    throw odataError('TypeMismatch', { message: 'MaxDistance is never null.' }, placeOf(value.place));
  return planned.kind === 'value' && planned.literal ? distanceOf(context, planned.literal, greatestInt16) : bound;
}

/** `MaxDistance` is an Edm.Int16. */
const greatestInt16 = 32767;

/** A distance that is written out: nothing is nearer than 1. In transformations it is any number of digits: 1*DIGIT. */
export const distanceOf = (context: PlanContext, literal: Literal, greatest = Infinity): Bound => ({
  kind: 'value',
  slot: context.slot(literal, (text) => distanceText(text, greatest)),
  type: edm('Edm.Int64'),
  nullable: false,
});

function distanceText(text: string, greatest: number): string {
  if (/^\d{1,18}$/.test(text) && Number(text) >= 1 && Number(text) <= greatest) return text;
  const range = greatest === Infinity ? 'from 1 on' : `from 1 to ${greatest}`;
  throw odataError('InvalidValue', { message: `A distance is a whole number ${range}, but it is ${text}.` });
}

function includeSelf(context: PlanContext, scope: Scope, value: Expression | undefined): Bound {
  if (!value) return always(false);
  const bound = planExpression(context, scope, value);
  const converted = isNullable(bound) ? undefined : convert(context, bound, booleanType);
  if (converted && converted.kind !== 'null') return converted;
  throw odataError('TypeMismatch', { message: 'IncludeSelf is true or false.' }, placeOf(value.place));
}
