/** What tells whether rows are the same: all that they have, whatever made them. Data Aggregation §3.1.2 */
import type { Place } from '../url/ast';
import type { PlanContext, Scope } from './context';
import { madeOf } from './made-rows';
import { instanceOf, membersOf, nestedNames, variantsOf, type MadeRows, type Member } from './members';
import { allAsValue, rowsAsValue } from './nest';
import type { Bound, Range } from './plan';
import { rowKey } from './presence';
import { wholeRow } from './reach-values';
import { kindOf, valueOfMember } from './row-identity';
import { planMember } from './row-paths';
import { planVariants } from './row-values';
import type { Rows } from './rows';
import { marked } from './whole-value';

/** What a row has: a text that tells its names, and the values. */
interface Content {
  readonly text: string;
  readonly values: readonly Bound[];
}

/** What the request gave a row by one name. */
interface Given {
  readonly text: string;
  readonly value?: Bound;
}

/** Values that are equal for two rows where these are the same, and for no others. Rows of several structures are never the same. */
export function contentOf(context: PlanContext, scope: Scope, place: Place): readonly Bound[] {
  const known: Member[] = [];
  /** Collections that the request added are the same where the same transformation added them. */
  const numberOf = (member: Member): Given => {
    if (!known.includes(member)) known.push(member);
    const value = member.kind === 'added' && member.value;
    return {
      text: String(known.indexOf(member)),
      ...(value && { value: valueOfMember(context, value, place) }),
    };
  };
  const { current } = scope;
  return variantsOf(scope, current)
    ? [wholeIn(context, scope, current, place, numberOf)]
    : contentIn(context, scope, current, place, numberOf).values;
}

/** All that rows have as one value, collections that the request added among that: the same for the same rows, whatever their order. */
export function contentOfRows(context: PlanContext, made: MadeRows, place: Place): Bound {
  const ofMember = (member: Member, seen: Scope, range: Range, name: string): Given => {
    if (member.kind !== 'structure') return { text: '', value: contentOfRows(context, madeOf(member), place) };
    const at: Scope = { ...seen, current: range, variables: new Map() };
    const items = planMember(context, at, range, { kind: 'name', name, place }, []) ?? { kind: 'null' };
    return { text: '', value: valueOfMember(context, items, place) };
  };
  const { scope } = made;
  return context.nested(place, () =>
    allAsValue(context, made, wholeIn(context, scope, scope.current, place, ofMember)),
  );
}

type OfCollection = (member: Member, scope: Scope, range: Range, name: string) => Given;

/** All that the row of a variable has as one value; null where it is missing. */
function wholeIn(context: PlanContext, scope: Scope, range: Range, place: Place, of: OfCollection): Bound {
  const variants = variantsOf(scope, range);
  if (!variants) {
    const { text, values } = contentIn(context, scope, range, place, of);
    return marked(text, values);
  }
  const wholes = variants.scopes.map((variant) => wholeIn(context, variant, variant.current, place, of));
  return planVariants(context, variants.discriminator, wholes, place);
}

function contentIn(context: PlanContext, scope: Scope, range: Range, place: Place, of: OfCollection): Content {
  const { own, nested = [], whole } = membersOf(scope, range);
  const given = ([name, member]: readonly [string, Member]): Given => {
    if (member.kind === 'value') return { text: name, value: valueOfMember(context, member.value, place) };
    const instance = instanceOf(member);
    if (instance) return { text: name, value: wholeIn(context, scope, instance, place, of) };
    const collection = of(member, scope, range, name);
    return { ...collection, text: `${name} ${collection.text}` };
  };
  const key = whole ? [valueOfMember(context, whole, place)] : rowKey(range);
  const more = [...own].sort(([one], [other]) => (one < other ? -1 : 1)).map(given);
  return {
    text: [kindOf(range.type), ...nestedNames(scope, range), ...more.map(({ text }) => text)].join(),
    values: [
      ...(key.length > 0 ? key : [wholeRow(range)]),
      ...nested.map(({ made }) => rowsAsValue(context, made, place)),
      ...more.flatMap(({ value }) => value ?? []),
    ],
  };
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
    case 'told':
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
