/** $select: which properties it names, with what is left of their parts. URL Conventions §5.1.4 */
import { odataError } from '../error';
import { complexItems, qualifiedTypeName, untyped } from '../model/edm';
import type { Model, StructuredType } from '../model/model';
import type { NameSegment, QueryOptions, SelectItem } from '../url/ast';
import { isIdentifier } from '../url';
import { aggregatedAway } from './aggregated-away';
import { withoutCast } from './cast';
import { choosable, choosableValue, partNamed, withoutOwnCast, type Choosable } from './choosable';
import { placeOf, type PlanContext, type Scope } from './context';
import { dynamicProperty } from './dynamic-property';
import { unknownProperty } from './position';
import { hasName, isComplex, membersOf, namesOf } from './members';
import { isOperation } from './operation-fields';
import { checkAnnotation, isAnnotation } from './selected-annotations';
import { ofCollections, ofEntities, refusedFor, refuseOptions } from './select-options';
import { checkSelected } from './stream';
import { localName } from './type-names';

/** What $select leaves of a type: what is left of the properties that it names, and whether all others stay beside them. */
export interface Chosen {
  readonly others: boolean;
  readonly named: ReadonlyMap<string, Part>;
}

/** Some parts of a property, or what options of its own leave of it and add to it. */
export type Part = Chosen | OwnOptions;

interface OwnOptions {
  readonly own: QueryOptions;
  /** The place of the item of $expand that has them. */
  readonly step?: number;
}

/** All of a type, or of a property: this object alone, so that all types of a hierarchy that ask for it ask for the same. */
export const whole: Chosen = { others: true, named: new Map() };

/** Nothing is left out, and nothing has options. */
export const isWhole = (part: Part): boolean => part === whole;

/** The part is a collection, or a complex value, with options of its own. */
export const hasOwn = (part: Part): part is OwnOptions => 'own' in part;

/** The scope for what an item of $expand named: links to further pages behind it name the items that lead there. */
export const scopeWithin = (scope: Scope, part: Part): Scope =>
  hasOwn(part) && part.step !== undefined ? { ...scope, within: [...(scope.within ?? []), [part.step]] } : scope;

/** What is left of a property; undefined for nothing. */
export const partChosen = ({ others, named }: Chosen, name: string): Part | undefined =>
  named.get(name) ?? (others ? whole : undefined);

/**
 * What the items of $select leave of the row's type: the union of what each of them names. A star names all of every property; an item beside
 * it can only say which items of a collection go out, and what is computed of them.
 */
export function planSelect(context: PlanContext, scope: Scope, items: readonly SelectItem[] | undefined): Chosen {
  if (!items) return whole;
  const chosen: Drafts = new Map();
  let others = false;
  for (const item of items) {
    if (!item.star) choose(chosen, context, scope, item);
    else if (item.path.length === 0) others = true;
    else checkNamespace(context.model, item);
  }
  return settled({ others, named: chosen });
}

/** `NS.*`: all operations of a schema. */
function checkNamespace({ namespace }: Model, { path, place }: SelectItem): void {
  const name = path.map((segment) => segment.name).join('/');
  if (name === namespace) return;
  const message = `There is no schema '${name}': the one of this service is '${namespace}'.`;
  throw odataError('InvalidValue', { message }, placeOf(place));
}

