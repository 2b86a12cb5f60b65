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

/**
 * The turns of many that would go on at once, such as rules that have waited for one answer: they do so one after the other, and where that takes
 * long others have their turn between them.
 */
export class Turns {
  private end = 0;
  private waiting: (() => void)[] = [];
  private taking: Promise<void> | undefined;

  constructor() {
    this.begin();
  }

  /** Begins a turn, because others have had theirs. */
  begin(): void {
    this.end = performance.now() + TURN;
  }

  /** Others wait for theirs: whoever would go on at once is to await the next one. */
  get isOver(): boolean {
    return this.taking !== undefined || performance.now() >= this.end;
  }

  /** To be awaited between the items of a loop: what an item has begun goes on before the next one, in a turn that lasts. */
  between(): Promise<void> | undefined {
    return this.isOver ? this.next() : undefined;
  }

  /** Resolves while the turn lasts, one after the other, or in the next one. */
  next(): Promise<void> {
    return new Promise((resolve) => {
      this.waiting.push(resolve);
      this.taking ??= this.take();
    });
  }

  /** Resolves when nobody waits for a turn, and all that is ready to run has run. */
  async over(): Promise<void> {
    do {
      await this.taking;
      await drained();
    } while (this.taking);
  }

  private async take(): Promise<void> {
    while (this.waiting.length > 0) {
      const { waiting } = this;
      this.waiting = [];
      for (const goOn of waiting) {
        if (performance.now() >= this.end) {
          await othersFirst();
          this.begin();
        }
        goOn();
        // What goes on is done, or as far as it gets, before the next one does.
        await Promise.resolve();
      }
    }
    this.taking = undefined;
  }
}

const drained = (): Promise<void> => new Promise((resolve) => queueMicrotask(() => process.nextTick(resolve)));

/** True for so many bytes that work on them needs no turns. */
export const isShort = (length: number): boolean => length <= SHORT;
