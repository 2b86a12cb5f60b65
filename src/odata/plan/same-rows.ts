/** What tells whether rows are the same: all that they have, whatever made them. Data Aggregation §3.1.2 */
import type { Place } from '../url/ast';
import type { PlanContext, Scope } from './context';
import { instanceOf, membersOf, variantsOf, type Member } from './members';
import type { Bound, Range } from './plan';
import { rowKey } from './presence';
import { wholeRow } from './reach-values';
import { kindOf, valueOfMember } from './row-identity';
import { planVariants } from './row-values';
import type { Rows } from './rows';
import { marked } from './whole-value';

/** Values that are equal for two rows where these are the same, and for no others. Rows of several structures are never the same. */
export function contentOf(context: PlanContext, scope: Scope, place: Place): readonly Bound[] {
  const known: Member[] = [];
  /** Collections that the request added are the same where the same transformation added them. */
  const numberOf = (member: Member): number => {
    if (!known.includes(member)) known.push(member);
    return known.indexOf(member);
  };
  const whole = (seen: Scope, range: Range): Bound => {
    const variants = variantsOf(seen, range);
    if (!variants) {
      const { text, values } = parts(seen, range);
      return marked(text, values);
    }
    const contents = variants.scopes.map((variant) => whole(variant, variant.current));
    return planVariants(context, variants.discriminator, contents, place);
  };
  const given = (seen: Scope, name: string, member: Member): { readonly text: string; readonly value?: Bound } => {
    if (member.kind === 'value') return { text: name, value: valueOfMember(context, member.value, place) };
    const instance = instanceOf(member);
    if (instance) return { text: name, value: whole(seen, instance) };
    const value = member.kind === 'added' && member.value;
    return { text: `${name} ${numberOf(member)}`, ...(value && { value: valueOfMember(context, value, place) }) };
  };
  const parts = (seen: Scope, range: Range): { readonly text: string; readonly values: readonly Bound[] } => {
    const { own, nested = [], nestedValues = [] } = membersOf(seen, range);
    const key = rowKey(range);
    const more = [...own].sort(([one], [other]) => (one < other ? -1 : 1)).map((pair) => given(seen, ...pair));
    return {
      text: [kindOf(range.type), ...nested.map(({ name }) => name), ...more.map(({ text }) => text)].join(),
      values: [
        ...(key.length > 0 ? key : [wholeRow(range)]),
        ...nestedValues.map((value) => value()),
        ...more.flatMap(({ value }) => value ?? []),
      ],
    };
  };
  const { current } = scope;
  return variantsOf(scope, current) ? [whole(scope, current)] : parts(scope, current).values;
}

/** Whether some of the rows may be the same: they may have several places, and several sequences may have left the same rows. */
export function mayRepeat(rows: Rows): boolean {
  switch (rows.kind) {
    case 'placed': {
      const { places, condition, input } = rows;
      const isOnce = places.kind === 'walk' && !places.starts && !places.hierarchy.definition.parents.collection;
      return !isOnce || condition.kind === 'exists' || mayRepeat(input);
    }
    case 'filter':
    case 'cut':
    case 'share':
    case 'values':
    case 'agreed':
      return mayRepeat(rows.input);
    case 'join':
      return mayRepeat(rows.input) || mayRepeat(rows.rows);
    case 'union':
      return true;
    default:
      return false;
  }
}
