/** Reads as data: options at every level, what they say in OData, and what they make of rows. */
import { smaller as smallerExpression, type Env, type Expr } from './expression';
import type { Generator, Scope } from './generate';
import { compare, type Faults, fromJson, keyOf, type Ty, type Value } from './values';
import { derivedOf, isA, whole as typeOf, type EType, type Nav, type Row, type World } from './world';

interface Selected {
  /** With the type in front when only entities of that type have it. */
  readonly text: string;
  readonly name: string;
  readonly ty: Ty;
  readonly only?: string;
}

interface Expansion {
  readonly text: string;
  readonly nav: Nav;
  readonly only?: string;
  readonly read: Read;
  readonly levels?: number;
  /** The number of entities, and none of them. */
  readonly isCount?: boolean;
}

export interface Read {
  readonly type: EType;
  readonly isOne: boolean;
  readonly select: readonly Selected[];
  readonly compute: readonly { readonly name: string; readonly expr: Expr; readonly isShown: boolean }[];
  readonly filter?: Expr | undefined;
  readonly orderby: readonly { readonly expr: Expr; readonly isDown: boolean }[];
  readonly skip?: number | undefined;
  readonly top?: number | undefined;
  readonly isCounted: boolean;
  readonly expand: readonly Expansion[];
}

export function randomRead(generator: Generator, typeName: string, depth: number): Read {
  return readOf(generator, typeName, typeName, depth, false, false);
}

function readOf(
  generator: Generator,
  typeName: string,
  it: string,
  depth: number,
  isOne: boolean,
  isComplex: boolean,
): Read {
  const { dice, world } = generator;
  const type = typeOf(world, typeName);
  const derived = derivedOf(world, typeName).flatMap((name) => {
    const own = world.types[name];
    return own ? [{ own, text: `${world.namespace}.${name}/` }] : [];
  });
  const selectable: Selected[] = [
    ...type.props.map(({ name, ty }) => ({ text: name, name, ty })),
    ...derived.flatMap(({ own, text }) =>
      own.props.map(({ name, ty }) => ({ text: text + name, name, ty, only: own.name })),
    ),
  ];
  const picked = dice.some(selectable, 0.3);
  const select = picked.length > 0 ? picked : selectable.slice(0, 1);
  const scope: Scope = { here: typeName, it, vars: [], computed: [], hasIt: !isComplex };
  const compute: { name: string; expr: Expr; isShown: boolean }[] = [];
  for (let index = 0; dice.chance(0.3) && index < 2; index += 1) {
    const ty = generator.someType(scope);
    const expr = generator.value(
      ty.includes(':') ? 'string' : ty,
      { ...scope, computed: [...compute].map(({ name, expr: { ty: known } }) => ({ name, ty: known })) },
      2,
    );
    // A null has no type, a constant is no matter.
    if (!expr.text.startsWith('null')) compute.push({ name: `c${depth}${index}`, expr, isShown: dice.chance(0.8) });
  }
  const computed = compute.map(({ name, expr: { ty } }) => ({ name, ty }));
  const inner = { ...scope, computed };
  const orderby = isOne
    ? []
    : Array.from({ length: dice.pick([0, 0, 1, 1, 2, 3]) }, () => ({
        expr: generator.value(generator.someType(inner), inner, dice.pick([0, 0, 1, 2])),
        isDown: dice.chance(0.5),
      }));
  const texts = orderby.map(({ expr }) => expr.text.replaceAll('$it/', ''));
  // The same once more says nothing, and has no direction.
  const keys = orderby.filter(({ expr }, index) => texts.indexOf(expr.text) === index);
  const navs = [
    ...type.navs.map((nav): { text: string; nav: Nav; only?: string } => ({ text: nav.name, nav })),
    ...derived.flatMap(({ own, text }) => own.navs.map((nav) => ({ text: text + nav.name, nav, only: own.name }))),
  ];
  const expand =
    depth <= 0
      ? []
      : dice.some(navs, 0.35).map(({ text, nav, only }): Expansion => {
          const levels =
            !nav.isComplex && only === undefined && nav.target === typeName && dice.chance(0.3)
              ? 1 + dice.below(3)
              : undefined;
          const isCount = nav.many && !nav.isComplex && levels === undefined && dice.chance(0.12);
          const whole = readOf(
            generator,
            nav.target,
            it,
            levels === undefined ? depth - 1 : 0,
            !nav.many,
            nav.isComplex ?? false,
          );
          const read = isCount && whole.compute.length > 0 ? { ...whole, filter: undefined } : whole;
          return { text, nav, read, ...(only && { only }), ...(levels && { levels }), ...(isCount && { isCount }) };
        });
  return {
    type,
    isOne,
    select,
    compute: isComplex ? [] : compute,
    filter: isOne || dice.chance(0.5) ? undefined : generator.condition(isComplex ? scope : inner, 1 + dice.below(2)),
    orderby: isComplex ? keys.filter(({ expr }) => !/\bc\d\d\b/.test(expr.text)) : keys,
    skip: isOne || dice.chance(0.7) ? undefined : dice.below(5),
    top: isOne || dice.chance(0.6) ? undefined : dice.below(7),
    isCounted: !isOne && dice.chance(0.4),
    expand,
  };
}

