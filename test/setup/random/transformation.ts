/** Transformations of $apply as data: what each says in OData, and what it makes of rows. Data Aggregation §3 */
import type { Env, Expr } from './expression';
import { smaller as smallerExpression } from './expression';
import type { Generator, Scope } from './generate';
import { compare, decimalText, keyOf, UNIT, whole as units, type Faults, type Ty, type Value } from './values';
import { whole as typeOf, type EType, type Prop, type Row, type World } from './world';

type Sequence = readonly Step[];

/** One transformation, with the expressions and sequences that it holds. */
export interface Step {
  readonly exprs: readonly Expr[];
  readonly sequences: readonly Sequence[];
  readonly text: (exprs: readonly string[], sequences: readonly string[]) => string;
  readonly of: (
    rows: readonly Row[],
    exprs: readonly Expr[],
    sequences: readonly Sequence[],
    faults: Faults,
  ) => readonly Row[];
}

export const textOf = (steps: Sequence): string =>
  steps
    .map((step) =>
      step.text(
        step.exprs.map(({ text }) => text),
        step.sequences.map(textOf),
      ),
    )
    .join('/');

export const apply = (steps: Sequence, rows: readonly Row[], faults: Faults): readonly Row[] =>
  steps.reduce((before, step) => step.of(before, step.exprs, step.sequences, faults), rows);

export const aliasesOf = (steps: Sequence): Record<string, string> =>
  Object.assign(
    {},
    ...steps.flatMap((step) => [...step.exprs.map(({ aliases }) => aliases), ...step.sequences.map(aliasesOf)]),
  ) as Record<string, string>;

export function* smallerSteps(steps: Sequence): globalThis.Generator<Sequence> {
  for (const index of steps.keys()) yield steps.filter((_, at) => at !== index);
  for (const [index, step] of steps.entries()) {
    for (const [at, expr] of step.exprs.entries())
      for (const other of smallerExpression(expr))
        yield steps.with(index, { ...step, exprs: step.exprs.with(at, other) });
    for (const [at, sequence] of step.sequences.entries())
      for (const other of smallerSteps(sequence))
        if (other.length > 0) yield steps.with(index, { ...step, sequences: step.sequences.with(at, other) });
  }
}

/** The rows that there are at a place of a sequence: entities with what was computed, or groups. */
export interface State {
  readonly type: EType;
  /** Columns of their own beside those of entities. */
  readonly added: readonly Prop[];
  /** What no two rows have in common; empty when nothing is. */
  readonly unique: readonly string[];
  /** What an answer may be ordered by, so that rows which are the same in all of it are the same. */
  readonly total?: readonly string[];
  /** Entities, of which an answer has no more than what it is asked for. */
  readonly areEntities: boolean;
  /** Averages: to be compared about, and not to be used. */
  readonly averages: readonly string[];
  /** Whether their order says something. */
  readonly isSorted?: boolean;
  readonly joined?: string;
}

const envOf = (row: Row, faults: Faults): Env => ({ it: row, here: row, vars: {}, faults });
const step = (
  text: Step['text'],
  of: Step['of'],
  exprs: readonly Expr[] = [],
  sequences: readonly Sequence[] = [],
): Step => ({ text, of, exprs, sequences });

const extended = (row: Row, values: Readonly<Record<string, unknown>>): Row =>
  Object.assign(Object.create(row) as Row, values);

/** The row that a computed one was made of: an entity is the same however many times it was extended. */
const originOf = (row: Row): object => {
  let at: object = row;
  for (
    let next: object | null = Object.getPrototypeOf(at) as object | null;
    next !== null && next !== Object.prototype;
  ) {
    at = next;
    next = Object.getPrototypeOf(at) as object | null;
  }
  return at;
};

interface Item {
  readonly text: string;
  readonly name: string;
  readonly ty: Ty;
  readonly isAverage?: boolean;
  readonly exprs: readonly Expr[];
  readonly of: (rows: readonly Row[], exprs: readonly Expr[], faults: Faults) => Value;
}

