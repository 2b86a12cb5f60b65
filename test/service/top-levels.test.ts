/** TopLevels, and what hierarchical transformations tell of nodes, compared with a walk in JavaScript. com.sap.vocabularies.Hierarchy.v1 */
import fc from 'fast-check';
import {
  organizationOf,
  organizations,
  setOrganization,
  Tree,
  type Division,
  type Organization,
  type Qualifier,
} from '../setup/hierarchies';
import { withOptions } from '../setup/service';
import { runTripPin } from '../setup/trip-pin/running';

const { running } = runTripPin();

/** The answer's rows, and their number where it is asked for; one statement makes them. */
async function ask(
  path: string,
  options: Readonly<Record<string, string>>,
): Promise<{ readonly rows: readonly Record<string, unknown>[]; readonly count: unknown }> {
  running().takeStatements();
  const answer = await running().get(withOptions(path, options));
  if (answer.status !== 200)
    throw new Error(`${JSON.stringify(options)}: ${answer.text} ${running().takeFailures().join()}`);
  expect(running().takeStatements()).toHaveLength(1);
  return { rows: answer.value, count: answer.json['@odata.count'] };
}

/** The rows that every run begins with. */
let all: Organization;
beforeAll(async () => {
  all = await organizationOf(running());
});

const TOP_LEVELS = 'com.sap.vocabularies.Hierarchy.v1.TopLevels';

interface Levels {
  readonly qualifier: Qualifier;
  /** What stands before it. */
  readonly before: 'everything' | 'filter' | 'ancestors' | 'descendants';
  readonly starts: readonly number[];
  readonly nodes: readonly number[] | undefined;
  readonly order: 'number' | 'name' | 'name desc';
  readonly levels: number | undefined;
  readonly expanded: readonly { readonly code: string; readonly levels: number | null }[];
}

const levels: fc.Arbitrary<Levels> = fc.record({
  qualifier: fc.constantFrom('Organization' as const, 'Matrix' as const),
  before: fc.constantFrom('everything' as const, 'filter' as const, 'ancestors' as const, 'descendants' as const),
  starts: fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 5 }),
  nodes: fc.option(fc.uniqueArray(fc.integer({ min: 1, max: 10 }), { minLength: 4 }), { nil: undefined, freq: 3 }),
  order: fc.constantFrom('number' as const, 'name' as const, 'name desc' as const),
  levels: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined, freq: 3 }),
  expanded: fc.array(
    fc.record({
      code: fc.integer({ min: 0, max: 10 }).map((number) => `D${number}`),
      levels: fc.option(fc.integer({ min: 0, max: 2 })),
    }),
    { maxLength: 4 },
  ),
});

const among = (values: readonly number[]): string => `number in (${values.join()})`;

const call = ({ qualifier, nodes, levels: most, expanded }: Levels, path: string): string =>
  `${TOP_LEVELS}(${[
    `HierarchyNodes=$root/Divisions${nodes ? `/$filter(${among(nodes)})` : ''}`,
    `HierarchyQualifier='${qualifier}'`,
    `NodeProperty='${path}'`,
    ...(most === undefined ? [] : [`Levels=${most}`]),
    ...(expanded.length === 0
      ? []
      : [
          `ExpandLevels=${JSON.stringify(expanded.map(({ code, levels: below }) => ({ NodeID: code, Levels: below })))}`,
        ]),
  ].join()})`;

const textOf = (one: Levels): string => {
  const { before, qualifier, starts, order } = one;
  const relatives = `${before}($root/Divisions,${qualifier},code,filter(${among(starts)}),keep start)`;
  const first = { everything: 'identity', filter: `filter(${among(starts)})` };
  const begin = before === 'everything' || before === 'filter' ? first[before] : relatives;
  return `${begin}/orderby(${order})/${call(one, 'code')}`;
};

/** The divisions before the levels, in their order. */
function given({ divisions }: Organization, { before, qualifier, starts, order }: Levels): readonly Division[] {
  const tree = new Tree(divisions, qualifier);
  const from = divisions.filter(({ number }) => starts.includes(number)).map(({ code }) => code);
  const kept = divisions.filter(({ number, code }) => {
    if (before === 'everything') return true;
    if (before === 'filter') return starts.includes(number);
    return from.some((start) => tree.isRelative(code, start, before, { self: true }));
  });
  const by = (one: Division, other: Division): number =>
    order === 'number' || one.name === other.name
      ? one.number - other.number
      : (one.name < other.name ? -1 : 1) * (order === 'name' ? 1 : -1);
  // What orders rows of the same name goes the way of the last order that was asked for.
  return [...kept].sort((one, other) =>
    order === 'name desc' && one.name === other.name ? other.number - one.number : by(one, other),
  );
}

