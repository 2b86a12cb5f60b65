/** Properties that a type does not declare, because it is open: each row has those that it was given. Protocol §11.2.5.1, CSDL §6.4 */
import { untyped } from '../model/edm';
import { declares } from '../model/inheritance';
import type { EntityType, Property } from '../model/model';
import { isIdentifier } from '../url';
import { membersOf } from './members';
import type { Scope } from './context';
import type { Field, Range } from './plan';

/** The property of the name; undefined where the type is not open, or where no row can have it. Where a row lacks it, it is null. */
export function dynamicProperty(type: EntityType, name: string): Property | undefined {
  const { dynamic } = type;
  if (!dynamic || !isIdentifier(name) || declares(type, name)) return undefined;
  return {
    name,
    type: untyped,
    source: { kind: 'dynamic', column: dynamic.column, member: () => name },
    nullable: true,
    computed: false,
    immutable: false,
    required: false,
    searchable: false,
    defaultValue: undefined,
    description: undefined,
  };
}

/** What goes out of them: all, or those that $select names. A computed property of the same name stands in their place. */
export function dynamicFields(
  scope: Scope,
  range: Range,
  chosen: 'all' | ReadonlyMap<string, unknown>,
): readonly Field[] {
  if (!range.type.dynamic) return [];
  const { own } = membersOf(scope, range);
  const { properties, navigations, streams } = range.type;
  const except = [properties, navigations, streams, own].flatMap((names) => [...(names?.keys() ?? [])]);
  if (chosen === 'all') return [{ kind: 'dynamic', names: undefined, except }];
  const names = [...chosen.keys()].filter((name) => !except.includes(name));
  return names.length === 0 ? [] : [{ kind: 'dynamic', names, except: [] }];
}