// ---- OData

const optionsOf = (read: Read): [string, string][] => {
  const structural = read.expand.filter(({ nav }) => nav.isComplex);
  const expanded = read.expand.filter(({ nav }) => !nav.isComplex);
  const all: [string, string | undefined][] = [
    ['$compute', read.compute.map(({ name, expr }) => `${expr.text} as ${name}`).join(',')],
    ['$filter', read.filter?.text],
    ['$orderby', read.orderby.map(({ expr, isDown }) => `${expr.text}${isDown ? ' desc' : ''}`).join(',')],
    ['$skip', read.skip === undefined ? undefined : String(read.skip)],
    ['$top', read.top === undefined ? undefined : String(read.top)],
    ['$count', read.isCounted ? 'true' : undefined],
    [
      '$select',
      [
        ...read.select.map(({ text }) => text),
        ...read.compute.flatMap(({ name, isShown }) => (isShown ? [name] : [])),
        ...structural.map(itemText),
      ].join(','),
    ],
    ['$expand', expanded.map(itemText).join(',')],
  ];
  return all.flatMap(([name, value]) => (value === undefined || value === '' ? [] : [[name, value]]));
};

function itemText({ text, read, levels, isCount }: Expansion): string {
  if (isCount) return `${text}/$count${read.filter ? `($filter=${read.filter.text})` : ''}`;
  const options = optionsOf(read).map(([name, value]) => `${name}=${value}`);
  if (levels !== undefined) options.push(`$levels=${levels}`);
  return `${text}(${options.join(';')})`;
}

function aliasesOf(read: Read): Record<string, string> {
  const own = [read.filter, ...read.compute.map(({ expr }) => expr), ...read.orderby.map(({ expr }) => expr)];
  return Object.assign(
    {},
    ...own.map((expr) => expr?.aliases),
    ...read.expand.map((each) => aliasesOf(each.read)),
  ) as Record<string, string>;
}

export const queryOf = (read: Read): Record<string, string> => ({
  ...Object.fromEntries(optionsOf(read)),
  ...aliasesOf(read),
});

// ---- JavaScript

/** What an answer says, or should say, one behind the other. */
type Shape = string | readonly Shape[];

interface Found {
  readonly kept: readonly Row[];
  readonly page: readonly Row[];
}

/** The rows that a read leaves, with what it computes. */
export function evaluate(read: Read, rows: readonly Row[], env: Pick<Env, 'faults'> & { readonly it?: Row }): Found {
  const envOf = (row: Row): Env => ({ it: env.it ?? row, here: row, vars: {}, faults: env.faults });
  const made = rows.map((row) => {
    const own = Object.create(row) as Record<string, unknown> & Row;
    for (const { name, expr } of read.compute) own[name] = expr.of({ ...envOf(own), it: env.it ?? row });
    return own;
  });
  const kept = made.filter((row) => read.filter === undefined || read.filter.of(envOf(row)) === true);
  const keys = new Map(kept.map((row) => [row, read.orderby.map(({ expr }) => expr.of(envOf(row)))]));
  const last = read.orderby.at(-1)?.isDown === true;
  const sorted =
    read.orderby.length === 0
      ? kept
      : [...kept].sort((a, b) => {
          for (const [index, { isDown }] of read.orderby.entries()) {
            const order = compare(keys.get(a)?.[index] ?? null, keys.get(b)?.[index] ?? null);
            if (order !== 0) return isDown ? -order : order;
          }
          for (const name of read.type.key) {
            const order = compare(a[name] as Value, b[name] as Value);
            if (order !== 0) return last ? -order : order;
          }
          return 0;
        });
  const from = read.skip ?? 0;
  return { kept: sorted, page: sorted.slice(from, read.top === undefined ? undefined : from + read.top) };
}

