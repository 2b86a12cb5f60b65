/** Nodes of recursive hierarchies, as a plan speaks of them. Data Aggregation §5.5.2 */
import type { DerivedName, RecursiveHierarchy } from '../model/model';
import type { Bound, BoundCollection, BoundProperty } from './bound';
import type { OrderKey } from './plan';
import type { Rows } from './rows';

/** The entities of a collection as nodes; a parent that is not among them is none. */
export interface Hierarchy {
  readonly nodes: BoundCollection;
  readonly definition: RecursiveHierarchy;
}

/** Some nodes of a hierarchy. */
export type Nodes =
  | { readonly kind: 'all' | 'roots' | 'leaves'; readonly hierarchy: Hierarchy }
  | { readonly kind: 'siblings'; readonly hierarchy: Hierarchy; readonly of: Bound }
  | Relatives;

/** Those that are reached from others, upwards or downwards. */
export interface Relatives {
  readonly kind: 'ancestors' | 'descendants';
  readonly hierarchy: Hierarchy;
  readonly start: StartNodes;
  /** How far from a start; undefined for any distance. */
  readonly distance: Bound | undefined;
  /** True where starts are among them. */
  readonly includesStart: Bound;
}

/** Nodes by their identifiers: what `value` is for each of the rows, or for the row that the expression speaks of. */
export interface StartNodes {
  readonly value: Bound;
  readonly rows?: Rows;
  /** What tells groups of rows apart: each has starts of its own. */
  readonly parts: readonly Bound[];
}

/** Some of the nodes, in an order: what a sequence makes of the collection. */
export interface SomeNodes {
  readonly rows: Rows;
  readonly order: readonly OrderKey[];
}

/** Where nodes stand in a hierarchy: each place is a row, a node may have several. */
export type Places =
  /** A walk downwards, of the starts and then of children in order; `place` is the number of a place, `path` are the nodes above it, the nearest first. */
  | {
      readonly kind: 'walk';
      readonly hierarchy: Hierarchy;
      /** Undefined for the roots. */
      readonly starts: SomeNodes | undefined;
      readonly siblings: readonly OrderKey[];
      readonly order: 'preorder' | 'postorder';
      readonly node: BoundProperty;
      readonly place: BoundProperty;
      readonly path: BoundProperty;
    }
  /** The first levels of a walk downwards from those that have no parent among the nodes of rows; these alone are nodes here. */
  | {
      readonly kind: 'levels';
      readonly hierarchy: Hierarchy;
      readonly rows: Rows;
      /** The identifier of a row's node. */
      readonly value: Bound;
      /** What tells groups of rows apart, each of which has levels of its own, and the column with it. */
      readonly part: { readonly value: Bound; readonly column: BoundProperty } | undefined;
      /** The order of siblings. */
      readonly order: readonly OrderKey[];
      /** Undefined for all of them. */
      readonly levels: Bound | undefined;
      /** So many levels below some nodes, whatever is above them; of several for one node the last counts. */
      readonly expanded: readonly { readonly node: Bound; readonly levels: Bound | undefined }[];
      readonly node: BoundProperty;
      readonly place: BoundProperty;
      readonly path: BoundProperty;
      readonly derived: ReadonlyMap<DerivedName, BoundProperty>;
    }
  /** Below each of some nodes, that one itself included: it is `node`. */
  | {
      readonly kind: 'below';
      readonly hierarchy: Hierarchy;
      readonly of: SomeNodes;
      readonly node: BoundProperty;
      /** The one that is below. */
      readonly below: BoundProperty;
      /** Which of them it is, where their order matters or one is among them several times. */
      readonly place?: BoundProperty | undefined;
      /** The annotations that each of them has. */
      readonly told: readonly { readonly name: string; readonly value: Bound; readonly column: BoundProperty }[];
    };

/** The expressions within. */
export function operandsOfNodes(nodes: Nodes): readonly Bound[] {
  const { filter } = nodes.hierarchy.nodes;
  const narrowing = filter ? [filter] : [];
  if (nodes.kind === 'siblings') return [...narrowing, nodes.of];
  if (nodes.kind !== 'ancestors' && nodes.kind !== 'descendants') return narrowing;
  const { start, distance, includesStart } = nodes;
  return [...narrowing, ...(start.rows ? [] : [start.value]), ...(distance ? [distance] : []), includesStart];
}
