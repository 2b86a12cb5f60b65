/** Control information that is the same in every row, as pieces. JSON §4.5 */
import type { ComplexType, EntityType } from '../model/model';
import type { OwnContext } from '../plan/own-context';
import type { Selection } from '../plan/plan';
import { contextMember } from './own-context';
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

/** The context of what the request made. */
export function contextPiece(
  name: string,
  context: OwnContext | undefined,
  { list }: Selection,
  representation: Representation,
): readonly Piece[] {
  const member = contextMember(name, context, list, representation);
  return member ? [{ kind: 'constant', ...member }] : [];
}
