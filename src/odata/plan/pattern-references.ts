/** What back references of a pattern are to. ECMAScript: BackreferenceMatcher, RepeatMatcher */
import { notOffered, type PatternNode, type Reference } from './pattern-syntax';

type Groups = ReadonlySet<number>;

/**
 * The back references that may find something: a group may hold it for what comes behind it in the same repetition of all that is around both.
 * What others find is the empty text. Throws for a reference within a look-around, or into one, which PostgreSQL does not have.
 */
export function backReferences(pattern: PatternNode): readonly Reference[] {
  const references: Reference[] = [];
  const withinLooks = new Set<number>();

  /** The groups that may hold something behind a node, from those that may in front of it. A look-behind goes backwards. */
  const behind = (node: PatternNode, before: Groups, look?: string): Groups => {
    switch (node.kind) {
      case 'sequence':
        return (look?.startsWith('(?<') ? node.parts.toReversed() : node.parts).reduce(
          (groups, part) => behind(part, groups, look),
          before,
        );
      case 'choice':
        return new Set(node.branches.flatMap((branch) => [...behind(branch, before, look)]));
      case 'group': {
        const groups = behind(node.body, before, look);
        if (node.number === undefined) return groups;
        if (look !== undefined) withinLooks.add(node.number);
        return new Set(groups).add(node.number);
      }
      case 'repeat': {
        const groups = behind(node.body, before, look);
        return node.most === 0 ? before : groups;
      }
      case 'look': {
        const groups = behind(node.body, before, node.opening);
        return node.opening.endsWith('!') ? before : groups;
      }
      case 'reference':
        if (!before.has(node.to)) return before;
        if (look !== undefined || withinLooks.has(node.to)) throw notOffered(node.text);
        references.push(node);
        return before;
      default:
        return before;
    }
  };
  behind(pattern, new Set());
  return references;
}

/** The pattern with what a look-ahead at its end looks for as a part of it: nothing comes behind, so that there is a match of both or of none. Only there PostgreSQL has back references for it. */
export function withoutLastLook(node: PatternNode): PatternNode {
  switch (node.kind) {
    case 'sequence':
      return {
        ...node,
        parts: node.parts.map((part, index) => (index === node.parts.length - 1 ? withoutLastLook(part) : part)),
      };
    case 'choice':
      return { ...node, branches: node.branches.map(withoutLastLook) };
    case 'group':
      return { ...node, body: withoutLastLook(node.body) };
    case 'look':
      return node.opening === '(?=' && refers(node.body)
        ? { kind: 'group', number: undefined, body: withoutLastLook(node.body) }
        : node;
    default:
      return node;
  }
}

const refers = (node: PatternNode): boolean => node.kind === 'reference' || partsOf(node).some(refers);

/** The parts of a node. */
export const partsOf = (node: PatternNode): readonly PatternNode[] =>
  node.kind === 'sequence' ? node.parts : node.kind === 'choice' ? node.branches : 'body' in node ? [node.body] : [];

/** The groups within a node. */
export const groupsIn = (node: PatternNode): readonly number[] => [
  ...(node.kind === 'group' && node.number !== undefined ? [node.number] : []),
  ...partsOf(node).flatMap(groupsIn),
];

/** It may match the empty text; `isSolid` says whether a back reference never does. */
export function mayBeEmpty(node: PatternNode, isSolid: (reference: PatternNode) => boolean): boolean {
  switch (node.kind) {
    case 'set':
      return false;
    case 'group':
      return mayBeEmpty(node.body, isSolid);
    case 'repeat':
      return node.least === 0 || mayBeEmpty(node.body, isSolid);
    case 'choice':
      return node.branches.some((branch) => mayBeEmpty(branch, isSolid));
    case 'sequence':
      return node.parts.every((part) => mayBeEmpty(part, isSolid));
    case 'reference':
      return !isSolid(node);
    default:
      return true;
  }
}

/** One of them is the other, or a part of it. */
export const holds = (node: PatternNode, part: PatternNode): boolean =>
  node === part || partsOf(node).some((each) => holds(each, part));
