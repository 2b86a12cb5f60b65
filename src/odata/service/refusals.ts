/** What the writes of one request are refused for: all of it is told together. */
import { odataError, ODataError } from '../error';
import { lineage } from '../model/inheritance';
import type { Steps } from '../payload/turns';
import { Abandoned, type EntityWrite } from './entity-write';

/** What the rules of writes have come to, of each; what is no refusal is thrown. */
export function* refusalsOf(
  writes: readonly EntityWrite[],
  outcomes: readonly PromiseSettledResult<void>[],
): Steps<readonly ODataError[]> {
  const refused: ODataError[] = [];
  for (const [index, outcome] of outcomes.entries()) {
    yield;
    if (outcome.status === 'fulfilled' || outcome.reason instanceof Abandoned) continue;
    const { reason } = outcome as { readonly reason: unknown };
    const path = writes[index]?.path ?? '';
    if (!(reason instanceof ODataError) || (path === '' && !isRefusal(reason))) throw reason;
    refused.push(path === '' ? reason : reason.below(`${path}/`));
  }
  for (const error of yield* repeated(writes)) refused.push(error);
  return refused;
}

/** Entities that one request would write twice: which of the changes is meant? */
function* repeated(writes: readonly EntityWrite[]): Steps<readonly ODataError[]> {
  const seen = new Set<string>();
  const errors: ODataError[] = [];
  for (const { operation, type, key, path } of writes) {
    if (operation === 'keep' || operation === 'create' || key.size === 0) continue;
    yield;
    const name = JSON.stringify([lineage(type).at(-1)?.name, ...[...key].map(([, { value }]) => value)]);
    const message = 'The body writes the same entity more than once.';
    if (seen.has(name)) errors.push(odataError('InvalidValue', { message }, { target: path }));
    seen.add(name);
  }
  return errors;
}

/** What may stand beside other refusals of the same body; a missing record or a stale tag stands alone. */
export const isRefusal = ({ status }: ODataError): boolean => status === 400 || status === 409;