const there = (values: readonly Value[]): NonNullable<Value>[] => values.filter((value) => value !== null);

const methods: Readonly<Record<string, (values: readonly NonNullable<Value>[]) => Value>> = {
  sum: (values) => (values.length === 0 ? null : (values as bigint[]).reduce((a, b) => a + b, 0n)),
  average: (values) =>
    values.length === 0 ? null : (values as bigint[]).reduce((a, b) => a + b, 0n) / BigInt(values.length),
  min: (values) =>
    values.reduce<Value>((best, value) => (best === null || compare(value, best) < 0 ? value : best), null),
  max: (values) =>
    values.reduce<Value>((best, value) => (best === null || compare(value, best) > 0 ? value : best), null),
  countdistinct: (values) => units(new Set(values.map(keyOf)).size),
};

/** What a path of single navigation properties leads to, each once. */
function reached(rows: readonly Row[], navs: readonly string[]): readonly Row[] {
  let at: readonly Row[] = rows;
  for (const name of navs) {
    const next = new Map<object, Row>();
    for (const row of at) {
      const value = row[name] as Row | readonly Row[] | null;
      for (const other of Array.isArray(value) ? (value as readonly Row[]) : value ? [value as Row] : [])
        next.set(originOf(other), other);
    }
    at = [...next.values()];
  }
  return at;
}

/** Types that were made, in all. */
let types = 0;

export class Transformations {
  private serial = 0;

  constructor(
    private readonly generator: Generator,
    private readonly world: World,
  ) {}

  start(typeName: string): State {
    const type = typeOf(this.world, typeName);
    return { type, added: [], unique: type.key, areEntities: true, averages: [] };
  }

  private name(prefix: string): string {
    return `${prefix}${(this.serial += 1)}`;
  }

  /** A type of rows that are made. */
  private typeFor(props: readonly Prop[], key: readonly string[], more: Partial<EType> = {}): EType {
    const name = `Made${(types += 1)}`;
    const made: EType = { name, props, navs: [], colls: [], key, order: [], ...more };
    (this.world.types as Record<string, EType>)[name] = made;
    return made;
  }

  scope(state: State): Scope {
    return { here: state.type.name, it: state.type.name, vars: [], computed: state.added, hasIt: false };
  }

  private props(state: State): readonly Prop[] {
    return [...state.type.props, ...state.added];
  }

  sequence(state: State, length: number, depth: number): { readonly steps: Sequence; readonly state: State } {
    const steps: Step[] = [];
    let at = state;
    for (let index = 0; index < length; index += 1) {
      const made = this.next(at, depth);
      if (!made) continue;
      steps.push(made.step);
      at = made.state;
    }
    return { steps, state: at };
  }

  private next(state: State, depth: number): { step: Step; state: State } | undefined {
    const { dice } = this.generator;
    return dice.way<{ step: Step; state: State } | undefined>(
      [3, () => this.filter(state)],
      [2, () => this.compute(state)],
      [5, () => this.groupby(state, depth)],
      [2, () => this.aggregate(state)],
      [2, () => this.largest(state)],
      [1, () => this.share(state)],
      [1, () => this.cut(state)],
      [1, () => this.rollup(state)],
      [depth > 0 ? 1 : 0, () => this.concat(state, depth)],
      [depth > 0 ? 2 : 0, () => this.join(state, depth)],
      [
        0.3,
        () => ({
          step: step(
            () => 'identity',
            (rows) => rows,
          ),
          state,
        }),
      ],
    );
  }

  private filter(state: State): { step: Step; state: State } {
    const expr = this.generator.condition(this.scope(state), this.generator.dice.below(2));
    return {
      step: step(
        ([e]) => `filter(${e})`,
        (rows, [e], _, faults) => rows.filter((row) => e?.of(envOf(row, faults)) === true),
        [expr],
      ),
      state,
    };
  }

