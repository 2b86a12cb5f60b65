/** ancestors and descendants: the rows whose nodes are above or below those of others among them. Data Aggregation §6.2.1 */
import { odataError } from '../error';
import { booleanType } from '../model/edm';
import type { Expression, Path, Place, Transformation } from '../url/ast';
import type { Applied } from './apply-state';
import { applySequence } from './apply';
import { elementOf, valuesOf } from './collection-property';
import { startAt } from './collection-start';
import { always } from './conditions';
import { drillState, inEachStructure, withDerived } from './derived-node';
import { placeOf, type PlanContext, type Scope } from './context';
import { keysOf } from './group';
import { distanceOf, hierarchyOf, identifierOf } from './hierarchy';
import { wayOf } from './hierarchy-node';
import { planPath } from './member-path';
import { collectionOf } from './made-rows';
import { hasName, instanceOf, membersOf, variantsOf, type Variants } from './members';
import { oneOfSame } from './merged-rows';
import type { Hierarchy } from './nodes';
import { wayBehind, wayFrom } from './path-position';
import type { Bound, BoundCollection, BoundValues } from './plan';
import { anew, at, membersAt } from './position';
import { openedValues } from './reach-values';
import { planVariants } from './row-values';
import type { Rows } from './rows';
import { mayRepeat } from './same-rows';

type Node = Extract<Transformation, { kind: 'ancestors' | 'descendants' }>;

/** The hierarchy that the first two parameters name, and the path to node identifiers. Data Aggregation §6.1 */
export function hierarchyAt(
  context: PlanContext,
  scope: Scope,
  [nodes, qualifier, path]: readonly Expression[],
): { readonly hierarchy: Hierarchy; readonly path: Path } {
  const name = qualifier?.kind === 'path' ? qualifier.segments[0] : undefined;
  if (!nodes || name?.kind !== 'name' || path?.kind !== 'path') throw new Error('A hierarchy has three parameters');
  return { hierarchy: hierarchyOf(context, scope, nodes, { text: name.name, place: name.place }), path };
}

/** What a row has of node identifiers: one, or one of each member of collections, the first of which is of the row; `values` are the last one, where they are values. */
export interface Identifiers {
  readonly through: readonly Through[];
  readonly values?: BoundValues;
  readonly value: Bound;
  /** The path ends at a collection of values. */
  readonly isOfValues: boolean;
}

/** A collection as one that expressions ask, and as rows that are joined. */
interface Through {
  readonly collection: BoundCollection;
  readonly joined: { readonly collection: BoundCollection; readonly rows: Rows };
}

/** Whether there may be several of a row. */
export const areMany = ({ through, values }: Identifiers): boolean => through.length > 0 || values !== undefined;

/** Where the path of node identifiers leads from a row. */
export function identifiersAt(context: PlanContext, scope: Scope, hierarchy: Hierarchy, path: Path): Identifiers {
  const first = firstCollection(context, scope, path);
  if (!first) return { through: [], ...identifiersIn(context, scope, hierarchy, path) };
  if ('variants' in first) return identifiersOfStructures(context, hierarchy, path, first.variants);
  const inner = identifiersAt(context, first.scope, hierarchy, { ...path, segments: first.rest });
  return { ...inner, through: [first, ...inner.through] };
}

/** In rows of several structures that lead elsewhere by a name: the identifiers of each as one collection of values. */
function identifiersOfStructures(
  context: PlanContext,
  hierarchy: Hierarchy,
  path: Path,
  { discriminator, scopes }: Variants,
): Identifiers {
  const [first] = path.segments;
  const isWithout = (variant: Scope): boolean =>
    first?.kind === 'name' && !first.name.includes('.') && !hasName(variant, variant.current, first.name);
  const none: Identifiers = { through: [], value: { kind: 'null' }, isOfValues: false };
  const each = scopes.map((variant) => (isWithout(variant) ? none : identifiersAt(context, variant, hierarchy, path)));
  const lists = each.map((one) => listOf(context, hierarchy, one, path.place));
  const values = valuesOf(planVariants(context, discriminator, lists, path.place));
  const value = identifierOf(context, hierarchy, elementOf(values.element), path.place);
  return { through: [], values, value, isOfValues: each.some(({ isOfValues }) => isOfValues) };
}

