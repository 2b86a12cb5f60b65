/** Computed properties: of $compute and of the transformation compute. URL Conventions §5.1.10, Data Aggregation §3.4.2 */
import { odataError } from '../error';
import { typeName, untyped } from '../model/edm';
import { declares } from '../model/inheritance';
import type { EdmType } from '../model/model';
import type { ComputeItem, Place } from '../url/ast';
import { typeOf } from './coerce';
import { placeOf, type PlanContext, type Scope } from './context';
import { planAny } from './expression';
import { opened } from './item-keys';
import { NAME_PARTS } from './limits';
import { hasName, membersOf, structureSince, variantsOf, withMembers, type Member } from './members';
import { planObject } from './object-value';
import { withOwn } from './own-members';
import type { Bound } from './plan';
import { checkSize, structuresOf } from './size';
import { asRow } from './value-row';

/** The scope in which a row has the computed properties too; each sees the ones before it. */
export function planComputed(context: PlanContext, scope: Scope, items: readonly ComputeItem[]): Scope {
  const structures = structuresOf(scope);
  const given = new Set<string>();
  return items.reduce((before, item) => {
    const { expression, as, place } = item;
    context.count(place, NAME_PARTS * structures);
    checkAlias(given.has(as) ? before : scope, as, place);
    given.add(as);
    const found = planObject(context, before, expression) ?? planAny(context, before, expression);
    const apart = isMade(found) && inEach(context, before, item);
    if (apart) return apart;
    const value = asRow(context, before, opened(context, found, place), place);
    checkValue(as, value, place);
    checkSize(context, as, value, place);
    return withMember(before, as, { kind: 'value', value });
  }, scope);
}

/** What rows of several structures have left of entities by one name: each of them something else. */
const isMade = (value: Bound): boolean => {
  const type = typeOf(value);
  const of = type?.kind === 'collection' ? type.of : type;
  return of?.kind === 'entity' && of.key.length === 0;
};

/** The scope in which each structure of a row has the property by itself; undefined where there is one. */
function inEach(context: PlanContext, scope: Scope, item: ComputeItem): Scope | undefined {
  const variants = variantsOf(scope, scope.current);
  if (!variants) return undefined;
  const each = variants.scopes.map((variant) => structureSince(scope, planComputed(context, variant, [item])));
  return withMembers(scope, scope.current, { structures: { discriminator: variants.discriminator, each } });
}

/** Single values, collections of them, and complex values can be told. */
function checkValue(as: string, value: Bound, place: Place): void {
  if (value.kind === 'null' || isSingle(value.type) || value.type === untyped) return;
  const { type } = value;
  if (type.kind === 'collection' && isSingle(type.of)) return;
  const element = type.kind === 'collection' ? type.of : type;
  if (element.kind === 'entity')
    throw odataError(
      'TypeMismatch',
      { message: `'${as}' would be of type ${typeName(type)}: compute properties of entities, and expand them whole.` },
      placeOf(place),
    );
}

const isSingle = ({ kind }: EdmType): boolean => kind === 'primitive' || kind === 'enum';

/** The scope in which a row has one name more. */
export const withMember = (scope: Scope, name: string, member: Member): Scope =>
  withMembers(scope, scope.current, { own: withOwn(membersOf(scope, scope.current).own, name, member) });

/**
 * An alias must differ from all names that a row has, as one of a derived type too, and from those that its type declares. URL Conventions
 * §5.1.10, Data Aggregation §3.1.1
 */
export function checkAlias(scope: Scope, name: string, place: Place): void {
  const { declared } = membersOf(scope, scope.current);
  const isTaken =
    declares(scope.current.type, name) ||
    hasName(scope, scope.current, name) ||
    (declared && hasName(scope, { type: declared, name: '' }, name));
  if (isTaken)
    throw odataError(
      'InvalidValue',
      { message: `'${scope.current.type.name}' has a property '${name}' already: choose another alias.` },
      placeOf(place),
    );
}
