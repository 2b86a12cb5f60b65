/** Reads the body of a create or update: every name and value checked against the model, all errors at once. Protocol 4.01 §11.4. */
import { odataError, ODataError } from '../error';
import type { ComplexType, EntityType, Property } from '../model/model';
import { didYouMean } from '../url/did-you-mean';
import type { BodyRules, Change, Value, WriteMode } from './change';
import { typedDefault } from './defaults';
import { controlInformation, readBinding, readNavigation, type BodyDraft } from './links';
import { isObject, parseJson, type JsonObject, type JsonValue } from './json';
import { readValue } from './value';

/** How a body is to be read. */
export interface BodyOptions {
  readonly mode: WriteMode;
  /** OData-Version of the request; without one, the version that is answered in. */
  readonly version: '4.0' | '4.01';
  /** Numbers as strings are announced; they are accepted without it, too. JSON §3.2 */
  readonly ieee754: boolean;
  readonly rules?: BodyRules;
}

/** Errors that one answer lists; nobody reads more. */
const MAX_ERRORS = 100;

const EMPTY_GUID = '00000000-0000-0000-0000-000000000000';
const EMPTY_DATE = '0001-01-01';

/** The change that a body asks for. Throws one error that names every fault of the body. */
export function readBody(text: Uint8Array, type: EntityType, options: BodyOptions): Change {
  const json = parseJson(text);
  if (!isObject(json)) throw odataError('InvalidBody', { message: 'The body must be a JSON object.' });
  return new BodyReader(type, options).read(json);
}

const foreignKeysOf = new WeakMap<EntityType, ReadonlySet<string>>();

/** Names of the properties that hold a foreign key: setting them links, and a PUT may leave them out. Protocol §11.4.3 */
function foreignKeys(type: EntityType): ReadonlySet<string> {
  const found = foreignKeysOf.get(type);
  if (found) return found;
  const constraints = [...type.navigations.values()].flatMap(({ referentialConstraints }) => referentialConstraints);
  const made = new Set(constraints.map(({ property }) => property));
  foreignKeysOf.set(type, made);
  return made;
}

class BodyReader {
  private readonly errors: ODataError[] = [];
  private readonly draft: BodyDraft;
  private readonly foreignKeys: ReadonlySet<string>;
  private readonly references: ReadonlySet<string>;

  constructor(
    private readonly type: EntityType,
    private readonly options: BodyOptions,
  ) {
    this.draft = {
      type,
      mode: options.mode,
      version: options.version,
      values: new Map(),
      fixed: new Map(),
      bindings: new Map(),
      etag: undefined,
    };
    this.foreignKeys = foreignKeys(type);
    this.references = new Set(options.rules?.references);
  }

  read(json: JsonObject): Change {
    for (const [name, value] of json) this.attempt(() => this.member(name, value));
    if (this.options.mode !== 'update')
      for (const property of this.type.properties.values()) this.attempt(() => this.complete(property));
    this.fail();
    return this.draft;
  }

  private attempt(read: () => void): void {
    try {
      read();
    } catch (error) {
      if (!(error instanceof ODataError) || error.status !== 400) throw error;
      this.errors.push(error);
    }
  }

  private fail(): void {
    const [first] = this.errors;
    if (!first) return;
    if (this.errors.length === 1) throw first;
    const message = `The body has ${this.errors.length} errors. The first: ${first.message}`;
    throw new ODataError(first.code, message, { details: this.errors.slice(0, MAX_ERRORS) });
  }

  private member(name: string, value: JsonValue): void {
    const at = name.indexOf('@');
    if (at === 0) return controlInformation(this.draft, name.slice(1), value);
    if (at > 0) return readBinding(this.draft, name.slice(0, at), name.slice(at + 1), value);
    const navigation = this.type.navigations.get(name);
    if (navigation) return readNavigation(this.draft, navigation, value);
    const property = this.type.properties.get(name);
    if (!property)
      throw this.unknown(this.type, name, name, [...this.type.properties.keys(), ...this.type.navigations.keys()]);
    if (this.takes(property)) this.property(property, property.name, value, this.target(property));
  }

  private unknown(
    type: EntityType | ComplexType,
    name: string,
    path: string,
    candidates: readonly string[],
  ): ODataError {
    return odataError(
      'UnknownProperty',
      { type: type.name, name, hint: didYouMean(name, candidates) },
      { target: path },
    );
  }