function choose(chosen: Drafts, context: PlanContext, scope: Scope, item: SelectItem): void {
  const { model } = context;
  const { type } = scope.current;
  const path = type.item ? withoutOwnCast(model, choosable(type.item), item.path) : item.path;
  const [first, ...rest] = withoutCast(model, type, path);
  if (!first)
    throw odataError('SyntaxError', { message: 'A type in $select needs a property behind it.' }, placeOf(item.place));
  if (first.arguments && !isOperation(model, type, first.name))
    throw odataError('SyntaxError', { message: `'${first.name}' is no function.` }, placeOf(first.place));
  if (isAnnotation(first.name)) return chooseAnnotation(chosen, model, type, first, item);
  if (!type.item && type.navigations.has(first.name)) return chooseNavigation(first, rest, item);
  const member = membersOf(scope, scope.current).own.get(first.name);
  const property = member ? undefined : type.properties.get(first.name);
  if (property && property.type !== untyped) return choosePart(chosen, model, choosable(property), rest, item);
  const value = member?.kind === 'value' && member.value.kind !== 'null' ? member.value : undefined;
  if (value && (value.type.kind === 'complex' || value.type.kind === 'collection'))
    return choosePart(chosen, model, choosableValue(first.name, value), rest, item);
  if (member && isComplex(member)) return void chosen.set(first.name, withOptions(chosen.get(first.name), rest, item));
  const stream = type.streams?.get(first.name);
  if (stream) {
    checkSelected(stream, rest[0], item);
    return void chosen.set(first.name, draft(true));
  }
  if (rest.length === 0 && isOperation(model, type, first.name)) return refuseOptions(item, ofEntities);
  if (!hasName(scope, scope.current, first.name) && !dynamicProperty(type, first.name))
    throw (
      aggregatedAway(context, scope, scope.current, [first]) ??
      unknownProperty(type, first, namesOf(scope, scope.current))
    );
  refuseOptions(item, [...ofCollections, '$compute']);
  if (dynamicProperty(type, first.name) ?? (value ?? property)?.type === untyped)
    return chooseMembers(chosen, model, first, rest, item);
  if (rest.length > 0 || item.options.$select)
    throw odataError('TypeMismatch', { message: `'${first.name}' has no properties to select.` }, placeOf(item.place));
  chosen.set(first.name, draft(true));
}

/** Of a value that tells its type itself, and of the members of an object: any of their names, also behind a cast. */
function chooseMembers(
  chosen: Drafts,
  model: Model,
  { name, place }: NameSegment,
  rest: readonly NameSegment[],
  item: SelectItem,
): void {
  const { namespace, complexTypes } = model;
  const local = name.includes('.') ? localName(namespace, name) : undefined;
  const type = local === undefined ? undefined : complexTypes.get(local);
  if (!type && !isIdentifier(name))
    throw odataError('SyntaxError', { message: `'${name}' is no name of a member of an object.` }, placeOf(place));
  const key = type ? qualifiedTypeName(namespace, type) : name;
  const before = chosen.get(key) ?? draft(false);
  const [next, ...further] = rest;
  const nested = next ? undefined : item.options.$select;
  if (next) chooseMembers(before.named, model, next, further, item);
  for (const inner of nested ?? []) {
    const [first, ...behind] = inner.path;
    refuseOptions(inner, [...ofCollections, '$compute']);
    if (first && !inner.star) chooseMembers(before.named, model, first, behind, inner);
  }
  const isAll = !next && (!nested || nested.some(({ star }) => star));
  chosen.set(key, { ...before, others: before.others || isAll });
}

/** It goes out beside what the other items name. */
function chooseAnnotation(
  chosen: Drafts,
  model: Model,
  type: StructuredType,
  name: NameSegment,
  item: SelectItem,
): void {
  checkAnnotation({ model }, type, name, item);
  chosen.set(name.name, withOptions(chosen.get(name.name), [], item));
}

/** A navigation alone chooses no property; what is behind it belongs into $expand. */
function chooseNavigation({ name }: NameSegment, rest: readonly NameSegment[], item: SelectItem): void {
  if (rest.length === 0) return refuseOptions(item, ofEntities);
  const behind = rest.map((segment) => segment.name).join('/');
  throw odataError(
    'SyntaxError',
    { message: `A path in $select ends at a navigation property. Write '$expand=${name}($select=${behind})'.` },
    placeOf(item.place),
  );
}

/** What the items have said of a property so far. */
interface Draft {
  /** All of it goes out, with what is said of its parts. */
  readonly others: boolean;
  readonly named: Drafts;
  readonly own?: QueryOptions;
}

type Drafts = Map<string, Draft>;

const draft = (others: boolean): Draft => ({ others, named: new Map() });

