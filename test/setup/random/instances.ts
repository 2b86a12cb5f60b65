/**
 * Random sequences of $apply over rows of several structures, and what the standard's own algorithms make of them: instances have names or lack
 * them, paths are followed by γ, and an aggregate merges what leads to one entity. Nothing here knows SQL. Data Aggregation §3.1.2, §3.1.3, §3.2.1.1
 */
import type { Dice } from './dice';

/** What tells that an instance is of a type: a name that only such have. */
const typed: Readonly<Record<string, readonly string[]>> = {
  'Trip.Pin.Employee': ['level', 'manager', 'directReports'],
  'Trip.Pin.Manager': ['directReports'],
};
const isCast = (name: string): boolean => name.includes('.');

export type Value = null | number | string | Instance | readonly Instance[];

/** An instance: an entity has an id, and stays that one however many names are added to it. */
export class Instance {
  constructor(
    readonly id: string | undefined,
    private readonly base: Readonly<Record<string, () => Value>>,
    readonly added: Readonly<Record<string, Value>> = {},
  ) {}

  /** Undefined where it lacks the name; a cast gives the instance itself where it is of the type. */
  get(name: string): Value | undefined {
    if (isCast(name)) return typed[name]?.some((one) => one in this.base || one in this.added) ? this : undefined;
    return name in this.added ? this.added[name] : this.base[name]?.();
  }

  with(name: string, value: Value): Instance {
    return new Instance(this.id, this.base, { ...this.added, [name]: value });
  }
}

/** What rows may have under a name, in some of their structures. */
type Kind = 'number' | 'text' | 'entity' | 'complex' | 'entities' | 'items' | 'cast';
export type Shape = Readonly<Record<string, Entry>>;
interface Entry {
  readonly kind: Kind;
  readonly of?: () => Shape;
}

interface Step {
  readonly text: string;
  readonly of: (rows: readonly Instance[], it?: Instance) => readonly Instance[];
}
type Sequence = readonly Step[];
interface Made {
  readonly step: Step;
  readonly shape: Shape;
}

/** Two rows say different things of one entity. */
export class Contradiction extends Error {
  constructor(readonly isOfValues: boolean) {
    super('contradictory representations');
  }
}

/** What the standard says, and this service has otherwise, or not at all. */
export class Uncompared extends Error {}

export const run = (steps: Sequence, rows: readonly Instance[], it?: Instance): readonly Instance[] =>
  steps.reduce((before, { of }) => of(before, it), rows);

/** The same of what nothing may ask for: the service does not look at it then. */
function unasked(...of: Parameters<typeof run>): readonly Instance[] {
  try {
    return run(...of);
  } catch (error) {
    throw error instanceof Contradiction ? new Uncompared() : error;
  }
}

export const textOf = (steps: Sequence): string => steps.map(({ text }) => text).join('/');

// ---- sameness

const isMany = (value: Value): value is readonly Instance[] => Array.isArray(value);
const isPlain = (value: Value): boolean => value === null || typeof value !== 'object';

/** Equal for the same values. */
function textOfValue(value: Value): string {
  if (value instanceof Instance) return value.id ?? `{${namesIn(value)}}`;
  return isMany(value) ? `[${value.map(textOfValue).sort().join()}]` : JSON.stringify(value);
}
const namesIn = ({ added }: Instance): string =>
  Object.keys(added)
    .sort()
    .map((name) => `${name}:${textOfValue(added[name] ?? null)}`)
    .join();

/** Each once: what is told of one entity comes together. `rest` is where the aggregate goes on: of entities without anything there it asks nothing. */
function merged(found: readonly Instance[], rest: readonly string[]): readonly Instance[] {
  const known = new Map<string, Instance>();
  const different: boolean[] = [];
  for (const one of found) {
    const key = textOfValue(one);
    const before = known.get(key);
    if (!before) known.set(key, one);
    else
      for (const [name, value] of Object.entries(one.added)) {
        const other = known.get(key)?.added[name];
        if (other === undefined) known.set(key, (known.get(key) ?? one).with(name, value));
        else if (textOfWhole(other) !== textOfWhole(value))
          different.push((name === rest[0] || (isPlain(other) && isPlain(value))) && gamma([one], rest).length > 0);
      }
  }
  if (different.length > 0) throw new Contradiction(different.includes(true));
  return [...known.values()];
}

