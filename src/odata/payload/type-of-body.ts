/** The type that an entity in a body says it is of. JSON §4.5.3 */
import { odataError } from '../error';
import { concreteTypes } from '../model/inheritance';
import type { EntityType } from '../model/model';
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

/** `#NS.T`, as a fragment of the metadata document's URL or alone; the mark may be left out in 4.01. */
function isNameOf(given: JsonValue, name: string, namespace: string | undefined): boolean {
  if (typeof given !== 'string') return false;
  const qualified = given.slice(given.lastIndexOf('#') + 1);
  if (namespace !== undefined) return qualified === `${namespace}.${name}`;
  return qualified.slice(qualified.lastIndexOf('.') + 1) === name;
}
