/** Where a collection stands, in canonical keys: for context URLs. Protocol §10 */
import type { Identity, Range, Target } from '../plan/plan';
import type { Columns } from './columns';
import { linkParts } from './link-pieces';
import type { KeyColumn } from './pieces';
import type { Source } from './source';

/** The canonical path of the collection, unless the keys of the request say the same. `above` is the row that contains it. */
export function homeOf(
  columns: Columns,
  { range: { identity }, steps }: Target,
  sourceOf: (range: Range) => Source | undefined,
): readonly (string | KeyColumn)[] | undefined {
  const isCanonical = steps.every(({ key, range: { type } }) =>
    (key ?? []).every(({ property }) => type.key.includes(property)),
  );
  if (isCanonical || identity?.kind !== 'contained') return undefined;
  const parent = steps.find(({ range }) => range.identity && sameIdentity(range.identity, identity.parent));
  const above = parent && sourceOf(parent.range);
  if (!above) return undefined;
  return [...linkParts(columns, above, identity.parent), `/${identity.navigation.name}`];
}

const sameIdentity = (left: Identity, right: Identity): boolean =>
  left.kind === 'set'
    ? right.kind === 'set' && left.set === right.set
    : right.kind === 'contained' && left.navigation === right.navigation && sameIdentity(left.parent, right.parent);
