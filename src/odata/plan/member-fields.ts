/** What goes out of a row beside the properties of its type: computed values, entities of other variables, groups' entities. */
import type { ExpandItem, NameSegment, SelectItem } from '../url/ast';
import { partChosen, type Chosen } from './chosen';
import { typeOf } from './coerce';
import { planOne } from './collection';
import { notImplemented, type PlanContext, type Scope } from './context';
import { typeOnTheWire } from './derived-type';
import { membersOf, type Members } from './members';
import type { Bound, Field, Range } from './plan';
import { refuseCollectionOptions } from './expand';
import { planSelection } from './select';

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

/** Entities that were grouped by go out whole. Data Aggregation §3.2.3.1 */
export function defaultExpand(scope: Scope, select: readonly SelectItem[] | undefined): readonly ExpandItem[] {
  const { type } = scope.current;
  const place = { source: '$apply', at: 0 };
  const whole = (type.columns ? [...type.navigations.keys()] : []).map((name): ExpandItem => {
    const segment: NameSegment = { kind: 'name', name, place };
    return { path: [segment], options: {}, place };
  });
  const { expanded = [] } = membersOf(scope, scope.current);
  return [...whole, ...expanded].filter(
    (item) => !select || select.some(({ star, path }) => star ?? path[0]?.name === item.path[0]?.name),
  );
}

/** The entity of another variable of the row: a join, a combination of entity sets. */
export function memberRow(scope: Scope, { path }: ExpandItem): { name: string; range: Range } | undefined {
  const [first, ...rest] = path;
  const member = first && membersOf(scope, scope.current).own.get(first.name);
  return member?.kind === 'row' && rest.length === 0 ? { name: first?.name ?? '', range: member.range } : undefined;
}

/** The member for an entity of another variable. */
export function rowField(
  context: PlanContext,
  scope: Scope,
  { name, range }: { name: string; range: Range },
  { options, suffix, place }: ExpandItem,
  depth: number,
): Extract<Field, { kind: 'row' }> {
  if (suffix) throw notImplemented(`$expand of ${name}/${suffix}`, place);
  refuseCollectionOptions(name, options, place);
  const inner = planOne(context, { ...scope, current: range, variables: new Map(), options }, options);
  return { kind: 'row', name, range, selection: planSelection(context, inner, options, depth + 1) };
}
