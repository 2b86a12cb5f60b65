/** addnested: what each row leads to, transformed, beside the rows' own properties. Data Aggregation §3.4.3 */
import type { EntityType } from '../model/model';
import type { NameSegment, Transformation } from '../url/ast';
import type { Named, Sequence } from './added-members';
import type { Applied } from './apply-state';
import { castAt } from './cast';
import { startAt } from './collection-start';
import { checkAlias, withMember } from './compute';
import type { PlanContext, Scope } from './context';
import { mentionedOfIt } from './expand-options';
import type { Names } from './group-values';
import { hasPath } from './has-path';
import { withHeld } from './held-values';
import {
  inStructure,
  membersOf,
  namesOf,
  structureSince,
  variantsOf,
  withMembers,
  type Member,
  type Members,
  type Structure,
  type Variants,
} from './members';
import { copierOf, type Copier } from './nest-path';
import { inApply } from './place';
import { seenAsType, unknownProperty } from './position';
import { isCastTo } from './type-names';
import { seenWith, typesHaving, withTyped } from './typed-members';

type Node = Extract<Transformation, { kind: 'addnested' }>;

/** A transformed copy of what each row leads to, for each sequence. */
export function planAddnested(context: PlanContext, before: Applied, node: Node): Applied {
  const [first, ...rest] = node.path.segments.flatMap((segment) => (segment.kind === 'name' ? [segment] : []));
  if (!first) throw new Error('A path has a name');
  const added: Applied = { ...before, scope: addedTo(context, before.scope, node, [first, ...rest]) };
  if (before.isAlone) return added;
  // What is added to a part of a value the row has within that, by the name of the value.
  const given = node.items.map(({ as }): NameSegment => ({ kind: 'name', name: as, place: node.place }));
  const names = [...[first, ...rest].slice(0, -1), ...given];
  return names.reduce<Applied>((rows, name) => withHeld(context, rows, name), added);
}

/** The scope in which a row has the copies, too. */
function addedTo(context: PlanContext, scope: Scope, node: Node, path: Names): Scope {
  const variants = variantsAt(scope, path);
  if (variants) return addedToStructures(context, scope, node, path, variants);
  const [of, names] = behindCast(context, scope, path);
  const elsewhere = startsElsewhere(context, scope, path);
  // What only rows of other structures have leads nowhere here.
  if (elsewhere && !leads(context, scope, path) && elsewhere().length > 0) return scope;
  const copy = copierOf(context, of, names);
  if (names.length > 1 && copy.isComplex) {
    const [first, ...rest] = path.slice(0, -1);
    const isCast = names.length === 2 && isCastTo(context.model, copy.start().current.type, names[1]?.name ?? '');
    if (isCast && first) return addedTo(context, scope, node, [first, ...rest]);
    const { type } = of.current;
    const added =
      of === scope
        ? addedWithin(context, scope, node, names, { ...copy, elsewhere })
        : addedAs(context, scope, node, type, names);
    return typesHaving(scope, scope.current, type, names[0].name).reduce(
      (before, derived) => addedAs(context, before, node, derived, names),
      added,
    );
  }
  const { current } = scope;
  return node.items.reduce<Scope>(
    (already, item) => {
      const { as, apply } = item;
      checkAlias(already, as, node.place);
      const { scope: seen, member } = copy.made(already, { name: as }, { transformations: apply, elsewhere });
      const added = repeatable(context, scope, member, { ...node, items: [item] }, path);
      const isTyped =
        (added.kind === 'added' || added.kind === 'structure') && added.behind.kind === 'many' && of !== scope;
      return withMember(seen, as, isTyped ? { ...added, only: of.current.type } : added);
    },
    { ...of, current },
  );
}

/** What is added to the parts of a value that only rows of a derived type have: they have it as rows of that type. */
function addedAs(context: PlanContext, scope: Scope, node: Node, type: EntityType, path: Names): Scope {
  const { current } = scope;
  const [{ name }] = path;
  const seen = seenAs(scope, type, name);
  const made = addedTo(context, seen, node, path);
  const member = membersOf(made, seen.current).own.get(name);
  if (!member) throw new Error('A complex value stays one');
  return withTyped({ ...made, current }, type, name, member);
}

