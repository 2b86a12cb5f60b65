/** addnested: what each row leads to, transformed, beside the rows' own properties. Data Aggregation §3.4.3 */
import { odataError } from '../error';
import type { NameSegment, Place, Transformation } from '../url/ast';
import {
  addedEntity,
  addedMany,
  addedRow,
  addedValue,
  augmented,
  type Added,
  type Named,
  type Sequence,
} from './added-members';
import type { Applied } from './apply-state';
import { castAt, castNavigation } from './cast';
import { startAt } from './collection-start';
import { itemScope } from './complex-items';
import { speakingOfValue } from './complex-value';
import { checkAlias, withMember } from './compute';
import { notImplemented, placeOf, type PlanContext, type Scope } from './context';
import { mentionsIt } from './expand-options';
import {
  hasPath,
  inStructure,
  instanceOf,
  isComplex,
  membersOf,
  namesOf,
  navigationLeft,
  structureSince,
  variantsOf,
  withMembers,
  type Member,
  type Members,
  type Variants,
} from './members';
import { rangeBehind } from './identity';
import type { Bound, Range } from './plan';
import { propertyOf, unknownProperty } from './position';
import { nullOf } from './object-value';
import { isStructured, partOf, partsOf } from './structured';

type Node = Extract<Transformation, { kind: 'addnested' }>;

/** The names of a path, of which there is one at least. */
type Names = readonly [NameSegment, ...NameSegment[]];

/** A transformed copy of what each row leads to, for each sequence. */
export function planAddnested(context: PlanContext, before: Applied, node: Node): Applied {
  const [first, ...rest] = node.path.segments.flatMap((segment) => (segment.kind === 'name' ? [segment] : []));
  if (!first) throw new Error('A path has a name');
  return { ...before, scope: addedTo(context, before.scope, node, [first, ...rest]) };
}

/** The scope in which a row has the copies, too. */
function addedTo(context: PlanContext, scope: Scope, node: Node, path: Names): Scope {
  const variants = variantsAt(scope, path);
  if (variants) return addedToStructures(context, scope, node, path, variants);
  const [of, [first, ...rest]] = behindCast(context, scope.current, path);
  const elsewhere = startsElsewhere(context, scope, path);
  // What only rows of other structures have leads nowhere here.
  if (elsewhere && !leads(context, scope, path) && elsewhere().length > 0) return scope;
  const copy = copierOf(context, scope, of, first, rest);
  if (rest.length > 0 && copy.isComplex) {
    const within = addedWithin(scope, node, first, rest, { ...copy, elsewhere });
    if (of === scope.current) return within;
    throw notImplemented(`addnested to the parts of '${first.name}' behind a cast`, first.place);
  }
  return node.items.reduce((already, item) => {
    const { as, apply } = item;
    checkAlias(already, as, node.place);
    const { scope: seen, member } = copy.made(already, { name: as }, { transformations: apply, elsewhere });
    return withMember(seen, as, repeatable(context, scope, member, { ...node, items: [item] }, path));
  }, scope);
}

/** Rows of entities that the row alone decides, or that one and the entity that `$it` stands for, can be made of another instance of it. */
function repeatable(context: PlanContext, scope: Scope, member: Member, node: Node, path: Names): Member {
  const { items, place } = node;
  if (member.kind !== 'added' || member.behind.kind === 'one') return member;
  const origin = `${place.source} ${place.at}`;
  const to = (instance: Scope, it = instance.it): Scope => addedTo(context, { ...instance, it }, node, path);
  if (!mentionsIt(items, (name) => context.alias(name, scope.options))) return { ...member, again: { origin, to } };
  const { it } = scope;
  const { own, structures } = membersOf(scope, it);
  // What the request has given that row its key does not lead to.
  const isEntity = it.type.key.length > 0 && own.size === 0 && !structures;
  return isEntity ? { ...member, again: { origin, it, to } } : member;
}

/** The row as what the path casts it to, and the rest of the path. */
function behindCast({ model }: PlanContext, current: Range, path: Names): readonly [Range, Names] {
  const [first, second, ...rest] = path;
  const type = second && castAt(model, current.type, first.name);
  if (!type || !second) return [current, path];
  const left: Names = [second, ...rest];
  if (type === current.type) return [current, left];
  const behind = { from: current, navigations: [castNavigation(type)] };
  return [{ ...current, type, optional: true, behind }, left];
}

