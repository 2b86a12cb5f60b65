/** The list in the parentheses of a context URL. Protocol §10.8–10.11 */

/** What is selected and what is expanded. */
export interface SelectList {
  /** The paths that $select names; undefined when nothing is left out. */
  readonly names: readonly string[] | undefined;
  readonly expanded: readonly ExpandedList[];
}

/** One navigation that is expanded. */
export interface ExpandedList {
  readonly name: string;
  /** It stands once more within itself: `$levels`. */
  readonly recursive: boolean;
  /** Its name goes out although nothing is selected of it: where rows are no entities of a set. */
  readonly always?: boolean;
  readonly list: SelectList;
}

/** Nothing is left out and nothing expanded. */
export const everything: SelectList = { names: undefined, expanded: [] };

/**
 * The list in parentheses, empty when there is nothing to be told. In 4.0 an expanded navigation without a list of its own is not told:
 * readers refuse empty parentheses.
 */
export function listText(list: SelectList, version: '4.0' | '4.01'): string {
  const items = listItems(list, version);
  return items.length === 0 ? '' : `(${items.join(',')})`;
}

const listItems = ({ names = [], expanded }: SelectList, version: '4.0' | '4.01'): readonly string[] => [
  ...names,
  ...expanded.flatMap(({ name, recursive, always, list }) => {
    const inner = listItems(list, version);
    if (inner.length === 0 && version === '4.0' && !always) return [];
    return [`${name}${recursive ? '+' : ''}(${inner.join(',')})`];
  }),
];
