/** Where the keys of the ARIA pattern "grid" lead: arrows, Home, End, Page Up and Page Down, with Ctrl to the very end. */

/**
 * @typedef {readonly [row: number, column: number]} Place row -1 is the header
 * @typedef {{ readonly rows: number, readonly columns: number, readonly page: number }} Extent page: rows in sight
 */

/**
 * The place that a key leads to; undefined for a key that does not move. It may lie outside of the grid.
 * @param {{ readonly key: string, readonly ctrlKey: boolean, readonly metaKey: boolean }} event
 * @param {Place} from
 * @param {Extent} extent
 * @returns {Place | undefined}
 */
export function placeAfter({ key, ctrlKey, metaKey }, [row, column], { rows, columns, page }) {
  const jump = ctrlKey || metaKey;
  const end = rows - 1;
  switch (key) {
    case 'ArrowDown':
      return [jump ? end : row + 1, column];
    case 'ArrowUp':
      return [jump ? 0 : row - 1, column];
    case 'ArrowRight':
      return [row, jump ? columns - 1 : column + 1];
    case 'ArrowLeft':
      return [row, jump ? 0 : column - 1];
    case 'Home':
      return [jump ? 0 : row, 0];
    case 'End':
      return [jump ? end : row, columns - 1];
    case 'PageDown':
      return [Math.min(row + page, end), column];
    case 'PageUp':
      return [Math.max(row - page, 0), column];
    default:
      return undefined;
  }
}
