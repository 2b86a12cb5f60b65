/** Makes expressions of a type, as deep as asked for, over all that is in reach. */
import { type Dice } from './dice';
import { called, infix, leaf, node, strict, type Env, type Expr } from './expression';
import {
  compare,
  DAY,
  dateText,
  decimalOf,
  decimalText,
  enumOf,
  floorDiv,
  keyOf,
  literal,
  numberOf,
  UNIT,
  whole,
  type Faults,
  type Ty,
  type Value,
} from './values';
import { derivedOf, isA, whole as typeOf, type Nav, type Row, type World } from './world';

/** Names that an expression may use. */
export interface Scope {
  /** The type of what a bare name belongs to. */
  readonly here: string;
  readonly it: string;
  /** Variables of lambdas, of a type of entities or complex values, or a primitive one; names of `here` itself are not seen further within. */
  readonly vars: readonly {
    readonly name: string;
    readonly type?: string;
    readonly ty?: Ty;
    readonly isOwn?: boolean;
  }[];
  /** Properties that $compute added to `here`. */
  readonly computed: readonly { readonly name: string; readonly ty: Ty }[];
  /** Whether `$it` may be named. */
  readonly hasIt: boolean;
}

/** A way to values or rows: null where there are none. */
interface Path<T> {
  readonly text: string;
  readonly of: (env: Env) => T;
}
interface ValuePath extends Path<Value> {
  readonly ty: Ty;
}
interface Many extends Path<readonly Row[]> {
  readonly target: string;
  readonly isComplex: boolean;
}
interface Values extends Path<readonly Value[] | null> {
  readonly ty: Ty;
}
interface Bound extends Path<Row | null> {
  readonly type: string;
}

const words = [
  '',
  'a',
  'A',
  "'",
  '%',
  '_',
  '\\',
  '000',
  'INV',
  'o',
  '🎻',
  'ø',
  'ü',
  'e\u0301',
  ' ',
  '+',
  '&',
  '#',
  '/',
  '"',
  '5',
  'null',
  'ab',
  '😀',
];
const TYPES: readonly Ty[] = ['string', 'int', 'dec', 'double', 'date', 'moment', 'span', 'time', 'guid', 'bool'];
const YEARS = [-719_162n * DAY, 2_932_897n * DAY] as const;

export class Generator {
  private serial = 0;
  private readonly reached = new Map<string, { values: ValuePath[]; many: Many[]; colls: Values[]; ones: Bound[] }>();
  private readonly known = new Map<string, Value[]>();

  constructor(
    readonly world: World,
    readonly dice: Dice,
  ) {
    const note = (row: Row): void => {
      for (const { name, ty } of typeOf(world, row.$type).props)
        this.known.set(ty, [...(this.known.get(ty) ?? []), (row[name] ?? null) as Value]);
    };
    for (const { rows } of world.roots) rows.slice(0, 60).forEach(note);
  }

  // ---- what is in reach

  private bases(scope: Scope): Bound[] {
    const bases: Bound[] = [{ text: '', type: scope.here, of: (env) => env.here }];
    if (scope.hasIt) bases.push({ text: '$it/', type: scope.it, of: (env) => env.it });
    for (const { name, type } of scope.vars)
      if (type !== undefined) {
        const bound: Bound = { text: `${name}/`, type, of: (env) => (env.vars[name] ?? null) as Row | null };
        bases.push(bound, bound);
      }
    return bases;
  }

  /** What a row of a type leads to, over at most two navigation properties. */
  private reach(type: string): { values: ValuePath[]; many: Many[]; colls: Values[]; ones: Bound[] } {
    const before = this.reached.get(type);
    if (before) return before;
    const made = { values: [] as ValuePath[], many: [] as Many[], colls: [] as Values[], ones: [] as Bound[] };
    this.reached.set(type, made);
    const walk = (name: string, text: string, of: (env: Env) => Row | null, depth: number): void => {
      const all = typeOf(this.world, name);
      const casts = derivedOf(this.world, name).map((other) => {
        const own = this.world.types[other];
        const cast = (env: Env): Row | null => {
          const row = of(env);
          return row !== null && isA(this.world, row.$type, other) ? row : null;
        };
        return { own, text: `${text}${this.world.namespace}.${other}/`, of: cast };
      });
      for (const part of [{ own: all, text, of }, ...casts]) {
        if (!part.own) continue;
        for (const { name: prop, ty } of part.own.props)
          made.values.push({ text: part.text + prop, ty, of: (env) => (part.of(env)?.[prop] ?? null) as Value });
        for (const { name: coll, ty } of part.own.colls)
          made.colls.push({
            text: part.text + coll,
            ty,
            of: (env) => (part.of(env)?.[coll] ?? null) as Value[] | null,
          });
        for (const nav of part.own.navs) {
          if (nav.many) made.many.push(this.manyOf(nav, part.text, part.of));
          else {
            const next = (env: Env): Row | null => (part.of(env)?.[nav.name] ?? null) as Row | null;
            made.ones.push({ text: part.text + nav.name, type: nav.target, of: next });
            if (depth > 0) walk(nav.target, `${part.text}${nav.name}/`, next, depth - 1);
          }
        }
      }
    };
    walk(type, '', (env) => env.here, 2);
    return made;
  }

