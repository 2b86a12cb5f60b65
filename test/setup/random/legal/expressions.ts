/** Expressions that the standard takes: every operator and function over operands of every kind. URL Conventions §5.1.1 */
import type { Dice } from '../dice';
import { functions, infinite, literalOf, numeric, ordered, promoted, quantities } from './language';
import { Paths, type Path } from './paths';
import type { Schema } from './schema';
import { list, word, written, type Written } from './written';

/** What an expression may speak of. */
export interface Sight {
  /** The type of what a bare name belongs to; undefined where that is a value, of type `item`. */
  readonly here: string | undefined;
  readonly item?: string | undefined;
  readonly it: string | undefined;
  /** Variables of lambdas; `isOwn` where the name is one of what stands here. */
  readonly variables: readonly { readonly name: string; readonly type: string; readonly isOwn?: boolean }[];
  /** Names that the request gave what stands here: values, instances, collections. */
  readonly given: readonly {
    readonly name: string;
    readonly type: string;
    readonly kind: 'value' | 'one' | 'many';
  }[];
  /** There is a collection that `$these` stands for. */
  readonly hasThese: boolean;
}

const called = (name: string) => (texts: readonly string[]) => `${name}(${texts.join(',')})`;
const infix = (operator: string) => (texts: readonly string[]) => `(${texts.join(` ${operator} `)})`;

export class Expressions {
  private serial = 0;
  readonly paths: Paths;

  constructor(
    readonly schema: Schema,
    readonly dice: Dice,
  ) {
    this.paths = new Paths(schema);
  }

  nextName(before: string): string {
    return `${before}${(this.serial += 1)}`;
  }

  // ---- paths

  /** What paths may begin with, and the type that they begin at. */
  private starts({ here, it, variables, given }: Sight): { text: string; type: string }[] {
    return [
      ...(here === undefined ? [] : [here, here, here].map((type) => ({ text: '', type }))),
      ...(here === undefined ? [] : [{ text: '$this/', type: here }]),
      ...(it === undefined ? [] : [{ text: '$it/', type: it }]),
      ...variables.flatMap(({ name, type }) => [
        { text: `${name}/`, type },
        { text: `${name}/`, type },
      ]),
      ...given.flatMap(({ name, type, kind }) => (kind === 'one' ? [{ text: `${name}/`, type }] : [])),
    ].filter(({ type }) => this.schema.types[type] !== undefined);
  }

  /** A path of a kind that leads to something of the type. */
  private path(
    sight: Sight,
    kind: Path['kind'],
    isWanted: (type: string) => boolean,
  ): (Path & { text: string }) | undefined {
    const starts = this.starts(sight);
    if (starts.length === 0) return undefined;
    const { text, type } = this.dice.pick(starts);
    const found = this.paths.from(type).filter((one) => one.kind === kind && isWanted(one.type));
    const short = found.filter((one) => !one.text.includes('/'));
    if (found.length === 0) return undefined;
    const path = this.dice.pick(short.length > 0 && this.dice.chance(0.6) ? short : found);
    return { ...path, text: text + path.text };
  }

  // ---- values

  value(type: string, sight: Sight, depth: number): Written {
    if (type === 'Edm.Boolean' && depth > 0 && this.dice.chance(0.6)) return this.condition(sight, depth - 1);
    const made = this.dice.way<Written | undefined>(
      [5, () => this.ofPath(type, sight)],
      [3, () => this.ofName(type, sight)],
      [2, () => word(type, literalOf(this.schema, this.dice, type))],
      [0.4, () => word(type, 'null')],
      [0.5, () => this.ofAlias(type, sight, depth)],
      [0.4, () => this.ofRoot(type)],
      [0.5, () => this.ofOpen(type, sight)],
      [0.4, () => this.ofMember(type, sight)],
      [depth > 0 ? 4 : 0, () => this.ofCall(type, sight, depth - 1)],
      [depth > 0 ? 1 : 0, () => this.ofCase(type, sight, depth - 1)],
      [depth > 0 ? 1 : 0, () => this.ofCast(type, sight, depth - 1)],
      [depth > 0 && quantities.has(type) ? 3 : 0, () => this.arithmetic(type, sight, depth - 1)],
      [depth > 0 && numeric.includes(type) ? 2 : 0, () => this.ofCollection(type, sight, depth - 1)],
    );
    return made ?? word(type, literalOf(this.schema, this.dice, type));
  }

