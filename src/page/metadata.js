/** The service's model, read from its CSDL JSON: what the grid, the forms and the query bar are drawn from. CSDL JSON 4.01 */

/**
 * @typedef {{ readonly [name: string]: unknown }} Json
 * @typedef {{
 *   readonly kind: 'property', readonly name: string, readonly label: string, readonly description: string,
 *   readonly type: string, readonly collection: boolean, readonly nullable: boolean, readonly maxLength: number | undefined,
 *   readonly scale: number | undefined, readonly computed: boolean, readonly immutable: boolean, readonly hasDefault: boolean,
 *   readonly members: readonly string[] | undefined, readonly complex: StructuredType | undefined,
 *   readonly currency: string | undefined, readonly summed: boolean,
 * }} Property currency: the path of what says the currency of an amount; summed: whether its sum means anything
 * @typedef {{
 *   readonly kind: 'navigation', readonly name: string, readonly label: string, readonly description: string, readonly target: StructuredType,
 *   readonly collection: boolean, readonly contained: boolean, readonly partner: string | undefined,
 *   readonly constraint: readonly [own: string, referenced: string] | undefined,
 * }} Navigation
 * @typedef {{
 *   readonly name: string, readonly qualifiedName: string, readonly label: string, readonly description: string,
 *   readonly key: readonly string[], readonly alternateKeys: readonly (readonly string[])[],
 *   readonly properties: ReadonlyMap<string, Property>, readonly navigations: ReadonlyMap<string, Navigation>,
 * }} StructuredType
 * @typedef {{
 *   readonly kind: 'Action' | 'Function', readonly name: string, readonly qualifiedName: string, readonly description: string,
 *   readonly boundTo: string | undefined, readonly boundToCollection: boolean,
 *   readonly parameters: readonly { readonly name: string, readonly type: string, readonly nullable: boolean }[],
 *   readonly returns: StructuredType | undefined, readonly returnsCollection: boolean,
 * }} Operation
 * @typedef {{ readonly name: string, readonly label: string, readonly type: StructuredType, readonly annotations: Json, readonly bindings: Json }} EntitySet
 * @typedef {{
 *   readonly namespace: string, readonly types: ReadonlyMap<string, StructuredType>, readonly sets: ReadonlyMap<string, EntitySet>,
 *   readonly operations: readonly Operation[], readonly imports: ReadonlyMap<string, Operation>, readonly container: Json,
 * }} Model
 */

/**
 * A member that is an object; empty when it is none.
 * @param {unknown} value
 * @returns {Json}
 */
export const objectOf = (value) =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? /** @type {Json} */ (value) : {};

/**
 * @param {unknown} value
 * @returns {readonly unknown[]}
 */
export const listOf = (value) => (Array.isArray(value) ? value : []);

/** @param {unknown} value */
const textOf = (value) => (typeof value === 'string' ? value : '');

/** @param {unknown} value */
const numberOf = (value) => (typeof value === 'number' ? value : undefined);

/**
 * Words of a name: `lastModifiedDateTime` is "Last modified date time", `In_x0020_Review` "In Review", `_x0020_` "Blank".
 * @param {string} name
 */
export function labelOf(name) {
  const plain = name.replace(/_x([0-9A-Fa-f]{4})_/g, (/** @type {string} */ _, /** @type {string} */ code) =>
    String.fromCharCode(parseInt(code, 16)),
  );
  const words = plain
    .replace(
      /([a-z0-9])([A-Z])/g,
      (/** @type {string} */ _, /** @type {string} */ before, /** @type {string} */ capital) =>
        `${before} ${capital.toLowerCase()}`,
    )
    .replace(/([a-z])(\d)/g, '$1 $2');
  return name !== '' && words.trim() === '' ? 'Blank' : words.charAt(0).toUpperCase() + words.slice(1);
}

/**
 * @param {string} name
 * @param {string} type
 */
const propertyLabel = (name, type) =>
  labelOf(type === 'Edm.DateTimeOffset' ? name.replace(/DateTime$/, '') : name.replace(/Id$/, ' id'));

/** @param {Json} member */
const described = (member) => textOf(member['@Core.Description']);

const AGGREGATE = '@Aggregation.CustomAggregate#';

/**
 * A type that says what of it can be added up says it of all; of others nothing is known. Data Aggregation §5.2
 * @param {Json} type
 * @param {string} member
 */
const isSummed = (type, member) =>
  type[AGGREGATE + member] !== undefined || !Object.keys(type).some((name) => name.startsWith(AGGREGATE));

/** Reads one document. */
class Reader {
  /** @type {Map<string, StructuredType>} */ types = new Map();

  /** @param {Json} document */
  constructor(document) {
    /** @type {Map<string, Json>} */ this.elements = new Map();
    /** @type {[string, Json][]} */ this.operations = [];
    for (const [namespace, schema] of Object.entries(document)) {
      if (namespace.startsWith('$')) continue;
      for (const [name, content] of Object.entries(objectOf(schema))) {
        if (name.startsWith('@') || name.startsWith('$')) continue;
        const qualified = `${namespace}.${name}`;
        this.elements.set(qualified, objectOf(content));
        for (const overload of listOf(content)) this.operations.push([qualified, objectOf(overload)]);
      }
    }
  }

