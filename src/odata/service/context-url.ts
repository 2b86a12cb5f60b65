/** Context URLs. Protocol §10 */
import type { KeyColumn } from '../compile/pieces';
import type { Version } from '../http/negotiate';
import type { CanonicalPath, ReadPlan } from '../plan/plan';
import { listText } from '../plan/select-list';
import type { Bindings } from '../sql';
import type { Row } from './row';

/** The text of a path with the values of the request in it, as a URL has it. */
const canonicalPath = (path: CanonicalPath, bindings: Bindings): string => pathText(path, bindings, encodeURIComponent);

/** Fragments are not percent-encoded. Protocol §10 */
const fragmentPath = (path: CanonicalPath, bindings: Bindings): string => pathText(path, bindings, (text) => text);

const pathText = (path: CanonicalPath, bindings: Bindings, encode: (text: string) => string): string =>
  path.map((piece) => (typeof piece === 'string' ? piece : keyValue(piece, bindings, encode))).join('');

function keyValue(
  { value, property }: Exclude<CanonicalPath[number], string>,
  bindings: Bindings,
  encode: (text: string) => string,
): string {
  const text = value.kind === 'value' ? value.slot(bindings) : null;
  if (typeof text !== 'string') return 'null';
  const isText =
    property.type.kind === 'enum' || (property.type.kind === 'primitive' && property.type.name === 'Edm.String');
  if (isText) return quoted(text, encode);
  return property.type.kind === 'primitive' && property.type.name === 'Edm.Guid' ? text.toLowerCase() : text;
}

const quoted = (text: string, encode: (text: string) => string): string => `'${encode(text.replaceAll("'", "''"))}'`;

/** A path whose keys are values of the row. */
const rowPath = (parts: readonly (string | KeyColumn)[], row: Row, encode: (text: string) => string): string =>
  parts
    .map((part) => {
      if (typeof part === 'string') return part;
      const text = row.text(part.column) ?? '';
      return part.form === 'string' ? quoted(text, encode) : text;
    })
    .join('');

/** What a fragment is made of beside the plan. */
export interface ContextOf {
  readonly bindings: Bindings;
  readonly version: Version;
  /** The path of the collection in canonical keys, where the request has others. */
  readonly home: readonly (string | KeyColumn)[] | undefined;
  /** A row of the answer. */
  readonly row: Row | undefined;
  /** The column that tells of which of several types a single entity is. */
  readonly discriminator?: number | undefined;
}

/** The path of the collection that the answer's entities belong to. */
export const contextPath = (path: CanonicalPath, { bindings, home, row }: ContextOf): string =>
  home && row ? rowPath(home, row, (text) => text) : fragmentPath(path, bindings);

/** The same as a URL has it: what the ids of its entities begin with. */
export const collectionUrl = (path: CanonicalPath, { bindings, home, row }: Omit<ContextOf, 'version'>): string =>
  home && row ? rowPath(home, row, encodeURIComponent) : canonicalPath(path, bindings);

/** The fragment behind `$metadata#` for a collection or an entity. */
export function contextFragment(
  plan: Extract<ReadPlan, { kind: 'collection' | 'entity' | 'all' }>,
  of: ContextOf,
): string {
  if (plan.kind === 'all') return 'Collection(Edm.EntityType)';
  const { target } = plan;
  if (plan.kind === 'collection') {
    if (plan.form === 'references') return 'Collection($ref)';
    const path = plan.told ?? contextPath(target.collectionPath, of);
    return `${path}${listText(plan.collection.selection.list, of.version)}`;
  }
  if (plan.reference) return '$ref';
  const { identity } = target.range;
  const isContainedAlone = identity?.kind === 'contained' && !identity.navigation.collection;
  const list = listText(plan.selection.list, of.version);
  const { rows, set } = target.steps.at(-1) ?? {};
  // What a function makes is no entity, and a singleton no member of a set. Protocol §10.4, §10.14
  const isAlone = isContainedAlone || rows !== undefined || set?.one !== undefined;
  const own = contextPath(target.collectionPath, of);
  // Of one of several rows the type is told, without that of their collection. Protocol §10.16
  const path = rows ? own.replace(/^Collection\((.*)\)$/, '$1') : own;
  return `${typedPath(plan, path, of)}${list}${isAlone ? '' : '/$entity'}`;
}

/** A path to an entity names its type where that is derived from the one of the collection. Protocol §10.6 */
function typedPath(
  { target, selection }: Extract<ReadPlan, { kind: 'entity' }>,
  path: string,
  { row, discriminator }: ContextOf,
): string {
  if (!row || discriminator === undefined) return path;
  const type = selection.variants?.selections.get(row.text(discriminator) ?? '')?.cast;
  if (type === undefined) return path;
  const { cast } = target.steps.at(-1) ?? {};
  return `${cast === undefined ? path : path.slice(0, -cast.length - 1)}/${type}`;
}