  /** False for what the service alone sets: it is ignored without a look. Protocol §11.4.2, §11.4.3 */
  private takes(property: Property): boolean {
    if (property.computed)
      return this.options.mode === 'create' && (this.options.rules?.inputs ?? []).includes(property.name);
    return this.options.mode === 'create' || property.immutable || !this.type.key.includes(property);
  }

  private target(property: Property): Map<string, Value> {
    return property.immutable && this.options.mode !== 'create' ? this.draft.fixed : this.draft.values;
  }

  private property(property: Property, path: string, value: JsonValue, into: Map<string, Value>): void {
    if (property.source.kind === 'complex') this.complex(property, path, property.source.properties, value, into);
    else into.set(path, readValue(this.cleared(property, value), { ...property, path }));
  }

  /** Empty values that stand for null. Business Central writes them where others write null. */
  private cleared(property: Property, value: JsonValue): JsonValue {
    const { type, name, nullable } = property;
    if (typeof value !== 'string' || !nullable || type.kind !== 'primitive') return value;
    const isEmpty =
      (type.name === 'Edm.Guid' && this.foreignKeys.has(name) && (value === '' || value === EMPTY_GUID)) ||
      (type.name === 'Edm.Date' && (value === '' || value === EMPTY_DATE)) ||
      (type.name === 'Edm.DateTimeOffset' && (value === '' || value.startsWith(`${EMPTY_DATE}T00:00:00`))) ||
      (type.name === 'Edm.String' && value === '' && this.references.has(name));
    return isEmpty ? null : value;
  }

  /** Null clears every part; PATCH merges, POST and PUT start from nothing. Protocol §11.4.9.3 */
  private complex(
    property: Property,
    path: string,
    parts: ReadonlyMap<string, Property>,
    value: JsonValue,
    into: Map<string, Value>,
  ): void {
    if (value === null && property.nullable) {
      for (const part of parts.values()) this.property(part, `${path}/${part.name}`, null, into);
      return;
    }
    if (!isObject(value) || property.type.kind !== 'complex') {
      throw odataError(
        'TypeMismatch',
        { message: `The value of "${path}" must be an object${property.nullable ? ' or null' : ''}.` },
        { target: path },
      );
    }
    if (this.options.mode === 'replace')
      for (const part of parts.values()) this.setDefault(part, `${path}/${part.name}`);
    for (const [name, item] of value)
      if (!name.includes('@')) this.attempt(() => this.part(property.type, path, parts, name, item, into));
  }

  private part(
    type: Property['type'],
    path: string,
    parts: ReadonlyMap<string, Property>,
    name: string,
    value: JsonValue,
    into: Map<string, Value>,
  ): void {
    const part = parts.get(name);
    if (part) {
      if (!part.computed) this.property(part, `${path}/${name}`, value, into);
    } else if (type.kind === 'complex') throw this.unknown(type, name, `${path}/${name}`, [...parts.keys()]);
  }

  /** What a create must have, and what a PUT resets because it is not there. Protocol §11.4.2, §11.4.3 */
  private complete(property: Property): void {
    const { name, computed, immutable, required, source } = property;
    if (computed || this.isGiven(property)) return;
    if (this.options.mode === 'create') {
      if (required) throw missing(name);
      return;
    }
    if (immutable || this.type.key.includes(property) || this.foreignKeys.has(name) || this.references.has(name))
      return;
    if (source.kind === 'complex')
      for (const part of source.properties.values()) this.setDefault(part, `${name}/${part.name}`);
    else if (source.kind === 'column') this.setDefault(property, name);
  }

  private isGiven({ name, source }: Property): boolean {
    const { values } = this.draft;
    if (this.errors.some(({ target }) => target === name || target?.startsWith(`${name}/`))) return true;
    if (source.kind !== 'complex') return values.has(name) || this.isBound(name);
    return [...source.properties.keys()].some((part) => values.has(`${name}/${part}`));
  }

  private isBound(name: string): boolean {
    return [...this.draft.bindings.keys()].some(({ referentialConstraints }) =>
      referentialConstraints.some(({ property }) => property === name),
    );
  }

  private setDefault(property: Property, path: string): void {
    const { nullable, defaultValue, required } = property;
    if (defaultValue !== undefined) this.draft.values.set(path, typedDefault(property, defaultValue));
    else if (nullable) this.draft.values.set(path, null);
    else if (required) throw missing(path);
  }
}

const missing = (path: string): ODataError =>
  odataError('BadRequest_RequiredParamNotProvided', { message: `A "${path}" must be provided.` }, { target: path });
