/** Reads the body of a create or update: every name and value checked against the model, all errors at once. Protocol 4.01 §11.4. */
import { MAX_FAULTS, odataError, ODataError, throwTogether } from '../error';
import { declares } from '../model/inheritance';
import type { EntityType, NavigationProperty, Property } from '../model/model';
import { emptyChange, type BodyRules, type Change, type Item, type Value, type WriteMode } from './change';
import { isBlank, type ReferringNames } from './blank';
import { Completion, setDefault } from './completion';
import { readDynamic } from './dynamic';
import { foreignKeys, ownKey } from './entity-keys';
import { isOfNavigation, noObject, unknownMember, wrong } from './faults';
import { controlInformation, emptyDraft, readBinding, readNavigation, saidIn, type BodyDraft } from './links';
import { faultOfType, typeOfBody } from './type-of-body';
import { isObject, type JsonObject, type JsonValue } from './json';
import { atOnce, type Steps } from './turns';
import { noTypes, typeBeside, type DynamicTypes } from './untyped';
import { valueSteps } from './value';

/** How a body is to be read. */
export interface BodyOptions {
  readonly mode: WriteMode;
  /** OData-Version of the request; without one, the highest that OData-MaxVersion allows. */
  readonly version: '4.0' | '4.01';
  readonly rules?: BodyRules;
  /** The path of a complex value that an update replaces, not merges: what a PUT of it asks for. Protocol §11.4.9.3 */
  readonly replaced?: string;
  /** The rules of the entities of the body. */
  readonly rulesOf?: (type: EntityType) => BodyRules;
  /** The namespace of the model's types. */
  readonly namespace?: string;
  /** What dynamic properties may be of. */
  readonly types?: DynamicTypes;
}

/** The change that a body asks for, entity by entity. Throws one error that names every fault of the body. */
export function* readBody(json: JsonValue, type: EntityType, options: BodyOptions): Steps<Change> {
  if (!isObject(json)) throw odataError('InvalidBody', { message: 'The body must be a JSON object.' });
  return yield* changeOf(json, type, options, outermost);
}

/** Where an entity stands in a body. */
interface BodyPlace {
  /** What stands before the names of its properties in messages: `customerPayments/1/`. */
  readonly prefix: string;
  /** The navigation that it stands behind. */
  readonly navigation: NavigationProperty | undefined;
  readonly isDelta: boolean;
}

/** The entity that the body is. */
export const outermost: BodyPlace = { prefix: '', navigation: undefined, isDelta: false };

/** The change that an object asks for. Throws one error that names every fault of it. */
export function* changeOf(json: JsonObject, type: EntityType, options: BodyOptions, place: BodyPlace): Steps<Change> {
  const errors: ODataError[] = [];
  const change = yield* readAs(json, type, options, place, errors);
  throwTogether(errors);
  return change;
}

/** Reads an object as an entity of the type that it names. */
function* readAs(
  json: JsonObject,
  expected: EntityType,
  options: BodyOptions,
  place: BodyPlace,
  errors: ODataError[],
): Steps<Change> {
  yield;
  const type = errors.length > MAX_FAULTS ? undefined : typeAt(json, expected, options, place, errors);
  if (!type) return emptyChange(expected, options.mode);
  const { rulesOf, rules } = options;
  const own = rulesOf ? rulesOf(type) : rules;
  return yield* new BodyReader(type, { ...options, ...(own ? { rules: own } : {}) }, place, errors).read(json);
}

/** The type of an entity of the body; one that is none is told with the other faults, and nothing else of that entity. */
function typeAt(
  json: JsonObject,
  expected: EntityType,
  options: BodyOptions,
  { prefix }: BodyPlace,
  errors: ODataError[],
): EntityType | undefined {
  try {
    return typeOfBody(json, expected, options);
  } catch (error) {
    if (!(error instanceof ODataError)) throw error;
    errors.push(error.below(prefix));
    return undefined;
  }
}

