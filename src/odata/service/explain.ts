/** A read request laid open: what it was parsed, planned and compiled to. For people who want to know why. */
import { compileRead } from '../compile/read';
import type { Model } from '../model/model';
import { bound, type Bindings, type Statement } from '../sql';
import { splitUrl } from '../url';
import type { Ast } from '../url/ast';
import { wholeRepresentation, type PageSettings } from './negotiated';
import { parsePreferences } from '../http/preferences';
import { negotiateFormat } from '../http/negotiate';
import { Plans } from './planned';
import { bindRead, magnitudeOf } from './bound-read';

/** The stages of one request. */
export interface Explanation {
  readonly ast: Ast;
  /** The plan with types, properties and navigations by their names. */
  readonly plan: unknown;
  readonly statement: Statement;
  readonly values: readonly unknown[];
}

/** Explains a GET of a target relative to the service root. Throws the ODataError that the request would answer. */
export function explainRead(
  model: Model,
  settings: PageSettings,
  target: string,
  partition: string | null,
): Explanation {
  const parts = splitUrl(target);
  const { planned, shape } = new Plans(model).read(parts);
  const preferences = parsePreferences({});
  const representation = wholeRepresentation(model, negotiateFormat(undefined, undefined, 'data', '4.0'));
  const { literals } = shape;
  const { bindings } = bindRead(settings, planned.plan, { caller: { partition }, preferences }, { literals });
  const { statement } = compileRead(planned.plan, representation, { magnitude: magnitudeOf(bindings) });
  return {
    ast: planned.ast,
    plan: readable(planned.plan, bindings),
    ...bound(statement, bindings),
  };
}

/** Parts of the model shrink to their names, slots to their values. */
function readable(value: unknown, bindings: Bindings): unknown {
  if (typeof value === 'function')
    return value.length === 1
      ? `value ${JSON.stringify((value as (given: Bindings) => unknown)(bindings))}`
      : 'function';
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, item]) => [key, readable(item, bindings)]));
  if (Array.isArray(value)) return value.map((item) => readable(item, bindings));
  if (typeof value !== 'object' || value === null) return value;
  // How a function makes its rows is code; what it makes is in the statement.
  if ('partitionType' in value) return 'rows';
  if (
    'name' in value &&
    ('source' in value ||
      'join' in value ||
      'properties' in value ||
      'members' in value ||
      'parameters' in value ||
      'bindings' in value)
  )
    return value.name;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) => (item === undefined ? [] : [[key, readable(item, bindings)]])),
  );
}
