/** Reads the parameters of an action from its body: every one checked, all errors at once. Protocol §11.5.5.1, JSON §18 */
import { MAX_FAULTS, odataError, ODataError, throwTogether } from '../error';
import type { ActionOperation, Parameter } from '../model/operation';
import { didYouMean } from '../url/did-you-mean';
import type { Value } from './change';
import { typedDefault } from './defaults';
import { missing } from './faults';
import { isArray, isObject, type JsonObject, type JsonValue } from './json';
import type { Steps } from './turns';
import { valueSteps } from './value';

/** The value of a parameter: one, or those of a collection. */
export type ParameterValue = Value | readonly Value[];

/** The values by name; what was left out has its default or is null. Throws one error that names every fault. */
export function* readParameters(
  json: JsonValue,
  { name, parameters }: ActionOperation,
): Steps<ReadonlyMap<string, ParameterValue>> {
  if (!isObject(json))
    throw odataError('InvalidBody', { message: 'The body must be a JSON object with the parameters.' });
  const errors = unknown(name, parameters, json);
  const values = new Map<string, ParameterValue>();
  for (const parameter of parameters) {
    try {
      values.set(parameter.name, yield* read(parameter, json.get(parameter.name)));
    } catch (error) {
      if (!(error instanceof ODataError) || error.status !== 400) throw error;
      errors.push(error);
    }
  }
  throwTogether(errors);
  return values;
}

function unknown(action: string, parameters: readonly Parameter[], json: JsonObject): ODataError[] {
  const names = parameters.map(({ name }) => name);
  return [...json.keys()]
    .filter((name) => !name.includes('@') && !names.includes(name))
    .slice(0, MAX_FAULTS + 1)
    .map((name) =>
      odataError(
        'BadRequest',
        { message: `The action ${action} has no parameter "${name}".${didYouMean(name, names)}` },
        { target: name },
      ),
    );
}

function* read(parameter: Parameter, value: JsonValue | undefined): Steps<ParameterValue> {
  const { name, type, nullable, optional, defaultValue } = parameter;
  if (value === undefined) {
    if (defaultValue !== undefined) return typedDefault(parameter, defaultValue);
    if (nullable || optional) return null;
    throw missing(name);
  }
  if (type.kind === 'collection' && !isArray(value))
    throw odataError('TypeMismatch', { message: `The value of "${name}" must be an array.` }, { target: name });
  return yield* valueSteps(value, { ...parameter, path: name });
}
