/** Context URLs. Protocol §10 */
import type { CanonicalPath, ReadPlan, Selection } from '../plan/plan';
import type { Bindings } from '../sql';

/** The text of a path with the values of the request in it. */
export function canonicalPath(path: CanonicalPath, bindings: Bindings): string {
  return path.map((piece) => (typeof piece === 'string' ? piece : keyValue(piece, bindings))).join('');
}

function keyValue({ value, property }: Exclude<CanonicalPath[number], string>, bindings: Bindings): string {
  const text = value.kind === 'value' ? value.slot(bindings) : null;
  if (typeof text !== 'string') return 'null';
  const isText =
    property.type.kind === 'enum' || (property.type.kind === 'primitive' && property.type.name === 'Edm.String');
  if (isText) return `'${encodeURIComponent(text.replaceAll("'", "''"))}'`;
  return property.type.kind === 'primitive' && property.type.name === 'Edm.Guid' ? text.toLowerCase() : text;
}

/** The fragment behind `$metadata#` for a collection or an entity. */
export function contextFragment(
  plan: Extract<ReadPlan, { kind: 'collection' | 'entity' }>,
  bindings: Bindings,
): string {
  const path = canonicalPath(plan.target.collectionPath, bindings);
  if (plan.kind === 'collection')
    return plan.form === 'references' ? 'Collection($ref)' : `${path}${selectList(plan.collection.selection)}`;
  if (plan.reference) return '$ref';
  // What a function makes is no entity. Protocol §10.14
  const suffix = plan.target.steps.at(-1)?.rows ? '' : '/$entity';
  return `${path}${selectList(plan.selection)}${suffix}`;
}

const selectList = ({ contextNames }: Selection): string => (contextNames ? `(${contextNames.join(',')})` : '');