  private manyOf(nav: Nav, text: string, of: (env: Env) => Row | null): Many {
    return {
      text: text + nav.name,
      target: nav.target,
      isComplex: nav.isComplex ?? false,
      of: (env) => (of(env)?.[nav.name] ?? []) as Row[],
    };
  }

  /** One of the paths, from a base; short ones more often. */
  private from<P extends Path<unknown>>(scope: Scope, list: (type: string) => readonly P[]): P | undefined {
    const base = this.dice.pick(this.bases(scope));
    const all = list(base.type);
    if (all.length === 0) return undefined;
    const short = all.filter(({ text }) => !text.includes('/'));
    const found = this.dice.pick(short.length > 0 && this.dice.chance(0.5) ? short : all);
    const of = (env: Env): unknown => found.of({ ...env, here: base.of(env) ?? env.here });
    return { ...found, text: base.text + found.text, of };
  }
  private readonly ones = (type: string): readonly Bound[] => this.reach(type).ones;

  // ---- values

  value(ty: Ty, scope: Scope, depth: number): Expr {
    if (ty === 'bool') return this.condition(scope, depth);
    if (depth <= 0 || this.dice.chance(0.25)) return this.atom(ty, scope);
    const made = this.made(ty, scope, depth - 1);
    return made ?? this.atom(ty, scope);
  }

  atom(ty: Ty, scope: Scope): Expr {
    const { dice } = this;
    const single = [
      ...scope.vars
        .filter((each) => each.ty === ty)
        .map(({ name }) => leaf(ty, name, (env) => (env.vars[name] ?? null) as Value)),
      ...scope.computed
        .filter((each) => each.ty === ty)
        .map(({ name }) => leaf(ty, name, (env) => (env.here[name] ?? null) as Value)),
    ];
    if (single.length > 0 && dice.chance(0.5)) return dice.pick(single);
    if (dice.chance(0.7)) {
      const path = this.from(scope, (type) => this.reach(type).values.filter((each) => each.ty === ty));
      if (path) return leaf(ty, path.text, path.of);
    }
    if (dice.chance(0.04)) {
      const found = this.ofRoot(ty);
      if (found) return found;
    }
    if (dice.chance(0.06)) {
      const found = this.ofMember(ty, scope);
      if (found) return found;
    }
    return this.constant(ty);
  }

  /** `$root/Set(key)/property`. */
  private ofRoot(ty: Ty): Expr | undefined {
    const { dice, world } = this;
    const root = dice.pick(world.roots);
    const type = typeOf(world, root.type);
    const prop = type.props.filter((each) => each.ty === ty);
    if (root.rows.length === 0 || prop.length === 0 || root.path.includes('/')) return undefined;
    const row = dice.pick(root.rows);
    const { name } = dice.pick(prop);
    const value = (row[name] ?? null) as Value;
    return leaf(ty, `$root/${root.path}(${this.keyText(root.type, row)})/${name}`, () => value);
  }

  /** `nav(key)/property`: null where the collection has no such member. */
  private ofMember(ty: Ty, scope: Scope): Expr | undefined {
    const many = this.many(scope);
    if (!many || many.isComplex) return undefined;
    const root = this.world.roots.find(({ type, path }) => type === many.target && !path.includes('/'));
    const props = typeOf(this.world, many.target).props.filter((prop) => prop.ty === ty);
    if (!root || root.rows.length === 0 || props.length === 0) return undefined;
    const [row, { name }] = [this.dice.pick(root.rows), this.dice.pick(props)];
    const text = `${many.text}(${this.keyText(many.target, row)})/${name}`;
    return leaf(ty, text, (env) => (many.of(env).includes(row) ? ((row[name] ?? null) as Value) : null));
  }

  keyText(name: string, row: Row): string {
    const { key, props } = typeOf(this.world, name);
    const texts = key.map((part) => {
      const ty = props.find((prop) => prop.name === part)?.ty ?? 'string';
      return [part, literal(ty, (row[part] ?? null) as Value, this.world.enums)] as const;
    });
    return texts.length === 1 ? (texts[0]?.[1] ?? '') : texts.map(([part, text]) => `${part}=${text}`).join(',');
  }

  constant(ty: Ty, isPlain = false): Expr {
    const value = this.sample(ty);
    const plain = literal(ty, value, this.world.enums);
    const text = ty.includes(':') && !isPlain ? `${this.world.namespace}.${enumOf(ty)}${plain}` : plain;
    if (this.dice.chance(0.08) && !ty.includes(':') && !isPlain) {
      const name = `@p${(this.serial += 1)}`;
      return leaf(ty, name, () => value, { [name]: text });
    }
    return leaf(ty, text, () => value);
  }