/** Two representations of an instance as one: of an entity all that either says. Data Aggregation §3.1.2, §3.2.3.1 */
const both = (one: Instance, other: Instance): Instance =>
  Object.entries(other.added).reduce((made, [name, value]) => {
    const before = one.added[name];
    return made.with(name, before === undefined ? value : bothOf(before, value));
  }, one);

function bothOf(one: Value, other: Value): Value {
  if (one instanceof Instance && other instanceof Instance && textOfValue(one) === textOfValue(other))
    return both(one, other);
  if (textOfWhole(one) !== textOfWhole(other)) throw new Contradiction(true);
  return one;
}

/** With what was added to entities. */
function textOfWhole(value: Value): string {
  if (isMany(value)) return `[${value.map(textOfWhole).sort().join()}]`;
  if (!(value instanceof Instance)) return JSON.stringify(value);
  const names = Object.keys(value.added).sort();
  return `${value.id ?? ''}{${names.map((name) => `${name}:${textOfWhole(value.added[name] ?? null)}`).join()}}`;
}

// ---- paths

interface Path {
  readonly names: readonly string[];
  readonly kinds: readonly Kind[];
}

/** γ: what a path leads to; null values and what lacks a name are left out. */
const gamma = (rows: readonly Instance[], names: readonly string[]): readonly Value[] =>
  names.reduce<readonly Value[]>(
    (before, name) =>
      before.flatMap((one): readonly Value[] => {
        const value = (one instanceof Instance ? one.get(name) : undefined) ?? null;
        return isMany(value) ? value : value === null ? [] : [value];
      }),
    rows,
  );

/** The values that an aggregate of a path is made of: entities that its last navigation property leads to once each. */
function aggregated(rows: readonly Instance[], { names, kinds }: Path): readonly Value[] {
  const last = Math.max(kinds.lastIndexOf('entity'), kinds.lastIndexOf('entities'));
  if (last < 0) return gamma(rows, names);
  const entities = gamma(rows, names.slice(0, last + 1)).filter((one) => one instanceof Instance);
  const rest = names.slice(last + 1);
  return gamma(merged(entities, rest), rest);
}

const valueAt = (row: Instance, names: readonly string[]): Value =>
  names.reduce<Value>((at, name) => (at instanceof Instance ? (at.get(name) ?? null) : null), row);

// ---- sequences

/** What a groupby may group by whose rows are transformed further. */
const groupable: readonly Kind[] = ['number', 'text', 'entity', 'complex'];

type Item = { readonly text: string; readonly as: string; readonly of: (rows: readonly Instance[]) => Value };

export class Structures {
  private serial = 0;

  constructor(private readonly dice: Dice) {}

  /** A sequence whose last transformation aggregates. */
  sequence(shape: Shape): Sequence {
    const before = this.steps(shape, 1 + this.dice.below(3), 2);
    return [...before.steps, this.ending(before.shape)];
  }

  private name(prefix: string): string {
    return `${prefix}${(this.serial += 1)}`;
  }

  private steps(shape: Shape, length: number, depth: number, it?: Shape): { steps: Sequence; shape: Shape } {
    const steps: Step[] = [];
    let at = shape;
    for (let index = 0; index < length; index += 1) {
      const made = this.next(at, depth, it);
      if (!made) continue;
      steps.push(made.step);
      at = made.shape;
    }
    return { steps, shape: at };
  }

  private next(shape: Shape, depth: number, it?: Shape): Made | undefined {
    const inner = depth > 0 ? 1 : 0;
    return this.dice.way<Made | undefined>(
      [1, () => this.filter(shape)],
      [2, () => this.compute(shape, it)],
      [1, () => this.computeWhole(shape)],
      [1, () => this.largest(shape)],
      [1, () => this.part(shape)],
      [2, () => this.groupby(shape)],
      [1, () => this.rollup(shape)],
      [2, () => this.within(shape, inner)],
      [4 * inner, () => this.concat(shape, depth, it)],
      [3 * inner, () => this.join(shape, depth, it)],
      [4 * inner, () => this.addnested(shape, depth, it)],
      [2 * inner, () => this.toldTwice(shape, depth, it)],
    );
  }