  private compute(state: State): { step: Step; state: State } | undefined {
    const { generator } = this;
    const found = generator.someType(this.scope(state));
    const ty = found.includes(':') ? 'int' : found;
    const expr = generator.value(ty, this.scope(state), 1);
    const name = this.name('c');
    return {
      step: step(
        ([e]) => `compute(${e} as ${name})`,
        (rows, [e], _, faults) => rows.map((row) => extended(row, { [name]: e?.of(envOf(row, faults)) ?? null })),
        [expr],
      ),
      state: { ...state, added: [...state.added, { name, ty }] },
    };
  }

  // ---- aggregates

  private item(state: State): Item | undefined {
    const { dice } = this.generator;
    const name = this.name('a');
    return dice.way<Item | undefined>(
      [2, () => ({ text: `$count as ${name}`, name, ty: 'dec', exprs: [], of: (rows) => units(rows.length) })],
      [4, () => this.ofValues(state, [], name)],
      [3, () => this.alongPath(state, name)],
      [2, () => this.ofExpression(state, name)],
      [1, () => this.inSteps(state, name)],
    );
  }

  private method(ty: Ty): string | undefined {
    const { dice } = this.generator;
    if (ty === 'int' || ty === 'dec') return dice.pick(['sum', 'min', 'max', 'countdistinct', 'average', 'sum']);
    if (ty === 'double' || ty === 'bool' || ty === 'guid' || ty.includes(':')) return 'countdistinct';
    return dice.pick(['min', 'max', 'countdistinct']);
  }

  private ofValues(state: State, navs: readonly string[], name: string, type?: EType): Item | undefined {
    // What groups leave of an entity is one thing, however many rows have it.
    const props = type
      ? type.props
      : this.props(state).filter(({ name: path }) => state.areEntities || !path.includes('/'));
    if (props.length === 0) return undefined;
    const prop = this.generator.dice.pick(props);
    const method = this.method(prop.ty);
    if (method === undefined) return undefined;
    return {
      text: `${[...navs, prop.name].join('/')} with ${method} as ${name}`,
      name,
      ty: method === 'countdistinct' ? 'dec' : prop.ty,
      isAverage: method === 'average',
      exprs: [],
      of: (rows) =>
        methods[method]?.(there(reached(rows, navs).map((row) => (row[prop.name] ?? null) as Value))) ?? null,
    };
  }

  /** Along navigation properties: each entity once. */
  private alongPath(state: State, name: string): Item | undefined {
    const { dice } = this.generator;
    const navs: string[] = [];
    let { type } = state;
    do {
      const possible = type.navs.filter(({ isComplex }) => !isComplex);
      if (possible.length === 0) break;
      const nav = dice.pick(possible);
      navs.push(nav.name);
      type = typeOf(this.world, nav.target);
      if (nav.many && dice.chance(0.3))
        return {
          text: `${navs.join('/')}/$count as ${name}`,
          name,
          ty: 'dec',
          exprs: [],
          of: (rows) => units(reached(rows, navs).length),
        };
    } while (dice.chance(0.4) && navs.length < 3);
    return navs.length === 0 ? undefined : this.ofValues(state, navs, name, type);
  }

  private ofExpression(state: State, name: string): Item {
    const ty = this.generator.dice.pick(['int', 'dec'] as const);
    const inner = this.generator.value(ty, this.scope(state), 1);
    const method = this.generator.dice.pick(['sum', 'min', 'max', 'countdistinct']);
    return {
      text: `(@) add 0 with ${method} as ${name}`,
      name,
      ty: method === 'countdistinct' ? 'dec' : ty,
      exprs: [inner],
      of: (rows, [e], faults) => methods[method]?.(there(rows.map((row) => e?.of(envOf(row, faults)) ?? null))) ?? null,
    };
  }