  /** A value that is somewhere, or an odd one. */
  private sample(ty: Ty): Value {
    const { dice } = this;
    if (ty === 'bool') return dice.chance(0.5);
    if (ty.startsWith('enum:')) return dice.pick(Object.values(this.world.enums[enumOf(ty)] ?? {}));
    if (ty.startsWith('flags:')) return 1 + dice.below(7);
    const known = (this.known.get(ty) ?? []).filter((value) => value !== null);
    if (known.length > 0 && dice.chance(0.6)) return dice.pick(known);
    if (ty === 'string') return dice.pick(words);
    if (ty === 'int') return whole(dice.below(12) - 4);
    if (ty === 'dec')
      return decimalOf(dice.pick(['0', '0.5', '-0.01', '250.5', '21000.00', '99999.99999', '-3', '1.0']));
    if (ty === 'double') return dice.pick([0, 0.5, -2.5, 1e10, 0.1, 3]);
    if (ty === 'date') return dice.pick([18321n, 20089n, 0n, 20543n]);
    if (ty === 'time') return dice.pick([0n, 45_296_000_000n, 1_500_000n]);
    if (ty === 'moment') return 18321n * DAY + dice.pick([0n, 1n, 43_200_000_000n]);
    if (ty === 'span') return dice.pick([0n, DAY, -DAY, 90_000_000n, 500_000n, 31n * DAY]);
    return known[0] ?? '00000000-0000-0000-0000-000000000000';
  }

  /** A value that a function or an operator makes. */
  private made(ty: Ty, scope: Scope, depth: number): Expr | undefined {
    const { dice } = this;
    const string = (): Expr => this.value('string', scope, depth);
    const int = (): Expr => this.value('int', scope, depth);
    const some = (other: Ty): Expr => this.value(other, scope, depth);
    const common: [number, () => Expr | undefined][] = [[1, () => this.cases(ty, scope, depth)]];
    const number = ty as 'int' | 'dec' | 'double';
    const arithmetic: [number, () => Expr | undefined][] = [
      [4, () => this.arithmetic(dice.pick(['add', 'sub', 'mul']), number, some(this.below(number)), some(number))],
      [1, () => this.arithmetic(dice.pick(['add', 'sub', 'mul']), number, some(number), some(this.below(number)))],
      [
        1,
        () =>
          strict(
            ty,
            [some(ty)],
            ([a]) => `(-(${a}))`,
            ([a], faults) => negated(ty, a, faults),
          ),
      ],
      [1, () => this.arithmetic(dice.pick(['div', 'mod']), number, some(number), this.divisor(number))],
    ];
    if (ty === 'string')
      return dice.way<Expr | undefined>(
        ...common,
        [2, () => strict(ty, [string()], called('tolower'), ([a]) => String(a).toLowerCase())],
        [2, () => strict(ty, [string()], called('toupper'), ([a]) => String(a).toUpperCase())],
        [
          2,
          () =>
            strict(ty, [string()], called('trim'), ([a]) =>
              String(a).replace(/^\p{White_Space}+|\p{White_Space}+$/gu, ''),
            ),
        ],
        [3, () => strict(ty, [string(), string()], called('concat'), ([a, b]) => String(a) + String(b))],
        [2, () => strict(ty, [string(), this.small()], called('substring'), ([a, n]) => part(a, n))],
        [
          2,
          () => strict(ty, [string(), this.small(), this.small()], called('substring'), ([a, n, m]) => part(a, n, m)),
        ],
        [
          1,
          () =>
            strict(
              ty,
              [int()],
              ([a]) => `cast(${a},Edm.String)`,
              ([a]) => decimalText(a as bigint),
            ),
        ],
        [
          1,
          () =>
            strict(
              ty,
              [some('date')],
              ([a]) => `cast(${a},Edm.String)`,
              ([a]) => dateText(a as bigint),
            ),
        ],
        [
          1,
          () =>
            strict(
              ty,
              [some('guid')],
              ([a]) => `cast(${a},Edm.String)`,
              ([a]) => String(a),
            ),
        ],
        [
          1,
          () =>
            strict(
              ty,
              [some('bool')],
              ([a]) => `cast(${a},Edm.String)`,
              ([a]) => String(a),
            ),
        ],
      );
    if (ty === 'int')
      return dice.way<Expr | undefined>(
        ...common,
        ...arithmetic,
        [2, () => strict(ty, [string()], called('length'), ([a]) => whole([...String(a)].length))],
        [2, () => strict(ty, [string(), string()], called('indexof'), ([a, b]) => indexOf(String(a), String(b)))],
        [2, () => this.datePart(scope, depth)],
        [4, () => this.count(scope, depth)],
        [
          1,
          () =>
            strict(
              ty,
              [string()],
              ([a]) => `cast(${a},Edm.Int32)`,
              ([a]) => toInt(String(a)),
            ),
        ],
      );
    if (ty === 'dec')
      return dice.way<Expr | undefined>(
        ...common,
        ...arithmetic,
        [2, () => strict(ty, [some('dec')], called('round'), ([a]) => rounded(a as bigint, 'round'))],
        [1, () => strict(ty, [some('dec')], called('floor'), ([a]) => rounded(a as bigint, 'floor'))],
        [1, () => strict(ty, [some('dec')], called('ceiling'), ([a]) => rounded(a as bigint, 'ceiling'))],
        [
          1,
          () =>
            strict(
              ty,
              [int()],
              ([a]) => `cast(${a},Edm.Decimal)`,
              ([a]) => a ?? null,
            ),
        ],
        [1, () => this.arithmetic('divby', 'dec', int(), this.divisor('int'))],
        [1, () => strict(ty, [some('span')], called('totalseconds'), ([a]) => (a as bigint) * 10n ** 24n)],
        [
          1,
          () =>
            strict(
              ty,
              [some('moment')],
              called('fractionalseconds'),
              ([a]) => ((((a as bigint) % 1_000_000n) + 1_000_000n) % 1_000_000n) * 10n ** 24n,
            ),
        ],
        [2, () => this.aggregated(scope)],
      );
    if (ty === 'double')
      return dice.way<Expr | undefined>(
        ...common,
        ...arithmetic,
        [
          1,
          () =>
            strict(
              ty,
              [int()],
              ([a]) => `cast(${a},Edm.Double)`,
              ([a]) => numberOf(a as bigint),
            ),
        ],
        [1, () => strict(ty, [some('double')], called('floor'), ([a]) => Math.floor(a as number))],
      );
    if (ty === 'date')
      return dice.way<Expr | undefined>(
        ...common,
        [2, () => strict(ty, [some('moment')], called('date'), ([a]) => floorDiv(a as bigint, DAY))],
        [
          2,
          () =>
            strict(ty, [some('date'), some('span')], infix('add'), ([a, b], faults) =>
              inYears((a as bigint) * DAY + (b as bigint), faults, DAY),
            ),
        ],
        [
          1,
          () =>
            strict(ty, [some('date'), some('span')], infix('sub'), ([a, b], faults) =>
              inYears((a as bigint) * DAY - (b as bigint), faults, DAY),
            ),
        ],
      );
    if (ty === 'moment')
      return dice.way<Expr | undefined>(
        ...common,
        [
          2,
          () =>
            strict(ty, [some('moment'), some('span')], infix('add'), ([a, b], faults) =>
              inYears((a as bigint) + (b as bigint), faults),
            ),
        ],
        [
          1,
          () =>
            strict(ty, [some('moment'), some('span')], infix('sub'), ([a, b], faults) =>
              inYears((a as bigint) - (b as bigint), faults),
            ),
        ],
      );
    if (ty === 'span')
      return dice.way<Expr | undefined>(
        ...common,
        [
          2,
          () =>
            strict(ty, [some('date'), some('date')], infix('sub'), ([a, b]) => ((a as bigint) - (b as bigint)) * DAY),
        ],
        [
          1,
          () => strict(ty, [some('moment'), some('moment')], infix('sub'), ([a, b]) => (a as bigint) - (b as bigint)),
        ],
        [1, () => strict(ty, [some('span'), some('span')], infix('add'), ([a, b]) => (a as bigint) + (b as bigint))],
        [
          1,
          () =>
            strict(
              ty,
              [some('span')],
              ([a]) => `(-(${a}))`,
              ([a]) => -(a as bigint),
            ),
        ],
        [
          1,
          () =>
            strict(ty, [some('span'), this.small()], infix('mul'), ([a, n]) => ((a as bigint) * (n as bigint)) / UNIT),
        ],
      );
    if (ty === 'time')
      return dice.way<Expr | undefined>(...common, [
        2,
        () => strict(ty, [some('moment')], called('time'), ([a]) => (a as bigint) - floorDiv(a as bigint, DAY) * DAY),
      ]);
    return dice.way<Expr | undefined>(...common);
  }