/** Makes transformed copies of what a name leads to. */
interface Copier {
  readonly isComplex: boolean;
  readonly made: (scope: Scope, named: Named, sequence: Sequence) => Added;
  /** The scope that speaks of it before that. */
  readonly start: () => Scope;
}

/** nestPath: a navigation property, cast or not, or a complex property, of the row itself or of the request. */
function copierOf(
  context: PlanContext,
  scope: Scope,
  of: Range,
  first: NameSegment,
  [second, third]: readonly NameSegment[],
): Copier {
  const member = of === scope.current ? membersOf(scope, of).own.get(first.name) : undefined;
  const start = startAt(context, scope, first, of);
  if (start === 'several') throw new Error('A row has one structure');
  const { whole } = membersOf(scope, of);
  const left = member ? undefined : navigationLeft(scope, of, first.name);
  const navigation = member ? undefined : (left ?? of.type.navigations.get(first.name));
  // What is left of an entity stands in the row that has it.
  const from = left && whole?.kind === 'property' ? whole.range : of;
  const target = start && !start.type ? start.target : navigation?.target;
  const cast = target && second && !third ? castAt(context.model, target, second.name) : undefined;
  if (target && second && !cast) throw notLast(first);
  if (start)
    return {
      isComplex: start.type !== undefined,
      start: () => start.rows(first.name, undefined, cast).scope,
      made: (outer, named, sequence) => ({
        scope: outer,
        member: addedMany(
          context,
          outer,
          named,
          (missing) => start.rows(named.name, missing, cast),
          start.type,
          sequence,
        ),
      }),
    };
  if (navigation)
    return {
      isComplex: false,
      start: () => itemScope(scope, { ...rangeBehind(context.model, from, navigation), name: first.name }),
      made: (outer, named, sequence) =>
        addedEntity(context, outer, { of: from, navigation, type: cast ?? navigation.target }, named, (instance) =>
          augmented(context, instance, navigation.name, sequence),
        ),
    };
  const part = member ? member.kind === 'value' && member.value : partOfRow(scope, of, first.name);
  const range = instanceOf(member);
  if (part && isStructured(part) && part.type.kind === 'complex')
    return {
      isComplex: true,
      start: () => speakingOfValue(scope, first.name, part),
      made: (outer, named, sequence) => addedValue(context, outer, { name: first.name, whole: part }, named, sequence),
    };
  if (!member || !range) throw noPath(scope, of, first, member);
  if (second && !isComplex(member)) throw notLast(first);
  return {
    isComplex: isComplex(member),
    start: () => ({ ...scope, current: range }),
    made: (outer, named, sequence) =>
      addedRow(context, outer, { name: first.name, range, isComplex: isComplex(member) }, named, sequence),
  };
}

/** A property of the row, or of the complex value that a variable is, as a value. */
export function partOfRow(scope: Scope, of: Range, name: string): Bound | undefined {
  const { whole } = membersOf(scope, of);
  const property = whole ? partsOf(whole)?.get(name) : of.type.properties.get(name);
  if (!property || !whole) return property && propertyOf({ range: of, navigations: [] }, property);
  const part = partOf(whole, property);
  return part.kind === 'null' && property.type.kind === 'complex' ? nullOf(property.type) : part;
}

const wrong = (message: string, place: Place): Error => odataError('TypeMismatch', { message }, placeOf(place));

const notLast = ({ name, place }: NameSegment): Error =>
  wrong(`No navigation property may stand before the last one in addnested: '${name}' does.`, place);

function noPath(scope: Scope, of: Range, { name, place }: NameSegment, member: Member | undefined): Error {
  if (member ?? of.type.properties.has(name))
    return wrong(`'${name}' is no navigation property and no complex property.`, place);
  return unknownProperty(of.type, { name, place }, of === scope.current ? namesOf(scope, of) : undefined);
}

