/** Recursive hierarchies in JavaScript, over the rows that plain SQL gives: a second opinion on what the service says of them. Data Aggregation §5.5.2, §6 */
import fc from 'fast-check';
import type { TestService } from './service';

export interface Division {
  readonly number: number;
  readonly code: string | null;
  readonly name: string;
  readonly superordinate: number | null;
  readonly bosses: readonly number[];
}

export interface Deal {
  readonly id: number;
  readonly amount: number | null;
  readonly product: string;
  readonly region: string | null;
  readonly regions: readonly string[];
  readonly division: number | null;
}

/** All rows. */
export interface Organization {
  readonly divisions: readonly Division[];
  readonly deals: readonly Deal[];
}

/** Fills the tables anew. */
export async function setOrganization(service: TestService, { divisions, deals }: Organization): Promise<void> {
  await service.sql('TRUNCATE divisions, deals, bosses');
  const insert = (table: string, rows: readonly unknown[]): Promise<unknown> =>
    service.sql(`INSERT INTO ${table} SELECT * FROM jsonb_populate_recordset(null::${table}, $1)`, [
      JSON.stringify(rows),
    ]);
  await insert('divisions', divisions);
  await insert(
    'bosses',
    divisions.flatMap(({ number, bosses }) => bosses.map((boss) => ({ division: number, boss }))),
  );
  await insert('deals', deals);
}

export async function organizationOf(service: TestService): Promise<Organization> {
  const divisions = await service.sql('SELECT * FROM divisions ORDER BY number');
  const bosses = await service.sql('SELECT * FROM bosses ORDER BY division, boss');
  const deals = await service.sql(
    'SELECT id, amount::float8, product, region, regions, division FROM deals ORDER BY id',
  );
  return {
    divisions: divisions.map((row) => ({
      ...(row as unknown as Division),
      bosses: bosses.flatMap(({ division, boss }) => (division === row['number'] ? [Number(boss)] : [])),
    })),
    deals: deals as unknown as readonly Deal[],
  };
}

export type Row = Division | Deal;

/** All that a path leads to from a row: what the standard calls γ(u,p). Data Aggregation §3.1.3 */
export function behind(world: Organization, row: Row, [name, ...further]: readonly string[]): readonly unknown[] {
  if (name === undefined) return [row];
  const { divisions, deals } = world;
  const found = ((): readonly unknown[] => {
    if ('id' in row && name === 'division') return divisions.filter(({ number }) => number === row.division);
    if (!('id' in row)) {
      if (name === 'superordinate') return divisions.filter(({ number }) => number === row.superordinate);
      if (name === 'subordinates') return divisions.filter(({ superordinate }) => superordinate === row.number);
      if (name === 'bosses') return divisions.filter(({ number }) => row.bosses.includes(number));
      if (name === 'deals') return deals.filter(({ division }) => division === row.number);
    }
    const value = (row as unknown as Record<string, unknown>)[name];
    return Array.isArray(value) ? value : value === null ? [] : [value];
  })();
  return further.length === 0 ? found : found.flatMap((one) => behind(world, one as Row, further));
}

/** An instance as an answer shows it: what it has by names. */
export interface Shown {
  readonly [name: string]: unknown;
}

/** A division as an answer shows it. */
export const shownDivision = ({ number, code, name }: Division): Shown => ({ number, code, name });

/** What of a row grouping properties project: what the standard calls s_G(u,e). Data Aggregation §3.2.3.1 */
export function projection(world: Organization, row: Row, paths: readonly (readonly string[])[]): Shown {
  const names = [...new Set(paths.map(([name = '']) => name))];
  return Object.fromEntries(
    names.map((name) => {
      const further = paths.flatMap(([first, ...rest]) => (first === name ? [rest] : []));
      const [value = null] = behind(world, row, [name]);
      if (value === null || typeof value !== 'object') return [name, value];
      const isWhole = further.some((rest) => rest.length === 0);
      return [name, isWhole ? shownDivision(value as Division) : projection(world, value as Row, further)];
    }),
  );
}

/** An instance with what another one has: what the standard calls a_G(u,s,e), where the paths are G. Data Aggregation §3.2.3.1 */
export const withProjection = (row: Shown, shown: Shown, paths: readonly (readonly string[])[]): Shown => ({
  ...row,
  ...Object.fromEntries(
    Object.entries(shown).map(([name, value]) => {
      const further = paths.flatMap(([first, ...rest]) => (first === name ? [rest] : []));
      const isFinal = value === null || typeof value !== 'object' || further.some((rest) => rest.length === 0);
      return [name, isFinal ? value : withProjection((row[name] ?? {}) as Shown, value as Shown, further)];
    }),
  ),
});

/** An instance that has a value where a path ends, and nothing else: what the standard calls a(ε,v,x). Data Aggregation §6.2.2 */
export const only = ([name = '', ...further]: readonly string[], value: unknown): Shown => ({
  [name]: further.length > 0 ? only(further, value) : value,
});