/** `isNamed` where a star names the property, too. */
function settledPart({ own, ...parts }: Draft, isNamed: boolean): Part {
  if (!own) return settled({ ...parts, others: parts.others || isNamed });
  const { $select = [] } = own;
  const [item] = $select;
  // What $apply makes of items has no property that the star names.
  return { own: isNamed && item && !own.$apply ? { ...own, $select: [starAt(item), ...$select] } : own };
}

function settled({ others, named }: Pick<Draft, 'others' | 'named'>): Chosen {
  const parts = [...named].map(([name, part]) => [name, settledPart(part, others)] as const);
  const left = new Map(others ? parts.filter(([name, part]) => isAnnotation(name) || !isWhole(part)) : parts);
  return others && left.size === 0 ? whole : { others, named: left };
}

const starAt = ({ place }: SelectItem): SelectItem => ({ path: [], star: true, options: {}, place });

function choosePart(
  chosen: Drafts,
  model: Model,
  property: Choosable,
  path: readonly NameSegment[],
  item: SelectItem,
): void {
  const { name, type } = property;
  const rest = withoutOwnCast(model, property, path);
  const before = chosen.get(name);
  const isEnd = rest.length === 0;
  const isCollection = type.kind === 'collection';
  const isOfItems = complexItems(property) !== undefined;
  if (isEnd && !isOfItems) refuseOptions(item, refusedFor(type));
  const isOwn = isOfItems || (isEnd && (isCollection || item.options.$compute !== undefined));
  chosen.set(
    name,
    isOwn || before?.own ? withOptions(before, rest, item) : withParts(before, model, property, rest, item),
  );
}

/** What one more item leaves of a value by its parts. */
function withParts(
  before: Draft | undefined,
  model: Model,
  { name, type, source }: Choosable,
  [next, ...further]: readonly NameSegment[],
  item: SelectItem,
): Draft {
  const { others, named } = before ?? draft(false);
  const nested = item.options.$select;
  if (!next && !nested) return { others: true, named };
  if (!source || type.kind !== 'complex')
    throw odataError('TypeMismatch', { message: `'${name}' has no properties to select.` }, placeOf(item.place));
  const choose = (first: NameSegment, behind: readonly NameSegment[], inner: SelectItem): void => {
    if (isAnnotation(first.name)) return chooseAnnotation(named, model, type, first, inner);
    if (!source.navigations?.has(first.name))
      return choosePart(named, model, partNamed(type.name, source, first), behind, inner);
    chooseNavigation(first, behind, inner);
    named.set(first.name, draft(true));
  };
  if (next) {
    choose(next, further, item);
    return { others, named };
  }
  let isStar = false;
  for (const inner of nested ?? []) {
    const [first, ...behind] = withoutOwnCast(model, { type, source }, inner.path);
    if (inner.star || !first) isStar = true;
    else choose(first, behind, inner);
  }
  return { others: others || isStar, named };
}

/** What one more item leaves of a collection, or of a value with options: members are merged, and options can only be those of all of them. */
function withOptions(before: Draft | undefined, rest: readonly NameSegment[], item: SelectItem): Draft {
  const isPassed = rest.length > 0;
  const isPlain = !isPassed && Object.keys(item.options).length === 0;
  if (isPlain && !before?.own) return draft(true);
  const all: QueryOptions = { $select: [starAt(item)] };
  const options = isPassed ? { $select: [{ ...item, path: rest }] } : isPlain ? all : item.options;
  if (!before) return { ...draft(false), own: options };
  const given = before.own ?? all;
  if (hasOptions(given) || hasOptions(options))
    throw odataError(
      'InvalidValue',
      { message: `'${item.path.map(({ name }) => name).join('/')}' is selected more than once, with options.` },
      placeOf(item.place),
    );
  const $select = [...(given.$select ?? []), ...(options.$select ?? [])];
  return { ...before, own: { $select } };
}

/** More than members are chosen by. */
const hasOptions = (options: QueryOptions): boolean => Object.keys(options).some((name) => name !== '$select');
