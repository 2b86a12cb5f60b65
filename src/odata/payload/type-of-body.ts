/** The type that an entity in a body says it is of. JSON §4.5.3 */
import { odataError, type ODataError } from '../error';
import { concreteTypes } from '../model/inheritance';
import type { ComplexType, EntityType } from '../model/model';
import type { BodyOptions } from './body';
import type { JsonObject, JsonValue } from './json';

/** The expected type or one derived from it; what is created must not be abstract. */
export function typeOfBody(
  json: JsonObject,
  expected: EntityType,
  { mode, namespace }: Pick<BodyOptions, 'mode' | 'namespace'>,
): EntityType {
  const target = json.has('@type') ? '@type' : '@odata.type';
  const given = json.get(target);
  const all = [expected, ...(expected.inheritance?.derived ?? [])];
  const type = given === undefined ? expected : all.find(({ name }) => isNameOf(given, name, namespace));
  if (type && (mode !== 'create' || type.inheritance?.isAbstract !== true)) return type;
  const names = concreteTypes(expected).map(({ name }) => `'${name}'`);
  throw odataError('InvalidBody', { message: `The type of the entity must be ${names.join(' or ')}.` }, { target });
}

/** What is wrong with the type that a complex value at `path` says it is of: no complex type has others derived from it. JSON §4.5.3 */
export function faultOfType(
  json: JsonObject,
  { name }: ComplexType,
  path: string,
  namespace?: string,
): ODataError | undefined {
  const member = json.has('@type') ? '@type' : '@odata.type';
  const given = json.get(member);
  if (given === undefined || isNameOf(given, name, namespace)) return undefined;
  const target = `${path}/${member}`;
  const message = `The value of "${path}" must be of the type ${name}, which no other is derived from.`;
  return odataError('InvalidValue', { message }, { target });
}

/** `#NS.T`, as a fragment of the metadata document's URL or alone; the mark may be left out in 4.01. */
function isNameOf(given: JsonValue, name: string, namespace: string | undefined): boolean {
  if (typeof given !== 'string') return false;
  const qualified = given.slice(given.lastIndexOf('#') + 1);
  if (namespace !== undefined) return qualified === `${namespace}.${name}`;
  return qualified.slice(qualified.lastIndexOf('.') + 1) === name;
}