interface Shown {
  readonly node: Division;
  readonly drillState: string;
  readonly distanceFromRoot: number;
  readonly limitedDescendantCount: number;
}

/** The nodes that are shown, in preorder. */
function shown(rows: readonly Division[], { qualifier, nodes, levels: most, expanded }: Levels): readonly Shown[] {
  const kept = rows.filter(({ number }) => !nodes || nodes.includes(number));
  const tree = new Tree(kept, qualifier);
  const own = new Map(expanded.map(({ code, levels: below }) => [code, below ?? Infinity]));
  const visit = (node: Division, up: readonly string[], left: number): readonly Shown[] => {
    const code = node.code ?? '';
    const below = own.get(code) ?? left;
    const children = kept.filter((one) => tree.children(node).includes(one));
    const seen = [code, ...up];
    const next = children.filter((one) => !seen.includes(one.code ?? ''));
    const inner = below > 0 ? next.flatMap((one) => visit(one, seen, below - 1)) : [];
    const isCollapsed = below === 0 && children.length > 0;
    const drillState = inner.length > 0 ? 'expanded' : isCollapsed ? 'collapsed' : 'leaf';
    return [{ node, drillState, distanceFromRoot: up.length, limitedDescendantCount: inner.length }, ...inner];
  };
  return kept.filter((one) => tree.roots.includes(one)).flatMap((root) => visit(root, [], (most ?? Infinity) - 1));
}

const expectedOf = (places: readonly Shown[]): readonly object[] =>
  places.map(({ node, ...derived }, limitedRank) => ({ number: node.number, ...derived, limitedRank }));

const derivedOf = ({ number, drillState, distanceFromRoot, limitedDescendantCount, limitedRank }: Shape): object => ({
  number,
  drillState,
  distanceFromRoot,
  limitedDescendantCount,
  limitedRank,
});
type Shape = Record<string, unknown>;

