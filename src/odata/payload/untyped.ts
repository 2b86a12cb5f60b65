/**
 * Values whose type nothing declares, as a body gives them and as a row keeps them: JSON, and beside what JSON does not tell the type of its name, as
 * `born@type`; an object of a declared type tells it by a member `@type`. What is kept can be read again. JSON §4.6.3, §7.5
 */
import { odataError } from '../error';
import { DYNAMIC_TYPE, edm, isPrimitive, numericRank, untyped } from '../model/edm';
import type { EdmType, Model } from '../model/model';
import { primitiveTypes, type EdmTypeName } from '../model/types';
import { isIdentifier } from '../url';
import { isArray, isObject, JsonNumber, type JsonArray, type JsonObject, type JsonValue } from './json';
import type { Single } from './change';
import { mergeStructure, readStructure, type StructureForm } from './structured';
import type { Steps } from './turns';
import { readSingle } from './value';

/** The types that a value can name beside those of the standard. */
export type DynamicTypes = Pick<Model, 'namespace' | 'enumTypes' | 'complexTypes'>;

/** None but those of the standard. */
export const noTypes: DynamicTypes = { namespace: '', enumTypes: new Map(), complexTypes: new Map() };

/** A value as a row keeps it. */
export interface Held {
  readonly json: JsonValue;
  /** What stands beside it; undefined where JSON tells the type, or an object does so itself. */
  readonly type: JsonValue | undefined;
}

/** A type, or that of the items of a collection, and its name where it is kept: without the namespace of the standard's own. */
interface NamedType {
  readonly of: EdmType;
  readonly name: string;
  readonly isCollection: boolean;
}

/** JSON tells these. */
export const isPlain = (name: string): boolean => plain.has(name);
const plain: ReadonlySet<string> = new Set(['String', 'Boolean', 'Double']);

const empty: JsonObject = new Map();

/** Items and members that are read in one step. */
const STEP = 64;

/** The type that stands beside a member of an object. */
export const typeBeside = (object: JsonObject, name: string): JsonValue | undefined =>
  object.get(`${name}@odata.type`) ?? object.get(name + DYNAMIC_TYPE);

/** What an object has of a name. */
export const heldIn = (object: JsonObject, name: string): Held => ({
  json: object.get(name) ?? null,
  type: typeBeside(object, name),
});

/** The type that an object tells itself. */
export const ownType = (object: JsonObject): JsonValue | undefined => typeBeside(object, '');

/** The name of a type without what marks it. */
export const typeText = (given: JsonValue): string =>
  typeof given === 'string' ? given.slice(given.lastIndexOf('#') + 1) : '';

/** Throws 400 for what can be no name of a property. */
export function checkName(name: string, path: string): void {
  if (isIdentifier(name)) return;
  throw odataError(
    'InvalidBody',
    { message: `"${name.slice(0, 60)}" can be no name of a property: letters, digits and _ are, up to 128 of them.` },
    { target: path },
  );
}

/** Reads values. Of declared types what `isPart` says may lack members: it is merged with what is there, and read again then. */
export class UntypedReader {
  private readonly form: StructureForm;

  constructor(
    private readonly types: DynamicTypes,
    private readonly isPart = false,
  ) {
    const { namespace } = types;
    this.form = {
      single: told,
      object: (type, members) =>
        new Map([
          [DYNAMIC_TYPE, `${namespace}.${type.name}`],
          ...[...type.properties.values()].flatMap((property) => {
            const value = members.get(property.name) ?? null;
            const beside = keptType(namespace, property.type, value);
            const member = [property.name, value] as const;
            return beside === undefined ? [member] : [member, [property.name + DYNAMIC_TYPE, beside] as const];
          }),
        ]),
    };
  }

  /**
   * A value at `path`, of the type that is given beside it or that it tells itself. Throws what is wrong with it. `before` is what is stored there:
   * what of it stays is not judged again, it may be of a type that only the one knows who has written it.
   */
  *value(json: JsonValue, given: JsonValue | undefined, path: string, before?: Held): Steps<Held> {
    if (before?.json === json && before.type === given) return before;
    const type = this.typeOf(json, given, path);
    if (json === null) return { json, type: undefined };
    if (!type?.isCollection) {
      if (!type || type.of === untyped) return { json: yield* this.untyped(json, path, before?.json), type: undefined };
      const value = yield* this.typed(json, type.of, path);
      return { json: value, type: keptType(this.types.namespace, type.of, value) };
    }
    if (!isArray(json))
      throw odataError('TypeMismatch', { message: `The value of "${path}" must be an array.` }, { target: path });
    if (type.of === untyped) return { json: yield* this.untyped(json, path, before?.json), type: undefined };
    const items: JsonValue[] = [];
    for (const item of json) {
      if (items.length % STEP === 0) yield;
      items.push(yield* this.typed(item, type.of, `${path}/${items.length}`));
    }
    return { json: items, type: `Collection(${type.name})` };
  }

