/** Texts of requests as trees, so that one that is refused is made small. */
import { smaller, type Tree } from '../expression';

export interface Written extends Tree<Written> {
  /** How many of its parts may not be missing; undefined where none may. */
  readonly least?: number;
}

/** A part of a request; `ty` tells what may stand for it. */
export function written(
  ty: string,
  kids: readonly Written[],
  write: (texts: readonly string[]) => string,
  least?: number,
): Written {
  return {
    ty,
    kids,
    text: write(kids.map(({ text }) => text)),
    with: (others) => written(ty, others, write, least),
    aliases: Object.assign({}, ...kids.map(({ aliases }) => aliases)) as Record<string, string>,
    ...(least !== undefined && { least }),
  };
}

export const word = (ty: string, text: string, aliases: Written['aliases'] = {}): Written => {
  const made: Written = { ty, kids: [], text, with: () => made, aliases };
  return made;
};

/** The parts behind one another. */
export const list = (ty: string, kids: readonly Written[], between: string, least = 1): Written =>
  written(ty, kids, (texts) => texts.join(between), least);

/** The same with less: without a part of a list, or with a smaller one. */
export function* less(node: Written): Generator<Written> {
  if (node.least !== undefined && node.kids.length > node.least)
    for (const index of node.kids.keys()) yield node.with(node.kids.filter((_, at) => at !== index));
  for (const [index, kid] of node.kids.entries())
    for (const other of less(kid)) yield node.with(node.kids.with(index, other));
  yield* smaller(node);
}
