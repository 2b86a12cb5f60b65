/** Values that an action returns, as the rows that its answer is read from. */
import type { EdmType } from '../model/model';
import { NULL, VALUE } from '../model/row-type';
import type { Value } from '../payload/change';
import type { JsonObject } from '../payload/json';
import { jsonText } from '../payload/json-text';
import { storedValue } from '../payload/structured';
import type { ActionResult, ActionResults } from './operations';

/** A JSON array with an object for each row. */
export function resultRows(type: EdmType, result: NonNullable<ActionResults>): string {
  if (type.kind !== 'collection') return jsonText([rowOf(type, result as ActionResult)]);
  const values: readonly ActionResult[] = Array.isArray(result) ? (result as readonly ActionResult[]) : [];
  return jsonText(values.map((value) => rowOf(type.of, value)));
}

function rowOf(type: EdmType, value: ActionResult): JsonObject {
  if (type.kind !== 'complex') return new Map([[VALUE, storedValue(type, (value ?? null) as Value)]]);
  if (value === null) return new Map([[NULL, true]]);
  const given = typeof value === 'object' && value !== null ? (value as Readonly<Record<string, Value>>) : {};
  return new Map(
    [...type.properties.values()].map(({ name, type: of }) => [name, storedValue(of, given[name] ?? null)]),
  );
}
