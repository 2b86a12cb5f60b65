/** Questions whose answers are known: conditions, reads, transformations. */
import { withOptions, type Json, type TestService } from '../service';
import type { Case } from './case';
import { smaller as smallerExpression, type Expr } from './expression';
import type { Generator, Scope } from './generate';
import { evaluate, queryOf, randomRead, shapeOf, shapeOfJson, sizeOf, smaller as smallerRead, type Read } from './read';
import { Faults, fromJson, keyOf, type Value } from './values';
import {
  aliasesOf,
  apply,
  roughly,
  smallerSteps,
  textOf,
  Transformations,
  valueAt,
  type State,
  type Step,
} from './transformation';
import { compare } from './values';
import { whole, type Row, type World } from './world';

type Root = World['roots'][number];

export interface Place {
  readonly service: TestService;
  readonly world: World;
}

export type Kind = (place: Place, generator: Generator) => Case;

export const STRINGS = { Accept: 'application/json;IEEE754Compatible=true' };
const scopeOf = (type: string): Scope => ({ here: type, it: type, vars: [], computed: [], hasIt: true });

/** What is wrong with an answer that is none, when it may not be. */
export function refused({ service }: Place, status: number, text: string, faults: Faults): string | undefined {
  const failures = service.takeFailures().join();
  if (status === 400 && (faults.possible || faults.unknown) && /DivisionByZero|OutOfRange|range/i.test(text))
    return undefined;
  return `${status} ${text.slice(0, 400)} ${failures}`;
}

function filterCase(place: Place, root: Root, expr: Expr): Case {
  const { service, world } = place;
  const type = whole(world, root.type);
  const query = { $select: type.key.join(','), $filter: expr.text, ...expr.aliases };
  const check = async (): Promise<string | undefined> => {
    const faults = new Faults();
    const rows = root.rows.filter((row) => expr.of({ it: row, here: row, vars: {}, faults }) === true);
    const answer = await service.get(withOptions(root.path, query), STRINGS);
    if (answer.status !== 200) return refused(place, answer.status, answer.text, faults);
    if (faults.unknown) return undefined;
    const keys = (of: (name: string) => Value): string => type.key.map((name) => keyOf(of(name))).join();
    const ty = (name: string) => type.props.find((prop) => prop.name === name)?.ty ?? 'string';
    const found = answer.value.map((entity) => keys((name) => fromJson(ty(name), entity[name], world.enums)));
    return difference(
      found,
      rows.map((row) => keys((name) => (row[name] ?? null) as Value)),
    );
  };
  const smaller = function* (): Iterable<Case> {
    for (const other of smallerExpression(expr)) yield filterCase(place, root, other);
  };
  return { text: `${root.path} ${JSON.stringify(query)}`, size: expr.text.length, check, smaller };
}

function difference(found: readonly string[], wanted: readonly string[]): string | undefined {
  if (found.length === wanted.length && found.every((each, index) => each === wanted[index])) return undefined;
  const at = found.findIndex((each, index) => each !== wanted[index]);
  const index = at < 0 ? found.length : at;
  return `wrong rows: ${found.length} instead of ${wanted.length}, at ${index}:\n     is ${found[index]}\n     should be ${wanted[index]}`;
}

/** How an answer is asked for: what it says is the same. */
interface Guise {
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Nulls are left out. */
  readonly isSparse?: boolean;
}
const newer = { 'OData-MaxVersion': '4.01' };
const guises: readonly Guise[] = [
  { name: '', headers: STRINGS },
  { name: '4.01', headers: { ...newer, Accept: 'application/json;metadata=minimal;IEEE754Compatible=true' } },
  { name: 'full', headers: { Accept: 'application/json;odata.metadata=full;IEEE754Compatible=true' } },
  { name: 'none', headers: { Accept: 'application/json;odata.metadata=none;IEEE754Compatible=true' } },
  { name: 'sparse', headers: { ...STRINGS, Prefer: 'omit-values=nulls' }, isSparse: true },
];

/** The control information of 4.01 under the names of 4.0. */
const inOld = (json: unknown): unknown =>
  Array.isArray(json)
    ? json.map(inOld)
    : typeof json === 'object' && json !== null
      ? Object.fromEntries(
          Object.entries(json).map(([name, value]) => [name.replace(/@(?!odata\.)/, '@odata.'), inOld(value)]),
        )
      : json;

/** What is null, left out, or not there is one where nulls are left out. */
const sparse = (shape: string, { isSparse }: Guise): string =>
  isSparse ? shape.replace(/"(absent|null|object:null)"/g, '"nothing"') : shape;

