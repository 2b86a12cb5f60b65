/**
 * What a path of an aggregate leads to in rows of several structures: in each of them by itself, one after the other. What is there in several
 * of them counts once. Data Aggregation §3.1.3, §3.2.1.1
 */
import type { Place } from '../url/ast';
import { untyped } from '../model/edm';
import { equal } from './conditions';
import type { PlanContext } from './context';
import { keyOf } from './item-keys';
import type { Variants } from './members';
import { asJson, callOf } from './own-functions';
import type { Bound, Range } from './plan';
import type { Reach } from './reach';
import { allTold } from './reach-told';
import { keyOfLeft } from './row-identity';
import { planVariants, wholeNumber } from './row-values';
import type { Rows } from './rows';
import { unionOf } from './union';
import { isLeftOver, marked } from './whole-value';

/** The rows of one structure. */
export const rowsOfStructure = (
  rows: Rows,
  { discriminator }: Pick<Variants, 'discriminator'>,
  index: number,
): Rows => ({
  kind: 'filter',
  input: rows,
  condition: equal(discriminator, wholeNumber(index)),
});

/** A complex value is told by all its parts, one to which the request has added something by these, too. */
export function asKey(context: PlanContext, value: Bound, place: Place): Bound {
  if (value.kind === 'null' || value.type.kind !== 'complex') return value;
  if (value.kind === 'property' && isLeftOver(value.property)) return keyOfLeft(context, value, place);
  return callOf(asJson, [keyOf(context, value, place)], untyped, value.nullable);
}

/** A key with what it is the key of. */
function told(kind: string, key: readonly Bound[]): Bound {
  const [first, ...rest] = key;
  return kind === '' && first && rest.length === 0 ? first : marked(kind, key);
}

/** What several reaches of the same rows come to together. `of` is the variable of the rows, which are `input`. */
export function allReached(
  context: PlanContext,
  of: Range,
  input: Rows,
  reached: readonly Reach[],
  place: Place,
): Reach {
  const [only, another] = reached;
  if (!only) throw new Error('A path leads somewhere in one of the structures');
  if (!another) return { ...only, throughCollection: true };
  const union = unionOf(
    context,
    of,
    input,
    reached.map(({ rows }) => ({ rows, order: [] })),
  );
  const choose = (values: readonly Bound[]): Bound => planVariants(context, union.number, values, place);
  const isEntity = reached.some((one) => one.isEntity);
  const isOnce = reached.some(({ once }) => once.length > 0);
  const apart = [union.number, union.place];
  return {
    rows: union.rows,
    value: choose(reached.map(({ value, kind }) => (isEntity ? told(kind, [asKey(context, value, place)]) : value))),
    once: isOnce
      ? [choose(reached.map(({ once, kind }) => (once.length > 0 ? told(kind, once) : marked('', apart))))]
      : [],
    throughCollection: true,
    isEntity,
    navigationNames: only.navigationNames,
    kind: '',
    entity: {
      key: [choose(reached.map(({ entity }) => told(entity.kind, entity.key)))],
      kind: '',
      told: allTold(
        reached.map(({ entity }) => entity.told),
        choose,
      ),
    },
  };
}