  /** A type that is promoted to the given one, or it. */
  private below(ty: 'int' | 'dec' | 'double'): Ty {
    return ty === 'int' || this.dice.chance(0.5) ? ty : ty === 'dec' ? 'int' : this.dice.pick(['int', 'dec']);
  }

  private small(): Expr {
    const value = whole(this.dice.below(9) - 4);
    return leaf('int', decimalText(value), () => value);
  }

  private divisor(ty: 'int' | 'dec' | 'double'): Expr {
    const value = this.dice.pick([2, 4, 5, -2, 10, 1]);
    return ty === 'double'
      ? leaf(ty, literal(ty, value, {}), () => value)
      : leaf(ty, String(value), () => whole(value));
  }

  private arithmetic(operator: string, ty: 'int' | 'dec' | 'double', left: Expr, right: Expr): Expr | undefined {
    const isWritten = [left, right].some((one) => one.ty === 'double' && isNumber(one));
    // A number with an exponent beside a decimal is a decimal, and not the double that is wanted.
    if (ty === 'double' && isWritten && [left, right].some((one) => one.ty === 'dec')) return undefined;
    return strict(ty, [left, right], infix(operator), ([a = null, b = null], faults) => {
      if (a === null || b === null) return null;
      if (ty === 'double') return ofDoubles(operator, numberOf(a as number), numberOf(b as number), faults);
      return ofDecimals(operator, ty, a as bigint, b as bigint, faults);
    });
  }

  private cases(ty: Ty, scope: Scope, depth: number): Expr {
    const [condition, first] = [this.condition(scope, depth), this.value(ty, scope, depth)];
    if (this.dice.chance(0.5))
      return node(
        ty,
        [condition, first],
        ([c, a]) => `case(${c}:${a})`,
        (env, [c, a]) => (c?.of(env) === true ? (a?.of(env) ?? null) : null),
      );
    return node(
      ty,
      [condition, first, this.value(ty, scope, depth)],
      ([c, a, b]) => `case(${c}:${a},true:${b})`,
      (env, [c, a, b]) => (c?.of(env) === true ? a?.of(env) : b?.of(env)) ?? null,
    );
  }