  private ofPath(type: string, sight: Sight): Written | undefined {
    const path = this.path(sight, 'value', (one) => one === type);
    return path && word(type, path.text);
  }

  private ofName(type: string, { given, variables, item }: Sight): Written | undefined {
    const names = [
      ...given.flatMap((one) => (one.kind === 'value' && one.type === type ? [one.name] : [])),
      ...variables.flatMap((one) => (one.type === type ? [one.name] : [])),
      ...(item === type ? ['$this'] : []),
    ];
    return names.length > 0 ? word(type, this.dice.pick(names)) : undefined;
  }

  private ofAlias(type: string, sight: Sight, depth: number): Written {
    const name = this.nextName('@p');
    const { text, aliases } = this.value(type, { ...sight, variables: [], given: [] }, depth - 1);
    return word(type, name, { ...aliases, [name]: text });
  }

  /** `$root/…` */
  private ofRoot(type: string): Written | undefined {
    const { path, keys, isMany, type: of } = this.dice.pick(this.schema.places);
    const found = this.paths.from(of).filter((one) => one.kind === 'value' && one.type === type);
    if (found.length === 0 || (isMany && keys.length === 0)) return undefined;
    return word(type, `$root/${path}${isMany ? `(${this.dice.pick(keys)})` : ''}/${this.dice.pick(found).text}`);
  }

  /** A dynamic property of whatever type. */
  private ofOpen(type: string, sight: Sight): Written | undefined {
    const open = this.starts(sight).filter((one) => this.schema.types[one.type]?.isOpen);
    if (open.length === 0 || this.schema.enums[type]) return undefined;
    const name = `${this.dice.pick(open).text}anything`;
    return word(type, this.dice.chance(0.5) ? name : `cast(${name},${type})`);
  }

  /** A member of a collection by its key. */
  private ofMember(type: string, sight: Sight): Written | undefined {
    const many = this.path(sight, 'many', (one) => (this.schema.types[one]?.key.length ?? 0) > 0);
    const place = many && this.schema.places.find((one) => one.type === many.type && one.keys.length > 0);
    const found = many && this.paths.from(many.type).filter((one) => one.kind === 'value' && one.type === type);
    if (!place || !found || found.length === 0 || many.text.includes('.')) return undefined;
    return word(type, `${many.text}(${this.dice.pick(place.keys)})/${this.dice.pick(found).text}`);
  }

  private ofCall(type: string, sight: Sight, depth: number): Written | undefined {
    const fitting = functions.filter(([returns]) => returns === type);
    if (fitting.length === 0) return undefined;
    const [, name, parameters] = this.dice.pick(fitting);
    const operands = parameters.map((one) => this.operand(one, sight, depth));
    return operands.every((one) => one !== undefined) ? written(type, operands, called(name)) : undefined;
  }

  /** An operand of a type, or of one that is promoted to it; `[…]` stands for a collection. */
  private operand(type: string, sight: Sight, depth: number): Written | undefined {
    if (type.startsWith('[')) return this.values(type.slice(1, -1), sight);
    return this.value(this.dice.pick(promoted(type)), sight, depth);
  }

  /** A collection of values. */
  private values(type: string, sight: Sight): Written | undefined {
    const path = this.path(sight, 'values', (one) => one === type);
    if (path && this.dice.chance(0.7)) return word(`[${type}]`, path.text);
    if (type !== 'Edm.String' && type !== 'Edm.Int32') return undefined;
    return word(`[${type}]`, type === 'Edm.String' ? '["a","b"]' : '[1,2]');
  }

  private ofCase(type: string, sight: Sight, depth: number): Written {
    const branches = Array.from({ length: 1 + this.dice.below(2) }, () =>
      written('branch', [this.condition(sight, depth), this.value(type, sight, depth)], ([c, v]) => `${c}:${v}`),
    );
    return written(type, [list('branches', branches, ',')], called('case'));
  }

  private ofCast(type: string, sight: Sight, depth: number): Written {
    const from = this.dice.pick(['Edm.String', 'Edm.Int32', 'Edm.Decimal', 'Edm.Date', 'Edm.Guid', 'Edm.Boolean']);
    const name = this.schema.enums[type] ? `${this.schema.namespace}.${type}` : type;
    return written(type, [this.value(from, sight, depth)], ([value]) => `cast(${value},${name})`);
  }

