/** $select: which properties it names, with what is left of their parts. URL Conventions §5.1.4 */
import { odataError } from '../error';
import { complexItems } from '../model/edm';
import type { ComplexType, EdmType, Model, Property } from '../model/model';
import type { NameSegment, QueryOptions, SelectItem } from '../url/ast';
import { didYouMean } from '../url/did-you-mean';
import { withoutCast } from './cast';
import { notImplemented, placeOf, type PlanContext, type Scope } from './context';
import { dynamicProperty } from './dynamic-property';
import { unknownProperty } from './position';
import { hasName, isComplex, membersOf, namesOf } from './members';
import { isOperation } from './operation-fields';
import { checkSelected } from './stream';
import { partsOf } from './structured';

/** What $select leaves of a type: everything, or some properties with what is left of their parts. */
export type Chosen = 'all' | Parts;

/** What is left of each of them. */
export type Parts = ReadonlyMap<string, Part>;

/** All of a property, some of its parts, or what options of its own leave of it and add to it. */
export type Part = Chosen | OwnOptions;

interface OwnOptions {
  readonly own: QueryOptions;
}

/** The part is a collection, or a complex value, with options of its own. */
export const hasOwn = (part: Part): part is OwnOptions => part !== 'all' && 'own' in part;

/** What the items of $select leave of the row's type. */
export function planSelect(context: PlanContext, scope: Scope, items: readonly SelectItem[] | undefined): Chosen {
  if (!items) return 'all';
  const chosen = new Map<string, Part>();
  let everything = false;
  for (const item of items) {
    if (!item.star) choose(chosen, context, scope, item);
    else if (item.path.length === 0) everything = true;
    else checkNamespace(context.model, item);
  }
  if (!everything) return chosen;
  for (const [name, part] of chosen)
    if (hasOwn(part) && hasOptions(part.own))
      throw notImplemented(
        `Options of '${name}' beside * in $select`,
        items.find(({ path }) => path.some((segment) => segment.name === name))?.place,
      );
  return 'all';
}

/** More than members are chosen by. */
const hasOptions = (options: QueryOptions): boolean => Object.keys(options).some((name) => name !== '$select');

/** `NS.*`: all operations of a schema. */
function checkNamespace({ namespace }: Model, { path, place }: SelectItem): void {
  const name = path.map((segment) => segment.name).join('/');
  if (name === namespace) return;
  const message = `There is no schema '${name}': the one of this service is '${namespace}'.`;
  throw odataError('InvalidValue', { message }, placeOf(place));
}

function choose(chosen: Map<string, Part>, context: PlanContext, scope: Scope, item: SelectItem): void {
  const { type } = scope.current;
  const [first, ...rest] = withoutCast(context.model, type, item.path);
  if (!first)
    throw odataError('SyntaxError', { message: 'A type in $select needs a property behind it.' }, placeOf(item.place));
  if (first.arguments && !isOperation(context.model, type, first.name))
    throw odataError('SyntaxError', { message: `'${first.name}' is no function.` }, placeOf(first.place));
  if (type.navigations.has(first.name)) {
    if (rest.length === 0) return refuseOptions(item, [...ofCollections, '$compute', '$select']);
    const behind = rest.map(({ name }) => name).join('/');
    throw odataError(
      'SyntaxError',
      { message: `A path in $select ends at a navigation property. Write '$expand=${first.name}($select=${behind})'.` },
      placeOf(item.place),
    );
  }
  const property = type.properties.get(first.name);
  if (property) return choosePart(chosen, choosable(property), rest, item);
  const member = membersOf(scope, scope.current).own.get(first.name);
  const value = member?.kind === 'value' && member.value.kind !== 'null' ? member.value : undefined;
  if (value && (value.type.kind === 'complex' || value.type.kind === 'collection'))
    return choosePart(chosen, { name: first.name, type: value.type, parts: partsOf(value) }, rest, item);
  if (member && isComplex(member)) {
    chosen.set(first.name, withOptions(chosen.get(first.name), rest, item));
    return;
  }
  if (type.streams?.has(first.name)) {
    checkSelected(item);
    chosen.set(first.name, 'all');
    return;
  }
  if (rest.length === 0 && isOperation(context.model, type, first.name))
    return refuseOptions(item, [...ofCollections, '$compute', '$select']);
  if (!hasName(scope, scope.current, first.name) && !dynamicProperty(type, first.name))
    throw unknownProperty(type, first, namesOf(scope, scope.current));
  if (rest.length > 0 || item.options.$select)
    throw odataError('TypeMismatch', { message: `'${first.name}' has no properties to select.` }, placeOf(item.place));
  refuseOptions(item, [...ofCollections, '$compute']);
  chosen.set(first.name, 'all');
}

