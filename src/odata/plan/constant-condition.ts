/** Conditions that speak of no row: of literals, and of `$root`. URL Conventions §5.1.1 */
import type { Model } from '../model/model';
import { parseExpression } from '../url';
import type { SourceName } from '../url/ast';
import { PlanContext, startScope } from './context';
import { derivedType } from './derived-type';
import { planCondition } from './expression';
import type { Bound, Range } from './plan';
import type { PlanLimits } from './limits';

/** Plans the text of a boolCommonExpr; `source` is where it stands, for messages. */
export function planConstantCondition(model: Model, text: string, source: SourceName, limits?: PlanLimits): Bound {
  const range: Range = { type: derivedType({ name: source, properties: [] }), name: '$it' };
  const context = new PlanContext(model, {}, limits);
  return planCondition(context, startScope(range), parseExpression(text, source), `"${source}"`);
}
