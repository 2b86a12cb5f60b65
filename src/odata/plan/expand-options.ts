/** The options of one item of $expand, found again by its place among the others: what links to further pages of it go on with. */
import { odataError } from '../error';
import type { ExpandItem, Expression, QueryOptions } from '../url/ast';

/**
 * The number of an item of $expand; behind it, for one that repeats itself, how many levels are left; and the type that it leads away from, where a
 * star within ends at what it comes back to.
 */
export type ExpandStep = readonly [index: number, levels?: number | 'max', from?: string];

/** True for a star with all levels, also one within. */
export const isEndless = ({ star, options: { $levels, $expand } }: ExpandItem): boolean =>
  (star === true && $levels === 'max') || ($expand?.some(isEndless) ?? false);

/** The item's options; while levels are left, it stands once more among what it expands. Protocol §11.2.5.2.1.1 */
export function withLevels(item: ExpandItem, levels: number | 'max'): QueryOptions {
  const { $levels: _, ...rest } = item.options;
  if (levels !== 'max' && levels <= 1) return rest;
  // Its place is one among others than that of the item that it repeats.
  const { index: _place, ...repeated } = item;
  const again: ExpandItem = { ...repeated, options: { ...rest, $levels: levels === 'max' ? levels : levels - 1 } };
  return { ...rest, $expand: [...(rest.$expand ?? []), again] };
}

/** How deep the items lead at least: `max` takes what is left. */
export const levelsWithin = (items: readonly ExpandItem[] = []): number =>
  items.reduce((most, { options: { $levels = 1, $expand } }) => {
    const own = $levels === 'max' ? 1 : $levels;
    return Math.max(most, own + levelsWithin($expand));
  }, 0);

/** Some of the items, each with its place among all of them. */
export const fittingItems = (
  items: readonly ExpandItem[],
  fits: (item: ExpandItem) => boolean,
): readonly ExpandItem[] =>
  items.flatMap((item, index) => (fits(item) ? [{ ...item, index: item.index ?? index }] : []));

/** The options at the end of the way through nested items. */
export function optionsWithin(options: QueryOptions, way: readonly ExpandStep[]): QueryOptions {
  return way.reduce<QueryOptions>((current, [index, levels]) => {
    const item = current.$expand?.[index];
    if (!item)
      throw odataError(
        'InvalidValue',
        { message: 'The $skiptoken does not fit its $expand. Start again without it.' },
        { target: '$skiptoken' },
      );
    return withLevels(item, levels ?? 1);
  }, options);
}

/** True when an expression within speaks of `$it`, which a request of its own would take for something else. `aliasOf` finds aliases. */
export const mentionsIt = (node: unknown, aliasOf: AliasOf): boolean => mentionedOfIt(node, aliasOf).length > 0;

type AliasOf = (name: string) => Expression | undefined;

/** The names behind `$it` in expressions within; undefined stands for all. */
export function mentionedOfIt(
  node: unknown,
  aliasOf: AliasOf,
  seen = new Set<object>(),
): readonly (string | undefined)[] {
  if (typeof node !== 'object' || node === null || seen.has(node)) return [];
  seen.add(node);
  if ('kind' in node && node.kind === 'alias' && 'name' in node && typeof node.name === 'string')
    return mentionedOfIt(aliasOf(node.name), aliasOf, seen);
  const inner: readonly unknown[] = node instanceof Map ? [...node.values()] : Object.values(node);
  const own = 'root' in node && node.root === '$it' ? [nameIn('segments' in node ? node.segments : [])] : [];
  return [...own, ...inner.flatMap((item) => mentionedOfIt(item, aliasOf, seen))];
}

/** The first of the segments of a path, where that is a name and no cast. */
function nameIn(segments: unknown): string | undefined {
  const first: unknown = Array.isArray(segments) ? segments[0] : undefined;
  if (typeof first !== 'object' || first === null || !('name' in first)) return undefined;
  return typeof first.name === 'string' && !first.name.includes('.') ? first.name : undefined;
}
