/** Executes the parts of a batch in their order, each as a request of its own. Protocol §11.7.7.5, JSON §19.4 */
import { setImmediate as othersFirst } from 'node:timers/promises';
import { odataError } from '../error';
import { publicError } from '../http/error-response';
import { faultyPart, partsOf, type Batch, type BatchPart, type BatchUnit } from '../payload/batch';
import { inTurns } from '../payload/turns';
import type { AnsweredPart, BatchAnswer } from './batch-answer';
import { BatchParts, type BatchContext } from './batch-parts';
import { BatchReferences } from './batch-references';
import { checkWanted } from './cancel';
import { retrying } from './collision';
import type { Request, Response } from './message';
import {
  accepted,
  claim,
  groupIsPartlyRepeatable,
  isRepeatable,
  keep,
  repeatabilityIsNotOffered,
  repetitionOf,
  type Repetition,
} from './repeatable';
import { SharedTransaction } from './service-session';

/** Ends the transaction of a group; the cause is what the database said, if it did. */
class GroupFailed extends Error {
  constructor(
    readonly failed: AnsweredPart,
    cause?: unknown,
  ) {
    super('A request of the group failed', { cause });
  }
}

/** Ends the transaction of a group so that its requests are tried one by one: then it shows which one is to blame. */
class RunFailed extends Error {}

/** One batch under way. */
export class BatchRun {
  private readonly references: BatchReferences;
  /** Names of groups, and whether they succeeded. */
  private readonly groups = new Map<string, boolean>();
  private readonly parts: BatchParts;

  constructor(
    private readonly batch: Batch,
    private readonly context: BatchContext,
  ) {
    this.references = new BatchReferences(batch, context.envelope.root);
    this.parts = new BatchParts(context, this.references, this.groups);
  }

  /** Executes everything and writes each answer as it is there. */
  async run(answer: BatchAnswer): Promise<void> {
    let stopped = false;
    await inTurns(this.references.find());
    await answer.begin();
    for (const unit of this.batch.units) {
      // What is refused, or waits for nothing, would keep everybody else waiting.
      await othersFirst();
      checkWanted(this.context.envelope.receiver);
      if (stopped && this.context.afterError === 'omit') break;
      const succeeded: boolean = stopped ? await this.refuse(unit, answer) : await this.execute(unit, answer);
      stopped ||= !succeeded && this.context.afterError !== 'execute';
    }
    await answer.end();
  }

  private async execute(unit: BatchUnit, answer: BatchAnswer): Promise<boolean> {
    if (unit.kind === 'group') return this.group(unit.name, unit.parts, answer);
    const response = await this.parts.answerTo(unit.part, this.context.session);
    await answer.single({ part: unit.part, response });
    return isSuccess(response);
  }

  private async refuse(unit: BatchUnit, answer: BatchAnswer): Promise<boolean> {
    const message =
      'It was not executed, because a request before it failed and continue-on-error=false was asked for.';
    const answered = partsOf(unit).map((part) => ({
      part,
      response: this.parts.error(odataError('FailedDependency', { message })),
    }));
    if (unit.kind === 'group') await answer.group(unit.name, answered, answered[0]);
    else for (const one of answered) await answer.single(one);
    return false;
  }

  // ---- groups

  private async group(name: string, parts: readonly BatchPart[], answer: BatchAnswer): Promise<boolean> {
    const outcome = await this.transaction(parts);
    const failed = outcome instanceof GroupFailed ? withResult(outcome.failed) : undefined;
    this.groups.set(name, !failed);
    if (failed) parts.forEach((part) => this.references.fail(part));
    await answer.group(name, failed ? this.undone(parts, failed) : (outcome as readonly AnsweredPart[]), failed);
    return !failed;
  }

  /** Tries a group again as a whole after a deadlock or a serialization failure: nothing of it has happened or was answered. */
  private async transaction(
    parts: readonly BatchPart[],
    together = true,
  ): Promise<readonly AnsweredPart[] | GroupFailed> {
    try {
      return await retrying({ database: this.context.session }, (transaction) =>
        this.once(parts, new SharedTransaction(transaction), together),
      );
    } catch (error) {
      if (error instanceof GroupFailed) return error;
      if (error instanceof RunFailed) return this.transaction(parts, false);
      const part = parts[0] ?? faultyPart(undefined, publicError(error));
      return new GroupFailed({ part, response: this.parts.error(error) });
    }
  }