  private datePart(scope: Scope, depth: number): Expr {
    const { dice } = this;
    const ofDate: Record<string, (text: string) => number> = {
      year: (text) => Number(text.slice(0, 4)),
      month: (text) => Number(text.slice(5, 7)),
      day: (text) => Number(text.slice(8, 10)),
    };
    const ofTime: Record<string, (micros: bigint) => bigint> = {
      hour: (micros) => micros / 3_600_000_000n,
      minute: (micros) => (micros / 60_000_000n) % 60n,
      second: (micros) => (micros / 1_000_000n) % 60n,
    };
    if (dice.chance(0.6)) {
      const name = dice.pick(Object.keys(ofDate));
      const ty = dice.pick(['date', 'moment'] as const);
      return strict('int', [this.value(ty, scope, depth)], called(name), ([a]) =>
        whole(ofDate[name]?.(dateText(ty === 'date' ? (a as bigint) : floorDiv(a as bigint, DAY))) ?? 0),
      );
    }
    const name = dice.pick(Object.keys(ofTime));
    const ty = dice.pick(['time', 'moment'] as const);
    return strict('int', [this.value(ty, scope, depth)], called(name), ([a]) => {
      const micros = a as bigint;
      return whole(ofTime[name]?.(micros - floorDiv(micros, DAY) * DAY) ?? 0n);
    });
  }

  // ---- collections

  private many(scope: Scope): Many | undefined {
    const found = this.from(scope, (type) => this.reach(type).many);
    return found && { ...found, of: (env) => found.of(env) ?? [] };
  }

  private collection(scope: Scope): Values | undefined {
    return this.from(scope, (type) => this.reach(type).colls);
  }

  /** Rows of a collection: all, those of a type, or those that a condition leaves. */
  private rows(
    scope: Scope,
    depth: number,
  ):
    | {
        target: string;
        isComplex: boolean;
        kids: Expr[];
        text: (texts: readonly string[]) => string;
        of: (env: Env, kids: readonly Expr[]) => readonly Row[];
      }
    | undefined {
    const many = this.many(scope);
    if (!many) return undefined;
    const derived = derivedOf(this.world, many.target);
    const type = derived.length > 0 && this.dice.chance(0.3) ? this.dice.pick(derived) : undefined;
    const target = type ?? many.target;
    const path = type === undefined ? many.text : `${many.text}/${this.world.namespace}.${type}`;
    const of = (env: Env): readonly Row[] => many.of(env).filter((row) => isA(this.world, row.$type, target));
    if (depth > 0 && this.dice.chance(0.25)) {
      const filter = this.condition(this.inside(scope, target), depth - 1);
      return {
        target,
        isComplex: many.isComplex,
        kids: [filter],
        text: ([f]) => `${path}/$filter(${f})`,
        of: (env, [f]) => of(env).filter((row) => f?.of({ ...env, here: row }) === true),
      };
    }
    return { target, isComplex: many.isComplex, kids: [], text: () => path, of };
  }

  private inside(scope: Scope, here: string): Scope {
    return { ...scope, here, computed: [], vars: scope.vars.filter(({ isOwn }) => isOwn !== true) };
  }

  private count(scope: Scope, depth: number): Expr | undefined {
    if (this.dice.chance(0.25)) {
      const coll = this.collection(scope);
      if (!coll) return undefined;
      return this.dice.chance(0.3)
        ? leaf('int', `length(${coll.text})`, (env) => lengthOf(coll.of(env)))
        : leaf('int', `${coll.text}/$count`, (env) => lengthOf(coll.of(env) ?? []));
    }
    const rows = this.rows(scope, depth);
    if (!rows) return undefined;
    if (this.dice.chance(0.5))
      return node(
        'int',
        rows.kids,
        (texts) => `${rows.text(texts)}/$count`,
        (env, kids) => whole(rows.of(env, kids).length),
      );
    const filter = this.condition(this.inside(scope, rows.target), depth);
    return node(
      'int',
      [filter, ...rows.kids],
      ([f, ...texts]) => `${rows.text(texts)}/$count($filter=${f})`,
      (env, [f, ...kids]) => whole(rows.of(env, kids).filter((row) => f?.of({ ...env, here: row }) === true).length),
    );
  }

  /** `nav/aggregate(property with sum)`. */
  private aggregated(scope: Scope): Expr | undefined {
    const many = this.many(scope);
    const props = many && typeOf(this.world, many.target).props.filter(({ ty }) => ty === 'dec');
    if (!many || many.isComplex || !props || props.length === 0) return undefined;
    const { name } = this.dice.pick(props);
    const method = this.dice.pick(['sum', 'min', 'max']);
    return leaf('dec', `${many.text}/aggregate(${name} with ${method})`, (env) => {
      const values = many.of(env).flatMap((row) => (typeof row[name] === 'bigint' ? [row[name]] : []));
      if (values.length === 0) return null;
      if (method === 'sum') return values.reduce((a, b) => a + b, 0n);
      return values.reduce((a, b) => (a < b === (method === 'min') ? a : b));
    });
  }