/** The identifiers of a row as one value. */
function listOf(context: PlanContext, hierarchy: Hierarchy, { through, ...last }: Identifiers, place: Place): Bound {
  const type = { kind: 'collection', of: hierarchy.definition.node.type } as const;
  const { values, value } = last;
  const [first, ...further] = through;
  if (first) {
    const { joined } = first;
    const found = eachOf(context, joined.rows, hierarchy, { ...last, through: further }, place);
    const collection: BoundCollection = {
      ...first.collection,
      made: { of: joined.collection, rows: found.rows, order: [] },
    };
    return { kind: 'gathered', collection, value: found.value, type, nullable: false };
  }
  if (values) return { kind: 'gathered', collection: values, value, type, nullable: false };
  return { kind: 'list', items: value.kind === 'null' ? [] : [value], type, nullable: false };
}

interface First extends Through {
  readonly scope: Scope;
  readonly rest: Path['segments'];
}

/** The first collection that a path leads through, and what is behind it; rows of several structures may lead elsewhere. */
export function firstCollection(
  context: PlanContext,
  scope: Scope,
  path: Path,
): First | { readonly variants: Variants } | undefined {
  const { current } = scope;
  const [first, ...rest] = path.segments;
  if (first?.kind !== 'name') return undefined;
  const instance = instanceOf(membersOf(scope, current).own.get(first.name));
  if (instance) return firstCollection(context, { ...scope, current: instance }, { ...path, segments: rest });
  const start = startAt(context, scope, first);
  const variants = variantsOf(scope, current);
  if (variants && (!start || start === 'several')) {
    const [found, ...others] = variants.scopes.map((variant) => firstCollection(context, variant, path));
    if (start || ![found, ...others].every((one) => isSame(one, found))) return { variants };
    if (found) return found;
  }
  if (start && start !== 'several') {
    const made = start.rows(first.name);
    const joined = { collection: made.joined, rows: made.rows };
    return { collection: collectionOf(made), joined, scope: made.scope, rest };
  }
  const { way, rest: further } = wayBehind(context, wayFrom(at(current)), path.segments, () => undefined);
  if (!way.position.isCollection) return undefined;
  const collection = anew(membersAt(way.position, path.place));
  const { range } = collection;
  const joined = { collection, rows: { kind: 'base', range } } as const;
  return { collection, joined, scope: { ...scope, current: range }, rest: further };
}

/** Whether it is the same that navigation properties lead to from the same row, or nothing. */
function isSame(one: ReturnType<typeof firstCollection>, other: ReturnType<typeof firstCollection>): boolean {
  if (!one || !other) return one === other;
  if ('variants' in one || 'variants' in other) return false;
  const [{ from, made, navigations }, another] = [one.collection, other.collection];
  return (
    from === another.from &&
    !made &&
    navigations.length === another.navigations.length &&
    !navigations.some((navigation, index) => navigation !== another.navigations[index])
  );
}

function identifiersIn(
  context: PlanContext,
  scope: Scope,
  hierarchy: Hierarchy,
  path: Path,
): Omit<Identifiers, 'through'> {
  const value = planPath(context, scope, path);
  if (value.kind === 'null' || value.type.kind !== 'collection')
    return { value: identifierOf(context, hierarchy, value, path.place), isOfValues: false };
  const values = valuesOf(value);
  const item = identifierOf(context, hierarchy, elementOf(values.element), path.place);
  return { values, value: item, isOfValues: true };
}

/** The identifiers of rows, one in each row. */
export function eachOf(
  context: PlanContext,
  input: Rows,
  hierarchy: Hierarchy,
  { through, values, value }: Pick<Identifiers, 'through' | 'values' | 'value'>,
  place: Place,
): { readonly rows: Rows; readonly value: Bound } {
  const rows = through.reduce<Rows>(
    (before, { joined }) => ({ ...joined, kind: 'join', input: before, outer: false }),
    input,
  );
  if (!values) return { rows, value };
  const opened = openedValues(context, rows, values.values);
  return { rows: opened.rows, value: identifierOf(context, hierarchy, opened.item, place) };
}

