/** What the writes of one request are refused for: all of it is told together. */
import { odataError, ODataError } from '../error';
import { lineage } from '../model/inheritance';
import { Abandoned, type EntityWrite } from './entity-write';

/** Waits for the rules of all writes; what is no refusal is thrown. */
export async function refusalsOf(writes: readonly EntityWrite[]): Promise<readonly ODataError[]> {
  const outcomes = await Promise.allSettled(writes.map(({ outcome }) => outcome));
  const refused = outcomes.flatMap((outcome, index) => {
    if (outcome.status === 'fulfilled' || outcome.reason instanceof Abandoned) return [];
    const { reason } = outcome as { readonly reason: unknown };
    const path = writes[index]?.path ?? '';
    if (!(reason instanceof ODataError) || (path === '' && !isRefusal(reason))) throw reason;
    return [path === '' ? reason : reason.below(`${path}/`)];
  });
  return [...refused, ...repeated(writes)];
}

/** Entities that one request would write twice: which of the changes is meant? */
function repeated(writes: readonly EntityWrite[]): readonly ODataError[] {
  const seen = new Set<string>();
  return writes.flatMap(({ operation, type, key, path }) => {
    if (operation === 'keep' || operation === 'create' || key.size === 0) return [];
    const name = JSON.stringify([lineage(type).at(-1)?.name, ...[...key].map(([, { value }]) => value)]);
    if (!seen.has(name)) {
      seen.add(name);
      return [];
    }
    return [
      odataError('InvalidValue', { message: 'The body writes the same entity more than once.' }, { target: path }),
    ];
  });
}

/** What may stand beside other refusals of the same body; a missing record or a stale tag stands alone. */
export const isRefusal = ({ status }: ODataError): boolean => status === 400 || status === 409;