  private lambda(scope: Scope, depth: number): Expr | undefined {
    const { dice } = this;
    const isAny = dice.chance(0.6);
    const name = `${dice.pick(['x', 'y', 'z'])}${scope.vars.length || ''}`;
    const quantified = (list: readonly (Row | Value)[], env: Env, kid: Expr | undefined): boolean => {
      const holds = (member: Row | Value): boolean =>
        kid?.of({ ...env, vars: { ...env.vars, [name]: member } }) === true;
      // All are looked at, so that every fault is found.
      const found = list.map(holds);
      return isAny ? found.includes(true) : !found.includes(false);
    };
    if (dice.chance(0.25)) {
      const coll = this.collection(scope);
      if (!coll) return undefined;
      const kid = this.condition({ ...scope, vars: [...scope.vars, { name, ty: coll.ty }] }, depth);
      return node(
        'bool',
        [kid],
        ([k]) => `${coll.text}/${isAny ? 'any' : 'all'}(${name}:${k})`,
        (env, [k]) => quantified(coll.of(env) ?? [], env, k),
      );
    }
    const rows = this.rows(scope, depth);
    if (!rows) return undefined;
    if (isAny && dice.chance(0.1))
      return node(
        'bool',
        rows.kids,
        (texts) => `${rows.text(texts)}/any()`,
        (env, kids) => rows.of(env, kids).length > 0,
      );
    const kid = this.condition({ ...scope, vars: [...scope.vars, { name, type: rows.target }] }, depth);
    return node(
      'bool',
      [kid, ...rows.kids],
      ([k, ...texts]) => `${rows.text(texts)}/${isAny ? 'any' : 'all'}(${name}:${k})`,
      (env, [k, ...kids]) => quantified(rows.of(env, kids), env, k),
    );
  }

  // ---- conditions

  condition(scope: Scope, depth: number): Expr {
    const { dice } = this;
    if (depth <= 0) return this.comparison(scope, 0);
    const inner = (): Expr => this.condition(scope, depth - 1);
    const string = (): Expr => this.value('string', scope, depth - 1);
    const made = dice.way<Expr | undefined>(
      [6, () => this.comparison(scope, depth - 1)],
      [3, () => node('bool', [inner(), inner()], infix('and'), (env, [a, b]) => and(a?.of(env), b?.of(env)))],
      [3, () => node('bool', [inner(), inner()], infix('or'), (env, [a, b]) => or(a?.of(env), b?.of(env)))],
      [
        2,
        () =>
          strict(
            'bool',
            [inner()],
            ([a]) => `(not (${a}))`,
            ([a]) => !a,
          ),
      ],
      [3, () => this.lambda(scope, depth - 1)],
      [1, () => this.atom('bool', scope)],
      [1, () => strict('bool', [string(), string()], called('contains'), ([a, b]) => String(a).includes(String(b)))],
      [
        1,
        () => strict('bool', [string(), string()], called('startswith'), ([a, b]) => String(a).startsWith(String(b))),
      ],
      [1, () => strict('bool', [string(), string()], called('endswith'), ([a, b]) => String(a).endsWith(String(b)))],
      [2, () => this.inList(scope, depth - 1)],
      [1, () => this.ofCollection(scope)],
      [1, () => this.ofEntity(scope)],
      [1, () => this.isOf(scope, depth - 1)],
      [1, () => this.hasFlags(scope)],
    );
    return made ?? this.comparison(scope, depth - 1);
  }

  private comparison(scope: Scope, depth: number): Expr {
    const { dice } = this;
    const ty = this.someType(scope);
    const side = (of: Ty): Expr => (of === 'bool' && depth <= 0 ? this.atom(of, scope) : this.value(of, scope, depth));
    const left = side(ty);
    const isOrdered = !ty.includes(':') && ty !== 'guid';
    const operator = dice.pick(isOrdered ? ['eq', 'ne', 'gt', 'ge', 'lt', 'le'] : ['eq', 'ne']);
    const other: Ty = (ty === 'dec' || ty === 'double') && dice.chance(0.3) ? this.below(ty) : ty;
    const right = dice.chance(0.08)
      ? leaf(ty, 'null', () => null)
      : ty.includes(':') && dice.chance(0.3) && left.text.match(/^[\w/$]+$/)
        ? this.constant(ty, true)
        : side(other);
    const isDouble = (ty === 'double') !== (other === 'double');
    const kids = dice.chance(0.5) ? [left, right] : [right, left];
    return node('bool', kids, infix(operator), (env, [a, b]) => {
      const [x, y] = [a?.of(env) ?? null, b?.of(env) ?? null];
      return isDouble ? compared(operator, asDouble(x), asDouble(y)) : compared(operator, x, y);
    });
  }

  /** A type that something in reach has, most of the time. */
  someType(scope: Scope): Ty {
    const path = this.dice.chance(0.8) ? this.from(scope, (type) => this.reach(type).values) : undefined;
    const own = this.dice.chance(0.3) ? scope.vars.find(({ ty }) => ty !== undefined)?.ty : undefined;
    return own ?? path?.ty ?? this.dice.pick(TYPES);
  }

  private inList(scope: Scope, depth: number): Expr {
    const ty = this.someType(scope);
    const items = Array.from({ length: 1 + this.dice.below(3) }, () =>
      this.dice.chance(0.15) ? leaf(ty, 'null', () => null) : this.constant(ty, true),
    );
    return node(
      'bool',
      [this.value(ty, scope, depth), ...items],
      ([a, ...list]) => `(${a} in (${list.join(',')}))`,
      (env, [a, ...list]) => {
        const value = a?.of(env) ?? null;
        return list.some((item) => compared('eq', value, item.of(env)));
      },
    );
  }