  /** `with sum from property with max` */
  private inSteps(state: State, name: string): Item | undefined {
    const { dice } = this.generator;
    const numbers = this.props(state).filter(
      ({ name: path, ty }) => !path.includes('/') && (ty === 'dec' || ty === 'int'),
    );
    const by = state.type.props.filter(({ name: path }) => !path.includes('/'));
    if (numbers.length === 0 || by.length === 0) return undefined;
    const [value, key] = [dice.pick(numbers), dice.pick(by)];
    const [inner, outer] = [dice.pick(['sum', 'max', 'countdistinct']), dice.pick(['sum', 'min', 'max'])];
    return {
      text: `${value.name} with ${inner} from ${key.name} with ${outer} as ${name}`,
      name,
      ty: inner === 'countdistinct' ? 'dec' : value.ty,
      exprs: [],
      of: (rows) => {
        const groups = groupsOf(rows, [
          (row) => (isAbsent(row, key.name) ? 'absent' : keyOf((row[key.name] ?? null) as Value)),
        ]);
        const found = groups.map(
          (group) => methods[inner]?.(there(group.map((row) => (row[value.name] ?? null) as Value))) ?? null,
        );
        return methods[outer]?.(there(found)) ?? null;
      },
    };
  }

  private items(state: State): readonly Item[] {
    return Array.from({ length: 1 + this.generator.dice.below(3) }, () => this.item(state)).flatMap(
      (item) => item ?? [],
    );
  }

  private aggregate(state: State): { step: Step; state: State } | undefined {
    const items = this.items(state);
    if (items.length === 0) return undefined;
    const props = items.filter(({ isAverage }) => !isAverage).map(({ name, ty }) => ({ name, ty }));
    const type = this.typeFor(props, []);
    return {
      step: step(
        (texts) => `aggregate(${itemTexts(items, texts)})`,
        (rows, exprs, _, faults) => [aggregated(type, {}, items, rows, exprs, faults)],
        items.flatMap(({ exprs }) => exprs),
      ),
      state: { type, added: [], unique: [], areEntities: false, averages: averagesOf(items) },
    };
  }

  // ---- groups

  /** Paths to group by, with how their values are told apart: a null entity is another value than one whose part is null. */
  private keys(state: State): readonly { readonly name: string; readonly ty: Ty; readonly of: (row: Row) => string }[] {
    const { dice } = this.generator;
    const complexNull = (row: Row, props: readonly Prop[], path: string): string =>
      path
        .split('/')
        .slice(0, -1)
        .map((_, index, parts) => `${parts.slice(0, index + 1).join('/')}/`)
        .map((prefix) =>
          props.filter(({ name }) => name.startsWith(prefix)).every(({ name }) => (row[name] ?? null) === null),
        )
        .join();
    const own = this.props(state).map(({ name, ty }) => ({
      name,
      ty,
      // Groups know how their values were told apart.
      of: (row: Row) => {
        const told = row[`told ${name}`];
        const type = row.$type in this.world.types ? row.$type : state.type.name;
        if (isAbsent(row, name)) return 'absent';
        return typeof told === 'string'
          ? told
          : `${keyOf(valueAt(row, name) as Value)} ${complexNull(row, typeOf(this.world, type).props, name)}`;
      },
    }));
    const others = state.type.navs
      .filter(({ many, isComplex }) => !many && !isComplex)
      .flatMap((nav) =>
        typeOf(this.world, nav.target).props.map(({ name, ty }) => ({
          name: `${nav.name}/${name}`,
          ty,
          of: (row: Row) => {
            const other = row[nav.name] as Row | null;
            return other
              ? `${keyOf((other[name] ?? null) as Value)} ${complexNull(other, typeOf(this.world, nav.target).props, name)}`
              : 'no entity';
          },
        })),
      );
    const all = state.areEntities && others.length > 0 && dice.chance(0.5) ? [...own, ...others] : own;
    // A part of a value, and a property of a related entity, are one name each, so that nothing is grouped by twice.
    const picked = new Map(
      Array.from({ length: 1 + dice.below(3) }, () => dice.pick(all)).map((key) => [key.name, key]),
    );
    return [...picked.values()];
  }

