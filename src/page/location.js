/** What a path of the service leads to: its type, its set, and what the service says may be done there. */
import { listOf, objectOf } from './metadata.js';

/**
 * @typedef {import('./metadata.js').Model} Model
 * @typedef {import('./metadata.js').StructuredType} StructuredType
 * @typedef {import('./metadata.js').Navigation} Navigation
 * @typedef {import('./metadata.js').EntitySet} EntitySet
 * @typedef {import('./metadata.js').Operation} Operation
 * @typedef {import('./metadata.js').Json} Json
 * @typedef {{
 *   readonly type: StructuredType, readonly collection: boolean, readonly root: EntitySet | undefined, readonly navigation: string,
 *   readonly parent: Location | undefined, readonly via: Navigation | undefined, readonly operation: Operation | undefined, readonly path: string,
 *   readonly canInsert: boolean, readonly canImport: boolean, readonly canUpdate: boolean, readonly canDelete: boolean, readonly canSearch: boolean, readonly canApply: boolean,
 * }} Location
 */

/**
 * A path as segments; slashes within quotes and parentheses belong to a key.
 * @param {string} path
 */
export function segmentsOf(path) {
  const segments = [''];
  let depth = 0;
  let quoted = false;
  for (const character of path.replace(/%27/g, "'")) {
    if (character === "'") quoted = !quoted;
    if (!quoted && character === '(') depth += 1;
    if (!quoted && character === ')') depth -= 1;
    if (character === '/' && depth <= 0 && !quoted) segments.push('');
    else segments[segments.length - 1] += character;
  }
  return segments.filter((segment) => segment !== '');
}

/**
 * The restrictions that hold for a path below a set.
 * @param {EntitySet | undefined} set
 * @param {string} path of navigations
 * @returns {Json}
 */
function restrictions(set, path) {
  if (!set || path === '') return set?.annotations ?? {};
  const all = listOf(objectOf(set.annotations['@Capabilities.NavigationRestrictions'])['RestrictedProperties']).map(
    objectOf,
  );
  const found = all.find((one) => one['NavigationProperty'] === path) ?? {};
  return Object.fromEntries(Object.entries(found).map(([name, value]) => [`@Capabilities.${name}`, value]));
}

/**
 * @param {Json} annotations
 * @param {string} term
 * @param {string} member
 * @param {boolean} otherwise
 */
function says(annotations, term, member, otherwise) {
  const value = objectOf(annotations[`@Capabilities.${term}`])[member];
  return typeof value === 'boolean' ? value : otherwise;
}

/**
 * True when the service says that it aggregates.
 * @param {Model} model
 * @param {EntitySet | undefined} set
 */
const offersApply = (model, set) =>
  [set?.annotations, model.container].some((annotations) => {
    const value = annotations?.['@Aggregation.ApplySupported'] ?? annotations?.['@Aggregation.ApplySupportedDefaults'];
    return value !== undefined;
  });

/**
 * @param {Model} model
 * @param {Omit<Location, 'canInsert' | 'canImport' | 'canUpdate' | 'canDelete' | 'canSearch' | 'canApply'>} at
 * @returns {Location}
 */
function located(model, at) {
  const annotations = restrictions(at.root, at.navigation);
  const isEntitySet = at.operation === undefined && at.type.key.length > 0;
  const contained = at.via === undefined || at.via.contained;
  const canInsert =
    isEntitySet && at.collection && contained && says(annotations, 'InsertRestrictions', 'Insertable', true);
  return {
    ...at,
    canInsert,
    canImport: canInsert && says(annotations, 'UpdateRestrictions', 'DeltaUpdateSupported', false),
    canUpdate: isEntitySet && says(annotations, 'UpdateRestrictions', 'Updatable', true),
    canDelete: isEntitySet && says(annotations, 'DeleteRestrictions', 'Deletable', true),
    canSearch: says(annotations, 'SearchRestrictions', 'Searchable', false),
    canApply: offersApply(model, at.root),
  };
}

/**
 * @param {Model} model
 * @param {Location | undefined} at
 * @param {string} segment
 * @returns {Location | undefined}
 */
function step(model, at, segment) {
  const [, name = '', key] = /^([^(]*)(\([^]*\))?$/.exec(segment) ?? [];
  const path = at ? `${at.path}/${segment}` : segment;
  const operation = at
    ? model.operations.find((one) => one.name === name.split('.').pop() && one.boundTo === at.type.qualifiedName)
    : model.imports.get(name);
  if (operation)
    return (
      operation.returns &&
      located(model, {
        type: operation.returns,
        collection: operation.returnsCollection,
        root: undefined,
        navigation: '',
        parent: at,
        via: undefined,
        operation,
        path,
      })
    );
  if (!at) {
    const root = model.sets.get(name);
    return (
      root &&
      located(model, {
        type: root.type,
        collection: key === undefined,
        root,
        navigation: '',
        parent: undefined,
        via: undefined,
        operation: undefined,
        path,
      })
    );
  }
  const via = at.collection ? undefined : at.type.navigations.get(name);
  if (!via)
    return at.collection && key === undefined && !name.startsWith('$')
      ? { ...at, collection: false, canInsert: false, canImport: false, path }
      : undefined;
  const bound = at.root?.bindings[[at.navigation, name].filter(Boolean).join('/')];
  const root = via.contained || typeof bound !== 'string' ? at.root : (model.sets.get(bound) ?? at.root);
  const navigation =
    root === at.root && (via.contained || typeof bound !== 'string')
      ? [at.navigation, name].filter(Boolean).join('/')
      : '';
  return located(model, {
    type: via.target,
    collection: via.collection && key === undefined,
    root,
    navigation,
    parent: at,
    via,
    operation: undefined,
    path,
  });
}

/**
 * Follows a path; undefined when the model does not tell where it leads.
 * @param {Model} model
 * @param {string | undefined} path
 * @returns {Location | undefined}
 */
export function locate(model, path) {
  /** @type {Location | undefined} */ let at;
  for (const segment of segmentsOf(path ?? '')) {
    at = step(model, at, segment);
    if (!at) return undefined;
  }
  return at;
}

/**
 * The key of a row as it stands in a URL: `(guid)` or `(a=…,b=…)`.
 * @param {StructuredType} type
 * @param {Json} row
 */
export function keyOf(type, row) {
  const literal = (/** @type {string} */ name) => {
    const value = row[name];
    const text =
      type.properties.get(name)?.type === 'Edm.String' ? `'${String(value).replaceAll("'", "''")}'` : String(value);
    return encodeURIComponent(text).replaceAll('%27', "'");
  };
  const [single] = type.key;
  if (type.key.length === 1 && single !== undefined) return `(${literal(single)})`;
  return `(${type.key.map((name) => `${name}=${literal(name)}`).join(',')})`;
}

/**
 * The path of the entity that a row of a place is; undefined when the row does not tell, such as a sum of many.
 * @param {Location} location
 * @param {Json} row
 * @returns {string | undefined}
 */
export function pathOf({ type, collection, path }, row) {
  if (!collection) return path;
  if (type.key.every((name) => row[name] !== undefined)) return path + keyOf(type, row);
  // Where the key was not asked for, the service names the entity. JSON Format 4.01 §4.6.10
  const id = row['@odata.id'];
  return typeof id === 'string' ? id : undefined;
}