  private ofCollection(scope: Scope): Expr | undefined {
    const coll = this.collection(scope);
    if (!coll || coll.ty.includes(':')) return undefined;
    const [a, b] = [this.constant(coll.ty, true), this.constant(coll.ty, true)];
    const json = (item: Expr, env: Env): Value => item.of(env);
    const list = (texts: readonly string[]): string =>
      `[${texts.map((text) => (coll.ty === 'string' ? JSON.stringify(text.slice(1, -1).replaceAll("''", "'")) : text)).join(',')}]`;
    const env = (kids: readonly Expr[], at: Env): Value[] => kids.map((kid) => json(kid, at));
    const listed = (
      text: (texts: readonly string[]) => string,
      kids: readonly Expr[],
      of: (items: readonly Value[], wanted: readonly Value[]) => Value,
    ): Expr =>
      node('bool', kids, text, (at, parts) => {
        const found = coll.of(at);
        return found === null ? null : of(found, env(parts, at));
      });
    const { text } = coll;
    return this.dice.way<Expr>(
      [
        2,
        () =>
          node(
            'bool',
            [this.atom(coll.ty, scope)],
            ([x]) => `(${x} in ${text})`,
            (at, [x]) => (coll.of(at) ?? []).some((item) => compared('eq', item, x?.of(at) ?? null)),
          ),
      ],
      [1, () => listed((texts) => `hassubset(${text},${list(texts)})`, [a, b], isSubset)],
      [1, () => listed((texts) => `hassubsequence(${text},${list(texts)})`, [a, b], isSubsequence)],
      [
        1,
        () =>
          listed(
            (texts) => `contains(${text},${list(texts)})`,
            [a],
            (items, [x]) => items.includes(x ?? null),
          ),
      ],
      [
        1,
        () =>
          listed(
            (texts) => `startswith(${text},${list(texts)})`,
            [a],
            (items, [x]) => items[0] === x,
          ),
      ],
      [1, () => this.ofTwo(scope, coll)],
      [
        1,
        () =>
          node(
            'bool',
            [a],
            (texts) => `(length(concat(${text},${list(texts)})) gt 2)`,
            (at) => (coll.of(at)?.length ?? 0) > 1,
          ),
      ],
      [
        1,
        () =>
          listed(
            (texts) => `contains(substring(${text},1),${list(texts)})`,
            [a],
            (items, [x]) => items.slice(1).includes(x ?? null),
          ),
      ],
      [
        1,
        () =>
          node(
            'bool',
            [a, b],
            (texts) => `(${text} eq ${list(texts)})`,
            (at, kids) => same(coll.of(at) ?? [null], env(kids, at)),
          ),
      ],
    );
  }

  private ofTwo(scope: Scope, coll: Values): Expr {
    const other = this.from(scope, (type) => this.reach(type).colls.filter(({ ty }) => ty === coll.ty)) ?? coll;
    const both = (name: string, test: (a: readonly Value[], b: readonly Value[]) => boolean): Expr =>
      leaf('bool', `${name}(${coll.text},${other.text})`, (env) => {
        const [a, b] = [coll.of(env), other.of(env)];
        return a === null || b === null ? null : test(a, b);
      });
    return this.dice.way<Expr>(
      [1, () => both('hassubset', isSubset)],
      [1, () => both('hassubsequence', isSubsequence)],
      [1, () => both('startswith', (a, b) => b.every((value, index) => index < a.length && a[index] === value))],
      [
        1,
        () =>
          leaf('bool', `(${coll.text} eq ${other.text})`, (env) => {
            const [a, b] = [coll.of(env), other.of(env)];
            return a === null || b === null ? a === b : same(a, b);
          }),
      ],
    );
  }

  /** Entities beside null and beside one another. */
  private ofEntity(scope: Scope): Expr | undefined {
    const one = this.from(scope, this.ones);
    if (!one) return undefined;
    const operator = this.dice.pick(['eq', 'ne']);
    const of = (env: Env): Row | null => one.of(env) ?? null;
    const other = this.dice.chance(0.4)
      ? this.from(scope, (type) => this.reach(type).ones.filter((each) => each.type === one.type))
      : undefined;
    if (!other)
      return leaf('bool', `(${one.text} ${operator} null)`, (env) => (of(env) === null) === (operator === 'eq'));
    return leaf(
      'bool',
      `(${one.text} ${operator} ${other.text})`,
      (env) => (of(env) === (other.of(env) ?? null)) === (operator === 'eq'),
    );
  }

  private isOf(scope: Scope, depth: number): Expr | undefined {
    const one = this.from(scope, this.ones);
    const derived = one && derivedOf(this.world, one.type);
    if (one && derived && derived.length > 0 && this.dice.chance(0.7)) {
      const type = this.dice.pick(derived);
      return leaf('bool', `isof(${one.text},${this.world.namespace}.${type})`, (env) => {
        const row = one.of(env) ?? null;
        return row !== null && isA(this.world, row.$type, type);
      });
    }
    const names: Partial<Record<Ty, string>> = {
      string: 'String',
      date: 'Date',
      guid: 'Guid',
      bool: 'Boolean',
      span: 'Duration',
    };
    const ty = this.dice.pick(['string', 'date', 'guid', 'bool', 'span'] as const);
    return node(
      'bool',
      [this.value(ty, scope, depth)],
      ([a]) => `isof(${a},Edm.${names[ty]})`,
      (env, [a]) => a?.of(env) !== null,
    );
  }