  private arithmetic(type: string, sight: Sight, depth: number): Written {
    const [operator, left, right] = this.dice.pick(quantities.get(type) ?? []);
    const [a, b] = [left, right].map((one) => this.value(this.dice.pick(promoted(one)), sight, depth));
    if (!a || !b || operator === '-') return written(type, [this.value(type, sight, depth)], ([x]) => `(-(${x}))`);
    return written(
      type,
      [a, operator === 'div' || operator === 'mod' || operator === 'divby' ? word(type, '2') : b],
      infix(operator),
    );
  }

  // ---- collections

  /** `/$count`, `/aggregate(…)`. */
  private ofCollection(type: string, sight: Sight, depth: number): Written | undefined {
    if (this.dice.chance(0.2)) return this.aggregated(type, sight);
    const many = this.collection(sight, depth);
    if (!many) return undefined;
    const { node, inner } = many;
    if (this.dice.chance(0.6)) return written(type, [node], ([rows]) => `${rows}/$count`);
    const filter = this.condition(inner, depth);
    return written(type, [node, filter], ([rows, f]) => `${rows}/$count($filter=${f})`);
  }

  /** A collection, and what is in sight of its members. */
  private collection(sight: Sight, depth: number): { node: Written; inner: Sight; member: string } | undefined {
    const added = sight.given.filter(({ kind }) => kind === 'many');
    const path =
      added.length > 0 && this.dice.chance(0.5)
        ? { ...this.dice.pick(added), text: this.dice.pick(added).name }
        : this.path(sight, this.dice.chance(0.7) ? 'many' : 'values', () => true);
    const name =
      path &&
      (added.some((one) => one.name === path.text) ? added.find((one) => one.name === path.text)?.type : path.type);
    if (!path || name === undefined) return undefined;
    const { derived = [] } = this.schema.types[name] ?? {};
    const cast = derived.length > 0 && this.dice.chance(0.3) ? this.dice.pick(derived) : undefined;
    const member = cast ?? name;
    const text = cast === undefined ? path.text : `${path.text}/${this.schema.namespace}.${cast}`;
    const isStructured = this.schema.types[member] !== undefined;
    const inner: Sight = {
      ...sight,
      here: isStructured ? member : undefined,
      item: isStructured ? undefined : member,
      variables: sight.variables.filter(({ isOwn }) => isOwn !== true),
      given: [],
      hasThese: false,
    };
    const whole = word('collection', text);
    if (depth <= 0 || !this.dice.chance(0.25)) return { node: whole, inner, member };
    const filter = this.condition(inner, depth - 1);
    return { node: written('collection', [whole, filter], ([rows, f]) => `${rows}/$filter(${f})`), inner, member };
  }

  private aggregated(type: string, sight: Sight): Written | undefined {
    const many = this.path(sight, 'many', (one) => this.schema.types[one]?.isEntity === true);
    const these = sight.hasThese && sight.here !== undefined && this.dice.chance(0.4);
    const of = these ? sight.here : many?.type;
    const start = these ? '$these' : many?.text;
    if (of === undefined || start === undefined) return undefined;
    const found = this.paths.from(of).filter((one) => one.kind === 'value' && one.type === type);
    if (found.length === 0) return undefined;
    const methods = numeric.includes(type) ? ['sum', 'min', 'max', 'average', 'countdistinct'] : ['min', 'max'];
    return word(type, `${start}/aggregate(${this.dice.pick(found).text} with ${this.dice.pick(methods)})`);
  }

  private lambda(sight: Sight, depth: number): Written | undefined {
    const many = this.collection(sight, depth);
    if (!many) return undefined;
    const name = this.nextName('x');
    const kind = this.dice.pick(['any', 'all']);
    const inner = { ...sight, variables: [...sight.variables, { name, type: many.member }] };
    if (kind === 'any' && this.dice.chance(0.1))
      return written('Edm.Boolean', [many.node], ([rows]) => `${rows}/any()`);
    const condition = this.condition(inner, depth);
    return written('Edm.Boolean', [many.node, condition], ([rows, c]) => `${rows}/${kind}(${name}:${c})`);
  }

