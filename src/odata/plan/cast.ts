/** Casts to derived types: in the resource path, in $select and $expand, in expressions. URL Conventions §4.11, §5.1.1.15 */
import { madeNavigation } from '../model/made-navigation';
import { isOfType, lineage } from '../model/inheritance';
import type { EntityType, Model, NavigationProperty } from '../model/model';
import type { PathSegment, ResourceSegment } from '../url/ast';
import type { Scope } from './context';
import { membersOf, variantsOf } from './members';
import type { Range } from './plan';
import { localName } from './type-names';

/** The type that a segment casts to: one of the model that is derived from the type, or the type itself. */
export function castAt({ namespace, entityTypes }: Model, type: EntityType, segment: string): EntityType | undefined {
  if (!segment.includes('.')) return undefined;
  const local = localName(namespace, segment);
  if (local === type.name) return type;
  const found = local === undefined ? undefined : entityTypes.get(local);
  return found && isOfType(found, type) ? found : undefined;
}

/** The type of the name that the type is derived from, or the type itself. */
export const baseAt = (model: Model, type: EntityType, segment: string): EntityType | undefined =>
  lineage(type).find((base) => castAt(model, base, segment) === base);

/** What a row of `$all`, whose type is its own, is seen as by a cast to a type that it is derived from. */
export const seenAmong = (model: Model, scope: Scope, range: Range, segment: string): EntityType | undefined =>
  membersOf(scope, range).beside && baseAt(model, range.type, segment);

/** Whether rows of a variable, of several structures perhaps, can be of the type that a segment casts to. */
export function isCastHere(model: Model, scope: Scope, range: Range, segment: string): boolean {
  const variants = variantsOf(scope, range);
  if (variants) return variants.scopes.some((variant) => isCastHere(model, variant, variant.current, segment));
  return (castAt(model, range.type, segment) ?? seenAmong(model, scope, range, segment)) !== undefined;
}

const casts = new WeakMap<EntityType, NavigationProperty>();

/** What leads from a row to the same row as one of the derived type: null where it is of another. The same for the same type. */
export function castNavigation(to: EntityType): NavigationProperty {
  const found = casts.get(to);
  if (found) return found;
  const made = madeNavigation({ name: to.name, target: to, collection: false, nullable: true, cast: true });
  casts.set(to, made);
  return made;
}

/** The path behind a cast to a type that the entity is of. */
export function withoutCast<S extends PathSegment | ResourceSegment>(
  model: Model,
  type: EntityType,
  path: readonly S[],
): readonly S[] {
  const [first, ...rest] = path;
  const isCast = first?.kind === 'name' && !first.arguments && baseAt(model, type, first.name) !== undefined;
  return isCast ? rest : path;
}
