/** Chains of an associative operator as trees of logarithmic height. */

/** Joins the items, in their order, to a balanced tree. There must be at least one. */
export function balancedTree<T>(items: readonly T[], join: (left: T, right: T) => T): T {
  const [first, second] = items;
  if (first === undefined) throw new Error('A chain without a link.');
  if (second === undefined) return first;
  if (items.length === 2) return join(first, second);
  const middle = (items.length + 1) >> 1;
  return join(balancedTree(items.slice(0, middle), join), balancedTree(items.slice(middle), join));
}
