/** Drafts and rows as columns of a statement. */
import { columnOf } from '../compile/key-columns';
import type { EntityType } from '../model/model';
import type { Change, Value } from '../payload/change';
import { changedDynamic } from '../payload/dynamic';
import { inTurns, type Steps } from '../payload/turns';
import { leaf, leaves, sqlSteps, sqlType, type StoredRow } from './stored-row';
import type { ColumnValue } from './write-sql';

/** The values of a draft that have a column. */
export function* draftColumns(
  type: EntityType,
  draft: Readonly<Record<string, Value | undefined>>,
): Steps<Map<string, ColumnValue>> {
  const columns = new Map<string, ColumnValue>();
  for (const [path, value] of Object.entries(draft)) {
    const found = value === undefined ? undefined : leaf(type, path);
    if (!found) continue;
    const { property, column } = found;
    columns.set(column, { type: sqlType(property), value: yield* sqlSteps(property, value ?? null) });
  }
  return columns;
}

/** The bytes of a change by their columns. */
export const streamColumns = ({ streams }: Change): ReadonlyMap<string, ColumnValue> =>
  new Map([...(streams ?? [])].map(([{ column }, value]) => [column, { type: 'bytea', value }]));

/** What becomes of the dynamic properties of an entity of an open type; nothing where the change says nothing of them. */
export async function dynamicColumns(
  { dynamic }: EntityType,
  change: Change,
  before: StoredRow | null,
): Promise<readonly (readonly [column: string, value: ColumnValue])[]> {
  if (!dynamic || (change.mode === 'update' && !change.dynamic?.size)) return [];
  const { column, databaseType: type } = dynamic;
  const value = await inTurns(changedDynamic(before?.columns.get(column) ?? null, change));
  return [[column, { type, value }]];
}

/** The key of a row as a condition. */
export const keyColumns = ({ key }: EntityType, { columns }: StoredRow): ReadonlyMap<string, ColumnValue> =>
  new Map(
    key.map((property) => {
      const column = columnOf(property);
      return [column, { type: sqlType(property), value: columns.get(column) ?? null }];
    }),
  );

/** The type of a column that the place decides; that of a foreign key which is not exposed is the type of what it refers to. */
export function columnType(type: EntityType, column: string): string {
  if (type.partition?.column === column) return type.partition.databaseType;
  const found = leaves(type).find((candidate) => candidate.column === column);
  if (found) return sqlType(found.property);
  for (const { owning, join, target } of type.joins.values()) {
    const pair = owning ? join.find((candidate) => candidate.column === column) : undefined;
    if (pair) return columnType(target, pair.targetColumn);
  }
  throw new Error(`The type of the column ${column} of ${type.name} is not known`);
}
