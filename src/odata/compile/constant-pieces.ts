/** Control information that is the same in every row, as pieces. JSON §4.5 */
import type { ComplexType, EntityType } from '../model/model';
import type { CollectionPlan } from '../plan/plan';
import { listText } from '../plan/select-list';
import type { Piece } from './pieces';
import { writesType, type Representation } from './representation';

/** The type of an entity or of a complex value. */
export const typePiece = (
  type: EntityType | ComplexType,
  representation: Representation,
  isDerived = false,
): readonly Piece[] =>
  writesType(type, representation, isDerived)
    ? [
        {
          kind: 'constant',
          name: `${representation.prefix}type`,
          value: `#${representation.namespace}.${type.name}`,
        },
      ]
    : [];

/** The context of a collection that the request made, relative to that of the answer; contained ones have none of their own. */
export function contextOf(
  name: string,
  type: EntityType,
  { selection: { list } }: CollectionPlan,
  { metadata, prefix, setOf }: Representation,
): readonly Piece[] {
  const set = setOf(type);
  if (set === undefined || metadata === 'none') return [];
  return [{ kind: 'constant', name: `${name}${prefix}context`, value: `#${set}${listText(list, '4.0')}` }];
}