/** The rows that are related to ancestors or descendants of the nodes that the rows which the sequence leaves are related to. */
export function planRelatives(context: PlanContext, before: Applied, node: Node): Applied {
  checkSubset(node.apply);
  const { hierarchy, path } = hierarchyAt(context, before.scope, node.arguments);
  const identifiers = identifiersAt(context, before.scope, hierarchy, path);
  const { value } = identifiers;
  const { rows } = applySequence(context, { ...before, isOfStarts: true }, node.apply);
  const parts = keysOf(before.groups);
  const isRelative = {
    kind: 'node',
    value,
    parts,
    nodes: {
      kind: node.kind,
      hierarchy,
      start: { parts, ...eachOf(context, rows, hierarchy, identifiers, path.place) },
      distance: node.distance && distanceOf(context, node.distance),
      includesStart: always(node.keepStart),
    },
    type: booleanType,
    nullable: true,
  } as const;
  const leaving = (relative: Bound): Rows => ({
    kind: 'filter',
    input: before.rows,
    condition: anyOfEach(identifiers, relative),
  });
  const left = leaving(isRelative);
  const unlimited = leaving({ ...isRelative, nodes: { ...isRelative.nodes, distance: undefined } });
  const seen = withDrillState(context, { ...before, rows: left }, { hierarchy, path, identifiers }, unlimited);
  return mayRepeat(before.rows) ? oneOfSame(context, seen, node.place) : seen;
}

/** The nodes that rows are related to: by the path of their identifiers. */
export interface NodesOfRows {
  readonly hierarchy: Hierarchy;
  readonly path: Path;
  readonly identifiers: Identifiers;
}

/** Where rows are nodes themselves, these tell which of them have children among the rows, or among those that a distance has left out. */
export function withDrillState(
  context: PlanContext,
  applied: Applied,
  { hierarchy, path, identifiers: { value } }: NodesOfRows,
  unlimited = applied.rows,
): Applied {
  if (hierarchy.definition.derived.size === 0) return applied;
  const parts = keysOf(applied.groups);
  const state = drillState(hierarchy, { value, rows: applied.rows, parts }, { value, rows: unlimited, parts });
  const scope = inEachStructure(applied.scope, (one) => {
    const { names, isWhole } = wayOf(context, one, hierarchy, path);
    const isNode = isWhole && names.length === 0 && !one.current.type.columns;
    return isNode ? withDerived(one, one.current, hierarchy, new Map([['DrillState', state]])) : one;
  });
  return { ...applied, scope };
}

/** It holds for some of the identifiers. */
export const anyOfEach = ({ through, values }: Identifiers, predicate: Bound): Bound =>
  [...through.map(({ collection }) => collection), ...(values ? [values] : [])].reduceRight<Bound>(
    (inner, collection) => ({
      kind: 'exists',
      collection,
      quantifier: 'any',
      predicate: inner,
      type: booleanType,
      nullable: false,
    }),
    predicate,
  );

/** The names of transformations that leave some of their rows. Data Aggregation §3.3, §6.2 */
const subsets: ReadonlySet<Transformation['kind']> = new Set<Transformation['kind']>([
  ...(['identity', 'filter', 'search', 'orderby', 'skip', 'top'] as const),
  ...(['topcount', 'topsum', 'toppercent', 'bottomcount', 'bottomsum', 'bottompercent'] as const),
  // Of functions there is one, which is such a transformation.
  ...(['ancestors', 'descendants', 'traverse', 'function'] as const),
]);

/** Refuses transformations that make other rows. */
export function checkSubset(sequence: readonly Transformation[]): void {
  const wrong = sequence.find(({ kind }) => !subsets.has(kind));
  if (wrong)
    throw odataError(
      'TypeMismatch',
      { message: `${wrong.kind} makes other rows: here only a part of the rows can be asked for.` },
      placeOf(wrong.place),
    );
}
