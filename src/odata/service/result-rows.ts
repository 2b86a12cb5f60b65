/** Values that an action returns, as the rows that its answer is read from. */
import type { EdmType } from '../model/model';
import { NULL, VALUE } from '../model/row-type';
import type { Value } from '../payload/change';
import type { JsonObject, JsonValue } from '../payload/json';
import { jsonText } from '../payload/json-text';
import { storedValue } from '../payload/structured';
import type { ActionResult, ActionResults } from './operations';

/** A JSON array with an object for each row; with such an array for each of several collections. */
export const resultRows = (type: EdmType, result: NonNullable<ActionResults>): string => jsonText(rowsOf(type, result));

function rowsOf(type: EdmType, result: ActionResults | null): JsonValue {
  if (type.kind !== 'collection') return [rowOf(type, result as ActionResult)];
  const { of } = type;
  const values: readonly ActionResult[] = Array.isArray(result) ? (result as readonly ActionResult[]) : [];
  return values.map((value) => (of.kind === 'collection' ? rowsOf(of, value) : rowOf(of, value)));
}

function rowOf(type: EdmType, value: ActionResult): JsonObject {
  if (value === null) return new Map([[NULL, true]]);
  if (type.kind !== 'complex') return new Map([[VALUE, storedValue(type, (value ?? null) as Value)]]);
  const given = typeof value === 'object' && value !== null ? (value as Readonly<Record<string, Value>>) : {};
  return new Map(
    [...type.properties.values()].map(({ name, type: of }) => [name, storedValue(of, given[name] ?? null)]),
  );
}
