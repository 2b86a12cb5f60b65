/** The condition of a request in a batch, once the answers that it refers to have taken their places. JSON §19.1 */
import { compileCondition } from '../compile/expression';
import { Aliases } from '../compile/aliases';
import { planConstantCondition } from '../plan/constant-condition';
import { bound, prepare, sql } from '../sql';
import type { Session } from './database';
import { seenBy, type Caller } from './message';
import type { ServiceOptions } from './negotiated';
import { intoRows, type TextRow } from './wire-row';

/** Whether the condition holds; null counts as false. PostgreSQL decides, as it does for $filter. */
export async function conditionHolds(
  { model, settings }: Pick<ServiceOptions, 'model' | 'settings'>,
  condition: string,
  caller: Caller,
  session: Session,
): Promise<boolean> {
  const planned = planConstantCondition(model, condition, 'if', settings.limits);
  const statement = prepare(sql`select ${compileCondition({ sources: new Map(), aliases: new Aliases() }, planned)}`);
  const rows: TextRow[] = [];
  await session.run([{ ...bound(statement, { literals: [], ...seenBy(caller), extra: {} }), onRow: intoRows(rows) }]);
  return rows[0]?.[0] === 't';
}
