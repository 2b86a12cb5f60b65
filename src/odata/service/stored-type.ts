/** Of which type a record is, where its table holds several. */
import { odataError } from '../error';
import { concreteTypes, isOfType, lineage } from '../model/inheritance';
import type { EntityType } from '../model/model';
import type { Change } from '../payload/change';
import { StoredRow } from './stored-row';

/** The type of a record that was read as one of `type`. */
export function storedType(type: EntityType, { columns }: StoredRow): EntityType {
  const { inheritance } = type;
  if (!inheritance) return type;
  const value = columns.get(inheritance.discriminator.column);
  const root = lineage(type).at(-1) ?? type;
  return concreteTypes(root).find((one) => one.inheritance?.value === value) ?? type;
}

/** A record with all that its own type has. */
export const storedAs = (type: EntityType, { columns }: StoredRow): StoredRow => new StoredRow(type, columns);

/** A change and its record under the record's own type, which no change can make another. Protocol §11.4.3 */
export function underStoredType(change: Change, row: StoredRow): { readonly change: Change; readonly row: StoredRow } {
  const type = storedType(change.type, row);
  if (type === change.type) return { change, row };
  if (!isOfType(type, change.type) || change.mode === 'replace')
    throw odataError(
      'InvalidBody',
      { message: `The record is of the type '${type.name}', which the body must name: it cannot be changed.` },
      { target: '@odata.type' },
    );
  return { change: { ...change, type }, row: storedAs(type, row) };
}
