/** The columns of a grid, from the type of its rows: every property, parts of complex values, and the names behind navigations. */
import { isNumeric } from './format.js';
import { labelOf, objectOf } from './metadata.js';

/**
 * @typedef {import('./metadata.js').StructuredType} StructuredType
 * @typedef {import('./metadata.js').Property} Property
 * @typedef {import('./metadata.js').Json} Json
 * @typedef {{
 *   readonly path: string, readonly label: string, readonly property: Property, readonly width: number, readonly right: boolean,
 *   readonly shown: boolean, readonly expand: string | undefined, readonly filterable: boolean,
 * }} Column path: as in $filter and $orderby; expand: the navigation that its value comes from
 */

/**
 * What a value of the property may need, before any is there.
 * @param {Property} property
 */
function contentWidth({ type, members, maxLength = 1000 }) {
  if (members) return 112;
  if (type === 'Edm.Guid') return 300;
  if (type === 'Edm.DateTimeOffset') return 150;
  if (type === 'Edm.Decimal') return 128;
  if (type === 'Edm.Date') return 112;
  if (isNumeric(type)) return 90;
  if (type !== 'Edm.String') return 90;
  return maxLength <= 10 ? 104 : maxLength <= 20 ? 136 : maxLength <= 50 ? 208 : 240;
}

/**
 * @param {Property} property
 * @param {string} path
 * @param {Partial<Column>} [more]
 * @returns {Column}
 */
const columnOf = (property, path, more = {}) => ({
  path,
  property,
  label: property.label,
  width: contentWidth(property),
  right: isNumeric(property.type) && !property.collection,
  shown: property.type !== 'Edm.Guid' && !property.collection && !/Id$/.test(property.name),
  expand: undefined,
  filterable: !property.collection && property.type !== 'Edm.Stream' && property.type !== 'Edm.Binary',
  ...more,
});

/**
 * @param {StructuredType} type
 * @returns {readonly Column[]}
 */
function ownColumns(type) {
  return [...type.properties.values()].flatMap((property) => {
    if (!property.complex || property.collection) return [columnOf(property, property.name)];
    return [...property.complex.properties.values()].map((part) =>
      columnOf(part, `${property.name}/${part.name}`, {
        label: `${property.label} ${part.label.toLowerCase()}`,
        shown: /city|country/i.test(part.name),
      }),
    );
  });
}

/**
 * What rows repeat of the entity that they were reached through: every row would show the same.
 * @param {import('./metadata.js').Navigation | undefined} holder the way back to it
 * @param {string} name
 */
function isOfHolder(holder, name) {
  const own = holder?.constraint?.[0] ?? '';
  const prefix = own.replace(/Id$/, '');
  return prefix !== '' && own !== prefix && name !== prefix && name.startsWith(prefix);
}

/**
 * Names of what single navigations lead to, right of the property that refers to it; shown when the row itself has no such name.
 * @param {StructuredType} type
 * @param {import('./metadata.js').Navigation} [via] what the rows were reached through
 * @returns {readonly Column[]}
 */
export function columnsOf(type, via) {
  const holder = type.navigations.get(via?.partner ?? '');
  const columns = ownColumns(type).map((column) =>
    isOfHolder(holder, column.path) ? { ...column, shown: false } : column,
  );
  for (const navigation of type.navigations.values()) {
    const name = navigation.target.properties.get('displayName');
    if (navigation.collection || !name || !navigation.constraint) continue;
    const others = [...type.properties.keys()];
    const prefix = navigation.constraint[0].replace(/Id$/, '');
    const known = others.some((other) => new RegExp(`^(${navigation.name}|${prefix})(Display)?Name$`).test(other));
    const column = columnOf(name, `${navigation.name}/displayName`, {
      label: navigation.label,
      expand: navigation.name,
      shown: !known && navigation !== holder,
    });
    const pair = columns.findIndex(
      ({ path }) => path === `${navigation.name}Number` || path === navigation.constraint?.[0],
    );
    const last = columns.findLastIndex(({ path }) => path === `${navigation.name}Number`);
    columns.splice((last >= 0 ? last : pair) + 1 || columns.length, 0, column);
  }
  return amountsInSight(columns);
}

/**
 * What people look for is who and how much: the row's own amounts stand behind the last name before them, so that few screens hide them.
 * `invoiceTotalAmount` beside `invoiceDate` is an amount of something else.
 * @param {readonly Column[]} columns
 */
