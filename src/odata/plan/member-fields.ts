/** What goes out of a row beside the properties of its type: computed values, entities of other variables, groups' entities. */
import { odataError } from '../error';
import { qualifiedTypeName } from '../model/edm';
import type { EntityType, Model } from '../model/model';
import type { ExpandItem, NameSegment, Place, QueryOptions, SelectItem } from '../url/ast';
import { withoutCast } from './cast';
import { hasOwn, partChosen, scopeWithin, type Chosen, type Part } from './chosen';
import { typeOf } from './coerce';
import { planInstance } from './collection';
import { placeOf, type PlanContext, type Scope } from './context';
import { typeOnTheWire } from './derived-type';
import { refuseCollectionOptions } from './expand';
import { isComplex, isOfRows, membersOf, type AddedField, type Member, type Members } from './members';
import { ownContext } from './own-context';
import { inApply } from './place';
import type { Bound, Field, Range, Selection } from './plan';
import { presenceOf } from './presence';
import { planSelection } from './select';
import { everything } from './select-list';
import { valueOnce } from './shared-fields';
import { MEMBERS } from './star-levels';

/** A computed value, behind its type where a client would not guess that. JSON §4.6.3 */
export function computedField(
  { model }: PlanContext,
  name: string,
  value: Bound,
): Extract<Field, { kind: 'computed' }> {
  const type = typeOf(value);
  return { kind: 'computed', name, value, typeName: type && typeOnTheWire(type, model.namespace) };
}

/** The entities of a combination, where they are not expanded. Protocol §11.2.9 */
export const linkFields = ({ own }: Members, chosen: Chosen, expanded: readonly Field[]): readonly Field[] =>
  [...own].flatMap(([name, member]) => {
    const isShown = partChosen(chosen, name) !== undefined;
    const isExpanded = expanded.some((field) => 'name' in field && field.name === name);
    return member.kind === 'row' && isShown && !isExpanded ? [{ kind: 'link', name, range: member.range }] : [];
  });

/** Entities that were grouped by go out whole, and what was added to rows. Data Aggregation §3.2.3.1, §3.4.3 */
export function defaultExpand(scope: Scope): readonly ExpandItem[] {
  const { type } = scope.current;
  const { expanded = [], own } = membersOf(scope, scope.current);
  const whole = (type.columns ?? type.item) ? [...type.navigations.keys()].filter((name) => !own.has(name)) : [];
  const added = [...own].flatMap(([name, { kind }]) => (kind === 'added' ? [name] : []));
  return [...whole.map(expanding), ...expanded, ...added.map(expanding)];
}

/** What $select leaves of that. */
export const expandSelected = (
  items: readonly ExpandItem[],
  select: readonly SelectItem[] | undefined,
): readonly ExpandItem[] =>
  items.filter((item) => !select || select.some((one) => one.star ?? nameIn(one) === nameIn(item)));

/** The first name of a path, behind casts. */
const nameIn = ({ path }: SelectItem | ExpandItem): string | undefined =>
  path.find(({ name }) => !name.includes('.'))?.name;

function expanding(name: string): ExpandItem {
  const segment: NameSegment = { kind: 'name', name, place: inApply };
  return { path: [segment], options: {}, place: inApply };
}

/** What an item of $expand names that the request made: the entity of another variable, related entities that were transformed. */
export function memberAt(
  { model }: PlanContext,
  scope: Scope,
  { path }: ExpandItem,
): { name: string; member: Member } | undefined {
  const [first, ...rest] = withoutCast(model, scope.current.type, path);
  const member = first && membersOf(scope, scope.current).own.get(first.name);
  return first && member && rest.length === 0 ? { name: first.name, member } : undefined;
}

/** The member for it. */
export function memberField(
  context: PlanContext,
  scope: Scope,
  { name, member }: { name: string; member: Member },
  { options, suffix, place, index }: ExpandItem & { readonly index: number },
  depth: number,
): AddedField {
  if (member.kind === 'value' || member.kind === 'structure' || isComplex(member))
    throw odataError(
      'TypeMismatch',
      { message: `'${name}' is no navigation property and cannot be expanded.` },
      placeOf(place),
    );
  const within = [...(scope.within ?? []), [index] as const];
  const field =
    member.kind === 'row'
      ? rowField(context, { ...scope, within }, { name, range: member.range, place }, options, depth)
      : member.field(options, { scope, depth, within, place });
  context.count(place, MEMBERS + rangeOf(field).type.properties.size);
  return suffix ? suffixed(field, suffix, place) : field;
}

const rangeOf = (field: AddedField): Range =>
  field.kind === 'many' ? field.collection.selection.range : field.selection.range;

