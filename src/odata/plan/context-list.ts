/** What context URLs tell of a selection. Protocol §10.8–10.11 */
import type { ComplexType, EntityType, Model, Property } from '../model/model';
import type { ExpandItem, QueryOptions, SelectItem } from '../url/ast';
import { hasOwn, type Chosen, type Part } from './chosen';
import type { PlanContext, Scope } from './context';
import { isNavigation, isOfRows, membersOf } from './members';
import { isOperation } from './operation-fields';
import type { Field, Selection } from './plan';
import { everything, type ExpandedList, type SelectList } from './select-list';
import { declaredType } from './structures';
import { localName } from './type-names';

/** What of an entity goes out, as far as context URLs tell it. */
interface Told {
  readonly options: QueryOptions;
  readonly chosen: Chosen;
  /** The members for its properties, computed ones among them. */
  readonly structure: readonly Field[];
  /** The members for what is expanded. */
  readonly expanded: readonly Field[];
}

/** What context URLs tell: the names selected, and what is expanded as entities, references and counts aside. Protocol §10.8–10.11 */
export function contextList(
  { model }: PlanContext,
  scope: Scope,
  { options: { $select, $expand }, chosen, structure, expanded: fields }: Told,
): SelectList {
  const { type } = scope.current;
  const expanded = fields.flatMap((field) => expandedList(field, $expand, type.columns !== undefined));
  const { own, crossed } = membersOf(scope, scope.current);
  const computed = [...own].flatMap(([name, member]) => {
    if (isNavigation(member) || !isOfRows(member, type)) return [];
    return member.kind === 'structure' && member.within ? member.within.map((added) => `${name}/${added}`) : [name];
  });
  const transformed = transformedNames(structure);
  const others = new Set(($select ?? []).flatMap((item) => otherName(model, type, item)));
  if (chosen.others) {
    const partial = new Map(
      [...chosen.named].flatMap(([name, part]) => {
        const names = partialNames(name, part, transformed);
        return names ? [[name, names] as const] : [];
      }),
    );
    const told = [...partial.values()].flat().concat(computed.filter((name) => !partial.has(name)));
    if (type.columns && !crossed) {
      const wholes = new Map([...type.properties].filter(([name]) => !partial.has(name) && !own.has(name)));
      return { names: [...derivedNames(wholes), ...told], expanded };
    }
    const names = [...told, ...others];
    return { names: names.length > 0 ? ['*', ...names] : undefined, expanded };
  }
  const isExpanded = new Set(expanded.map(({ name }) => name));
  return { names: [...chosenNames(chosen, transformed).filter((name) => !isExpanded.has(name)), ...others], expanded };
}

function expandedList(
  field: Field,
  items: readonly ExpandItem[] | undefined,
  isDerived: boolean,
): readonly ExpandedList[] {
  const selection = expandedSelection(field);
  if (!('name' in field) || (!selection && !isDerived)) return [];
  const { name } = field;
  const list = selection?.list ?? everything;
  const isRecursive =
    list.expanded.some((inner) => inner.name === name) &&
    (items ?? []).some(({ path, options: { $levels = 1 } }) => $levels !== 1 && path.at(-1)?.name === name);
  const shown: SelectList = isRecursive
    ? { ...list, expanded: list.expanded.filter((inner) => inner.name !== name) }
    : list;
  return [{ name, recursive: isRecursive, always: isDerived || isMade(field), list: shown }];
}

/** No type declares it. Data Aggregation §3.4.3, §3.5.1 */
const isMade = (field: Field): boolean =>
  field.kind === 'row' || ('navigation' in field && 'name' in field && field.name !== field.navigation.name);

/** Navigations and operations that $select names: no data goes out for them. */
function otherName(model: Model, type: EntityType, { path, star }: SelectItem): readonly string[] {
  const name = path.at(-1)?.name ?? '';
  if (star) return path.length > 0 ? [`${name}.*`] : [];
  if (type.navigations.has(name)) return [name];
  const isOwn = path.length === 1 && !type.properties.has(name) && isOperation(model, type, name);
  return isOwn ? [`${model.namespace}.${localName(model.namespace, name) ?? name}`] : [];
}

const expandedSelection = (field: Field): Selection | undefined =>
  (field.kind === 'one' || field.kind === 'row') && !field.reference
    ? field.selection
    : (field.kind === 'many' && field.form === 'entities') || field.kind === 'nest'
      ? field.collection.selection
      : undefined;

/** Parts of an entity stand in parentheses behind its name, as if it were expanded. Data Aggregation §3.2.3.1 */
const derivedNames = (properties: ReadonlyMap<string, Property>): readonly string[] =>
  [...properties.values()].flatMap(({ name, type, source }) => {
    if (source.kind !== 'complex' || type.kind !== 'complex') return [name];
    const whole = [...(source.navigations?.keys() ?? [])].map((navigation) => `${navigation}()`);
    if (type.made === 'entity') return [`${name}(${[...derivedNames(source.properties), ...whole].join(',')})`];
    return isWhole(source.properties, type)
      ? [name]
      : derivedNames(source.properties).map((inner) => `${name}/${inner}`);
  });

/** All that the type of a complex value declares is there, and all of its parts are. */
const isWhole = (parts: ReadonlyMap<string, Property>, type: ComplexType): boolean =>
  type.made === undefined &&
  [...declaredType(type).properties.keys()].every((name) => parts.has(name)) &&
  [...parts.values()].every(
    ({ source, type }) => source.kind !== 'complex' || type.kind !== 'complex' || isWhole(source.properties, type),
  );

const chosenNames = ({ named }: Chosen, transformed: TransformedNames = new Map()): readonly string[] =>
  [...named].flatMap(([name, part]) => partialNames(name, part, transformed) ?? [name]);

/** The paths of what is left of a property; undefined where nothing is left out. */
function partialNames(name: string, part: Part, transformed: TransformedNames): readonly string[] | undefined {
  const own = hasOwn(part) ? itemNames(part.own) : part.others ? undefined : chosenNames(part);
  if (hasOwn(part) && part.step !== undefined) return own && [`${name}(${[...own, ...innerNames(part.own)].join()})`];
  return (transformed.get(name) ?? own)?.map((further) => `${name}/${further}`);
}

/** What is expanded within what is left of an entity. */
const innerNames = ({ $expand = [] }: QueryOptions): readonly string[] =>
  $expand.map(
    ({ path, options }) =>
      `${path.at(-1)?.name ?? '*'}(${[...(itemNames(options) ?? []), ...innerNames(options)].join()})`,
  );

/** What $apply makes of the items of collections. */
type TransformedNames = ReadonlyMap<string, readonly string[]>;

const transformedNames = (fields: readonly Field[]): TransformedNames =>
  new Map(
    fields.flatMap((field) => {
      const names = field.kind === 'items' && field.collection.rows && field.collection.selection.list.names;
      return names ? [[field.name, names] as const] : [];
    }),
  );

/** The members that options leave of the items of a collection; undefined for all. */
function itemNames({ $select }: QueryOptions): readonly string[] | undefined {
  if (!$select || $select.some(({ star, path }) => star && path.length === 0)) return undefined;
  return $select.flatMap(({ path, options }) => {
    const name = path.map((segment) => segment.name).join('/');
    const inner = itemNames(options);
    return inner === undefined ? [name] : inner.map((further) => `${name}/${further}`);
  });
}