  /** A path whose segments are single-valued, or any, to something of one of the kinds. */
  private path(shape: Shape, wanted: readonly Kind[], isSingle: boolean): Path | undefined {
    const { dice } = this;
    const names: string[] = [];
    const kinds: Kind[] = [];
    let at = shape;
    for (;;) {
      const entries = Object.entries(at);
      const ends = entries.filter(([, { kind }]) => wanted.includes(kind));
      const further = entries.filter(
        ([, { kind, of }]) => of && (!isSingle || kind === 'entity' || kind === 'complex' || kind === 'cast'),
      );
      const isEnd = ends.length > 0 && (further.length === 0 || names.length >= 2 || dice.chance(0.4));
      if (!isEnd && (further.length === 0 || names.length >= 3)) return undefined;
      const possible = isEnd ? ends : further;
      const added = possible.filter(([name]) => /\d$/.test(name));
      const [name, { kind, of }] = dice.pick(added.length > 0 && dice.chance(0.5) ? added : possible);
      names.push(name);
      kinds.push(kind);
      if (isEnd) return { names, kinds };
      at = { ...(kind === 'cast' && withoutCasts(at)), ...of?.() };
    }
  }

  private filter(shape: Shape): Made | undefined {
    const path = this.path(shape, ['number'], true);
    if (!path) return undefined;
    const limit = this.dice.below(4);
    const isHeld = (row: Instance): boolean => {
      const value = valueAt(row, path.names);
      return typeof value === 'number' && value > limit;
    };
    return {
      step: { text: `filter(${path.names.join('/')} gt ${limit})`, of: (rows) => rows.filter(isHeld) },
      shape,
    };
  }

  private compute(shape: Shape, it?: Shape): Made | undefined {
    const { dice } = this;
    const isOfIt = it !== undefined && dice.chance(0.3);
    const path = this.path(isOfIt ? it : shape, ['number'], true);
    if (!path) return undefined;
    // Few names, so that several structures have the same one.
    const as = `x${dice.below(2)}`;
    if (as in shape) return undefined;
    if (dice.chance(0.1)) {
      const step = {
        text: `compute(null as ${as})`,
        of: (rows: readonly Instance[]) => rows.map((row) => row.with(as, null)),
      };
      return { step, shape: { ...shape, [as]: { kind: 'number' } } };
    }
    const [factor, more] = [dice.below(3), dice.below(2)];
    const text = `${isOfIt ? '$it/' : ''}${path.names.join('/')} mul ${factor} add ${more}`;
    const of = (row: Instance, outer?: Instance): Value => {
      const value = isOfIt && outer ? valueAt(outer, path.names) : valueAt(row, path.names);
      return typeof value === 'number' ? value * factor + more : null;
    };
    return {
      step: { text: `compute(${text} as ${as})`, of: (rows, outer) => rows.map((row) => row.with(as, of(row, outer))) },
      shape: { ...shape, [as]: { kind: 'number' } },
    };
  }

  /** A complex value, or a collection of such, under another name. */
  private computeWhole(shape: Shape): Made | undefined {
    const path = this.path(shape, ['complex', 'items'], true);
    const as = `c${this.dice.below(2)}`;
    const whole = path && shapeAt(shape, path.names);
    if (!whole || as in shape) return undefined;
    return {
      step: {
        text: `compute(${path.names.join('/')} as ${as})`,
        of: (rows) => rows.map((row) => row.with(as, valueAt(row, path.names))),
      },
      shape: { ...shape, [as]: whole },
    };
  }

  // ---- some of the rows

  private largest(shape: Shape): Made | undefined {
    const path = this.path(shape, ['number'], true);
    if (!path) return undefined;
    const isTop = this.dice.chance(0.5);
    const size = 1 + this.dice.below(4);
    return {
      step: {
        text: `${isTop ? 'top' : 'bottom'}count(${size},${path.names.join('/')})`,
        of: (rows) => cut(rows, path, isTop, 0, size),
      },
      shape,
    };
  }

  private part(shape: Shape): Made | undefined {
    const path = this.path(shape, ['number'], true);
    if (!path) return undefined;
    const isDescending = this.dice.chance(0.5);
    const [skip, top] = [this.dice.below(3), 1 + this.dice.below(4)];
    return {
      step: {
        text: `orderby(${path.names.join('/')}${isDescending ? ' desc' : ''})/skip(${skip})/top(${top})`,
        of: (rows) => cut(rows, path, isDescending, skip, skip + top),
      },
      shape,
    };
  }

  // ---- groups