/** What $select can name parts of: a property, or a computed value. */
interface Choosable {
  readonly name: string;
  readonly type: EdmType;
  /** The properties of a complex value. */
  readonly parts: ReadonlyMap<string, Property> | undefined;
}

const choosable = ({ name, type, source }: Property): Choosable => ({
  name,
  type,
  parts: source.kind === 'complex' ? source.properties : undefined,
});

function choosePart(
  chosen: Map<string, Part>,
  property: Choosable,
  rest: readonly NameSegment[],
  item: SelectItem,
): void {
  const [next, ...further] = rest;
  const nested = item.options.$select;
  const before = chosen.get(property.name);
  if (complexItems(property)) {
    chosen.set(property.name, withOptions(before, rest, item));
    return;
  }
  if (property.type.kind === 'collection' && !next) {
    refuseOptions(item, ['$select', '$compute', '$apply']);
    chosen.set(property.name, withOptions(before, [], item));
    return;
  }
  if (!next) refuseOptions(item, property.type.kind === 'complex' ? ofCollections : [...ofCollections, '$compute']);
  const isComputed = !next && item.options.$compute !== undefined;
  if (isComputed || (before && hasOwn(before))) {
    chosen.set(property.name, withOptions(before, rest, item));
    return;
  }
  if (!next && !nested) {
    chosen.set(property.name, 'all');
    return;
  }
  if (!property.parts || property.type.kind !== 'complex') {
    throw odataError(
      'TypeMismatch',
      { message: `'${property.name}' has no properties to select.` },
      placeOf(item.place),
    );
  }
  if (before === 'all') return;
  const parts = new Map<string, Part>(before);
  if (next) choosePart(parts, choosable(partOf(property.type, property.parts, next)), further, item);
  else for (const inner of nested ?? []) chooseNested(parts, property.type, property.parts, inner);
  chosen.set(property.name, parts);
}

/** What several items of $select leave of a collection, or of a complex value with options: members are merged, and options can only be those of all of them. */
function withOptions(before: Part | undefined, rest: readonly NameSegment[], item: SelectItem): Part {
  const options: QueryOptions = rest.length === 0 ? item.options : { $select: [{ ...item, path: rest }] };
  if (!before) return Object.keys(options).length === 0 ? 'all' : { own: options };
  const given = hasOwn(before) ? before.own : {};
  if (hasOptions(given) || hasOptions(options))
    throw odataError(
      'InvalidValue',
      { message: `'${item.path.map(({ name }) => name).join('/')}' is selected more than once, with options.` },
      placeOf(item.place),
    );
  return given.$select && options.$select ? { own: { $select: [...given.$select, ...options.$select] } } : 'all';
}

/** What an item of a nested $select leaves of a complex value. */
function chooseNested(
  parts: Map<string, Part>,
  type: ComplexType,
  properties: ReadonlyMap<string, Property>,
  item: SelectItem,
): void {
  const [first, ...rest] = item.path;
  if (item.star || !first) for (const name of properties.keys()) parts.set(name, 'all');
  else choosePart(parts, choosable(partOf(type, properties, first)), rest, item);
}

function partOf(type: ComplexType, properties: ReadonlyMap<string, Property>, segment: NameSegment): Property {
  const found = properties.get(segment.name);
  if (found) return found;
  const hint = didYouMean(segment.name, [...properties.keys()]);
  throw odataError('UnknownProperty', { type: type.name, name: segment.name, hint }, placeOf(segment.place));
}

const ofCollections = ['$filter', '$orderby', '$top', '$skip', '$count', '$search', '$apply'] as const;

/** Refuses options in the parentheses of an item that have no meaning for what it names. */
function refuseOptions(
  { path, options, place }: SelectItem,
  names: readonly ((typeof ofCollections)[number] | '$compute' | '$select')[],
): void {
  const name = names.find((one) => options[one] !== undefined);
  const resource = `'${path.at(-1)?.name ?? ''}'`;
  if (name !== undefined) throw odataError('OptionNotApplicable', { name, resource }, placeOf(place));
}