describe('[199] TopLevels', () => {
  test.each([false, true])('shows what a walk shows; the parents go round in circles: %s', async (cycles) => {
    for (const world of fc.sample(organizations(cycles), { numRuns: 8, seed: 26 })) {
      await setOrganization(running(), world);
      for (const one of fc.sample(levels, { numRuns: 20, seed: world.deals.length + 1 })) {
        const $apply = textOf(one);
        const expected = expectedOf(shown(given(world, one), one));
        const { rows, count } = await ask('Divisions', { $apply, $count: 'true' });
        expect([$apply, rows.map(derivedOf)]).toEqual([$apply, expected]);
        expect(count).toBe(expected.length);
        const page = await ask('Divisions', { $apply, $count: 'true', $skip: '1', $top: '2', $select: 'number' });
        expect(page.rows.map(({ number }) => number)).toEqual(rows.slice(1, 3).map(({ number }) => number));
        expect(page.count).toBe(expected.length);
      }
    }
  });

  test('within groupby shows the levels of each group', async () => {
    for (const world of fc.sample(organizations(false), { numRuns: 8, seed: 29 })) {
      await setOrganization(running(), world);
      for (const drawn of fc.sample(levels, { numRuns: 15, seed: world.deals.length })) {
        const one = { ...drawn, before: drawn.before === 'filter' ? drawn.before : 'everything' } as const;
        const $apply = `groupby((name),${textOf(one)})`;
        const { rows } = await ask('Divisions', { $apply });
        const names = [...new Set(world.divisions.map(({ name }) => name))].sort();
        const each = names.map((name) => {
          const divisions = world.divisions.filter((division) => division.name === name);
          return expectedOf(shown(given({ ...world, divisions }, one), one));
        });
        const found = names.map((name) => rows.filter((row) => row['name'] === name).map(derivedOf));
        expect([$apply, found]).toEqual([$apply, each]);
        const total = await ask('Divisions', {
          $apply: `${$apply}/groupby((name),aggregate(limitedDescendantCount with sum as s,$count as n))`,
        });
        const sums = each.flatMap((nodes, index) =>
          nodes.length === 0
            ? []
            : [
                [
                  names[index],
                  nodes.length,
                  nodes.reduce((sum, node) => sum + Number((node as Shape)['limitedDescendantCount']), 0),
                ],
              ],
        );
        expect(total.rows.map(({ name, n, s }) => [name, n, s]).sort()).toEqual(sums);
      }
    }
  });

  test('of other rows shows those of the nodes, which know what is told of them', async () => {
    for (const world of fc.sample(organizations(false), { numRuns: 10, seed: 27 })) {
      await setOrganization(running(), world);
      const one = fc.sample(levels, { numRuns: 1, seed: world.deals.length })[0]!;
      const { divisions, deals } = world;
      const rows = deals.flatMap(({ division }) => divisions.find(({ number }) => number === division) ?? []);
      const expected = expectedOf(shown([...new Set(rows)], one)).flatMap((node, place, { length }) =>
        deals
          .filter(({ division }) => 'number' in node && division === node.number)
          .map(({ id }) => ({ id, node, length, place })),
      );
      const found = await ask('Deals', { $apply: `orderby(id)/${call(one, 'division/code')}`, $expand: 'division' });
      expect(found.rows.map(({ id, division }) => ({ id, node: derivedOf(division as Shape) }))).toEqual(
        expected.map(({ id, node }) => ({ id, node })),
      );
    }
  });

  const tree = "HierarchyNodes=$root/Divisions,HierarchyQualifier='Organization',NodeProperty='code'";

  test('goes on with what is told of nodes', async () => {
    await setOrganization(running(), all);
    const $apply = `orderby(name)/${TOP_LEVELS}(${tree},Levels=2)`;
    const plain = await ask('Divisions', { $apply });
    const places = (rows: readonly Shape[]): unknown => rows.map(({ limitedRank }) => limitedRank);
    const options = { $filter: 'limitedRank gt 1 and distanceFromRoot lt 1', $orderby: 'limitedRank desc', $top: '1' };
    const above = plain.rows.filter((row) => Number(row['limitedRank']) > 1 && row['distanceFromRoot'] === 0);
    expect(places((await ask('Divisions', { $apply, ...options })).rows)).toEqual(places(above.slice(-1)));
    const groups = await ask('Divisions', {
      $apply: `${$apply}/groupby((drillState),aggregate($count as n,limitedDescendantCount with sum as s))`,
    });
    expect(groups.rows).toHaveLength(new Set(plain.rows.map(({ drillState }) => drillState)).size);
    for (const { drillState, n, s } of groups.rows) {
      const rows = plain.rows.filter((row) => row['drillState'] === drillState);
      expect([n, s]).toEqual([rows.length, rows.reduce((sum, row) => sum + Number(row['limitedDescendantCount']), 0)]);
    }
    const twice = await ask('Divisions', { $apply: `concat(${$apply},filter(number eq 1))` });
    expect(places(twice.rows)).toEqual([...(places(plain.rows) as unknown[]), null]);
    const again = await ask('Divisions', { $apply: `${$apply}/${$apply}/${$apply}` });
    expect(again.rows.map(({ limitedRank }) => limitedRank)).toEqual(places(plain.rows));
    const paged = await running().all(withOptions('Divisions', { $apply }), { Prefer: 'odata.maxpagesize=2' });
    expect(places(paged)).toEqual(places(plain.rows));
    const strings = await running().get(withOptions('Divisions', { $apply, $top: '1', $select: 'limitedRank' }), {
      accept: 'application/json;IEEE754Compatible=true',
    });
    expect(strings.value[0]?.['limitedRank']).toBe('0');
    const full = await running().get(withOptions('Divisions', { $apply, $top: '1', $select: 'limitedRank' }), {
      accept: 'application/json;odata.metadata=full',
    });
    expect(full.value[0]?.['limitedRank@odata.type']).toBe('#Int64');
  });

  test('tells where walks start', async () => {
    await setOrganization(running(), all);
    const walk = (starts: string): Promise<{ readonly rows: readonly Shape[] }> =>
      ask('Divisions', { $apply: `traverse($root/Divisions,Organization,code,preorder,${starts})`, $select: 'code' });
    const found = await walk(`${TOP_LEVELS}(${tree},Levels=2)`);
    const { rows } = await ask('Divisions', { $apply: `${TOP_LEVELS}(${tree},Levels=2)` });
    const codes = rows.map(({ code }) => `'${String(code)}'`);
    const expected = await walk(`filter(code in (${codes.join()}))`);
    const sorted = (of: readonly Shape[]): unknown => of.map(({ code }) => String(code)).sort();
    expect(sorted(found.rows)).toEqual(sorted(expected.rows));
  });

  test('takes aliases, the older parameters, and the name of the vocabulary', async () => {
    await setOrganization(running(), all);
    const open = await ask('Divisions', {
      $apply: `${TOP_LEVELS}(${tree},Levels=1,ExpandLevels=[{"NodeID":"Sales"},{"Levels":0,"NodeID":"US"}])`,
    });
    const older = await ask('Divisions', {
      $apply: `Hierarchy.TopLevels(${tree},Levels=@levels,Expand=@open,Collapse=['US'])`,
      '@levels': '1',
      '@open': "['Sales','EMEA']",
    });
    expect(older.rows).toEqual(open.rows);
    expect(open.rows.map(({ code }) => code)).toEqual(['Sales', 'US', 'EMEA', 'EMEA Central', 'Mars', 'Atlantis']);
    const aliased = await ask('Divisions', {
      $apply: `${TOP_LEVELS}(HierarchyNodes=@nodes,HierarchyQualifier=@q,NodeProperty=@p,Levels=1,ExpandLevels=@e)`,
      '@nodes': '$root/Divisions',
      '@q': "'Organization'",
      '@p': "'code'",
      '@e': '[{"NodeID":"Sales","Levels":null},{"NodeID":"US","Levels":0}]',
    });
    expect(aliased.rows).toEqual(open.rows);
  });

  test.each([
    [
      `${TOP_LEVELS}(HierarchyNodes=$root/Divisions,NodeProperty='code')`,
      'BadRequest_RequiredParamNotProvided',
      'HierarchyQualifier',
    ],
    [`${TOP_LEVELS}(${tree},ExpandLevel=[])`, 'BadRequest_RequiredParamNotProvided', "Did you mean 'ExpandLevels'?"],
    [`${TOP_LEVELS}(${tree},Levels=1,Levels=2)`, 'BadRequest_RequiredParamNotProvided', 'once'],
    [`${TOP_LEVELS}(${tree},Levels=0)`, 'InvalidValue', 'from 1 on'],
    [`${TOP_LEVELS}(${tree},Levels=-1)`, 'InvalidValue', 'from 1 on'],
    [`${TOP_LEVELS}(${tree},Levels=null)`, 'InvalidValue', 'from 1 on'],
    [`${TOP_LEVELS}(${tree},Levels='2')`, 'InvalidValue', 'from 1 on'],
    [`${TOP_LEVELS}(${tree},ExpandLevels={"NodeID":"US"})`, 'TypeMismatch', 'ExpandLevels is a collection'],
    [`${TOP_LEVELS}(${tree},ExpandLevels=['US'])`, 'TypeMismatch', 'NodeID'],
    [`${TOP_LEVELS}(${tree},ExpandLevels=[{"Levels":1}])`, 'TypeMismatch', 'NodeID'],
    [`${TOP_LEVELS}(${tree},ExpandLevels=[{"NodeId":"US"}])`, 'UnknownProperty', "Did you mean 'NodeID'?"],
    [`${TOP_LEVELS}(${tree},ExpandLevels=[{"NodeID":1}])`, 'TypeMismatch', 'Edm.String'],
    [`${TOP_LEVELS}(${tree},ExpandLevels=[{"NodeID":"US","Levels":-1}])`, 'InvalidValue', 'from 0 on'],
    [`${TOP_LEVELS}(${tree},ExpandLevels=[{"NodeID":"US","Levels":1.5}])`, 'InvalidValue', 'from 0 on'],
    [`${TOP_LEVELS}(${tree},Levels=1,Expand=[code])`, 'TypeMismatch', 'must not depend on a row'],
    [`${TOP_LEVELS}(${tree},ExpandLevels=[{"NodeID":tolower(name)}])`, 'TypeMismatch', 'must not depend on a row'],
    [`${TOP_LEVELS}(${tree.replace("'code'", 'code')})`, 'TypeMismatch', 'NodeProperty is a text'],
    [`${TOP_LEVELS}(${tree.replace("'code'", "'cod'")})`, 'UnknownProperty', "Did you mean 'code'?"],
    [`${TOP_LEVELS}(${tree.replace('Organization', 'Organisation')})`, 'InvalidValue', "Did you mean 'Organization'?"],
    ['Hierarchy.TopLevel()', 'UnknownFunction', "Did you mean 'Hierarchy.TopLevels'?"],
  ])('%s is 400', async ($apply, code, text) => {
    const answer = await running().get(withOptions('Divisions', { $apply }));
    expect([answer.status, answer.error.code, answer.error.target]).toEqual([400, code, '$apply']);
    expect(answer.error.message).toContain(text);
    expect(answer.error.message).toMatch(/at position \d+/);
  });
});