  private valuesOf(
    row: Row,
    keys: readonly { readonly name: string; readonly of?: (row: Row) => string }[],
  ): Record<string, unknown> {
    const made: Record<string, unknown> = {};
    for (const { name, of } of keys) {
      if (isAbsent(row, name)) continue;
      made[name] = valueAt(row, name);
      if (of) made[`told ${name}`] = of(row);
    }
    return made;
  }

  private groupby(state: State, depth: number): { step: Step; state: State } | undefined {
    if (this.props(state).length === 0) return undefined;
    const { dice } = this.generator;
    const keys = this.keys(state);
    const names = keys.map(({ name }) => name);
    const keyProps = keys.map(({ name, ty }) => ({ name, ty }));
    const byKeys = (rows: readonly Row[]): readonly (readonly Row[])[] =>
      groupsOf(
        rows,
        keys.map(({ of }) => of),
      );
    if (depth > 0 && dice.chance(0.3)) {
      // Each group on its own.
      const inner = this.sequence({ ...state }, 1 + dice.below(2), 0);
      if (inner.steps.length === 0) return undefined;
      if (inner.state.areEntities) {
        // Entities as they were, whatever group they were in.
        if (names.some((name) => name.includes('/'))) return undefined;
        return {
          step: step(
            (_, [sequence]) => `groupby((${names.join(',')}),${sequence})`,
            (rows, _, [sequence = []], faults) => byKeys(rows).flatMap((group) => apply(sequence, group, faults)),
            [],
            [inner.steps],
          ),
          state: inner.state,
        };
      }
      const innerNames = [...inner.state.type.props, ...inner.state.added].map(({ name }) => name);
      if (innerNames.some((name) => names.some((key) => key === name || key.split('/')[0] === name.split('/')[0])))
        return undefined;
      const type = this.typeFor([...keyProps, ...inner.state.type.props, ...inner.state.added], []);
      return {
        step: step(
          (_, [sequence]) => `groupby((${names.join(',')}),${sequence})`,
          (rows, _, [sequence = []], faults) =>
            byKeys(rows).flatMap((group) => {
              const values = this.valuesOf(group[0] as Row, keys);
              return apply(sequence, group, faults).map((row) => extended(row, values));
            }),
          [],
          [inner.steps],
        ),
        state: {
          type,
          added: [],
          unique:
            names.some((key) => key.includes('/')) || inner.state.unique.length === 0
              ? []
              : [...names, ...inner.state.unique],
          areEntities: false,
          averages: inner.state.averages,
        },
      };
    }
    const items = dice.chance(0.85) ? this.items(state) : [];
    const type = this.typeFor(
      [...keyProps, ...items.filter(({ isAverage }) => !isAverage).map(({ name, ty }) => ({ name, ty }))],
      [],
    );
    return {
      step: step(
        (texts) => `groupby((${names.join(',')})${items.length > 0 ? `,aggregate(${itemTexts(items, texts)})` : ''})`,
        (rows, exprs, _, faults) =>
          byKeys(rows).map((group) =>
            aggregated(type, this.valuesOf(group[0] as Row, keys), items, group, exprs, faults),
          ),
        items.flatMap(({ exprs }) => exprs),
      ),
      state: {
        type,
        added: [],
        // A value that is null is another one than a value whose part is null, and than one that is absent.
        unique: names.some((name) => name.includes('/')) || state.unique.length === 0 ? [] : names,
        total: [...names, ...items.map((item) => item.name)],
        areEntities: false,
        averages: averagesOf(items),
      },
    };
  }