  private groups(shape: Shape, count: number, kinds: readonly Kind[]): readonly Path[] {
    const found = new Map<string, Path>();
    for (let index = 0; index < count; index += 1) {
      const path = this.path(shape, kinds, true);
      // Here a group, and what is left of an entity, is of a type where it has what only such have.
      const isTold = path?.names.every((name, at) => {
        const own = isCast(name) ? shapeAt(shape, path.names.slice(0, at + 1))?.of?.() : undefined;
        return !own || (path.names[at + 1] ?? '') in own;
      });
      if (!isTold) continue;
      if (path && ![...found.values()].some((other) => isWithin(path, other) || isWithin(other, path)))
        found.set(path.names.join('/'), path);
    }
    return [...found.values()];
  }

  private grouped(paths: readonly Path[], items: readonly Item[]): Step['of'] {
    return (rows) =>
      groupsOf(rows, paths).map(({ group, told }) =>
        items.reduce((made, { as, of }) => made.with(as, of(group)), told),
      );
  }

  private shapeOf(shape: Shape, paths: readonly Path[], items: readonly Item[]): Shape {
    const counted = items.map(({ as }): [string, Entry] => [as, { kind: 'number' }]);
    return { ...withParts({}, shape, paths), ...Object.fromEntries(counted) };
  }

  private groupby(shape: Shape): Made | undefined {
    const paths = this.groups(shape, 1 + this.dice.below(2), groupable);
    if (paths.length === 0) return undefined;
    const items = this.dice.chance(0.6) ? this.items(shape) : [];
    if (items.some(({ as }) => paths.some(({ names }) => names[0] === as))) return undefined;
    const keys = paths.map(({ names }) => names.join('/')).join();
    const text = `groupby((${keys})${items.length > 0 ? `,aggregate(${items.map((item) => item.text).join()})` : ''})`;
    return { step: { text, of: this.grouped(paths, items) }, shape: this.shapeOf(shape, paths, items) };
  }

  /** Each group is transformed by itself, and what comes of it has what is told by the group. Data Aggregation §3.2.3.2 */
  private within(shape: Shape, depth: number): Made | undefined {
    const paths = this.groups(shape, 1 + this.dice.below(2), groupable);
    const inner = this.withinGroup(shape, this.shapeOf(shape, paths, []), depth);
    if (paths.length === 0 || !inner) return undefined;
    const keys = paths.map(({ names }) => names.join('/')).join();
    return {
      step: {
        text: `groupby((${keys}),${inner.step.text})`,
        of: (rows) =>
          groupsOf(rows, paths).flatMap(({ group, told }) =>
            inner.step.of(group).map((row) =>
              withTold(
                row,
                told,
                paths.map(({ names }) => names.filter((name) => !isCast(name))),
              ),
            ),
          ),
      },
      shape: withParts(inner.shape, shape, paths),
    };
  }

  private withinGroup(shape: Shape, outer: Shape, depth: number): Made | undefined {
    // What is grouped by once more may be a part of what all of the group have.
    const left = this.dice.chance(0.5)
      ? shape
      : Object.fromEntries(Object.entries(shape).filter(([name]) => !(name in outer)));
    return this.dice.way<Made | undefined>(
      [1, () => this.filter(shape)],
      [1, () => this.largest(shape)],
      [1, () => this.part(shape)],
      [1, () => this.groupby(left)],
      [
        depth,
        () => {
          const [one, other] = [this.withinGroup(shape, outer, depth - 1), this.withinGroup(shape, outer, depth - 1)];
          const made = one && other && together([one.shape, other.shape]);
          if (!made) return undefined;
          const text = `concat(${one.step.text},${other.step.text})`;
          return { step: { text, of: (rows) => [...one.step.of(rows), ...other.step.of(rows)] }, shape: made };
        },
      ],
    );
  }

  private rollup(shape: Shape): Made | undefined {
    const paths = this.groups(shape, 2, groupable);
    const items = this.items(shape);
    if (paths.length < 2 || items.length === 0) return undefined;
    const levels = paths.map((_, index) => paths.slice(0, paths.length - index));
    const keys = paths.map(({ names }) => names.join('/')).join();
    return {
      step: {
        text: `groupby((rollup(${keys})),aggregate(${items.map((item) => item.text).join()}))`,
        of: (rows) => levels.flatMap((level) => this.grouped(level, items)(rows)),
      },
      shape: this.shapeOf(shape, paths, items),
    };
  }