describe('[199] drill states', () => {
  test('of what ancestors, descendants and traverse leave', async () => {
    const relative = fc.record({
      direction: fc.constantFrom('ancestors' as const, 'descendants' as const),
      distance: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
      self: fc.boolean(),
    });
    for (const world of fc.sample(organizations(false), { numRuns: 8, seed: 28 })) {
      await setOrganization(running(), world);
      for (const [{ qualifier, starts, nodes }, { direction, distance, self }] of fc.sample(
        fc.tuple(levels, relative),
        { numRuns: 15, seed: world.deals.length },
      )) {
        const kept = world.divisions.filter(({ number }) => !nodes || nodes.includes(number));
        const tree = new Tree(kept, qualifier);
        const from = world.divisions.filter(({ number }) => starts.includes(number)).map(({ code }) => code);
        const left = (most: number | undefined): readonly Division[] =>
          world.divisions.filter(({ code }) =>
            from.some((start) => tree.isRelative(code, start, direction, { self, ...(most && { most }) })),
          );
        const stateIn = (limited: readonly Division[], unlimited: readonly Division[], node: Division): string => {
          const children = tree.children(node);
          if (children.some((child) => limited.includes(child))) return 'expanded';
          return children.some((child) => unlimited.includes(child)) ? 'collapsed' : 'leaf';
        };
        const of = `$root/Divisions${nodes ? `/$filter(${among(nodes)})` : ''},${qualifier},code`;
        const parts = [of, `filter(${among(starts)})`, ...(distance ? [String(distance)] : [])];
        const $apply = `${direction}(${[...parts, ...(self ? ['keep start'] : [])].join()})`;
        const { rows } = await ask('Divisions', { $apply, $orderby: 'number' });
        const limited = left(distance);
        expect([$apply, rows.map(({ number, drillState }) => [number, drillState])]).toEqual([
          $apply,
          limited.map((node) => [node.number, stateIn(limited, left(undefined), node)]),
        ]);
        const walk = await ask('Divisions', { $apply: `filter(${among(starts)})/traverse(${of},preorder)` });
        const walked = kept.filter(({ number, code }) => starts.includes(number) && code !== null);
        for (const { number, drillState } of walk.rows)
          expect(drillState).toBe(
            stateIn(
              walked,
              walked,
              walked.find((node) => node.number === number)!,
            ),
          );
      }
    }
  });

  test('are null where no hierarchy is spoken of, and no client sets them', async () => {
    await setOrganization(running(), all);
    const { rows } = await ask('Divisions', { $filter: 'drillState eq null and limitedRank eq null' });
    expect(rows).toHaveLength(all.divisions.length);
    expect(rows[0]).toMatchObject({ drillState: null, distanceFromRoot: null, limitedDescendantCount: null });
    const made = await running().send(
      'POST',
      'Divisions',
      { 'Content-Type': 'application/json' },
      JSON.stringify({ number: 99, name: 'New', drillState: 'leaf', limitedRank: 1 }),
    );
    expect([made.status, made.json['drillState'], made.json['limitedRank']]).toEqual([201, null, null]);
    await running().sql('DELETE FROM divisions WHERE number = 99');
  });
});

