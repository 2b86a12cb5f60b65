/** What the entities of a hierarchy of types have in common and is more than a column: it is planned once for all types that have it. */
import { complexItems } from '../model/edm';
import { isOfType, lineage } from '../model/inheritance';
import type { EntityType, NavigationProperty, Property } from '../model/model';
import type { ExpandItem } from '../url/ast';
import { hasOwn, type Part } from './chosen';
import type { Scope } from './context';
import { membersOf, withMembers, type Member } from './members';
import type { Field, Range, Selection, SharedField, Variants } from './plan';
import { ownAs } from './typed-members';

/** Fields that hold entities, and so may hold all that these hold. */
export type Nesting = Extract<Field, { kind: 'row' | 'one' | 'many' }>;

/** What an item leads to: a navigation, or what the request made and named. */
type Destination = NavigationProperty | Member;

/** Fields by what is asked for, and how. */
type Known<F> = Map<object, Map<unknown, F>>;

/** The fields of the row that `scope` speaks of. */
export class SharedFields {
  private readonly scopes = new Map<EntityType, Scope>();
  private readonly expanded: Known<Nesting> = new Map();
  private readonly values: Known<Field> = new Map();
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
    const members = membersOf(scope, range);
    const own = ownAs(members.own, type);
    const made = { ...withMembers(scope, seen, { ...members, own, shared: this }), current: seen };
    this.scopes.set(type, made);
    return made;
  }

  /** The field of an item of $expand for entities of a type. */
  expand(type: EntityType, item: ExpandItem, to: Destination, plan: (scope: Scope) => Nesting): Nesting {
    const has = (one: EntityType): boolean => !('target' in to) || one.navigations.get(to.name) === to;
    return this.once(this.expanded, item, to, mostGeneral(type, has), plan);
  }

  /** The field of a property, or of a computed value, with what $select leaves of it. */
  value(type: EntityType, of: Property | Member, part: Part, plan: (scope: Scope) => Field): Field {
    const has = (one: EntityType): boolean => !('source' in of) || one.properties.get(of.name) === of;
    return this.once(this.values, of, hasOwn(part) ? part.own : part, mostGeneral(type, has), plan);
  }

  /** Plans a field when it is first asked for, for the most general type that has it. */
  private once<F extends Field>(
    known: Known<F>,
    of: object,
    how: unknown,
    type: EntityType,
    plan: (scope: Scope) => F,
  ): F {
    const fields = known.get(of) ?? new Map<unknown, F>();
    known.set(of, fields);
    const found = fields.get(how);
    if (found) return found;
    const scope = this.seenAs(isOfType(type, this.range.type) ? type : this.range.type);
    const made = plan(scope);
    fields.set(how, made);
    this.ranges.set(made, scope.current);
    return made;
  }

  /** The selections of all types, where what several of them have refers to one field. */
  among(selections: ReadonlyMap<string, Selection>): Pick<Variants, 'selections' | 'shared'> {
    const owners = new Map<Field, string[]>();
    const foreign = new Set<Field>();
    for (const [text, { fields, range }] of selections)
      for (const field of fields) {
        owners.set(field, [...(owners.get(field) ?? []), text]);
        if (![undefined, range, this.range].includes(this.ranges.get(field))) foreign.add(field);
      }
    const several = [...owners].filter(([field, texts]) => texts.length > 1 || foreign.has(field));
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

/** The nearest type to the root that has something, among the type and those that it is derived from. */
const mostGeneral = (type: EntityType, has: (type: EntityType) => boolean): EntityType =>
  lineage(type).findLast(has) ?? type;

/** What a row has of an item of $expand: as one that can be of several types, it is asked once for all of them. */
export function expandOnce(scope: Scope, item: ExpandItem, to: Destination, plan: (scope: Scope) => Nesting): Nesting {
  const { shared } = membersOf(scope, scope.current);
  return shared ? shared.expand(scope.current.type, item, to, plan) : plan(scope);
}

/** The same of a property or a computed value. What is but a column each type has for itself. */
export function valueOnce(scope: Scope, of: Property | Member, part: Part, plan: (scope: Scope) => Field): Field {
  const { shared } = membersOf(scope, scope.current);
  const isColumn = 'source' in of && !hasOwn(part) && complexItems(of) === undefined;
  return shared && !isColumn ? shared.value(scope.current.type, of, part, plan) : plan(scope);
}
