/** The hint of an error about an unknown name. */

/** ` Did you mean 'postingDate'?` when a candidate is near the name or `known` elsewhere by it, else the empty string. */
export function didYouMean(name: string, candidates: Iterable<string>, known?: ReadonlyMap<string, string>): string {
  const wanted = name.toLowerCase();
  const meant = known?.get(wanted);
  if (meant !== undefined) return ` Did you mean '${meant}'?`;
  let best: string | undefined;
  let least = Math.floor(wanted.length * 0.4) + 1;
  for (const candidate of candidates) {
    // The name is known: something else is wrong with it.
    if (candidate === name) return '';
    const changes = distance(wanted, candidate.toLowerCase(), least);
    if (changes < least) [best, least] = [candidate, changes];
  }
  return best === undefined ? '' : ` Did you mean '${best}'?`;
}

/** Number of letters to add, drop, change or swap with their neighbour (optimal string alignment); `limit` when it is not less. */
function distance(left: string, right: string, limit: number): number {
  if (Math.abs(left.length - right.length) >= limit) return limit;
  let before: number[] = [];
  let above = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row++) {
    const line = nextRow(left, right, row, above, before);
    [before, above] = [above, line];
    if (Math.min(...line) >= limit) return limit;
  }
  return above[right.length] ?? limit;
}

function nextRow(
  left: string,
  right: string,
  row: number,
  above: readonly number[],
  before: readonly number[],
): number[] {
  const line = [row];
  for (let column = 1; column <= right.length; column++) {
    const changed = at(above, column - 1) + (left[row - 1] === right[column - 1] ? 0 : 1);
    const swapped =
      left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1]
        ? at(before, column - 2) + 1
        : Infinity;
    line.push(Math.min(changed, at(above, column) + 1, at(line, column - 1) + 1, swapped));
  }
  return line;
}

const at = (numbers: readonly number[], index: number): number => numbers[index] ?? Infinity;
