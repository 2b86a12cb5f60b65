/** What may come next in an OData URL, from the model: names of sets, properties and navigations, options, functions, values of enumerations. */
import { locate, segmentsOf } from './location.js';
import { listOf } from './metadata.js';

/**
 * @typedef {import('./metadata.js').Model} Model
 * @typedef {import('./metadata.js').StructuredType} StructuredType
 * @typedef {{ readonly text: string, readonly detail: string }} Proposal
 * @typedef {{ readonly from: number, readonly proposals: readonly Proposal[] }} Completion from: where the text that a proposal replaces begins
 */

const options = {
  $filter: 'only rows that meet a condition',
  $orderby: 'sorted by',
  $select: 'only these properties',
  $expand: 'with what they refer to',
  $count: 'true: tells how many there are',
  $top: 'at most so many',
  $skip: 'leaving out the first',
  $search: 'texts that contain words',
  $apply: 'grouped, summed, transformed',
  $compute: 'with computed properties',
};

const operators = ['eq', 'ne', 'gt', 'ge', 'lt', 'le', 'in', 'and', 'or', 'add', 'sub', 'mul', 'div', 'mod'];
const words = [
  'eq',
  'ne',
  'gt',
  'ge',
  'lt',
  'le',
  'in',
  'has',
  'and',
  'or',
  'not',
  'any',
  'all',
  'add',
  'sub',
  'mul',
  'div',
  'divby',
  'mod',
];
const transformations = [
  'aggregate(',
  'groupby((',
  'filter(',
  'compute(',
  'orderby(',
  'topcount(',
  'skip(',
  'top(',
  'search(',
  'concat(',
];

/**
 * @param {readonly Proposal[]} proposals
 * @param {string} typed
 * @param {number} caret
 * @returns {Completion}
 */
function matching(proposals, typed, caret) {
  const lower = typed.toLowerCase();
  const rankOf = (/** @type {Proposal} */ { text }) =>
    text.toLowerCase().startsWith(lower) ? 0 : text.toLowerCase().includes(lower) ? 1 : 2;
  const found = proposals
    .map((/** @type {Proposal} */ one) => ({ one, rank: rankOf(one) }))
    .filter(({ rank }) => rank < 2);
  found.sort((a, b) => a.rank - b.rank);
  const list = found.map(({ one }) => one);
  // What is typed already needs no proposal.
  const isWhole = list.length === 1 && list[0]?.text === typed;
  return { from: caret - typed.length, proposals: isWhole ? [] : list.slice(0, 40) };
}

/** @param {string} type */
const shortType = (type) => type.replace(/^(Edm|[\w.]+)\./, '');

/**
 * @param {StructuredType} type
 * @returns {readonly Proposal[]}
 */
const properties = (type) =>
  [...type.properties.values()].map((one) => ({
    text: one.name,
    detail: `${shortType(one.type)}${one.description === '' ? '' : ` · ${one.description}`}`,
  }));

/**
 * @param {StructuredType} type
 * @returns {readonly Proposal[]}
 */
const navigations = (type) =>
  [...type.navigations.values()].map((one) => ({
    text: one.name,
    detail: `→ ${one.target.name}${one.collection ? ' (many)' : ''}`,
  }));

/**
 * @param {Model} model
 * @param {string} path up to the caret
 * @returns {Completion}
 */
function completePath(model, path) {
  const segments = segmentsOf(path);
  const typed = path.endsWith('/') || path === '' ? '' : (segments.at(-1) ?? '');
  const before = path.slice(0, path.length - typed.length).replace(/\/$/, '');
  const proposals = before === '' ? roots(model) : below(model, before);
  return matching(proposals, typed, path.length);
}

/**
 * @param {Model} model
 * @returns {readonly Proposal[]}
 */
const roots = (model) => [
  ...[...model.sets.values()].map(({ name, type }) => ({ text: name, detail: type.description })),
  ...[...model.imports.entries()].map(([name, { description, parameters }]) => ({
    text: `${name}(${parameters.map((one) => `${one.name}=`).join(',')})`,
    detail: description,
  })),
];

/**
 * @param {Model} model
 * @param {string} path
 * @returns {readonly Proposal[]}
 */
function below(model, path) {
  const at = locate(model, path);
  if (!at) return [];
  const bound = model.operations.filter(
    ({ kind, boundTo, boundToCollection }) =>
      kind === 'Function' && boundTo === at.type.qualifiedName && boundToCollection === at.collection,
  );
  const functions = bound.map(({ qualifiedName, parameters, description }) => ({
    text: `${qualifiedName}(${parameters.map((one) => `${one.name}=`).join(',')})`,
    detail: description,
  }));
  const count = { text: '$count', detail: 'the number of rows' };
  return at.collection ? [count, ...functions] : [...navigations(at.type), ...functions, ...properties(at.type)];
}

/**
 * The option that the caret is in, and the type that its names belong to: parentheses of $expand lead to other types.
 * @param {StructuredType | undefined} type
 * @param {string} query from after the question mark to the caret
 * @returns {{ readonly name: string | undefined, readonly value: string, readonly type: StructuredType | undefined }}
 */
