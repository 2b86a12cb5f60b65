/** Collects what is asked for before the process would wait and sends it in one round trip: locks and reads first, then all lookups as one statement. */
import { inTurns, type Steps, type Turns } from '../payload/turns';
import type { Session } from './database';
import { together, type Question } from './together';
import { intoRows, type TextRow } from './wire-row';

/** A question that one scalar subselect answers. */
export interface Lookup {
  /** The text of the subselect is the same for equal shapes. */
  readonly shape: string;
  /** Lookups of one shape with the same values are one. */
  readonly values: readonly unknown[];
}

interface Waiting<Q, A> {
  readonly question: Q;
  readonly resolve: (answer: A) => void;
  readonly reject: (reason: unknown) => void;
}

/** What several lookups become: a statement, and what its row answers to each. */
type CompileLookups<L extends Lookup> = (
  lookups: readonly L[],
) => Steps<Question & { readonly answers: (row: TextRow) => Steps<readonly (string | null)[]> }>;

/** The questions of one write. */
export class Flight<L extends Lookup> {
  private calls: Waiting<Question, readonly TextRow[]>[] = [];
  private lookups: Waiting<L, string | null>[] = [];
  /** The lookups that have not been sent yet. */
  private readonly asked = new Map<string, Promise<string | null>>();
  private scheduled = false;
  private closed = false;

  constructor(
    private readonly session: Session,
    private readonly turns: Turns,
    private readonly compile: CompileLookups<L>,
  ) {}

  /** The rows of a statement. */
  rows(question: Question): Promise<readonly TextRow[]> {
    return this.enqueue(this.calls, question);
  }

  /** The answer of a lookup, as text. */
  look(lookup: L): Promise<string | null> {
    const key = `${lookup.shape}\n${JSON.stringify(lookup.values)}`;
    const known = this.asked.get(key);
    if (known) return known;
    const answer = this.enqueue(this.lookups, lookup);
    this.asked.set(key, answer);
    return answer;
  }

  /** Ends the time for questions. */
  close(): void {
    this.closed = true;
  }

  private enqueue<Q, A>(queue: Waiting<Q, A>[], question: Q): Promise<A> {
    const answer = new Promise<A>((resolve, reject) => queue.push({ question, resolve, reject }));
    // A question whose answer nobody waits for any more, because another one failed, must not end the process.
    answer.catch(() => undefined);
    if (!this.scheduled) {
      this.scheduled = true;
      void this.depart();
    }
    return answer;
  }

  /** Leaves behind all that is ready to run or waits for its turn, so that rules which wait for one another still ask together. */
  private async depart(): Promise<void> {
    await this.turns.over();
    await this.send();
  }

  private async send(): Promise<void> {
    const { calls, lookups } = this;
    this.calls = [];
    this.lookups = [];
    this.asked.clear();
    this.scheduled = false;
    try {
      if (this.closed) throw new Error('A rule asks after the write has gone');
      const answers = calls.map((): TextRow[] => []);
      const found: TextRow[] = [];
      const asking = calls.map(({ question }) => question);
      const sent = await inTurns(together(asking, (row, index) => answers[index]?.push(row)));
      const questions = lookups.map(({ question }) => question);
      const asked = lookups.length > 0 ? await inTurns(this.compile(questions)) : undefined;
      const last = asked ? [{ ...asked, onRow: intoRows(found) }] : [];
      await this.session.run([...sent, ...last]);
      this.turns.begin();
      await this.tellAll(calls, ({ resolve }, index) => resolve(answers[index] ?? []));
      const told = asked ? await inTurns(asked.answers(found[0] ?? [])) : [];
      await this.tellAll(lookups, ({ resolve }, index) => resolve(told[index] ?? null));
    } catch (error) {
      await this.tellAll([...calls, ...lookups], ({ reject }) => reject(error));
    }
  }

  /** Whoever has waited for an answer goes on at once. */
  private async tellAll<T>(waiting: readonly T[], tell: (one: T, index: number) => void): Promise<void> {
    for (const [index, one] of waiting.entries()) {
      tell(one, index);
      await this.turns.between();
    }
  }
}