/** Where a walk comes to a node: the nodes above it, the nearest first. */
export interface Place {
  readonly node: Division;
  readonly up: readonly string[];
}

export type Qualifier = 'Organization' | 'Matrix';

/** A hierarchy of some divisions: its nodes have codes, its parents are among them. */
export class Tree {
  readonly nodes: readonly Division[];

  constructor(
    divisions: readonly Division[],
    private readonly qualifier: Qualifier,
  ) {
    this.nodes = divisions.filter(({ code }) => code !== null);
  }

  node(code: string | null): Division | undefined {
    return this.nodes.find((node) => code !== null && node.code === code);
  }

  parents({ superordinate, bosses }: Division): readonly Division[] {
    const numbers = this.qualifier === 'Matrix' ? bosses : [superordinate];
    return this.nodes.filter(({ number }) => numbers.includes(number));
  }

  children(parent: Division): readonly Division[] {
    return this.nodes.filter((node) => this.parents(node).includes(parent));
  }

  get roots(): readonly Division[] {
    return this.nodes.filter((node) => this.parents(node).length === 0);
  }

  /** By how many steps each of the nodes is reached at least, from 1 on. */
  reached(start: Division, direction: 'ancestors' | 'descendants'): ReadonlyMap<Division, number> {
    const found = new Map<Division, number>();
    const visit = (at: Division, distance: number): void => {
      for (const next of direction === 'ancestors' ? this.parents(at) : this.children(at)) {
        if ((found.get(next) ?? Infinity) <= distance) continue;
        found.set(next, distance);
        visit(next, distance + 1);
      }
    };
    visit(start, 1);
    return found;
  }

  /** Whether one is above or below another. */
  isRelative(
    code: string | null,
    of: string | null,
    direction: 'ancestors' | 'descendants',
    { most = Infinity, self = false } = {},
  ): boolean {
    const [node, start] = [this.node(code), this.node(of)];
    if (!node || !start) return false;
    const distance = this.reached(start, direction).get(node);
    return (self && node === start) || (distance !== undefined && distance <= most);
  }

  /** The places of a walk, in its order: each node with the codes above it. `inOrder` are all divisions. */
  walk(
    starts: readonly Division[] | undefined,
    order: 'preorder' | 'postorder',
    inOrder: readonly Division[],
  ): readonly Place[] {
    const visit = (node: Division, up: readonly string[]): readonly Place[] => {
      const code = node.code ?? '';
      if (up.includes(code)) return [];
      const children = this.children(node);
      const below = inOrder.flatMap((one) => (children.includes(one) ? visit(one, [code, ...up]) : []));
      return order === 'preorder' ? [{ node, up }, ...below] : [...below, { node, up }];
    };
    const first = starts ?? inOrder.filter((one) => this.roots.includes(one));
    return first.flatMap((node) => (this.nodes.includes(node) ? visit(node, []) : []));
  }

  areSiblings(code: string | null, other: string | null): boolean {
    const [one, two] = [this.node(code), this.node(other)];
    if (!one || !two || one === two) return false;
    const [ours, theirs] = [this.parents(one), this.parents(two)];
    return ours.length === 0 ? theirs.length === 0 : ours.some((parent) => theirs.includes(parent));
  }
}

/** Trees of up to ten divisions; parents come before their children, unless `cycles` are wanted. */
export const organizations = (cycles: boolean): fc.Arbitrary<Organization> =>
  fc.integer({ min: 1, max: 10 }).chain((count) => {
    const earlier = (number: number): fc.Arbitrary<number> => fc.integer({ min: 1, max: cycles ? count : number - 1 });
    const hasParents = (number: number): boolean => cycles || number > 1;
    const divisions = Array.from({ length: count }, (_, index) => index + 1).map((number) =>
      fc.record({
        number: fc.constant(number),
        code: fc.option(fc.constant(`D${(number * 7) % 11}`), { freq: 6 }),
        name: fc.constantFrom('a', 'b', 'c'),
        superordinate: hasParents(number) ? fc.option(earlier(number), { freq: 4 }) : fc.constant(null),
        bosses: hasParents(number) ? fc.uniqueArray(earlier(number), { maxLength: 3 }) : fc.constant([]),
      }),
    );
    const deals = fc.array(
      fc.record({
        amount: fc.option(fc.integer({ min: 1, max: 20 })),
        product: fc.constantFrom('Paper', 'Sugar'),
        region: fc.option(fc.integer({ min: 0, max: 11 }).map((number) => `D${number}`)),
        regions: fc.array(
          fc.integer({ min: 0, max: 11 }).map((number) => `D${number}`),
          { maxLength: 3 },
        ),
        division: fc.option(fc.integer({ min: 1, max: count }), { freq: 6 }),
      }),
      { maxLength: 12 },
    );
    return fc.record({
      divisions: fc.tuple(...divisions),
      deals: deals.map((rows) => rows.map((row, index) => ({ id: index + 1, ...row }))),
    });
  });