/** What is added to a complex value, or to each of several: the row has the whole by the same name. */
function addedWithin(
  scope: Scope,
  node: Node,
  first: NameSegment,
  rest: readonly NameSegment[],
  copy: Copier & Pick<Sequence, 'elsewhere'>,
): Scope {
  const before = membersOf(scope, scope.current).own.get(first.name);
  const isOwn = !before || (before.kind === 'structure' && before.within !== undefined);
  const inner: Node = { ...node, path: { ...node.path, segments: rest } };
  const named: Named = { name: first.name, isOwn };
  const { scope: seen, member } = copy.made(scope, named, { transformations: [inner], elsewhere: copy.elsewhere });
  if (member.kind !== 'structure') throw new Error('A complex value stays one');
  if (!isOwn) return withMember(seen, first.name, member);
  const names = rest.flatMap(({ name }) => (name.includes('.') ? [] : [name]));
  const told = node.items.map(({ as }) => [...names.slice(0, -1), as].join('/'));
  const already = before?.kind === 'structure' ? (before.within ?? []) : [];
  return withMember(seen, first.name, { ...member, within: [...already, ...told] });
}

/** Rows of structures without the collection have an empty one. Data Aggregation §3.1.3 */
function addedToStructures(
  context: PlanContext,
  scope: Scope,
  node: Node,
  path: Names,
  { discriminator, scopes }: Variants,
): Scope {
  const [first, second] = path;
  const has = (variant: Scope): boolean => leads(context, variant, path);
  if (!scopes.some(has)) {
    if (startsElsewhere(context, scope, path)?.().length) return scope;
    throw unknownProperty(scope.current.type, first, namesOf(scope, scope.current));
  }
  const start = first.name.includes('.') ? undefined : startAt(context, scope, first);
  if (start && start !== 'several' && !start.isPartial && !(start.type && second)) {
    const copy = copierOf(context, scope, scope.current, first, path.slice(1));
    return node.items.reduce((already, item) => {
      const { as, apply } = item;
      checkAlias(already, as, node.place);
      const { member } = copy.made(already, { name: as }, { transformations: apply, elsewhere: undefined });
      return withMember(already, as, repeatable(context, scope, member, { ...node, items: [item] }, path));
    }, scope);
  }
  const each = scopes.map((variant) =>
    structureSince(scope, has(variant) ? addedTo(context, variant, node, path) : variant),
  );
  return withMembers(scope, scope.current, { structures: { discriminator, each } });
}

/** The structures of rows that have what a path begins with from themselves. */
const variantsAt = (scope: Scope, [{ name }]: Names): Variants | undefined =>
  membersOf(scope, scope.current).own.has(name) ? undefined : variantsOf(scope, scope.current);

/** What the path leads to in rows of other structures, before anything is done to it. */
function startsElsewhere(context: PlanContext, scope: Scope, path: Names): Members['elsewhere'] {
  const { elsewhere } = membersOf(scope, scope.current);
  if (!elsewhere) return undefined;
  const startsOf = (other: Scope): readonly Scope[] =>
    startsIn(context, withMembers(other, other.current, { elsewhere: undefined }), path);
  return () =>
    elsewhere()
      .flatMap((other) => startsOf(inStructure(scope, other)))
      .map((start) => structureSince(scope, start));
}

/** The scope of what a name of a row leads to, in which names are known that the same has in rows of other structures. */
export function amongOthers(context: PlanContext, row: Scope, name: string, made: Scope): Scope {
  const others = startsElsewhere(context, row, [{ kind: 'name', name, place: { source: '$apply', at: 0 } }]);
  if (!others) return made;
  const { elsewhere } = membersOf(made, made.current);
  return withMembers(made, made.current, { elsewhere: () => [...(elsewhere?.() ?? []), ...others()] });
}

/** What the path leads to in rows of the scope, in each of their structures. */
export function startsIn(context: PlanContext, scope: Scope, path: Names): readonly Scope[] {
  if (!leads(context, scope, path)) return [];
  const variants = variantsAt(scope, path);
  if (variants) return variants.scopes.flatMap((variant) => startsIn(context, variant, path));
  const [of, [first, ...rest]] = behindCast(context, scope.current, path);
  return [copierOf(context, scope, of, first, rest).start()];
}

/** Whether rows have what the path leads to. */
function leads(context: PlanContext, scope: Scope, path: Names): boolean {
  const variants = variantsAt(scope, path);
  if (variants) return variants.scopes.some((variant) => leads(context, variant, path));
  const [of, names] = behindCast(context, scope.current, path);
  return hasPath(scope, of, names);
}