  /** A group whose requests are repeatable is done once as a whole. Repeatable Requests §8.4 */
  private async once(
    parts: readonly BatchPart[],
    session: SharedTransaction,
    together: boolean,
  ): Promise<readonly AnsweredPart[]> {
    const { caller } = this.context;
    const repetitions = this.repetitionsOf(parts);
    const known = repetitions.length > 0 ? await claim(session, caller, repetitions) : undefined;
    if (known) {
      return parts.flatMap((part, index) => {
        const response = known[index];
        if (!response) return [];
        this.references.add(part, '', response);
        return [{ part, response: accepted(response) }];
      });
    }
    const answered = await this.members(parts, session, together);
    if (repetitions.length === 0) return answered;
    await keep(
      session,
      caller,
      repetitions,
      answered.map(({ response }) => response),
    );
    return answered.map(({ part, response }) => ({ part, response: accepted(response) }));
  }

  private repetitionsOf(parts: readonly BatchPart[]): readonly Repetition[] {
    const repeatable = parts.filter(isRepeatable);
    if (repeatable.length === 0) return [];
    if (!this.context.keepsRequests) throw repeatabilityIsNotOffered();
    if (repeatable.length < parts.length) throw groupIsPartlyRepeatable();
    const seen = new Map<string, number>();
    return parts.map((part) => {
      const id = part.headers['repeatability-request-id']?.toLowerCase() ?? '';
      const position = seen.get(id) ?? 0;
      seen.set(id, position + 1);
      return repetitionOf({ ...part, target: part.url }, this.context.repeatabilityMs, position);
    });
  }

  private async members(
    parts: readonly BatchPart[],
    session: SharedTransaction,
    together: boolean,
  ): Promise<readonly AnsweredPart[]> {
    const answered: AnsweredPart[] = [];
    for (const run of together ? runsOf(parts, this.references) : parts.map((part) => [part])) {
      const responses = await this.createTogether(run, session);
      for (const [index, part] of run.entries()) {
        if (!responses) await othersFirst();
        const response = responses?.[index] ?? (await this.parts.answerTo(part, session));
        if (!isSuccess(response)) throw new GroupFailed({ part, response }, session.failure);
        answered.push({ part, response });
      }
    }
    return answered;
  }

  /** Answers a run of equal creates in one go; undefined when they are none. */
  private async createTogether(
    parts: readonly BatchPart[],
    session: SharedTransaction,
  ): Promise<readonly Response[] | undefined> {
    const { handling, caller } = this.context;
    const [first] = parts;
    if (!first || parts.length < 2) return undefined;
    try {
      const request = await this.parts.requestOf(first, session);
      if (!handling.creates(request)) return undefined;
      for (const part of parts) await this.parts.checkDependencies(part, session);
      const requests: Request[] = [];
      for (const part of parts) requests.push(await this.parts.requestOf(part, session));
      const responses = await handling.createTogether(requests, caller, session);
      parts.forEach((part, index) => {
        const response = responses[index];
        if (response) this.references.add(part, request.target, response);
      });
      return responses;
    } catch (error) {
      throw new RunFailed('A request of a run failed', { cause: session.failure ?? error });
    }
  }

  /** JSON tells of each request of a group that failed. JSON §19.5 */
  private undone(parts: readonly BatchPart[], failed: AnsweredPart): readonly AnsweredPart[] {
    const message = `Nothing of the group was done, because '${failed.part.id ?? ''}' failed.`;
    return parts.map((part) =>
      part === failed.part
        ? failed
        : withResult({ part, response: this.parts.error(odataError('FailedDependency', { message })) }),
    );
  }
}

/** A repeatable request that failed was not done: it was accepted all the same, unless it says otherwise. */
const withResult = ({ part, response }: AnsweredPart): AnsweredPart =>
  isRepeatable(part) && response.headers['Repeatability-Result'] === undefined
    ? { part, response: accepted(response) }
    : { part, response };

const isSuccess = ({ status }: Response): boolean => status < 400;

/** Nobody else is answered while their rules run: so many are done at once. */
const MOST_TOGETHER = 250;

/** The parts in order, those together that send the same kind of create to the same URL and do not depend on each other. */
function runsOf(parts: readonly BatchPart[], references: BatchReferences): readonly (readonly BatchPart[])[] {
  const runs: BatchPart[][] = [];
  let ids = new Set<string | undefined>();
  for (const part of parts) {
    const run = runs.at(-1);
    const goesOn =
      isPlainPost(part) &&
      part.url === run?.[0]?.url &&
      run.length < MOST_TOGETHER &&
      isPlainPost(run[0]) &&
      ![...references.identifiersOf(part), ...part.dependsOn].some((id) => ids.has(id));
    if (run && goesOn) run.push(part);
    else runs.push([part]);
    ids = goesOn ? ids.add(part.id) : new Set([part.id]);
  }
  return runs;
}

/** What asks for an ETag of the collection must not find it changed by the one before. */
const isPlainPost = ({ method, headers, body, fault, condition }: BatchPart): boolean =>
  method === 'POST' &&
  body !== undefined &&
  [fault, condition, headers['if-match'], headers['if-none-match']].every((part) => part === undefined);