  // ---- aggregates

  private items(shape: Shape): readonly Item[] {
    return Array.from({ length: 1 + this.dice.below(2) }, () => this.item(shape)).flatMap((item) => item ?? []);
  }

  private item(shape: Shape): Item | undefined {
    const { dice } = this;
    const as = this.name('a');
    if (dice.chance(0.1)) return { text: `$count as ${as}`, as, of: (rows) => rows.length };
    if (dice.chance(0.2)) {
      const path = this.path(shape, ['entity', 'entities', 'items', 'complex'], false);
      return (
        path && { text: `${path.names.join('/')}/$count as ${as}`, as, of: (rows) => aggregated(rows, path).length }
      );
    }
    if (dice.chance(0.15)) {
      const path = this.path(shape, ['number'], true);
      if (!path) return undefined;
      const values = (rows: readonly Instance[]): readonly Value[] => rows.map((row) => valueAt(row, path.names));
      return {
        text: `${path.names.join('/')} mul 1 with sum as ${as}`,
        as,
        of: (rows) => methods.sum(numbers(values(rows))),
      };
    }
    const path = this.path(shape, ['number', 'text'], false);
    if (!path) return undefined;
    const method =
      path.kinds.at(-1) === 'text'
        ? 'countdistinct'
        : dice.pick(['sum', 'sum', 'sum', 'average', 'min', 'max', 'countdistinct'] as const);
    const of = (rows: readonly Instance[]): Value => {
      const values = aggregated(rows, path);
      return method === 'countdistinct' ? new Set(values.map(textOfValue)).size : methods[method](numbers(values));
    };
    return { text: `${path.names.join('/')} with ${method} as ${as}`, as, of };
  }

  private ending(shape: Shape): Step {
    for (;;) {
      const items = this.items(shape);
      if (items.length === 0) continue;
      const paths = this.dice.chance(0.3) ? this.groups(shape, 1, ['number', 'text']) : [];
      const text = `aggregate(${items.map((item) => item.text).join()})`;
      const keys = paths.map(({ names }) => names.join('/')).join();
      return { text: paths.length === 0 ? text : `groupby((${keys}),${text})`, of: this.grouped(paths, items) };
    }
  }

  // ---- several structures

  private concat(shape: Shape, depth: number, it?: Shape): Made | undefined {
    const parts = [1, 2].map(() => this.steps(shape, this.dice.below(3), depth - 1, it));
    const made = together(parts.map((part) => part.shape));
    if (!made) return undefined;
    const text = `concat(${parts.map(({ steps }) => textOf(steps) || 'identity').join()})`;
    return {
      step: { text, of: (rows, outer) => parts.flatMap(({ steps }) => run(steps, rows, outer)) },
      shape: made,
    };
  }

  private join(shape: Shape, depth: number, it?: Shape): Made | undefined {
    const { dice } = this;
    const many = Object.entries(shape).filter(([, { kind }]) => kind === 'entities' || kind === 'items');
    const as = `j${dice.below(2)}`;
    if (many.length === 0 || as in shape) return undefined;
    const [name, { kind, of }] = dice.pick(many);
    const isOuter = dice.chance(0.4);
    const inner = this.steps(of?.() ?? {}, dice.below(3), depth - 1, it ?? shape);
    const sequence = inner.steps.length > 0 ? `,${textOf(inner.steps)}` : '';
    return {
      step: {
        text: `${isOuter ? 'outer' : ''}join(${name} as ${as}${sequence})`,
        of: (rows, outer) =>
          rows.flatMap((row) => {
            const found = run(inner.steps, membersOf(row, name), outer ?? row);
            return (found.length === 0 && isOuter ? [null] : found).map((one) => row.with(as, one));
          }),
      },
      shape: { ...shape, [as]: { kind: kind === 'items' ? 'complex' : 'entity', of: () => inner.shape } },
    };
  }

  private addnested(shape: Shape, depth: number, it?: Shape): Made | undefined {
    const { dice } = this;
    const possible = Object.entries(withoutCasts(shape)).filter(([, { of }]) => of);
    const as = `n${dice.below(2)}`;
    if (possible.length === 0 || as in shape) return undefined;
    const [name, { kind, of }] = dice.pick(possible);
    const [target, outer] = [of?.() ?? {}, it ?? shape];
    const steps =
      kind === 'entity' || kind === 'complex'
        ? this.ofOne(target, outer, depth)
        : this.steps(target, dice.below(3), depth - 1, outer);
    return this.addnestedOf(shape, name, as, steps);
  }