function readCase(place: Place, root: Root, read: Read, pageSize: number | undefined, guise: Guise): Case {
  const { service, world } = place;
  const query = queryOf(read);
  const wishes = [guise.headers['Prefer'], pageSize === undefined ? undefined : `odata.maxpagesize=${pageSize}`];
  const prefer = wishes.filter((wish) => wish !== undefined).join(',');
  const headers = { ...guise.headers, ...(prefer !== '' && { Prefer: prefer }) };
  const check = async (): Promise<string | undefined> => {
    const faults = new Faults();
    const { kept, page } = evaluate(read, root.rows, { faults });
    const wanted = page.map((row) => sparse(JSON.stringify(shapeOf(world, read, row, faults)), guise));
    const first = await service.get(withOptions(root.path, query), headers);
    if (first.status !== 200) return refused(place, first.status, first.text, faults);
    if (pageSize !== undefined && first.value.length > pageSize) return `wrong size of a page: ${first.value.length}`;
    const more = (link: string): Promise<readonly Json[]> => service.all(link, guise.headers);
    const rest = first.nextLink === undefined ? [] : await more(first.nextLink);
    if (faults.unknown) return undefined;
    const { '@odata.count': count } = inOld(first.json) as Json;
    if (read.isCounted && count !== String(kept.length))
      return `wrong count: ${String(count)} instead of ${kept.length}`;
    const found: string[] = [];
    for (const entity of [...first.value, ...rest]) {
      const old = inOld(entity) as Json;
      const shape = await shapeOfJson(world, read, old, async (link) =>
        (await more(link)).map((each) => inOld(each) as Json),
      );
      found.push(sparse(JSON.stringify(shape), guise));
    }
    return difference(found, wanted);
  };
  const smaller = function* (): Iterable<Case> {
    if (guise.name !== '') yield readCase(place, root, read, pageSize, { name: '', headers: STRINGS });
    if (pageSize !== undefined) yield readCase(place, root, read, undefined, guise);
    for (const other of smallerRead(read)) yield readCase(place, root, other, pageSize, guise);
  };
  return {
    text: `${root.path} ${JSON.stringify(query)} ${pageSize ?? ''} ${guise.name}`,
    size: sizeOf(read) + (pageSize === undefined ? 0 : 1) + guise.name.length,
    check,
    smaller,
  };
}

export const filters: Kind = (place, generator) => {
  const root = generator.dice.pick(place.world.roots);
  return filterCase(place, root, generator.condition(scopeOf(root.type), 1 + generator.dice.below(4)));
};

export const reads: Kind = (place, generator) => {
  const { dice } = generator;
  const root = dice.pick(place.world.roots);
  const read = randomRead(generator, root.type, dice.below(4));
  const guise = guises[sizeOf(read) % guises.length];
  if (!guise) throw new Error('There is no such form');
  return readCase(place, root, read, dice.chance(0.4) ? 1 + dice.below(6) : undefined, guise);
};

const totalOf = ({ unique, total }: State): readonly string[] => (unique.length > 0 ? unique : (total ?? []));

/** What follows a sequence: an order that is total, and a part of the rows. */
interface After {
  readonly filter?: Expr | undefined;
  readonly order?: { readonly expr: Expr; readonly isDown: boolean } | undefined;
  readonly skip: number;
  readonly top?: number | undefined;
  readonly pageSize?: number | undefined;
}