/** Members that are read in one step. */
const STEP = 64;

class BodyReader {
  private readonly draft: BodyDraft;
  private readonly names: ReferringNames;
  /** Those of this entity. */
  private readonly faults: ODataError[] = [];

  constructor(
    private readonly type: EntityType,
    private readonly options: BodyOptions,
    private readonly place: BodyPlace,
    /** Shared by all entities of the body. */
    private readonly errors: ODataError[],
  ) {
    this.draft = emptyDraft(type, options.mode, options.version);
    this.names = { foreignKeys: foreignKeys(type), references: new Set(options.rules?.references) };
  }

  *read(json: JsonObject): Steps<Change> {
    let count = 0;
    for (const [name, value] of json) {
      if (++count % STEP === 0) yield;
      if (this.errors.length > MAX_FAULTS) return this.draft;
      try {
        const others = this.member(json, name, value);
        if (others) yield* others;
      } catch (error) {
        this.refused(error);
      }
    }
    if (this.draft.removed !== undefined) this.checkRemoved();
    else if (this.options.mode !== 'update') {
      const rest = new Completion(this.draft, this.place.navigation, this.names, this.faults);
      for (const property of this.type.properties.values()) this.tell(rest.complete(property));
    }
    return saidIn(this.draft);
  }

  private refused(error: unknown): void {
    if (!(error instanceof ODataError) || error.status !== 400) throw error;
    this.tell(error.details.length > 0 ? error.details : [error]);
  }

  private tell(faults: readonly ODataError[]): void {
    this.faults.push(...faults);
    this.errors.push(...faults.map((fault) => fault.below(this.place.prefix)));
  }

  private checkRemoved(): void {
    if (!this.place.isDelta) return this.tell([wrong('Only a delta can hold "@removed".', '@removed')]);
    const { id, key } = this.draft;
    if (id === undefined && ownKey(this.type, this.place.navigation).some(({ name }) => !key.has(name)))
      this.tell([wrong('A removed entity needs its key or "@id".', '@removed')]);
  }

  /** An entity behind a navigation: new, or told by its key or id. Protocol §11.4.3.1 */
  private readonly item = (
    navigation: NavigationProperty,
    json: JsonObject,
    path: string,
    isDelta: boolean,
  ): Steps<Item> => {
    const place: BodyPlace = { prefix: `${this.place.prefix}${path}/`, navigation, isDelta };
    return itemOf(json, navigation.target, this.options, place, this.errors);
  };

  /** Reads a member; what it says of other entities is left to be read. */
  private member(json: JsonObject, name: string, value: JsonValue): Steps<void> | undefined {
    const at = name.indexOf('@');
    if (at === 0) {
      controlInformation(this.draft, name.slice(1), value);
      return undefined;
    }
    if (at > 0) return readBinding(this.draft, name.slice(0, at), name.slice(at + 1), value, this.item);
    const navigation = this.type.navigations.get(name);
    if (navigation) return readNavigation(this.draft, navigation, value, this.item);
    const property = this.type.properties.get(name);
    if (this.type.streams?.has(name)) throw streamApart(name);
    if (!property && this.type.dynamic && !declares(this.type, name)) {
      return this.dynamic(json, name, value);
    }
    const { properties, navigations } = this.type;
    if (!property) throw unknownMember(this.type, name, [...properties.keys(), ...navigations.keys()], name);
    return this.declared(property, value);
  }

  private *declared(property: Property, value: JsonValue): Steps<void> {
    if (this.isIdentifying(property)) yield* this.property(property, property.name, value, this.draft.key);
    if (this.takes(property)) yield* this.property(property, property.name, value, this.target(property));
  }

  private *dynamic(json: JsonObject, name: string, value: JsonValue): Steps<void> {
    const { types = noTypes, mode } = this.options;
    const options = { types, isMerged: mode === 'update' };
    this.draft.dynamic.set(name, yield* readDynamic([name], value, typeBeside(json, name), options));
  }