  private addnestedOf(shape: Shape, name: string, as: string, made: { steps: Sequence; shape: Shape }): Made {
    const { kind = 'entity' } = shape[name] ?? {};
    const isOne = kind === 'entity' || kind === 'complex';
    return {
      step: {
        text: `addnested(${name},${textOf(made.steps) || 'identity'} as ${as})`,
        of: (rows, outer) =>
          rows.map((row) => {
            if (!isOne) return row.with(as, unasked(made.steps, membersOf(row, name), outer ?? row));
            const value = row.get(name);
            const [copy] = value instanceof Instance ? run(made.steps, [value], outer ?? row) : [];
            return value === undefined ? row : row.with(as, copy ?? null);
          }),
      },
      shape: { ...shape, [as]: { kind, of: () => made.shape } },
    };
  }

  /** Rows that say something of one entity, some of them this and others that. */
  private toldTwice(shape: Shape, depth: number, it?: Shape): Made | undefined {
    const entities = Object.fromEntries(Object.entries(shape).filter(([, { kind }]) => kind === 'entity'));
    const as = `n${this.dice.below(2)}`;
    if (Object.keys(entities).length === 0 || as in shape) return undefined;
    const [name, { of }] = this.dice.pick(Object.entries(entities));
    const copies = [1, 2].map(() => this.ofOne(of?.() ?? {}, it ?? shape, depth));
    const both = copies.map((copy) => this.addnestedOf(shape, name, as, copy));
    const made = together(copies.map((copy) => copy.shape)) && together(both.map((one) => one.shape));
    if (!made) return undefined;
    const next = this.dice.chance(0.7) ? this.within(made, 1) : undefined;
    const step: Step = {
      text: `concat(${both.map((one) => one.step.text).join()})`,
      of: (rows, outer) => both.flatMap((one) => one.step.of(rows, outer)),
    };
    if (!next) return { step, shape: made };
    return {
      step: { text: `${step.text}/${next.step.text}`, of: (rows, outer) => next.step.of(step.of(rows, outer), outer) },
      shape: next.shape,
    };
  }

  private ofOne(shape: Shape, it: Shape, depth: number): { steps: Sequence; shape: Shape } {
    const first = this.compute(shape, it);
    const second =
      depth > 1 && this.dice.chance(0.4) ? this.addnested(first?.shape ?? shape, depth - 1, it) : undefined;
    const made = [first, second].flatMap((one) => one ?? []);
    return { steps: made.map(({ step }) => step), shape: made.at(-1)?.shape ?? shape };
  }
}

const methods = {
  sum: (values: readonly number[]): Value => (values.length === 0 ? null : values.reduce((a, b) => a + b, 0)),
  average: (values: readonly number[]): Value =>
    values.length === 0 ? null : values.reduce((a, b) => a + b, 0) / values.length,
  min: (values: readonly number[]): Value => (values.length === 0 ? null : Math.min(...values)),
  max: (values: readonly number[]): Value => (values.length === 0 ? null : Math.max(...values)),
};

const withoutCasts = (shape: Shape): Shape =>
  Object.fromEntries(Object.entries(shape).filter(([name]) => !isCast(name)));

/** What is under the path in rows of the shape. */
const shapeAt = (shape: Shape, [name = '', ...rest]: readonly string[]): Shape[string] | undefined =>
  rest.length === 0 ? shape[name] : shapeAt(shape[name]?.of?.() ?? {}, rest);

/** Rows between two places of their order: null comes first. Which of equal ones are among them the standard leaves open. */
function cut(
  rows: readonly Instance[],
  { names }: Path,
  isDescending: boolean,
  start: number,
  end: number,
): readonly Instance[] {
  const numberOf = (row: Instance | undefined): number => {
    const value = row ? valueAt(row, names) : null;
    return typeof value === 'number' ? value : -Infinity;
  };
  const compared = (one: Instance, other: Instance): number =>
    numberOf(one) < numberOf(other) ? -1 : numberOf(one) > numberOf(other) ? 1 : 0;
  const ordered = [...rows].sort((one, other) => (isDescending ? compared(other, one) : compared(one, other)));
  for (const place of [start, end]) {
    const [before, after] = [ordered[place - 1], ordered[place]];
    if (before && after && numberOf(before) === numberOf(after)) throw new Uncompared();
  }
  return ordered.slice(start, end);
}

