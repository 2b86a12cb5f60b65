/** What hierarchical transformations tell of nodes, as values of properties of theirs. com.sap.vocabularies.Hierarchy.v1 */
import { booleanType, edm } from '../model/edm';
import type { DerivedName } from '../model/model';
import { always } from './conditions';
import type { Scope } from './context';
import { membersOf, structureSince, variantsOf, withMembers } from './members';
import type { Hierarchy, StartNodes } from './nodes';
import type { Bound, Range } from './plan';
import { wholeNumber } from './row-values';

/** What is known of the node that a row is; the rest is null. */
export type Derived = ReadonlyMap<DerivedName, Bound>;

/** The scope in which the entity of a variable has that. */
export function withDerived(scope: Scope, range: Range, { definition }: Hierarchy, known: Derived): Scope {
  const { derived = new Map<string, Bound>() } = membersOf(scope, range);
  const values = [...definition.derived].map(
    ([term, { name }]) => [name, known.get(term) ?? ({ kind: 'null' } as const)] as const,
  );
  return values.length === 0 ? scope : withMembers(scope, range, { derived: new Map([...derived, ...values]) });
}

/** The scope that a change makes of it, or of each of the structures that its rows have. */
export function inEachStructure(scope: Scope, change: (one: Scope) => Scope): Scope {
  const variants = variantsOf(scope, scope.current);
  if (!variants) return change(scope);
  const { discriminator, scopes } = variants;
  const each = scopes.map((variant) => structureSince(scope, inEachStructure(variant, change)));
  return withMembers(scope, scope.current, { structures: { discriminator, each } });
}

const text = (value: string): Bound => ({
  kind: 'value',
  slot: () => value,
  type: edm('Edm.String'),
  nullable: false,
});

/** Whether children of a node are among those of the limited hierarchy, or of the unlimited one at least. */
export function drillState(hierarchy: Hierarchy, limited: StartNodes, unlimited: StartNodes): Bound {
  const isParentAmong = (start: StartNodes): Bound => ({
    kind: 'node',
    value: limited.value,
    parts: start.parts,
    nodes: { kind: 'ancestors', hierarchy, start, distance: wholeNumber(1), includesStart: always(false) },
    type: booleanType,
    nullable: true,
  });
  return {
    kind: 'case',
    branches: [
      { condition: isParentAmong(limited), value: text('expanded') },
      { condition: isParentAmong(unlimited), value: text('collapsed') },
      { condition: always(true), value: text('leaf') },
    ],
    type: edm('Edm.String'),
    nullable: false,
  };
}