/** What stands behind the name in $expand. */
function suffixed(field: AddedField, suffix: '$ref' | '$count' | '$value', place: Place): AddedField {
  if (suffix === '$value' || (field.kind !== 'many' && suffix === '$count'))
    throw odataError(
      'TypeMismatch',
      { message: `'${field.name}' is no ${suffix === '$value' ? 'stream' : 'collection and cannot be counted'}.` },
      placeOf(place),
    );
  const range = rangeOf(field);
  const isReference = suffix === '$ref';
  if (isReference) checkId(field.name, range, place);
  if (field.kind === 'many') return { ...field, form: isReference ? 'references' : 'count', context: undefined };
  return { ...field, selection: referenceTo(range), reference: true };
}

/** Throws where the entities that a name leads to have no id that `$ref` could tell: those of no set and of nothing that is of one. Protocol §4.1 */
export function checkId(name: string, { type, identity }: Range, place: Place): void {
  if (identity && !type.columns) return;
  const reason = type.columns ? 'the request made it' : 'it is of no entity set, and contained in no entity of one';
  throw odataError('TypeMismatch', { message: `What '${name}' leads to has no id: ${reason}.` }, placeOf(place));
}

/** What goes out of an entity that is told by its id alone. */
export const referenceTo = (range: Range): Selection => ({ range, fields: [], list: everything });

/** The member for an entity, or a complex value, of another variable. */
export function rowField(
  context: PlanContext,
  scope: Scope,
  { name, range, place }: { name: string; range: Range; place: Place },
  options: QueryOptions,
  depth: number,
): Extract<Field, { kind: 'row' }> {
  refuseCollectionOptions(name, options, place);
  const inner = planInstance(context, { ...scope, current: range, variables: new Map(), options }, options);
  const selection = planSelection(context, inner, options, depth + 1);
  const { crossed, declared = scope.current.type } = membersOf(scope, scope.current);
  // Those of a combination are told by the names of their sets, others where a navigation property of the name is declared.
  const isTold = (crossed === true && name === range.name) || isDeclared(inner, declared, name);
  return {
    kind: 'row',
    name,
    selection: isTold ? selection : withContext(context, inner, selection),
    reference: false,
    presence: presenceOf(range),
  };
}

/** Whether a type leads to what it is by that name: its context tells it. */
export function isDeclared(scope: Scope, { properties, navigations }: EntityType, name: string): boolean {
  const { declared = scope.current.type } = membersOf(scope, scope.current);
  return (
    navigations.get(name)?.target === declared ||
    (declared.item !== undefined && properties.get(name)?.type === declared.item.type)
  );
}

/** An instance that the request gave a name goes out with its own context; what no set tells, with its type. JSON §4.5.1, §4.5.3 */
export function withContext({ model }: PlanContext, scope: Scope, selection: Selection): Selection {
  const { declared = scope.current.type } = membersOf(scope, scope.current);
  const context = ownContext(model, declared, 'one');
  return context ? eachStructure(selection, (one) => ({ ...one, context })) : withTypes(model, selection);
}

/** No context tells the type of these. */
export const withTypes = ({ namespace }: Model, selection: Selection): Selection =>
  eachStructure(selection, (one) => ({ ...one, cast: qualifiedTypeName(namespace, one.range.type) }));

function eachStructure(selection: Selection, change: (one: Selection) => Selection): Selection {
  const { variants } = selection;
  if (!variants) return change(selection);
  const selections = [...variants.selections].map(([text, one]) => [text, eachStructure(one, change)] as const);
  return { ...selection, variants: { ...variants, selections: new Map(selections) } };
}

/** Complex values that the request named go out as the row's own do. */
export const complexMembers = (context: PlanContext, scope: Scope, chosen: Chosen, depth: number): readonly Field[] =>
  [...membersOf(scope, scope.current).own].flatMap(([name, member]): readonly Field[] => {
    const part = partChosen(chosen, name);
    if (part === undefined || !isComplex(member) || !isOfRows(member, scope.current.type)) return [];
    const within = scopeWithin(scope, part);
    return [valueOnce(within, member, part, (seen) => complexMember(context, seen, { name, member }, part, depth))];
  });

/** Entities among the parts of a value, to which something was added, go out whole. Data Aggregation §3.2.3.1 */
export const entityMembers = (scope: Scope, chosen: Chosen): readonly Field[] =>
  [...membersOf(scope, scope.current).own].flatMap(([name, member]) => {
    const part = partChosen(chosen, name);
    if (member.kind !== 'added' || part === undefined) return [];
    const { within = [] } = scopeWithin(scope, part);
    const options = hasOwn(part) ? part.own : {};
    return [member.field(options, { scope, depth: 0, within, place: inApply })];
  });

function complexMember(
  context: PlanContext,
  scope: Scope,
  { name, member }: { name: string; member: Member },
  part: Part,
  depth: number,
): Field {
  const options = hasOwn(part) ? part.own : {};
  if (member.kind === 'structure') return member.field(options, scope);
  if (member.kind !== 'row') throw new Error(`${name} is no complex value`);
  const place: Place = { source: '$select', at: 0 };
  return rowField(context, scope, { name, range: member.range, place }, options, depth);
}
