/** Work in steps, counted. */
import type { Steps } from '../../src/odata/payload/turns';

/** The result of steps, and how often others could have had their turn. */
export function stepsOf<Result>(steps: Steps<Result>): readonly [result: Result, count: number] {
  for (let count = 0; ; count++) {
    const step = steps.next();
    if (step.done) return [step.value, count];
  }
}