  private hasFlags(scope: Scope): Expr | undefined {
    const flags = this.from(scope, (type) => this.reach(type).values.filter(({ ty }) => ty.startsWith('flags:')));
    if (!flags) return undefined;
    return strict(
      'bool',
      [leaf(flags.ty, flags.text, flags.of), this.constant(flags.ty, this.dice.chance(0.5))],
      infix('has'),
      ([a, b]) => ((a as number) & (b as number)) === b,
    );
  }
}

// ---- what operators do

const and = (a: Value = null, b: Value = null): Value =>
  a === false || b === false ? false : a === null || b === null ? null : true;
const or = (a: Value = null, b: Value = null): Value =>
  a === true || b === true ? true : a === null || b === null ? null : false;

export function compared(operator: string, a: Value, b: Value): boolean {
  const isNaN = Number.isNaN(a) || Number.isNaN(b);
  if (operator === 'eq') return !isNaN && a === b;
  if (operator === 'ne') return isNaN || a !== b;
  if (a === null || b === null || isNaN) return false;
  const order = compare(a, b);
  return operator === 'gt' ? order > 0 : operator === 'ge' ? order >= 0 : operator === 'lt' ? order < 0 : order <= 0;
}

/** A literal, or an alias that stands for one. */
const isNumber = ({ kids, text }: Expr): boolean => kids.length === 0 && /^[-\d@]/.test(text);

const asDouble = (value: Value): Value => (typeof value === 'bigint' ? numberOf(value) : value);

function ofDoubles(operator: string, a: number, b: number, faults: Faults): number {
  const made =
    operator === 'add'
      ? a + b
      : operator === 'sub'
        ? a - b
        : operator === 'mul'
          ? a * b
          : operator === 'div'
            ? a / b
            : a % b;
  if (Math.abs(made) === Infinity || (made === 0 && operator === 'mul')) faults.possible = true;
  return made;
}

function ofDecimals(operator: string, ty: 'int' | 'dec', a: bigint, b: bigint, faults: Faults): bigint | null {
  const made = exactly(operator, ty, a, b, faults);
  if (made !== null && ty === 'int' && (made > whole(2_147_483_647) || made < whole(-2_147_483_648)))
    faults.possible = true;
  return made;
}

/** The least number of a type has no counterpart. */
const negated = (ty: Ty, value: Value = null, faults: Faults): Value =>
  typeof value === 'bigint' ? ofDecimals('sub', ty === 'int' ? 'int' : 'dec', 0n, value, faults) : -(value as number);

function exactly(operator: string, ty: 'int' | 'dec', a: bigint, b: bigint, faults: Faults): bigint | null {
  if (operator === 'add') return a + b;
  if (operator === 'sub') return a - b;
  if (operator === 'mul') {
    if ((a * b) % UNIT !== 0n) faults.unknown = true;
    return (a * b) / UNIT;
  }
  if (operator === 'mod') return a % b;
  if (operator === 'div' && ty === 'int') return whole(a / b);
  if ((a * UNIT) % b !== 0n) faults.unknown = true;
  return (a * UNIT) / b;
}

function inYears(moment: bigint, faults: Faults, unit = 1n): bigint {
  if (moment < YEARS[0] || moment >= YEARS[1]) faults.possible = faults.unknown = true;
  return floorDiv(moment, unit);
}

function rounded(value: bigint, way: 'round' | 'floor' | 'ceiling'): bigint {
  const low = floorDiv(value, UNIT) * UNIT;
  if (low === value) return value;
  if (way === 'round') return value < 0n ? -rounded(-value, 'round') : value - low >= UNIT / 2n ? low + UNIT : low;
  return way === 'floor' ? low : low + UNIT;
}

function part(text: unknown, start: unknown, length?: unknown): string {
  const points = [...String(text)];
  const from = Number((start as bigint) / UNIT);
  const at = from < 0 ? Math.max(points.length + from, 0) : from;
  return points
    .slice(at, length === undefined ? undefined : at + Math.max(Number((length as bigint) / UNIT), 0))
    .join('');
}

const lengthOf = (list: readonly unknown[] | null): Value => list && whole(list.length);

function indexOf(text: string, other: string): bigint {
  const at = text.indexOf(other);
  return whole(at < 0 ? -1 : [...text.slice(0, at)].length);
}

function toInt(text: string): Value {
  return /^[+-]?\d{1,30}$/.test(text) && Math.abs(Number(text)) <= 2_147_483_647 ? whole(BigInt(text)) : null;
}

function isSubset(list: readonly Value[], wanted: readonly Value[]): boolean {
  const left = list.map(keyOf);
  return wanted.every((value) => {
    const at = left.indexOf(keyOf(value));
    if (at >= 0) left.splice(at, 1);
    return at >= 0;
  });
}

function isSubsequence(list: readonly Value[], wanted: readonly Value[]): boolean {
  let at = 0;
  for (const value of list) if (at < wanted.length && keyOf(value) === keyOf(wanted[at] ?? null)) at += 1;
  return at === wanted.length;
}

const same = (a: readonly Value[], b: readonly Value[]): boolean =>
  a.length === b.length && a.every((value, i) => keyOf(value) === keyOf(b[i] ?? null));
