/** Ast → text: the reverse of the parser, for round trips. Parentheses stand only where the precedence needs them. */
import type {
  AggregateItem,
  Argument,
  ComputeItem,
  ExpandItem,
  Expression,
  GroupingItem,
  OrderbyItem,
  Path,
  PathSegment,
  QueryOptions,
  SearchExpression,
  SelectItem,
  Transformation,
} from '../../../src/odata/url/ast';

const levels = [
  ['or'],
  ['and'],
  ['eq', 'ne'],
  ['gt', 'ge', 'lt', 'le'],
  ['add', 'sub'],
  ['mul', 'div', 'divby', 'mod'],
];
const unary = levels.length;
const membership = unary + 1;
const primary = unary + 2;

const precedenceOf = (node: Expression): number => {
  if (node.kind === 'unary') return unary;
  if (node.kind !== 'binary') return primary;
  return node.operator === 'in' || node.operator === 'has'
    ? membership
    : levels.findIndex((names) => names.includes(node.operator));
};

/** An operand: in parentheses when it binds less than `least`. */
const operand = (node: Expression, least: number): string =>
  precedenceOf(node) < least ? `(${expression(node)})` : expression(node);
const list = <T>(items: readonly T[], print: (item: T) => string, separator = ','): string =>
  items.map(print).join(separator);

/** commonExpr */
export function expression(node: Expression): string {
  switch (node.kind) {
    case 'literal':
      return node.raw;
    case 'null':
      return 'null';
    case 'alias':
      return `@${node.name}`;
    case 'unary':
      return `${node.operator === 'not' ? 'not' : '-'} ${operand(node.operand, unary)}`;
    case 'binary':
      return binary(node);
    case 'call':
      return `${node.name}(${list(node.arguments, expression)})`;
    case 'case':
      return `case(${list(node.branches, ({ condition, value }) => `${expression(condition)} : ${expression(value)}`)})`;
    case 'type':
      return node.collection ? `Collection(${node.name})` : node.name;
    case 'list':
      return `[${list(node.items, expression)}]`;
    case 'object':
      return `{${list(node.members, ({ name, value }) => `${JSON.stringify(name)}:${expression(value)}`)}}`;
    case 'path':
      return path(node);
  }
}

function binary(node: Extract<Expression, { kind: 'binary' }>): string {
  const level = precedenceOf(node);
  const logical = node.operator === 'and' || node.operator === 'or';
  const left = operand(node.left, logical ? level + 1 : level);
  if (
    node.operator === 'in' &&
    node.right.kind === 'list' &&
    node.right.items.every(({ kind }) => kind === 'literal' || kind === 'null')
  ) {
    return `${left} in (${list(node.right.items, expression)})`;
  }
  return `${left} ${node.operator} ${operand(node.right, level + 1)}`;
}

/** A path in an expression. */
export function path({ root, alias, segments }: Path): string {
  const start = root ?? (alias ? `@${alias.name}` : undefined);
  return [...(start === undefined ? [] : [start]), ...segments.map(segment)].join('/');
}

function segment(node: PathSegment): string {
  switch (node.kind) {
    case 'name':
      return node.name + (node.arguments ? given(node.arguments) : '') + (node.key ? given(node.key) : '');
    case 'any':
    case 'all':
      return `${node.kind}(${node.predicate ? `${node.variable}:${expression(node.predicate)}` : ''})`;
    case '$count':
      return `$count${node.options ? nested(node.options) : ''}`;
    case '$filter':
      return `$filter(${expression(node.predicate)})${node.key ? given(node.key) : ''}`;
    case 'aggregate':
      return `aggregate(${list(node.items, aggregate)})`;
    case 'annotation':
      return `@${node.name}`;
  }
}

const given = (items: readonly Argument[]): string =>
  `(${list(items, ({ name, value }) => (name === undefined ? '' : `${name}=`) + expression(value))})`;

/** $orderby */
export const orderby = (items: readonly OrderbyItem[]): string =>
  list(items, (item) => `${expression(item.expression)} ${item.direction}`);

/** $compute */
export const compute = (items: readonly ComputeItem[]): string =>
  list(items, (item) => `${expression(item.expression)} as ${item.as}`);

const isEmpty = (options: QueryOptions): boolean => Object.keys(options).length === 0;
const nestedOrNothing = (options: QueryOptions): string => (isEmpty(options) ? '' : nested(options));

/** $select */
export const select = (items: readonly SelectItem[]): string =>
  list(
    items,
    (item) =>
      (item.star ? [...item.path.map(segment), '*'].join('.') : list(item.path, segment, '/')) +
      nestedOrNothing(item.options),
  );