function applyCase(place: Place, root: Root, steps: readonly Step[], state: State, after: After): Case {
  const { service, world } = place;
  const columns = [
    ...(state.areEntities ? state.type.props.filter(({ name }) => state.type.key.includes(name)) : state.type.props),
    ...state.added,
  ];
  const joined =
    state.joined === undefined
      ? undefined
      : world.types[state.type.navs.find(({ name }) => name === state.joined)?.target ?? ''];
  const joinedColumns =
    joined === undefined
      ? []
      : joined.key.length > 0
        ? whole(world, joined.name).props.filter(({ name }) => whole(world, joined.name).key.includes(name))
        : joined.props;
  const unique = totalOf(state);
  const query: Record<string, string> = {
    $apply: textOf(steps),
    ...(after.filter && { $filter: after.filter.text }),
    ...(after.order && {
      $orderby: [`${after.order.expr.text}${after.order.isDown ? ' desc' : ''}`, ...unique].join(','),
    }),
    ...(after.order && after.skip > 0 && { $skip: String(after.skip) }),
    ...(after.order && after.top !== undefined && { $top: String(after.top) }),
    ...(state.areEntities && { $select: columns.map(({ name }) => name).join(',') }),
    ...(state.joined !== undefined && {
      $expand:
        joined?.key.length === 0
          ? state.joined
          : `${state.joined}($select=${joinedColumns.map(({ name }) => name).join(',')})`,
    }),
    $count: 'true',
    ...aliasesOf(steps),
    ...after.filter?.aliases,
    ...after.order?.expr.aliases,
  };
  const check = async (): Promise<string | undefined> => {
    const faults = new Faults();
    const envOf = (row: Row) => ({ it: row, here: row, vars: {}, faults });
    let rows = apply(steps, root.rows, faults).filter(
      (row) => after.filter === undefined || after.filter.of(envOf(row)) === true,
    );
    const count = rows.length;
    const { order } = after;
    if (order) {
      const values = new Map(rows.map((row) => [row, order.expr.of(envOf(row))]));
      rows = [...rows]
        .sort((a, b) => {
          const found = compare(values.get(a) ?? null, values.get(b) ?? null);
          if (found !== 0) return order.isDown ? -found : found;
          for (const name of unique) {
            const other = compare(valueAt(a, name) as Value, valueAt(b, name) as Value);
            if (other !== 0) return other;
          }
          return 0;
        })
        .slice(after.skip, after.top === undefined ? undefined : after.skip + after.top);
    }
    const shape = (value: (name: string, from?: string) => Value, of: (name: string) => boolean): string =>
      JSON.stringify([
        ...columns.map(({ name }) => keyOf(value(name))),
        ...state.averages.map((name) => roughly(value(name))),
        ...joinedColumns.map(({ name }) => keyOf(value(name, state.joined))),
        of(state.joined ?? ''),
      ]);
    const wanted = rows.map((row) =>
      shape(
        (name, from) =>
          (from === undefined ? valueAt(row, name) : row[from] ? valueAt(row[from] as Row, name) : null) as Value,
        (name) => (row[name] ?? null) === null,
      ),
    );
    const headers = { ...STRINGS, ...(after.pageSize !== undefined && { Prefer: `maxpagesize=${after.pageSize}` }) };
    const first = await service.get(withOptions(root.path, query), headers);
    if (first.status === 501) return undefined;
    if (first.status !== 200) return refused(place, first.status, first.text, faults);
    const rest = first.nextLink === undefined ? [] : await service.all(first.nextLink, STRINGS);
    if (faults.unknown) return undefined;
    const types = new Map(
      [...columns, ...state.averages.map((name) => ({ name, ty: 'dec' as const }))].map(({ name, ty }) => [name, ty]),
    );
    const joinedTypes = new Map(joinedColumns.map(({ name, ty }) => [name, ty]));
    const found = [...first.value, ...rest].map((json) =>
      shape(
        (name, from) =>
          fromJson(
            (from === undefined ? types : joinedTypes).get(name) ?? 'string',
            member(from === undefined ? json : json[from], name),
            world.enums,
          ),
        (name) => (json[name] ?? null) === null,
      ),
    );
    if (first.json['@odata.count'] !== String(count))
      return `wrong count: ${String(first.json['@odata.count'])} instead of ${count}`;
    return after.order ? difference(found, wanted) : difference([...found].sort(), [...wanted].sort());
  };
  const smaller = function* (): Iterable<Case> {
    if (after.order)
      yield applyCase(place, root, steps, state, { ...after, order: undefined, skip: 0, top: undefined });
    if (after.pageSize !== undefined) yield applyCase(place, root, steps, state, { ...after, pageSize: undefined });
    if (after.filter) yield applyCase(place, root, steps, state, { ...after, filter: undefined });
    for (const other of smallerSteps(steps)) if (other.length > 0) yield applyCase(place, root, other, state, after);
    if (after.filter)
      for (const filter of smallerExpression(after.filter))
        yield applyCase(place, root, steps, state, { ...after, filter });
    if (after.order)
      for (const expr of smallerExpression(after.order.expr))
        yield applyCase(place, root, steps, state, { ...after, order: { ...after.order, expr } });
  };
  const text = `${root.path} ${JSON.stringify(query)} ${after.pageSize ?? ''}`;
  return { text, size: text.length, check, smaller };
}

function member(json: unknown, path: string): unknown {
  if (typeof json !== 'object' || json === null) return null;
  const all = json as Json;
  if (path in all) return all[path];
  return path
    .split('/')
    .reduce<unknown>((at, part) => (typeof at === 'object' && at !== null ? ((at as Json)[part] ?? null) : null), json);
}

export const applies: Kind = (place, generator) => {
  const { dice } = generator;
  const root = dice.pick(place.world.roots);
  const transformations = new Transformations(generator, place.world);
  for (;;) {
    const { steps, state } = transformations.sequence(transformations.start(root.type), 1 + dice.below(3), 2);
    if (steps.length === 0) continue;
    const scope = transformations.scope(state);
    const isOrdered = totalOf(state).length > 0 && dice.chance(0.5);
    const after: After = {
      filter: dice.chance(0.3) ? generator.condition(scope, 1) : undefined,
      order: isOrdered
        ? { expr: generator.atom(generator.someType(scope), scope), isDown: dice.chance(0.5) }
        : undefined,
      skip: dice.chance(0.3) ? dice.below(4) : 0,
      top: dice.chance(0.3) ? dice.below(6) : undefined,
      pageSize: dice.chance(0.3) ? 1 + dice.below(5) : undefined,
    };
    return applyCase(place, root, steps, state, after);
  }
};
