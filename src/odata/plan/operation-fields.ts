/** Operations that an entity is told to have. JSON Format 4.01 §16, §17 */
import { isOfType } from '../model/inheritance';
import type { EntityType, Model } from '../model/model';
import { isBoundTo } from '../model/operation';
import type { SelectItem } from '../url/ast';
import { operationsNamed } from './operation';
import type { Field } from './plan';
import { localName } from './type-names';

/** Whether a name, qualified or not, is one of an operation bound to entities of the type. Protocol §11.2.5.1 */
export const isOperation = (model: Model, type: EntityType, name: string): boolean =>
  operationsNamed(model, name).some(({ binding }) => binding !== undefined && isOfType(type, binding.type));

/** All that are bound to one entity of the type, or those that $select names: `Microsoft.NAV.post`, `Microsoft.NAV.*`. Protocol §11.2.5.1 */
export function operationFields(
  { namespace, operations }: Model,
  type: EntityType,
  select: readonly SelectItem[] | undefined,
): readonly Field[] {
  const bound = operations.filter((operation) => isBoundTo(operation, type, false));
  const isWanted = (name: string): boolean =>
    select === undefined ||
    select.some(({ path, star }) => {
      const last = path.at(-1)?.name ?? '';
      return star ? last === namespace : localName(namespace, last) === name;
    });
  return [...new Set(bound.map(({ name }) => name))]
    .filter(isWanted)
    .map((name) => ({ kind: 'operation', name }) as const);
}