  private rollup(state: State): { step: Step; state: State } | undefined {
    const { dice } = this.generator;
    const props = this.props(state).filter(({ name }) => !name.includes('/'));
    if (props.length < 2) return undefined;
    const keys = [dice.pick(props), dice.pick(props)];
    const [first, second] = keys;
    if (!first || !second || first.name === second.name) return undefined;
    const hasAll = dice.chance(0.5);
    const items = this.items(state);
    if (items.length === 0) return undefined;
    const type = this.typeFor(
      [...keys, ...items.filter(({ isAverage }) => !isAverage).map(({ name, ty }) => ({ name, ty }))],
      [],
    );
    const levels = [keys, [first], ...(hasAll ? [[]] : [])];
    return {
      step: step(
        (texts) =>
          `groupby((rollup(${hasAll ? '$all,' : ''}${first.name},${second.name})),aggregate(${itemTexts(items, texts)}))`,
        (rows, exprs, _, faults) =>
          levels.flatMap((level) =>
            (level.length === 0
              ? [rows]
              : groupsOf(
                  rows,
                  level.map(
                    ({ name }) =>
                      (row: Row) =>
                        isAbsent(row, name) ? 'absent' : keyOf((row[name] ?? null) as Value),
                  ),
                )
            ).map((group) =>
              aggregated(type, group[0] ? this.valuesOf(group[0], level) : {}, items, group, exprs, faults),
            ),
          ),
        items.flatMap(({ exprs }) => exprs),
      ),
      state: { type, added: [], unique: [], areEntities: false, averages: averagesOf(items) },
    };
  }

  // ---- the largest, and some

  private inOrder(
    rows: readonly Row[],
    expr: Expr | undefined,
    isDown: boolean,
    unique: readonly string[],
    faults: Faults,
  ): Row[] {
    const values = new Map(rows.map((row) => [row, expr?.of(envOf(row, faults)) ?? null]));
    return [...rows].sort((a, b) => {
      let order = compare(values.get(a) ?? null, values.get(b) ?? null);
      for (const name of unique) if (order === 0) order = compare(valueAt(a, name) as Value, valueAt(b, name) as Value);
      return isDown ? -order : order;
    });
  }

  private largest(state: State): { step: Step; state: State } | undefined {
    const { dice } = this.generator;
    if (state.unique.length === 0 || state.isSorted) return undefined;
    const isTop = dice.chance(0.5);
    const size = 1 + dice.below(6);
    const expr = this.generator.value(this.generator.someType(this.scope(state)), this.scope(state), dice.below(2));
    return {
      step: step(
        ([e]) => `${isTop ? 'top' : 'bottom'}count(${size},${e})`,
        (rows, [e], _, faults) => this.inOrder(rows, e, isTop, state.unique, faults).slice(0, size),
        [expr],
      ),
      state,
    };
  }

  private share(state: State): { step: Step; state: State } | undefined {
    const { dice } = this.generator;
    const numbers = this.props(state).filter(({ ty }) => ty === 'dec');
    if (state.unique.length === 0 || numbers.length === 0 || state.isSorted) return undefined;
    const { name } = dice.pick(numbers);
    const [isTop, isPercent, limit] = [dice.chance(0.5), dice.chance(0.5), 1 + dice.below(99)];
    return {
      step: step(
        () => `${isTop ? 'top' : 'bottom'}${isPercent ? 'percent' : 'sum'}(${limit},${name})`,
        (rows) => {
          const amount = (row: Row): bigint => (typeof row[name] === 'bigint' ? row[name] : 0n);
          const all = rows.reduce((sum, row) => sum + amount(row), 0n);
          const sorted = [...rows].sort((a, b) => {
            let order = compare((a[name] ?? null) as Value, (b[name] ?? null) as Value);
            for (const key of state.unique)
              if (order === 0) order = compare(valueAt(a, key) as Value, valueAt(b, key) as Value);
            return isTop ? -order : order;
          });
          let total = 0n;
          const taken: Row[] = [];
          for (const row of sorted) {
            const isReached = !isPercent
              ? total >= BigInt(limit) * UNIT
              : all > 0n
                ? total * 100n >= BigInt(limit) * all
                : all < 0n && total * 100n <= BigInt(limit) * all;
            if (isReached) break;
            taken.push(row);
            total += amount(row);
          }
          return taken;
        },
      ),
      state,
    };
  }