/** A tree of so many nodes: each is the child of `parent`. */
const treeOf = (count: number, parent: (number: number) => number | null): Organization => ({
  divisions: Array.from({ length: count }, (_, index) => index + 1).map((number) => ({
    number,
    code: `D${number}`,
    name: 'a',
    superordinate: parent(number),
    bosses: [],
  })),
  deals: [],
});

test.each([
  ['wide', 20_000, (number: number) => (number === 1 ? null : 1)],
  ['of many levels', 20_000, (number: number) => (number === 1 ? null : Math.floor(number / 2))],
  ['deep', 1000, (number: number) => (number === 1 ? null : number - 1)],
])('[199] a tree that is %s is shown whole', async (_, count, parent) => {
  await setOrganization(running(), treeOf(count, parent));
  await running().sql('ANALYZE divisions');
  const tree = "HierarchyNodes=$root/Divisions,HierarchyQualifier='Organization',NodeProperty='code'";
  const one = await ask('Divisions', { $apply: `${TOP_LEVELS}(${tree},Levels=1)`, $select: 'drillState' });
  expect(one.rows).toMatchObject([{ drillState: 'collapsed' }]);
  const $apply = `${TOP_LEVELS}(${tree})`;
  const whole = await ask('Divisions', { $apply, $count: 'true', $top: '1', $select: 'limitedDescendantCount' });
  expect([whole.count, whole.rows[0]?.['limitedDescendantCount']]).toEqual([count, count - 1]);
  await setOrganization(running(), all);
});