  /**
   * A structured type with what it inherits; undefined for others. Types refer to each other, so each is known before its members are.
   * @param {string} qualifiedName
   * @returns {StructuredType | undefined}
   */
  type(qualifiedName) {
    const known = this.types.get(qualifiedName);
    if (known) return known;
    const element = this.elements.get(qualifiedName);
    if (element?.['$Kind'] !== 'EntityType' && element?.['$Kind'] !== 'ComplexType') return undefined;
    const base = this.type(textOf(element['$BaseType']));
    const name = qualifiedName.slice(qualifiedName.lastIndexOf('.') + 1);
    /** @type {Map<string, Property>} */ const properties = new Map(base?.properties);
    /** @type {Map<string, Navigation>} */ const navigations = new Map(base?.navigations);
    const key = listOf(element['$Key']).filter((part) => typeof part === 'string');
    /** @type {StructuredType} */
    const type = {
      name,
      qualifiedName,
      label: labelOf(name),
      description: described(element),
      key: key.length > 0 ? key : (base?.key ?? []),
      alternateKeys: listOf(element['@Core.AlternateKeys']).map((one) =>
        listOf(objectOf(one)['Key']).map((part) => textOf(objectOf(part)['Name'])),
      ),
      properties,
      navigations,
    };
    this.types.set(qualifiedName, type);
    for (const [member, content] of Object.entries(element)) {
      if (member.startsWith('$') || member.startsWith('@')) continue;
      const json = objectOf(content);
      if (json['$Kind'] !== 'NavigationProperty')
        properties.set(member, this.property(member, json, isSummed(element, member)));
      else {
        const navigation = this.navigation(member, json);
        if (navigation) navigations.set(member, navigation);
      }
    }
    return type;
  }

  /**
   * @param {string} name
   * @param {Json} json
   * @param {boolean} summed
   * @returns {Property}
   */
  property(name, json, summed) {
    const type = textOf(json['$Type']) || 'Edm.String';
    const element = this.elements.get(type);
    const members =
      element?.['$Kind'] === 'EnumType' ? Object.keys(element).filter((key) => !/^[$@]|@/.test(key)) : undefined;
    return {
      kind: 'property',
      name,
      label: propertyLabel(name, type),
      description: described(json),
      type,
      collection: json['$Collection'] === true,
      nullable: json['$Nullable'] === true,
      maxLength: numberOf(json['$MaxLength']),
      scale: numberOf(json['$Scale']),
      computed: json['@Core.Computed'] === true || json['@Core.Permissions'] === 'Read',
      immutable: json['@Core.Immutable'] === true,
      hasDefault: json['$DefaultValue'] !== undefined || json['@Core.ComputedDefaultValue'] === true,
      members,
      complex: members ? undefined : this.type(type),
      currency: textOf(objectOf(json['@Measures.ISOCurrency'])['$Path']) || undefined,
      summed,
    };
  }

  /**
   * @param {string} name
   * @param {Json} json
   * @returns {Navigation | undefined}
   */
  navigation(name, json) {
    const target = this.type(textOf(json['$Type']));
    const [constraint] = Object.entries(objectOf(json['$ReferentialConstraint'])).filter(([own]) => !own.includes('@'));
    return (
      target && {
        kind: 'navigation',
        name,
        label: labelOf(name),
        description: described(json),
        target,
        collection: json['$Collection'] === true,
        contained: json['$ContainsTarget'] === true,
        partner: typeof json['$Partner'] === 'string' ? json['$Partner'] : undefined,
        constraint: constraint && [constraint[0], textOf(constraint[1])],
      }
    );
  }

  /**
   * @param {string} qualifiedName
   * @param {Json} json
   * @returns {Operation}
   */
  operation(qualifiedName, json) {
    const parameters = listOf(json['$Parameter']).map(objectOf);
    const [binding] = json['$IsBound'] === true ? parameters.splice(0, 1) : [];
    const result = objectOf(json['$ReturnType']);
    return {
      kind: json['$Kind'] === 'Function' ? 'Function' : 'Action',
      name: qualifiedName.slice(qualifiedName.lastIndexOf('.') + 1),
      qualifiedName,
      description: described(json),
      boundTo: binding && textOf(binding['$Type']),
      boundToCollection: binding?.['$Collection'] === true,
      parameters: parameters.map((one) => ({
        name: textOf(one['$Name']),
        type: textOf(one['$Type']) || 'Edm.String',
        nullable: one['$Nullable'] === true,
      })),
      returns: this.type(textOf(result['$Type'])),
      returnsCollection: result['$Collection'] === true,
    };
  }
}

/**
 * Reads the metadata document.
 * @param {Json} document
 * @returns {Model}
 */
export function readMetadata(document) {
  const reader = new Reader(document);
  for (const name of reader.elements.keys()) reader.type(name);
  const containerName = textOf(document['$EntityContainer']);
  const container = reader.elements.get(containerName) ?? {};
  const operations = reader.operations.map(([name, json]) => reader.operation(name, json));
  /** @type {Map<string, EntitySet>} */ const sets = new Map();
  /** @type {Map<string, Operation>} */ const imports = new Map();
  for (const [name, content] of Object.entries(container)) {
    const json = objectOf(content);
    const type = reader.type(textOf(json['$Type']));
    const operation = operations.find((one) => one.qualifiedName === json['$Function'] && one.boundTo === undefined);
    if (operation) imports.set(name, operation);
    if (type && json['$Collection'] === true)
      sets.set(name, {
        name,
        label: labelOf(name),
        type,
        annotations: json,
        bindings: objectOf(json['$NavigationPropertyBinding']),
      });
  }
  return {
    namespace: containerName.slice(0, containerName.lastIndexOf('.')),
    types: reader.types,
    sets,
    operations,
    imports,
    container,
  };
}