  private cut(state: State): { step: Step; state: State } | undefined {
    const { dice } = this.generator;
    if (state.unique.length === 0 || state.isSorted || state.unique.some((name) => name.includes('/')))
      return undefined;
    const expr = this.generator.atom(this.generator.someType(this.scope(state)), this.scope(state));
    const [skip, top] = [dice.below(3), 1 + dice.below(9)];
    return {
      step: step(
        ([e]) => `orderby(${[e, ...state.unique].join(',')})/skip(${skip})/top(${top})`,
        (rows, [e], _, faults) => this.inOrder(rows, e, false, state.unique, faults).slice(skip, skip + top),
        [expr],
      ),
      state: { ...state, isSorted: true },
    };
  }

  // ---- several

  private concat(state: State, depth: number): { step: Step; state: State } | undefined {
    const { dice } = this.generator;
    const parts = [
      this.sequence(state, 1 + dice.below(2), depth - 1),
      this.sequence(state, 1 + dice.below(2), depth - 1),
    ];
    if (parts.some((part) => part.steps.length === 0 || part.state.joined !== undefined)) return undefined;
    // An entity has what a path leads to, and does not show it beside groups that do.
    const isPath = ({ name }: Prop): boolean =>
      name.includes('/') && !state.type.props.some((own) => own.name === name);
    if (parts.some((part) => part.state.areEntities) && parts.some((part) => part.state.type.props.some(isPath)))
      return undefined;
    // What has other parts in one structure than in another one is asked for in other tests.
    const partsOf = parts.map((part) => {
      const found = new Map<string, string>();
      for (const { name } of [...part.state.type.props].sort((x, y) => (x.name < y.name ? -1 : 1)))
        if (name.includes('/'))
          found.set(name.split('/')[0] ?? '', `${found.get(name.split('/')[0] ?? '') ?? ''} ${name}`);
      return found;
    });
    const isUneven = (first: string): boolean => new Set(partsOf.map((found) => found.get(first))).size > 1;
    if (partsOf.some((found) => [...found.keys()].some(isUneven))) return undefined;
    const props = new Map<string, Prop>();
    for (const part of parts)
      for (const prop of [...part.state.type.props, ...part.state.added]) {
        const before = props.get(prop.name);
        if (before && before.ty !== prop.ty) return undefined;
        props.set(prop.name, prop);
      }
    const type = this.typeFor([...props.values()], []);
    return {
      step: step(
        (_, texts) => `concat(${texts.join(',')})`,
        (rows, _, sequences, faults) =>
          sequences.flatMap((sequence) =>
            apply(sequence, rows, faults).map((row) =>
              made(
                type,
                type.props,
                row,
                parts.flatMap((part) => part.state.averages),
              ),
            ),
          ),
        [],
        parts.map(({ steps }) => steps),
      ),
      state: {
        type,
        added: [],
        unique: [],
        areEntities: false,
        averages: parts.flatMap((part) => part.state.averages),
      },
    };
  }

