/**
 * What a path of an aggregate leads to in rows of several structures: in each of them by itself, one after the other. What is there in several
 * of them counts once. Data Aggregation §3.1.3, §3.2.1.1
 */
import type { NameSegment, Place } from '../url/ast';
import { untyped } from '../model/edm';
import { equal } from './conditions';
import type { PlanContext } from './context';
import { keyOf } from './item-keys';
import { hasPath } from './has-path';
import { variantsOf, type Variants } from './members';
import { asJson, callOf } from './own-functions';
import type { Bound, Range } from './plan';
import type { Reach } from './reach';
import { atRow } from './reach-made';
import { allTold, toldBefore } from './reach-told';
import type { Way } from './reach-way';
import { isLeft, keyOfLeft, wholesOf } from './row-identity';
import { planVariants, wholeNumber } from './row-values';
import type { Rows } from './rows';
import { complexSource } from './structured';
import { unionOf } from './union';
import { isLeftOver, marked, partsText } from './whole-value';

/** The rows of one structure. */
const rowsOfStructure = (rows: Rows, { discriminator }: Pick<Variants, 'discriminator'>, index: number): Rows => ({
  kind: 'filter',
  input: rows,
  condition: equal(discriminator, wholeNumber(index)),
});

/** The way in one of the structures of its rows. */
export function inStructure(
  context: PlanContext,
  { there: _, ...way }: Way,
  variants: Variants,
  index: number,
  left: readonly NameSegment[],
): Way {
  const scope = variants.scopes[index] ?? way.scope;
  const { current: range } = scope;
  const rows = rowsOfStructure(way.rows, variants, index);
  const start: Way = { ...way, range, type: range.type, pending: [], scope, rows, left };
  const told = toldBefore(context, { ...way, pending: [] });
  return { ...atRow(start, range, way.items !== undefined || range.type.item !== undefined), told };
}

/**
 * The structures that have only the beginning of the way: nothing of them is aggregated, but what they say of the entities to which it leads may
 * contradict what those `ahead` say, from where `reached` is.
 */
export function besides(
  context: PlanContext,
  way: Way,
  ahead: readonly Way[],
  reached: readonly Reach[],
  follow: (way: Way) => Reach,
): readonly Reach[] {
  const told = reached.flatMap(({ entity }) => (entity.told.length > 0 ? [entity.names] : []));
  const variants = variantsOf(way.scope, way.range);
  if (told.length === 0 || !variants) return [];
  const left = [...way.pending, ...way.left];
  return variants.scopes.flatMap((variant, index) => {
    if (ahead.some(({ scope }) => scope === variant)) return [];
    const length = left.findLastIndex((_, at) => hasPath(context, variant, variant.current, left.slice(0, at + 1))) + 1;
    if (length + way.navigationNames.length === 0) return [];
    const found = follow(inStructure(context, way, variants, index, left.slice(0, length)));
    if (found.entity.told.length === 0 || !told.includes(found.entity.names)) return [];
    const nothing: Bound = { kind: 'null' };
    return [{ ...found, value: nothing, once: [nothing], isEntity: false, kind: '' }];
  });
}

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
  const values = reached.map(({ value }) => value);
  const wholes = wholesOf(context, values, { kind: 'name', name: only.navigationNames.at(-1) ?? '', place }) ?? values;
  const asKeyOf = ({ value, kind, ...one }: Reach): Bound => {
    const left = isLeft(value) && !one.isEntity ? complexSource(value) : undefined;
    return told(left ? partsText(left) : kind, [asKey(context, value, place)]);
  };
  const isOnce = reached.some(({ once }) => once.length > 0);
  const apart = [union.number, union.place];
  return {
    rows: union.rows,
    value: choose(isEntity ? reached.map(asKeyOf) : wholes),
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
      names: only.entity.names,
    },
  };
}
