/**
 * The published cases fix which name is of which kind. The grammar knows no model, so the cases that hinge on a kind are decided here, on
 * the Ast, as the planner decides them for the real model.
 */
type Node = Readonly<Record<string, unknown>>;

/** Kind of a name in the ABNF → the names of that kind. */
export type Constraints = Readonly<Record<string, readonly string[]>>;

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && !Array.isArray(value);
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const nameOf = (value: unknown): string => (isNode(value) && typeof value['name'] === 'string' ? value['name'] : '');
const kindOf = (value: unknown): string => (isNode(value) && typeof value['kind'] === 'string' ? value['kind'] : '');

/** What is wrong with the names of an Ast, or undefined. */
export function wrongName(ast: unknown, constraints: Constraints): string | undefined {
  const is = (kind: string, name: string): boolean => (constraints[kind] ?? []).includes(name);
  const checks = [wrongRequest, wrongContext, wrongExpression, wrongAggregate, wrongGrouping, wrongJoin];
  for (const node of nodesOf(ast)) {
    const reason = checks.map((check) => check(node, is, constraints)).find(Boolean);
    if (reason) return reason;
  }
  return undefined;
}

type Is = (kind: string, name: string) => boolean;

function* nodesOf(value: unknown): Generator<Node> {
  if (value instanceof Map) for (const item of value.values()) yield* nodesOf(item);
  else if (Array.isArray(value)) for (const item of value) yield* nodesOf(item);
  else if (isNode(value)) {
    yield value;
    for (const item of Object.values(value)) yield* nodesOf(item);
  }
}

function wrongRequest(node: Node, is: Is, constraints: Constraints): string | undefined {
  if (!('trailingSlash' in node)) return undefined;
  const path = listOf(node['path']);
  const custom = listOf(node['custom']).map(nameOf);
  const known = constraints['customName'];
  if (known && custom.some((name) => !known.includes(name) && !is('parameterName', name)))
    return 'a custom option of another name';
  if (nameOf(path[0]).includes('.')) return 'a qualified name as the first segment';
  return path.map((segment, index) => wrongSegment(segment, path[index - 1], index, is)).find(Boolean);
}

/** Every simple name of a context URL is that of something. */
function wrongContext(node: Node, _: Is, constraints: Constraints): string | undefined {
  if (kindOf(node) !== 'context') return undefined;
  const known = new Set(
    Object.entries(constraints).flatMap(([kind, names]) => (kind.endsWith('TypeName') ? [] : names)),
  );
  const unknown = listOf(node['names']).find((name) => typeof name === 'string' && !known.has(name));
  return unknown === undefined ? undefined : 'an unknown name';
}

function wrongSegment(segment: unknown, before: unknown, index: number, is: Is): string | undefined {
  if (index > 0 && is('entityFunctionImport', nameOf(segment))) return 'a function import behind the root';
  const isValue = kindOf(segment) === '$value';
  if (isValue && (is('complexProperty', nameOf(before)) || is('streamProperty', nameOf(before))))
    return '$value of a complex property or stream';
  if (nameOf(segment).includes('.') && nameOf(segment) === nameOf(before)) return 'the same cast twice';
  return undefined;
}

function wrongExpression(node: Node, is: Is): string | undefined {
  if (kindOf(node) !== 'path') return undefined;
  const last = listOf(node['segments']).at(-1);
  const isCall = isNode(last) && 'arguments' in last;
  const local = nameOf(last).split('.').at(-1) ?? '';
  return !isCall && nameOf(last).includes('.') && is('primitiveFunction', local)
    ? 'a function without parentheses'
    : undefined;
}

function wrongAggregate(node: Node, is: Is): string | undefined {
  if (!('from' in node)) return undefined;
  const expression = node['expression'];
  const last = isNode(expression) ? listOf(expression['segments']).at(-1) : undefined;
  if (!('method' in node) && kindOf(last) === 'name' && !is('customAggregate', nameOf(last)))
    return 'a property without a method';
  const operands = [...nodesOf(expression)]
    .filter((inner) => kindOf(inner) === 'binary')
    .flatMap((inner) => [inner['left'], inner['right']]);
  const names = operands.filter(isNode).flatMap((operand) => listOf(operand['segments']).map(nameOf));
  return names.some((name) => is('entityColNavigationProperty', name)) ? 'arithmetic on a collection' : undefined;
}

function wrongGrouping(node: Node, is: Is): string | undefined {
  if (kindOf(node) !== 'groupby') return undefined;
  const paths = listOf(node['grouping']).filter((item) => kindOf(item) === 'path');
  const names = paths.map((item) =>
    isNode(item) && isNode(item['path']) ? listOf(item['path']['segments']).map(nameOf) : [],
  );
  if (names.some((path) => path.at(-1)?.includes('.'))) return 'a grouping that ends in a cast';
  if (names.some((path) => path.some((name) => is('entityColNavigationProperty', name))))
    return 'a grouping by a collection';
  return names.some((path) => path.slice(0, -1).some((name) => is('primitiveNonKeyProperty', name)))
    ? 'a path behind a primitive property'
    : undefined;
}

function wrongJoin(node: Node, is: Is): string | undefined {
  if (kindOf(node) !== 'join' || !isNode(node['path'])) return undefined;
  return is('complexProperty', nameOf(listOf(node['path']['segments'])[0])) ? 'a join with a single value' : undefined;
}
