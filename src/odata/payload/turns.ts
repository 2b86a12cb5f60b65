/** Long work in steps, so that nobody else waits until all of it is done. */
import { setImmediate as othersFirst } from 'node:timers/promises';

/** Work that stops after each step; what it returns is its result. */
export type Steps<Result> = Generator<void, Result, void>;

/** Milliseconds after which others have their turn. */
const TURN = 8;

/** Bytes of a body that is read at once. */
const SHORT = 64 * 1024;

/** The result of all steps, done one after the other. */
export function atOnce<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** The result of all steps; between some of them others have their turn. */
export async function inTurns<Result>(steps: Steps<Result>): Promise<Result> {
  for (;;) {
    const end = performance.now() + TURN;
    do {
      const step = steps.next();
      if (step.done) return step.value;
    } while (performance.now() < end);
    await othersFirst();
  }
}

/** True for so many bytes that work on them needs no turns. */
export const isShort = (length: number): boolean => length <= SHORT;

/** The result of work on a body of so many bytes. */
export const ofBody = async <Result>(length: number, steps: Steps<Result>): Promise<Result> =>
  isShort(length) ? atOnce(steps) : inTurns(steps);
