/** What tests need of any Ast: its literals, and a copy without places. */
import { ODataError } from '../../../src/odata/error';
import type { Literal } from '../../../src/odata/url/ast';

const isLiteral = (value: object): value is Literal => 'kind' in value && value.kind === 'literal';

/** All literals below a value, in no particular order. */
export function literalsOf(value: unknown): Literal[] {
  if (typeof value !== 'object' || value === null) return [];
  if (isLiteral(value)) return [value];
  const children: unknown[] = value instanceof Map ? [...value.values()] : Object.values(value);
  return children.flatMap(literalsOf);
}

/** The same value without its places. */
export function withoutPlaces(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutPlaces);
  if (value instanceof Map) return [...value].map(withoutPlaces);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, item]) =>
      name === 'place' || name === 'operatorAt' ? [] : [[name, withoutPlaces(item)]],
    ),
  );
}

/** The ODataError that a call ends in. */
export function caught(run: () => unknown): ODataError {
  try {
    run();
  } catch (error) {
    if (error instanceof ODataError) return error;
    throw error;
  }
  throw new Error('No error was thrown.');
}
