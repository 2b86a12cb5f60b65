/**
 * What the request gave entities that an aggregate counts once: all that lead to an entity must agree on it. Where they do not, its representations
 * contradict one another, and the request is refused. Data Aggregation §3.1.2, §3.2.1.1
 */
import { valuesAt } from './augmented-value';
import type { PlanContext } from './context';
import { isOf } from './mentions';
import { membersOf, variantsOf, type MadeRows, type Member } from './members';
import { rowsAsValue } from './nest';
import type { Bound, Range } from './plan';
import { at } from './position';
import { ownerKey, ownerKind, placeIn, type Way } from './reach-way';
import { valueOfMember } from './row-identity';
import { planVariants } from './row-values';

/** A name that the request gave an entity, or something within it. */
export interface Told {
  readonly name: string;
  /** Where it comes from: names of one origin stand for the same in all structures of rows. */
  readonly origin: object;
  /** The entity alone does not decide it: what leads there may say something else of it each time, or nothing. */
  readonly isUneven: boolean;
  /** Never null, be the value null or not. */
  readonly value: () => Bound;
}

/** An entity that is aggregated once: what tells it from others, of what kind that is, and what was given to it. */
export interface Once {
  readonly key: readonly Bound[];
  readonly kind: string;
  readonly told: readonly Told[];
  /** The names that lead to it. */
  readonly names: string;
}

/** The entity that the way has come to, or that what it has come to is within. */
export function onceAt(context: PlanContext, way: Way): Once {
  if (way.within) return way.within;
  const isHere = way.navigationNames.length > 0 && way.pending.length === 0;
  return {
    key: ownerKey(context, way),
    kind: ownerKind(way),
    told: isHere ? [...(way.told ?? []), ...toldOf(context, way, way.range)] : [],
    names: way.navigationNames.join('/'),
  };
}

/** The same with what was given to a complex value within it, by the names of its path. */
export const withValue = (context: PlanContext, way: Way, value: Range, names: readonly string[]): Once => {
  const once = onceAt(context, way);
  return { ...once, told: [...once.told, ...toldOf(context, way, value, `${names.join('/')}/`)] };
};

/** The same with a collection that was made within it: all its rows. */
export const withRows = (context: PlanContext, way: Way, member: Member, made: MadeRows): Once =>
  withAll(context, way, member, () => rowsAsValue(context, made, placeIn(way.path)));

/** The same with a complex value of another variable. */
export const withRow = (context: PlanContext, way: Way, member: Member, range: Range): Once => {
  const place = placeIn(way.path);
  return withAll(context, way, member, () =>
    valueOfMember(context, valuesAt(context, way.scope, at(range), place) ?? { kind: 'null' }, place),
  );
};

function withAll(context: PlanContext, way: Way, origin: Member, value: () => Bound): Once {
  const once = onceAt(context, way);
  const all: Told = { name: `${way.navigationNames.join('/')}/`, origin, isUneven: true, value };
  return { ...once, told: [...once.told, all] };
}

/** What was given to a row of several structures before its own structure is looked at. */
export const toldBefore = (context: PlanContext, way: Way): readonly Told[] => [
  ...(way.told ?? []),
  ...ownTold(context, way, way.range, ''),
];

function toldOf(context: PlanContext, way: Way, range: Range, prefix = ''): readonly Told[] {
  const own = ownTold(context, way, range, prefix);
  const variants = variantsOf(way.scope, range);
  if (!variants) return own;
  const { discriminator, scopes } = variants;
  // What all of them were given is told already.
  const origins = new Set(own.map(({ origin }) => origin));
  const ofStructures = scopes.map((variant) =>
    toldOf(context, { ...way, scope: variant, range: variant.current }, variant.current, prefix).filter(
      ({ origin }) => !origins.has(origin),
    ),
  );
  const choose = (values: readonly Bound[]): Bound => planVariants(context, discriminator, values, placeIn(way.path));
  return [...own, ...allTold(ofStructures, choose)];
}

const ownTold = (context: PlanContext, way: Way, range: Range, prefix: string): readonly Told[] =>
  [...membersOf(way.scope, range).own].flatMap(([name, member]): readonly Told[] => {
    if (member.kind !== 'value') return [];
    return [
      {
        name: prefix + name,
        origin: member,
        isUneven: !isOf(member.value, [way.range, range]),
        value: () => valueOfMember(context, member.value, placeIn(way.path)),
      },
    ];
  });

/** What rows of several structures tell together. `choose` gives the value of the structure that a row has. */
export function allTold(
  reached: readonly (readonly Told[])[],
  choose: (values: readonly Bound[]) => Bound,
): readonly Told[] {
  const names = new Set(reached.flatMap((told) => told.map(({ name }) => name)));
  return [...names].map((name) => {
    const ones = reached.map((told) => told.find((one) => one.name === name));
    const origins = new Set(ones.flatMap((one) => one?.origin ?? []));
    const [origin = {}] = origins;
    return {
      name,
      origin: origins.size === 1 ? origin : {},
      isUneven: origins.size > 1 || ones.some((one) => one?.isUneven !== false),
      value: () => choose(ones.map((one) => one?.value() ?? { kind: 'null' })),
    };
  });
}