const numbers = (values: readonly Value[]): readonly number[] => values.filter((value) => typeof value === 'number');

function membersOf(row: Instance, name: string): readonly Instance[] {
  const value = row.get(name) ?? null;
  return isMany(value) ? value : [];
}

/** The rows of each group, and what they tell together by the paths. */
function groupsOf(
  rows: readonly Instance[],
  paths: readonly Path[],
): readonly { readonly group: readonly Instance[]; readonly told: Instance }[] {
  const names = paths.map((path) => path.names);
  const groups = new Map<string, Instance[]>();
  for (const row of rows) {
    const key = textOfValue(projected(row, names));
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  if (paths.length === 0 && rows.length === 0) groups.set('', []);
  return [...groups.values()].map((group) => {
    const [first = new Instance(undefined, {}), ...others] = group.map((row) => projected(row, names));
    return { group, told: others.reduce(both, first) };
  });
}

/** A row with what its group tells, a_G: the ends of paths, and what leads to them stays what it is. Data Aggregation §3.2.3.1 */
function withTold(row: Instance, told: Instance, paths: readonly (readonly string[])[]): Instance {
  return Object.entries(told.added).reduce((made, [name, value]) => {
    const further = paths.filter(([first]) => first === name).map(([, ...rest]) => rest);
    if (further.some((rest) => rest.length === 0) || !(value instanceof Instance)) return made.with(name, value);
    const own = made.get(name);
    return made.with(name, withTold(own instanceof Instance ? own : new Instance(undefined, {}), value, further));
  }, row);
}

/** What a row has of the paths, s_G: what it lacks is absent from that, too. Data Aggregation §3.2.3.1 */
function projected(row: Instance, paths: readonly (readonly string[])[]): Instance {
  const names = new Set(paths.flatMap(([name]) => name ?? []));
  return [...names].reduce(
    (made, name) => {
      const value = row.get(name);
      if (value === undefined) return made;
      const further = paths.filter(([first]) => first === name).map(([, ...rest]) => rest);
      if (isCast(name))
        return Object.entries(projected(row, further).added).reduce(
          (before, [own, one]) => before.with(own, one),
          made,
        );
      const isWhole = further.some((rest) => rest.length === 0) || !(value instanceof Instance);
      return made.with(name, isWhole ? value : projected(value, further));
    },
    new Instance(undefined, {}),
  );
}

/** Whether one path is the other, or leads to it. */
const isWithin = ({ names }: Path, other: Path): boolean => names.every((name, index) => other.names[index] === name);

/** A shape with what the paths lead to in another one. */
const withParts = (shape: Shape, from: Shape, paths: readonly { readonly names: readonly string[] }[]): Shape =>
  paths.reduce((made, { names }) => {
    const [name = '', ...rest] = names;
    const entry = from[name];
    if (!entry) return made;
    if (rest.length === 0) return { ...made, [name]: entry };
    const of = (): Shape => withParts(made[name]?.of?.() ?? {}, entry.of?.() ?? {}, [{ names: rest }]);
    return { ...made, [name]: { kind: entry.kind, of } };
  }, shape);

/** What rows of several structures may have; undefined where one name is of several kinds. */
function together(shapes: readonly Shape[]): Shape | undefined {
  const made: Record<string, Shape[string]> = {};
  for (const shape of shapes)
    for (const [name, entry] of Object.entries(shape)) {
      const before = made[name];
      if (before && before.kind !== entry.kind) return undefined;
      const [one, other] = [before?.of, entry.of];
      made[name] =
        before && one && other && one !== other
          ? { kind: entry.kind, of: () => together([one(), other()]) ?? one() }
          : entry;
    }
  return made;
}

/** An answer, or what should be one, without control information. */
export function plainly(value: unknown): unknown {
  if (value instanceof Instance) return plainly(value.added);
  // An average has more digits in the database.
  if (typeof value === 'number') return Number(value.toPrecision(12));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !name.includes('@'))
      .map(([name, one]) => [name, plainly(one)] as const)
      .sort(([one], [other]) => (one < other ? -1 : 1)),
  );
}