  // ---- conditions

  condition(sight: Sight, depth: number): Written {
    const bool = 'Edm.Boolean';
    const inner = (): Written => this.condition(sight, depth - 1);
    if (depth <= 0) return this.comparison(sight, 0);
    const made = this.dice.way<Written | undefined>(
      [5, () => this.comparison(sight, depth - 1)],
      [2, () => written(bool, [inner(), inner()], infix(this.dice.pick(['and', 'or'])))],
      [1, () => written(bool, [inner()], ([a]) => `(not (${a}))`)],
      [3, () => this.lambda(sight, depth - 1)],
      [3, () => this.ofCall(bool, sight, depth - 1)],
      [1, () => this.inList(sight, depth - 1)],
      [1, () => this.ofStructures(sight)],
      [1, () => this.isOf(sight, depth - 1)],
      [1, () => this.hasFlag(sight)],
      [0.5, () => this.value(bool, sight, 0)],
    );
    return made ?? this.comparison(sight, depth - 1);
  }

  /** A type that something in reach has, most of the time. */
  someType(sight: Sight): string {
    const path = this.dice.chance(0.7) ? this.path(sight, 'value', () => true) : undefined;
    const named = this.dice.chance(0.3) ? sight.given.find(({ kind }) => kind === 'value')?.type : undefined;
    return named ?? sight.item ?? path?.type ?? this.dice.pick(ordered);
  }

  private comparison(sight: Sight, depth: number): Written {
    const type = this.someType(sight);
    const operator = this.dice.pick(ordered.includes(type) ? ['eq', 'ne', 'gt', 'ge', 'lt', 'le'] : ['eq', 'ne']);
    const [left, right] = [type, this.dice.pick(promoted(type))].map((one) => this.value(one, sight, depth));
    if (!left || !right) throw new Error('A comparison has two sides');
    return written('Edm.Boolean', this.dice.chance(0.5) ? [left, right] : [right, left], infix(operator));
  }

  private inList(sight: Sight, depth: number): Written {
    const type = this.someType(sight);
    const items = Array.from({ length: 1 + this.dice.below(3) }, () =>
      word('item', this.dice.chance(0.1) && !infinite.has(type) ? 'null' : literalOf(this.schema, this.dice, type)),
    );
    return written(
      'Edm.Boolean',
      [this.value(type, sight, depth), list('items', items, ',')],
      ([a, all]) => `(${a} in (${all}))`,
    );
  }

  /** Entities, complex values and collections beside null and one another. */
  private ofStructures(sight: Sight): Written | undefined {
    const kind = this.dice.pick(['one', 'values', 'many'] as const);
    // Collections of entities have no order to compare them in.
    const isCompared = (type: string): boolean => kind !== 'many' || !this.schema.types[type]?.isEntity;
    const left = this.path(sight, kind, isCompared);
    const operator = this.dice.pick(['eq', 'ne']);
    if (!left) return undefined;
    const right = this.path(sight, kind, (type) => type === left.type);
    const other = kind === 'one' && (!right || this.dice.chance(0.4)) ? 'null' : right?.text;
    return other === undefined ? undefined : word('Edm.Boolean', `(${left.text} ${operator} ${other})`);
  }

  private isOf(sight: Sight, depth: number): Written | undefined {
    const { here } = sight;
    const { derived = [] } = this.schema.types[here ?? ''] ?? {};
    if (here !== undefined && derived.length > 0 && this.dice.chance(0.5))
      return word('Edm.Boolean', `isof(${this.schema.namespace}.${this.dice.pick(derived)})`);
    const one = this.path(sight, 'one', () => true);
    if (one && this.dice.chance(0.5))
      return word('Edm.Boolean', `isof(${one.text},${this.schema.namespace}.${one.type})`);
    const [type, other] = [this.dice.pick(ordered), this.dice.pick(ordered)];
    return written('Edm.Boolean', [this.value(type, sight, depth)], ([a]) => `isof(${a},${other})`);
  }

  private hasFlag(sight: Sight): Written | undefined {
    const path = this.path(sight, 'value', (type) => this.schema.flags.has(type));
    return path && word('Edm.Boolean', `(${path.text} has ${literalOf(this.schema, this.dice, path.type)})`);
  }
}
