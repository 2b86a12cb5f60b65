/** What a caller may see: the rows of one partition, a company for instance. */
import type { EntityType } from '../model/model';
import { param, sql, type Slot, type Sql } from '../sql';

/** The caller's partition. */
export const partitionSlot: Slot = ({ partition }) => partition;

/** The only partition that the caller may see; null when paths may name others. */
const confinedSlot: Slot = ({ partition, confined }) => (confined ? partition : null);

/** Keeps rows of a type within the caller's partition. Partitions themselves are all seen, unless the caller is confined to one. */
export function partitionCondition(
  { partition, partitions }: EntityType,
  columnOf: (column: string) => Sql,
): readonly Sql[] {
  if (partition) return [sql`${columnOf(partition.column)} = ${param(partitionSlot, partition.databaseType)}`];
  if (!partitions) return [];
  const only = param(confinedSlot, partitions.databaseType);
  return [sql`(${only} is null or ${columnOf(partitions.column)} = ${only})`];
}