/** $expand */
export const expand = (items: readonly ExpandItem[]): string =>
  list(
    items,
    ({ path: names, star, suffix, options }) =>
      [...names.map(segment), ...(star ? ['*'] : []), ...(suffix ? [suffix] : [])].join('/') + nestedOrNothing(options),
  );

/** Options in parentheses. */
export function nested(options: QueryOptions): string {
  return `(${optionTexts(options).join(';')})`;
}

/** The options as `name=value`, not encoded. */
export function optionTexts(options: QueryOptions): string[] {
  const texts: Record<string, string | undefined> = {
    $filter: options.$filter && expression(options.$filter),
    $orderby: options.$orderby && orderby(options.$orderby),
    $select: options.$select && select(options.$select),
    $expand: options.$expand && expand(options.$expand),
    $compute: options.$compute && compute(options.$compute),
    $search: options.$search && search(options.$search),
    $apply: options.$apply && apply(options.$apply),
    $top: options.$top?.raw,
    $skip: options.$skip?.raw,
    $count: options.$count === undefined ? undefined : String(options.$count),
    $levels: options.$levels === undefined ? undefined : String(options.$levels),
  };
  for (const [name, value] of options.aliases ?? []) texts[`@${name}`] = expression(value);
  return Object.entries(texts).flatMap(([name, text]) => (text === undefined ? [] : [`${name}=${text}`]));
}

/** $search */
export function search(node: SearchExpression): string {
  switch (node.kind) {
    case 'term':
      return node.incomplete ? `'${node.text.replaceAll("'", "''")}'` : node.phrase ? `"${node.text}"` : node.text;
    case 'not':
      return `NOT ${searchOperand(node.operand)}`;
    case 'and':
      return `${searchOperand(node.left)} AND ${searchOperand(node.right)}`;
    case 'or':
      return `${searchOperand(node.left)} OR ${searchOperand(node.right)}`;
  }
}

const searchOperand = (node: SearchExpression): string =>
  node.kind === 'and' || node.kind === 'or' ? `(${search(node)})` : search(node);

/** $apply */
export const apply = (sequence: readonly Transformation[]): string => list(sequence, transformation, '/');

function transformation(node: Transformation): string {
  switch (node.kind) {
    case 'identity':
      return 'identity';
    case 'function':
      return node.name + given(node.arguments);
    default:
      return `${node.kind}(${inside(node)})`;
  }
}

function inside(node: Exclude<Transformation, { kind: 'identity' | 'function' }>): string {
  switch (node.kind) {
    case 'filter':
      return expression(node.predicate);
    case 'search':
      return search(node.search);
    case 'orderby':
      return orderby(node.items);
    case 'skip':
    case 'top':
      return node.count.raw;
    case 'compute':
      return compute(node.items);
    case 'aggregate':
      return list(node.items, aggregate);
    case 'groupby':
      return `(${list(node.grouping, grouping)})${behind(node.apply)}`;
    case 'concat':
      return list(node.sequences, apply);
    case 'join':
    case 'outerjoin':
      return `${path(node.path)} as ${node.as}${behind(node.apply)}`;
    case 'nest':
      return list(node.items, (item) => `${apply(item.apply)} as ${item.as}`);
    case 'addnested':
      return `${path(node.path)},${list(node.items, (item) => `${apply(item.apply)} as ${item.as}`)}`;
    case 'ancestors':
    case 'descendants':
      return `${list(node.arguments, expression)}${behind(node.apply)}${node.distance ? `,${node.distance.raw}` : ''}${node.keepStart ? ',keep start' : ''}`;
    case 'traverse':
      return `${list(node.arguments, expression)},${node.order}${behind(node.apply)}${node.orderby.length > 0 ? `,${orderby(node.orderby)}` : ''}`;
    default:
      return `${expression(node.amount)},${expression(node.by)}`;
  }
}

const behind = (sequence: readonly Transformation[]): string => (sequence.length > 0 ? `,${apply(sequence)}` : '');

function grouping(item: GroupingItem): string {
  if (item.kind === 'path') return path(item.path);
  if (item.kind === 'rollup') return `rollup(${item.all ? '$all,' : ''}${list(item.paths, path)})`;
  return `rolluprecursive(${list(item.arguments, expression)}${behind(item.apply)})`;
}

function aggregate(item: AggregateItem): string {
  const from = item.from.map(
    (step) => ` from ${list(step.properties, path)}${step.method === undefined ? '' : ` with ${step.method}`}`,
  );
  const start = item.expression ? expression(item.expression) : '$count';
  return `${start}${item.method === undefined ? '' : ` with ${item.method}`}${from.join('')}${item.as === undefined ? '' : ` as ${item.as}`}`;
}
