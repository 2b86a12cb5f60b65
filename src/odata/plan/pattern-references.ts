/** Which back references PostgreSQL follows as ECMAScript does. ECMAScript: BackreferenceMatcher, RepeatMatcher */
import type { PatternNode } from './pattern-syntax';

type Repeat = Extract<PatternNode, { kind: 'repeat' }>;

/**
 * The groups that back references are to; undefined for a pattern that PostgreSQL may find other matches of. It settles what a group holds before it looks at what comes
 * behind, finds nothing where one has not matched, and has no references in look-arounds: so every match that comes to a reference has gone through its group, and that has no other one in it.
 */
export function heldGroups(pattern: PatternNode): ReadonlySet<number> | undefined {
  const referred = referredIn(pattern);
  const held = new Set<number>();
  /** Those of them that every match has gone through that comes to what is looked at. */
  let passed: readonly number[] = [];

  /** Of what every match goes through once. */
  const isPlain = (node: PatternNode): boolean => {
    if (node.kind === 'sequence') return node.parts.every(isPlain);
    if (node.kind === 'choice') return node.branches.every(isPlainBranch);
    if (node.kind === 'repeat' && isRepeatedGroup(node)) return isPlain(node.body);
    if (node.kind !== 'group') return isPlainWithin(node, false);
    if (node.number === undefined || !referred.has(node.number)) return isPlain(node.body);
    const isAlone = isPlainWithin(node.body, false);
    held.add(node.number);
    passed = [...passed, node.number];
    return isAlone;
  };
  const isPlainBranch = (branch: PatternNode): boolean => {
    const before = passed;
    const isGood = isPlain(branch);
    passed = before;
    return isGood;
  };
  /** There is a last turn, or none of a single one: the group then holds the empty text. */
  const isRepeatedGroup = ({ body, least, most }: Repeat): boolean =>
    body.kind === 'group' &&
    body.number !== undefined &&
    referred.has(body.number) &&
    (least === 0 ? most === 1 : !mayBeEmpty(body));
  const isPlainWithin = (node: PatternNode, isInLook: boolean): boolean => {
    if (node.kind === 'reference') return !isInLook && passed.includes(node.to);
    if (node.kind === 'group' && node.number !== undefined && referred.has(node.number)) return false;
    // Rounds that match the empty text are tried by both, but not the same ones.
    if (node.kind === 'repeat' && node.least > 1 && node.body.kind !== 'reference') {
      if (referredIn(node.body).size > 0 && mayBeEmpty(node.body)) return false;
    }
    return partsOf(node).every((part) => isPlainWithin(part, isInLook || node.kind === 'look'));
  };
  return isPlain(pattern) ? held : undefined;
}

/** The groups that the back references in it are to. */
function referredIn(node: PatternNode, found = new Set<number>()): ReadonlySet<number> {
  if (node.kind === 'reference') found.add(node.to);
  else for (const part of partsOf(node)) referredIn(part, found);
  return found;
}

/** The parts of a node. */
export const partsOf = (node: PatternNode): readonly PatternNode[] =>
  node.kind === 'sequence' ? node.parts : node.kind === 'choice' ? node.branches : 'body' in node ? [node.body] : [];

/** It may match the empty text, as back references may. */
export function mayBeEmpty(node: PatternNode): boolean {
  if (node.kind === 'set') return false;
  if (node.kind === 'group') return mayBeEmpty(node.body);
  if (node.kind === 'repeat') return node.least === 0 || mayBeEmpty(node.body);
  if (node.kind === 'choice') return node.branches.some(mayBeEmpty);
  return node.kind !== 'sequence' || node.parts.every(mayBeEmpty);
}