function amountsInSight(columns) {
  const isAmount = (/** @type {Column} */ { property, path }) => property.type === 'Edm.Decimal' && !path.includes('/');
  const wordOf = (/** @type {Column} */ { path }) => /^[a-z]+/.exec(path)?.[0];
  const others = new Set(columns.filter((column) => !isAmount(column)).map(wordOf));
  const isOwnAmount = (/** @type {Column} */ column) => isAmount(column) && !others.has(wordOf(column));
  const first = columns.findIndex(isOwnAmount);
  const name = columns.slice(0, Math.max(first, 0)).findLastIndex(({ path }) => /name$/i.test(path));
  if (name < 0) return columns;
  const behind = columns.slice(name + 1);
  return [
    ...columns.slice(0, name + 1),
    ...behind.filter(isOwnAmount),
    ...behind.filter((column) => !isOwnAmount(column)),
  ];
}

/**
 * Columns of rows whose type nobody declared, such as those of $apply.
 * @param {readonly Json[]} rows
 * @param {StructuredType | undefined} type of what they were made from
 * @returns {readonly Column[]}
 */
export function columnsOfRows(rows, type) {
  /** @type {Map<string, Column>} */ const columns = new Map();
  const visit = (
    /** @type {Json} */ row,
    /** @type {string} */ prefix,
    /** @type {StructuredType | undefined} */ at,
    /** @type {string | undefined} */ expand = undefined,
  ) => {
    for (const [name, value] of Object.entries(row)) {
      const path = prefix + name;
      const [linked = '', term] = name.split('@');
      // Rows of a cross join only name what they join, until it is expanded. JSON Format 4.01 §8.2
      if (term === 'odata.navigationLink' && prefix === '' && row[linked] === undefined && !at?.navigations.has(linked))
        columns.set(path, columnOf(undeclared(linked, 'Edm.String'), path, { shown: true }));
      if (term !== undefined) continue;
      const nested = objectOf(value);
      const navigation = at?.navigations.get(name);
      if (Object.keys(nested).length > 0) {
        visit(nested, `${path}/`, navigation?.target ?? at?.properties.get(name)?.complex, navigation ? path : expand);
        continue;
      }
      // What refers to nothing has no column of its own, nor have lines.
      if (navigation) continue;
      if (columns.has(path) && value === null) continue;
      const declared = at?.properties.get(name);
      const annotated = row[`${name}@odata.type`] ?? row[`${name}@type`];
      const guessed =
        typeof value === 'number' ? 'Edm.Int32' : typeof value === 'boolean' ? 'Edm.Boolean' : 'Edm.String';
      const edmType =
        declared?.type ?? (typeof annotated === 'string' ? `Edm.${annotated.replace(/^#(Edm\.)?/, '')}` : guessed);
      columns.set(
        path,
        columnOf(declared ?? undeclared(name, edmType), path, {
          label: path.split('/').map(labelOf).join(' '),
          shown: true,
          expand,
        }),
      );
    }
  };
  for (const row of rows) visit(row, '', type);
  return [...columns.values()];
}

/**
 * @param {string} name
 * @param {string} type
 * @returns {Property}
 */
const undeclared = (name, type) => ({
  kind: 'property',
  name,
  label: labelOf(name),
  description: '',
  type,
  collection: false,
  nullable: true,
  maxLength: 50,
  scale: undefined,
  computed: true,
  immutable: false,
  hasDefault: false,
  members: undefined,
  complex: undefined,
  currency: undefined,
  summed: true,
});

/**
 * The value of a row at a path such as `address/city`.
 * @param {Json} row
 * @param {string} path
 * @returns {unknown}
 */
export function valueAt(row, path) {
  /** @type {unknown} */ let value = row;
  for (const name of path.split('/')) value = objectOf(value)[name];
  return value;
}

/**
 * What a row is called: its number and its name, whatever it has of these.
 * @param {Json} row
 * @param {StructuredType} type
 */
export function titleOf(row, type) {
  const names = ['code', 'number', 'documentNumber', 'entryNumber', 'displayName', 'name', 'description'];
  const found = names.map((name) => row[name]).filter((value) => value !== null && value !== undefined && value !== '');
  return found.length === 0 ? type.label : found.slice(0, 2).map(String).join(' · ');
}
