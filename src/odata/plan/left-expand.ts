/**
 * $expand of what groups have left of entities. It is a value of the row and goes out without being expanded; an item that names it says what of it
 * does, as one of $select says of a complex value. Data Aggregation §3.2.3.1, §7.1
 */
import { odataError } from '../error';
import type { ExpandItem } from '../url/ast';
import type { Chosen, Part } from './chosen';
import { placeOf, type Scope } from './context';
import { refuseCollectionOptions, twice } from './expand';
import { fittingItems } from './expand-options';
import { instanceOf, membersOf, navigationLeft } from './members';
import { isLeft } from './row-identity';

/** What is chosen by items of $expand, too, and the items that name something else. */
export function withLeft(
  scope: Scope,
  chosen: Chosen,
  items: readonly ExpandItem[] = [],
): { readonly chosen: Chosen; readonly others: readonly ExpandItem[] } {
  const parts = new Map<string, Part>();
  for (const [index, item] of items.entries()) {
    const name = leftNamed(scope, item);
    if (name === undefined) continue;
    if (parts.has(name)) throw twice(name, item.place);
    parts.set(name, partOf(name, item, item.index ?? index));
  }
  if (parts.size === 0) return { chosen, others: items };
  const others = fittingItems(items, (item) => leftNamed(scope, item) === undefined);
  return { chosen: { ...chosen, named: new Map([...chosen.named, ...parts]) }, others };
}

function partOf(name: string, { options, suffix, place }: ExpandItem, step: number): Part {
  refuseCollectionOptions(name, options, place);
  if (suffix) {
    const reason = suffix === '$ref' ? 'has no id: the request made it' : 'is no collection, and no stream';
    throw odataError('TypeMismatch', { message: `What '${name}' leads to ${reason}.` }, placeOf(place));
  }
  return { own: options, step };
}

/** The name of what is left of an entity, or of an entity within such, that an item names. */
function leftNamed(scope: Scope, { star, path: [first, ...rest] }: ExpandItem): string | undefined {
  if (star || !first || rest.length > 0) return undefined;
  const { name } = first;
  const { current } = scope;
  const { own, whole } = membersOf(scope, current);
  const member = own.get(name);
  const instance = instanceOf(member);
  const of = instance && membersOf(scope, instance).whole;
  if (member) return (of && isLeft(of)) || (whole && member.kind === 'added') ? name : undefined;
  const type = current.type.properties.get(name)?.type;
  const isPart = type?.kind === 'complex' && type.made === 'entity';
  return isPart || navigationLeft(scope, current, name) ? name : undefined;
}