function innermost(type, query) {
  const part = query.slice(query.lastIndexOf('&') + 1);
  const [, name, value = ''] = /^(\$?\w*)=([^]*)$/.exec(part) ?? [];
  if (name === undefined) return { name: undefined, value: part, type };
  if (!/^\$?expand$/i.test(name)) return { name, value, type };
  let at = type;
  let start = 0;
  /** @type {{ at: StructuredType | undefined, start: number }[]} */ const open = [];
  for (let index = 0; index < value.length; index += 1) {
    if (value[index] === '(') {
      const navigation = /([\w]+)$/.exec(value.slice(0, index))?.[1] ?? '';
      open.push({ at, start });
      if (open.length === 1 || at?.navigations.has(navigation)) at = at?.navigations.get(navigation)?.target ?? at;
      start = index + 1;
    } else if (value[index] === ')') {
      const outer = open.pop();
      if (outer) ({ at, start } = outer);
    }
  }
  if (open.length === 0) return { name, value, type };
  const inner = value.slice(start);
  const last = inner.slice(inner.lastIndexOf(';') + 1);
  const match = /^(\$?\w*)=([^]*)$/.exec(last);
  return match ? { name: match[1], value: match[2] ?? '', type: at } : { name: undefined, value: last, type: at };
}

/**
 * The type and property that a path such as `customer/address/` leads to.
 * @param {StructuredType | undefined} type
 * @param {readonly string[]} names
 */
function follow(type, names) {
  let at = type;
  for (const name of names) at = at?.navigations.get(name)?.target ?? at?.properties.get(name)?.complex;
  return at;
}

/**
 * @param {Model} model
 * @param {StructuredType | undefined} type
 * @param {string} name
 * @param {string} value
 * @param {number} caret
 * @returns {Completion}
 */
function completeValue(model, type, name, value, caret) {
  const plain = name.replace('$', '').toLowerCase();
  if (!type || ['top', 'skip', 'search', 'format', 'skiptoken'].includes(plain)) return { from: caret, proposals: [] };
  if (plain === 'count')
    return matching(
      [
        { text: 'true', detail: '' },
        { text: 'false', detail: '' },
      ],
      value,
      caret,
    );
  const compared = /([\w/]+)\s+(?:eq|ne)\s+('?\w*)$/i.exec(value);
  if (compared && plain !== 'select') {
    const names = (compared[1] ?? '').split('/');
    const property = follow(type, names.slice(0, -1))?.properties.get(names.at(-1) ?? '');
    const values =
      property?.members?.map((member) => `'${member}'`) ??
      (property?.type === 'Edm.Boolean' ? ['true', 'false'] : undefined);
    if (values)
      return matching(
        values.map((text) => ({ text, detail: property?.label ?? '' })),
        compared[2] ?? '',
        caret,
      );
  }
  if ((value.match(/'/g)?.length ?? 0) % 2 === 1) return { from: caret, proposals: [] };
  const typed = /[\w/$.]*$/.exec(value)?.[0] ?? '';
  const steps = typed.split('/');
  const last = steps.pop() ?? '';
  const at = follow(type, steps);
  if (!at) return { from: caret, proposals: [] };
  const names =
    plain === 'expand' ? navigations(at) : [...properties(at), ...(plain === 'select' ? [] : navigations(at))];
  if (steps.length > 0 || plain === 'select' || plain === 'expand') return matching(names, last, caret);
  const afterOperand =
    /[\w')]\s+$/.test(value.slice(0, value.length - typed.length)) &&
    !/(?:^|[\s(,])(?:eq|ne|gt|ge|lt|le|in|and|or|not|add|sub|mul|div|mod|by|with|as)\s+$/i.test(
      value.slice(0, value.length - typed.length),
    );
  if (plain === 'orderby')
    return matching(
      afterOperand
        ? [
            { text: 'asc', detail: 'smallest first' },
            { text: 'desc', detail: 'largest first' },
          ]
        : names,
      last,
      caret,
    );
  if (afterOperand)
    return matching(
      (plain === 'apply' ? ['with sum as ', 'with average as ', 'with min as ', 'with max as ', 'as '] : operators).map(
        (text) => ({ text, detail: '' }),
      ),
      last,
      caret,
    );
  const functions = listOf(model.container['@Capabilities.FilterFunctions'])
    .filter((one) => typeof one === 'string' && !words.includes(one))
    .map((one) => ({ text: `${String(one)}(`, detail: 'function' }));
  const more = plain === 'apply' ? transformations.map((text) => ({ text, detail: 'transformation' })) : functions;
  return matching([...names, ...more], last, caret);
}

/**
 * What may stand at the caret.
 * @param {Model} model
 * @param {string} text an OData URL relative to the service root
 * @param {number} caret
 * @returns {Completion}
 */
export function complete(model, text, caret) {
  const head = text.slice(0, caret);
  const mark = head.indexOf('?');
  if (mark < 0) return completePath(model, head);
  const location = locate(model, head.slice(0, mark));
  const { name, value, type } = innermost(location?.type, head.slice(mark + 1));
  if (name !== undefined) return completeValue(model, type, name, value, caret);
  return matching(
    Object.entries(options).map(([option, detail]) => ({ text: `${option}=`, detail })),
    value,
    caret,
  );
}