  /** A key that tells which entity of the body's navigation is meant. */
  private isIdentifying(property: Property): boolean {
    const { navigation } = this.place;
    return (
      this.options.mode !== 'create' && navigation !== undefined && ownKey(this.type, navigation).includes(property)
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

  private *property(property: Property, path: string, value: JsonValue, into: Map<string, Value>): Steps<void> {
    if (property.source.kind === 'complex')
      yield* this.complex(property, path, property.source.properties, value, into);
    else into.set(path, yield* valueSteps(isBlank(property, value, this.names) ? null : value, { ...property, path }));
  }

  /** Null clears every part; PATCH merges, POST and PUT start from nothing. Protocol §11.4.9.3 */
  private *complex(
    property: Property,
    path: string,
    parts: ReadonlyMap<string, Property>,
    value: JsonValue,
    into: Map<string, Value>,
  ): Steps<void> {
    if (value === null && property.nullable) {
      for (const part of parts.values()) yield* this.property(part, `${path}/${part.name}`, null, into);
      return;
    }
    const { type } = property;
    if (!isObject(value) || type.kind !== 'complex') throw noObject(path, property.nullable);
    if (this.options.mode === 'replace' || this.isReplaced(path))
      for (const part of parts.values())
        if (!value.has(part.name)) this.tell(setDefault(this.draft, part, `${path}/${part.name}`));
    const fault = faultOfType(value, type, path, this.options.namespace);
    if (fault) throw fault;
    for (const [name, item] of value) {
      if (this.errors.length > MAX_FAULTS) return;
      if (name.includes('@') && !isOfNavigation(name)) continue;
      const [part, place] = [parts.get(name), `${path}/${name}`];
      try {
        if (!part) throw unknownMember(type, name, parts.keys(), place);
        if (!part.computed) yield* this.property(part, place, item, into);
      } catch (error) {
        this.refused(error);
      }
    }
  }

  private isReplaced(path: string): boolean {
    const { replaced } = this.options;
    return replaced !== undefined && (path === replaced || path.startsWith(`${replaced}/`));
  }
}

const streamApart = (name: string): ODataError =>
  wrong(`"${name}" is a stream: its bytes are not part of the body, but sent by PUT to its own URL.`, name);

const isRemoved = (json: JsonObject): boolean => json.has('@removed') || json.has('@odata.removed');

/** An entity that is told by its key or id, or a new one. */
function* itemOf(
  json: JsonObject,
  type: EntityType,
  { rules: _, ...options }: BodyOptions,
  place: BodyPlace,
  errors: ODataError[],
): Steps<Item> {
  const { mode } = options;
  const optionsFor = (itemMode: WriteMode): BodyOptions => ({ ...options, mode: itemMode });
  const isKnown = mode !== 'create' && (isRemoved(json) || isIdentified(json, ownKey(type, place.navigation)));
  const change = yield* readAs(json, type, optionsFor(isKnown ? mode : 'create'), place, errors);
  const asCreate = (): Change => (isKnown ? atOnce(changeOf(json, type, optionsFor('create'), place)) : change);
  return { path: place.prefix.replace(/\/$/, ''), change, asCreate };
}

/** An item of the delta of a collection, at its place in the body. Throws one error that names every fault of it. Protocol §11.4.12 */
export function* readItem(
  json: JsonObject,
  navigation: NavigationProperty,
  path: string,
  options: Omit<BodyOptions, 'mode'>,
): Steps<Item> {
  const errors: ODataError[] = [];
  const place: BodyPlace = { prefix: `${path}/`, navigation, isDelta: true };
  const item = yield* itemOf(json, navigation.target, { ...options, mode: 'update' }, place, errors);
  throwTogether(errors);
  return item;
}

/** True when an object says which entity it is. */
const isIdentified = (json: JsonObject, key: readonly Property[]): boolean =>
  json.has('@id') || json.has('@odata.id') || (key.length > 0 && key.every(({ name }) => json.has(name)));
