/** What the entities of a hierarchy of types have in common beside their properties: it is planned once for all types that have it. */
import { isOfType, lineage } from '../model/inheritance';
import type { EntityType, NavigationProperty } from '../model/model';
import type { ExpandItem } from '../url/ast';
import type { Scope } from './context';
import { membersOf, withMembers } from './members';
import type { Field, Range, Selection, SharedField, Variants } from './plan';

/** Fields that hold entities, and so may hold all that these hold. */
type Nesting = Extract<Field, { kind: 'row' | 'one' | 'many' }>;

/** What an item leads to: a navigation, or another variable of the row. */
type Destination = NavigationProperty | Range;

/** The fields of the row that `scope` speaks of. */
export class SharedFields {
  private readonly scopes = new Map<EntityType, Scope>();
  private readonly known = new Map<ExpandItem, Map<Destination, Nesting>>();
  private readonly ranges = new Map<Field, Range>();

  constructor(private readonly scope: Scope) {}

  get range(): Range {
    return this.scope.current;
  }

  /** The row by a variable of the type, with all that it has beside its properties. The same one for the same type. */
  seenAs(type: EntityType): Scope {
    const found = this.scopes.get(type);
    if (found) return found;
    const { range, scope } = this;
    const seen: Range = type === range.type ? range : { ...range, type, seenAs: range };
    const made = { ...withMembers(scope, seen, { ...membersOf(scope, range), shared: this }), current: seen };
    this.scopes.set(type, made);
    return made;
  }

  /** The field of an item for entities of a type: planned for the most general type that has it, when it is first asked for. */
  field(type: EntityType, item: ExpandItem, to: Destination, plan: (scope: Scope) => Nesting): Nesting {
    const fields = this.known.get(item) ?? new Map<Destination, Nesting>();
    this.known.set(item, fields);
    const found = fields.get(to);
    if (found) return found;
    const scope = this.seenAs(this.mostGeneral(type, to));
    const made = plan(scope);
    fields.set(to, made);
    this.ranges.set(made, scope.current);
    return made;
  }

  private mostGeneral(type: EntityType, to: Destination): EntityType {
    const has = (one: EntityType): boolean => !('target' in to) || one.navigations.get(to.name) === to;
    return lineage(type).findLast((one) => isOfType(one, this.range.type) && has(one)) ?? type;
  }

  /** The selections of all types, where what several of them have refers to one field. */
  among(selections: ReadonlyMap<string, Selection>): Pick<Variants, 'selections' | 'shared'> {
    const owners = new Map<Field, string[]>();
    for (const [text, { fields }] of selections)
      for (const field of fields.filter(isNesting)) owners.set(field, [...(owners.get(field) ?? []), text]);
    const several = [...owners].filter(([, texts]) => texts.length > 1);
    const places = new Map(several.map(([field], index) => [field, index]));
    const shared = several.map(([field, texts]): SharedField => ({
      field,
      range: this.ranges.get(field) ?? this.range,
      ...(texts.length < selections.size && { of: texts }),
    }));
    const referring = (field: Field): Field => {
      const index = places.get(field);
      return index === undefined ? field : { kind: 'shared', index };
    };
    return {
      shared,
      selections: new Map(
        [...selections].map(([text, one]) => [text, { ...one, fields: one.fields.map(referring) }] as const),
      ),
    };
  }
}

const isNesting = ({ kind }: Field): boolean => ['one', 'many', 'row', 'nest'].includes(kind);