/** The scope that speaks of the current row as one of a derived type, with what was added to its value of the name. */
const seenAs = (scope: Scope, type: EntityType, name: string): Scope =>
  seenWith(scope, scope.current, type, name) ?? { ...scope, current: seenAsType(scope.current, type).range };

/** Rows of entities that the row alone decides, or that one and the row that `$it` stands for, can be made of another instance of it. */
function repeatable(context: PlanContext, scope: Scope, member: Member, node: Node, path: Names): Member {
  const { items, place } = node;
  if (member.kind !== 'added' || member.behind.kind === 'one') return member;
  const origin = `${place.source} ${place.at}`;
  const { elsewhere, structures } = membersOf(scope, scope.it);
  const others = (): readonly Structure[] => [...(elsewhere?.() ?? []), ...(structures?.each ?? [])];
  const to = (instance: Scope, it = instance.it): Scope => {
    const seen = elsewhere || structures ? withMembers(instance, it, { elsewhere: others }) : instance;
    return addedTo(context, { ...seen, it }, node, path);
  };
  const mentioned = mentionedOfIt(items, (name) => context.alias(name, scope.options));
  if (mentioned.length === 0) return { ...member, again: { origin, to } };
  const names = mentioned.flatMap((name) => name ?? []);
  const it = { scope: { ...scope, current: scope.it }, names: names.length === mentioned.length ? names : undefined };
  return { ...member, again: { origin, it, to } };
}

/** The scope that speaks of the row as what the path casts it to, and the rest of the path. */
function behindCast({ model }: PlanContext, scope: Scope, path: Names): readonly [Scope, Names] {
  const [first, second, ...rest] = path;
  const { current } = scope;
  const type = second && castAt(model, current.type, first.name);
  if (!type || !second) return [scope, path];
  return [type === current.type ? scope : seenAs(scope, type, second.name), [second, ...rest]];
}

/** What is added to a complex value, or to each of several: the row has the whole by the same name. */
function addedWithin(
  context: PlanContext,
  scope: Scope,
  node: Node,
  path: Names,
  copy: Copier & Pick<Sequence, 'elsewhere'>,
): Scope {
  const [first, ...rest] = path;
  const before = membersOf(scope, scope.current).own.get(first.name);
  const isOwn = !before || (before.kind === 'structure' && before.within !== undefined);
  const inner: Node = { ...node, path: { ...node.path, segments: rest } };
  const named: Named = { name: first.name, isOwn };
  const { scope: seen, member } = copy.made(scope, named, { transformations: [inner], elsewhere: copy.elsewhere });
  if (member.kind !== 'structure') throw new Error('A complex value stays one');
  if (!isOwn) return withMember(seen, first.name, member);
  const names = rest.flatMap(({ name }) => (name.includes('.') ? [] : [name]));
  const told = node.items.map(({ as }) => [...names.slice(0, -1), as].join('/'));
  const { within = [], again } = before?.kind === 'structure' ? before : {};
  return withMember(seen, first.name, {
    ...member,
    within: [...within, ...told],
    again:
      before && !again ? undefined : (instance) => addedTo(context, again ? again(instance) : instance, node, path),
  });
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
    const copy = copierOf(context, scope, path);
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
  const others = startsElsewhere(context, row, [{ kind: 'name', name, place: inApply }]);
  if (!others) return made;
  const { elsewhere } = membersOf(made, made.current);
  return withMembers(made, made.current, { elsewhere: () => [...(elsewhere?.() ?? []), ...others()] });
}

/** What the path leads to in rows of the scope, in each of their structures. */
export function startsIn(context: PlanContext, scope: Scope, path: Names): readonly Scope[] {
  if (!leads(context, scope, path)) return [];
  const variants = variantsAt(scope, path);
  if (variants) return variants.scopes.flatMap((variant) => startsIn(context, variant, path));
  const [of, names] = behindCast(context, scope, path);
  return [copierOf(context, of, names).start()];
}

/** Whether rows have what the path leads to. */
function leads(context: PlanContext, scope: Scope, path: Names): boolean {
  const variants = variantsAt(scope, path);
  if (variants) return variants.scopes.some((variant) => leads(context, variant, path));
  const [of, names] = behindCast(context, scope, path);
  return hasPath(context, of, of.current, names);
}
