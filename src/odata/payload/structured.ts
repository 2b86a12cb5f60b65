/** Complex values of a body that are items of a collection: each is checked as a whole, all faults at once. JSON Format 4.01 §7.2, §7.4 */
import { odataError, ODataError, throwTogether } from '../error';
import { isNullValue } from '../model/edm';
import type { ComplexType, Property } from '../model/model';
import { didYouMean } from '../url/did-you-mean';
import type { Structured, Value } from './change';
import { typedDefault } from './defaults';
import { isObject, type JsonArray, type JsonObject, type JsonValue } from './json';
import { readValue } from './value';

/** The items of a collection at `path`. Throws one error that names every fault of them. */
export function readItems(items: JsonArray, type: ComplexType, path: string): readonly Structured[] {
  const reader = new StructureReader();
  const read = items.map((item, index) => reader.structure(item, type, type.properties, false, `${path}/${index}`));
  throwTogether(reader.errors);
  return read.filter((item) => item !== null);
}

/** One item, which stands alone. */
export function readStructure(json: JsonValue, type: ComplexType, path: string): Structured | null {
  const reader = new StructureReader();
  const item = reader.structure(json, type, type.properties, false, path);
  throwTogether(reader.errors);
  return item;
}

class StructureReader {
  readonly errors: ODataError[] = [];

  /** The members that the type has; what was left out has its default or is null. */
  structure(
    json: JsonValue,
    type: ComplexType,
    properties: ReadonlyMap<string, Property>,
    nullable: boolean,
    path: string,
  ): Structured | null {
    if (json === null && nullable) return null;
    if (!isObject(json)) {
      const message = `The value of "${path}" must be an object${nullable ? ' or null' : ''}.`;
      this.errors.push(odataError('TypeMismatch', { message }, { target: path }));
      return null;
    }
    this.checkNames(json, type, properties, path);
    return Object.fromEntries(
      [...properties.values()].map((property) => [
        property.name,
        this.member(json, property, `${path}/${property.name}`),
      ]),
    );
  }

  private member(json: JsonObject, property: Property, path: string): Value | Structured {
    const { name, type, source, nullable } = property;
    const value = json.get(name);
    if (type.kind === 'complex' && source.kind === 'complex')
      return this.structure(value ?? (nullable ? null : empty), type, source.properties, nullable, path);
    try {
      return value === undefined ? leftOut(property, path) : readValue(value, { ...property, path });
    } catch (error) {
      if (!(error instanceof ODataError)) throw error;
      this.errors.push(...(error.details.length > 0 ? error.details : [error]));
      return null;
    }
  }

  /** Control information other than the type says nothing about the value. */
  private checkNames(
    json: JsonObject,
    type: ComplexType,
    properties: ReadonlyMap<string, Property>,
    path: string,
  ): void {
    for (const [name, value] of json) {
      if (name === '@odata.type' || name === '@type') this.checkType(value, type, `${path}/${name}`);
      if (name.includes('@') || properties.has(name)) continue;
      const hint = didYouMean(name, [...properties.keys()]);
      this.errors.push(odataError('UnknownProperty', { type: type.name, name, hint }, { target: `${path}/${name}` }));
    }
  }

  private checkType(value: JsonValue, { name }: ComplexType, path: string): void {
    if (typeof value === 'string' && value.split(/[.#]/).at(-1) === name) return;
    const message = `The value of "${path}" must be the type ${name}, which no other is derived from.`;
    this.errors.push(odataError('InvalidValue', { message }, { target: path }));
  }
}

const empty: JsonObject = new Map();

function leftOut(property: Property, path: string): Value {
  const { defaultValue, required } = property;
  if (defaultValue !== undefined) return typedDefault(property, defaultValue);
  if (!required && isNullValue(property)) return null;
  throw odataError(
    'BadRequest_RequiredParamNotProvided',
    { message: `A "${path}" must be provided.` },
    { target: path },
  );
}
