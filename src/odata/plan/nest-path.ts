/** What the path of addnested leads to, and how transformed copies are made of it. Data Aggregation §3.4.3 */
import { odataError } from '../error';
import type { NameSegment, Place } from '../url/ast';
import {
  addedEntity,
  addedMany,
  addedRow,
  addedValue,
  augmented,
  type Added,
  type Named,
  type Sequence,
} from './added-members';
import { castAt } from './cast';
import { startAt } from './collection-start';
import { itemScope } from './complex-items';
import { speakingOfValue } from './complex-value';
import { placeOf, type PlanContext, type Scope } from './context';
import type { Names } from './group-values';
import { rangeBehind } from './identity';
import { instanceOf, isComplex, membersOf, namesOf, navigationLeft, type Member } from './members';
import { nullOf } from './object-value';
import type { Bound, Range } from './plan';
import { propertyOf, unknownProperty } from './position';
import { isStructured, partOf, partsOf } from './structured';

/** Makes transformed copies of what a name leads to. */
export interface Copier {
  readonly isComplex: boolean;
  readonly made: (scope: Scope, named: Named, sequence: Sequence) => Added;
  /** The scope that speaks of it before that. */
  readonly start: () => Scope;
}

/** nestPath: a navigation property, cast or not, or a complex property, of the row itself or of the request. */
export function copierOf(context: PlanContext, scope: Scope, [first, second, third]: Names): Copier {
  const of = scope.current;
  const member = membersOf(scope, of).own.get(first.name);
  const start = startAt(context, scope, first);
  if (start === 'several') throw new Error('A row has one structure');
  const { whole } = membersOf(scope, of);
  const left = member ? undefined : navigationLeft(scope, of, first.name);
  const navigation = member ? undefined : (left ?? of.type.navigations.get(first.name));
  // What is left of an entity stands in the row that has it.
  const from = left && whole?.kind === 'property' ? whole.range : of;
  const target = start && !start.type ? start.target : navigation?.target;
  const cast = target && second && !third ? castAt(context.model, target, second.name) : undefined;
  if (target && second && !cast) throw notLast(first);
  if (start)
    return {
      isComplex: start.type !== undefined,
      start: () => start.rows(first.name, undefined, cast).scope,
      made: (outer, named, sequence) => ({
        scope: outer,
        member: addedMany(
          context,
          outer,
          named,
          (missing) => start.rows(named.name, missing, cast),
          start.type,
          sequence,
        ),
      }),
    };
  if (navigation)
    return {
      isComplex: false,
      start: () => itemScope(scope, { ...rangeBehind(context.model, from, navigation), name: first.name }),
      made: (outer, named, sequence) =>
        addedEntity(context, outer, { of: from, navigation, type: cast ?? navigation.target }, named, (instance) =>
          augmented(context, instance, navigation.name, sequence),
        ),
    };
  const part = member ? member.kind === 'value' && member.value : partOfRow(scope, of, first.name);
  const range = instanceOf(member);
  if (part && isStructured(part) && part.type.kind === 'complex')
    return {
      isComplex: true,
      start: () => speakingOfValue(scope, first.name, part),
      made: (outer, named, sequence) => addedValue(context, outer, { name: first.name, whole: part }, named, sequence),
    };
  if (!member || !range) throw noPath(scope, of, first, member);
  if (second && !isComplex(member)) throw notLast(first);
  return {
    isComplex: isComplex(member),
    start: () => ({ ...scope, current: range }),
    made: (outer, named, sequence) =>
      addedRow(context, outer, { name: first.name, range, isComplex: isComplex(member) }, named, sequence),
  };
}

/** A property of the row, or of the complex value that a variable is, as a value. */
export function partOfRow(scope: Scope, of: Range, name: string): Bound | undefined {
  const { whole } = membersOf(scope, of);
  const property = whole ? partsOf(whole)?.get(name) : of.type.properties.get(name);
  if (!property || !whole) return property && propertyOf({ range: of, navigations: [] }, property);
  const part = partOf(whole, property);
  return part.kind === 'null' && property.type.kind === 'complex' ? nullOf(property.type) : part;
}

const wrong = (message: string, place: Place): Error => odataError('TypeMismatch', { message }, placeOf(place));

const notLast = ({ name, place }: NameSegment): Error =>
  wrong(`No navigation property may stand before the last one in addnested: '${name}' does.`, place);

function noPath(scope: Scope, of: Range, { name, place }: NameSegment, member: Member | undefined): Error {
  if (member ?? of.type.properties.has(name))
    return wrong(`'${name}' is no navigation property and no complex property.`, place);
  return unknownProperty(of.type, { name, place }, namesOf(scope, of));
}