  private join(state: State, depth: number): { step: Step; state: State } | undefined {
    const { dice } = this.generator;
    const many = state.type.navs.filter((nav) => nav.many && !nav.isComplex);
    if (!state.areEntities || state.joined !== undefined || many.length === 0) return undefined;
    const nav = dice.pick(many);
    const name = this.name('j');
    const isOuter = dice.chance(0.5);
    const inner = dice.chance(0.4)
      ? this.sequence(this.start(nav.target), 1 + dice.below(2), depth - 1)
      : { steps: [], state: this.start(nav.target) };
    if (inner.state.added.length > 0 || inner.state.averages.length > 0) return undefined;
    const type = this.typeFor(state.type.props, state.type.key, {
      navs: [...state.type.navs, { name, target: inner.state.type.name, many: false }],
      colls: state.type.colls,
    });
    return {
      step: step(
        (_, [sequence]) =>
          `${isOuter ? 'outer' : ''}join(${nav.name} as ${name}${sequence === undefined || sequence === '' ? '' : `,${sequence}`})`,
        (rows, _, [sequence = []], faults) =>
          rows.flatMap((row) => {
            const found = apply(sequence, row[nav.name] as readonly Row[], faults);
            return (found.length === 0 && isOuter ? [null] : found).map((other) => extended(row, { [name]: other }));
          }),
        [],
        inner.steps.length > 0 ? [inner.steps] : [],
      ),
      state: { type, added: state.added, unique: [], areEntities: true, averages: [], joined: name },
    };
  }
}

function itemTexts(items: readonly Item[], texts: readonly string[]): string {
  let at = 0;
  return items
    .map((item) => (item.exprs.length > 0 ? item.text.replace('@', () => texts[at++] ?? '') : item.text))
    .join(',');
}

const averagesOf = (items: readonly Item[]): readonly string[] =>
  items.flatMap(({ name, isAverage }) => (isAverage ? [name] : []));

function aggregated(
  type: EType,
  values: Readonly<Record<string, unknown>>,
  items: readonly Item[],
  rows: readonly Row[],
  exprs: readonly Expr[],
  faults: Faults,
): Row {
  const made: Record<string, unknown> & Row = { ...values, $type: type.name };
  let at = 0;
  for (const item of items) {
    const own = exprs.slice(at, at + item.exprs.length);
    at += item.exprs.length;
    made[item.name] = item.of(rows, own, faults);
  }
  return made;
}

/** A row with only some of its columns. */
function made(type: EType, props: readonly Prop[], row: Row, averages: readonly string[]): Row {
  const names = [...props.map(({ name }) => name), ...averages].filter((name) => !isAbsent(row, name));
  const values = names.flatMap((name) => {
    const told = row[`told ${name}`];
    return [[name, valueAt(row, name)], ...(told === undefined ? [] : [[`told ${name}`, told]])];
  });
  return Object.assign(Object.fromEntries(values) as Record<string, unknown>, { $type: type.name });
}

/** What a row lacks is another thing than what is null in it. Data Aggregation §3.2.3.1 */
function isAbsent(row: Row, name: string): boolean {
  if (name in row) return false;
  const [first = '', ...rest] = name.split('/');
  if (rest.length === 0 || !(first in row)) return true;
  const other = row[first] as Row | null | undefined;
  return other ? isAbsent(other, rest.join('/')) : false;
}

/** `customer/number` of a group is a column, of an entity a path. */
export function valueAt(row: Row, name: string): unknown {
  if (name in row) return row[name] ?? null;
  const at = name.indexOf('/');
  const other = at < 0 ? null : (row[name.slice(0, at)] as Row | null | undefined);
  return other ? valueAt(other, name.slice(at + 1)) : null;
}

function groupsOf(rows: readonly Row[], keys: readonly ((row: Row) => string)[]): readonly (readonly Row[])[] {
  const found = new Map<string, Row[]>();
  for (const row of rows) {
    const key = JSON.stringify(keys.map((of) => of(row)));
    const group = found.get(key);
    if (group) group.push(row);
    else found.set(key, [row]);
  }
  return [...found.values()];
}

/** About: to nine digits. */
export const roughly = (value: Value): string =>
  value === null ? 'null' : Number(typeof value === 'bigint' ? decimalText(value) : value).toPrecision(9);