  /** `#Date`, `Edm.Date`, `Date`, `#Namespace.Type`, `#Collection(Date)`; undefined where nothing names a type. JSON §4.6.3 */
  private typeOf(json: JsonValue, given: JsonValue | undefined, path: string): NamedType | undefined {
    const own = isObject(json) ? ownType(json) : undefined;
    const beside =
      given === undefined || given === null ? undefined : typeNamed(given, `${path}@odata.type`, this.types);
    if (own === undefined || own === null) return beside;
    const target = `${path}/@odata.type`;
    const within = typeNamed(own, target, this.types);
    if (beside === undefined || beside.of === untyped || beside.name === within.name) return within;
    const message = `The value of "${path}" is given as ${beside.name} and as ${within.name}.`;
    throw odataError('TypeMismatch', { message }, { target });
  }

  private *typed(json: JsonValue, type: EdmType, path: string): Steps<JsonValue> {
    if (type.kind !== 'complex') return told(type, readSingle(json, { type, path, nullable: true }));
    if (json === null) return null;
    return this.isPart
      ? yield* mergeStructure(json, type, empty, path, this.form)
      : yield* readStructure(json, type, path, this.form);
  }

  /** What is within tells its types itself. */
  private *untyped(json: JsonValue, path: string, before: JsonValue = null): Steps<JsonValue> {
    if (isArray(json)) return yield* this.items(json, path, isArray(before) ? before : []);
    if (isObject(json)) return yield* this.members(json, path, isObject(before) ? before : empty);
    if (!(json instanceof JsonNumber) || Number.isFinite(Number(json.text))) return json;
    throw odataError(
      'InvalidValue',
      { message: `The value of "${path}" is outside the range of Edm.Double.` },
      { target: path },
    );
  }

  /** Items that stay may stand at other places. */
  private *items(json: JsonArray, path: string, before: JsonArray): Steps<JsonValue> {
    const stored = new Set<JsonValue>();
    for (const item of before) if (stored.add(item).size % STEP === 0) yield;
    const items: JsonValue[] = [];
    for (const [index, item] of json.entries()) {
      if (index % STEP === 0) yield;
      const old = stored.has(item) ? item : (before[index] ?? null);
      items.push((yield* this.value(item, undefined, `${path}/${index}`, { json: old, type: undefined })).json);
    }
    return items;
  }

  /** Members that are null are not there; annotations are not kept. */
  private *members(json: JsonObject, path: string, before: JsonObject): Steps<JsonObject> {
    const members = new Map<string, JsonValue>();
    for (const [name, value] of json) {
      if (members.size % STEP === 0) yield;
      if (name.includes('@')) continue;
      const place = `${path}/${name}`;
      checkName(name, place);
      const held = yield* this.value(value, typeBeside(json, name), place, heldIn(before, name));
      if (held.json === null) continue;
      members.set(name, held.json);
      if (held.type !== undefined) members.set(name + DYNAMIC_TYPE, held.type);
    }
    return members;
  }
}

/** A value that has been read, as JSON tells it. JSON §7.1 */
function told(type: EdmType, value: Single): JsonValue {
  if (value === null || typeof value === 'boolean') return value;
  if (Buffer.isBuffer(value)) return value.toString('base64url');
  const text = String(value);
  if (numericRank(type) === 0) return text;
  return /^-?\d/.test(text) ? new JsonNumber(text) : text.replace('Infinity', 'INF');
}

/** What is kept of the type of a value beside it: INF and NaN are texts, and numbers all the same. */
function keptType(namespace: string, type: EdmType, value: JsonValue): string | undefined {
  if (type.kind === 'collection') {
    const items = isArray(value) ? value : [];
    const name = shortName(namespace, type.of);
    return plain.has(name) && !items.some((item) => isSpecial(type.of, item)) ? undefined : `Collection(${name})`;
  }
  const name = shortName(namespace, type);
  return value === null || type.kind === 'complex' || (plain.has(name) && !isSpecial(type, value)) ? undefined : name;
}

const isSpecial = (type: EdmType, value: JsonValue): boolean =>
  isPrimitive(type, 'Edm.Double') && typeof value === 'string';

const shortName = (namespace: string, type: EdmType): string =>
  type.kind === 'enum' || type.kind === 'complex'
    ? `${namespace}.${type.name}`
    : type.kind === 'primitive'
      ? type.name.slice('Edm.'.length)
      : '';

/** The type of a name. Throws 400 for one that is none, and 501 for those that no value can have yet. */
export function typeNamed(
  given: JsonValue,
  target: string,
  { namespace, enumTypes, complexTypes }: DynamicTypes,
): NamedType {
  const text = typeText(given);
  const [, item] = /^Collection\((.*)\)$/.exec(text) ?? [];
  const short = (item ?? text).replace(/^Edm\./, '');
  const isCollection = item !== undefined;
  const type = `Edm.${short}`;
  if (type === 'Edm.Untyped') return { of: untyped, name: short, isCollection };
  if (type in primitiveTypes) return { of: edm(type as EdmTypeName), name: short, isCollection };
  const known = short.startsWith(`${namespace}.`) ? short.slice(namespace.length + 1) : '';
  const of = enumTypes.get(known) ?? complexTypes.get(known);
  if (of) return { of, name: short, isCollection };
  if (/^(Collection\()?(Edm\.)?(Stream|Geo\w+)\)?$|\./.test(text))
    throw odataError(
      'NotImplemented',
      { message: `A dynamic property of the type ${text.slice(0, 60)} is not offered by this service yet.` },
      { target },
    );
  throw odataError(
    'InvalidValue',
    { message: `The value of "${target}" must be the name of a type, such as "#Date" or "#${namespace}.Type".` },
    { target },
  );
}
