/** Values that an action returns, as JSON: complex values and primitive ones. JSON §7, §10, §11 */
import type { ComplexType, EdmType } from '../model/model';
import { primitiveType } from '../model/types';
import type { Value } from '../payload/change';
import type { ActionResult } from './operations';

/** How the answer is written. */
interface ResultFormat {
  readonly ieee754: boolean;
  readonly context: string | undefined;
  readonly prefix: string;
}

/** The body of the answer. */
export function resultJson(type: EdmType, result: ActionResult, format: ResultFormat): Buffer {
  const context = format.context === undefined ? [] : [`"${format.prefix}context":${JSON.stringify(format.context)}`];
  const members =
    type.kind === 'complex'
      ? complexMembers(type, result as ComplexValue, format)
      : [`"value":${valueJson(type, result, format)}`];
  return Buffer.from(`{${[...context, ...members].join(',')}}`);
}

type ComplexValue = Readonly<Record<string, Value>>;

const complexMembers = ({ properties }: ComplexType, value: ComplexValue, format: ResultFormat): readonly string[] =>
  [...properties.values()].map(
    ({ name, type }) => `${JSON.stringify(name)}:${valueJson(type, value[name] ?? null, format)}`,
  );

function valueJson(type: EdmType, value: ActionResult, format: ResultFormat): string {
  if (value === null || value === undefined) return 'null';
  if (type.kind === 'collection' && Array.isArray(value))
    return `[${(value as readonly ActionResult[]).map((item) => valueJson(type.of, item, format)).join(',')}]`;
  if (type.kind === 'complex') return `{${complexMembers(type, value as ComplexValue, format).join(',')}}`;
  return scalarJson(type, value as Exclude<Value, null>, format);
}

/** Decimals and Int64 are exact text; they go out as numbers, or as strings where the client asks for them. JSON §3.2 */
function scalarJson(type: EdmType, value: Exclude<Value, null>, { ieee754 }: ResultFormat): string {
  const form = type.kind === 'primitive' ? primitiveType(type.name).json : 'string';
  if (form === 'decimal' || form === 'int64') return ieee754 ? JSON.stringify(String(value)) : String(value);
  if (form === 'raw' || form === 'boolean') return String(value);
  return JSON.stringify(value);
}