export function shapeOf(world: World, read: Read, row: Row, faults: Faults, it: Row = row): Shape {
  const own = [
    ...read.select.map(({ name, only }) =>
      only !== undefined && !isA(world, row.$type, only) ? 'absent' : keyOf((row[name] ?? null) as Value),
    ),
    ...read.compute.flatMap(({ name, isShown }) => (isShown ? [keyOf((row[name] ?? null) as Value)] : [])),
  ];
  const nested = read.expand.map((item): Shape => {
    const { nav, only } = item;
    if (only !== undefined && !isA(world, row.$type, only)) return 'absent';
    if (!nav.many) {
      const [found] = evaluate(item.read, row[nav.name] ? [row[nav.name] as Row] : [], { faults, it }).page;
      return found ? deeper(item, found) : 'null';
    }
    const { kept, page } = evaluate(item.read, row[nav.name] as Row[], { faults, it });
    if (item.isCount) return String(kept.length);
    return [page.map((each) => deeper(item, each)), item.read.isCounted ? String(kept.length) : ''];
  });
  function deeper(item: Expansion, found: Row): Shape {
    const shape = shapeOf(world, item.read, found, faults, it);
    const left = (item.levels ?? 1) - 1;
    if (left <= 0) return shape;
    return [
      shape,
      shapeOf(world, { ...item.read, select: [], compute: [], expand: [{ ...item, levels: left }] }, found, faults, it),
    ];
  }
  return [own, nested];
}

// ---- JSON

type Json = Readonly<Record<string, unknown>>;
const memberOf = (json: Json, path: string): unknown =>
  path
    .split('/')
    .reduce<unknown>(
      (at, part) => (typeof at === 'object' && at !== null ? (at as Json)[part] : at === undefined ? undefined : null),
      json,
    );

/** The same of an answer. `more` gives what stands behind a link. */
export async function shapeOfJson(
  world: World,
  read: Read,
  json: Json,
  more: (link: string) => Promise<readonly Json[]>,
): Promise<Shape> {
  const value = (name: string, ty: Ty): string => {
    const found = memberOf(json, name);
    return found === undefined ? 'absent' : keyOf(fromJson(ty, found, world.enums));
  };
  const own = [
    ...read.select.map(({ name, ty }) => value(name, ty)),
    ...read.compute.flatMap(({ name, isShown, expr: { ty } }) => (isShown ? [value(name, ty)] : [])),
  ];
  const deeper = async (item: Expansion, found: Json): Promise<Shape> => {
    const shape = await shapeOfJson(world, item.read, found, more);
    const left = (item.levels ?? 1) - 1;
    if (left <= 0) return shape;
    return [
      shape,
      await shapeOfJson(
        world,
        { ...item.read, select: [], compute: [], expand: [{ ...item, levels: left }] },
        found,
        more,
      ),
    ];
  };
  const nested: Shape[] = [];
  for (const item of read.expand) {
    const { name } = item.nav;
    const found = json[name];
    const count = json[`${name}@odata.count`];
    if (item.isCount) nested.push(count === undefined ? 'absent' : JSON.stringify(count).replaceAll('"', ''));
    else if (found === undefined) nested.push('absent');
    else if (!item.nav.many) nested.push(found === null ? 'null' : await deeper(item, found as Json));
    else {
      const link = json[`${name}@odata.nextLink`];
      const rest = typeof link === 'string' ? await more(link) : [];
      const list: Shape[] = [];
      for (const each of [...(found as Json[]), ...rest]) list.push(await deeper(item, each));
      nested.push([list, item.read.isCounted ? JSON.stringify(count).replaceAll('"', '') : '']);
    }
  }
  return [own, nested];
}

// ---- smaller ones

export function* smaller(read: Read): Generator_<Read> {
  for (const [index, item] of read.expand.entries()) {
    const others = read.expand.filter((_, at) => at !== index);
    yield { ...read, expand: others };
    if (item.levels !== undefined && item.levels > 1)
      yield { ...read, expand: read.expand.with(index, { ...item, levels: item.levels - 1 }) };
  }
  if (read.filter) yield { ...read, filter: undefined };
  if (read.skip !== undefined) yield { ...read, skip: undefined };
  if (read.top !== undefined) yield { ...read, top: undefined };
  if (read.isCounted) yield { ...read, isCounted: false };
  for (let index = 0; index < read.orderby.length; index += 1)
    yield { ...read, orderby: read.orderby.filter((_, at) => at !== index) };
  for (let index = 0; index < read.compute.length; index += 1)
    yield { ...read, compute: read.compute.filter((_, at) => at !== index) };
  if (read.select.length > 1)
    for (let index = 0; index < read.select.length; index += 1)
      yield { ...read, select: read.select.filter((_, at) => at !== index) };
  for (const [index, item] of read.expand.entries())
    for (const other of smaller(item.read))
      yield { ...read, expand: read.expand.with(index, { ...item, read: other }) };
  if (read.filter) for (const filter of smallerExpression(read.filter)) yield { ...read, filter };
  for (const [index, key] of read.orderby.entries())
    for (const expr of smallerExpression(key.expr))
      yield { ...read, orderby: read.orderby.with(index, { ...key, expr }) };
  for (const [index, each] of read.compute.entries())
    for (const expr of smallerExpression(each.expr))
      yield { ...read, compute: read.compute.with(index, { ...each, expr }) };
}
type Generator_<T> = globalThis.Generator<T>;

export const sizeOf = (read: Read): number => JSON.stringify(queryOf(read)).length;
